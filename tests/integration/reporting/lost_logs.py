"""Deletes topics and records that a projection has already consumed."""

import asyncio

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from runtime.messaging import admin
from tests.integration.reporting.topic_log import TopicLog
from tests.waiting import eventually

ADMIN_S = 30
"""Kafka answers in milliseconds, but a machine that runs tests is busy."""


async def delete_topic(log: TopicLog) -> None:
    """Delete the log's only topic; return when Kafka no longer lists it."""
    (topic,) = log.topics
    client = AdminClient({"bootstrap.servers": log.bootstrap})
    await asyncio.to_thread(client.delete_topics([topic])[topic].result, ADMIN_S)

    async def is_deleted() -> bool:
        return not await admin.topic_ids(log.bootstrap, [topic])

    await eventually(is_deleted)


async def create_topic(log: TopicLog, partitions: int) -> None:
    """Create the log's deleted topic again, with so many partitions."""
    (topic,) = log.topics
    client = AdminClient({"bootstrap.servers": log.bootstrap})
    wanted = [(topic, number) for number in range(partitions)]

    async def is_created() -> bool:
        created = client.create_topics([NewTopic(topic, num_partitions=partitions)])
        await asyncio.to_thread(created[topic].exception, ADMIN_S)
        return len(await admin.end_offsets(log.bootstrap, wanted)) == partitions

    await eventually(is_created)


async def delete_longest_partition(log: TopicLog) -> tuple[tuple[str, int], int]:
    """Delete all records of the partition with the most; return it, and how many it had."""
    ends = await admin.end_offsets(log.bootstrap, log.topic_partitions)
    partition, end = max(ends.items(), key=lambda each: each[1])
    client = AdminClient({"bootstrap.servers": log.bootstrap})
    for deleted in client.delete_records([TopicPartition(*partition, end)]).values():
        await asyncio.to_thread(deleted.result, ADMIN_S)
    return partition, end
