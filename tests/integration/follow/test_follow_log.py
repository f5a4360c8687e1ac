"""Positions belong to one log: another one under the same name is never folded on to it."""

import asyncio

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from runtime.errors import AnotherLog
from runtime.postgres import Pool
from runtime.settings import ServiceSettings
from tests.conftest import MakeTopic
from tests.integration.follow.story import (
    ADMIN_S,
    become,
    follow_until,
    follower,
    numbered,
    reached,
    say,
    seen,
)


async def test_a_topic_made_anew_is_another_log(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))
    await follow_until(follower(pool, settings, topic), 5)
    await _make_anew(settings.kafka, topic)
    say(settings.kafka, topic, numbered(9))

    with pytest.raises(AnotherLog, match="made anew"):
        await follower(pool, settings, topic).run()

    assert len(await seen(pool)) == 5


async def test_a_topic_made_anew_is_noticed_while_it_is_followed(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))
    task = asyncio.create_task(follower(pool, settings, topic).run())
    await become(lambda: reached(pool, 5))

    await _make_anew(settings.kafka, topic)

    with pytest.raises(AnotherLog):
        await task


async def test_another_record_where_the_last_one_was_is_another_log(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))
    await follow_until(follower(pool, settings, topic), 5)
    await pool.execute("UPDATE position SET last_record = sha256('another')")

    with pytest.raises(AnotherLog, match="offset 4"):
        await follower(pool, settings, topic).run()


async def test_records_that_are_gone_before_they_were_folded_are_another_log(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))
    await _expire(settings.kafka, topic, before=3)

    with pytest.raises(AnotherLog, match="offsets 3 to 5"):
        await follower(pool, settings, topic).run()


async def test_where_records_expire_those_that_are_gone_are_counted_as_lost(
    pool: Pool, settings: ServiceSettings, make_topic: MakeTopic
) -> None:
    topic = await make_topic(partitions=1)
    say(settings.kafka, topic, numbered(5))
    await _expire(settings.kafka, topic, before=3)
    lane = follower(pool, settings, topic)
    lane.expires = True

    await follow_until(lane, 5)
    row = await pool.fetchrow("SELECT lost, folded FROM position")

    assert await seen(pool) == ["value-3", "value-4"]
    assert tuple(row or ()) == (3, 2)


async def _make_anew(bootstrap: str, topic: str) -> None:
    """Delete the topic and make one of the same name."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    await asyncio.to_thread(admin.delete_topics([topic])[topic].result, ADMIN_S)

    async def is_made() -> bool:
        made = admin.create_topics([NewTopic(topic, num_partitions=1)])
        return await asyncio.to_thread(made[topic].exception, ADMIN_S) is None

    await become(is_made)


async def _expire(bootstrap: str, topic: str, before: int) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    done = admin.delete_records([TopicPartition(topic, 0, before)])
    for future in done.values():
        await asyncio.to_thread(future.result, ADMIN_S)
