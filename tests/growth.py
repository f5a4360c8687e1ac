"""More partitions for a topic, as an operator of Kafka adds them without telling anyone."""

import asyncio
from collections.abc import Sequence

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions

_SECONDS = 30


def grow(bootstrap: str, topic: str, partitions: int) -> None:
    """Give an existing topic so many partitions; return when Kafka has confirmed it."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    [grown] = admin.create_partitions([NewPartitions(topic, partitions)]).values()
    grown.result(_SECONDS)


def write(bootstrap: str, partition: tuple[str, int], value: bytes) -> None:
    """Write one record to a partition; return when it is acknowledged."""
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(partition[0], value, key=b"key", partition=partition[1])
    assert producer.flush(_SECONDS) == 0


async def delete_topics(bootstrap: str, topics: Sequence[str]) -> None:
    """Delete topics that have grown, so that other tests make them anew."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for deleted in admin.delete_topics(list(topics)).values():
        await asyncio.to_thread(deleted.result, _SECONDS)
