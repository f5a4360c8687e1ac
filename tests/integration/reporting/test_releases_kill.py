"""SIGKILL during closing and revising: each step is taken and published once, or not at all."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from lmc.devstack.local_kafka import LocalKafka
from runtime.storage.pool import Pool, open_pool
from services.reporting.settings import ReportingSettings
from tests.conftest import MakeSettings
from tests.integration.processes import NO_TLS
from tests.integration.reporting.closing_users import APPROVER
from tests.integration.reporting.harness import TOKEN
from tests.integration.services.builders import PROKUPLJE, person, published, returned
from tests.integration.services.running import Running, events_in, produce, running
from tests.waiting import eventually

KILLED_AFTER_S = (0.0, 0.004, 0.012, 0.03)
"""Between the request and the kill: the approval takes some tens of milliseconds."""
MONTHS = [f"2023-0{number}" for number in range(1, len(KILLED_AFTER_S) + 1)]
PEOPLE = 3
TOPIC = "reporting-events"
CLOSED, REVISED = "reporting.period.closed", "reporting.indicator.revised"
EXPECTED = {(REVISED, f"MI-05.{month}.v1") for month in MONTHS} | {
    (REVISED, f"MI-06.{month}.v1") for month in MONTHS[1:]
}
"""Who registered on the 5th is due, assessed or not, 30 days later: in the next month."""

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("durable")]


class RetryingUsers:
    """Both persons, facing a service that is killed: they repeat a request until it is answered."""

    def __init__(self, service: Running) -> None:
        self._service = service

    async def post(self, path: str, body: dict[str, str], token: str) -> httpx.Response | None:
        """Send one request; return the response, None if there is none."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=60, verify=NO_TLS) as client:
                return await client.post(
                    f"{self._service.url}/releases{path}", json=body, headers=headers
                )
        except httpx.HTTPError:
            return None

    async def prepare(self, month: str) -> str:
        """Prepare a month; return the release."""
        body = {"place": PROKUPLJE, "period": month, "by": "steward-1"}
        found: list[str] = []

        async def is_prepared() -> bool:
            response = await self.post("", body, TOKEN)
            if response is not None and response.status_code == httpx.codes.CREATED:
                found.append(response.json()["id"])
            return bool(found)

        await eventually(is_prepared, f"{month} is prepared")
        return found[0]

    async def approve(self, release: str) -> bool:
        """Approve a release; return whether that was answered."""
        response = await self.post(f"/{release}/approve", {"by": "approver-1"}, APPROVER)
        return response is not None and response.is_success


async def test_a_kill_during_closing_and_revising_loses_and_repeats_no_step(
    kafka: LocalKafka, domain_topics: Sequence[str], service_settings: MakeSettings, tmp_path: Path
) -> None:
    assert TOPIC in domain_topics
    files = {"steward_token_file": TOKEN, "approver_token_file": APPROVER}
    for name, secret in files.items():
        (tmp_path / name).write_text(secret)
    paths = {name: tmp_path / name for name in files}
    settings = service_settings("reporting", ReportingSettings, **paths)
    reporting = Running("reporting", settings)
    async with running(reporting), await open_pool(settings) as pool:
        await registered(kafka.bootstrap, pool, first=1)
        for month, after_s in zip(MONTHS, KILLED_AFTER_S, strict=True):
            await closed_although_killed(reporting, month, after_s)
        await registered(kafka.bootstrap, pool, first=100)
        await eventually(lambda: _is_counted(pool, "release_revision", 1), "one is revised")
        reporting.kill()
        reporting.start()
        await eventually(lambda: _is_counted(pool, "release_revision", len(EXPECTED)), "all are")
        await eventually(lambda: _is_published(pool), "all is published")
        steps = await pool.fetchval("SELECT count(*) FROM release_step WHERE step = 'approved'")
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in events_in(kafka.bootstrap, TOPIC):
        ids[event.fact_type, event.factid].add(event.id)

    assert steps == len(MONTHS)
    assert set(ids) == {(CLOSED, f"{month}.v1") for month in MONTHS} | EXPECTED
    assert {len(each) for each in ids.values()} == {1}


async def registered(bootstrap: str, pool: Pool, first: int) -> None:
    """Publish some more returnees of each month, and wait until they are projected."""
    before = await pool.fetchval("SELECT count(*) FROM fact")
    events = [
        published(returned(f"{month}-05", municipality=PROKUPLJE), person(first + 10 * at + number))
        for at, month in enumerate(MONTHS)
        for number in range(PEOPLE)
    ]
    produce(bootstrap, events)
    await eventually(lambda: _is_counted(pool, "fact", before + len(events)), "all are projected")


async def closed_although_killed(reporting: Running, month: str, after_s: float) -> None:
    """Close a month, with a kill while it is approved."""
    closing_users = RetryingUsers(reporting)
    release = await closing_users.prepare(month)
    asking = asyncio.create_task(closing_users.approve(release))
    await asyncio.wait({asking}, timeout=after_s)
    reporting.kill()
    await asking
    reporting.start()
    await eventually(lambda: closing_users.approve(release), f"{month} is closed")


async def _is_counted(pool: Pool, table: str, least: int) -> bool:
    found: int = await pool.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
    return found >= least


async def _is_published(pool: Pool) -> bool:
    return not await pool.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)")
