"""Crashes at their worst moments lose and duplicate nothing; the comparison finds faults that do.

All tests read one log: intake published it and was killed between send and mark, so Kafka contains
much of it twice. Each reporting folds it into its own database, and is killed in its first batch.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from tests.chaos.comparison import (
    NO_DIFFERENCES,
    Differences,
    compare_with_log,
    expected_from_log,
)
from tests.chaos.domain_log import TODAY
from tests.chaos.environment import Environment, ServiceDatabase, empty_environment
from tests.chaos.publishing import all_sent, partner_client
from tests.e2e.mixed_logs import mixed_logs
from tests.reference.endpoint import accepted_in_order
from tests.waiting import eventually

LAUNCHER = "tests.chaos.crash_points"
CRASHES = 2
CRASH = "killed between send and mark"
EVENTS = accepted_in_order(mixed_logs(range(40), TODAY))
NAMES = {(event["source"], event["id"]) for event in EVENTS}

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
async def log_with_duplicates(
    kafka: LocalKafka, postgres: LocalPostgres, stack_folder: Path
) -> AsyncIterator[Environment]:
    """The log: its first rounds were sent and not marked, and so sent twice."""
    async with (
        empty_environment(kafka, postgres, stack_folder) as environment,
        environment.database() as database,
    ):
        intake = database.replica("intake")
        producing = asyncio.create_task(partner_client(database, intake).publish(EVENTS))
        for _ in range(CRASHES):
            code = await intake.start(LAUNCHER, "intake", CRASH, "1").wait_for_exit()
            assert code == -signal.SIGKILL, intake.log
        intake.start()
        await producing
        await eventually(lambda: all_sent(database), "all events are sent")
        intake.stop()
        yield environment


@pytest.fixture
async def database(log_with_duplicates: Environment) -> AsyncIterator[ServiceDatabase]:
    """An empty database of the test."""
    async with log_with_duplicates.database() as made:
        yield made


async def fold_with_fault(database: ServiceDatabase, fault: str) -> Differences:
    """Kill a reporting with a fault in its first batch, start it again, and compare."""
    reporting = database.replica("reporting")
    code = await reporting.start(LAUNCHER, "reporting", fault, "1").wait_for_exit()
    assert code == -signal.SIGKILL, reporting.log
    reporting.start(LAUNCHER, "reporting", fault)
    await eventually(database.is_projected, "all records are processed")
    return await compare_with_log(database)


async def test_a_crash_between_send_and_mark_publishes_all_events_and_some_twice(
    log_with_duplicates: Environment,
) -> None:
    expected = await expected_from_log(log_with_duplicates.kafka.bootstrap)

    assert expected.facts.keys() == NAMES
    assert expected.counts["applied"] == len(NAMES)
    assert expected.counts["duplicate"] > 0
    assert set(expected.counts) == {"applied", "duplicate"}


async def test_duplicates_are_one_fact_and_a_crash_before_the_commit_loses_nothing(
    database: ServiceDatabase,
) -> None:
    found = await fold_with_fault(database, "killed before commit")

    assert found == NO_DIFFERENCES


async def test_committing_positions_first_loses_the_interrupted_batch(
    database: ServiceDatabase,
) -> None:
    found = await fold_with_fault(database, "positions committed first")

    assert found.lost
    assert found.missing


async def test_without_deduplication_duplicates_count_twice(database: ServiceDatabase) -> None:
    found = await fold_with_fault(database, "no deduplication")

    assert len(found.invented) > len(NAMES)
    assert found.surplus
    assert found.partitions


async def test_with_revisions_ignored_corrected_facts_count_unchanged(
    database: ServiceDatabase,
) -> None:
    found = await fold_with_fault(database, "revision ignored")

    assert (found.lost, found.invented, found.partitions) == (frozenset(),) * 3
    assert found.missing
    assert found.surplus
