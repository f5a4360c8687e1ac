"""The stream of an open board, from a real process: it reports changes, and ends in time."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from lmc.devstack.local_postgres import LocalPostgres
from services.reporting.settings import ReportingSettings
from tests.conftest import MakeSettings
from tests.integration.services.builders import person, published, returned
from tests.integration.services.running import Running, produce, running

EVENT_S = 30.0
"""Far more than the publisher's half second: the machine may be busy."""
STOP_S = 3.0
CUT = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = '{database}' AND usename = 'lmc_reporting'
"""


@pytest.fixture
async def reporting(
    service_settings: MakeSettings, domain_topics: Sequence[str]
) -> AsyncIterator[Running]:
    """The service, ready, following empty topics."""
    assert domain_topics
    service = Running("reporting", service_settings("reporting", ReportingSettings))
    async with running(service):
        yield service


@asynccontextmanager
async def stream(service: Running, council: str = "70998") -> AsyncIterator[AsyncIterator[str]]:
    """The names of the events that an open board of the council receives."""
    async with (
        httpx.AsyncClient(trust_env=False, timeout=EVENT_S) as client,
        client.stream("GET", f"{service.url}/board/{council}/stream") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        lines = answer.aiter_lines()
        yield (line.removeprefix("event: ") async for line in lines if line.startswith("event: "))


async def received(events: AsyncIterator[str], wanted: str) -> None:
    """Wait until a board receives such an event."""
    async with asyncio.timeout(EVENT_S):
        while await anext(events) != wanted:
            pass


async def registered(service: Running) -> str:
    """The number of returnees on the page; "" while the page is not available."""
    async with httpx.AsyncClient(trust_env=False, timeout=EVENT_S) as client:
        page = (await client.get(f"{service.url}/board/70998?period=2023-05")).text
    found = re.search('data-live="MI-05.registered" data-number="(.*?)"', page)
    return found.group(1) if found else ""


async def test_an_open_board_is_notified_when_its_own_numbers_change(reporting: Running) -> None:
    async with stream(reporting) as events:
        await received(events, "heartbeat")
        produce(reporting.settings.kafka, [published(returned("2023-05-02"), person(1))])
        await received(events, "changed")

    assert await registered(reporting) == "1"


async def test_a_lost_database_connection_is_restored_and_all_boards_are_notified(
    reporting: Running, postgres: LocalPostgres
) -> None:
    async with stream(reporting) as events:
        await received(events, "heartbeat")
        postgres.run_sql(CUT.format(database=reporting.settings.postgres_database))
        await received(events, "changed")
        produce(reporting.settings.kafka, [published(returned("2023-05-02"), person(3))])
        while await registered(reporting) != "1":
            await received(events, "changed")


async def test_an_open_board_does_not_delay_the_end_of_the_process(reporting: Running) -> None:
    async with stream(reporting) as events:
        await received(events, "heartbeat")
        started = time.monotonic()
        code = await asyncio.to_thread(reporting.stop)
        ended_s = time.monotonic() - started

    assert (code, ended_s < STOP_S) == (0, True), ended_s
