"""Kafka's admin client: creates topics, and returns their ids and their partitions' offsets."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    TopicDescription,
)

from runtime.messaging.records import Partition
from runtime.process.errors import Unavailable
from runtime.process.retry import Backoff
from schemas.topics import Topic

_REQUEST_SECONDS_MAX = 5.0
"""A reachable broker answers in milliseconds; a process that stops waits for the thread."""
_CHANGE_SECONDS_MAX = 20.0
_UNKNOWN_PARTITION = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION)  # noqa: SLF001 - the client's own code has a leading underscore
"""The broker does not know the topic; the client knows the topic, but not such a partition."""

_K = TypeVar("_K")
_V = TypeVar("_V")
_R = TypeVar("_R")

_CLIENTS: dict[str, AdminClient] = {}
"""The client that answered last, by bootstrap address; removed while it is in use."""


async def create_topics(bootstrap: str, topics: Sequence[Topic], replication: int = 1) -> None:
    """Create the missing topics; of existing ones only the durability is set.

    Returns when every partition has a leader: the broker answers some milliseconds earlier.
    """
    new = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=replication,
            config={
                "retention.ms": str(topic.retention_ms),
                "cleanup.policy": "delete",
                "min.insync.replicas": str(max(1, replication - 1)),
                **_durability(replication),
            },
        )
        for topic in topics
    ]
    existing = await asyncio.to_thread(_create, bootstrap, new)
    if existing and _durability(replication):
        await asyncio.to_thread(_configure, bootstrap, existing, _durability(replication))
    await _wait_for_leaders(
        bootstrap, [(topic.name, n) for topic in topics for n in range(topic.partitions)]
    )


async def topic_ids(bootstrap: str, names: Collection[str]) -> dict[str, str]:
    """Return Kafka's id of each of these topics that exists.

    A topic that was deleted and created again has another id under the same name.
    """
    return await asyncio.to_thread(_topic_ids, bootstrap, list(names))


async def partitions_of(bootstrap: str, names: Collection[str]) -> list[Partition]:
    """Return the partitions that Kafka has now of these topics, in order; they can only grow."""
    counts = await asyncio.to_thread(_partition_counts, bootstrap, list(names))
    return [(name, number) for name in sorted(counts) for number in range(counts[name])]


async def start_offsets(bootstrap: str, partitions: Collection[Partition]) -> dict[Partition, int]:
    """Return the offset of the first record that each partition still holds."""
    return await asyncio.to_thread(_offsets, bootstrap, partitions, OffsetSpec.earliest)


async def end_offsets(bootstrap: str, partitions: Collection[Partition]) -> dict[Partition, int]:
    """Return the offset that the next record of each partition will get."""
    return await asyncio.to_thread(_offsets, bootstrap, partitions, OffsetSpec.latest)


async def _wait_for_leaders(bootstrap: str, partitions: Collection[Partition]) -> None:
    leaderless = set(partitions)
    deadline = time.monotonic() + _CHANGE_SECONDS_MAX
    backoff = Backoff(initial_s=0.02, max_s=1.0)
    while True:
        with contextlib.suppress(Unavailable):
            leaderless -= set(await start_offsets(bootstrap, leaderless))
            if not leaderless:
                return
        if time.monotonic() > deadline:
            raise Unavailable(f"Kafka at {bootstrap} has no leader for {sorted(leaderless)}")
        await asyncio.sleep(backoff.next_s())


def _request(bootstrap: str, call: Callable[[AdminClient], _R]) -> _R:
    """Return the result of a client that has answered before, else of a new one.

    A new client may lose a request: it drops the connection by which it has discovered the brokers
    and retries only after 1 to 3 s. This happened to 12 of 600 requests, and to none when the
    client was asked for the brokers first. An old client never notices that a restarted broker has
    a new epoch: it fails from then on and is replaced.
    """
    client = _CLIENTS.pop(bootstrap, None)
    if client is not None:
        with contextlib.suppress(Unavailable):
            return _call(bootstrap, client, call)
    # Its own log would go to stderr past ours; what it meets is raised anyway.
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    brokers = client.describe_cluster(request_timeout=_REQUEST_SECONDS_MAX)
    _results(bootstrap, {"brokers": brokers}, ignored=())
    return _call(bootstrap, client, call)


def _call(bootstrap: str, client: AdminClient, call: Callable[[AdminClient], _R]) -> _R:
    """Return the client's result; only one client that has answered is kept."""
    result = call(client)
    _CLIENTS.clear()
    _CLIENTS[bootstrap] = client
    return result


