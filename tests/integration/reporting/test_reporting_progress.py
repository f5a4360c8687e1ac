"""A long reading tells how far it is, and gives the same answer at last."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from pydantic import BaseModel

from runtime import postgres
from runtime.errors import Unavailable
from services.reporting.answering import known_at
from services.reporting.answering.reading import READING_S_MAX, one_instant, one_long_instant
from services.reporting.answering.telling import Told, telling
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import TOKEN, Desk
from tests.reference.tell import say

VALUES = "/indicators/MI-13/values"
ASKED = {"place": "RS", "period": "2023", "layer": "exact", "known_at": "2024-01-01T00:00:00Z"}
STREAM = {"Accept": "text/event-stream", "Authorization": f"Bearer {TOKEN}"}
PEOPLE = 7
Event = tuple[str, dict[str, object]]


class Said(BaseModel):
    """An answer of a test."""

    number: int


def events(body: str) -> list[Event]:
    """The events of a stream: name and data."""
    blocks = [block.splitlines() for block in body.strip().split("\n\n")]
    return [(name[len("event: ") :], json.loads(data[len("data: ") :])) for name, data in blocks]


async def told(stream: AsyncIterator[bytes]) -> list[Event]:
    return events(b"".join([each async for each in stream]).decode())


async def placements(desk: Desk) -> None:
    """So many people find work, known at once."""
    codes = [f"p-{number:02}{'c' * 24}" for number in range(PEOPLE)]
    await desk.fold(
        *(say("matching.placement.made", "2023-03-02", c, id=f"e-{c[2:4]}") for c in codes)
    )


async def test_the_stream_ends_with_the_object_that_is_answered_without_it(desk: Desk) -> None:
    await placements(desk)
    plain = await desk.ask(VALUES, ASKED, TOKEN)
    streamed = await desk.client.get(VALUES, params=ASKED, headers=STREAM)
    *progress, (last, answer) = events(streamed.text)
    body = streamed.text.rpartition("data: ")[2].strip()

    assert streamed.headers["Content-Type"].startswith("text/event-stream")
    assert {name for name, _ in progress} == {"progress"}
    assert (last, answer) == ("answer", plain.json())
    assert body == plain.text
    assert plain.headers["Content-Type"] == "application/json"


async def test_progress_counts_the_codes_that_are_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_at, "SLICE_CODES", 2)
    await placements(desk)
    streamed = await desk.client.get(VALUES, params=ASKED, headers=STREAM)
    done = [int(str(each["done"])) for name, each in events(streamed.text) if name == "progress"]
    totals = {each["total"] for name, each in events(streamed.text) if name == "progress"}

    assert totals == {PEOPLE}
    assert done == sorted(done)
    assert done[-1] == PEOPLE
    assert len(set(done)) > 2


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"known_at": "yesterday"}, 422), ({"place": "RS999"}, 422), ({"layer": "published"}, 422)],
)
async def test_what_is_refused_is_refused_before_a_stream_begins(
    desk: Desk, wrong: dict[str, str], status: int
) -> None:
    answer = await desk.client.get(VALUES, params=ASKED | wrong, headers=STREAM)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_the_stream_is_the_stewards_too(desk: Desk) -> None:
    answer = await desk.client.get(VALUES, params=ASKED, headers={"Accept": STREAM["Accept"]})

    assert answer.status_code == 401


async def test_a_reading_that_fails_ends_the_stream_with_a_problem() -> None:
    async def read(say_done: Told) -> Said:
        say_done(1, 2)
        raise Unavailable("the world is away")

    *_, (last, problem) = await told(telling(read, asyncio.Event()))

    assert (last, problem["status"], problem["code"]) == ("problem", 503, "E1507")


async def test_a_service_that_stops_ends_the_stream_and_the_reading() -> None:
    stopping, begun, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def read(_: Told) -> Said:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Said(number=1)

    listening = asyncio.ensure_future(told(telling(read, stopping)))
    await begun.wait()
    stopping.set()
    *_, (last, problem) = await listening

    assert (last, problem["status"]) == ("problem", 503)
    assert ended.is_set()


async def test_who_goes_away_ends_the_reading() -> None:
    ended = asyncio.Event()

    async def read(say_done: Told) -> Said:
        say_done(0, 1)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Said(number=1)

    stream = telling(read, asyncio.Event())
    await anext(stream)
    await stream.aclose()

    assert ended.is_set()


async def test_a_long_reading_outlasts_what_a_transaction_may_take_usually(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres.LIMITS, "transaction_timeout", "300ms")
    monkeypatch.setitem(postgres.LIMITS, "idle_in_transaction_session_timeout", "300ms")
    pool = (await open_desk()).context.pool

    async with one_long_instant(pool) as connection:
        await connection.execute("SELECT pg_sleep(0.6)")
        limits = [
            await connection.fetchval("SELECT current_setting($1)::interval", name)
            for name in ("transaction_timeout", "statement_timeout")
        ]
        idle = await connection.fetchval("SHOW idle_in_transaction_session_timeout")
    async with one_instant(pool) as connection:
        usual = await connection.fetchval("SHOW transaction_timeout")

    assert {limit.total_seconds() for limit in limits} == {READING_S_MAX}
    assert (idle, usual) == ("1min", "300ms")
