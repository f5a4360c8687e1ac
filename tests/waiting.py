"""Waiting for what another process or thread makes true: up to a deadline, never longer."""

import asyncio
from collections.abc import Awaitable, Callable

from lmc.devstack import child_process
from runtime.process.failures import TRANSIENT_ERRORS

DEADLINE_S = 120.0
_POLL_S = 0.02


async def eventually(
    condition: Callable[[], Awaitable[bool]],
    what: str | None = None,
    seconds: float = DEADLINE_S,
) -> None:
    """Wait until the condition holds; it does not hold while a dependency is unavailable.

    Raises:
        AssertionError: With `what`, and the last failure of a dependency, after `seconds`.
    """
    lost: Exception | None = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    if await condition():
                        return
                    lost = None
                except TRANSIENT_ERRORS as error:
                    lost = error
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise AssertionError(f"not true after {seconds:.0f} s: {what or condition}") from lost


def wait_until(condition: Callable[[], bool], seconds: float = DEADLINE_S) -> None:
    """Wait in this thread until the condition holds; fail after `seconds`."""
    assert child_process.wait_until(condition, seconds), f"not true after {seconds:.0f} s"
