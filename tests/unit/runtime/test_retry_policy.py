"""What is retried, and what is not."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from runtime.process.errors import Unavailable
from runtime.process.failures import RetryTransaction
from runtime.process.retry import CONFLICTS_MAX, Backoff, RetryPolicy

AT_ONCE = 0.0


def attempts(*failures: Exception) -> Callable[[], Awaitable[str]]:
    """Return an attempt that fails with these errors before it succeeds."""
    left = list(failures)

    async def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def policy(counted: list[str]) -> RetryPolicy:
    return RetryPolicy(counted.append, Backoff(initial_s=AT_ONCE, max_s=AT_ONCE))


async def test_an_unavailable_dependency_is_waited_for() -> None:
    counted: list[str] = []

    result = await policy(counted).retry_forever(attempts(Unavailable("a"), OSError(), OSError()))

    assert (result, counted) == ("done", ["unavailable"] * 3)


async def test_a_lost_conflict_is_retried_at_once_and_later_with_waiting() -> None:
    counted: list[str] = []

    await policy(counted).retry_forever(
        attempts(*[RetryTransaction() for _ in range(CONFLICTS_MAX + 1)])
    )

    assert counted == ["RetryTransaction"] * (CONFLICTS_MAX + 1) + ["unavailable"]


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
async def test_a_temporary_failure_of_the_database_is_retried(error: Exception) -> None:
    assert await policy([]).retry_forever(attempts(error)) == "done"


@pytest.mark.parametrize(
    "error", [asyncpg.UniqueViolationError(""), ZeroDivisionError(), asyncpg.DataError("")]
)
async def test_an_internal_error_is_not_retried(error: Exception) -> None:
    with pytest.raises(type(error)):
        await policy([]).retry_forever(attempts(error))


async def test_the_unready_reason_lasts_as_long_as_the_failure() -> None:
    reasons: list[str | None] = []
    waiting = policy([])
    attempt = attempts(Unavailable("a"))

    async def observed() -> str:
        reasons.append(waiting.unready_reason())
        return await attempt()

    await waiting.retry_forever(observed)

    assert reasons == [None, "Unavailable: waiting for it to pass"]
    assert waiting.unready_reason() is None


async def test_a_cancelled_task_ends_although_its_rollback_fails_by_a_lost_connection() -> None:
    async def rollback_fails() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise asyncpg.ConnectionDoesNotExistError("")

    task = asyncio.create_task(policy([]).retry_forever(rollback_fails))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task}, timeout=10)

    assert task.cancelled()
