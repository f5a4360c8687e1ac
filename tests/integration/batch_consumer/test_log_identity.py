"""Positions belong to one log: another one with the same name is never processed."""

import asyncio

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from runtime.process.errors import LogMismatch
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool
from tests.conftest import MakeTopic
from tests.integration.batch_consumer.builders import (
    ADMIN_S,
    batch_consumer,
    consume_until,
    numbered,
    produce,
    reached,
    seen,
)
from tests.waiting import eventually


async def test_a_topic_created_again_is_another_log(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    await consume_until(batch_consumer(pool, settings, topic), 5)
    await _recreate(settings.kafka, topic)
    produce(settings.kafka, topic, numbered(9))

    with pytest.raises(LogMismatch, match="created again"):
        await batch_consumer(pool, settings, topic).run()

    assert len(await seen(pool)) == 5


async def test_a_topic_created_again_is_noticed_while_it_is_consumed(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    task = asyncio.create_task(batch_consumer(pool, settings, topic).run())
    await eventually(lambda: reached(pool, 5))

    await _recreate(settings.kafka, topic)

    with pytest.raises(LogMismatch):
        await task


async def test_another_record_where_the_last_one_was_is_another_log(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    await consume_until(batch_consumer(pool, settings, topic), 5)
    await pool.execute("UPDATE position SET last_record = sha256('another')")

    with pytest.raises(LogMismatch, match="offset 4"):
        await batch_consumer(pool, settings, topic).run()


async def test_records_that_expired_before_they_were_processed_are_another_log(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    await _expire(settings.kafka, topic, before=3)

    with pytest.raises(LogMismatch, match="offsets 3 to 5"):
        await batch_consumer(pool, settings, topic).run()


async def test_where_records_expire_expired_ones_are_counted_as_lost(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    produce(settings.kafka, topic, numbered(5))
    await _expire(settings.kafka, topic, before=3)
    consumer = batch_consumer(pool, settings, topic)
    consumer.expires = True

    await consume_until(consumer, 5)
    row = await pool.fetchrow("SELECT lost, applied FROM position")

    assert await seen(pool) == ["value-3", "value-4"]
    assert tuple(row or ()) == (3, 2)


async def _recreate(bootstrap: str, topic: str) -> None:
    """Delete the topic and create one with the same name."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    await asyncio.to_thread(admin.delete_topics([topic])[topic].result, ADMIN_S)

    async def is_created() -> bool:
        created = admin.create_topics([NewTopic(topic, num_partitions=1)])
        return await asyncio.to_thread(created[topic].exception, ADMIN_S) is None

    await eventually(is_created)


async def _expire(bootstrap: str, topic: str, before: int) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    done = admin.delete_records([TopicPartition(topic, 0, before)])
    for future in done.values():
        await asyncio.to_thread(future.result, ADMIN_S)
