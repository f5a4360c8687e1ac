"""The admin module against a real broker."""

import uuid

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.ports import free_ports
from runtime.messaging import admin
from runtime.process.errors import Unavailable
from schemas.topics import Topic
from tests.conftest import MakeTopic

DEADLINE_S = 30


def topic() -> Topic:
    """A topic that does not exist yet."""
    return Topic(f"made-{uuid.uuid4().hex}", "person", (), (), partitions=3, retention_ms=-1)


async def test_a_topic_is_created_once_and_then_left_unchanged(kafka: LocalKafka) -> None:
    made = topic()
    await admin.create_topics(kafka.bootstrap, [made])
    first = await admin.topic_ids(kafka.bootstrap, [made.name])
    await admin.create_topics(kafka.bootstrap, [made])

    assert await admin.topic_ids(kafka.bootstrap, [made.name]) == first


def flush_messages(bootstrap: str, name: str) -> str | None:
    """After how many records the broker writes a topic to the disk."""
    client = AdminClient({"bootstrap.servers": bootstrap})
    resource = ConfigResource(ConfigResource.Type.TOPIC, name)
    [described] = client.describe_configs([resource]).values()
    value: str | None = described.result(DEADLINE_S)["flush.messages"].value
    return value


async def test_the_only_replica_of_a_topic_is_on_the_disk_before_it_is_acknowledged(
    kafka: LocalKafka,
) -> None:
    made, older = topic(), topic()
    client = AdminClient({"bootstrap.servers": kafka.bootstrap})
    [created] = client.create_topics([NewTopic(older.name, num_partitions=3)]).values()
    created.result(DEADLINE_S)
    before = flush_messages(kafka.bootstrap, older.name)

    await admin.create_topics(kafka.bootstrap, [made, older])

    assert before != "1"
    assert flush_messages(kafka.bootstrap, made.name) == "1"
    assert flush_messages(kafka.bootstrap, older.name) == "1"


async def test_a_topic_that_does_not_exist_has_no_id(
    kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    name = await make_topic()
    ids = await admin.topic_ids(kafka.bootstrap, [name, "nowhere"])

    assert list(ids) == [name]


async def test_an_empty_topic_begins_and_ends_at_0(kafka: LocalKafka) -> None:
    made = topic()
    await admin.create_topics(kafka.bootstrap, [made])
    places = [(made.name, number) for number in range(3)]

    assert await admin.start_offsets(kafka.bootstrap, places) == dict.fromkeys(places, 0)
    assert await admin.end_offsets(kafka.bootstrap, places) == dict.fromkeys(places, 0)


async def test_a_partition_that_does_not_exist_has_no_offset(kafka: LocalKafka) -> None:
    made = topic()
    await admin.create_topics(kafka.bootstrap, [made])
    partitions = [(made.name, 0), (made.name, 99), ("nowhere", 0)]

    assert await admin.end_offsets(kafka.bootstrap, partitions) == {(made.name, 0): 0}


async def test_a_missing_broker_is_unavailable() -> None:
    [port] = free_ports(1)

    with pytest.raises(Unavailable, match=f"Kafka at 127.0.0.1:{port}"):
        await admin.topic_ids(f"127.0.0.1:{port}", ["anything"])
