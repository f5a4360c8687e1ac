"""A changeover needs the tables for itself, and waits for those who read them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from runtime.postgres import Connection
from services.reporting.rebuilding.rebuild import Rebuild
from tests.integration.follow.story import become
from tests.integration.reporting.desk import Desk
from tests.integration.reporting.log import Log
from tests.integration.reporting.rebuilt import rebuilding

COUNT = "SELECT count(*) FROM {}"
READS_FOR_S = 3
"""Longer than the changeover waits at a time."""
WAITS = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted
    AND relation = 'entry'::regclass
)
"""
CHANGED_OVER = "SELECT count(*) FROM rebuilt"

pytestmark = pytest.mark.timeout(600)


@asynccontextmanager
async def changing_over(
    desk: Desk, rebuild: Rebuild, reader: Connection
) -> AsyncIterator[asyncio.Task[None]]:
    """A changeover that waits for a reader of the last of the tables, and holds all others."""
    await reader.fetchval(COUNT.format("entry"))
    changing = asyncio.create_task(rebuild.change_over())

    async def waits() -> bool:
        return bool(await desk.context.pool.fetchval(WAITS))

    await become(waits)
    yield changing
    await changing


async def test_a_long_reader_is_waited_for(folded: Desk, log: Log) -> None:
    async with rebuilding(folded, log) as rebuild, folded.context.pool.acquire() as reader:
        await rebuild.prepare(1)
        reading = reader.transaction()
        await reading.start()
        async with changing_over(folded, rebuild, reader) as changing:
            await asyncio.sleep(READS_FOR_S)
            waited = not changing.done()
            await reading.commit()

    assert waited
    assert await folded.context.pool.fetchval(CHANGED_OVER) == 1


async def test_a_reader_who_wants_a_table_that_is_held_is_let_through(
    folded: Desk, log: Log
) -> None:
    async with rebuilding(folded, log) as rebuild, folded.context.pool.acquire() as reader:
        await rebuild.prepare(1)
        reading = reader.transaction()
        await reading.start()
        async with changing_over(folded, rebuild, reader):
            facts = await reader.fetchval(COUNT.format("fact"))
            await reading.commit()

    assert facts > 0
    assert await folded.context.pool.fetchval(CHANGED_OVER) == 1
