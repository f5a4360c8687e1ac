"""A made-up population's events, written into Kafka as the outbox would have written them."""

from collections.abc import Iterable, Iterator

from confluent_kafka import Producer

from lmc.population import said
from schemas.envelope import Envelope, stamped, to_bytes
from schemas.event import Event
from schemas.topics import topic_of

QUEUE_MAX = 5_000

Said = tuple[str, str, bytes]
"""A record to be written: its topic, key and value."""


def write_log(bootstrap: str, seed: int, count: int) -> dict[str, int]:
    """Write so many events of a population; how many each topic got."""
    return write_events(bootstrap, said(seed, count))


def write_events(bootstrap: str, events: Iterable[Envelope[Event]]) -> dict[str, int]:
    """Write events that were recorded when their sources say; how many each topic got."""
    return write_records(bootstrap, records_of(events))


def records_of(events: Iterable[Envelope[Event]]) -> Iterator[Said]:
    """What is written of events that were recorded when their sources say."""
    for envelope in events:
        record = to_bytes(stamped(envelope, envelope.time))
        yield topic_of(envelope.type).name, envelope.subject, record


def write_records(bootstrap: str, records: Iterable[Said]) -> dict[str, int]:
    """Write records; how many each topic got."""
    producer = Producer(
        {"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 20}
    )
    written: dict[str, int] = {}
    for number, (topic, key, value) in enumerate(records):
        producer.produce(topic, value, key=key)
        written[topic] = written.get(topic, 0) + 1
        if number % QUEUE_MAX == 0:
            producer.flush()
    producer.flush()
    return written
