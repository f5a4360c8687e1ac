"""Closing as a test has it on its desk: both keys, the four steps, and the look at what changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from services.reporting.closing.revising import revise
from services.reporting.folding.digest import catalogue_digest
from services.reporting.indicators import catalogue
from services.reporting.publishing.publisher import Publisher, Shown
from tests.integration.reporting.desk import TOKEN, Desk
from tests.reference.tell import PROKUPLJE

APPROVER = "an approver's token of a test"
MAY = "2023-05"
BACK = "registration.returnee.registered"


@dataclass(frozen=True)
class Office:
    """The people who close periods of a council, over one desk."""

    desk: Desk
    place: str = PROKUPLJE

    async def post(
        self, path: str, told: Mapping[str, str], token: str | None = None
    ) -> httpx.Response:
        """The answer to a step."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.desk.client.post(f"/releases{path}", json=dict(told), headers=headers)

    async def prepare(self, period: str = MAY, by: str = "steward-1") -> httpx.Response:
        """Prepare a period with the steward's key."""
        told = {"place": self.place, "period": period, "by": by}
        return await self.post("", told, TOKEN)

    async def approve(self, release: str, by: str = "approver-1") -> httpx.Response:
        """Approve a release with the approver's key."""
        return await self.post(f"/{release}/approve", {"by": by}, APPROVER)

    async def close(self, period: str = MAY) -> str:
        """Prepare and approve; the id of the release."""
        prepared = await self.prepare(period)
        assert prepared.status_code == 201, prepared.text
        release: str = prepared.json()["id"]
        approved = await self.approve(release)
        assert approved.status_code == 200, approved.text
        return release

    async def reopen(self, period: str = MAY, reason: str = "late_facts") -> httpx.Response:
        """Open a period again with the approver's key."""
        told = {"by": "approver-1", "reason": reason}
        return await self.post(f"/{self.place}/{period}/reopen", told, APPROVER)

    async def publish(self) -> None:
        """Let the publisher take what the fold has noted."""
        context = self.desk.context
        shown = Shown.of(catalogue(context.declared))
        async with context.pool.acquire() as connection:
            await Publisher(connection, shown, context.clock).councils()

    async def look(self) -> None:
        """Let the publisher take what the fold has noted, and compare what was touched."""
        context = self.desk.context
        await self.publish()
        while await revise(context, catalogue_digest()):
            pass

    async def beside(
        self, period: str = MAY, token: str | None = None, **params: str
    ) -> dict[str, Any]:
        """The version of a period beside the numbers of today."""
        answer = await self.desk.ask(f"/releases/{self.place}/{period}", params, token)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def said(self) -> list[tuple[str, dict[str, Any]]]:
        """Everything that reporting has said: types and data, in their order."""
        rows = await self.desk.context.pool.fetch("SELECT value FROM outbox ORDER BY id")
        said = [json.loads(row["value"]) for row in rows]
        return [(event["type"], event["data"]) for event in said]


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]
