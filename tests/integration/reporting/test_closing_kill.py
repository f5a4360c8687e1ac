"""SIGKILL in the midst of closing and revising: each step is taken and said once, or not at all."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from lmc.kafka import LocalKafka
from runtime.postgres import Pool, open_pool
from services.reporting.settings import Settings
from tests.conftest import MakeSettings
from tests.integration.reporting.closing import APPROVER
from tests.integration.reporting.desk import TOKEN
from tests.integration.services.running import Running, eventually, heard_on, running, tell
from tests.integration.services.stories import PROKUPLJE, person, returned, said

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

pytestmark = pytest.mark.timeout(600)


class Clerks:
    """Both persons before a service that is killed: they ask again until they are answered."""

    def __init__(self, service: Running) -> None:
        self._service = service

    async def told(self, path: str, body: dict[str, str], token: str) -> httpx.Response | None:
        """The answer to one request; None if nobody answered."""
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
                return await client.post(
                    f"{self._service.url}/releases{path}", json=body, headers=headers
                )
        except httpx.HTTPError:
            return None

    async def prepare(self, month: str) -> str:
        """Prepare a month; the release."""
        body = {"place": PROKUPLJE, "period": month, "by": "steward-1"}
        found: list[str] = []

        async def is_prepared() -> bool:
            answer = await self.told("", body, TOKEN)
            if answer is not None and answer.status_code == httpx.codes.CREATED:
                found.append(answer.json()["id"])
            return bool(found)

        await eventually(is_prepared, f"{month} is prepared")
        return found[0]

    async def approve(self, release: str) -> bool:
        """Approve a release; whether that was answered."""
        answer = await self.told(f"/{release}/approve", {"by": "approver-1"}, APPROVER)
        return answer is not None and answer.is_success


async def test_a_kill_in_the_midst_of_closing_and_revising_loses_and_doubles_no_step(
    kafka: LocalKafka, domain_topics: Sequence[str], service_settings: MakeSettings, tmp_path: Path
) -> None:
    assert TOPIC in domain_topics
    files = {"steward_token_file": TOKEN, "approver_token_file": APPROVER}
    for name, secret in files.items():
        (tmp_path / name).write_text(secret)
    paths = {name: tmp_path / name for name in files}
    settings = service_settings("reporting", Settings, **paths)
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
        await eventually(lambda: _is_said(pool), "all is said")
        steps = await pool.fetchval("SELECT count(*) FROM release_step WHERE step = 'approved'")
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in heard_on(kafka.bootstrap, TOPIC):
        ids[event.fact_type, event.factid].add(event.id)

    assert steps == len(MONTHS)
    assert set(ids) == {(CLOSED, f"{month}.v1") for month in MONTHS} | EXPECTED
    assert {len(each) for each in ids.values()} == {1}


async def registered(bootstrap: str, pool: Pool, first: int) -> None:
    """Some more returnees in each of the months, folded."""
    before = await pool.fetchval("SELECT count(*) FROM fact")
    events = [
        said(returned(f"{month}-05", municipality=PROKUPLJE), person(first + 10 * at + number))
        for at, month in enumerate(MONTHS)
        for number in range(PEOPLE)
    ]
    tell(bootstrap, events)
    await eventually(lambda: _is_counted(pool, "fact", before + len(events)), "all are folded")


async def closed_although_killed(reporting: Running, month: str, after_s: float) -> None:
    """Close a month, with a kill while it is approved."""
    clerks = Clerks(reporting)
    release = await clerks.prepare(month)
    asking = asyncio.create_task(clerks.approve(release))
    await asyncio.wait({asking}, timeout=after_s)
    reporting.kill()
    await asking
    reporting.start()
    await eventually(lambda: clerks.approve(release), f"{month} is closed")


async def _is_counted(pool: Pool, table: str, least: int) -> bool:
    found: int = await pool.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
    return found >= least


async def _is_said(pool: Pool) -> bool:
    return not await pool.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)")
