"""Each record of the log is folded once, and accounted for."""

import asyncio
from collections.abc import Sequence

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient

from runtime.follow import Record, lags
from runtime.postgres import Pool
from runtime.settings import ServiceSettings
from tests.conftest import MakeTopic
from tests.integration.follow.story import (
    ADMIN_S,
    POISON,
    NoteEverything,
    follow_until,
    follower,
    numbered,
    say,
    seen,
)


async def test_every_record_is_folded_once_and_accounted_for(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=3)
    say(settings.kafka, topic, numbered(300), partitions=3)

    await follow_until(follower(pool, settings, topic), 300)
    rows = await pool.fetch("SELECT next_offset, folded FROM position")

    assert sorted(await seen(pool)) == sorted(f"value-{n}" for n in range(300))
    assert [(row["next_offset"], row["folded"]) for row in rows] == [(100, 100)] * 3


async def test_a_second_start_goes_on_where_the_first_ended(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))
    await follow_until(follower(pool, settings, topic), 5)
    say(settings.kafka, topic, numbered(5, begin=5))

    await follow_until(follower(pool, settings, topic), 10)

    assert await seen(pool) == [f"value-{n}" for n in range(10)]


async def test_what_is_committed_in_kafka_is_no_more_than_a_hint(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    """A group whose offsets say otherwise is not believed."""
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(10))
    await _commit(settings.kafka, f"group-{topic}", TopicPartition(topic, 0, 7))

    await follow_until(follower(pool, settings, topic), 10)

    assert await seen(pool) == [f"value-{n}" for n in range(10)]


async def test_lag_tells_how_far_the_database_is_behind(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))
    await follow_until(follower(pool, settings, topic), 5)
    say(settings.kafka, topic, numbered(3))

    (lag,) = await lags(pool, settings.kafka, [topic])

    assert (lag.next_offset, lag.end, lag.records) == (5, 8, 3)
    assert lag.folded_to is not None


async def test_a_poison_record_is_quarantined_and_its_neighbours_go_on(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, [b"before", POISON, b"after"])

    await follow_until(follower(pool, settings, topic), 3)
    row = await pool.fetchrow("SELECT folded, quarantined FROM position")
    kept = await pool.fetchval("SELECT kafka_offset FROM quarantine")

    assert await seen(pool) == ["before", "after"]
    assert (tuple(row or ()), kept) == ((2, 1), 1)


async def test_a_position_that_another_worker_moved_drops_the_batch(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    """What a zombie has in hand is not committed; it reads the position and goes on from there."""
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))

    await follow_until(follower(pool, settings, topic, _IsOvertaken(pool, by=3)), 5)

    assert await seen(pool) == ["value-3", "value-4"]


class _IsOvertaken(NoteEverything):
    """Another worker commits some of the records while these are prepared."""

    def __init__(self, pool: Pool, by: int) -> None:
        self._pool = pool
        self._by = by

    async def prepare(self, records: Sequence[Record]) -> Sequence[Record]:
        by, self._by = self._by, 0
        await self._pool.execute(
            "UPDATE position SET next_offset = next_offset + $1, folded = folded + $1", by
        )
        return records


async def _commit(bootstrap: str, group: str, offset: TopicPartition) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    asked = [ConsumerGroupTopicPartitions(group, [offset])]
    for future in admin.alter_consumer_group_offsets(asked).values():
        await asyncio.to_thread(future.result, ADMIN_S)
