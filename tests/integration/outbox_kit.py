"""What the tests of the outbox share: events to say, a service's database, a topic read whole."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from confluent_kafka import Consumer, TopicPartition

from runtime import outbox
from runtime.metrics import Metrics
from runtime.outbox import Relay
from runtime.postgres import Connection, Pool
from runtime.settings import ServiceSettings
from schemas.envelope import Envelope, hear, say
from schemas.event import Event
from schemas.registration import PersonMoved

DEADLINE_S = 120.0
NOON = datetime(2023, 3, 2, 12, tzinfo=UTC)


class Settings(ServiceSettings):
    """Any service; the tests borrow the role of training."""


def moved(n: int, person: int = 0) -> Envelope[Event]:
    """The n-th event of a story, about one of many persons."""
    return say(
        PersonMoved(on=date(2023, 3, 2), municipality="70998", residence="70998"),
        id=f"e-{n}",
        source="/services/training",
        subject=f"p-{person:026d}",
        time=NOON,
    )


async def say_on(connection: Connection, topic: str, envelopes: Sequence[Envelope[Event]]) -> None:
    """Say events in a transaction of their own, on a topic of this test instead of the domain's."""
    async with connection.transaction():
        await outbox.say(connection, envelopes)
        await connection.execute("UPDATE outbox SET topic = $1 WHERE sent_at IS NULL", topic)


async def become(condition: Callable[[], Awaitable[bool]], deadline_s: float = DEADLINE_S) -> None:
    """Return as soon as the condition holds; fail after the deadline."""
    end = time.monotonic() + deadline_s
    while not await condition():
        assert time.monotonic() < end, f"did not become true within {deadline_s} s"
        await asyncio.sleep(0.02)


async def all_sent(pool: Pool) -> bool:
    """Whether no row of the outbox waits."""
    unsent: int = await pool.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
    return unsent == 0


@asynccontextmanager
async def relaying(pool: Pool, kafka: str, name: str = "training") -> AsyncIterator[Relay]:
    """A relay that runs beside the test and stops in good order."""
    relay = Relay(pool, kafka, name, Metrics())
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        relay.stop()
        await asyncio.wait_for(running, DEADLINE_S)


@dataclass(frozen=True)
class Found:
    """One record of a topic, with the event in it."""

    partition: int
    offset: int
    key: str
    headers: tuple[tuple[str, bytes], ...]
    event: Envelope[Event]


async def read_whole(kafka: str, topic: str) -> list[Found]:
    """All records that a topic holds now, in order within each partition."""
    return await asyncio.to_thread(_read_whole, kafka, topic)


def _read_whole(kafka: str, topic: str) -> list[Found]:
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "tests", "log_level": 0})
    found: list[Found] = []
    try:
        for number in sorted(consumer.list_topics(topic, DEADLINE_S).topics[topic].partitions):
            start, end = consumer.get_watermark_offsets(TopicPartition(topic, number))
            consumer.assign([TopicPartition(topic, number, start)])
            while end and (
                not found or (found[-1].partition, found[-1].offset) < (number, end - 1)
            ):
                message = consumer.poll(DEADLINE_S)
                found.append(
                    Found(
                        number,
                        message.offset(),
                        message.key().decode(),
                        tuple(message.headers()),
                        hear(message.value()),
                    )
                )
    finally:
        consumer.close()
    return found


def first_tellings(found: Sequence[Found]) -> dict[str, list[str]]:
    """Per subject the ids in the order in which they first arrived: duplicates are left out."""
    told: dict[str, list[str]] = {}
    for record in found:
        ids = told.setdefault(record.event.subject, [])
        if record.event.id not in ids:
            ids.append(record.event.id)
    return told
