"""A service in its own process on a real Kafka, and events to and from Kafka."""

import os
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Consumer, Producer, TopicPartition

from runtime.process.settings import ServiceSettings
from schemas.envelope import Envelope, encode_event
from schemas.events.event import Event
from schemas.topics import topic_of
from schemas.validation.decode import decode_event
from tests.integration.forked import Forked
from tests.integration.processes import NO_TLS
from tests.waiting import eventually

DEADLINE_S = 90.0
POLL_S = 0.02


class Running:
    """One replica of a service, in its own process group."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        self.name = name
        self.settings = settings
        self.log = Path(settings.work_dir).with_suffix(".log")
        self._process: Forked | None = None

    @property
    def url(self) -> str:
        """The base URL of its API."""
        return f"http://{self.settings.host}:{self.settings.port}"

    def start(self) -> None:
        """Start it, without waiting until it is ready."""
        fields = self.settings.model_dump(mode="json", exclude_none=True)
        prefix = f"LMC_{self.name.upper()}_"
        env = {f"{prefix}{field}".upper(): str(value) for field, value in fields.items()}
        self._process = Forked([f"services.{self.name}"], {**os.environ, **env}, self.log)

    def kill(self) -> None:
        """Send SIGKILL to its process group."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        process, self._process = self._process, None
        if process.poll() is None:
            os.killpg(process.pid, number)
        return process.wait(timeout=30)

    async def is_ready(self) -> bool:
        """Return whether it is ready."""
        if self._process is not None and (code := self._process.poll()) is not None:
            raise AssertionError(f"{self.name} ended with {code}: {self.log.read_text()[-2000:]}")
        try:
            async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
                return (await client.get(f"{self.url}/health/ready")).is_success
        except httpx.HTTPError:
            return False


@asynccontextmanager
async def running(*services: Running) -> AsyncIterator[None]:
    """Start the services, wait until they are ready, and stop them at the end."""
    try:
        for service in services:
            service.start()
        for service in services:
            await eventually(service.is_ready, f"{service.name} is ready")
        yield
    finally:
        for service in services:
            service.stop()


def produce(bootstrap: str, events: Iterable[Envelope[Event]]) -> None:
    """Produce events to Kafka, as intake's relay does."""
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    for event in events:
        producer.produce(topic_of(event.type).name, encode_event(event), event.subject)
    assert producer.flush(30) == 0


def events_in(bootstrap: str, topic: str) -> list[Envelope[Event]]:
    """Return all events in a topic."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "tests", "enable.auto.commit": False}
    )
    try:
        parts = consumer.list_topics(topic, 30).topics[topic].partitions
        ends = [consumer.get_watermark_offsets(TopicPartition(topic, n), 30)[1] for n in parts]
        consumer.assign([TopicPartition(topic, n, 0) for n in parts])
        return [decode_event(value) for value in _values(consumer, sum(ends))]
    finally:
        consumer.close()


def _values(consumer: Any, count: int) -> list[bytes]:
    values: list[bytes] = []
    while len(values) < count:
        record = consumer.poll(30)
        assert record is not None, f"{len(values)} of {count} records arrived"
        assert record.error() is None, record.error()
        values.append(record.value())
    return values
