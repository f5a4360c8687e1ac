"""Failures: unavailable dependencies, lost conflicts, stalls and internal errors."""

import asyncio
from collections.abc import Sequence

import pytest

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.local_postgres import LocalPostgres
from runtime.messaging.batch_consumer import BatchConsumerLimits
from runtime.messaging.records import CountsByPartition, Record
from runtime.process.errors import InternalError, RestartRequired
from runtime.process.failures import RetryTransaction
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Connection, Pool
from tests.conftest import MakeTopic
from tests.integration.batch_consumer.builders import (
    END_SESSIONS,
    InsertSeen,
    batch_consumer,
    consume_until,
    numbered,
    produce,
    reached,
    seen,
)
from tests.waiting import eventually


async def test_the_third_crash_at_one_record_quarantines_it_as_an_internal_error(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, [b"before", b"trip", b"after"])
    failing = batch_consumer(pool, settings, topic, _FailsAt(b"trip"))

    for _ in range(2):
        with pytest.raises(InternalError, match="offset 1 in partition 0"):
            await failing.run()
    await consume_until(failing, 3)

    assert await seen(pool) == ["before", "after"]
    assert await pool.fetchval("SELECT reason FROM quarantine") == "internal error"


async def test_an_uncounted_record_is_an_internal_error_and_commits_nothing(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(3))

    with pytest.raises(InternalError, match="0 of 3"):
        await batch_consumer(pool, settings, topic, _CountsNothing()).run()

    assert await seen(pool) == []


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03", "retry"])
async def test_a_batch_that_lost_a_conflict_is_retried(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic, state: str
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    conflicts = _Conflicts(state, times=3)

    await consume_until(batch_consumer(pool, settings, topic, conflicts), 5)

    assert await seen(pool) == [f"value-{n}" for n in range(5)]
    assert conflicts.times == 0


async def test_a_batch_whose_connections_are_lost_is_retried(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic, postgres: LocalPostgres
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    ends = _EndsOwnConnection(postgres, settings.postgres_database)

    await consume_until(batch_consumer(pool, settings, topic, ends), 5)

    assert await seen(pool) == [f"value-{n}" for n in range(5)]


async def test_a_stalled_consumer_requires_a_restart(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(1))
    limits = BatchConsumerLimits(check_interval_s=0.1, stall_s=1.0)

    with pytest.raises(RestartRequired, match="1 records wait"):
        await batch_consumer(pool, settings, topic, _Hangs(), limits).run()


async def test_a_broker_that_restarts_is_waited_for(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic, kafka: LocalKafka
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    task = asyncio.create_task(batch_consumer(pool, settings, topic).run())
    await eventually(lambda: reached(pool, 5))

    await asyncio.to_thread(kafka.kill)
    await asyncio.to_thread(kafka.start)
    await asyncio.to_thread(produce, settings.kafka, topic, numbered(5, begin=5))
    await eventually(lambda: reached(pool, 10))
    task.cancel()
    await asyncio.wait({task})

    assert await seen(pool) == [f"value-{n}" for n in range(10)]


class _FailsAt(InsertSeen):
    """Fails at one value, after writing."""

    def __init__(self, value: bytes) -> None:
        self._value = value

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> CountsByPartition:
        counts = await super().apply(connection, prepared)
        if any(record.value == self._value for record in prepared):
            raise ZeroDivisionError
        return counts


class _CountsNothing(InsertSeen):
    """Writes, and counts no record."""

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> CountsByPartition:
        await super().apply(connection, prepared)
        return {}


class _Conflicts(InsertSeen):
    """Loses so many conflicts with other transactions, as the server reports them."""

    def __init__(self, state: str, times: int) -> None:
        self._state = state
        self.times = times

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> CountsByPartition:
        counts = await super().apply(connection, prepared)
        if self.times:
            self.times -= 1
            if self._state == "retry":
                raise RetryTransaction
            raising = f"RAISE EXCEPTION USING ERRCODE = '{self._state}'"
            await connection.execute(f"DO $$ BEGIN {raising}; END $$")
        return counts


class _EndsOwnConnection(InsertSeen):
    """Loses its connections to the server in its first transaction."""

    def __init__(self, postgres: LocalPostgres, database: str) -> None:
        self._postgres = postgres
        self._database = database

    async def apply(self, connection: Connection, prepared: Sequence[Record]) -> CountsByPartition:
        counts = await super().apply(connection, prepared)
        database, self._database = self._database, "none"
        await asyncio.to_thread(
            self._postgres.run_sql, END_SESSIONS, variables={"database": database}
        )
        return counts


class _Hangs(InsertSeen):
    """Never returns."""

    async def prepare(self, records: Sequence[Record]) -> Sequence[Record]:
        await asyncio.Event().wait()
        return records
