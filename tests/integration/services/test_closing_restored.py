"""A database older than a closing: its version is never said again with other content."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from lmc.postgres import LocalPostgres
from runtime.postgres import open_pool
from schemas.reporting import PeriodClosed
from services.reporting.closing.check import Checked, check, closings, witnessed
from services.reporting.settings import Settings
from tests.conftest import MakeSettings
from tests.integration.services.backup import Backup
from tests.integration.services.running import Running, eventually, heard_on, running, tell
from tests.integration.services.stories import PROKUPLJE, person, returned, said

STEWARD, APPROVER = "a steward's key of a test", "an approver's key of a test"
PERIOD = "2023-05"
COUNTED = {"place": PROKUPLJE, "period": PERIOD, "layer": "exact", "measure": "registered"}

pytestmark = pytest.mark.timeout(600)


@dataclass
class Council:
    """Reporting over one database and one log, and the two who close a council's periods."""

    reporting: Running
    bus: str
    backup: Callable[[], Backup]

    async def ask(self, method: str, path: str, key: str, **given: Any) -> httpx.Response:
        """A door's answer to who holds a key."""
        headers = {"authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
            return await client.request(method, f"{self.reporting.url}{path}", **given)

    async def is_counted(self, number: int) -> bool:
        """Whether so many returnees are counted, and all that was said is folded."""
        answer = await self.ask("GET", "/indicators/MI-05/values", STEWARD, params=COUNTED)
        fresh = (await self.ask("GET", "/freshness", STEWARD)).json()
        is_folded = fresh["lag"] == 0 and fresh["folded_to"] is not None
        return is_folded and answer.json()["values"][0]["value"] == number

    async def prepare(self) -> dict[str, Any]:
        """What is prepared, as it is answered."""
        told = {"place": PROKUPLJE, "period": PERIOD, "by": "steward-1"}
        answer = await self.ask("POST", "/releases", STEWARD, json=told)
        assert answer.status_code == 201, answer.text
        prepared: dict[str, Any] = answer.json()
        return prepared

    async def approve(self, prepared: dict[str, Any]) -> httpx.Response:
        """The answer to the approval of what was prepared."""
        path = f"/releases/{prepared['id']}/approve"
        return await self.ask("POST", path, APPROVER, json={"by": "approver-1"})

    async def close(self) -> dict[str, Any]:
        """Prepare and approve, and wait until it is said."""
        prepared = await self.prepare()
        approved = await self.approve(prepared)
        assert approved.status_code == 200, approved.text
        await eventually(partial(self.is_said, prepared["digest"]), "the closing is said")
        return prepared

    def closings(self) -> list[tuple[int, str]]:
        """The versions that were said, with their digests."""
        told = [each.data for each in heard_on(self.bus, "reporting-events")]
        return [(each.version, each.digest) for each in told if isinstance(each, PeriodClosed)]

    async def is_said(self, digest: str) -> bool:
        """Whether a version of this digest was said."""
        return digest in {said for _, said in self.closings()}

    async def checked(self) -> list[Checked]:
        """What `lmc releases --check` compares."""
        async with await open_pool(self.reporting.settings) as pool:
            return witnessed(await check(pool), await closings(self.bus))


@pytest.fixture
def council(
    bus: str, service_settings: MakeSettings, postgres: LocalPostgres, database: str, tmp_path: Path
) -> Council:
    steward, approver = tmp_path / "steward", tmp_path / "approver"
    steward.write_text(STEWARD)
    approver.write_text(APPROVER)
    keys = {"steward_token_file": steward, "approver_token_file": approver}
    settings = service_settings("reporting", Settings, kafka=bus, **keys)
    backup = partial(Backup, postgres, database, tmp_path / "backup")
    return Council(Running("reporting", settings), bus, backup)


async def test_a_version_that_a_restored_database_has_lost_is_never_said_with_other_content(
    council: Council,
) -> None:
    async with running(council.reporting):
        tell(council.bus, [said(returned("2023-05-02"), person(1))])
        await eventually(partial(council.is_counted, 1), "the return is counted")
        waiting = await council.prepare()
        backup = council.backup()
        tell(council.bus, [said(returned("2023-05-03"), person(2))])
        await eventually(partial(council.is_counted, 2), "the second return is counted")
        lost = await council.close()
    backup.restore()
    async with running(council.reporting):
        await eventually(partial(council.is_counted, 2), "all is folded again")
        refused = await council.approve(waiting)
        tell(council.bus, [said(returned("2023-05-04"), person(3))])
        await eventually(partial(council.is_counted, 3), "a late return is counted")
        anew = await council.close()
        checked = await council.checked()

    assert [each["version"] for each in (waiting, lost, anew)] == [1, 1, 2]
    assert (refused.status_code, refused.json()["code"]) == (409, "E1302")
    assert "version 1" in refused.json()["detail"]
    assert council_said(council) == {1: {lost["digest"]}, 2: {anew["digest"]}}
    told = {each.version: (each.agrees, each.is_lost) for each in checked if each.said}
    assert told == {1: (False, True), 2: (True, False)}


def council_said(council: Council) -> dict[int, set[str]]:
    """The digests that were ever said of each version."""
    found: dict[int, set[str]] = {}
    for version, digest in council.closings():
        found.setdefault(version, set()).add(digest)
    return found
