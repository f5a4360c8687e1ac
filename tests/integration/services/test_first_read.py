"""The first read: from where the database remembers to the end, before a door shows anything."""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from lmc.ports import free_ports
from runtime.context import Context
from runtime.errors import AnotherLog
from runtime.first_read import FirstRead, Found, Reading
from runtime.kafka import ends
from runtime.postgres import Connection
from schemas.registration import PersonErased
from schemas.topics import topic_of
from services.registration.__main__ import REGISTRATION
from services.training.__main__ import TRAINING
from tests.conftest import MakeSettings
from tests.integration.services.conftest import OPERATOR_KEY, Open
from tests.integration.services.running import Running, eventually, tell
from tests.integration.services.stories import (
    body_of,
    erasure,
    needing,
    person,
    retracted,
    returned,
    said,
)

TOPIC = topic_of(PersonErased.TYPE)
PLACES = [(TOPIC.name, number) for number in range(TOPIC.partitions)]

Read = Callable[[], Awaitable[list[str]]]
"""`await read()` → the persons that a first read has found."""


@pytest.fixture
async def context(open_service: Open, domain_topics: Sequence[str]) -> Context:
    """The plumbing of training over empty topics."""
    assert TOPIC.name in domain_topics
    return (await open_service(TRAINING)).context


@pytest.fixture
def bus(context: Context) -> str:
    return context.settings.kafka


@pytest.fixture
def read(context: Context) -> Read:
    async def run() -> list[str]:
        found: list[str] = []

        async def keep(_connection: Connection, said_before: Found) -> None:
            found.extend(each.subject for each in said_before)

        await Reading(FirstRead(PersonErased, "heard_position", keep), context).run()
        return sorted(found)

    return run


async def test_what_is_looked_for_is_found_wherever_it_stands_and_only_once(
    bus: str, context: Context, read: Read
) -> None:
    tell(bus, [said(returned("2022-12-10"), person(n)) for n in range(40)])
    tell(bus, [said(erasure("2023-04-01"), person(n)) for n in range(20)])
    first, second = await read(), await read()
    marks = await context.pool.fetch("SELECT topic, partition, next_offset FROM first_read")

    assert (first, second) == ([person(n) for n in range(20)], [])
    assert {(row[0], row[1]): row[2] for row in marks} == await ends(bus, PLACES)


async def test_a_retraction_alone_tells_that_it_was_said(bus: str, read: Read) -> None:
    tell(bus, [retracted(said(erasure("2023-04-01"))), said(needing("2023-02-01"), person(2))])

    assert await read() == [said(erasure("2023-04-01")).subject]


async def test_an_older_mark_is_read_again(bus: str, context: Context, read: Read) -> None:
    tell(bus, [said(erasure("2023-04-01"))])
    before = await read()
    await context.pool.execute("UPDATE first_read SET next_offset = 0")

    assert await read() == before != []


async def test_what_the_service_has_followed_since_is_not_read_again(
    bus: str, context: Context, read: Read
) -> None:
    await read()
    tell(bus, [said(erasure("2023-04-01"))])
    followed = [(*place, end) for place, end in (await ends(bus, PLACES)).items()]
    await context.pool.executemany(
        """
        INSERT INTO heard_position (topic, partition, next_offset, log_id)
        SELECT $1, $2, $3, log_id FROM first_read WHERE (topic, partition) = ($1, $2)
        """,
        followed,
    )

    assert await read() == []


@pytest.mark.parametrize("change", ["log_id = 'another'", "next_offset = 1000"])
async def test_a_log_that_is_another_or_shorter_is_refused(
    change: str, context: Context, read: Read
) -> None:
    await read()
    await context.pool.execute(f"UPDATE first_read SET {change}")  # noqa: S608 - ours

    with pytest.raises(AnotherLog):
        await read()


async def test_without_kafka_doors_that_say_are_open_and_doors_that_show_are_not(
    service_settings: MakeSettings, tmp_path: Path
) -> None:
    key, [nowhere] = tmp_path / "key", free_ports(1)
    key.write_text(OPERATOR_KEY)
    given = {"kafka": f"127.0.0.1:{nowhere}", "operator_key_file": key}
    registration = Running(
        "registration", service_settings("registration", REGISTRATION.settings, **given)
    )
    headers = {"authorization": f"Bearer {OPERATOR_KEY}"}
    async with httpx.AsyncClient(
        base_url=registration.url, headers=headers, trust_env=False
    ) as client:

        async def is_alive() -> bool:
            try:
                return (await client.get("/health/live")).is_success
            except httpx.TransportError:
                return False

        try:
            registration.start()
            await eventually(is_alive, "registration answers")
            told = await client.post("/returnees", json=body_of(returned("2022-12-10")))
            shown = [
                await client.get("/followups"),
                await client.get(f"/persons/{told.json()['subject']}"),
                await client.delete(f"/facts/{told.json()['factid']}"),
            ]

            assert told.status_code == HTTPStatus.CREATED
            assert [each.status_code for each in shown] == [HTTPStatus.SERVICE_UNAVAILABLE] * 3
            assert {each.json()["code"] for each in shown} == {"E1507"}
        finally:
            registration.stop()
