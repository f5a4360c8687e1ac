"""What is attempted again, and what is not."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from runtime.backoff import Backoff
from runtime.errors import Unavailable
from runtime.trouble import ANEW_MAX, Again, Patience

AT_ONCE = 0.0


def attempts(*failures: Exception) -> Callable[[], Awaitable[str]]:
    """An attempt that fails so often before it succeeds."""
    left = list(failures)

    async def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def patience(counted: list[str]) -> Patience:
    return Patience(counted.append, Backoff(first_s=AT_ONCE, most_s=AT_ONCE))


async def test_the_world_is_waited_for_until_it_is_there() -> None:
    counted: list[str] = []

    result = await patience(counted).insist(attempts(Unavailable("a"), OSError(), OSError()))

    assert (result, counted) == ("done", ["unavailable"] * 3)


async def test_a_lost_race_is_run_again_at_once_and_then_with_waiting() -> None:
    counted: list[str] = []

    await patience(counted).insist(attempts(*[Again() for _ in range(ANEW_MAX + 1)]))

    assert counted == ["Again"] * (ANEW_MAX + 1) + ["unavailable"]


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.DeadlockDetectedError(""),
        asyncpg.SerializationError(""),
        asyncpg.LockNotAvailableError(""),
        asyncpg.IdleInTransactionSessionTimeoutError(""),
        asyncpg.CannotConnectNowError(""),
        asyncpg.AdminShutdownError(""),
        asyncpg.DiskFullError(""),
        asyncpg.ConnectionDoesNotExistError(""),
    ],
)
async def test_what_the_database_may_cure_by_itself_is_attempted_again(error: Exception) -> None:
    assert await patience([]).insist(attempts(error)) == "done"


@pytest.mark.parametrize(
    "error", [asyncpg.UniqueViolationError(""), ZeroDivisionError(), asyncpg.DataError("")]
)
async def test_what_is_our_fault_is_not_attempted_again(error: Exception) -> None:
    with pytest.raises(type(error)):
        await patience([]).insist(attempts(error))


async def test_trouble_is_told_while_it_lasts() -> None:
    told: list[str | None] = []
    waiting = patience([])
    attempt = attempts(Unavailable("a"))

    async def tell() -> str:
        told.append(waiting.trouble())
        return await attempt()

    await waiting.insist(tell)

    assert told == [None, "Unavailable: waiting for it to pass"]
    assert waiting.trouble() is None


async def test_a_cancelled_task_ends_although_its_rollback_fails_by_a_lost_connection() -> None:
    async def rollback_fails() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise asyncpg.ConnectionDoesNotExistError("")

    task = asyncio.create_task(patience([]).insist(rollback_fails))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task}, timeout=10)

    assert task.cancelled()
