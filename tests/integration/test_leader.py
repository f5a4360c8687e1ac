"""Of the replicas of a service one leads, while its session is open and it is not suspended."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from runtime.process.failures import DATABASE_UNAVAILABLE
from runtime.process.settings import ServiceSettings
from runtime.storage.leader import LeaderLock, while_leading
from runtime.storage.pool import Connection, Pool, open_pool
from tests.conftest import MakeSettings

LOCK = LeaderLock(77, suspended_s_max=2)
DEADLINE_S = 30.0


@pytest.fixture
async def pool(service_settings: MakeSettings) -> AsyncIterator[Pool]:
    """A pool over the database of a service."""
    created = await open_pool(service_settings("training", ServiceSettings))
    yield created
    created.terminate()


async def test_a_second_replica_leads_only_after_the_first(pool: Pool) -> None:
    order: list[str] = []

    async def lead(name: str, entered: asyncio.Event, leave: asyncio.Event) -> None:
        async with LOCK.session(pool):
            order.append(f"{name} leads")
            entered.set()
            await leave.wait()
            order.append(f"{name} ends")

    first_in, first_out, second_in, second_out = (asyncio.Event() for _ in range(4))
    async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(lead("first", first_in, first_out))
        await first_in.wait()
        tasks.create_task(lead("second", second_in, second_out))
        await _waits_for_lock(pool)
        first_out.set()
        await second_in.wait()
        second_out.set()

    assert order == ["first leads", "first ends", "second leads", "second ends"]


async def test_work_is_cancelled_when_the_leaders_session_is_lost(pool: Pool) -> None:
    async with asyncio.timeout(DEADLINE_S):
        with pytest.raises(DATABASE_UNAVAILABLE):
            async with LOCK.session(pool) as connection:
                await while_leading(connection, _work_and_terminate(pool, connection))

    assert not await _is_held(pool)


async def test_an_error_of_the_work_is_raised(pool: Pool) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with LOCK.session(pool) as connection:
            await while_leading(connection, fail())


async def test_work_longer_than_the_limit_keeps_the_lock(pool: Pool) -> None:
    async def work() -> None:
        await asyncio.sleep(LOCK.suspended_s_max + 1)  # the limit itself is what is tested
        assert await _is_held(pool)

    async with LOCK.session(pool) as connection:
        await while_leading(connection, work())


async def test_a_leader_that_is_suspended_loses_the_lock(pool: Pool) -> None:
    async with LOCK.session(pool):
        await _until_free(pool)  # the leader's session is idle meanwhile

    assert not await _is_held(pool)


async def _work_and_terminate(pool: Pool, connection: Connection) -> None:
    await pool.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
    await asyncio.Event().wait()


async def _is_held(pool: Pool) -> bool:
    """Return whether any session holds the lock."""
    held: bool = await pool.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
            WHERE locktype = 'advisory' AND granted
              AND datname = current_database() AND classid = $1
        )
        """,
        LOCK.number,
    )
    return held


async def _until_free(pool: Pool) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while await _is_held(pool):  # noqa: ASYNC110 - the database sends no notice
            await asyncio.sleep(0.05)


async def _waits_for_lock(pool: Pool) -> None:
    """Return when a second session tries to get the lock in vain."""
    async with asyncio.timeout(DEADLINE_S):
        query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE $1"
        while await pool.fetchval(query, "%pg_try_advisory_lock%") < 2:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
