"""The SQL of the tables: counts sets of entries in the database, one statement per query."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from runtime.storage.pool import Connection
from services.reporting.domain.indicator import MeasureKind
from services.reporting.tables.holds import Hold, Holds, withheld_values
from services.reporting.tables.table import (
    TOTAL,
    BucketCount,
    Table,
    Value,
    councils_at,
    observation_place,
    observation_value,
    table_values,
    window,
)

TOTALS = """
SELECT 'total' AS bucket, cell.persons, cell.amount, cell.entries
FROM unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::date[])
     WITH ORDINALITY AS requested (measure, councils, on_from, on_to, until_after, n)
CROSS JOIN LATERAL (
    SELECT count(DISTINCT e.subject) AS persons, coalesce(sum(e.amount), 0) AS amount,
           count(*) AS entries
    FROM entry e
    WHERE e.measure = (SELECT id FROM measure WHERE name = requested.measure)
      AND e.municipality = ANY (string_to_array(requested.councils, ' '))
      AND e.on_date BETWEEN requested.on_from AND requested.on_to
      AND (e.until_date IS NULL OR e.until_date > requested.until_after)
) AS cell
ORDER BY requested.n
"""

# The inner query makes one row per person, in a hash table: count(DISTINCT) would sort all entries,
# which takes twice the time in a national table. Amounts are added only where they are shown: a
# numeric per person and bucket costs a quarter of the time.
ONE_TOTAL = """
SELECT 'total' AS bucket, count(*) AS persons, coalesce(sum(amount), 0) AS amount,
       coalesce(sum(entries), 0)::bigint AS entries
FROM (
    SELECT sum(e.amount) FILTER (WHERE $6) AS amount, count(*) AS entries
    FROM entry e
    WHERE e.measure = (SELECT id FROM measure WHERE name = $1)
      AND e.municipality = ANY ($2::text[])
      AND e.on_date BETWEEN $3 AND $4
      AND (e.until_date IS NULL OR e.until_date > $5)
    GROUP BY e.subject
) AS person
"""

# The same with one row per bucket and person.
BY_BUCKET = """
SELECT b.name AS bucket, cell.persons, cell.amount, cell.entries
FROM (
    SELECT bucket, count(*) AS persons, coalesce(sum(amount), 0) AS amount,
           sum(entries)::bigint AS entries
    FROM (
        SELECT in_bucket.id AS bucket, sum(e.amount) FILTER (WHERE $7) AS amount,
               count(*) AS entries
        FROM entry e
        CROSS JOIN LATERAL unnest(e.buckets) AS in_bucket (id)
        WHERE e.measure = (SELECT id FROM measure WHERE name = $1)
          AND e.municipality = ANY ($2::text[])
          AND e.on_date BETWEEN $3 AND $4
          AND (e.until_date IS NULL OR e.until_date > $5)
          AND in_bucket.id = ANY (ARRAY(SELECT id FROM bucket WHERE split = $6))
        GROUP BY in_bucket.id, e.subject
    ) AS person
    GROUP BY bucket
) AS cell
JOIN bucket b ON b.id = cell.bucket
ORDER BY b.name
"""

_MEDIAN = """
SELECT 'total' AS bucket, count(DISTINCT subject) AS persons, coalesce(sum(amount), 0) AS amount,
       count(*) AS entries,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY amount::float8) AS median
FROM entry
WHERE measure = (SELECT id FROM measure WHERE name = $1)
  AND municipality = ANY ($2::text[])
  AND on_date BETWEEN $3 AND $4
"""

_MEDIAN_BY_BUCKET = """
SELECT b.name AS bucket, count(DISTINCT e.subject) AS persons, sum(e.amount) AS amount,
       count(*) AS entries,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY e.amount::float8) AS median
FROM entry e
CROSS JOIN LATERAL unnest(e.buckets) AS in_bucket (id)
JOIN bucket b ON b.id = in_bucket.id AND b.split = $5
WHERE e.measure = (SELECT id FROM measure WHERE name = $1)
  AND e.municipality = ANY ($2::text[])
  AND e.on_date BETWEEN $3 AND $4
GROUP BY b.name
ORDER BY b.name
"""

_OBSERVED = """
SELECT amount FROM entry
WHERE measure = (SELECT id FROM measure WHERE name = $1) AND municipality = $2
  AND on_date = $3 AND until_date = $4
