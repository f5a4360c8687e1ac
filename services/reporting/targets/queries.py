"""The SQL of targets: the facts that set, correct or retract them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from runtime.storage.pool import Connection, Pool
from services.reporting.completeness.repository import STATES_OF_RECORDS, facts_of_rows
from services.reporting.domain.history import Fact
from services.reporting.tables.table import codes_counted_for
from services.reporting.targets.model import SUBJECT_PREFIX

_TARGETS = "reference.target.set"

_TARGETS_AT = f"""
SELECT state.*
FROM (
    SELECT DISTINCT source, subject, factid FROM fact
    WHERE type = '{_TARGETS}' AND municipality = ANY ($1::text[])
      AND ($3::text IS NULL OR subject = $3)
      AND ($4::text IS NULL OR data->>'period' = $4)
) AS record
{STATES_OF_RECORDS.format(type=_TARGETS)}
WHERE $2::timestamptz IS NULL OR state.recorded_at <= $2
"""


@dataclass(frozen=True, slots=True)
class TargetFilter:
    """Which targets: those of councils, and of one indicator or period if these are given."""

    councils: Collection[str]
    indicator: str | None = None
    period: str | None = None


class _TargetQueries:
    """Reads facts about targets over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def facts(self, wanted: TargetFilter, instant: datetime | None = None) -> list[Fact]:
        """Return every state of the targets that were ever set, recorded by an instant."""
        subject = None if wanted.indicator is None else f"{SUBJECT_PREFIX}{wanted.indicator}"
        codes = codes_counted_for(wanted.councils)
        return facts_of_rows(
            await self._connection.fetch(_TARGETS_AT, codes, instant, subject, wanted.period)
        )


async def target_facts(
    pool: Pool, wanted: TargetFilter, instant: datetime | None = None
) -> list[Fact]:
    """Return all facts about some targets, as of an instant or now."""
    async with pool.acquire() as connection:
        return await _TargetQueries(connection).facts(wanted, instant)
