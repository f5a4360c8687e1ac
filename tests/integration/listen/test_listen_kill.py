"""Listeners that are killed or frozen in mid-stream handle every event once all the same."""

import asyncio
import os
import signal
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from pathlib import Path

from lmc.kafka import LocalKafka
from runtime.errors import BeginAgain
from runtime.listen import Limits
from runtime.postgres import Pool
from runtime.settings import ServiceSettings
from tests.integration.follow.story import become
from tests.integration.listen.story import (
    PARTITIONS,
    caught_up,
    delivered,
    end,
    listener,
    listening,
    moved,
    noted,
    tell,
)
from tests.integration.processes import running

KILLS = 3
EVENTS = 960
FORGIVING = Limits(session_s=6.0, write_s=0.05, look_s=0.2, stall_s=10.0)


async def test_listeners_killed_three_times_in_mid_stream_handle_every_event_once(
    pool: Pool, settings: ServiceSettings, tmp_path: Path
) -> None:
    """Two copies; each kill leaves the other one to go on, or both to come back."""
    (tmp_path / "go_on").touch()
    for partition in range(PARTITIONS):
        ids = range(partition, EVENTS, PARTITIONS)
        told = [event for n in ids for event in (moved(f"e-{n:04}"), delivered(f"x-{n}"))]
        tell(settings.kafka, told, partition)

    other = settings.model_copy(update={"instance": "2"})
    async with _worker(other, tmp_path) as survivor:
        for kill in range(1, KILLS + 1):
            part = EVENTS * kill // (KILLS + 2)
            async with _worker(settings, tmp_path):
                await become(partial(_has_noted, pool, part))
            assert not await _has_noted(pool, EVENTS)
        await caught_up(pool, settings.kafka)
        assert survivor.returncode is None

    assert await noted(pool) == [f"e-{n:04}" for n in range(EVENTS)]
    assert await pool.fetchval("SELECT count(DISTINCT event_id) FROM outbox") == EVENTS
    assert await pool.fetchval("SELECT count(*) FROM outbox") == EVENTS


async def test_a_listener_frozen_in_its_transaction_commits_nothing_when_it_wakes(
    pool: Pool, settings: ServiceSettings, tmp_path: Path
) -> None:
    tell(settings.kafka, [moved(f"e-{n}") for n in range(5)])
    async with _worker(settings, tmp_path) as zombie:
        await become(lambda: asyncio.to_thread((tmp_path / "inside").exists))
        os.killpg(zombie.pid, signal.SIGSTOP)
        (tmp_path / "go_on").touch()

        other = settings.model_copy(update={"instance": "2"})
        async with listening(listener(pool, other)):
            await caught_up(pool, settings.kafka)
            os.killpg(zombie.pid, signal.SIGCONT)
            code = await zombie.wait()

    assert code == BeginAgain.code
    assert await noted(pool) == [f"e-{n}" for n in range(5)]


async def test_a_broker_that_goes_and_comes_back_costs_no_event(
    pool: Pool, settings: ServiceSettings, kafka: LocalKafka
) -> None:
    """Faust may go on or stop, loudly or silently; whoever starts us again sees to the rest."""

    async def supervise() -> None:
        while True:
            with suppress(BeginAgain):
                await end(listener(pool, settings, limits=FORGIVING), within_s=None)

    supervised = asyncio.create_task(supervise())
    try:
        tell(settings.kafka, [moved(f"e-{n}") for n in range(5)])
        await caught_up(pool, settings.kafka)
        await asyncio.to_thread(kafka.kill)
        await asyncio.to_thread(kafka.start)
        await asyncio.to_thread(tell, settings.kafka, [moved(f"e-{n}") for n in range(5, 10)])
        await caught_up(pool, settings.kafka)
    finally:
        supervised.cancel()
        await asyncio.wait({supervised})

    assert await noted(pool) == [f"e-{n}" for n in range(10)]


def _worker(
    settings: ServiceSettings, folder: Path
) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    return running("tests.integration.listen.worker", settings, folder, str(folder))


async def _has_noted(pool: Pool, count: int) -> bool:
    return len(await noted(pool)) >= count
