"""What the tests of the outbox share: events, a service's database, the content of a topic."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

from confluent_kafka import Consumer, TopicPartition

from runtime.messaging import outbox
from runtime.messaging.outbox_relay import DEFAULT_LIMITS, OutboxRelay, RelayLimits
from runtime.process.metrics import Metrics
from runtime.process.settings import ServiceSettings
from runtime.storage.pool import Connection, Pool
from schemas.envelope import Envelope, new_event
from schemas.events.event import Event
from schemas.events.registration import PersonMoved
from schemas.validation.decode import decode_event

DEADLINE_S = 120.0
NOON = datetime(2023, 3, 2, 12, tzinfo=UTC)


class Settings(ServiceSettings):
    """Settings of any service; the tests use the role of training."""


def moved(n: int, person: int = 0) -> Envelope[Event]:
    """Return the n-th event, about one of many persons."""
    return new_event(
        PersonMoved(on=date(2023, 3, 2), municipality="70998", residence="70998"),
        id=f"e-{n}",
        source="/services/training",
        subject=f"p-{person:026d}",
        time=NOON,
    )


async def enqueue_on(
    connection: Connection, topic: str, envelopes: Sequence[Envelope[Event]]
) -> None:
    """Enqueue events in one transaction, to a topic of this test instead of the domain's."""
    async with connection.transaction():
        await outbox.enqueue(connection, envelopes)
        await connection.execute("UPDATE outbox SET topic = $1 WHERE sent_at IS NULL", topic)


async def all_sent(pool: Pool) -> bool:
    """Return whether every row of the outbox is sent."""
    unsent: int = await pool.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
    return unsent == 0


@asynccontextmanager
async def relaying(
    pool: Pool, kafka: str, limits: RelayLimits = DEFAULT_LIMITS
) -> AsyncIterator[OutboxRelay]:
    """Run a relay during the block and stop it in order."""
    relay = OutboxRelay(pool, kafka, Metrics(), limits)
    running = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        relay.stop()
        await asyncio.wait_for(running, DEADLINE_S)


@dataclass(frozen=True)
class TopicRecord:
    """One record of a topic, with the event in it."""

    partition: int
    offset: int
    key: str
    headers: tuple[tuple[str, bytes], ...]
    event: Envelope[Event]


async def read_topic(kafka: str, topic: str) -> list[TopicRecord]:
    """Return all records of a topic, in order within each partition."""
    return await asyncio.to_thread(_read_topic, kafka, topic)


def _read_topic(kafka: str, topic: str) -> list[TopicRecord]:
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "tests", "log_level": 0})
    found: list[TopicRecord] = []
    try:
        for number in sorted(consumer.list_topics(topic, DEADLINE_S).topics[topic].partitions):
            start, end = consumer.get_watermark_offsets(TopicPartition(topic, number))
            consumer.assign([TopicPartition(topic, number, start)])
            while end and (
                not found or (found[-1].partition, found[-1].offset) < (number, end - 1)
            ):
                message = consumer.poll(DEADLINE_S)
                found.append(
                    TopicRecord(
                        number,
                        message.offset(),
                        message.key().decode(),
                        tuple(message.headers()),
                        decode_event(message.value()),
                    )
                )
    finally:
        consumer.close()
    return found


def first_arrivals(found: Sequence[TopicRecord]) -> dict[str, list[str]]:
    """Return the ids of each subject in the order of first arrival, without duplicates."""
    events: dict[str, list[str]] = {}
    for record in found:
        ids = events.setdefault(record.event.subject, [])
        if record.event.id not in ids:
            ids.append(record.event.id)
    return events
