"""An event consumer handles each event once, publishes the results, and skips other events."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from runtime.messaging.admin import end_offsets
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Pool
from schemas.envelope import encode_event
from tests.growth import delete_topics, grow, write
from tests.integration.batch_consumer.builders import ADMIN_S
from tests.integration.event_consumer.builders import (
    PARTITIONS,
    SWIFT,
    TOPIC,
    caught_up,
    consuming,
    delivered,
    event_consumer,
    moved,
    noted,
    produce,
    retracted,
)
from tests.waiting import eventually


async def test_an_event_is_handled_and_the_events_returned_are_published(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with consuming(event_consumer(pool, settings)):
        produce(settings.kafka, [moved("e-1")])
        await caught_up(pool, settings.kafka)
    published = await pool.fetch("SELECT topic, source FROM outbox")

    assert await noted(pool) == ["e-1"]
    assert [tuple(row) for row in published] == [("matching-events", "/services/test")]


async def test_an_event_in_a_partition_that_was_added_is_handled(
    domain_topics: Sequence[str], pool: Pool, settings: ServiceSettings
) -> None:
    swift = replace(SWIFT, metadata_s=0.5)
    try:
        async with consuming(event_consumer(pool, settings, limits=swift)):
            produce(settings.kafka, [moved("e-1")])
            await caught_up(pool, settings.kafka)
            grow(settings.kafka, TOPIC, PARTITIONS + 1)
            write(settings.kafka, (TOPIC, PARTITIONS), encode_event(moved("e-2")))

            async def is_handled() -> bool:
                return await noted(pool) == ["e-1", "e-2"]

            await eventually(is_handled, "the added partition is consumed", 60)
    finally:
        await delete_topics(settings.kafka, domain_topics)


async def test_an_event_that_arrives_twice_is_handled_once(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with consuming(event_consumer(pool, settings)):
        produce(settings.kafka, [moved("e-1"), moved("e-1")])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-1"]


async def test_an_id_with_other_content_is_quarantined_and_the_first_content_stays(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with consuming(event_consumer(pool, settings)):
        produce(settings.kafka, [moved("e-1", factid="f"), moved("e-1", factid="g")])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-1"]
    assert await pool.fetchval("SELECT code FROM quarantine") == "E1301"


async def test_an_older_state_of_a_fact_is_not_handled(
    pool: Pool, settings: ServiceSettings
) -> None:
    states = [
        moved("e-2", factid="f", revision=2),
        moved("e-1", factid="f", revision=1),
        moved("e-0", factid="f", revision=2),
        moved("e-3", factid="f", revision=3),
    ]
    async with consuming(event_consumer(pool, settings)):
        produce(settings.kafka, states)
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-2", "e-3"]


async def test_a_fact_that_was_retracted_before_it_arrived_is_not_handled(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with consuming(event_consumer(pool, settings)):
        produce(settings.kafka, [retracted("e-2", factid="f"), moved("e-1", factid="f")])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-2"]


async def test_events_without_a_handler_are_skipped_and_their_offsets_are_saved(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with consuming(event_consumer(pool, settings)):
        produce(settings.kafka, [delivered(f"e-{n}") for n in range(100)])
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_an_invalid_event_is_quarantined_and_its_neighbours_are_handled(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with consuming(event_consumer(pool, settings)):
        produce(settings.kafka, [moved("e-1"), b"no event", b"", moved("e-3")])
        await caught_up(pool, settings.kafka)
    codes = await pool.fetch("SELECT code FROM quarantine ORDER BY kafka_offset")

    assert await noted(pool) == ["e-1", "e-3"]
    assert [row["code"] for row in codes] == ["E1101", "E1101"]


async def test_positions_in_the_database_overrule_offsets_committed_in_kafka(
    pool: Pool, settings: ServiceSettings
) -> None:
    """Later offsets of the group lose nothing; earlier ones duplicate nothing."""
    running = event_consumer(pool, settings)
    ends = await end_offsets(settings.kafka, {(TOPIC, 0), (TOPIC, 1)})
    produce(settings.kafka, [moved(f"e-{n}") for n in range(5)], partition=0)
    produce(settings.kafka, [moved(f"f-{n}") for n in range(5)], partition=1)
    ahead = TopicPartition(TOPIC, 0, ends[TOPIC, 0] + 3)
    behind = TopicPartition(TOPIC, 1, 0)
    await _commit(settings.kafka, f"lmc-{running.name}", [ahead, behind])

    async with consuming(running):
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == [f"{name}-{n}" for name in "ef" for n in range(5)]


async def test_a_database_at_offset_0_consumes_the_log_that_kafka_counts_as_consumed(
    pool: Pool, settings: ServiceSettings
) -> None:
    """As after restoring an empty backup: everything in the log is consumed again."""
    running = event_consumer(pool, settings)
    produce(settings.kafka, [moved(f"z-{n}") for n in range(3)], partition=0)
    ends = await end_offsets(settings.kafka, {(TOPIC, 0)})
    await pool.execute("UPDATE consumer_position SET next_offset = 0 WHERE partition = 0")
    await _commit(settings.kafka, f"lmc-{running.name}", [TopicPartition(TOPIC, 0, ends[TOPIC, 0])])

    async with consuming(running):
        await caught_up(pool, settings.kafka)

    assert {"z-0", "z-1", "z-2"} <= set(await noted(pool))


async def test_a_second_start_continues_where_the_first_ended(
    pool: Pool, settings: ServiceSettings
) -> None:
    async with consuming(event_consumer(pool, settings)):
        produce(settings.kafka, [moved("e-1"), delivered("e-2")])
        await caught_up(pool, settings.kafka)
    produce(settings.kafka, [moved("e-3")])

    async with consuming(event_consumer(pool, settings)):
        await caught_up(pool, settings.kafka)

    assert await noted(pool) == ["e-1", "e-3"]


async def _commit(bootstrap: str, group: str, offsets: list[TopicPartition]) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    request = [ConsumerGroupTopicPartitions(group, offsets)]
    for future in admin.alter_consumer_group_offsets(request).values():
        await asyncio.to_thread(future.result, ADMIN_S)
