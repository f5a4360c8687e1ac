"""The outbox against a real PostgreSQL and a real Kafka, without failures."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from lmc.devstack.local_kafka import LocalKafka
from runtime.messaging import outbox
from runtime.messaging.outbox_relay import RelayLimits, partition_of
from runtime.storage.pool import Pool, open_pool
from tests.conftest import MakeSettings, MakeTopic
from tests.integration.outbox_kit import (
    Settings,
    all_sent,
    enqueue_on,
    first_arrivals,
    moved,
    read_topic,
    relaying,
)
from tests.waiting import eventually


@pytest.fixture
async def pool(service_settings: MakeSettings) -> AsyncIterator[Pool]:
    """A service's database with an outbox."""
    pool = await open_pool(service_settings("training", Settings))
    await pool.execute(outbox.DDL)
    yield pool
    await pool.close()


async def test_events_of_a_transaction_that_rolls_back_are_never_published(
    pool: Pool, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    async with pool.acquire() as connection, relaying(pool, kafka.bootstrap):
        transaction = connection.transaction()
        await transaction.start()
        await outbox.enqueue(connection, [moved(1)])
        await transaction.rollback()
        await enqueue_on(connection, topic, [moved(2)])
        await eventually(lambda: all_sent(pool))

    assert [record.event.id for record in await read_topic(kafka.bootstrap, topic)] == ["e-2"]


async def test_an_event_arrives_unchanged_with_key_headers_and_recordedtime(
    pool: Pool, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    async with relaying(pool, kafka.bootstrap), pool.acquire() as connection:
        async with connection.transaction():
            recorded = await outbox.enqueue(connection, [moved(1, person=7)])
            await connection.execute("UPDATE outbox SET topic = $1", topic)
        await eventually(lambda: all_sent(pool))
    [record] = await read_topic(kafka.bootstrap, topic)

    assert [record.event] == recorded
    assert record.event.recordedtime is not None
    assert record.key == record.event.subject
    assert record.headers == (("content-type", b"application/cloudevents+json"),)


async def test_a_sent_row_stores_the_partition_and_offset_of_its_event(
    pool: Pool, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    async with relaying(pool, kafka.bootstrap), pool.acquire() as connection:
        await enqueue_on(connection, topic, [moved(n, person=n % 9) for n in range(100)])
        await eventually(lambda: all_sent(pool))
        rows = await connection.fetch("SELECT event_id, key, partition, kafka_offset FROM outbox")
    lying = {
        record.event.id: (record.partition, record.offset)
        for record in await read_topic(kafka.bootstrap, topic)
    }

    assert {row["event_id"]: (row["partition"], row["kafka_offset"]) for row in rows} == lying
    assert all(partition_of(row["key"].encode(), 4) == row["partition"] for row in rows)


async def test_a_row_that_commits_after_rows_with_greater_ids_is_sent_too(
    pool: Pool, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    async with (
        relaying(pool, kafka.bootstrap),
        pool.acquire() as slow,
        pool.acquire() as quick,
    ):
        async with slow.transaction():
            await outbox.enqueue(slow, [moved(1, person=1)])
            await slow.execute("UPDATE outbox SET topic = $1", topic)
            await enqueue_on(quick, topic, [moved(2, person=2)])
            await eventually(lambda: all_sent(pool))
        await eventually(lambda: all_sent(pool))
    ids = {record.event.id for record in await read_topic(kafka.bootstrap, topic)}

    assert ids == {"e-1", "e-2"}


async def test_events_of_a_subject_arrive_in_the_order_in_which_they_were_enqueued(
    pool: Pool, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    async with relaying(pool, kafka.bootstrap), pool.acquire() as connection:
        for start in range(0, 5000, 500):
            story = [moved(n, person=n % 13) for n in range(start, start + 500)]
            await enqueue_on(connection, topic, story)
        await eventually(lambda: all_sent(pool))
    events = first_arrivals(await read_topic(kafka.bootstrap, topic))

    assert len(events) == 13
    for person, ids in enumerate(events[f"p-{person:026d}"] for person in range(13)):
        assert ids == [f"e-{n}" for n in range(person, 5000, 13)]


async def test_more_than_one_batch_of_a_partition_waits_for_the_next_round_in_order(
    pool: Pool, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    limits = RelayLimits(batch_bytes=2_000)
    topic = await make_topic()
    async with relaying(pool, kafka.bootstrap, limits), pool.acquire() as connection:
        await enqueue_on(connection, topic, [moved(n) for n in range(50)])
        await eventually(lambda: all_sent(pool))
    ids = [record.event.id for record in await read_topic(kafka.bootstrap, topic)]

    assert ids == [f"e-{n}" for n in range(50)]


async def test_a_notify_wakes_the_relay_long_before_its_poll(
    pool: Pool, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    limits = RelayLimits(poll_s=3600.0)
    topic = await make_topic()
    async with relaying(pool, kafka.bootstrap, limits) as relay, pool.acquire() as connection:
        await eventually(lambda: asyncio.sleep(0, relay.unready_reason() is None))
        await enqueue_on(connection, topic, [moved(1)])
        await eventually(lambda: all_sent(pool), seconds=20)

    assert len(await read_topic(kafka.bootstrap, topic)) == 1


async def test_without_a_notify_the_poll_finds_waiting_rows(
    pool: Pool, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    async with pool.acquire() as connection:
        await enqueue_on(connection, topic, [moved(1)])
    async with relaying(pool, kafka.bootstrap):
        await eventually(lambda: all_sent(pool))
        await pool.execute(
            "UPDATE outbox SET sent_at = NULL, partition = NULL, kafka_offset = NULL"
        )
        await eventually(lambda: all_sent(pool))

    assert len(await read_topic(kafka.bootstrap, topic)) == 2


async def test_of_two_relays_of_a_service_one_sends_and_the_other_takes_over(
    pool: Pool, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    topic = await make_topic()
    async with pool.acquire() as connection, relaying(pool, kafka.bootstrap) as second:
        async with relaying(pool, kafka.bootstrap):
            await enqueue_on(connection, topic, [moved(n, person=n) for n in range(300)])
            await eventually(lambda: all_sent(pool))
            locks = await connection.fetchval(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )
        await enqueue_on(connection, topic, [moved(300)])
        await eventually(lambda: all_sent(pool))
    ids = [record.event.id for record in await read_topic(kafka.bootstrap, topic)]

    assert locks == 1
    assert second.unready_reason() is None
    assert sorted(ids) == sorted(f"e-{n}" for n in range(301))
