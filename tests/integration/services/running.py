"""A service as a process of its own on the real Kafka, and what is said on the bus around it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Consumer, Producer, TopicPartition

from runtime.settings import ServiceSettings
from schemas.envelope import Envelope, hear, to_bytes
from schemas.event import Event
from schemas.topics import topic_of

ROOT = Path(__file__).parents[3]
DEADLINE_S = 90.0
POLL_S = 0.02


class Running:
    """One copy of a service, in a process group that can be killed."""

    def __init__(self, name: str, settings: ServiceSettings) -> None:
        self.name = name
        self.settings = settings
        self.log = Path(settings.work_dir).with_suffix(".log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its doors are."""
        return f"http://{self.settings.host}:{self.settings.port}"

    def start(self) -> None:
        """Start it; it is not ready yet."""
        given = self.settings.model_dump(mode="json", exclude_none=True)
        prefix = f"LMC_{self.name.upper()}_"
        env = {f"{prefix}{field}".upper(): str(value) for field, value in given.items()}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"services.{self.name}"],
                cwd=ROOT,
                env={**os.environ, **env},
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL to its process group, in the midst of whatever it does."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        process, self._process = self._process, None
        if process.poll() is None:
            os.killpg(process.pid, number)
        return process.wait(timeout=30)

    async def is_ready(self) -> bool:
        """Whether it can do its work."""
        if self._process is not None and (code := self._process.poll()) is not None:
            raise AssertionError(f"{self.name} ended with {code}: {self.log.read_text()[-2000:]}")
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{self.url}/health/ready")).is_success
        except httpx.HTTPError:
            return False


@asynccontextmanager
async def running(*services: Running) -> AsyncIterator[None]:
    """The services, ready; stopped in the end, whatever happened."""
    try:
        for service in services:
            service.start()
        for service in services:
            await eventually(service.is_ready, f"{service.name} is ready")
        yield
    finally:
        for service in services:
            service.stop()


async def eventually(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for a condition; fails with `what` when it does not come true in time."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not await condition():  # noqa: ASYNC110 - another process's state
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise AssertionError(f"it did not come true in {DEADLINE_S:.0f} s: {what}") from None


def tell(bootstrap: str, events: Iterable[Envelope[Event]]) -> None:
    """Say events on the bus, as intake's relay would."""
    producer = Producer({"bootstrap.servers": bootstrap, "partitioner": "murmur2_random"})
    for event in events:
        producer.produce(topic_of(event.type).name, to_bytes(event), event.subject)
    assert producer.flush(30) == 0


def heard_on(bootstrap: str, topic: str) -> list[Envelope[Event]]:
    """All that stands in a topic now."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "tests", "enable.auto.commit": False}
    )
    try:
        parts = consumer.list_topics(topic, 30).topics[topic].partitions
        ends = [consumer.get_watermark_offsets(TopicPartition(topic, n), 30)[1] for n in parts]
        consumer.assign([TopicPartition(topic, n, 0) for n in parts])
        return [hear(value) for value in _values(consumer, sum(ends))]
    finally:
        consumer.close()


def _values(consumer: Any, count: int) -> list[bytes]:
    values: list[bytes] = []
    while len(values) < count:
        record = consumer.poll(30)
        assert record is not None, f"{len(values)} of {count} records came"
        assert record.error() is None, record.error()
        values.append(record.value())
    return values
