"""Processes that are killed or suspended in mid-stream process every record exactly once."""

import asyncio
import os
import signal
from collections import Counter
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool
from tests.conftest import MakeTopic
from tests.integration.batch_consumer.builders import (
    batch_consumer,
    numbered,
    produce,
    reached,
    seen,
)
from tests.integration.processes import running
from tests.waiting import eventually

KILLS = 6
RECORDS = 4000

pytestmark = pytest.mark.usefixtures("durable")


async def test_a_worker_killed_six_times_in_mid_stream_processes_every_record_once(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic, tmp_path: Path
) -> None:
    topic = await make_topic(partitions=4)
    produce(settings.kafka, topic, numbered(RECORDS), partitions=4)
    (tmp_path / "continue").touch()

    for kill in range(1, KILLS + 1):
        async with _worker(settings, topic, tmp_path):
            await eventually(partial(reached, pool, RECORDS * kill // (KILLS + 2)))
        assert not await reached(pool, RECORDS)
    async with _worker(settings, topic, tmp_path):
        await eventually(lambda: reached(pool, RECORDS))

    assert Counter(await seen(pool)) == Counter(f"value-{n}" for n in range(RECORDS))
    assert await pool.fetchval("SELECT sum(applied) FROM position") == RECORDS


async def test_a_worker_suspended_in_its_transaction_commits_nothing_when_it_resumes(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic, tmp_path: Path
) -> None:
    topic = await make_topic(partitions=4)
    produce(settings.kafka, topic, numbered(40), partitions=4)
    async with _worker(settings, topic, tmp_path) as zombie:
        await eventually(lambda: asyncio.to_thread((tmp_path / "inside").exists))
        os.killpg(zombie.pid, signal.SIGSTOP)
        (tmp_path / "continue").touch()

        other = settings.model_copy(update={"instance": "2"})
        task = asyncio.create_task(batch_consumer(pool, other, topic).run())
        await eventually(lambda: reached(pool, 40))
        os.killpg(zombie.pid, signal.SIGCONT)
        await eventually(lambda: _logs(tmp_path, "a batch was dropped"))
        await asyncio.to_thread(produce, settings.kafka, topic, numbered(40, begin=40), 4)
        await eventually(lambda: reached(pool, 80))
        task.cancel()
        await asyncio.wait({task})

    assert Counter(await seen(pool)) == Counter(f"value-{n}" for n in range(80))


def _worker(
    settings: ServiceSettings, topic: str, folder: Path
) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    module = "tests.integration.batch_consumer.worker"
    return running(module, settings, folder, topic, str(folder))


async def _logs(folder: Path, text: str) -> bool:
    return text in await asyncio.to_thread((folder / "log").read_text)
