"""The SQL of the tables: sets of entries counted in the database, one statement per question."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from runtime.postgres import Connection
from services.reporting.counting.indicator import Kind
from services.reporting.tables.doubt import Doubt, Doubts, withheld
from services.reporting.tables.table import (
    TOTAL,
    Counted,
    Table,
    Value,
    councils,
    observed_at,
    shown,
    shown_observation,
    window,
)

TOTALS = """
SELECT 'total' AS bucket, cell.persons, cell.amount, cell.entries
FROM unnest($1::text[], $2::text[], $3::date[], $4::date[], $5::date[])
     WITH ORDINALITY AS asked (measure, councils, on_from, on_to, until_after, n)
CROSS JOIN LATERAL (
    SELECT count(DISTINCT e.subject) AS persons, coalesce(sum(e.amount), 0) AS amount,
           count(*) AS entries
    FROM entry e
    WHERE e.measure = (SELECT id FROM measure WHERE name = asked.measure)
      AND e.municipality = ANY (string_to_array(asked.councils, ' '))
      AND e.on_date BETWEEN asked.on_from AND asked.on_to
      AND (e.until_date IS NULL OR e.until_date > asked.until_after)
) AS cell
ORDER BY asked.n
"""

# First one row per person, in a hash table: to count distinct persons the database would sort all
# entries, which takes twice the time in a table of the whole country. Amounts are added only where
# they are shown: a numeric per person and bucket costs a quarter of it.
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

# The same, one row per bucket and person.
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

MEDIAN = """
SELECT 'total' AS bucket, count(DISTINCT subject) AS persons, coalesce(sum(amount), 0) AS amount,
       count(*) AS entries,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY amount::float8) AS median
FROM entry
WHERE measure = (SELECT id FROM measure WHERE name = $1)
  AND municipality = ANY ($2::text[])
  AND on_date BETWEEN $3 AND $4
"""

MEDIAN_BY_BUCKET = """
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

OBSERVED = """
SELECT amount FROM entry
WHERE measure = (SELECT id FROM measure WHERE name = $1) AND municipality = $2
  AND on_date = $3 AND until_date = $4
"""

# $4 is the measure observed; of a base, its figure: the latest one has this base, or none.
LATEST_OBSERVED = """
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

# The same statements ask for a town and for the country. From the sixth time on the server would
# keep a plan for any place at all, with which the largest tables take three times as long; a town's
# tables are faster with it, for nothing is planned. It holds until the transaction ends.
PLAN_ANEW = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"

# Entries of larger places lie all over the table. Many totals in one statement are planned for
# places of a few entries; read page by page, as this makes it do, the large ones take a quarter to
# a half less and the small ones no more. A plan that is kept would not heed it.
READ_BY_PAGE = """
SELECT set_config('enable_indexscan', 'off', true),
       set_config('plan_cache_mode', 'force_custom_plan', true)
"""
READ_BY_ENTRY = """
SELECT set_config('enable_indexscan', 'on', true), set_config('plan_cache_mode', 'auto', true)
"""

DOUBTS = "SELECT DISTINCT measure, municipality, from_month, to_month, is_of_log FROM doubt"


class Tables:
    """Exact tables as one connection sees them; ask within one transaction for one instant.

    A table that a doubt meets is withheld: nobody gets a number of it here. Doubts are read with
    every question, or once by `at_one_instant`.
    """

    def __init__(self, connection: Connection, doubts: Doubts | None = None) -> None:
        self._connection = connection
        self._doubts = doubts

    @classmethod
    async def at_one_instant(cls, connection: Connection) -> "Tables":
        """For a connection that sees the same instant until the end of its transaction."""
        return cls(connection, await cls(connection).doubts())

    async def values(self, table: Table, today: date) -> list[Value]:
        """The table of any kind and split."""
        if (await self.doubts()).meet(table):
            return withheld(table)
        match (table.measure.kind, table.split):
            case (Kind.OBSERVED, _):
                return [shown_observation(await self._observation(table))]
            case (Kind.DURATION, _):
                return shown(table, await self._medians(table), today)
            case (_, split) if split == TOTAL:
                return shown(table, await self._total(table), today)
            case _:
                return shown(table, await self._by_bucket(table), today)

    async def totals(self, tables: Sequence[Table], today: date) -> list[list[Value]]:
        """The totals of many tables of counted persons or summed amounts, in one statement."""
        doubts = await self.doubts()
        counted = iter(await self._totals([t for t in tables if not doubts.meet(t)], today))
        return [withheld(table) if doubts.meet(table) else next(counted) for table in tables]

    async def doubts(self) -> Doubts:
        """What proofs have found that may be wrong."""
        if self._doubts is not None:
            return self._doubts
        return Doubts(Doubt(*row) for row in await self._connection.fetch(DOUBTS))

    async def _totals(self, tables: Sequence[Table], today: date) -> list[list[Value]]:
        if not tables:
            return []
        are_large = any(len(councils(table.place)) > 1 for table in tables)
        if are_large:
            await self._connection.execute(READ_BY_PAGE)
        found = await self._connection.fetch(
            TOTALS,
            [table.name for table in tables],
            [" ".join(councils(table.place)) for table in tables],
            *zip(*(window(table.measure.kind, table.period) for table in tables), strict=True),
        )
        if are_large:
            await self._connection.execute(READ_BY_ENTRY)
        return [
            shown(table, [Counted(**row)], today) for table, row in zip(tables, found, strict=True)
        ]

    async def _total(self, table: Table) -> list[Counted]:
        days = window(table.measure.kind, table.period)
        return await self._counted(table, ONE_TOTAL, *days, table.measure.sums_amount)

    async def _by_bucket(self, table: Table) -> list[Counted]:
        days, is_summed = window(table.measure.kind, table.period), table.measure.sums_amount
        return await self._counted(table, BY_BUCKET, *days, table.split, is_summed)

    async def _medians(self, table: Table) -> list[Counted]:
        days = window(table.measure.kind, table.period)[:2]
        if table.split == TOTAL:
            return await self._counted(table, MEDIAN, *days)
        return await self._counted(table, MEDIAN_BY_BUCKET, *days, table.split)

    async def _counted(self, table: Table, statement: str, *asked: object) -> list[Counted]:
        where = councils(table.place)
        if len(where) > 1:
            await self._connection.execute(PLAN_ANEW)
        found = await self._connection.fetch(statement, table.name, where, *asked)
        return [Counted(**row) for row in found]

    async def _observation(self, table: Table) -> Decimal | None:
        place, period = observed_at(table.place), table.period
        if place is None:
            return None
        after = period.last + timedelta(days=1)
        found: Decimal | None
        if period.first is None:
            asked = (table.name, place, after, table.observed)
            found = await self._connection.fetchval(LATEST_OBSERVED, *asked)
        else:
            found = await self._connection.fetchval(
                OBSERVED, table.name, place, period.first, after
            )
        return found
