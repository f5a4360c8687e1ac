"""The SQL of withholding: hides the totals that holds cover, and finds those to publish again."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from runtime.storage.pool import Connection
from services.reporting.domain.indicator import Indicator, Measure
from services.reporting.publication.withholding import WithheldSpan, withheld_spans
from services.reporting.tables.queries import TableQueries

_RELEASED_MAX = 200
"""Totals counted again in one transaction: some seconds at most, if all are national totals."""

_HOLDS_VERSION = "SELECT count(*), max(id) FROM hold"

_DELETE_WITHHELD = "DELETE FROM published.withheld"

# A published total that a hold covers loses its number.
_WITHHOLD = """
UPDATE published.value AS v
SET value = NULL, state = 'withheld', published_at = clock_timestamp()
FROM published.withheld w JOIN published.indicator i USING (indicator, measure)
WHERE (v.indicator, v.measure, v.place) = (w.indicator, w.measure, w.place)
  AND v.state <> 'withheld'
  AND w.first_on <= v.last_on
  AND w.last_on >= CASE WHEN i.kind = 'stock' THEN v.last_on
                        ELSE coalesce(v.first_on, '-infinity') END
RETURNING v.place
"""

_RELEASABLE = """
SELECT v.indicator || '.' || v.measure AS measure, v.place, v.period
FROM published.value v
WHERE v.state = 'withheld'
  AND NOT EXISTS (
    SELECT
    FROM published.withheld w JOIN published.indicator i USING (indicator, measure)
    WHERE (v.indicator, v.measure, v.place) = (w.indicator, w.measure, w.place)
      AND w.first_on <= v.last_on
      AND w.last_on >= CASE WHEN i.kind = 'stock' THEN v.last_on
                            ELSE coalesce(v.first_on, '-infinity') END
  )
ORDER BY v.place, v.period
LIMIT $1
"""

HoldsVersion = tuple[int, int | None]
"""(number of holds, greatest id): it differs whenever a hold is added or removed."""


@dataclass(frozen=True, slots=True)
class ReleasableTotal:
    """A published total that is withheld although no hold covers it any more."""

    measure: str
    place: str
    period: str


class WithholdingRepository:
    """Withholding over one connection, within the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def holds_version(self) -> HoldsVersion:
        """Return the version of the set of holds."""
        row = await self._connection.fetchrow(_HOLDS_VERSION)
        return (0, None) if row is None else (row[0], row[1])

    async def withhold(self, published: Mapping[str, tuple[Indicator, Measure]]) -> set[str]:
        """Withhold the totals that holds cover; return the places that lost a number."""
        holds = await TableQueries(self._connection).holds()
        await self._connection.execute(_DELETE_WITHHELD)
        await self._connection.copy_records_to_table(
            "withheld",
            schema_name="published",
            records=set(withheld_spans(holds, published)),
            columns=WithheldSpan._fields,
        )
        return {row["place"] for row in await self._connection.fetch(_WITHHOLD)}

    async def releasable(self) -> list[ReleasableTotal]:
        """Return some of the totals that may be published again."""
        found: list[asyncpg.Record] = await self._connection.fetch(_RELEASABLE, _RELEASED_MAX)
        return [ReleasableTotal(*row) for row in found]
