"""A long query streams its progress, and the same result at last."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from pydantic import BaseModel

from runtime.process.errors import Unavailable
from runtime.storage import pool as postgres
from services.reporting.api.progress_stream import progress_stream
from services.reporting.queries.as_of import BATCH_CODES, ProgressCallback
from services.reporting.queries.snapshot import QUERY_SECONDS_MAX, long_snapshot, snapshot
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import make_event

VALUES = "/indicators/MI-13/values"
ASKED = {"place": "RS", "period": "2023", "layer": "exact", "as_of": "2024-01-01T00:00:00Z"}
STREAM = {"Accept": "text/event-stream", "Authorization": f"Bearer {TOKEN}"}
PEOPLE = 2 * BATCH_CODES + 7
Event = tuple[str, dict[str, object]]


class Result(BaseModel):
    """The result of a test's query."""

    number: int


def events(body: str) -> list[Event]:
    """The events of a stream: name and data."""
    blocks = [block.splitlines() for block in body.strip().split("\n\n")]
    return [(name[len("event: ") :], json.loads(data[len("data: ") :])) for name, data in blocks]


async def received(stream: AsyncIterator[bytes]) -> list[Event]:
    return events(b"".join([each async for each in stream]).decode())


async def placements(reporting: ReportingHarness) -> None:
    """So many people find work."""
    codes = [f"p-{number:04}{'c' * 22}" for number in range(PEOPLE)]
    await reporting.process(
        *(make_event("matching.placement.made", "2023-03-02", c, id=f"e-{c[2:6]}") for c in codes)
    )


async def test_the_stream_ends_with_the_object_that_is_returned_without_it(
    reporting: ReportingHarness,
) -> None:
    await placements(reporting)
    plain = await reporting.get(VALUES, ASKED, TOKEN)
    streamed = await reporting.client.get(VALUES, params=ASKED, headers=STREAM)
    *progress, (last, answer) = events(streamed.text)
    body = streamed.text.rpartition("data: ")[2].strip()

    assert streamed.headers["Content-Type"].startswith("text/event-stream")
    assert {name for name, _ in progress} == {"progress"}
    assert (last, answer) == ("answer", plain.json())
    assert body == plain.text
    assert plain.headers["Content-Type"] == "application/json"


async def test_progress_counts_the_codes_that_are_done(reporting: ReportingHarness) -> None:
    await placements(reporting)
    streamed = await reporting.client.get(VALUES, params=ASKED, headers=STREAM)
    done = [int(str(each["done"])) for name, each in events(streamed.text) if name == "progress"]
    totals = {each["total"] for name, each in events(streamed.text) if name == "progress"}

    assert totals == {PEOPLE}
    assert done == sorted(done)
    assert done[-1] == PEOPLE
    assert done[0] < PEOPLE


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"as_of": "yesterday"}, 422), ({"place": "RS999"}, 422), ({"layer": "published"}, 422)],
)
async def test_an_invalid_request_is_refused_before_a_stream_starts(
    reporting: ReportingHarness, wrong: dict[str, str], status: int
) -> None:
    answer = await reporting.client.get(VALUES, params=ASKED | wrong, headers=STREAM)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_the_stream_needs_the_stewards_token_too(reporting: ReportingHarness) -> None:
    answer = await reporting.client.get(VALUES, params=ASKED, headers={"Accept": STREAM["Accept"]})

    assert answer.status_code == 401


async def test_a_query_that_fails_ends_the_stream_with_a_problem() -> None:
    async def read(report: ProgressCallback) -> Result:
        report(1, 2)
        raise Unavailable("the database is not available")

    *_, (last, problem) = await received(progress_stream(read, asyncio.Event()))

    assert (last, problem["status"], problem["code"]) == ("problem", 503, "E1507")


async def test_a_service_that_stops_ends_the_stream_and_the_query() -> None:
    stopping, started, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def read(_: ProgressCallback) -> Result:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Result(number=1)

    listening = asyncio.ensure_future(received(progress_stream(read, stopping)))
    await started.wait()
    stopping.set()
    *_, (last, problem) = await listening

    assert (last, problem["status"]) == ("problem", 503)
    assert ended.is_set()


async def test_a_client_that_disconnects_cancels_the_query() -> None:
    ended = asyncio.Event()

    async def read(report: ProgressCallback) -> Result:
        report(0, 1)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Result(number=1)

    stream = progress_stream(read, asyncio.Event())
    await anext(stream)
    await stream.aclose()

    assert ended.is_set()


async def test_a_long_query_may_exceed_the_usual_limits_of_a_transaction(
    open_reporting: OpenReporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgres.SESSION_LIMITS, "transaction_timeout", "300ms")
    monkeypatch.setitem(postgres.SESSION_LIMITS, "idle_in_transaction_session_timeout", "300ms")
    pool = (await open_reporting()).context.pool

    async with long_snapshot(pool) as connection:
        await connection.execute("SELECT pg_sleep(0.6)")
        limits = [
            await connection.fetchval("SELECT current_setting($1)::interval", name)
            for name in ("transaction_timeout", "statement_timeout")
        ]
        idle = await connection.fetchval("SHOW idle_in_transaction_session_timeout")
    async with snapshot(pool) as connection:
        usual = await connection.fetchval("SHOW transaction_timeout")

    assert {limit.total_seconds() for limit in limits} == {QUERY_SECONDS_MAX}
    assert (idle, usual) == ("1min", "300ms")
