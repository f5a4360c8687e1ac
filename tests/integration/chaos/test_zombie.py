"""A reporting that was frozen in the midst of a batch and wakes beside another commits nothing."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import pytest

from runtime.postgres import Pool
from tests.integration.chaos.copies import Copy
from tests.integration.chaos.ground import Base, eventually
from tests.integration.chaos.telling import flow, lines
from tests.integration.chaos.transactions import fate, in_a_batch, stays_open
from tests.integration.chaos.verdict import RIGHT, verdict

SEEDS = range(60)
LAUNCHER = ("tests.integration.chaos.planted", "reporting", "frozen amid a copy", "100")

pytestmark = pytest.mark.timeout(600)


async def freeze(pool: Pool, reporting: Copy) -> str:
    """Freeze it anywhere in a batch; gives the transaction, which stays open."""
    while True:
        transaction = await in_a_batch(pool)
        reporting.send(signal.SIGSTOP)
        if await stays_open(pool, transaction):
            return transaction
        reporting.send(signal.SIGCONT)


async def frozen_by_itself(pool: Pool, reporting: Copy) -> str:
    """The same, as soon as its launcher has frozen it."""
    await eventually(reporting.is_frozen, "the first reporting is frozen")
    return await in_a_batch(pool)


@pytest.mark.parametrize(
    ("launcher", "frozen"),
    [((), freeze), (LAUNCHER, frozen_by_itself)],
    ids=["anywhere", "amid a copy"],
)
async def test_a_reporting_frozen_in_a_batch_that_wakes_beside_another_commits_nothing_twice(
    base: Base,
    launcher: tuple[str, ...],
    frozen: Callable[[Pool, Copy], Awaitable[str]],
) -> None:
    told = lines(SEEDS)
    before, after = told[: len(told) * 2 // 3], told[len(told) * 2 // 3 :]
    zombie, other = base.copy("reporting", "1"), base.copy("reporting", "2")
    zombie.start(*launcher)
    await eventually(zombie.is_ready, "the first reporting is ready")
    pool = await base.pool("reporting")
    telling = asyncio.create_task(flow(base, before))
    transaction = await frozen(pool, zombie)

    other.start()
    await telling
    await eventually(base.is_folded, "the other has folded everything")
    zombie.send(signal.SIGCONT)
    await flow(base, after)
    await eventually(base.is_folded, "the two have folded everything")
    await eventually(zombie.is_ready, "the zombie works again")
    found = await verdict(base)

    assert found == RIGHT
    assert await fate(pool, transaction) == "aborted"
    assert (zombie.stop(), other.stop()) == (0, 0)
