"""Each record of the log is processed once, and counted."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from runtime.messaging.consumer_lag import consumer_lags
from runtime.messaging.records import Record
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool
from tests.conftest import MakeTopic
from tests.growth import grow, write
from tests.integration.batch_consumer.builders import (
    ADMIN_S,
    POISON,
    SWIFT,
    InsertSeen,
    batch_consumer,
    consume_until,
    numbered,
    produce,
    reached,
    seen,
)
from tests.waiting import eventually


async def test_every_record_is_processed_once_and_counted(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=3)
    produce(settings.kafka, topic, numbered(300), partitions=3)

    await consume_until(batch_consumer(pool, settings, topic), 300)
    rows = await pool.fetch("SELECT next_offset, applied FROM position")

    assert sorted(await seen(pool)) == sorted(f"value-{n}" for n in range(300))
    assert [(row["next_offset"], row["applied"]) for row in rows] == [(100, 100)] * 3


async def test_partitions_that_are_added_are_consumed_from_their_beginning(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    running = asyncio.create_task(
        batch_consumer(pool, settings, topic, limits=replace(SWIFT, metadata_s=0.5)).run()
    )
    await eventually(lambda: reached(pool, 5))
    grow(settings.kafka, topic, 3)
    write(settings.kafka, (topic, 2), b"value-5")

    await eventually(lambda: reached(pool, 6), "the added partition is consumed", 60)
    running.cancel()
    await asyncio.wait({running})

    assert await seen(pool) == [f"value-{n}" for n in range(6)]


async def test_a_second_start_continues_where_the_first_ended(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    await consume_until(batch_consumer(pool, settings, topic), 5)
    produce(settings.kafka, topic, numbered(5, begin=5))

    await consume_until(batch_consumer(pool, settings, topic), 10)

    assert await seen(pool) == [f"value-{n}" for n in range(10)]


async def test_offsets_committed_in_kafka_are_ignored(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    """The positions in the database decide, although the group's offsets differ."""
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(10))
    await _commit(settings.kafka, f"group-{topic}", TopicPartition(topic, 0, 7))

    await consume_until(batch_consumer(pool, settings, topic), 10)

    assert await seen(pool) == [f"value-{n}" for n in range(10)]


async def test_lag_is_how_far_the_database_is_behind_the_log(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    await consume_until(batch_consumer(pool, settings, topic), 5)
    produce(settings.kafka, topic, numbered(3))

    (lag,) = await consumer_lags(pool, settings.kafka, [topic])

    assert (lag.next_offset, lag.end, lag.records) == (5, 8, 3)
    assert lag.projected_through is not None


async def test_a_poison_record_is_quarantined_and_its_neighbours_are_processed(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, [b"before", POISON, b"after"])

    await consume_until(batch_consumer(pool, settings, topic), 3)
    row = await pool.fetchrow("SELECT applied, quarantined FROM position")
    kept = await pool.fetchval("SELECT kafka_offset FROM quarantine")

    assert await seen(pool) == ["before", "after"]
    assert (tuple(row or ()), kept) == ((2, 1), 1)


async def test_a_position_that_another_replica_advanced_drops_the_batch(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    """A replica that lost its partition commits nothing, and continues at the new position."""
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))

    await consume_until(batch_consumer(pool, settings, topic, _IsOvertaken(pool, by=3)), 5)

    assert await seen(pool) == ["value-3", "value-4"]


class _IsOvertaken(InsertSeen):
    """Another replica commits some of the records while these are prepared."""

    def __init__(self, pool: Pool, by: int) -> None:
        self._pool = pool
        self._by = by

    async def prepare(self, records: Sequence[Record]) -> Sequence[Record]:
        by, self._by = self._by, 0
        await self._pool.execute(
            "UPDATE position SET next_offset = next_offset + $1, applied = applied + $1", by
        )
        return records


async def _commit(bootstrap: str, group: str, offset: TopicPartition) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    request = [ConsumerGroupTopicPartitions(group, [offset])]
    for future in admin.alter_consumer_group_offsets(request).values():
        await asyncio.to_thread(future.result, ADMIN_S)
