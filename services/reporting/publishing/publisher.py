"""Publication: what the fold changed becomes what readers see, as far as the policy lets it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from runtime.clock import Clock, belgrade_day
from runtime.postgres import Connection
from schemas.periods import Period, parse
from schemas.territory import COUNCILS, COUNTRY, is_council, places
from services.reporting.counting.indicator import Indicator, Kind, Measure
from services.reporting.expecting.completeness import (
    Completeness,
    councils_told_of,
    judged,
)
from services.reporting.expecting.reading import reported_now
from services.reporting.expecting.reporters import Reporters
from services.reporting.expecting.store import Ledger
from services.reporting.publishing.days import Days
from services.reporting.publishing.policy import POLICY, Policy, published
from services.reporting.publishing.store import Changed, Press
from services.reporting.publishing.withholding import Censor, Stamp, above
from services.reporting.tables.spans import concerned
from services.reporting.tables.store import Tables
from services.reporting.tables.table import TOTAL, State, Table, Value

CELLS_MAX = 500
"""Totals asked for in one statement: some tens of milliseconds, far below its time limit."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The measures whose total a policy shows, by the name that their entries carry."""

    measures: Mapping[str, tuple[Indicator, Measure]]

    @classmethod
    def of(cls, catalogue: Iterable[Indicator], policy: Policy = POLICY) -> "Shown":
        """Those of a catalogue."""
        return cls(
            {
                name: (indicator, measure)
                for indicator in catalogue
                for name, measure in indicator.named_measures
                if measure.disclosure in policy.live
            }
        )

    def tables(self, name: str, place: str, periods: Iterable[Period]) -> list[Table]:
        """The totals of a measure at a place; none if it is not shown."""
        if name not in self.measures:
            return []
        return [Table(*self.measures[name], place, period) for period in periods]

    def is_observed(self, name: str) -> bool:
        """Whether a measure is shown as it was said, and never summed over places."""
        return name in self.measures and self.measures[name][1].kind is Kind.OBSERVED


