"""What a change of definitions would change: which tables, from which value to which, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from runtime.postgres import Connection, Pool
from schemas.periods import Period
from schemas.territory import COUNTRY, KOSOVO, district_of, is_council, region_of
from services.reporting.counting.indicator import Indicator, Kind, Measure
from services.reporting.folding.ways import Ways
from services.reporting.rebuilding.changeover import Changeover, Differing
from services.reporting.rebuilding.rebuild import Rebuild
from services.reporting.rebuilding.recounting import Recounted, recounted_of, with_way
from services.reporting.rebuilding.why import Reason, reasons
from services.reporting.tables.spans import concerned
from services.reporting.tables.store import Tables
from services.reporting.tables.table import TOTAL, Table, Value

TOTALS_MAX = 500
"""Totals asked for in one statement."""

Named = Mapping[str, tuple[Indicator, Measure]]


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One bucket of one table, before and after; None where the bucket or its value is not there.

    `table` names the measure, place, period and split.
    """

    table: Table
    bucket: str | None
    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True)
class Difference:
    """All that a change of definitions changes: nothing, if every part is empty.

    `files` are those in which the definitions differ, `removed` the measures that are no more,
    `recounted` those that are counted in another way. If live tables do not tell how they are
    counted, that cannot be listed (`tells_ways`), and all is published anew at the changeover.
    """

    files: Sequence[str] = ()
    reasons: Sequence[Reason] = ()
    removed: Sequence[str] = ()
    recounted: Sequence[Recounted] = ()
    tells_ways: bool = True
    values: Sequence[ChangedValue] = ()


async def difference(rebuild: Rebuild, live: Pool, processes: int, today: date) -> Difference:
    """What a rebuild by the program's definitions would change; builds the new tables for it."""
    mine = rebuild.worker.definitions
    async with live.acquire() as before, rebuild.pool.acquire() as after:
        held = await Changeover(after).live_definitions()
        if held is None or held.digest == mine.digest:
            return Difference()
        compared = await rebuild.prepare(processes)
        named, told = measures_of(mine.catalogue), await reasons(after)
        ways = await Changeover(after).ways()
        recounted = recounted_of(ways)
        others = [each.measure for each in recounted if each.has_other_values]
        cells = [*compared.differing, *await Changeover(after).cells_of(others)]
        # Of another way of counting every split may show other numbers.
        narrowed = [reason for reason in told if reason.measure not in others]
        tables = tables_concerned(cells, named, narrowed, today)
        gone = {each.measure for each in compared.differing} | ways.before.keys()
        return Difference(
            files=files_changed(held.files, mine.files),
            reasons=told,
            removed=sorted(gone - named.keys()),
            recounted=recounted,
            tells_ways=bool(ways.before),
            values=await Sides(before, after, today, ways.before).changed(tables),
        )


def files_changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The files that are new, gone or other, by their paths."""
    names = before.keys() | after.keys()
    return sorted(name for name in names if before.get(name) != after.get(name))


def tables_concerned(
    differing: Iterable[Differing], named: Named, reasons: Iterable[Reason], today: date
) -> list[Table]:
    """Every table that may have changed: those of the places and periods of differing cells.

    Of the splits only those whose buckets differ, or all where whole entries came or went.
    """
    splits = _splits(reasons)
    found: dict[tuple[str, str], set[Period]] = {}
    for each in differing:
        if each.measure not in named:
            continue
        periods = concerned(each.from_month, _last(each, named), today)
        for place in _places(each.municipality, named[each.measure][1]):
            found.setdefault((each.measure, place), set()).update(periods)
    return [
        Table(*named[measure], place, period, split)
        for (measure, place), periods in sorted(found.items())
        for split in (TOTAL, *_splits_of(named[measure], splits.get(measure)))
        for period in sorted(periods, key=lambda each: (each.kind, each.start))
    ]


def measures_of(catalogue: Iterable[Indicator]) -> Named:
    """Every measure by the name that entries carry."""
    return {
        name: (indicator, measure)
        for indicator in catalogue
        for name, measure in indicator.named_measures
    }


class Sides:
    """The live tables and the next ones, each as its own connection sees them.

    The live ones are counted in their own `ways`, as far as these are known.
    """

    def __init__(self, before: Connection, after: Connection, today: date, ways: Ways) -> None:
        self._before = Tables(before)
        self._after = Tables(after)
        self._today = today
        self._ways = ways

    async def changed(self, tables: Sequence[Table]) -> list[ChangedValue]:
        """The values that are not the same on both sides."""
        pairs = [(with_way(table, self._ways.get(table.name)), table) for table in tables]
        counted = [pair for pair in pairs if all(map(_is_counted_total, pair))]
        found: list[ChangedValue] = []
        for begin in range(0, len(counted), TOTALS_MAX):
            was, now = zip(*counted[begin : begin + TOTALS_MAX], strict=True)
            both = zip(
                now,
                await self._before.totals(was, self._today),
                await self._after.totals(now, self._today),
                strict=True,
            )
            found += [c for table, before, after in both for c in _compare(table, before, after)]
        for was_one, table in pairs:
            if not (_is_counted_total(was_one) and _is_counted_total(table)):
                old = await self._before.values(was_one, self._today)
                found += _compare(table, old, await self._after.values(table, self._today))
        return found


def _is_counted_total(table: Table) -> bool:
    is_other = table.measure.kind in {Kind.OBSERVED, Kind.DURATION}
    return table.split == TOTAL and not is_other


def _compare(
    table: Table, before: Sequence[Value], after: Sequence[Value]
) -> Iterator[ChangedValue]:
    old = {value.bucket: value for value in before}
    new = {value.bucket: value for value in after}
    for bucket in sorted(old.keys() | new.keys(), key=str):
        if old.get(bucket) != new.get(bucket):
            yield ChangedValue(table, bucket, old.get(bucket), new.get(bucket))


def _splits(reasons: Iterable[Reason]) -> dict[str, set[str] | None]:
    """Of each measure the splits whose buckets differ; None if entries came or went: then all."""
    found: dict[str, set[str] | None] = {}
    for reason in reasons:
        known = found.setdefault(reason.measure, set())
        if reason.is_whole or known is None:
            found[reason.measure] = None
        else:
            known.update(reason.splits)
    return found


def _splits_of(named: tuple[Indicator, Measure], wanted: set[str] | None) -> list[str]:
    indicator, measure = named
    names = [split.name for split in indicator.splits_of(measure)]
    return [name for name in names if wanted is None or name in wanted]


def _last(each: Differing, named: Named) -> date | None:
    is_lasting = named[each.measure][1].kind in {Kind.STOCK, Kind.PRESENT}
    return each.to_month if is_lasting else (each.to_month or each.last_month)


def _places(municipality: str, measure: Measure) -> list[str]:
    """The places whose tables an entry there counts in."""
    if not municipality:
        return [COUNTRY]
    if measure.kind is Kind.OBSERVED or not is_council(municipality):
        return [municipality]
    above = {district_of(municipality) or KOSOVO, region_of(municipality), COUNTRY}
    return [municipality, *sorted(above)]
