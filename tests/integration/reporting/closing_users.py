"""The two persons who close periods: both keys, the four steps, and the recheck."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from services.reporting.indicators import catalogue
from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.publication.policy import PublishableMeasures
from services.reporting.publication.publisher import Publisher
from services.reporting.releases.revision_task import recheck_release
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import PROKUPLJE

APPROVER = "an approver's token of a test"
MAY = "2023-05"
BACK = "registration.returnee.registered"


@dataclass(frozen=True)
class ClosingUsers:
    """The persons who close periods of a council, with one replica of reporting."""

    reporting: ReportingHarness
    place: str = PROKUPLJE

    async def post(
        self, path: str, body: Mapping[str, str], token: str | None = None
    ) -> httpx.Response:
        """Request a step."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.reporting.client.post(
            f"/releases{path}", json=dict(body), headers=headers
        )

    async def prepare(self, period: str = MAY, by: str = "steward-1") -> httpx.Response:
        """Prepare a period with the steward's key."""
        body = {"place": self.place, "period": period, "by": by}
        return await self.post("", body, TOKEN)

    async def approve(self, release: str, by: str = "approver-1") -> httpx.Response:
        """Approve a release with the approver's key."""
        return await self.post(f"/{release}/approve", {"by": by}, APPROVER)

    async def close(self, period: str = MAY) -> str:
        """Prepare and approve; return the id of the release."""
        prepared = await self.prepare(period)
        assert prepared.status_code == 201, prepared.text
        release: str = prepared.json()["id"]
        approved = await self.approve(release)
        assert approved.status_code == 200, approved.text
        return release

    async def reopen(self, period: str = MAY, reason: str = "late_facts") -> httpx.Response:
        """Reopen a period with the approver's key."""
        body = {"by": "approver-1", "reason": reason}
        return await self.post(f"/{self.place}/{period}/reopen", body, APPROVER)

    async def publish(self) -> None:
        """Publish what the projection has changed."""
        context = self.reporting.context
        shown = PublishableMeasures.of(catalogue(context.declared))
        async with context.pool.acquire() as connection:
            await Publisher(connection, shown, context.clock).publish_councils()

    async def recheck(self) -> None:
        """Publish what the projection has changed, and recheck the changed releases."""
        context = self.reporting.context
        await self.publish()
        while await recheck_release(context, definitions_fingerprint()):
            pass

    async def comparison(
        self, period: str = MAY, token: str | None = None, **params: str
    ) -> dict[str, Any]:
        """Return the version of a period next to today's numbers."""
        response = await self.reporting.get(f"/releases/{self.place}/{period}", params, token)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    async def published_events(self) -> list[tuple[str, dict[str, Any]]]:
        """Return everything that reporting has published: types and data, in order."""
        rows = await self.reporting.context.pool.fetch("SELECT value FROM outbox ORDER BY id")
        events = [json.loads(row["value"]) for row in rows]
        return [(event["type"], event["data"]) for event in events]


def refused(response: httpx.Response) -> tuple[int, str]:
    """Return status and code of a refusal."""
    return response.status_code, response.json()["code"]
