"""Entries as the table keeps them: numbered, compared with what is stored, and what they touch."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from services.reporting.counting.dimensions import Bucket
from services.reporting.counting.indicator import Amount, Entry

Address = tuple[int, int]
"""Where a stored row lies (its ctid): valid while its subject is locked."""


class Row(NamedTuple):
    """One entry with numbers for its names; `buckets` ascend."""

    subject: int
    on: date
    until: date | None
    measure: int
    municipality: str
    buckets: tuple[int, ...]
    amount: Amount


class Touched(NamedTuple):
    """The cells of one measure and place that changed: all months from one to another.

    `to_month` is None where a change reaches into the open future.
    """

    measure: int
    municipality: str
    from_month: date
    to_month: date | None


@dataclass(frozen=True, slots=True)
class Change:
    """What must be removed and added so that the stored rows are the fresh ones."""

    gone: tuple[Address, ...]
    gone_rows: tuple[Row, ...]
    added: tuple[Row, ...]


def numbered(
    subject: int,
    entries: Iterable[Entry],
    measures: Mapping[str, int],
    sets: Mapping[frozenset[Bucket], tuple[int, ...]],
) -> Iterator[Row]:
    """The entries of one subject as rows; KeyError for what has no numbers."""
    for entry in entries:
        yield Row(
            subject,
            entry.on,
            entry.until,
            measures[entry.measure],
            entry.municipality,
            sets[entry.buckets],
            entry.amount,
        )


def change(stored: Iterable[tuple[Address, Row]], fresh: Iterable[Row]) -> Change:
    """The difference of two multisets of rows; what is in both stays untouched."""
    missing = Counter(fresh)
    gone: list[Address] = []
    gone_rows: list[Row] = []
    for address, row in stored:
        if missing[row] > 0:
            missing[row] -= 1
        else:
            gone.append(address)
            gone_rows.append(row)
    return Change(tuple(gone), tuple(gone_rows), tuple(missing.elements()))


def touched(rows: Iterable[Row], lasting: Collection[int]) -> list[Touched]:
    """The months that these rows count in, joined per measure and place.

    A row of one of the `lasting` measures without `until` counts in every month after it began.
    """
    spans: dict[tuple[int, str], tuple[date, date]] = {}
    for row in rows:
        cell = (row.measure, row.municipality)
        last = row.until or (date.max if row.measure in lasting else row.on)
        first, latest = spans.get(cell, (row.on, last))
        spans[cell] = (min(first, row.on), max(latest, last))
    return [
        Touched(*cell, first.replace(day=1), None if last == date.max else last.replace(day=1))
        for cell, (first, last) in spans.items()
    ]
