"""A replica of reporting that is frozen in a batch commits nothing when it resumes."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import pytest

from runtime.storage.pool import Pool
from tests.chaos.comparison import NO_DIFFERENCES, compare_with_log
from tests.chaos.domain_log import log_records, produce_paced
from tests.chaos.environment import ServiceDatabase
from tests.chaos.replicas import Replica
from tests.chaos.transactions import (
    open_batch_transaction,
    stays_open,
    transaction_outcome,
)
from tests.waiting import eventually

SEEDS = range(60)
LAUNCHER = ("tests.chaos.crash_points", "reporting", "frozen amid a COPY", "100")

pytestmark = pytest.mark.timeout(600)


async def freeze(pool: Pool, reporting: Replica) -> str:
    """Freeze it anywhere in a batch; return the transaction, which stays open."""
    while True:
        transaction = await open_batch_transaction(pool)
        reporting.send(signal.SIGSTOP)
        if await stays_open(pool, transaction):
            return transaction
        reporting.send(signal.SIGCONT)


async def freeze_by_launcher(pool: Pool, reporting: Replica) -> str:
    """Wait until its launcher has frozen it; return the open transaction."""
    await eventually(reporting.is_frozen, "the first reporting is frozen")
    return await open_batch_transaction(pool)


@pytest.mark.parametrize(
    ("launcher", "frozen"),
    [((), freeze), (LAUNCHER, freeze_by_launcher)],
    ids=["anywhere", "amid a COPY"],
)
async def test_a_replica_frozen_in_a_batch_that_resumes_alongside_another_commits_nothing_twice(
    database: ServiceDatabase,
    launcher: tuple[str, ...],
    frozen: Callable[[Pool, Replica], Awaitable[str]],
) -> None:
    records = log_records(SEEDS)
    before, after = records[: len(records) * 2 // 3], records[len(records) * 2 // 3 :]
    zombie, other = database.replica("reporting", "1"), database.replica("reporting", "2")
    zombie.start(*launcher)
    await eventually(zombie.is_ready, "the first reporting is ready")
    pool = await database.pool("reporting")
    producing = asyncio.create_task(produce_paced(database, before))
    transaction = await frozen(pool, zombie)

    other.start()
    await producing
    await eventually(database.is_projected, "the other replica has processed everything")
    zombie.send(signal.SIGCONT)
    await produce_paced(database, after)
    await eventually(database.is_projected, "both replicas have processed everything")
    await eventually(zombie.is_ready, "the resumed replica is ready")
    found = await compare_with_log(database)

    assert found == NO_DIFFERENCES
    assert await transaction_outcome(pool, transaction) == "aborted"
    assert (zombie.stop(), other.stop()) == (0, 0)
