"""A cut-over locks the tables exclusively, and waits for their readers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from runtime.storage.pool import Connection
from services.reporting.rebuild.workflow import Rebuild
from tests.integration.reporting.harness import ReportingHarness
from tests.integration.reporting.rebuilds import open_rebuild
from tests.integration.reporting.topic_log import TopicLog
from tests.waiting import eventually

COUNT = "SELECT count(*) FROM {}"
READS_FOR_S = 3
"""Longer than one attempt of the cut-over waits."""
WAITS = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted
    AND relation = 'entry'::regclass
)
"""
CUT_OVERS = "SELECT count(*) FROM cutover"

pytestmark = pytest.mark.timeout(600)


@asynccontextmanager
async def waiting_cut_over(
    reporting: ReportingHarness, rebuild: Rebuild, reader: Connection
) -> AsyncIterator[asyncio.Task[None]]:
    """Run a cut-over that waits for a reader of the last table, and has locked all others."""
    await reader.fetchval(COUNT.format("entry"))
    changing = asyncio.create_task(rebuild.cut_over())

    async def waits() -> bool:
        return bool(await reporting.context.pool.fetchval(WAITS))

    await eventually(waits)
    yield changing
    await changing


async def test_the_cut_over_waits_for_a_long_reader(
    projected: ReportingHarness, log: TopicLog
) -> None:
    async with open_rebuild(projected, log) as rebuild, projected.context.pool.acquire() as reader:
        await rebuild.prepare(1)
        reading = reader.transaction()
        await reading.start()
        async with waiting_cut_over(projected, rebuild, reader) as changing:
            await asyncio.sleep(READS_FOR_S)
            waited = not changing.done()
            await reading.commit()

    assert waited
    assert await projected.context.pool.fetchval(CUT_OVERS) == 1


async def test_a_reader_that_needs_a_locked_table_gets_it(
    projected: ReportingHarness, log: TopicLog
) -> None:
    async with open_rebuild(projected, log) as rebuild, projected.context.pool.acquire() as reader:
        await rebuild.prepare(1)
        reading = reader.transaction()
        await reading.start()
        async with waiting_cut_over(projected, rebuild, reader):
            facts = await reader.fetchval(COUNT.format("fact"))
            await reading.commit()

    assert facts > 0
    assert await projected.context.pool.fetchval(CUT_OVERS) == 1
