"""Retries: exponential back-off with jitter, and repeating what a dependency prevents."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from runtime.process import log
from runtime.process.failures import CONFLICT_ERRORS, TRANSIENT_ERRORS

T = TypeVar("T")

CONFLICTS_MAX = 5
"""After so many lost conflicts in a row a transaction waits as for an unavailable dependency."""

_LOG = log.get(__name__)


@dataclass
class Backoff:
    """The waits of one series of attempts, in seconds; `reset` after a success."""

    initial_s: float = 0.1
    max_s: float = 5.0
    _attempts: int = 0

    def next_s(self) -> float:
        """Return the next wait: between half of the present limit and the limit itself."""
        limit = min(self.max_s, self.initial_s * 2.0**self._attempts)
        self._attempts = min(self._attempts + 1, 30)
        return limit * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret

    def reset(self) -> None:
        """Start over with the initial wait."""
        self._attempts = 0


class RetryPolicy:
    """Repeats an attempt while a dependency is unavailable; `count` gets the reason of each."""

    def __init__(self, count: Callable[[str], object], backoff: Backoff | None = None) -> None:
        self._count = count
        self._backoff = backoff or Backoff()
        self._unready_reason: str | None = None

    def unready_reason(self) -> str | None:
        """Return what is being waited for, or None: a cause of not being ready, but no stall."""
        return self._unready_reason

    async def retry_forever(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Run `attempt` until it succeeds and return its result; raise what waiting cannot cure."""
        conflicts = 0
        while True:
            try:
                result = await attempt()
            except CONFLICT_ERRORS as error:
                reraise_if_cancelled(error)
                conflicts += 1
                self._count(type(error).__name__)
                if conflicts > CONFLICTS_MAX:
                    await self.wait(error)
            except TRANSIENT_ERRORS as error:
                await self.wait(error)
            else:
                self._unready_reason = None
                self._backoff.reset()
                return result

    async def wait(self, error: Exception) -> None:
        """Sleep before the next attempt, longer each time until one has succeeded."""
        reraise_if_cancelled(error)
        self._unready_reason = f"{type(error).__name__}: waiting for it to pass"
        self._count("unavailable")
        wait_s = self._backoff.next_s()
        _LOG.warning("waiting", wait_s=round(wait_s, 2), failure=log.brief(error))
        await asyncio.sleep(wait_s)


def reraise_if_cancelled(error: Exception) -> None:
    """Raise CancelledError if this task was cancelled, although it sees another error.

    The rollback of a cancelled transaction fails if the connection is lost, and its failure hides
    the cancellation: code that continues after an error must call this first.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from error
