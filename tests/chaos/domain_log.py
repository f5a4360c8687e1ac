"""Records for the domain topics: events of many people, and malformed and other records."""

import asyncio
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from confluent_kafka import Producer

from runtime.messaging.outbox_relay import partition_of
from schemas.topics import PARTITIONS, topic_of
from tests.chaos.environment import DEADLINE_S, ServiceDatabase
from tests.e2e.mixed_logs import mixed_logs
from tests.reference.builders import PROKUPLJE, make_event
from tests.reference.shapes import Event
from tests.waiting import eventually

MALFORMED = b"poison"
SPECIAL_EVERY = 40
"""Number of events between two records of other kinds."""
TODAY = date(2025, 6, 1)
BATCH_SIZE = 40
LAG_MAX = 200
"""Greatest number of unprocessed records, small so that a kill interrupts the reader at work."""


@dataclass(frozen=True)
class LogRecord:
    """One record of a domain topic."""

    topic: str
    key: str
    value: bytes | None


def log_records(seeds: Iterable[int]) -> list[LogRecord]:
    """Return the random logs of the seeds, with records of all other kinds."""
    records: list[LogRecord] = []
    specials = itertools.cycle((malformed, conflicting, unknown_type, without_value))
    for number, event in enumerate(mixed_logs(seeds, TODAY)):
        records.append(event_record(event))
        if number % SPECIAL_EVERY == 0:
            records.append(next(specials)(event, number))
    return records


def event_record(event: Event) -> LogRecord:
    """Return an event as the outbox publishes it."""
    return LogRecord(topic_of(event["type"]).name, event["subject"], json.dumps(event).encode())


def malformed(event: Event, number: int) -> LogRecord:
    """Return a record that cannot be decoded."""
    return LogRecord(
        topic_of(event["type"]).name, event["subject"], MALFORMED + str(number).encode()
    )


def conflicting(event: Event, number: int) -> LogRecord:
    """Return another content under the same id: of the two the first in the log counts."""
    other = event | {"data": event["data"] | {"on": f"2019-01-{number % 28 + 1:02}"}}
    return event_record(other)


def unknown_type(_: Event, number: int) -> LogRecord:
    """Return an event of a type that no replica knows."""
    event = make_event(
        "registration.person.moved", "2023-01-01", f"p-7{number:025}", id=f"new-{number}"
    )
    content = {"on": "2023-01-01", "municipality": PROKUPLJE, "song": "sevdalinka"}
    return event_record(event | {"type": "registration.person.sung.v7", "data": content})


def without_value(event: Event, _: int) -> LogRecord:
    """Return a record without a value."""
    return LogRecord(topic_of(event["type"]).name, event["subject"], None)


def produce(bootstrap: str, records: Iterable[LogRecord]) -> None:
    """Produce records, each once, those of a subject in order."""
    failures: list[object] = []
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    for each in records:
        producer.produce(
            each.topic,
            each.value,
            key=each.key,
            partition=partition_of(each.key.encode(), PARTITIONS),
            on_delivery=lambda error, _: failures.append(error) if error else None,
        )
    left = producer.flush(DEADLINE_S)
    assert (left, failures) == (0, [])


async def produce_paced(database: ServiceDatabase, records: Sequence[LogRecord]) -> None:
    """Produce records no faster than reporting processes them."""
    bootstrap = database.environment.kafka.bootstrap
    written = await database.environment.record_count()
    for batch in batches(records):

        async def is_below_limit(written: int = written) -> bool:
            return written - await database.processed() < LAG_MAX

        await eventually(is_below_limit, f"reporting has processed nearly {written} records")
        await asyncio.to_thread(produce, bootstrap, batch)
        written += len(batch)


def batches(records: Sequence[LogRecord]) -> Iterator[Sequence[LogRecord]]:
    """Yield the records in batches."""
    for begin in range(0, len(records), BATCH_SIZE):
        yield records[begin : begin + BATCH_SIZE]
