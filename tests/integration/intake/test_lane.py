"""A partner's own topic: the same checks, receipts for what is well, quarantine for the rest."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from confluent_kafka import Producer

from runtime.context import Context
from services.intake import lane
from services.intake.partners import Grant, Partner
from services.intake.store import Desk
from tests.integration.intake.conftest import MakeEvent
from tests.names import fresh

DEADLINE_S = 120.0
JMBG = "0710003730015"


@asynccontextmanager
async def open_lanes(intake: Context) -> AsyncIterator[None]:
    """Follow the partners' topics, as the service does, until the test is through."""
    following = asyncio.create_task(lane.follow_partners(intake))
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def declared(intake: Context) -> Partner:
    """A partner of this test alone: topics stay in the run's Kafka."""
    name = fresh("nes")
    partner = Partner(name, "NES", {}, frozenset({Grant("matching.placement.made", "*")}))
    async with intake.pool.acquire() as connection, connection.transaction():
        await Desk(connection).keep_partner(partner)
    return partner


async def produce(intake: Context, partner: Partner, values: list[bytes]) -> None:
    """Write to the partner's topic as the partner's own program would, once it exists."""
    producer = Producer({"bootstrap.servers": intake.settings.kafka, "log_level": 0})
    for value in values:
        producer.produce(f"partner-{partner.id}", value, key=b"k", partition=0)
    left = await asyncio.to_thread(producer.flush, DEADLINE_S)
    assert left == 0


async def accounted(intake: Context, partner: Partner, count: int) -> dict[str, int]:
    """The partition's account as soon as so many records are passed."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        row = await intake.pool.fetchrow(
            "SELECT folded, duplicate, quarantined, ignored FROM position"
            " WHERE topic = $1 AND partition = 0 AND next_offset = $2",
            f"partner-{partner.id}",
            count,
        )
        if row is not None:
            return dict(row)
        await asyncio.sleep(0.05)
    raise AssertionError(f"the lane did not pass {count} records")


def bytes_of(event: dict[str, object]) -> bytes:
    """The event as the partner writes it."""
    return json.dumps(event).encode()


async def test_a_poison_record_is_quarantined_and_its_neighbours_go_on(
    intake: Context, placed: MakeEvent
) -> None:
    partner = await declared(intake)
    first, second = (placed(source=partner.source) for _ in range(2))
    values = [bytes_of(first), b"\xff poison", bytes_of(second), bytes_of(first)]

    async with open_lanes(intake):
        await wait_for_topic(intake, partner)
        await produce(intake, partner, values)
        account = await accounted(intake, partner, 4)

    said = await intake.pool.fetch("SELECT event_id FROM outbox ORDER BY id")
    assert account == {"folded": 2, "duplicate": 1, "quarantined": 1, "ignored": 0}
    assert [row["event_id"] for row in said] == [first["id"], second["id"]]


async def test_of_a_record_with_personal_data_only_the_coordinates_are_kept(
    intake: Context, placed: MakeEvent
) -> None:
    partner = await declared(intake)
    value = bytes_of(placed(id=f"x{JMBG}", source=partner.source))

    async with open_lanes(intake):
        await wait_for_topic(intake, partner)
        await produce(intake, partner, [value])
        await accounted(intake, partner, 1)

    kept = await intake.pool.fetchrow("SELECT * FROM quarantine")
    assert kept is not None
    assert (kept["code"], kept["kafka_offset"], kept["length"]) == ("E1201", 0, len(value))
    assert (kept["sealed"], kept["source"], kept["event_id"]) == (None, None, None)
    assert JMBG not in str(dict(kept))


async def wait_for_topic(intake: Context, partner: Partner) -> None:
    """Return when the lane has made the partner's topic and stands at its start."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if await intake.pool.fetchval(
            "SELECT count(*) FROM position WHERE topic = $1", f"partner-{partner.id}"
        ):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the lane did not open")
