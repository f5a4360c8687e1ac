"""The SQL that reads publication: published totals, and whether something waits to be published."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import asyncpg

from runtime.storage.pool import Connection
from services.reporting.tables.table import TOTAL, Table, Value, ValueState, councils_at

_HAS_PENDING_CHANGES = """
SELECT EXISTS (SELECT FROM changed_cell) OR EXISTS (SELECT FROM changed_area)
    OR EXISTS (SELECT FROM report_change) OR EXISTS (SELECT FROM report_reload)
"""

_ENDED_PENDING_TOTALS = """
SELECT indicator || '.' || measure AS measure, place, period
FROM published.value
WHERE state = 'pending' AND last_on < $1
"""

_ZERO_TOTALS = """
SELECT indicator || '.' || measure AS measure, place, period
FROM published.value
WHERE state IN ('zero', 'silent') AND split = 'total' AND place = ANY ($1::text[])
"""

_OBSERVED_PLACES = """
SELECT measure.name AS measure,
       array_agg(DISTINCT coalesce(nullif(municipality, ''), 'RS')) AS places
FROM entry JOIN measure ON measure.id = entry.measure
WHERE measure.name = ANY ($1::text[])
GROUP BY measure.name
"""

_TOTALS_OF_PERIODS = """
SELECT indicator, measure, place, period_type, value
FROM published.value
WHERE period = ANY ($1::text[]) AND split = 'total' AND value IS NOT NULL
"""

_PUBLISHED_TOTAL = """
SELECT v.value, v.state,
       EXISTS (SELECT FROM changed_cell c
               WHERE c.measure = m.id AND c.municipality = ANY ($7::text[]))
       OR EXISTS (SELECT FROM changed_area a
                  WHERE a.measure = m.id AND a.place = $4) AS is_stale
FROM measure m
LEFT JOIN published.value v
       ON (v.indicator, v.measure, v.place, v.period, v.split, v.bucket)
        = ($2, $3, $4, $5, $6, 'total')
WHERE m.name = $1
"""

TotalKey = tuple[str, str, str]
"""(measure, place, period) of a published total."""


class PublishedTotal(NamedTuple):
    """A published total, None without one; `is_stale`: entries behind it may have changed since."""

    value: Value | None
    is_stale: bool


class PublicationQueries:
    """Reads over one connection, within the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def has_pending_changes(self) -> bool:
        """Return whether cells, areas or reports have changed and are not published."""
        return bool(await self._connection.fetchval(_HAS_PENDING_CHANGES))

    async def ended_pending_totals(self, today: date) -> list[TotalKey]:
        """Return published totals that are pending although their period has ended."""
        return _keys(await self._connection.fetch(_ENDED_PENDING_TOTALS, today))

    async def zero_totals(self, places: Iterable[str]) -> list[TotalKey]:
        """Return published totals that are zero, whether confirmed or silent."""
        return _keys(await self._connection.fetch(_ZERO_TOTALS, list(places)))

    async def observed_places(self, measures: Iterable[str]) -> dict[str, list[str]]:
        """Return the places that have observations, per measure."""
        found = await self._connection.fetch(_OBSERVED_PLACES, list(measures))
        return {row["measure"]: row["places"] for row in found}

    async def totals_of_periods(
        self, periods: Sequence[str]
    ) -> list[tuple[str, str, str, str, float]]:
        """Return the totals of these periods: (indicator, measure, place, period type, value)."""
        return [
            (indicator, measure, place, kind, float(value))
            for indicator, measure, place, kind, value in await self._connection.fetch(
                _TOTALS_OF_PERIODS, periods
            )
        ]

    async def published_total(self, table: Table) -> PublishedTotal:
        """Return the published total of a table."""
        period, place = table.period, table.place
        row = await self._connection.fetchrow(
            _PUBLISHED_TOTAL,
            *(table.name, table.indicator.id, table.measure.name, place, str(period), table.split),
            councils_at(place),
        )
        if row is None:
            return PublishedTotal(None, is_stale=True)
        if row["state"] is None:
            return PublishedTotal(None, row["is_stale"])
        value = Value(TOTAL, row["value"], ValueState(row["state"]))
        return PublishedTotal(value, row["is_stale"])


def _keys(rows: Iterable[asyncpg.Record]) -> list[TotalKey]:
    return [(measure, place, period) for measure, place, period in rows]
