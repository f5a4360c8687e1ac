"""Partners who say events at intake's door, and say them again until they are answered."""

import json
from collections import Counter
from collections.abc import Sequence

import httpx

from tests.e2e.crowd import unstamped
from tests.integration.chaos.copies import Copy
from tests.integration.chaos.ground import Base, eventually
from tests.reference.plain import Event

BATCH = "application/cloudevents-batch+json"
AT_ONCE = 50
UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
TAKEN = {"accepted", "duplicate"}


class Partners:
    """Those who stand at one door: what they were answered, and by which status turned away."""

    def __init__(self, intake: Copy, key: str) -> None:
        self._intake = intake
        self._key = key
        self.answered: Counter[str] = Counter()
        self.refusals: Counter[int] = Counter()

    async def say(self, events: Sequence[Event]) -> None:
        """Say all events; without an answer nobody knows whether they are in: say them again."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": BATCH}
        async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
            for begin in range(0, len(events), AT_ONCE):
                body = json.dumps([unstamped(e) for e in events[begin : begin + AT_ONCE]])

                async def is_taken(body: str = body) -> bool:
                    return await self._post(client, body)

                await eventually(is_taken, "the door takes events")

    async def _post(self, client: httpx.AsyncClient, body: str) -> bool:
        try:
            answer = await client.post(f"{self._intake.url}/events", content=body)
        except httpx.HTTPError:
            return False
        if answer.status_code != httpx.codes.ACCEPTED:
            self.refusals[answer.status_code] += 1
            return False
        statuses = [result["status"] for result in answer.json()["results"]]
        assert set(statuses) <= TAKEN, answer.text
        self.answered.update(statuses)
        return True


def partners(base: Base, intake: Copy) -> Partners:
    """Partners with the operator's key."""
    return Partners(intake, base.ground.operator_key.read_text().strip())


async def all_said(base: Base) -> bool:
    """Whether Kafka has acknowledged everything that intake took."""
    unsent: int = await (await base.pool("intake")).fetchval(UNSENT)
    return unsent == 0
