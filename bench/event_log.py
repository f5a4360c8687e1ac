"""Write a simulated population's events to Kafka as the outbox would have written them."""

from collections.abc import Iterable, Iterator

from confluent_kafka import Producer

from lmc.demo.population import simulated_events
from schemas.envelope import Envelope, encode_event, with_recordedtime
from schemas.events.event import Event
from schemas.topics import topic_of

_QUEUE_MAX = 5_000

LogRecord = tuple[str, str, bytes]
"""A record to write: topic, key and value."""


def write_population(bootstrap: str, seed: int, count: int) -> dict[str, int]:
    """Write so many events of a population; return the number of records by topic."""
    return write_events(bootstrap, simulated_events(seed, count))


def write_events(bootstrap: str, events: Iterable[Envelope[Event]]) -> dict[str, int]:
    """Write events with their source's time as recordedtime; return the records by topic."""
    return write_records(bootstrap, records_of(events))


def records_of(events: Iterable[Envelope[Event]]) -> Iterator[LogRecord]:
    """Yield the records of events, with their source's time as recordedtime."""
    for envelope in events:
        record = encode_event(with_recordedtime(envelope, envelope.time))
        yield topic_of(envelope.type).name, envelope.subject, record


def write_records(bootstrap: str, records: Iterable[LogRecord]) -> dict[str, int]:
    """Write records; return the number of records by topic."""
    producer = Producer(
        {"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 20}
    )
    written: dict[str, int] = {}
    for number, (topic, key, value) in enumerate(records):
        producer.produce(topic, value, key=key)
        written[topic] = written.get(topic, 0) + 1
        if number % _QUEUE_MAX == 0:
            producer.flush()
    producer.flush()
    return written
