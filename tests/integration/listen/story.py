"""What the tests of the listener share: a service that notes what it hears, and events to hear."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

from confluent_kafka import Producer

from runtime import inbox, kafka, outbox, quarantine
from runtime.errors import Unavailable
from runtime.ids import reaction_id
from runtime.listen import DDL, Heard, Hears, Limits, Listener, Says
from runtime.metrics import Metrics
from runtime.postgres import Connection, Pool
from runtime.settings import ServiceSettings
from schemas.codes import fresh_code
from schemas.envelope import Envelope, say, to_bytes
from schemas.event import Event
from schemas.matching import MatchProposed
from schemas.registration import PersonMoved, RegistrationFactRetracted, ServiceDelivered
from tests.integration.follow.story import ADMIN_S, DEADLINE_S, become

TOPIC = "registration-events"
PARTITIONS = 12
PERSON = fresh_code("p", bytes(16))
TABLES = f"""
{DDL}{outbox.DDL}{quarantine.DDL}
CREATE TABLE noted (id text NOT NULL, type text NOT NULL, revision integer NOT NULL);
"""
SWIFT = Limits(session_s=6.0, write_s=0.05, look_s=0.2)
"""Kafka grants no shorter session than 6 s."""
NOW = datetime(2023, 3, 2, 9, tzinfo=UTC)


class Notes:
    """A store without any protection of its own: what is heard twice stands there twice."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def note(self, heard: Heard) -> None:
        """Note an event."""
        row = (heard.id, heard.fact_type, heard.revision)
        await self.connection.execute("INSERT INTO noted VALUES ($1, $2, $3)", *row)


async def note(heard: Heard, notes: Notes) -> Says:
    """Note what is heard, and propose a vacancy."""
    await notes.note(heard)
    proposal = MatchProposed(
        on=date(2023, 3, 2), municipality="70998", vacancy=fresh_code("v", bytes(16)), rank=1
    )
    said_id = reaction_id((heard.source, heard.id), proposal.TYPE, PERSON, 1)
    return [say(proposal, id=said_id, source="/services/test", subject=PERSON, time=NOW)]


async def only_note(heard: Heard, notes: Notes) -> Says:
    """Note what is heard, and say nothing."""
    await notes.note(heard)
    return ()


HEARS: Hears = {PersonMoved: note, RegistrationFactRetracted: only_note}


def moved(event_id: str, *, factid: str | None = None, revision: int = 1) -> Envelope[Event]:
    """An event that the service hears."""
    event = PersonMoved(on=date(2023, 3, 1), municipality="70998", residence="70998")
    return _said(event, event_id, factid, revision)


def retracted(event_id: str, *, factid: str, revision: int = 2) -> Envelope[Event]:
    """The retraction of one."""
    event = RegistrationFactRetracted(
        on=date(2023, 3, 1), type="registration.person.moved", reason="other"
    )
    return _said(event, event_id, factid, revision)


def delivered(event_id: str) -> Envelope[Event]:
    """An event that the service does not hear."""
    event = ServiceDelivered(on=date(2023, 3, 1), municipality="70998", service="rent")
    return _said(event, event_id, None, 1)


def _said(event: Event, event_id: str, factid: str | None, revision: int) -> Envelope[Event]:
    said = {"id": event_id, "source": "/partners/test", "subject": PERSON}
    return say(event, **said, time=NOW, factid=factid, revision=revision)


def tell(bootstrap: str, told: Iterable[Envelope[Event] | bytes], partition: int = 0) -> None:
    """Write events, or bytes that are none, to one partition of the topic."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
    for each in told:
        value = each if isinstance(each, bytes) else to_bytes(each)
        producer.produce(TOPIC, value, key=PERSON.encode(), partition=partition)
        producer.poll(0)
    if left := producer.flush(ADMIN_S):
        raise AssertionError(f"{left} records were not written")


async def begin_at_the_end(pool: Pool, bootstrap: str) -> None:
    """Let the service have heard all that other tests have said."""
    places = {(TOPIC, partition) for partition in range(PARTITIONS)}
    ids = await kafka.topic_ids(bootstrap, [TOPIC])
    await inbox.begin(pool, dict.fromkeys(places, ids[TOPIC]))
    for place, end in (await kafka.ends(bootstrap, places)).items():
        await inbox.move_from(pool, place, 0, end)


def listener(
    pool: Pool, settings: ServiceSettings, hears: Hears = HEARS, limits: Limits = SWIFT
) -> Listener:
    """A listener in a group that no other test uses: it is named after the test's database."""
    return Listener(
        name=settings.postgres_database.replace("_", "-"),
        hears=hears,
        store=Notes,
        pool=pool,
        kafka=settings.kafka,
        settings=settings,
        metrics=Metrics(),
        limits=limits,
    )


@asynccontextmanager
async def listening(running: Listener) -> AsyncIterator["asyncio.Task[None]"]:
    """A started listener and its watch; what the watch raises ends the block."""
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


async def end(running: Listener, within_s: float | None = DEADLINE_S) -> None:
    """Run the listener until its watch raises what it raises."""
    async with listening(running) as watch, asyncio.timeout(within_s):
        await watch


async def noted(pool: Pool) -> list[str]:
    """The ids of what was handled, as often as it was."""
    return [row["id"] for row in await pool.fetch("SELECT id FROM noted ORDER BY id")]


async def caught_up(pool: Pool, bootstrap: str) -> None:
    """Return when the database says that everything in the log was passed.

    A broker that has just come back may need a moment until it tells where the log ends.
    """
    places = {(TOPIC, partition) for partition in range(PARTITIONS)}

    async def is_caught_up() -> bool:
        try:
            ends = await kafka.ends(bootstrap, places)
        except Unavailable:
            return False
        known = await inbox.read(pool, places)
        return all(known[place][0] >= end for place, end in ends.items())

    await become(is_caught_up)
