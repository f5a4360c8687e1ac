"""Repeated SIGKILL to reporting in mid-stream: every record is applied once."""

import asyncio

import pytest

from tests.chaos.comparison import NO_DIFFERENCES, compare_with_log, expected_from_log
from tests.chaos.domain_log import log_records, produce_paced
from tests.chaos.environment import ServiceDatabase
from tests.chaos.transactions import open_batch_transaction, transaction_outcome
from tests.waiting import eventually

SEEDS = range(170)
KILLS = 5

pytestmark = pytest.mark.timeout(900)


async def test_reporting_killed_in_mid_stream_counts_every_record_once(
    database: ServiceDatabase,
) -> None:
    records = log_records(SEEDS)
    reporting = database.replica("reporting").start()
    await eventually(reporting.is_ready, "reporting is ready")
    pool = await database.pool("reporting")
    producing = asyncio.create_task(produce_paced(database, records))
    transaction_outcomes: list[str] = []
    processed: list[int] = []
    while len(transaction_outcomes) < KILLS:

        async def is_far_enough(
            far: int = len(records) * (len(transaction_outcomes) + 1) // (KILLS + 2),
        ) -> bool:
            return await database.processed() > far

        await eventually(is_far_enough, "reporting has progressed since the last kill")
        transaction = await open_batch_transaction(pool)
        reporting.kill()
        transaction_outcomes.append(await transaction_outcome(pool, transaction))
        processed.append(await database.processed())
        reporting.start()
    await producing
    await eventually(database.is_projected, "all records are processed")
    found = await compare_with_log(database)
    outcomes = await expected_from_log(database.environment.kafka.bootstrap)
    code = reporting.stop()

    assert found == NO_DIFFERENCES
    assert code == 0
    # Otherwise the run has not tested what it is for.
    assert set(outcomes.counts) == {"applied", "duplicate", "quarantined", "ignored"}
    assert processed == sorted(processed)
    assert processed[-1] < len(records)
    assert "aborted" in transaction_outcomes
