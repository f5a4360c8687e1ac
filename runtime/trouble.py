"""What to do when something fails: begin anew, wait for the world, or let it out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from runtime import log
from runtime.backoff import Backoff
from runtime.errors import Unavailable
from runtime.postgres import AGAIN, TROUBLE

T = TypeVar("T")

ANEW_MAX = 5
"""A transaction that met others so often in a row waits as for the world."""
BUGS_MAX = 3
"""So many times may one record bring us down; then it is put aside with reason `bug`."""

_LOG = log.get(__name__)


class Again(Exception):  # noqa: N818 - no mistake: somebody else was faster
    """What was read has changed meanwhile: roll back and begin the transaction anew."""


ANEW: tuple[type[Exception], ...] = (Again, *AGAIN)
WORLD: tuple[type[Exception], ...] = (
    *TROUBLE,
    Unavailable,
    asyncpg.IdleInTransactionSessionTimeoutError,  # we were frozen, and the lock is gone
    asyncpg.PostgresSystemError,
    asyncpg.InternalClientError,  # asyncpg's own confusion over a connection that it has lost
    asyncpg.ReadOnlySQLTransactionError,  # the old primary after a failover
)


def give_way(error: Exception) -> None:
    """End a task that was told to, although it is a lost connection that it sees.

    The rollback of a cancelled transaction fails if the connection is gone, and its failure hides
    the cancellation: who goes on after an error must ask here first.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error


class Patience:
    """Repeats what the world prevents, in place, and tells whether it is waiting just now."""

    def __init__(self, count: Callable[[str], object], backoff: Backoff | None = None) -> None:
        self._count = count
        self._backoff = backoff or Backoff()
        self._trouble: str | None = None

    def trouble(self) -> str | None:
        """What is being waited for, or None; a cause of not being ready, and no stall."""
        return self._trouble

    async def insist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Attempt until it succeeds, for ever; only what waiting cannot cure is raised."""
        anew = 0
        while True:
            try:
                result = await attempt()
            except ANEW as error:
                give_way(error)
                anew += 1
                self._count(type(error).__name__)
                if anew > ANEW_MAX:
                    await self.wait(error)
            except WORLD as error:
                await self.wait(error)
            else:
                self._trouble = None
                self._backoff.reset()
                return result

    async def wait(self, error: Exception) -> None:
        """Sleep before the next attempt, longer each time until one has succeeded."""
        give_way(error)
        self._trouble = f"{type(error).__name__}: waiting for it to pass"
        self._count("unavailable")
        wait_s = self._backoff.next_s()
        _LOG.warning("waiting", wait_s=round(wait_s, 2), trouble=log.brief(error))
        await asyncio.sleep(wait_s)
