"""A made-up population's events, written into Kafka as the outbox would have written them."""

from collections.abc import Iterable

from confluent_kafka import Producer

from lmc.population import said
from schemas.envelope import Envelope, stamped, to_bytes
from schemas.event import Event
from schemas.topics import topic_of

QUEUE_MAX = 5_000


def write_log(bootstrap: str, seed: int, count: int) -> dict[str, int]:
    """Write so many events of a population; how many each topic got."""
    return write_events(bootstrap, said(seed, count))


def write_events(bootstrap: str, events: Iterable[Envelope[Event]]) -> dict[str, int]:
    """Write events that were recorded when their sources say; how many each topic got."""
    producer = Producer(
        {"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "linger.ms": 20}
    )
    written: dict[str, int] = {}
    for number, envelope in enumerate(events):
        topic = topic_of(envelope.type).name
        record = to_bytes(stamped(envelope, envelope.time))
        producer.produce(topic, record, key=envelope.subject)
        written[topic] = written.get(topic, 0) + 1
        if number % QUEUE_MAX == 0:
            producer.flush()
    producer.flush()
    return written
