"""Kafka's administration: topics, their ids, where their partitions begin and end."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from runtime.backoff import Backoff
from runtime.errors import Unavailable
from schemas.topics import Topic

QUESTION_SECONDS_MAX = 5.0
"""A broker that is there answers in milliseconds; a process that stops waits for the thread."""
CHANGE_SECONDS_MAX = 20.0

Partition = tuple[str, int]
K = TypeVar("K")
V = TypeVar("V")
R = TypeVar("R")

_READY: dict[str, AdminClient] = {}
"""By its bootstrap address the client that has answered last; taken out while it is asked."""


async def create_topics(bootstrap: str, topics: Sequence[Topic], replication: int = 1) -> None:
    """Create the topics that are missing; those that are there stay as they are.

    Returns when every partition has its leader: the broker answers some milliseconds before.
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
            },
        )
        for topic in topics
    ]
    await asyncio.to_thread(_create, bootstrap, new)
    await _led(bootstrap, [(topic.name, n) for topic in topics for n in range(topic.partitions)])


async def topic_ids(bootstrap: str, names: Collection[str]) -> dict[str, str]:
    """Kafka's own id of each of these topics; one that does not exist is left out.

    A topic that was deleted and made again has another id under the same name.
    """
    return await asyncio.to_thread(_topic_ids, bootstrap, list(names))


async def starts(bootstrap: str, partitions: Collection[Partition]) -> dict[Partition, int]:
    """The offset of the first record that each partition still holds."""
    return await asyncio.to_thread(_offsets, bootstrap, partitions, OffsetSpec.earliest)


async def ends(bootstrap: str, partitions: Collection[Partition]) -> dict[Partition, int]:
    """The offset that the next record of each partition will get."""
    return await asyncio.to_thread(_offsets, bootstrap, partitions, OffsetSpec.latest)


async def _led(bootstrap: str, partitions: Collection[Partition]) -> None:
    lacking = set(partitions)
    deadline = time.monotonic() + CHANGE_SECONDS_MAX
    backoff = Backoff(first_s=0.02, most_s=1.0)
    while True:
        with contextlib.suppress(Unavailable):
            lacking -= set(await starts(bootstrap, lacking))
            if not lacking:
                return
        if time.monotonic() > deadline:
            raise Unavailable(f"Kafka at {bootstrap} has no leader for {sorted(lacking)}")
        await asyncio.sleep(backoff.next_s())


def _ask(bootstrap: str, question: Callable[[AdminClient], R]) -> R:
    """The answer of a client that has answered before, else of a new one.

    A new client may lose a question: it drops the connection by which it has learnt who the brokers
    are, and asks again only after 1 to 3 s. So it did with 12 of 600; with none if asked before who
    they are. An old one never notices that a restarted broker has begun a new epoch: it fails from
    then on, and is replaced.
    """
    ready = _READY.pop(bootstrap, None)
    if ready is not None:
        with contextlib.suppress(Unavailable):
            return _answer(bootstrap, ready, question)
    # Its own log goes past ours to stderr; what it meets is raised all the same.
    new = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    brokers = new.describe_cluster(request_timeout=QUESTION_SECONDS_MAX)
    _results(bootstrap, {"brokers": brokers}, unless=KafkaError.NO_ERROR)
    return _answer(bootstrap, new, question)


def _answer(bootstrap: str, client: AdminClient, question: Callable[[AdminClient], R]) -> R:
    """The client's answer; only one that has given it is kept, and one in all."""
    answer = question(client)
    _READY.clear()
    _READY[bootstrap] = client
    return answer


def _create(bootstrap: str, new: Sequence[NewTopic]) -> None:
    if not new:
        return

    def create(client: AdminClient) -> None:
        futures = client.create_topics(list(new), request_timeout=CHANGE_SECONDS_MAX)
        _results(bootstrap, futures, unless=KafkaError.TOPIC_ALREADY_EXISTS)

    _ask(bootstrap, create)


def _topic_ids(bootstrap: str, names: list[str]) -> dict[str, str]:
    if not names:
        return {}

    def describe(client: AdminClient) -> dict[str, str]:
        futures = client.describe_topics(
            TopicCollection(names), request_timeout=QUESTION_SECONDS_MAX
        )
        found = _results(bootstrap, futures, unless=KafkaError.UNKNOWN_TOPIC_OR_PART)
        return {name: str(description.topic_id) for name, description in found.items()}

    ids: dict[str, str] = _ask(bootstrap, describe)
    return ids


def _offsets(
    bootstrap: str, partitions: Collection[Partition], spec: Callable[[], OffsetSpec]
) -> dict[Partition, int]:
    if not partitions:
        return {}

    def look(client: AdminClient) -> dict[Partition, int]:
        asked = {TopicPartition(topic, number): spec() for topic, number in partitions}
        futures = client.list_offsets(asked, request_timeout=QUESTION_SECONDS_MAX)
        found = _results(bootstrap, futures, unless=KafkaError.UNKNOWN_TOPIC_OR_PART)
        return {(key.topic, key.partition): int(result.offset) for key, result in found.items()}

    offsets: dict[Partition, int] = _ask(bootstrap, look)
    return offsets


def _results(bootstrap: str, futures: Mapping[K, "Future[V]"], unless: int) -> dict[K, V]:
    """What the futures bring, without those that fail with the error code `unless`."""
    found = {}
    for key, future in futures.items():
        try:
            found[key] = future.result(CHANGE_SECONDS_MAX * 2)
        except TimeoutError:
            raise Unavailable(f"Kafka at {bootstrap} does not answer") from None
        except KafkaException as error:
            if error.args[0].code() != unless:
                raise Unavailable(f"Kafka at {bootstrap}: {error.args[0].str()}") from None
    return found
