"""Reads all totals of a council's board at once, as published: one statement for each sort.

The result is that of `queries.values.published_values`, which reads table by table.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from runtime.storage.pool import Connection, Pool
from schemas.periods import Period
from services.reporting.completeness.model import Completeness, mark_silent_zeros
from services.reporting.domain.indicator import MeasureKind
from services.reporting.publication.policy import apply_policy, is_live
from services.reporting.publication.queries import PublishedTotal
from services.reporting.queries.snapshot import snapshot
from services.reporting.queries.values import is_still_valid
from services.reporting.tables.holds import withheld_values
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import TOTAL, Table, Value, ValueState, observation_value

_PUBLISHED = """
SELECT v.value, v.state,
       m.id IS NULL
       OR m.id IN (SELECT c.measure FROM changed_cell c WHERE c.municipality = $3) AS is_stale
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS requested (indicator, measure, n)
LEFT JOIN measure m ON m.name = requested.indicator || '.' || requested.measure
LEFT JOIN published.value v
       ON (v.indicator, v.measure, v.place, v.period, v.split, v.bucket)
        = (requested.indicator, requested.measure, $3, $4, 'total', 'total')
ORDER BY requested.n
"""

# A to-period (no first day) shows the latest figure whose period ends by its end, another period
# exactly its own figure. A base must belong to its figure ($5).
_OBSERVED = """
SELECT found.amount
FROM unnest($1::text[], $5::text[]) WITH ORDINALITY AS requested (name, observed, n)
LEFT JOIN LATERAL (
    SELECT e.on_date, e.until_date
    FROM entry e
    WHERE e.measure = (SELECT id FROM measure WHERE name = requested.observed)
      AND e.municipality = $2
      AND e.until_date <= $4
      AND ($3::date IS NULL OR (e.on_date, e.until_date) = ($3, $4))
    ORDER BY e.until_date DESC, e.on_date DESC
    LIMIT 1
) AS latest ON true
LEFT JOIN entry found
       ON (found.on_date, found.until_date) = (latest.on_date, latest.until_date)
      AND found.measure = (SELECT id FROM measure WHERE name = requested.name)
      AND found.municipality = $2
ORDER BY requested.n
"""


class _BoardQueries:
    """A council's totals of one period over one connection; every method is one statement."""

    def __init__(self, connection: Connection, council: str, period: Period) -> None:
        self._connection = connection
        self._council = council
        self._period = period

    async def published(self, tables: Sequence[Table]) -> list[PublishedTotal]:
        """Return the published total of each table, and whether it may be outdated."""
        rows = await self._connection.fetch(
            _PUBLISHED,
            [table.indicator.id for table in tables],
            [table.measure.name for table in tables],
            self._council,
            str(self._period),
        )
        return [
            PublishedTotal(
                None
                if row["state"] is None
                else Value(TOTAL, row["value"], ValueState(row["state"])),
                row["is_stale"],
            )
            for row in rows
        ]

    async def observed(self, tables: Sequence[Table]) -> list[Decimal | None]:
        """Return the observed figure of each table, None without one."""
        after: date = self._period.last + timedelta(days=1)
        rows = await self._connection.fetch(
            _OBSERVED,
            [table.name for table in tables],
            self._council,
            self._period.first,
            after,
            [table.observed_measure for table in tables],
        )
        return [row["amount"] for row in rows]


async def published_totals(
    pool: Pool, tables: Sequence[Table], today: date, completeness: Completeness | None = None
) -> Mapping[str, Value]:
    """Return the value of each table by its name; all are totals of one council and period.

    Whether a zero is silent follows from a `completeness` that was loaded before.
    """
    known = completeness or Completeness(today)
    async with snapshot(pool) as connection:
        values = await totals(connection, tables, today)
    return {t.name: mark_silent_zeros(t, [values[t.name]], known)[0] for t in tables}


async def totals(
    connection: Connection, tables: Sequence[Table], today: date
) -> Mapping[str, Value]:
    """Return the same over one connection, which should see one snapshot."""
    denied = {table.name: apply_policy(table, [])[0] for table in tables if not is_live(table)}
    exact = await TableQueries.in_snapshot(connection)
    holds = await exact.holds()
    withheld = {t.name: withheld_values(t)[0] for t in tables if is_live(t) and holds.cover(t)}
    live = [table for table in tables if is_live(table) and table.name not in withheld]
    if not live:
        return denied | withheld
    board = _BoardQueries(connection, live[0].place, live[0].period)
    published = await board.published(live)
    valid = {
        table.name: total.value
        for table, total in zip(live, published, strict=True)
        if total.value is not None
        and not total.is_stale
        and is_still_valid(table, total.value, today)
    }
    others = [table for table in live if table.name not in valid]
    return denied | withheld | valid | await _counted(exact, board, others, today)


async def _counted(
    exact: TableQueries, board: _BoardQueries, tables: Sequence[Table], today: date
) -> dict[str, Value]:
    """Return what the publisher would publish of these tables now."""
    observed = [table for table in tables if table.measure.kind is MeasureKind.OBSERVED]
    medians = [table for table in tables if table.measure.kind is MeasureKind.DURATION]
    counted = [table for table in tables if table not in observed and table not in medians]
    found = {table.name: await exact.values(table, today) for table in medians}
    if counted:
        rows = await exact.totals(counted, today)
        found |= {table.name: values for table, values in zip(counted, rows, strict=True)}
    if observed:
        figures = await board.observed(observed)
        found |= {
            table.name: [observation_value(figure)]
            for table, figure in zip(observed, figures, strict=True)
        }
    return {table.name: apply_policy(table, found[table.name])[0] for table in tables}
