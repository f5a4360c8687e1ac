"""What a proof casts doubt on: cells that may be counted wrongly, and the tables that meet them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain

from schemas.periods import month_of
from services.reporting.counting.indicator import Entry, Kind
from services.reporting.tables.table import (
    TOTAL,
    State,
    Table,
    Value,
    councils,
    observed_at,
    window,
)

LASTING = (Kind.PRESENT, Kind.STOCK)
"""An entry of these counts for as long as it has no end."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Cells of a measure in a council ("" for the country's own figures) over some months.

    None is any measure, any place, no beginning, no end. `is_of_log`: the stored facts themselves
    are in doubt, and with them what was known at any instant.
    """

    measure: str | None = None
    municipality: str | None = None
    from_month: date | None = None
    to_month: date | None = None
    is_of_log: bool = False

    @property
    def first(self) -> date:
        """The first day in doubt."""
        return self.from_month or date.min

    @property
    def last(self) -> date:
        """The last day in doubt."""
        return month_of(self.to_month).last if self.to_month else date.max


EVERYTHING = Doubt(is_of_log=True)


class Doubts:
    """All doubts that stand at one instant."""

    def __init__(self, doubts: Iterable[Doubt] = ()) -> None:
        self._by_cell: dict[tuple[str | None, str | None], list[Doubt]] = defaultdict(list)
        for doubt in doubts:
            self._by_cell[doubt.measure, doubt.municipality].append(doubt)

    def __iter__(self) -> Iterator[Doubt]:
        return chain.from_iterable(self._by_cell.values())

    def of_log(self) -> "Doubts":
        """Those about the stored facts themselves."""
        return Doubts(doubt for doubt in self if doubt.is_of_log)

    def meet(self, table: Table) -> bool:
        """Whether a wrong entry may count in this table: then its numbers are withheld."""
        if not self._by_cell:
            return False
        first, last, until_after = window(table.measure.kind, table.period)
        return any(
            doubt.first <= last and doubt.last >= max(first, until_after)
            for measure in {table.name, table.observed, None}
            for place in (*_places(table), None)
            for doubt in self._by_cell.get((measure, place), ())
        )


def withheld(table: Table) -> list[Value]:
    """What a table shows instead of its numbers; of a split no bucket is named."""
    return [Value(TOTAL if table.split == TOTAL else None, None, State.WITHHELD)]


def of_log(doubt: Doubt) -> Doubt:
    """The same doubt, about facts."""
    return replace(doubt, is_of_log=True)


def cells(entries: Iterable[Entry], lasting: frozenset[str]) -> Iterator[Doubt]:
    """The cells in which these entries count, each once; `lasting` names measures without end."""
    found = dict.fromkeys(
        Doubt(
            entry.measure, entry.municipality, entry.on.replace(day=1), _last_month(entry, lasting)
        )
        for entry in entries
    )
    yield from found


def joined(doubts: Sequence[Doubt], most: int) -> list[Doubt]:
    """The same or more in at most so many: all months between in one, then all councils."""
    if len(doubts) > most:
        doubts = _spans(doubts, lambda doubt: (doubt.measure, doubt.municipality))
    if len(doubts) > most:
        doubts = [replace(each, municipality=None) for each in _spans(doubts, lambda d: d.measure)]
    return list(doubts)


def _spans(doubts: Iterable[Doubt], cell: Callable[[Doubt], object]) -> list[Doubt]:
    """One for all that share a cell, from the first of their months to the last."""
    found: dict[object, Doubt] = {}
    for doubt in doubts:
        other = found.setdefault(cell(doubt), doubt)
        ends = (other.to_month, doubt.to_month)
        found[cell(doubt)] = replace(
            other,
            from_month=min(other.first, doubt.first),
            to_month=None if None in ends else max(end for end in ends if end),
            is_of_log=other.is_of_log or doubt.is_of_log,
        )
    return list(found.values())


def _last_month(entry: Entry, lasting: frozenset[str]) -> date | None:
    if entry.until is not None:
        return max(entry.until - A_DAY, entry.on).replace(day=1)
    return None if entry.measure in lasting else entry.on.replace(day=1)


def _places(table: Table) -> tuple[str, ...]:
    """Where the entries of a table lie: an observation counts for exactly its place."""
    if table.measure.kind is not Kind.OBSERVED:
        return councils(table.place)
    place = observed_at(table.place)
    return () if place is None else (place,)
