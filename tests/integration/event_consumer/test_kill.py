"""Event consumers killed or suspended in mid-stream handle every event exactly once."""

import asyncio
import os
import signal
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from pathlib import Path

import pytest

from lmc.devstack.local_kafka import LocalKafka
from runtime.messaging.event_consumer import EventConsumerLimits
from runtime.process.errors import RestartRequired
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool
from tests.integration.event_consumer.builders import (
    PARTITIONS,
    caught_up,
    consuming,
    delivered,
    end,
    event_consumer,
    moved,
    noted,
    produce,
)
from tests.integration.processes import running
from tests.waiting import eventually

KILLS = 3
EVENTS = 960
FORGIVING = EventConsumerLimits(
    session_s=6.0, save_interval_s=0.05, check_interval_s=0.2, stall_s=10.0
)

pytestmark = pytest.mark.usefixtures("durable")


async def test_consumers_killed_three_times_in_mid_stream_handle_every_event_once(
    pool: Pool, settings: ServiceSettings, tmp_path: Path
) -> None:
    """Two replicas; after each kill the other one continues, or both restart."""
    (tmp_path / "continue").touch()
    for partition in range(PARTITIONS):
        ids = range(partition, EVENTS, PARTITIONS)
        events = [event for n in ids for event in (moved(f"e-{n:04}"), delivered(f"x-{n}"))]
        produce(settings.kafka, events, partition)

    other = settings.model_copy(update={"instance": "2"})
    async with _worker(other, tmp_path) as survivor:
        for kill in range(1, KILLS + 1):
            part = EVENTS * kill // (KILLS + 2)
            async with _worker(settings, tmp_path):
                await eventually(partial(_has_noted, pool, part))
            assert not await _has_noted(pool, EVENTS)
        await caught_up(pool, settings.kafka)
        assert survivor.returncode is None

    assert await noted(pool) == [f"e-{n:04}" for n in range(EVENTS)]
    assert await pool.fetchval("SELECT count(DISTINCT event_id) FROM outbox") == EVENTS
    assert await pool.fetchval("SELECT count(*) FROM outbox") == EVENTS


async def test_a_consumer_suspended_in_its_transaction_commits_nothing_when_it_resumes(
    pool: Pool, settings: ServiceSettings, tmp_path: Path
) -> None:
    produce(settings.kafka, [moved(f"e-{n}") for n in range(5)])
    async with _worker(settings, tmp_path) as zombie:
        await eventually(lambda: asyncio.to_thread((tmp_path / "inside").exists))
        os.killpg(zombie.pid, signal.SIGSTOP)
        (tmp_path / "continue").touch()

        other = settings.model_copy(update={"instance": "2"})
        async with consuming(event_consumer(pool, other)):
            await caught_up(pool, settings.kafka)
            os.killpg(zombie.pid, signal.SIGCONT)
            code = await zombie.wait()

    assert code == RestartRequired.code
    assert await noted(pool) == [f"e-{n}" for n in range(5)]


async def test_a_broker_that_restarts_loses_no_event(
    pool: Pool, settings: ServiceSettings, kafka: LocalKafka
) -> None:
    """Faust may continue or stop, with or without an error; a supervisor restarts the consumer."""

    async def supervise() -> None:
        while True:
            with suppress(RestartRequired):
                await end(event_consumer(pool, settings, limits=FORGIVING), within_s=None)

    supervised = asyncio.create_task(supervise())
    try:
        produce(settings.kafka, [moved(f"e-{n}") for n in range(5)])
        await caught_up(pool, settings.kafka)
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        await asyncio.to_thread(produce, settings.kafka, [moved(f"e-{n}") for n in range(5, 10)])
        await caught_up(pool, settings.kafka)
    finally:
        supervised.cancel()
        await asyncio.wait({supervised})

    assert await noted(pool) == [f"e-{n}" for n in range(10)]


def _worker(
    settings: ServiceSettings, folder: Path
) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    return running("tests.integration.event_consumer.worker", settings, folder, str(folder))


async def _has_noted(pool: Pool, count: int) -> bool:
    return len(await noted(pool)) >= count
