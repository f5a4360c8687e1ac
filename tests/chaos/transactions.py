"""Queries of PostgreSQL for the transactions of reporting's batches, and their outcomes."""

from runtime.storage.pool import Pool
from tests.waiting import eventually

BATCH_TRANSACTION = """
SELECT a.backend_xid::text FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.relation = 'position'::regclass AND l.mode = 'RowShareLock' AND a.backend_xid IS NOT NULL
LIMIT 1
"""
"""The transaction of a batch whose positions are locked."""
SESSION_STATE = "SELECT state, wait_event_type FROM pg_stat_activity WHERE backend_xid::text = $1"


async def open_batch_transaction(pool: Pool) -> str:
    """Wait for an open transaction of a batch, and return its id."""
    found: list[str] = []

    async def is_open() -> bool:
        found.extend(row["backend_xid"] for row in await pool.fetch(BATCH_TRANSACTION))
        return bool(found)

    await eventually(is_open, "reporting has an open batch transaction")
    return found[0]


async def transaction_outcome(pool: Pool, transaction: str) -> str:
    """Wait until a transaction has ended; return `committed` or `aborted`."""
    found: list[str] = []

    async def is_decided() -> bool:
        found.append(await pool.fetchval("SELECT pg_xact_status($1::text::xid8)", transaction))
        return found[-1] != "in progress"

    await eventually(is_decided, f"transaction {transaction} has ended")
    return found[-1]


async def stays_open(pool: Pool, transaction: str) -> bool:
    """Whether the transaction of a frozen client is still open when its statement has ended."""
    found: list[tuple[str, str]] = []

    async def is_idle() -> bool:
        row = await pool.fetchrow(SESSION_STATE, transaction)
        found.append(("closed", "") if row is None else (row["state"], row["wait_event_type"]))
        return found[-1][0] != "active" or found[-1][1] == "Client"

    await eventually(is_idle, f"transaction {transaction} waits for its client")
    return found[-1][0] != "closed"
