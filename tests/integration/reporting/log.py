"""A log on the real Kafka for reporting to follow, and a worker's copy that follows it."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from confluent_kafka import Producer

from runtime.follow import Follower, Limits
from runtime.metrics import Metrics
from tests.integration.reporting.desk import Desk
from tests.reference.plain import Event

SWIFT = Limits(batch_records=50, session_s=6.0, look_s=0.2)
FLUSH_S = 30


@dataclass(frozen=True)
class Log:
    """Topics of one test, all with equally many partitions."""

    bootstrap: str
    topics: tuple[str, ...]
    partitions: int

    @property
    def places(self) -> list[tuple[str, int]]:
        """All partitions."""
        return [(topic, number) for topic in self.topics for number in range(self.partitions)]

    def tell(self, events: Iterable[Event | bytes]) -> None:
        """Say events, keyed by subject; returns when all are acknowledged."""
        producer = Producer({"bootstrap.servers": self.bootstrap})
        for number, event in enumerate(events):
            topic = self.topics[number % len(self.topics)]
            if isinstance(event, bytes):
                producer.produce(topic, event, partition=0)
            else:
                producer.produce(topic, json.dumps(event).encode(), event["subject"])
            producer.poll(0)
        assert producer.flush(FLUSH_S) == 0


def produce(log: Log, place: tuple[str, int], event: Event, key: bytes | None) -> None:
    """Put one event into a partition under a key that need not be its own."""
    producer = Producer({"bootstrap.servers": log.bootstrap})
    producer.produce(place[0], json.dumps(event).encode(), key, partition=place[1])
    assert producer.flush(FLUSH_S) == 0


@asynccontextmanager
async def following(desk: Desk, log: Log, instance: str = "1") -> AsyncIterator[None]:
    """A copy of the worker that follows the log meanwhile."""
    follower = Follower(
        pool=desk.context.pool,
        kafka=log.bootstrap,
        group=f"reporting-{log.topics[0]}",
        instance=instance,
        topics=log.topics,
        fold=desk.worker,
        metrics=Metrics(),
        limits=SWIFT,
    )
    running = asyncio.create_task(follower.run(), name=f"follower {uuid.uuid4().hex[:4]}")
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
