"""A log on the real Kafka, and a consumer that projects it while a test runs."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from confluent_kafka import Producer

from runtime.messaging.batch_consumer import BatchConsumer, BatchConsumerLimits
from runtime.process.metrics import Metrics
from tests.integration.reporting.harness import ReportingHarness
from tests.reference.shapes import Event

SWIFT = BatchConsumerLimits(batch_records=50, session_s=6.0, check_interval_s=0.2)
FLUSH_S = 30


@dataclass(frozen=True)
class TopicLog:
    """Topics of one test, all with equally many partitions."""

    bootstrap: str
    topics: tuple[str, ...]
    partitions: int

    @property
    def topic_partitions(self) -> list[tuple[str, int]]:
        """All partitions of all topics."""
        return [(topic, number) for topic in self.topics for number in range(self.partitions)]

    def publish(self, events: Iterable[Event | bytes]) -> None:
        """Publish events, keyed by subject; return when all are acknowledged."""
        producer = Producer({"bootstrap.servers": self.bootstrap})
        for number, event in enumerate(events):
            topic = self.topics[number % len(self.topics)]
            if isinstance(event, bytes):
                producer.produce(topic, event, partition=0)
            else:
                producer.produce(topic, json.dumps(event).encode(), event["subject"])
            producer.poll(0)
        assert producer.flush(FLUSH_S) == 0


def produce(log: TopicLog, partition: tuple[str, int], event: Event, key: bytes | None) -> None:
    """Publish one event to a partition under a key that may differ from its subject."""
    producer = Producer({"bootstrap.servers": log.bootstrap})
    producer.produce(partition[0], json.dumps(event).encode(), key, partition=partition[1])
    assert producer.flush(FLUSH_S) == 0


@asynccontextmanager
async def consuming(
    reporting: ReportingHarness, log: TopicLog, instance: str = "1"
) -> AsyncIterator[None]:
    """Run a consumer of the log with the replica's batch handler meanwhile."""
    consumer = BatchConsumer(
        pool=reporting.context.pool,
        kafka=log.bootstrap,
        group=f"reporting-{log.topics[0]}",
        instance=instance,
        topics=log.topics,
        handler=reporting.handler,
        metrics=Metrics(),
        limits=SWIFT,
    )
    running = asyncio.create_task(consumer.run(), name=f"consumer {uuid.uuid4().hex[:4]}")
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
