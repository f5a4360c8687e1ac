"""Find what new definitions would change: which tables, from which value to which, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from runtime.storage.pool import Connection, Pool
from schemas.periods import Period
from services.reporting.domain.indicator import Indicator, Measure, MeasureKind
from services.reporting.projection.aggregation_spec import AggregationSpecs
from services.reporting.projection.batch_handler import OPEN_ENDED_KINDS
from services.reporting.projection.fingerprint import changes
from services.reporting.rebuild.cutover import CutoverRepository, DifferingCells
from services.reporting.rebuild.diff_reasons import (
    DiffReason,
    SpecChange,
    reasons,
    spec_changes,
    with_spec,
)
from services.reporting.rebuild.workflow import Rebuild
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import TOTAL, Table, Value, affected_periods

_TOTALS_MAX = 500
"""Totals queried in one statement."""

_Named = Mapping[str, tuple[Indicator, Measure]]


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One bucket of one table before and after; None where the bucket has no value.

    `table` names the measure, place, period and split.
    """

    table: Table
    bucket: str | None
    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True)
class DefinitionDiff:
    """Everything that a change of definitions changes; nothing if every field is empty.

    `definitions` names the parts that differ, with their versions, `removed` the measures that no
    longer exist, `spec_changes` those whose aggregation changes. Without `has_live_specs` the
    aggregation of the live measures is unknown: changes cannot be listed, and the cut-over
    publishes all cells again.
    """

    definitions: Sequence[str] = ()
    reasons: Sequence[DiffReason] = ()
    removed: Sequence[str] = ()
    spec_changes: Sequence[SpecChange] = ()
    has_live_specs: bool = True
    values: Sequence[ChangedValue] = ()


async def diff_definitions(
    rebuild: Rebuild, live: Pool, processes: int, today: date
) -> DefinitionDiff:
    """Return what a rebuild with this program's definitions would change; build its tables."""
    mine = rebuild.handler.definitions
    async with live.acquire() as before, rebuild.pool.acquire() as after:
        held = await CutoverRepository(after).live_definitions()
        if held is None or held.fingerprint == mine.fingerprint:
            return DefinitionDiff()
        compared = await rebuild.prepare(processes)
        named, found = _measures_of(mine.catalogue), await reasons(after)
        specs = await CutoverRepository(after).specs()
        changed_specs = spec_changes(specs)
        others = [each.measure for each in changed_specs if each.has_other_values]
        cells = [*compared.differing, *await CutoverRepository(after).all_cells_of(others)]
        # If the aggregation changes, every split may show other numbers.
        narrowed = [reason for reason in found if reason.measure not in others]
        tables = _affected_tables(cells, named, narrowed, today)
        former = {each.measure for each in compared.differing} | specs.before.keys()
        return DefinitionDiff(
            definitions=changes(held.parts, mine.parts),
            reasons=found,
            removed=sorted(former - named.keys()),
            spec_changes=changed_specs,
            has_live_specs=bool(specs.before),
            values=await _BothProjections(before, after, today, specs.before).changed(tables),
        )


def _affected_tables(
    differing: Iterable[DifferingCells], named: _Named, reasons: Iterable[DiffReason], today: date
) -> list[Table]:
    """Return every table that may have changed: of the places and periods of differing cells.

    Of the splits only those whose buckets differ, or all where entries were added or removed.
    """
    splits = _splits(reasons)
    found: dict[tuple[str, str], set[Period]] = {}
    for each in differing:
        if each.measure not in named:
            continue
        periods = affected_periods(each.from_month, _last(each, named), today)
        for place in named[each.measure][1].places_of(each.municipality):
            found.setdefault((each.measure, place), set()).update(periods)
    return [
        Table(*named[measure], place, period, split)
        for (measure, place), periods in sorted(found.items())
        for split in (TOTAL, *_splits_of(named[measure], splits.get(measure)))
        for period in sorted(periods, key=lambda each: (each.kind, each.start))
    ]


def _measures_of(catalogue: Iterable[Indicator]) -> _Named:
    """Return every measure by its name in entries."""
    return {
        name: (indicator, measure)
        for indicator in catalogue
        for name, measure in indicator.named_measures
    }


class _BothProjections:
    """The live tables and the next ones, each through a connection of its own.

    Live tables are aggregated by their own specs, as far as these are known.
    """

    def __init__(
        self, before: Connection, after: Connection, today: date, live_specs: AggregationSpecs
    ) -> None:
        self._before = TableQueries(before)
        self._after = TableQueries(after)
        self._today = today
        self._live_specs = live_specs

    async def changed(self, tables: Sequence[Table]) -> list[ChangedValue]:
        """Return the values that differ between both sides."""
        pairs = [(with_spec(table, self._live_specs.get(table.name)), table) for table in tables]
        totals = [pair for pair in pairs if all(map(_is_counted_total, pair))]
        found: list[ChangedValue] = []
        for begin in range(0, len(totals), _TOTALS_MAX):
            was, now = zip(*totals[begin : begin + _TOTALS_MAX], strict=True)
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
    is_other = table.measure.kind in {MeasureKind.OBSERVED, MeasureKind.DURATION}
    return table.split == TOTAL and not is_other


def _compare(
    table: Table, before: Sequence[Value], after: Sequence[Value]
) -> Iterator[ChangedValue]:
    old = {value.bucket: value for value in before}
    new = {value.bucket: value for value in after}
    for bucket in sorted(old.keys() | new.keys(), key=str):
        if old.get(bucket) != new.get(bucket):
            yield ChangedValue(table, bucket, old.get(bucket), new.get(bucket))


def _splits(reasons: Iterable[DiffReason]) -> dict[str, set[str] | None]:
    """Return by measure the splits whose buckets differ; None if entries as such differ: all."""
    found: dict[str, set[str] | None] = {}
    for reason in reasons:
        known = found.setdefault(reason.measure, set())
        if reason.affects_all_splits or known is None:
            found[reason.measure] = None
        else:
            known.update(reason.splits)
    return found


def _splits_of(named: tuple[Indicator, Measure], wanted: set[str] | None) -> list[str]:
    indicator, measure = named
    names = [split.name for split in indicator.splits_of(measure)]
    return [name for name in names if wanted is None or name in wanted]


def _last(each: DifferingCells, named: _Named) -> date | None:
    is_open_ended = named[each.measure][1].kind in OPEN_ENDED_KINDS
    return each.to_month if is_open_ended else (each.to_month or each.last_month)
