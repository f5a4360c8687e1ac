"""The leader lock: of the replicas of a service, the one whose session holds it does a task."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import NoReturn

from runtime.storage.pool import Connection, Pool, dedicated_connection

_POLL_SECONDS = 1.0
"""Between two attempts to get the lock, and between two checks that the session is alive."""

_TRY_LOCK = """
SELECT pg_try_advisory_lock($1, hashtext(current_schema())),
       set_config('idle_session_timeout', $2, false)
"""


@dataclass(frozen=True, slots=True)
class LeaderLock:
    """An advisory lock of one schema and one task, which ends with the session that holds it.

    `number` is the first half of its key; the second is the hash of the schema's name. A leader
    that was suspended for `suspended_s_max` loses its session, and with it the lock.
    """

    number: int
    suspended_s_max: int = 30

    async def try_acquire(self, connection: Connection) -> bool:
        """Return whether the session holds the lock now."""
        timeout = f"{self.suspended_s_max}s"
        return bool(await connection.fetchval(_TRY_LOCK, self.number, timeout))

    @contextlib.asynccontextmanager
    async def session(self, pool: Pool) -> AsyncIterator[Connection]:
        """Wait for the lock and yield the session that holds it.

        It polls, because a blocking wait would exceed lock_timeout. A session that is idle for
        longer than `suspended_s_max` is ended: use it more often, or run work by `while_leading`.
        """
        async with dedicated_connection(pool) as connection:
            while not await self.try_acquire(connection):  # noqa: ASYNC110 - another process has it
                await asyncio.sleep(_POLL_SECONDS)
            yield connection


async def while_leading(connection: Connection, work: Coroutine[object, object, None]) -> None:
    """Run work that does not use the leader's session; cancel it and raise if the session ends."""
    tasks: set[asyncio.Task[None]] = {
        asyncio.create_task(work),
        asyncio.create_task(_keep_alive(connection)),
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_alive(connection: Connection) -> NoReturn:
    while True:
        await connection.execute("SELECT 1")
        await asyncio.sleep(_POLL_SECONDS)
