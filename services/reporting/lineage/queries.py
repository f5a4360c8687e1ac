"""The SQL of lineage: the entries of a number, counted, and page by page."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import asyncpg

from runtime.storage.pool import Connection
from services.reporting.domain.indicator import Entry, MeasureKind
from services.reporting.lineage.entry_lineage import NumberPart, PartSize
from services.reporting.tables.table import (
    BEGINNING,
    TOTAL,
    Table,
    councils_at,
    observation_place,
    window,
)

# Selects the entries of a cell: $1 measure, $2 councils, $3 to $5 the window, $6 the exact end of
# an observation, $7 split (null: total), $8 bucket (null: any).
_IN_CELL = """
e.measure = (SELECT id FROM measure WHERE name = $1)
  AND e.municipality = ANY ($2::text[])
  AND e.on_date BETWEEN $3 AND $4
  AND (e.until_date IS NULL OR e.until_date > $5)
  AND ($6::date IS NULL OR e.until_date = $6)
  AND ($7::text IS NULL OR e.buckets && ARRAY(
      SELECT id FROM bucket WHERE split = $7 AND ($8::text IS NULL OR name = $8)))
"""

_SIZE = f"""
SELECT count(DISTINCT e.subject) AS persons, count(*) AS entries
FROM entry e
WHERE {_IN_CELL}
"""

_BY_MONTH = f"""
SELECT date_trunc('month', e.on_date)::date AS month, count(DISTINCT e.subject) AS persons,
       count(*) AS entries
FROM entry e
WHERE {_IN_CELL}
GROUP BY 1
ORDER BY 1
"""

_SUBJECTS = f"""
SELECT s.code
FROM subject s
WHERE s.id IN (
    SELECT e.subject
    FROM entry e
    WHERE {_IN_CELL}
)
ORDER BY s.code
"""

# Equal entries of one person are one row, so that no page separates them.
_PAGE = f"""
SELECT s.code, e.on_date, e.until_date, e.municipality, e.amount, e.times,
       ARRAY(SELECT ARRAY[b.split, b.name] FROM bucket b WHERE b.id = ANY (e.buckets)) AS buckets
FROM (
    SELECT e.subject, e.on_date, e.until_date, e.municipality, e.buckets, e.amount,
           count(*) AS times
    FROM entry e
    WHERE {_IN_CELL}
      AND e.on_date >= $9
    GROUP BY e.on_date, e.subject, e.municipality, e.until_date, e.buckets, e.amount
    ORDER BY e.on_date, e.subject, e.municipality, e.until_date NULLS LAST, e.buckets, e.amount
    OFFSET $10 LIMIT $11
) AS e
JOIN subject s ON s.id = e.subject
ORDER BY e.on_date, e.subject, e.municipality, e.until_date NULLS LAST, e.buckets, e.amount
"""

_ENTRIES_OF = """
SELECT s.code, e.on_date, e.until_date, e.municipality, e.amount, 1 AS times,
       ARRAY(SELECT ARRAY[b.split, b.name] FROM bucket b WHERE b.id = ANY (e.buckets)) AS buckets
FROM subject s JOIN entry e ON e.subject = s.id
WHERE s.code = ANY ($1::text[]) AND e.measure = (SELECT id FROM measure WHERE name = $2)
"""

_OBSERVED_SPAN = """
SELECT on_date, until_date FROM entry
WHERE measure = (SELECT id FROM measure WHERE name = $1) AND municipality = $2
  AND until_date <= $3 AND ($4::date IS NULL OR (on_date, until_date) = ($4, $3))
ORDER BY until_date DESC, on_date DESC
LIMIT 1
"""

_CHANGED = "SELECT DISTINCT subject FROM fact WHERE recorded_at > $1"

_STORED_BY = "SELECT definitions_fingerprint FROM projection WHERE name = 'live'"


class CellFilter(NamedTuple):
    """The parameters that select the entries of one number."""

    measure: str
    councils: Sequence[str]
    on_from: date
    on_to: date
    until_after: date
    until_is: date | None
    split: str | None
    bucket: str | None


class PageStart(NamedTuple):
    """Where a page begins: on a day, after so many distinct entries of that day."""

    on: date
    skip: int


class StoredEntry(NamedTuple):
    """A stored entry with the code of its subject and how many times it is stored."""

    subject: str
    entry: Entry
    times: int


class LineageQueries:
    """Reads entries over one connection; call within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def cell(self, table: Table, bucket: str | None) -> CellFilter | None:
        """Return the filter of a bucket, or of all buckets; None for a missing observation."""
        split = (None, None) if table.split == TOTAL else (table.split, bucket)
        if table.measure.kind is not MeasureKind.OBSERVED:
            days = window(table.measure.kind, table.period)
            return CellFilter(table.name, councils_at(table.place), *days, None, *split)
        place, after = observation_place(table.place), table.period.last + timedelta(days=1)
        found = await self._connection.fetchrow(
            _OBSERVED_SPAN, table.observed_measure, place, after, table.period.first
        )
        if found is None:
            return None
        on, until = found
        return CellFilter(table.name, [place or ""], on, on, BEGINNING, until, *split)

    async def size(self, cell: CellFilter) -> PartSize:
        """Count persons and entries."""
        found = await self._connection.fetchrow(_SIZE, *cell)
        assert found is not None  # noqa: S101 - an aggregate always gives a row
        return PartSize(**found)

    async def by_month(self, cell: CellFilter) -> dict[NumberPart, PartSize]:
        """Count persons and entries of each month, all sources together."""
        found = await self._connection.fetch(_BY_MONTH, *cell)
        return {
            NumberPart(cell.measure, month, None): PartSize(persons, entries)
            for month, persons, entries in found
        }

    async def subjects(self, cell: CellFilter) -> list[str]:
        """Return the codes of the persons in the cell."""
        return [row["code"] for row in await self._connection.fetch(_SUBJECTS, *cell)]

    async def page(self, cell: CellFilter, begin: PageStart, limit: int) -> list[StoredEntry]:
        """Return distinct entries in a stable order."""
        found = await self._connection.fetch(_PAGE, *cell, *begin, limit)
        return [_row(cell.measure, row) for row in found]

    async def entries_of(self, codes: Sequence[str], measure: str) -> list[StoredEntry]:
        """Return all entries of these persons in a measure."""
        found = await self._connection.fetch(_ENTRIES_OF, codes, measure)
        return [_row(measure, row) for row in found]

    async def changed_since(self, instant: datetime) -> list[str]:
        """Return the codes that have facts recorded after the instant."""
        return [row["subject"] for row in await self._connection.fetch(_CHANGED, instant)]

    async def stored_by(self) -> bytes | None:
        """Return the fingerprint of the definitions that computed the stored entries."""
        fingerprint: bytes | None = await self._connection.fetchval(_STORED_BY)
        return fingerprint


def _row(measure: str, row: asyncpg.Record) -> StoredEntry:
    buckets = frozenset((split, name) for split, name in row["buckets"])
    amount: Decimal = row["amount"]
    days = (row["on_date"], row["until_date"])
    entry = Entry(measure, *days, row["municipality"], buckets, amount)
    return StoredEntry(row["code"], entry, row["times"])
