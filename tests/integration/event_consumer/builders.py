"""What the tests of the event consumer share: a service that stores events, and its events."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

from confluent_kafka import Producer

from runtime.messaging import admin, inbox, outbox
from runtime.messaging.event_consumer import EventConsumer, EventConsumerLimits
from runtime.messaging.inbox import DDL
from runtime.messaging.record_processor import EventHandlers, OutgoingEvents, ReceivedEvent
from runtime.process.errors import Unavailable
from runtime.process.ids import derived_event_id
from runtime.process.metrics import Metrics
from runtime.process.settings import ServiceSettings
from runtime.storage import deferred_events, fact_store, quarantine
from runtime.storage.pool import Connection, Pool
from schemas.catalogue import BY_TYPE
from schemas.codes import new_code
from schemas.envelope import Envelope, encode_event, new_event
from schemas.events.event import Event
from schemas.events.matching import MatchProposed
from schemas.events.registration import PersonMoved, RegistrationFactRetracted, ServiceDelivered
from tests.integration.batch_consumer.builders import ADMIN_S, DEADLINE_S
from tests.waiting import eventually

TOPIC = "registration-events"
PARTITIONS = 12
PERSON = new_code("p", bytes(16))
TABLES = f"""
{DDL}{outbox.DDL}{quarantine.DDL}{fact_store.DDL}{deferred_events.DDL}
CREATE TABLE noted (id text NOT NULL, type text NOT NULL, revision integer NOT NULL);
"""
SWIFT = EventConsumerLimits(session_s=6.0, save_interval_s=0.05, check_interval_s=0.2)
"""Kafka grants no shorter session than 6 s."""
NOW = datetime(2023, 3, 2, 9, tzinfo=UTC)


class NotedEvents:
    """A repository without protection of its own: an event handled twice is in it twice."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def add(self, event: ReceivedEvent) -> None:
        """Insert an event."""
        row = (event.id, event.fact_type, event.revision)
        await self.connection.execute("INSERT INTO noted VALUES ($1, $2, $3)", *row)


async def note_and_propose(event: ReceivedEvent, repository: NotedEvents) -> OutgoingEvents:
    """Note the event, and propose a vacancy."""
    await repository.add(event)
    proposal = MatchProposed(
        on=date(2023, 3, 2), municipality="70998", vacancy=new_code("v", bytes(16)), rank=1
    )
    event_id = derived_event_id((event.source, event.id), proposal.TYPE, PERSON, 1)
    return [new_event(proposal, id=event_id, source="/services/test", subject=PERSON, time=NOW)]


async def note_only(event: ReceivedEvent, repository: NotedEvents) -> OutgoingEvents:
    """Note the event, and publish nothing."""
    await repository.add(event)
    return ()


HANDLERS: EventHandlers = {PersonMoved: note_and_propose, RegistrationFactRetracted: note_only}


def moved(event_id: str, *, factid: str | None = None, revision: int = 1) -> Envelope[Event]:
    """Return an event that the service handles."""
    event = PersonMoved(on=date(2023, 3, 1), municipality="70998", residence="70998")
    return _event(event, event_id, factid, revision)


def retracted(event_id: str, *, factid: str, revision: int = 2) -> Envelope[Event]:
    """Return the retraction of one."""
    event = RegistrationFactRetracted(
        on=date(2023, 3, 1), type="registration.person.moved", reason="other"
    )
    return _event(event, event_id, factid, revision)


def delivered(event_id: str) -> Envelope[Event]:
    """Return an event that the service does not handle."""
    event = ServiceDelivered(on=date(2023, 3, 1), municipality="70998", service="rent")
    return _event(event, event_id, None, 1)


def _event(event: Event, event_id: str, factid: str | None, revision: int) -> Envelope[Event]:
    attributes = {"id": event_id, "source": "/partners/test", "subject": PERSON}
    return new_event(event, **attributes, time=NOW, factid=factid, revision=revision)


def produce(bootstrap: str, events: Iterable[Envelope[Event] | bytes], partition: int = 0) -> None:
    """Produce events, or bytes that are none, to one partition of the topic."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
    for each in events:
        value = each if isinstance(each, bytes) else encode_event(each)
        producer.produce(TOPIC, value, key=PERSON.encode(), partition=partition)
        producer.poll(0)
    if left := producer.flush(ADMIN_S):
        raise AssertionError(f"{left} records were not written")


async def begin_at_the_end(pool: Pool, bootstrap: str) -> None:
    """Set the service's positions after all that other tests have produced."""
    partitions = {(TOPIC, partition) for partition in range(PARTITIONS)}
    ids = await admin.topic_ids(bootstrap, [TOPIC])
    await inbox.start_positions(pool, dict.fromkeys(partitions, ids[TOPIC]))
    for partition, end in (await admin.end_offsets(bootstrap, partitions)).items():
        await inbox.compare_and_advance(pool, partition, 0, end)


def event_consumer(
    pool: Pool,
    settings: ServiceSettings,
    handlers: EventHandlers = HANDLERS,
    limits: EventConsumerLimits = SWIFT,
    known_types: Collection[str] = frozenset(BY_TYPE),
) -> EventConsumer:
    """Return a consumer in a group that no other test uses, named after the test's database."""
    return EventConsumer(
        name=settings.postgres_database.replace("_", "-"),
        handlers=handlers,
        repository=NotedEvents,
        pool=pool,
        kafka=settings.kafka,
        settings=settings,
        metrics=Metrics(),
        limits=limits,
        known_types=known_types,
    )


@asynccontextmanager
async def consuming(running: EventConsumer) -> AsyncIterator["asyncio.Task[None]"]:
    """Start a consumer and its watch; what the watch raises ends the block."""
    await running.start()
    try:
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(running.watch())
            yield watch
            watch.cancel()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None
    finally:
        await running.stop()


async def end(running: EventConsumer, within_s: float | None = DEADLINE_S) -> None:
    """Run the consumer until its watch raises."""
    async with consuming(running) as watch, asyncio.timeout(within_s):
        await watch


async def noted(pool: Pool) -> list[str]:
    """Return the ids of handled events, as often as they were handled."""
    return [row["id"] for row in await pool.fetch("SELECT id FROM noted ORDER BY id")]


async def caught_up(pool: Pool, bootstrap: str) -> None:
    """Return when the positions in the database are at the end of the log.

    A restarted broker may need a moment until it returns the end of the log.
    """
    partitions = {(TOPIC, partition) for partition in range(PARTITIONS)}

    async def is_caught_up() -> bool:
        try:
            ends = await admin.end_offsets(bootstrap, partitions)
        except Unavailable:
            return False
        known = await inbox.read(pool, partitions)
        return all(known[partition][0] >= end for partition, end in ends.items())

    await eventually(is_caught_up)
