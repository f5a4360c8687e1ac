"""The SQL of the board: the totals of one council and one period, in one statement of each sort."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from runtime.postgres import Connection
from schemas.periods import Period
from services.reporting.publishing.store import Cell
from services.reporting.tables.table import TOTAL, State, Table, Value

PUBLISHED = """
SELECT v.value, v.state,
       m.id IS NULL
       OR m.id IN (SELECT d.measure FROM dirty d WHERE d.municipality = $3) AS is_stale
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (indicator, measure, n)
LEFT JOIN measure m ON m.name = asked.indicator || '.' || asked.measure
LEFT JOIN published.value v
       ON (v.indicator, v.measure, v.place, v.period, v.split, v.bucket)
        = (asked.indicator, asked.measure, $3, $4, 'total', 'total')
ORDER BY asked.n
"""

# A to-period (no first day) shows the latest figure that ends by its end, others exactly theirs.
# A base is that of its figure ($5), or none.
OBSERVED = """
SELECT found.amount
FROM unnest($1::text[], $5::text[]) WITH ORDINALITY AS asked (name, observed, n)
LEFT JOIN LATERAL (
    SELECT e.on_date, e.until_date
    FROM entry e
    WHERE e.measure = (SELECT id FROM measure WHERE name = asked.observed)
      AND e.municipality = $2
      AND e.until_date <= $4
      AND ($3::date IS NULL OR (e.on_date, e.until_date) = ($3, $4))
    ORDER BY e.until_date DESC, e.on_date DESC
    LIMIT 1
) AS latest ON true
LEFT JOIN entry found
       ON (found.on_date, found.until_date) = (latest.on_date, latest.until_date)
      AND found.measure = (SELECT id FROM measure WHERE name = asked.name)
      AND found.municipality = $2
ORDER BY asked.n
"""


class Shelf:
    """A council's totals of one period over one connection; every method is one statement."""

    def __init__(self, connection: Connection, council: str, period: Period) -> None:
        self._connection = connection
        self._council = council
        self._period = period

    async def published(self, tables: Sequence[Table]) -> list[Cell]:
        """What is published of each, and whether the fold is ahead of it."""
        rows = await self._connection.fetch(
            PUBLISHED,
            [table.indicator.id for table in tables],
            [table.measure.name for table in tables],
            self._council,
            str(self._period),
        )
        return [
            Cell(
                None if row["state"] is None else Value(TOTAL, row["value"], State(row["state"])),
                row["is_stale"],
            )
            for row in rows
        ]

    async def observed(self, tables: Sequence[Table]) -> list[Decimal | None]:
        """The observed figure of each, if there is one."""
        after: date = self._period.last + timedelta(days=1)
        rows = await self._connection.fetch(
            OBSERVED,
            [table.name for table in tables],
            self._council,
            self._period.first,
            after,
            [table.observed for table in tables],
        )
        return [row["amount"] for row in rows]