"""

# $4 is the observed measure; for a base it is the figure that has this base.
_LATEST_OBSERVED = """
WITH latest AS (
    SELECT on_date, until_date FROM entry
    WHERE measure = (SELECT id FROM measure WHERE name = $4) AND municipality = $2
      AND until_date <= $3
    ORDER BY until_date DESC, on_date DESC
    LIMIT 1
)
SELECT amount FROM entry JOIN latest USING (on_date, until_date)
WHERE measure = (SELECT id FROM measure WHERE name = $1) AND municipality = $2
"""

# One prepared statement serves a town and the country. From its sixth execution the server would
# use a generic plan, with which the largest tables take three times as long; the tables of a town
# are faster with it, because no planning is needed. The setting lasts until the transaction ends.
_FORCE_CUSTOM_PLAN = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"

# The entries of an area are spread over the table. The planner assumes few entries for each of many
# totals in one statement; with bitmap scans instead of index scans the large totals take a quarter
# to a half less time and the small ones no more. A generic plan would ignore the setting.
_DISABLE_INDEX_SCANS = """
SELECT set_config('enable_indexscan', 'off', true),
       set_config('plan_cache_mode', 'force_custom_plan', true)
"""
_ENABLE_INDEX_SCANS = """
SELECT set_config('enable_indexscan', 'on', true), set_config('plan_cache_mode', 'auto', true)
"""

_HOLDS = "SELECT DISTINCT measure, municipality, from_month, to_month, affects_facts FROM hold"


class TableQueries:
    """Exact tables read over one connection; use one transaction for one instant.

    A table that a hold covers is withheld: its numbers are not returned. Holds are read with every
    query, or once by `in_snapshot`.
    """

    def __init__(self, connection: Connection, holds: Holds | None = None) -> None:
        self._connection = connection
        self._holds = holds

    @classmethod
    async def in_snapshot(cls, connection: Connection) -> "TableQueries":
        """Return queries for a connection whose transaction sees one snapshot until it ends."""
        return cls(connection, await cls(connection).holds())

    async def values(self, table: Table, today: date) -> list[Value]:
        """Return the values of a table of any kind and split on a day."""
        if (await self.holds()).cover(table):
            return withheld_values(table)
        match (table.measure.kind, table.split):
            case (MeasureKind.OBSERVED, _):
                return [observation_value(await self._observation(table))]
            case (MeasureKind.DURATION, _):
                return table_values(table, await self._medians(table), today)
            case (_, split) if split == TOTAL:
                return table_values(table, await self._total(table), today)
            case _:
                return table_values(table, await self._by_bucket(table), today)

    async def totals(self, tables: Sequence[Table], today: date) -> list[list[Value]]:
        """Return the totals of many tables (counted persons, summed amounts) in one statement."""
        holds = await self.holds()
        counted = iter(await self._totals([t for t in tables if not holds.cover(t)], today))
        return [withheld_values(table) if holds.cover(table) else next(counted) for table in tables]

    async def holds(self) -> Holds:
        """Return all holds; they cover what a reconciliation found to differ."""
        if self._holds is not None:
            return self._holds
        return Holds(Hold(*row) for row in await self._connection.fetch(_HOLDS))

    async def _totals(self, tables: Sequence[Table], today: date) -> list[list[Value]]:
        if not tables:
            return []
        are_large = any(len(councils_at(table.place)) > 1 for table in tables)
        if are_large:
            await self._connection.execute(_DISABLE_INDEX_SCANS)
        found = await self._connection.fetch(
            TOTALS,
            [table.name for table in tables],
            [" ".join(councils_at(table.place)) for table in tables],
            *zip(*(window(table.measure.kind, table.period) for table in tables), strict=True),
        )
        if are_large:
            await self._connection.execute(_ENABLE_INDEX_SCANS)
        return [
            table_values(table, [BucketCount(**row)], today)
            for table, row in zip(tables, found, strict=True)
        ]

    async def _total(self, table: Table) -> list[BucketCount]:
        days = window(table.measure.kind, table.period)
        return await self._counts(table, ONE_TOTAL, *days, table.measure.sums_amount)

    async def _by_bucket(self, table: Table) -> list[BucketCount]:
        days, is_summed = window(table.measure.kind, table.period), table.measure.sums_amount
        return await self._counts(table, BY_BUCKET, *days, table.split, is_summed)

    async def _medians(self, table: Table) -> list[BucketCount]:
        days = window(table.measure.kind, table.period)[:2]
        if table.split == TOTAL:
            return await self._counts(table, _MEDIAN, *days)
        return await self._counts(table, _MEDIAN_BY_BUCKET, *days, table.split)

    async def _counts(self, table: Table, statement: str, *arguments: object) -> list[BucketCount]:
        councils = councils_at(table.place)
        if len(councils) > 1:
            await self._connection.execute(_FORCE_CUSTOM_PLAN)
        found = await self._connection.fetch(statement, table.name, councils, *arguments)
        return [BucketCount(**row) for row in found]

    async def _observation(self, table: Table) -> Decimal | None:
        place, period = observation_place(table.place), table.period
        if place is None:
            return None
        after = period.last + timedelta(days=1)
        found: Decimal | None
        if period.first is None:
            arguments = (table.name, place, after, table.observed_measure)
            found = await self._connection.fetchval(_LATEST_OBSERVED, *arguments)
        else:
            found = await self._connection.fetchval(
                _OBSERVED, table.name, place, period.first, after
            )
        return found
