"""Whether Kafka still holds the log that the positions in our database belong to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from runtime import kafka
from runtime.errors import AnotherLog, Unavailable
from runtime.kafka import Partition


@dataclass(frozen=True, slots=True)
class Extent:
    """One partition as Kafka holds it: its topic's id, its first offset, its next one."""

    log_id: str
    start: int
    end: int


async def log_ids(bootstrap: str, places: Collection[Partition]) -> dict[Partition, str]:
    """The id of each partition's topic; Unavailable if there is none now."""
    topics = {topic for topic, _ in places}
    ids = await kafka.topic_ids(bootstrap, topics)
    if gone := topics - set(ids):
        raise Unavailable(f"Kafka has no topic {', '.join(sorted(gone))}")
    return {place: ids[place[0]] for place in places}


async def extents(bootstrap: str, ids: Mapping[Partition, str]) -> dict[Partition, Extent]:
    """Where these partitions begin and end. Read positions before: a log only grows at its end."""
    # One after the other: they share the client that is ready.
    starts = await kafka.starts(bootstrap, set(ids))
    ends = await kafka.ends(bootstrap, set(ids))
    if gone := set(ids) - (set(starts) & set(ends)):
        raise Unavailable(f"Kafka has no partition {min(gone)}")
    return {place: Extent(ids[place], starts[place], ends[place]) for place in ids}


def check_id(place: Partition, log_id: str, found: Extent) -> None:
    """Raise AnotherLog unless the topic is the one that was followed so far."""
    if found.log_id != log_id:
        raise AnotherLog(
            f"topic {place[0]} was made anew: its id is {found.log_id}, ours has {log_id}"
        )


def check_offset(place: Partition, next_offset: int, found: Extent) -> None:
    """Raise AnotherLog unless the next offset lies within the log."""
    if not found.start <= next_offset <= found.end:
        raise AnotherLog(
            f"partition {place[1]} of {place[0]} holds the offsets {found.start} to {found.end}, "
            f"but {next_offset} is next for us"
        )
