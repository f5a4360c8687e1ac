"""Trouble: what is waited out, what is begun anew, and what is our own fault."""

import asyncio
from collections.abc import Sequence

import pytest

from lmc.kafka import LocalKafka
from lmc.postgres import LocalPostgres
from runtime.errors import BeginAgain, Bug
from runtime.follow import Again, Limits, Record, Tallies
from runtime.postgres import Connection, Pool
from runtime.settings import ServiceSettings
from tests.conftest import MakeTopic
from tests.integration.follow.story import (
    END_SESSIONS,
    NoteEverything,
    become,
    follow_until,
    follower,
    numbered,
    reached,
    say,
    seen,
)


async def test_the_third_failure_at_one_record_puts_it_aside_as_our_bug(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, [b"before", b"trip", b"after"])
    trips = follower(pool, settings, topic, _TripsOver(b"trip"))

    for _ in range(2):
        with pytest.raises(Bug, match="offset 1 in partition 0"):
            await trips.run()
    await follow_until(trips, 3)

    assert await seen(pool) == ["before", "after"]
    assert await pool.fetchval("SELECT reason FROM quarantine") == "bug"


async def test_an_unaccounted_record_is_our_bug_and_commits_nothing(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(3))

    with pytest.raises(Bug, match="0 of 3"):
        await follower(pool, settings, topic, _Forgets()).run()

    assert await seen(pool) == []


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03", "again"])
async def test_a_batch_that_met_another_is_repeated(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic, state: str
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))
    meets = _Meets(state, times=3)

    await follow_until(follower(pool, settings, topic, meets), 5)

    assert await seen(pool) == [f"value-{n}" for n in range(5)]
    assert meets.times == 0


async def test_lost_connections_to_the_database_are_waited_out(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic, postgres: LocalPostgres
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))
    ends = _EndsOwnConnection(postgres, settings.postgres_database)

    await follow_until(follower(pool, settings, topic, ends), 5)

    assert await seen(pool) == [f"value-{n}" for n in range(5)]


async def test_a_worker_that_hangs_is_told_to_begin_again(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(1))
    limits = Limits(look_s=0.1, stall_s=1.0)

    with pytest.raises(BeginAgain, match="1 records wait"):
        await follower(pool, settings, topic, _Hangs(), limits).run()


async def test_a_broker_that_goes_and_comes_back_is_waited_for(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic, kafka: LocalKafka
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))
    task = asyncio.create_task(follower(pool, settings, topic).run())
    await become(lambda: reached(pool, 5))

    await asyncio.to_thread(kafka.kill)
    await asyncio.to_thread(kafka.start)
    await asyncio.to_thread(say, settings.kafka, topic, numbered(5, begin=5))
    await become(lambda: reached(pool, 10))
    task.cancel()
    await asyncio.wait({task})

    assert await seen(pool) == [f"value-{n}" for n in range(10)]


class _TripsOver(NoteEverything):
    """Fails at one value, after it has written."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> Tallies:
        tallies = await super().apply(connection, prepared)
        if any(record.value == self._value for record in prepared):
            raise ZeroDivisionError
        return tallies


class _Forgets(NoteEverything):
    """Writes, and accounts for nothing."""

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> Tallies:
        await super().apply(connection, prepared)
        return {}


class _Meets(NoteEverything):
    """Is told by the server, so many times, that another transaction was in the way."""

    def __init__(self, state: str, times: int) -> None:
        self._state = state
        self.times = times

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> Tallies:
        tallies = await super().apply(connection, prepared)
        if self.times:
            self.times -= 1
            if self._state == "again":
                raise Again
            raising = f"RAISE EXCEPTION USING ERRCODE = '{self._state}'"
            await connection.execute(f"DO $$ BEGIN {raising}; END $$")
        return tallies


class _EndsOwnConnection(NoteEverything):
    """Loses its connections to the server in its first transaction."""

    def __init__(self, postgres: LocalPostgres, database: str) -> None:
        self._postgres = postgres
        self._database = database

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> Tallies:
        tallies = await super().apply(connection, prepared)
        database, self._database = self._database, "none"
        await asyncio.to_thread(
            self._postgres.run_sql, END_SESSIONS, variables={"database": database}
        )
        return tallies


class _Hangs(NoteEverything):
    """Never comes back."""

    async def prepare(self, records: Sequence[Record]) -> Sequence[Record]:
        await asyncio.Event().wait()
        return records
