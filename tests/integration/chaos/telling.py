"""A log to fold: events of many people, and between them what a log may hold besides."""

import asyncio
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from confluent_kafka import Producer

from runtime.outbox import partition_of
from schemas.topics import PARTITIONS, topic_of
from tests.e2e.crowd import crowd
from tests.integration.chaos.ground import DEADLINE_S, Base, eventually
from tests.reference.plain import Event
from tests.reference.tell import PROKUPLJE, say

NO_EVENT = b"poison"
SPECIAL_EVERY = 40
"""Between so many events one record of another kind."""
TODAY = date(2025, 6, 1)
LOT = 40
AHEAD_MAX = 200
"""So many records wait at the most: whoever kills finds the reader at work."""


@dataclass(frozen=True)
class Line:
    """One record to write."""

    topic: str
    key: str
    value: bytes | None


def lines(seeds: Iterable[int]) -> list[Line]:
    """The random logs of the seeds, with poison, conflicts, unknown types and empty records."""
    told: list[Line] = []
    specials = itertools.cycle((no_event, conflict, unknown, nothing))
    for number, event in enumerate(crowd(seeds, TODAY)):
        told.append(line(event))
        if number % SPECIAL_EVERY == 0:
            told.append(next(specials)(event, number))
    return told


def line(event: Event) -> Line:
    """An event as the outbox says it."""
    return Line(topic_of(event["type"]).name, event["subject"], json.dumps(event).encode())


def no_event(event: Event, number: int) -> Line:
    """What nobody can read."""
    return Line(topic_of(event["type"]).name, event["subject"], NO_EVENT + str(number).encode())


def conflict(event: Event, number: int) -> Line:
    """Another content under the same id: of the two the first in the log counts."""
    other = event | {"data": event["data"] | {"on": f"2019-01-{number % 28 + 1:02}"}}
    return line(other)


def unknown(_: Event, number: int) -> Line:
    """An event of a type that is not known yet."""
    event = say("registration.person.moved", "2023-01-01", f"p-7{number:025}", id=f"new-{number}")
    content = {"on": "2023-01-01", "municipality": PROKUPLJE, "song": "sevdalinka"}
    return line(event | {"type": "registration.person.sung.v7", "data": content})


def nothing(event: Event, _: int) -> Line:
    """A record without a value."""
    return Line(topic_of(event["type"]).name, event["subject"], None)


def produce(bootstrap: str, told: Iterable[Line]) -> None:
    """Write records, each once, those of a subject in order."""
    failures: list[object] = []
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    for each in told:
        producer.produce(
            each.topic,
            each.value,
            key=each.key,
            partition=partition_of(each.key.encode(), PARTITIONS),
            on_delivery=lambda error, _: failures.append(error) if error else None,
        )
    left = producer.flush(DEADLINE_S)
    assert (left, failures) == (0, [])


async def flow(base: Base, told: Sequence[Line]) -> None:
    """Write records as fast as reporting passes them, and no faster."""
    bootstrap = base.ground.kafka.bootstrap
    written = await base.ground.length()
    for lot in lots(told):

        async def has_room(written: int = written) -> bool:
            return written - await base.passed() < AHEAD_MAX

        await eventually(has_room, f"reporting follows until {written}")
        await asyncio.to_thread(produce, bootstrap, lot)
        written += len(lot)


def lots(told: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """The records in lots."""
    for begin in range(0, len(told), LOT):
        yield told[begin : begin + LOT]
