"""Looks into PostgreSQL for reporting's batches: whether one is open, and what became of it."""

from runtime.postgres import Pool
from tests.integration.chaos.ground import eventually

FOLDING = """
SELECT a.backend_xid::text FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.relation = 'position'::regclass AND l.mode = 'RowShareLock' AND a.backend_xid IS NOT NULL
LIMIT 1
"""
"""Of a batch whose positions are locked, and that is not committed yet."""
AT_REST = "SELECT state, wait_event_type FROM pg_stat_activity WHERE backend_xid::text = $1"


async def in_a_batch(pool: Pool) -> str:
    """The transaction of a batch, as soon as one is open."""
    found: list[str] = []

    async def is_open() -> bool:
        found.extend(row["backend_xid"] for row in await pool.fetch(FOLDING))
        return bool(found)

    await eventually(is_open, "reporting is in the midst of a batch")
    return found[0]


async def fate(pool: Pool, transaction: str) -> str:
    """What became of a transaction: `committed` or `aborted`, as soon as it is decided."""
    found: list[str] = []

    async def is_decided() -> bool:
        found.append(await pool.fetchval("SELECT pg_xact_status($1::text::xid8)", transaction))
        return found[-1] != "in progress"

    await eventually(is_decided, f"transaction {transaction} is decided")
    return found[-1]


async def stays_open(pool: Pool, transaction: str) -> bool:
    """Whether a transaction whose client is frozen stays open when its statement is through."""
    found: list[tuple[str, str]] = []

    async def is_at_rest() -> bool:
        row = await pool.fetchrow(AT_REST, transaction)
        found.append(("gone", "") if row is None else (row["state"], row["wait_event_type"]))
        return found[-1][0] != "active" or found[-1][1] == "Client"

    await eventually(is_at_rest, f"transaction {transaction} waits for its client")
    return found[-1][0] != "gone"
