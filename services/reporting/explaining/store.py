"""The SQL of explaining: the entries behind a number, counted first, then page by page."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import asyncpg

from runtime.postgres import Connection
from services.reporting.counting.indicator import Entry, Kind
from services.reporting.explaining.behind import Part, Size
from services.reporting.tables.table import BEGINNING, TOTAL, Table, councils, observed_at, window

# What falls into a cell: $1 measure, $2 councils, $3 to $5 the window, $6 the exact end of an
# observation, $7 split (null: total), $8 bucket (null: any).
IN_CELL = """
e.measure = (SELECT id FROM measure WHERE name = $1)
  AND e.municipality = ANY ($2::text[])
  AND e.on_date BETWEEN $3 AND $4
  AND (e.until_date IS NULL OR e.until_date > $5)
  AND ($6::date IS NULL OR e.until_date = $6)
  AND ($7::text IS NULL OR e.buckets && ARRAY(
      SELECT id FROM bucket WHERE split = $7 AND ($8::text IS NULL OR name = $8)))
"""

SIZE = f"""
SELECT count(DISTINCT e.subject) AS persons, count(*) AS entries
FROM entry e
WHERE {IN_CELL}
"""

BY_MONTH = f"""
SELECT date_trunc('month', e.on_date)::date AS month, count(DISTINCT e.subject) AS persons,
       count(*) AS entries
FROM entry e
WHERE {IN_CELL}
GROUP BY 1
ORDER BY 1
"""

SUBJECTS = f"""
SELECT s.code
FROM subject s
WHERE s.id IN (
    SELECT e.subject
    FROM entry e
    WHERE {IN_CELL}
)
ORDER BY s.code
"""

# Equal entries of one person stand in one row, so that no page parts them.
PAGE = f"""
SELECT s.code, e.on_date, e.until_date, e.municipality, e.amount, e.times,
       ARRAY(SELECT ARRAY[b.split, b.name] FROM bucket b WHERE b.id = ANY (e.buckets)) AS buckets
FROM (
    SELECT e.subject, e.on_date, e.until_date, e.municipality, e.buckets, e.amount,
           count(*) AS times
    FROM entry e
    WHERE {IN_CELL}
      AND e.on_date >= $9
    GROUP BY e.on_date, e.subject, e.municipality, e.until_date, e.buckets, e.amount
    ORDER BY e.on_date, e.subject, e.municipality, e.until_date NULLS LAST, e.buckets, e.amount
    OFFSET $10 LIMIT $11
) AS e
JOIN subject s ON s.id = e.subject
ORDER BY e.on_date, e.subject, e.municipality, e.until_date NULLS LAST, e.buckets, e.amount
"""

ENTRIES_OF = """
SELECT s.code, e.on_date, e.until_date, e.municipality, e.amount, 1 AS times,
       ARRAY(SELECT ARRAY[b.split, b.name] FROM bucket b WHERE b.id = ANY (e.buckets)) AS buckets
FROM subject s JOIN entry e ON e.subject = s.id
WHERE s.code = ANY ($1::text[]) AND e.measure = (SELECT id FROM measure WHERE name = $2)
"""

OBSERVED_SPAN = """
SELECT on_date, until_date FROM entry
WHERE measure = (SELECT id FROM measure WHERE name = $1) AND municipality = $2
  AND until_date <= $3 AND ($4::date IS NULL OR (on_date, until_date) = ($4, $3))
ORDER BY until_date DESC, on_date DESC
LIMIT 1
"""

CHANGED = "SELECT DISTINCT subject FROM fact WHERE recorded_at > $1"

STORED_BY = "SELECT catalogue_digest FROM projection WHERE name = 'live'"


class Cell(NamedTuple):
    """What the statements are asked with: the entries of one number."""

    measure: str
    councils: Sequence[str]
    on_from: date
    on_to: date
    until_after: date
    until_is: date | None
    split: str | None
    bucket: str | None


class Place(NamedTuple):
    """Where a page begins: on a day, after so many different entries of that day."""

    on: date
    passed: int


class Row(NamedTuple):
    """An entry as it is stored, with the code of its subject and how often it is there."""

    subject: str
    entry: Entry
    times: int


class Shelf:
    """The entries behind numbers, over one connection; ask within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def cell(self, table: Table, bucket: str | None) -> Cell | None:
        """The cell of a bucket, or of all buckets; None for an observation that there is not."""
        split = (None, None) if table.split == TOTAL else (table.split, bucket)
        if table.measure.kind is not Kind.OBSERVED:
            days = window(table.measure.kind, table.period)
            return Cell(table.name, councils(table.place), *days, None, *split)
        place, after = observed_at(table.place), table.period.last + timedelta(days=1)
        found = await self._connection.fetchrow(
            OBSERVED_SPAN, table.observed, place, after, table.period.first
        )
        if found is None:
            return None
        on, until = found
        return Cell(table.name, [place or ""], on, on, BEGINNING, until, *split)

    async def size(self, cell: Cell) -> Size:
        """How many persons and entries there are."""
        found = await self._connection.fetchrow(SIZE, *cell)
        assert found is not None  # noqa: S101 - an aggregate always gives a row
        return Size(**found)

    async def by_month(self, cell: Cell) -> dict[Part, Size]:
        """The same for each month; the sources are not told apart."""
        found = await self._connection.fetch(BY_MONTH, *cell)
        return {
            Part(cell.measure, month, None): Size(persons, entries)
            for month, persons, entries in found
        }

    async def subjects(self, cell: Cell) -> list[str]:
        """The codes of the persons in the cell."""
        return [row["code"] for row in await self._connection.fetch(SUBJECTS, *cell)]

    async def page(self, cell: Cell, begin: Place, limit: int) -> list[Row]:
        """Different entries in a stable order, from a place on."""
        found = await self._connection.fetch(PAGE, *cell, *begin, limit)
        return [_row(cell.measure, row) for row in found]

    async def entries_of(self, codes: Sequence[str], measure: str) -> list[Row]:
        """All entries of these persons in a measure."""
        found = await self._connection.fetch(ENTRIES_OF, codes, measure)
        return [_row(measure, row) for row in found]

    async def changed_since(self, instant: datetime) -> list[str]:
        """The codes of which anything was recorded later."""
        return [row["subject"] for row in await self._connection.fetch(CHANGED, instant)]

    async def stored_by(self) -> bytes | None:
        """The digest of the definitions that the stored entries follow."""
        digest: bytes | None = await self._connection.fetchval(STORED_BY)
        return digest


def _row(measure: str, row: asyncpg.Record) -> Row:
    buckets = frozenset((split, name) for split, name in row["buckets"])
    amount: Decimal = row["amount"]
    days = (row["on_date"], row["until_date"])
    entry = Entry(measure, *days, row["municipality"], buckets, amount)
    return Row(row["code"], entry, row["times"])
