"""Processes that are killed or frozen in mid-stream fold every record once all the same."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from runtime.postgres import Pool
from runtime.settings import ServiceSettings
from tests.conftest import MakeTopic
from tests.integration.follow.story import become, follower, numbered, reached, say, seen

ROOT = Path(__file__).parents[3]
KILLS = 6
RECORDS = 4000


async def test_a_worker_killed_six_times_in_mid_stream_folds_every_record_once(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic, tmp_path: Path
) -> None:
    topic = await make_topic(partitions=4)
    say(settings.kafka, topic, numbered(RECORDS), partitions=4)
    (tmp_path / "go_on").touch()

    for kill in range(1, KILLS + 1):
        async with _worker(settings, topic, tmp_path):
            await become(partial(reached, pool, RECORDS * kill // (KILLS + 2)))
        assert not await reached(pool, RECORDS)
    async with _worker(settings, topic, tmp_path):
        await become(lambda: reached(pool, RECORDS))

    assert Counter(await seen(pool)) == Counter(f"value-{n}" for n in range(RECORDS))
    assert await pool.fetchval("SELECT sum(folded) FROM position") == RECORDS


async def test_a_worker_frozen_in_its_transaction_commits_nothing_when_it_wakes(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic, tmp_path: Path
) -> None:
    topic = await make_topic(partitions=4)
    say(settings.kafka, topic, numbered(40), partitions=4)
    async with _worker(settings, topic, tmp_path) as zombie:
        await become(lambda: asyncio.to_thread((tmp_path / "inside").exists))
        os.killpg(zombie.pid, signal.SIGSTOP)
        (tmp_path / "go_on").touch()

        other = settings.model_copy(update={"instance": "2"})
        task = asyncio.create_task(follower(pool, other, topic).run())
        await become(lambda: reached(pool, 40))
        os.killpg(zombie.pid, signal.SIGCONT)
        await become(lambda: _logs(tmp_path, "a batch was dropped"))
        await asyncio.to_thread(say, settings.kafka, topic, numbered(40, begin=40), 4)
        await become(lambda: reached(pool, 80))
        task.cancel()
        await asyncio.wait({task})

    assert Counter(await seen(pool)) == Counter(f"value-{n}" for n in range(80))


@asynccontextmanager
async def _worker(
    settings: ServiceSettings, topic: str, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running worker; at the end of the block it is killed, with all it started."""
    fields = settings.model_dump(mode="json", exclude_none=True)
    env = {f"LMC_WORKER_{name.upper()}": str(value) for name, value in fields.items()}
    with (folder / "log").open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.integration.follow.worker", topic, str(folder)),
            cwd=ROOT,
            env=os.environ | env,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _logs(folder: Path, words: str) -> bool:
    return words in await asyncio.to_thread((folder / "log").read_text)
