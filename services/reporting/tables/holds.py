"""Holds: cells that a reconciliation questions, and the tables in which such a cell counts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain

from schemas.periods import month_of
from services.reporting.domain.indicator import Entry, MeasureKind
from services.reporting.tables.table import (
    TOTAL,
    Table,
    Value,
    ValueState,
    councils_at,
    observation_place,
    window,
)

OPEN_ENDED_KINDS = (MeasureKind.PRESENT, MeasureKind.STOCK)
"""An entry of these kinds counts for as long as it has no end."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hold:
    """Questioned cells: one measure in one council ("" for national figures) over some months.

    None means any measure, any council, no beginning, no end. `affects_facts`: the stored facts
    themselves are questioned, and with them every value as of any instant.
    """

    measure: str | None = None
    municipality: str | None = None
    from_month: date | None = None
    to_month: date | None = None
    affects_facts: bool = False

    @property
    def first_on(self) -> date:
        """The first questioned day."""
        return self.from_month or date.min

    @property
    def last_on(self) -> date:
        """The last questioned day."""
        return month_of(self.to_month).last if self.to_month else date.max


HOLD_ON_EVERYTHING = Hold(affects_facts=True)


class Holds:
    """All holds that exist at one instant."""

    def __init__(self, holds: Iterable[Hold] = ()) -> None:
        self._by_cell: dict[tuple[str | None, str | None], list[Hold]] = defaultdict(list)
        for hold in holds:
            self._by_cell[hold.measure, hold.municipality].append(hold)

    def __iter__(self) -> Iterator[Hold]:
        return chain.from_iterable(self._by_cell.values())

    def on_facts(self) -> "Holds":
        """Return only the holds on the stored facts themselves."""
        return Holds(hold for hold in self if hold.affects_facts)

    def cover(self, table: Table) -> bool:
        """Return whether a questioned entry may count in the table; if so, it is withheld."""
        if not self._by_cell:
            return False
        first, last, until_after = window(table.measure.kind, table.period)
        return any(
            hold.first_on <= last and hold.last_on >= max(first, until_after)
            for measure in {table.name, table.observed_measure, None}
            for place in (*_counted_places(table), None)
            for hold in self._by_cell.get((measure, place), ())
        )


def withheld_values(table: Table) -> list[Value]:
    """Return what a withheld table shows; the buckets of a split are not named."""
    return [Value(TOTAL if table.split == TOTAL else None, None, ValueState.WITHHELD)]


def hold_on_facts(hold: Hold) -> Hold:
    """Return the same hold, extended to the stored facts."""
    return replace(hold, affects_facts=True)


def holds_on_entries(entries: Iterable[Entry], open_ended: frozenset[str]) -> Iterator[Hold]:
    """Yield a hold for each cell in which the entries count, without repetition.

    `open_ended` names the measures whose entries count for as long as they have no end.
    """
    yield from dict.fromkeys(
        Hold(
            entry.measure,
            entry.municipality,
            entry.on.replace(day=1),
            _last_month(entry, open_ended),
        )
        for entry in entries
    )


def merge_holds(holds: Sequence[Hold], holds_max: int) -> list[Hold]:
    """Merge holds until there are at most so many; the result covers at least the same cells.

    First all months of a cell are merged into one range, then all councils of a measure.
    """
    if len(holds) > holds_max:
        holds = _merge_by(holds, lambda hold: (hold.measure, hold.municipality))
    if len(holds) > holds_max:
        holds = [replace(each, municipality=None) for each in _merge_by(holds, lambda h: h.measure)]
    return list(holds)


def _merge_by(holds: Iterable[Hold], key: Callable[[Hold], object]) -> list[Hold]:
    """Return one hold for each key, from the first of its months to the last."""
    found: dict[object, Hold] = {}
    for hold in holds:
        other = found.setdefault(key(hold), hold)
        ends = (other.to_month, hold.to_month)
        found[key(hold)] = replace(
            other,
            from_month=min(other.first_on, hold.first_on),
            to_month=None if None in ends else max(end for end in ends if end),
            affects_facts=other.affects_facts or hold.affects_facts,
        )
    return list(found.values())


def _last_month(entry: Entry, open_ended: frozenset[str]) -> date | None:
    if entry.until is not None:
        return max(entry.until - _ONE_DAY, entry.on).replace(day=1)
    return None if entry.measure in open_ended else entry.on.replace(day=1)


def _counted_places(table: Table) -> tuple[str, ...]:
    """Return the places whose entries count in a table; an observation counts for one place."""
    if table.measure.kind is not MeasureKind.OBSERVED:
        return councils_at(table.place)
    place = observation_place(table.place)
    return () if place is None else (place,)
