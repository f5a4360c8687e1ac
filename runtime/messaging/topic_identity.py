"""Checks that Kafka still holds the log that the positions in the database belong to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from runtime.messaging import admin
from runtime.messaging.records import Partition
from runtime.process.errors import LogMismatch, Unavailable


@dataclass(frozen=True, slots=True)
class Watermarks:
    """One partition in Kafka: the id of its topic, its first offset and its next offset."""

    topic_id: str
    start: int
    end: int


async def topic_ids_of(bootstrap: str, partitions: Collection[Partition]) -> dict[Partition, str]:
    """Return the id of each partition's topic; Unavailable if a topic does not exist now."""
    topics = {topic for topic, _ in partitions}
    ids = await admin.topic_ids(bootstrap, topics)
    if missing := topics - set(ids):
        raise Unavailable(f"Kafka has no topic {', '.join(sorted(missing))}")
    return {partition: ids[partition[0]] for partition in partitions}


async def watermarks(
    bootstrap: str, topic_ids: Mapping[Partition, str]
) -> dict[Partition, Watermarks]:
    """Return where these partitions begin and end.

    Read positions from the database before calling this: a log only grows at its end.
    """
    # One after the other, because both use the one client that is ready.
    starts = await admin.start_offsets(bootstrap, set(topic_ids))
    ends = await admin.end_offsets(bootstrap, set(topic_ids))
    if missing := set(topic_ids) - (set(starts) & set(ends)):
        raise Unavailable(f"Kafka has no partition {min(missing)}")
    return {
        partition: Watermarks(topic_id, starts[partition], ends[partition])
        for partition, topic_id in topic_ids.items()
    }


def check_topic_id(partition: Partition, topic_id: str, found: Watermarks) -> None:
    """Raise LogMismatch unless the topic is the one that was consumed so far."""
    if found.topic_id != topic_id:
        raise LogMismatch(
            f"topic {partition[0]} was created again: its id is {found.topic_id}, "
            f"the stored position has {topic_id}"
        )


def check_offset(partition: Partition, next_offset: int, found: Watermarks) -> None:
    """Raise LogMismatch unless the next offset is within the log."""
    if not found.start <= next_offset <= found.end:
        topic, number = partition
        raise LogMismatch(
            f"partition {number} of {topic} holds the offsets {found.start} to {found.end}, "
            f"but the stored position is {next_offset}"
        )
