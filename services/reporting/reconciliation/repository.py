"""The SQL of runs, discrepancies and their holds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import asyncpg

from runtime.storage.pool import Pool
from services.reporting.reconciliation.model import Discrepancy, DiscrepancyKind, Finding
from services.reporting.tables.holds import Hold

_DETAIL_MAX = 2000
"""Characters stored about one discrepancy."""
_KEPT = timedelta(days=30)
"""How long a run without discrepancies is stored; there are 144 samples a day."""

_BEGIN = "INSERT INTO reconciliation_run (kind, started_at) VALUES ($1, $2) RETURNING id"

_END = """
UPDATE reconciliation_run
SET ended_at = $2, compared = $3, differs = $4, agrees = $5, report = $6::jsonb
WHERE id = $1
"""

_ABORT = "UPDATE reconciliation_run SET ended_at = $1 WHERE ended_at IS NULL"

_PRUNE = """
DELETE FROM reconciliation_run r
WHERE ended_at < $1 AND NOT EXISTS (SELECT FROM discrepancy d WHERE d.run = r.id)
"""

_UPSERT = """
INSERT INTO discrepancy (run, kind, code, topic, partition, number, detail, found_at, checked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
ON CONFLICT (kind, code, topic, partition, number) WHERE resolved_at IS NULL
DO UPDATE SET detail = excluded.detail, checked_at = excluded.checked_at
RETURNING id
"""

_HOLDS_OF = """
SELECT measure, municipality, from_month, to_month, affects_facts FROM hold WHERE discrepancy = $1
"""

_RELEASE_HOLDS = "DELETE FROM hold WHERE discrepancy = ANY ($1::bigint[])"

_OPEN = """
SELECT id, run, kind, code, topic, partition, number
FROM discrepancy WHERE resolved_at IS NULL
ORDER BY checked_at
LIMIT $1
"""

_RESOLVE = """
UPDATE discrepancy SET resolved_at = $2, checked_at = $2
WHERE id = ANY ($1::bigint[]) AND resolved_at IS NULL
"""

_ALL_OPEN = "SELECT id FROM discrepancy WHERE resolved_at IS NULL"

# The last completed run of each kind.
_LAST = """
SELECT kinds.kind, last.*
FROM (VALUES ('sample'), ('all')) AS kinds (kind)
CROSS JOIN LATERAL (
    SELECT started_at, ended_at, compared, differs, agrees
    FROM reconciliation_run r
    WHERE r.kind = kinds.kind AND agrees IS NOT NULL AND ended_at IS NOT NULL
    ORDER BY ended_at DESC
    LIMIT 1
) AS last
"""

_TOTALS = """
SELECT (SELECT count(*) FROM discrepancy WHERE resolved_at IS NULL),
       (SELECT count(*) FROM published.value WHERE state = 'withheld')
"""

# Nothing about an erased person is shown, nor about anyone linked with them.
_DIFFERENCES = """
SELECT d.kind, CASE WHEN about.is_erased THEN NULL ELSE d.code END AS code,
       d.topic, d.partition, d.number,
       CASE WHEN about.is_erased THEN 'erased person' ELSE d.detail END AS detail,
       d.found_at, d.checked_at
FROM discrepancy d
CROSS JOIN LATERAL (
    SELECT EXISTS (
        SELECT FROM erased_subject e WHERE e.code = d.code OR position(e.code IN d.detail) > 0
    ) AS is_erased
) AS about
WHERE d.resolved_at IS NULL
ORDER BY d.found_at, d.id
LIMIT $1
"""


class OpenDiscrepancy(NamedTuple):
    """An unresolved discrepancy, and the run that found it."""

    id: int
    run: int
    discrepancy: Discrepancy


@dataclass(frozen=True, slots=True)
class ReconciliationRun:
    """A completed run."""

    kind: str
    started_at: datetime
    ended_at: datetime
    compared: int
    differs: int
    agrees: bool


class RunResult(NamedTuple):
    """How a run ended; the report is JSON and names nobody."""

    ended_at: datetime
    compared: int
    differs: int
    agrees: bool
    report: str


class ReconciliationTotals(NamedTuple):
    """Open discrepancies, and totals withheld that were published as a number."""

    discrepancies: int
    withheld: int


class ReconciliationRepository:
    """The reconciliations of an installation, over its pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def begin(self, kind: str, now: datetime) -> int:
        """Insert a run that begins; return its id."""
        run: int = await self._pool.fetchval(_BEGIN, kind, now)
        return run

    async def end(self, run: int, result: RunResult) -> None:
        """Store how a run ended, and delete old runs."""
        await self._pool.execute(_END, run, *result)
        await self._pool.execute(_PRUNE, result.ended_at - _KEPT)

    async def abort_unfinished(self, now: datetime) -> None:
        """End whatever has begun and not ended: only one run goes on at a time."""
        await self._pool.execute(_ABORT, now)

    async def upsert(self, run: int, finding: Finding, now: datetime) -> None:
        """Store a finding with exactly its holds; an open discrepancy is stored once."""
        detail = "; ".join(f"{each.where}: {each.what}" for each in finding.differences)
        async with self._pool.acquire() as connection, connection.transaction():
            discrepancy = await connection.fetchval(
                _UPSERT, run, *finding.discrepancy, detail[:_DETAIL_MAX], now
            )
            stored = {Hold(*row) for row in await connection.fetch(_HOLDS_OF, discrepancy)}
            if stored != set(finding.holds):
                await connection.execute(_RELEASE_HOLDS, [discrepancy])
                await connection.copy_records_to_table(
                    "hold",
                    records=[(discrepancy, *_columns(hold)) for hold in finding.holds],
                    columns=("discrepancy", *_FIELDS),
                )

    async def open(self, limit: int) -> list[OpenDiscrepancy]:
        """Return open discrepancies, those first that were not checked for longest."""
        return [
            OpenDiscrepancy(id_, run, Discrepancy(DiscrepancyKind(kind), *subject))
            for id_, run, kind, *subject in await self._pool.fetch(_OPEN, limit)
        ]

    async def resolve(self, discrepancies: Collection[int], now: datetime) -> None:
        """Resolve discrepancies, and release their holds."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_RELEASE_HOLDS, list(discrepancies))
            await connection.execute(_RESOLVE, list(discrepancies), now)

    async def resolve_all(self, now: datetime) -> None:
        """Resolve all discrepancies."""
        await self.resolve([row["id"] for row in await self._pool.fetch(_ALL_OPEN)], now)

    async def last_runs(self) -> dict[str, ReconciliationRun]:
        """Return the last completed run of each kind."""
        return {row["kind"]: ReconciliationRun(**row) for row in await self._pool.fetch(_LAST)}

    async def totals(self) -> ReconciliationTotals:
        """Count what is open and withheld now."""
        row = await self._pool.fetchrow(_TOTALS)
        return ReconciliationTotals(0, 0) if row is None else ReconciliationTotals(*row)

    async def differences(self, limit: int) -> Sequence[asyncpg.Record]:
        """Return the open discrepancies, with what differs."""
        found: Sequence[asyncpg.Record] = await self._pool.fetch(_DIFFERENCES, limit)
        return found


_FIELDS = ("measure", "municipality", "from_month", "to_month", "affects_facts")


def _columns(hold: Hold) -> tuple[object, ...]:
    return tuple(getattr(hold, field) for field in _FIELDS)
