"""Read-only connections that see one snapshot of the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runtime.storage.pool import Connection, Pool

_WORK_MEMORY = "32MB"
"""Enough for the persons of the largest national table at a million facts; with less the database
sorts on disk. As many as the pool has connections may use it at once."""
QUERY_SECONDS_MAX = 600
"""The longest query: for so long vacuum keeps dead rows, and a cut-over waits."""
_FOLD_SECONDS_MAX = 60
"""Between two batches this process folds; an idle transaction holds no row lock meanwhile."""
_LONG_LIMITS = (
    ("transaction_timeout", 0),
    ("transaction_timeout", QUERY_SECONDS_MAX),
    ("statement_timeout", QUERY_SECONDS_MAX),
    ("idle_in_transaction_session_timeout", _FOLD_SECONDS_MAX),
)


@asynccontextmanager
async def snapshot(pool: Pool) -> AsyncIterator[Connection]:
    """Yield a read-only connection that sees the database as it is now until the block ends."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute("SELECT set_config('work_mem', $1, true)", _WORK_MEMORY)
        yield connection


@asynccontextmanager
async def long_snapshot(pool: Pool) -> AsyncIterator[Connection]:
    """Yield the same for a query that may take minutes, longer than other transactions may.

    It must be one snapshot: if batches were read from several, a merge that is projected meanwhile
    could be visible for one of its persons and not for the other.
    """
    async with snapshot(pool) as connection:
        for name, seconds in _LONG_LIMITS:  # a running timer must be stopped before it is set again
            await connection.execute("SELECT set_config($1, $2, true)", name, f"{seconds}s")
        yield connection
