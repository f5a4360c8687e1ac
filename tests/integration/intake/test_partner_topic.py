"""A partner's own topic: the same validation, receipts for valid events, else quarantine."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from confluent_kafka import Producer

from runtime.context import Context
from runtime.process.metrics import QUARANTINE_RECORDS
from services.intake import partner_consumer
from services.intake.model import DeclaredPartner, Grant
from services.intake.repository import IntakeRepository
from tests.integration.intake.conftest import MakeEvent
from tests.names import fresh

DEADLINE_S = 120.0
JMBG = "0710003730015"


@asynccontextmanager
async def consuming(intake: Context) -> AsyncIterator[None]:
    """Consume the partners' topics, as the service does, until the test ends."""
    task = asyncio.create_task(partner_consumer.consume_partner_topics(intake))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def declared_partner(intake: Context) -> DeclaredPartner:
    """A partner of this test alone, because topics stay in Kafka after a test."""
    name = fresh("nes")
    partner = DeclaredPartner(name, "NES", {}, frozenset({Grant("matching.placement.made", "*")}))
    async with intake.pool.acquire() as connection, connection.transaction():
        await IntakeRepository(connection).replace_partner(partner)
    return partner


async def produce(
    intake: Context,
    partner: DeclaredPartner,
    values: list[bytes],
    headers: dict[str, str] | None = None,
) -> None:
    """Write to the partner's topic as the partner's own program would, once it exists."""
    producer = Producer({"bootstrap.servers": intake.settings.kafka, "log_level": 0})
    for value in values:
        producer.produce(f"partner-{partner.id}", value, key=b"k", partition=0, headers=headers)
    unsent = await asyncio.to_thread(producer.flush, DEADLINE_S)
    assert unsent == 0


async def processed(intake: Context, partner: DeclaredPartner, count: int) -> dict[str, int]:
    """The counts of the partition as soon as so many records are processed."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        row = await intake.pool.fetchrow(
            "SELECT applied, duplicate, quarantined, ignored FROM position"
            " WHERE topic = $1 AND partition = 0 AND next_offset = $2",
            f"partner-{partner.id}",
            count,
        )
        if row is not None:
            return dict(row)
        await asyncio.sleep(0.05)
    raise AssertionError(f"{count} records were not processed")


def bytes_of(event: dict[str, object]) -> bytes:
    """The event as the partner writes it."""
    return json.dumps(event).encode()


async def test_a_poison_record_is_quarantined_and_the_others_are_accepted(
    intake: Context, placed: MakeEvent
) -> None:
    partner = await declared_partner(intake)
    first, second = (placed(source=partner.source) for _ in range(2))
    values = [bytes_of(first), b"\xff poison", bytes_of(second), bytes_of(first)]

    async with consuming(intake):
        await wait_for_topic(intake, partner)
        await produce(intake, partner, values)
        counts = await processed(intake, partner, 4)

    enqueued = await intake.pool.fetch("SELECT event_id FROM outbox ORDER BY id")
    assert counts == {"applied": 2, "duplicate": 1, "quarantined": 1, "ignored": 0}
    assert [row["event_id"] for row in enqueued] == [first["id"], second["id"]]
    series = {"topic": f"partner-{partner.id}", "code": "E1101"}
    assert intake.metrics.registry.get_sample_value(QUARANTINE_RECORDS.name, series) == 1


async def test_a_record_in_binary_mode_is_accepted(intake: Context, placed: MakeEvent) -> None:
    partner = await declared_partner(intake)
    event = placed(source=partner.source, factid="f-1", revision=3)
    headers = {f"ce_{name}": str(value) for name, value in event.items() if name != "data"}
    del headers["ce_datacontenttype"]
    data = json.dumps(event["data"]).encode()

    async with consuming(intake):
        await wait_for_topic(intake, partner)
        await produce(intake, partner, [data], headers | {"content-type": "application/json"})
        counts = await processed(intake, partner, 1)

    enqueued = await intake.pool.fetchval("SELECT value FROM outbox")
    assert counts == {"applied": 1, "duplicate": 0, "quarantined": 0, "ignored": 0}
    assert json.loads(enqueued) | event == json.loads(enqueued)


async def test_a_contested_revision_on_the_topic_is_quarantined(
    intake: Context, placed: MakeEvent
) -> None:
    partner = await declared_partner(intake)
    first = placed(source=partner.source, factid="f-1")
    second = placed({"sector": "C"}, source=partner.source, factid="f-1")

    async with consuming(intake):
        await wait_for_topic(intake, partner)
        await produce(intake, partner, [bytes_of(first), bytes_of(second)])
        await processed(intake, partner, 2)

    kept = await intake.pool.fetchrow("SELECT code, path FROM quarantine")
    assert kept is not None
    assert tuple(kept) == ("E1303", "$.revision")


async def test_only_the_coordinates_of_a_record_with_personal_data_are_kept(
    intake: Context, placed: MakeEvent
) -> None:
    partner = await declared_partner(intake)
    value = bytes_of(placed(id=f"x{JMBG}", source=partner.source))

    async with consuming(intake):
        await wait_for_topic(intake, partner)
        await produce(intake, partner, [value])
        await processed(intake, partner, 1)

    kept = await intake.pool.fetchrow("SELECT * FROM quarantine")
    assert kept is not None
    assert (kept["code"], kept["kafka_offset"], kept["length"]) == ("E1201", 0, len(value))
    assert (kept["encrypted_value"], kept["source"], kept["event_id"]) == (None, None, None)
    assert JMBG not in str(dict(kept))


async def wait_for_topic(intake: Context, partner: DeclaredPartner) -> None:
    """Return when the partner's topic exists and its consumer has started."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if await intake.pool.fetchval(
            "SELECT count(*) FROM position WHERE topic = $1", f"partner-{partner.id}"
        ):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the topic was not consumed")