class Publisher:
    """Publishes over one connection; each method is one transaction or a row of them.

    With the `digest` of its definitions it raises Unavailable as soon as entries follow others:
    what a changeover has marked is for a publisher that counts by the new ones.
    """

    def __init__(
        self,
        connection: Connection,
        shown: Shown,
        clock: Clock,
        reporters: Reporters = (),
        digest: bytes | None = None,
    ) -> None:
        self._connection = connection
        self._shown = shown
        self._clock = clock
        self._reporters = reporters
        self._digest = digest
        self._ledger = Ledger(connection)
        self._press = Press(connection)
        self._days = Days(connection)
        self._tables = Tables(connection)
        self._censor = Censor(connection)
        self._withheld: Stamp | None = None
        self._is_freeing = True

    async def describe(self, catalogue: Iterable[Indicator]) -> None:
        """Tell readers which measures and places there are, and who should report.

        What is published of measures that are not shown any more goes.
        """
        async with self._writing():
            await self._press.describe(catalogue, places())
            await self._press.tell(await self._press.forget_others(self._names()))
            await self._ledger.write_reporters(self._reporters)

    async def is_waited_for(self) -> bool:
        """Whether anything has changed that is not published."""
        return await self._press.is_waited_for()

    async def councils(self) -> bool:
        """Publish the councils that changed; note their districts, regions and the country."""
        async with self._writing():
            # First what is to be done is taken away, then the tables are read: what the fold
            # commits in between is read now and taken once more, but never missed.
            dirty = await self._press.take_dirty(self._names())
            await self._press.mark_stale(set(self._larger(dirty)))
            return await self._publish(self._concerned(dirty))

    async def larger_places(self) -> bool:
        """Publish the districts, regions and the country that changed."""
        async with self._writing():
            return await self._publish(self._concerned(await self._press.take_stale(self._names())))

    async def withhold(self) -> bool:
        """Take back what is in doubt, and show again what is no more; whether readers notice.

        What is published beside a doubt that is just being written is taken back a round later.
        """
        stamp = await self._censor.stamp()
        seen = await self._take_back(stamp) if stamp != self._withheld else False
        return await self._free() or seen if self._is_freeing else seen

    async def _take_back(self, stamp: Stamp) -> bool:
        async with self._writing():
            gone = await self._censor.withhold(self._shown.measures)
            await self._press.tell(gone)
        self._withheld, self._is_freeing = stamp, True
        return bool(gone)

    async def _free(self) -> bool:
        async with self._writing():
            freed = await self._censor.freed()
            seen = await self._publish(
                [
                    table
                    for each in freed
                    for table in self._shown.tables(each.measure, each.place, [parse(each.period)])
                ]
            )
        self._is_freeing = bool(freed)
        return seen

    async def reports(self) -> bool:
        """Publish through which day partners have reported; whether anything was new."""
        async with self._writing():
            anew, whole = await self._ledger.take_reported(), await self._ledger.take_whole()
            councils = councils_told_of(anew) | whole
            if not councils:
                return False
            through = await reported_now(self._ledger, councils, anew, whole)
            await self._ledger.write_reported(councils, through)
            await self._restate({*councils, *(place for c in councils for place in above(c))})
            await self._press.tell(councils)
        return True

    async def completeness(self) -> Completeness:
        """Who should report, and who has, as it is published."""
        today = belgrade_day(self._clock())
        if not self._reporters:
            return Completeness(today)
        return Completeness(today, self._reporters, await self._ledger.reported(COUNCILS))

    async def begin_day(self, day: date) -> None:
        """Publish what a day changes, unless it is published by these definitions already.

        So a copy that starts later on a day counts nothing: what changes within the day is noted
        by the fold. Who should report may have changed with the start.
        """
        if await self._days.is_published(day, self._digest, POLICY.version):
            await self._restate_all()
        else:
            await self.calendar(belgrade_day(self._clock()))

    async def calendar(self, today: date) -> None:
        """Publish the periods that a day belongs to, and cohorts that may be pending no more.

        After a stop also those that have passed since the last time: what lasts counts in them too.
        Of the to-periods only the one that is growing stays: changes are published in no other.
        """
        await self._restate_all()
        since = min(await self._days.last() or today, today)
        periods = concerned(since.replace(day=1), None, today)
        observed = await self._press.observed_places(filter(self._shown.is_observed, self._names()))
        for name in self._names():
            everywhere = [place.code for place in places()]
            where = observed.get(name, []) if self._shown.is_observed(name) else everywhere
            async with self._writing():
                await self._publish(
                    [table for place in where for table in self._shown.tables(name, place, periods)]
                )
        async with self._writing():
            await self._publish(
                [
                    table
                    for name, place, period in await self._press.pending(today)
                    for table in self._shown.tables(name, place, [parse(period)])
                ]
            )
            await self._days.forget_to_periods(Period("to", today.replace(day=1)))
            await self._days.keep(today, self._digest, POLICY.version)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        """A transaction beside which no changeover can end."""
        async with self._connection.transaction():
            if self._digest is not None:
                await self._press.require(self._digest)
            yield

    async def _restate_all(self) -> None:
        async with self._writing():
            await self._restate(place.code for place in places())

    async def _restate(self, where: Iterable[str]) -> None:
        """Judge anew which published zeros are known to be zero; nothing is counted for it."""
        completeness = await self.completeness()
        tables = [
            table
            for name, place, period in await self._press.untold(where)
            for table in self._shown.tables(name, place, [parse(period)])
        ]
        zero = Value(TOTAL, 0, State.ZERO)
        values = [(table, judged(table, [zero], completeness)[0]) for table in tables]
        if seen := await self._press.publish(values):
            await self._press.tell(seen)

    def _names(self) -> Iterable[str]:
        return self._shown.measures

    def _concerned(self, changes: Iterable[Changed]) -> list[Table]:
        """The tables of councils or larger places that these changes concern."""
        today = belgrade_day(self._clock())
        found: dict[tuple[str, str], set[Period]] = defaultdict(set)
        for measure, place, from_month, to_month in changes:
            if place:
                found[measure, place] |= concerned(from_month, to_month, today)
        return [
            table
            for (measure, place), periods in found.items()
            for table in self._shown.tables(measure, place, periods)
        ]

    def _larger(self, changes: Iterable[Changed]) -> Iterator[Changed]:
        """The same changes for the places that the councils lie in."""
        for change in changes:
            if not change.place:
                yield change._replace(place=COUNTRY)
            elif is_council(change.place) and not self._shown.is_observed(change.measure):
                for place in above(change.place):
                    yield change._replace(place=place)

    async def _publish(self, tables: Sequence[Table]) -> bool:
        """Write the tables' totals as the policy lets them; whether readers see a difference."""
        seen: set[str] = set()
        for begin in range(0, len(tables), CELLS_MAX):
            seen |= await self._press.publish(await self._values(tables[begin : begin + CELLS_MAX]))
        if seen:
            await self._press.tell(seen)
        return bool(seen)

    async def _values(self, tables: Sequence[Table]) -> list[tuple[Table, Value]]:
        today, completeness = belgrade_day(self._clock()), await self.completeness()
        counted = [table for table in tables if table.measure.kind is not Kind.OBSERVED]
        totals = iter(await self._tables.totals(counted, today))
        values: list[tuple[Table, Value]] = []
        for table in tables:
            is_observed = table.measure.kind is Kind.OBSERVED
            exact = await self._tables.values(table, today) if is_observed else next(totals)
            shown = judged(table, published(table, exact), completeness)
            values += ((table, value) for value in shown)
        return values
