"""Crashes at their worst moments lose and double nothing; bugs that would are found by the check.

One log for all: intake said it and was killed between send and mark, so Kafka holds much of it
twice. Each reporting folds it into a database of its own, and is killed in its first batch.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lmc.kafka import LocalKafka
from lmc.postgres import LocalPostgres
from tests.e2e.crowd import crowd
from tests.integration.chaos.ground import Base, Ground, eventually, laid
from tests.integration.chaos.saying import all_said, partners
from tests.integration.chaos.telling import TODAY
from tests.integration.chaos.verdict import RIGHT, Verdict, verdict, wanted

PROGRAM = "tests.integration.chaos.planted"
CRASHES = 2
CRASH = "killed between send and mark"
EVENTS = crowd(range(40), TODAY)
NAMES = {(event["source"], event["id"]) for event in EVENTS}

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
async def doubled(
    kafka: LocalKafka, postgres: LocalPostgres, stack_folder: Path
) -> AsyncIterator[Ground]:
    """The log: its first rounds were sent and not marked, and so sent again."""
    async with laid(kafka, postgres, stack_folder) as ground, ground.base() as base:
        intake = base.copy("intake")
        telling = asyncio.create_task(partners(base, intake).say(EVENTS))
        for _ in range(CRASHES):
            code = await intake.start(PROGRAM, "intake", CRASH, "1").end()
            assert code == -signal.SIGKILL, intake.log
        intake.start()
        await telling
        await eventually(lambda: all_said(base), "all is said")
        intake.stop()
        yield ground


@pytest.fixture
async def base(doubled: Ground) -> AsyncIterator[Base]:
    """A database of its own beside the log."""
    async with doubled.base() as made:
        yield made


async def fold(base: Base, plant: str) -> Verdict:
    """What is wrong when a reporting with a plant was killed in its first batch and goes on."""
    reporting = base.copy("reporting")
    code = await reporting.start(PROGRAM, "reporting", plant, "1").end()
    assert code == -signal.SIGKILL, reporting.log
    reporting.start(PROGRAM, "reporting", plant)
    await eventually(base.is_folded, "all is folded")
    return await verdict(base)


async def test_a_crash_between_send_and_mark_says_everything_and_some_of_it_twice(
    doubled: Ground,
) -> None:
    said = await wanted(doubled.kafka.bootstrap)

    assert said.facts.keys() == NAMES
    assert said.counts["folded"] == len(NAMES)
    assert said.counts["duplicate"] > 0
    assert set(said.counts) == {"folded", "duplicate"}


async def test_what_kafka_holds_twice_is_one_fact_and_a_crash_before_the_commit_undoes_nothing(
    base: Base,
) -> None:
    found = await fold(base, "killed before commit")

    assert found == RIGHT


async def test_positions_committed_first_lose_what_the_crash_interrupts(base: Base) -> None:
    found = await fold(base, "positions committed first")

    assert found.lost
    assert found.missing


async def test_without_deduplication_what_was_said_twice_counts_twice(base: Base) -> None:
    found = await fold(base, "no deduplication")

    assert len(found.invented) > len(NAMES)
    assert found.surplus
    assert found.accounts


async def test_with_revisions_ignored_what_was_corrected_counts_as_it_was(base: Base) -> None:
    found = await fold(base, "revision ignored")

    assert (found.lost, found.invented, found.accounts) == (frozenset(),) * 3
    assert found.missing
    assert found.surplus
