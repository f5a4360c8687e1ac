"""The publisher: turns what the projection changed into what readers see, as the policy allows."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import date

from runtime.process.clock import Clock, belgrade_day
from runtime.storage.pool import Connection
from schemas.periods import Period, parse_period
from schemas.territory import COUNCILS, COUNTRY, areas_above, is_council, places
from services.reporting.completeness.loading import merge_changed_reports
from services.reporting.completeness.model import (
    Completeness,
    councils_of_reports,
    mark_silent_zeros,
)
from services.reporting.completeness.reporters import Reporters
from services.reporting.completeness.repository import CompletenessRepository
from services.reporting.domain.indicator import Indicator, MeasureKind
from services.reporting.publication.policy import POLICY, PublishableMeasures, apply_policy
from services.reporting.publication.queries import PublicationQueries, TotalKey
from services.reporting.publication.repository import (
    ChangedMonths,
    PublicationCalendar,
    PublicationRepository,
)
from services.reporting.publication.withholding_repository import (
    HoldsVersion,
    WithholdingRepository,
)
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import TOTAL, Table, Value, ValueState, affected_periods

_CELLS_MAX = 500
"""Totals counted in one statement: some tens of milliseconds, far below its time limit."""


class Publisher:
    """Publishes over one connection; each method is one transaction or a sequence of them.

    With the `fingerprint` of its definitions it raises Unavailable as soon as the entries follow
    others: a publisher that counts by the new definitions must take what a cut-over has marked.
    """

    def __init__(
        self,
        connection: Connection,
        measures: PublishableMeasures,
        clock: Clock,
        reporters: Reporters = (),
        fingerprint: bytes | None = None,
    ) -> None:
        self._connection = connection
        self._measures = measures
        self._clock = clock
        self._reporters = reporters
        self._fingerprint = fingerprint
        self._reports = CompletenessRepository(connection)
        self._queries = PublicationQueries(connection)
        self._repository = PublicationRepository(connection)
        self._calendar = PublicationCalendar(connection)
        self._tables = TableQueries(connection)
        self._withholding = WithholdingRepository(connection)
        self._holds_version: HoldsVersion | None = None
        self._has_releasable = True

    async def publish_metadata(self, catalogue: Iterable[Indicator]) -> None:
        """Publish the lists of measures, places and reporters.

        Totals of measures that are no longer published are deleted.
        """
        async with self._transaction():
            await self._repository.replace_metadata(catalogue, places())
            changed = await self._repository.delete_other_measures(self._names())
            await self._repository.notify(changed)
            await self._reports.replace_reporters(self._reporters)

    async def has_pending_changes(self) -> bool:
        """Return whether anything has changed that is not published."""
        return await self._queries.has_pending_changes()

    async def publish_councils(self) -> bool:
        """Publish the councils that changed; mark their districts, regions and the country."""
        async with self._transaction():
            # First the marks are removed, then the tables are read: what the projection commits in
            # between is read now and once more later, but never missed.
            changed = await self._repository.take_changed_cells(self._names())
            await self._repository.mark_changed_areas(set(self._area_changes(changed)))
            return await self._publish(self._affected_tables(changed))

    async def publish_areas(self) -> bool:
        """Publish the districts, regions and the country that changed."""
        async with self._transaction():
            changed = await self._repository.take_changed_areas(self._names())
            return await self._publish(self._affected_tables(changed))

    async def apply_holds(self) -> bool:
        """Withhold what is held and publish what no longer is; return whether readers see it.

        A total that is published while its hold is being written is withheld one round later.
        """
        version = await self._withholding.holds_version()
        is_seen = await self._withhold(version) if version != self._holds_version else False
        return await self._release() or is_seen if self._has_releasable else is_seen

    async def _withhold(self, version: HoldsVersion) -> bool:
        async with self._transaction():
            changed = await self._withholding.withhold(self._measures.measures)
            await self._repository.notify(changed)
        self._holds_version, self._has_releasable = version, True
        return bool(changed)

    async def _release(self) -> bool:
        async with self._transaction():
            found = await self._withholding.releasable()
            keys = [(each.measure, each.place, each.period) for each in found]
            is_seen = await self._publish(self._tables_of(keys))
        self._has_releasable = bool(found)
        return is_seen

    async def publish_reports(self) -> bool:
        """Publish through which day partners have reported; return whether anything was new."""
        async with self._transaction():
            changed = await self._reports.take_changed_reports()
            reload = await self._reports.take_reload_councils()
            councils = councils_of_reports(changed) | reload
            if not councils:
                return False
            through = await merge_changed_reports(self._reports, councils, changed, reload)
            await self._reports.replace_reported_through(councils, through)
            areas = {area for council in councils for area in areas_above(council)}
            await self._reassess_zeros(councils | areas)
            await self._repository.notify(councils)
        return True

    async def completeness(self) -> Completeness:
        """Return who should report, and who has, as it is published."""
        today = belgrade_day(self._clock())
        if not self._reporters:
            return Completeness(today)
        through = await self._reports.published_reported_through(COUNCILS)
        return Completeness(today, self._reporters, through)

    async def publish_day(self, day: date) -> None:
        """Publish what a new day changes, unless it is published by these definitions already.

        A replica that starts later on a day therefore counts nothing: changes within the day are
        marked by the projection. The list of reporters may have changed with the start.
        """
        if await self._calendar.is_published(day, self._fingerprint, POLICY.version):
            await self._reassess_all_zeros()
        else:
            await self.publish_calendar(belgrade_day(self._clock()))

    async def publish_calendar(self, today: date) -> None:
        """Publish the periods that contain a day, and cohorts that are no longer pending.

        After a stop this includes the periods that passed since the last time, because open-ended
        entries count in them. Of the to-periods only the current one remains published.
        """
        await self._reassess_all_zeros()
        since = min(await self._calendar.last_published_on() or today, today)
        periods = affected_periods(since.replace(day=1), None, today)
        observed = await self._queries.observed_places(
            filter(self._measures.is_observed, self._names())
        )
        for name in self._names():
            everywhere = [place.code for place in places()]
            where = observed.get(name, []) if self._measures.is_observed(name) else everywhere
            tables = [
                table for place in where for table in self._measures.tables(name, place, periods)
            ]
            async with self._transaction():
                await self._publish(tables)
        async with self._transaction():
            await self._publish(self._tables_of(await self._queries.ended_pending_totals(today)))
            await self._calendar.delete_other_to_periods(Period("to", today.replace(day=1)))
            await self._calendar.record(today, self._fingerprint, POLICY.version)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        """Open a transaction during which no cut-over can end."""
        async with self._connection.transaction():
            if self._fingerprint is not None:
                await self._repository.require_definitions(self._fingerprint)
            yield

    async def _reassess_all_zeros(self) -> None:
        async with self._transaction():
            await self._reassess_zeros(place.code for place in places())

    async def _reassess_zeros(self, where: Iterable[str]) -> None:
        """Decide again which published zeros are confirmed; nothing is counted for that."""
        completeness = await self.completeness()
        zero = Value(TOTAL, 0, ValueState.ZERO)
        tables = self._tables_of(await self._queries.zero_totals(where))
        values = [(table, mark_silent_zeros(table, [zero], completeness)[0]) for table in tables]
        if changed := await self._repository.publish(values):
            await self._repository.notify(changed)

    def _names(self) -> Iterable[str]:
        return self._measures.measures

    def _tables_of(self, keys: Iterable[TotalKey]) -> list[Table]:
        return [
            table
            for name, place, period in keys
            for table in self._measures.tables(name, place, [parse_period(period)])
        ]

    def _affected_tables(self, changes: Iterable[ChangedMonths]) -> list[Table]:
        """Return the tables of councils or areas that these changes affect."""
        today = belgrade_day(self._clock())
        found: dict[tuple[str, str], set[Period]] = defaultdict(set)
        for measure, place, from_month, to_month in changes:
            if place:
                found[measure, place] |= affected_periods(from_month, to_month, today)
        return [
            table
            for (measure, place), periods in found.items()
            for table in self._measures.tables(measure, place, periods)
        ]

    def _area_changes(self, changes: Iterable[ChangedMonths]) -> Iterator[ChangedMonths]:
        """Yield the same changes for the areas that the councils lie in."""
        for change in changes:
            if not change.place:
                yield change._replace(place=COUNTRY)
            elif is_council(change.place) and not self._measures.is_observed(change.measure):
                for area in areas_above(change.place):
                    yield change._replace(place=area)

    async def _publish(self, tables: Sequence[Table]) -> bool:
        """Write the totals that the policy allows; return whether a published value differs."""
        changed: set[str] = set()
        for start in range(0, len(tables), _CELLS_MAX):
            values = await self._values(tables[start : start + _CELLS_MAX])
            changed |= await self._repository.publish(values)
        if changed:
            await self._repository.notify(changed)
        return bool(changed)

    async def _values(self, tables: Sequence[Table]) -> list[tuple[Table, Value]]:
        today, completeness = belgrade_day(self._clock()), await self.completeness()
        counted = [table for table in tables if table.measure.kind is not MeasureKind.OBSERVED]
        totals = iter(await self._tables.totals(counted, today))
        values: list[tuple[Table, Value]] = []
        for table in tables:
            is_observed = table.measure.kind is MeasureKind.OBSERVED
            exact = await self._tables.values(table, today) if is_observed else next(totals)
            public = mark_silent_zeros(table, apply_policy(table, exact), completeness)
            values += ((table, value) for value in public)
        return values
