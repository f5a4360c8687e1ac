"""Entries as rows of the table: their ids, their difference to stored rows, affected cells."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.reporting.domain.dimensions import Bucket
from services.reporting.domain.indicator import Amount, Entry

Address = tuple[int, int]
"""The ctid of a stored row; valid while its subject is locked."""


class EntryRow(NamedTuple):
    """One entry with ids instead of names; `buckets` are in ascending order."""

    subject: int
    on: date
    until: date | None
    measure: int
    municipality: str
    buckets: tuple[int, ...]
    amount: Amount


class AffectedCells(NamedTuple):
    """The changed cells of one measure and municipality: all months from one to another.

    `to_month` is None if the change has no end.
    """

    measure: int
    municipality: str
    from_month: date
    to_month: date | None


@dataclass(frozen=True, slots=True)
class RowChanges:
    """The rows to remove and to add to turn the stored rows into the new ones."""

    removed: tuple[Address, ...]
    removed_rows: tuple[EntryRow, ...]
    added: tuple[EntryRow, ...]


def rows_of(
    subject: int,
    entries: Iterable[Entry],
    measures: Mapping[str, int],
    sets: Mapping[frozenset[Bucket], tuple[int, ...]],
) -> Iterator[EntryRow]:
    """Yield the entries of one subject as rows; KeyError for names without an id."""
    for entry in entries:
        yield EntryRow(
            subject,
            entry.on,
            entry.until,
            measures[entry.measure],
            entry.municipality,
            sets[entry.buckets],
            entry.amount,
        )


def diff_rows(stored: Iterable[tuple[Address, EntryRow]], fresh: Iterable[EntryRow]) -> RowChanges:
    """Return the difference of two multisets of rows; rows in both stay as they are."""
    missing = Counter(fresh)
    removed: list[Address] = []
    removed_rows: list[EntryRow] = []
    for address, row in stored:
        if missing[row] > 0:
            missing[row] -= 1
        else:
            removed.append(address)
            removed_rows.append(row)
    return RowChanges(tuple(removed), tuple(removed_rows), tuple(missing.elements()))


def affected_cells(rows: Iterable[EntryRow], open_ended: Collection[int]) -> list[AffectedCells]:
    """Return the months in which these rows count, one range per measure and municipality.

    A row without `until` of one of the `open_ended` measures counts in every later month.
    """
    spans: dict[tuple[int, str], tuple[date, date]] = {}
    for row in rows:
        cell = (row.measure, row.municipality)
        last = row.until or (date.max if row.measure in open_ended else row.on)
        first, latest = spans.get(cell, (row.on, last))
        spans[cell] = (min(first, row.on), max(latest, last))
    return [
        AffectedCells(
            *cell, first.replace(day=1), None if last == date.max else last.replace(day=1)
        )
        for cell, (first, last) in spans.items()
    ]