def _durability(replication: int) -> dict[str, str]:
    """Return the configuration without which an acknowledged record can be lost.

    A record of several replicas survives the loss of one machine. The only replica must write it
    to the disk before it acknowledges: Kafka itself never waits for that.
    """
    return {"flush.messages": "1"} if replication == 1 else {}


def _create(bootstrap: str, new: Sequence[NewTopic]) -> list[str]:
    """Create topics; return the names of those that existed."""
    if not new:
        return []

    def create(client: AdminClient) -> list[str]:
        futures = client.create_topics(list(new), request_timeout=_CHANGE_SECONDS_MAX)
        created = _results(bootstrap, futures, ignored=(KafkaError.TOPIC_ALREADY_EXISTS,))
        return [topic.topic for topic in new if topic.topic not in created]

    return _request(bootstrap, create)


def _configure(bootstrap: str, names: Sequence[str], config: Mapping[str, str]) -> None:
    resources = [
        ConfigResource(
            ConfigResource.Type.TOPIC,
            name,
            incremental_configs=[
                ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
                for key, value in config.items()
            ],
        )
        for name in names
    ]

    def configure(client: AdminClient) -> None:
        futures = client.incremental_alter_configs(resources, request_timeout=_REQUEST_SECONDS_MAX)
        _results(bootstrap, futures, ignored=())

    _request(bootstrap, configure)


def _topic_ids(bootstrap: str, names: list[str]) -> dict[str, str]:
    return {name: str(each.topic_id) for name, each in _describe(bootstrap, names).items()}


def _partition_counts(bootstrap: str, names: list[str]) -> dict[str, int]:
    return {name: len(each.partitions) for name, each in _describe(bootstrap, names).items()}


def _describe(bootstrap: str, names: list[str]) -> dict[str, TopicDescription]:
    if not names:
        return {}

    def describe(client: AdminClient) -> dict[str, TopicDescription]:
        futures = client.describe_topics(
            TopicCollection(names), request_timeout=_REQUEST_SECONDS_MAX
        )
        return _results(bootstrap, futures, ignored=(KafkaError.UNKNOWN_TOPIC_OR_PART,))

    found: dict[str, TopicDescription] = _request(bootstrap, describe)
    return found


def _offsets(
    bootstrap: str, partitions: Collection[Partition], spec: Callable[[], OffsetSpec]
) -> dict[Partition, int]:
    if not partitions:
        return {}

    def list_offsets(client: AdminClient) -> dict[Partition, int]:
        specs = {TopicPartition(topic, number): spec() for topic, number in partitions}
        futures = client.list_offsets(specs, request_timeout=_REQUEST_SECONDS_MAX)
        found = _results(bootstrap, futures, ignored=_UNKNOWN_PARTITION)
        return {(key.topic, key.partition): int(result.offset) for key, result in found.items()}

    offsets: dict[Partition, int] = _request(bootstrap, list_offsets)
    return offsets


def _results(
    bootstrap: str, futures: Mapping[_K, "Future[_V]"], ignored: Collection[int]
) -> dict[_K, _V]:
    """Return the results, without those that fail with an error code in `ignored`."""
    found = {}
    for key, future in futures.items():
        try:
            found[key] = future.result(_CHANGE_SECONDS_MAX * 2)
        except TimeoutError:
            raise Unavailable(f"Kafka at {bootstrap} does not answer") from None
        except KafkaException as error:
            if error.args[0].code() not in ignored:
                raise Unavailable(f"Kafka at {bootstrap}: {error.args[0].str()}") from None
    return found
