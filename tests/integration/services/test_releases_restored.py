"""A database older than a closing never publishes its version again with other content."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from lmc.devstack.local_postgres import LocalPostgres
from runtime.storage.pool import open_pool
from schemas.events.reporting import PeriodClosed
from services.reporting.releases.verify_digests import (
    DigestCheck,
    check_digests,
    compare_with_log,
    read_published_digests,
)
from services.reporting.settings import ReportingSettings
from tests.conftest import MakeSettings
from tests.integration.services.backup import Backup
from tests.integration.services.builders import PROKUPLJE, person, published, returned
from tests.integration.services.running import Running, events_in, produce, running
from tests.waiting import eventually

STEWARD, APPROVER = "a steward's key of a test", "an approver's key of a test"
PERIOD = "2023-05"
COUNTED = {"place": PROKUPLJE, "period": PERIOD, "layer": "exact", "measure": "registered"}

pytestmark = pytest.mark.timeout(600)


@dataclass
class ClosingSystem:
    """Reporting with one database and one log, and the two persons who close periods."""

    reporting: Running
    bootstrap: str
    backup: Callable[[], Backup]

    async def request(self, method: str, path: str, key: str, **fields: Any) -> httpx.Response:
        """Return the response to a request with a key."""
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
            return await client.request(method, f"{self.reporting.url}{path}", **fields)

    async def is_counted(self, number: int) -> bool:
        """Return whether so many returnees are counted, and all of the log is projected."""
        answer = await self.request("GET", "/indicators/MI-05/values", STEWARD, params=COUNTED)
        fresh = (await self.request("GET", "/freshness", STEWARD)).json()
        is_projected = fresh["lag"] == 0 and fresh["projected_through"] is not None
        return is_projected and answer.json()["values"][0]["value"] == number

    async def prepare(self) -> dict[str, Any]:
        """Prepare a closing and return the response."""
        request = {"place": PROKUPLJE, "period": PERIOD, "by": "steward-1"}
        answer = await self.request("POST", "/releases", STEWARD, json=request)
        assert answer.status_code == 201, answer.text
        prepared: dict[str, Any] = answer.json()
        return prepared

    async def approve(self, prepared: dict[str, Any]) -> httpx.Response:
        """Approve a prepared closing and return the response."""
        path = f"/releases/{prepared['id']}/approve"
        return await self.request("POST", path, APPROVER, json={"by": "approver-1"})

    async def close(self) -> dict[str, Any]:
        """Prepare and approve a closing, and wait until it is published."""
        prepared = await self.prepare()
        approved = await self.approve(prepared)
        assert approved.status_code == 200, approved.text
        await eventually(partial(self.is_published, prepared["digest"]), "the closing is published")
        return prepared

    def closings(self) -> list[tuple[int, str]]:
        """Return the published versions with their digests."""
        published_data = [each.data for each in events_in(self.bootstrap, "reporting-events")]
        return [
            (each.version, each.digest) for each in published_data if isinstance(each, PeriodClosed)
        ]

    async def is_published(self, digest: str) -> bool:
        """Return whether a version with this digest is published."""
        return digest in {published for _, published in self.closings()}

    async def checked(self) -> list[DigestCheck]:
        """Return what `lmc releases --check` compares."""
        async with await open_pool(self.reporting.settings) as pool:
            return compare_with_log(
                await check_digests(pool), await read_published_digests(self.bootstrap)
            )


@pytest.fixture
def closing(
    bootstrap: str,
    service_settings: MakeSettings,
    postgres: LocalPostgres,
    database: str,
    tmp_path: Path,
) -> ClosingSystem:
    steward, approver = tmp_path / "steward", tmp_path / "approver"
    steward.write_text(STEWARD)
    approver.write_text(APPROVER)
    keys = {"steward_token_file": steward, "approver_token_file": approver}
    settings = service_settings("reporting", ReportingSettings, kafka=bootstrap, **keys)
    backup = partial(Backup, postgres, database, tmp_path / "backup")
    return ClosingSystem(Running("reporting", settings), bootstrap, backup)


async def test_a_version_lost_by_a_restored_database_is_never_published_with_other_content(
    closing: ClosingSystem,
) -> None:
    async with running(closing.reporting):
        produce(closing.bootstrap, [published(returned("2023-05-02"), person(1))])
        await eventually(partial(closing.is_counted, 1), "the return is counted")
        waiting = await closing.prepare()
        backup = closing.backup()
        produce(closing.bootstrap, [published(returned("2023-05-03"), person(2))])
        await eventually(partial(closing.is_counted, 2), "the second return is counted")
        lost = await closing.close()
    backup.restore()
    async with running(closing.reporting):
        await eventually(partial(closing.is_counted, 2), "the log is projected again")
        refused = await closing.approve(waiting)
        produce(closing.bootstrap, [published(returned("2023-05-04"), person(3))])
        await eventually(partial(closing.is_counted, 3), "a late return is counted")
        second = await closing.close()
        checked = await closing.checked()

    assert [each["version"] for each in (waiting, lost, second)] == [1, 1, 2]
    assert (refused.status_code, refused.json()["code"]) == (409, "E1302")
    assert "version 1" in refused.json()["detail"]
    assert published_digests(closing) == {1: {lost["digest"]}, 2: {second["digest"]}}
    reported = {each.version: (each.agrees, each.is_lost) for each in checked if each.published}
    assert reported == {1: (False, True), 2: (True, False)}


def published_digests(closing: ClosingSystem) -> dict[int, set[str]]:
    """Return the published digests of each version."""
    found: dict[int, set[str]] = {}
    for version, digest in closing.closings():
        found.setdefault(version, set()).add(digest)
    return found
