"""A partner that posts events to intake, and retries until they are accepted."""

import json
from collections import Counter
from collections.abc import Sequence

import httpx

from tests.chaos.environment import ServiceDatabase
from tests.chaos.replicas import Replica
from tests.e2e.mixed_logs import without_recordedtime
from tests.reference.shapes import Event
from tests.waiting import eventually

BATCH = "application/cloudevents-batch+json"
BATCH_SIZE = 50
UNSENT = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
ACCEPTED_STATUSES = {"accepted", "duplicate"}


class PartnerClient:
    """A client of intake; counts the results of events and the statuses of failed requests."""

    def __init__(self, intake: Replica, key: str) -> None:
        self._intake = intake
        self._key = key
        self.statuses: Counter[str] = Counter()
        self.refused_statuses: Counter[int] = Counter()

    async def publish(self, events: Sequence[Event]) -> None:
        """Post all events; retry each batch until it is accepted."""
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": BATCH}
        async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
            for begin in range(0, len(events), BATCH_SIZE):
                body = json.dumps(
                    [without_recordedtime(e) for e in events[begin : begin + BATCH_SIZE]]
                )

                async def is_accepted(body: str = body) -> bool:
                    return await self._post(client, body)

                await eventually(is_accepted, "intake accepts events")

    async def _post(self, client: httpx.AsyncClient, body: str) -> bool:
        try:
            response = await client.post(f"{self._intake.url}/events", content=body)
        except httpx.HTTPError:
            return False
        if response.status_code != httpx.codes.ACCEPTED:
            self.refused_statuses[response.status_code] += 1
            return False
        statuses = [result["status"] for result in response.json()["results"]]
        assert set(statuses) <= ACCEPTED_STATUSES, response.text
        self.statuses.update(statuses)
        return True


def partner_client(database: ServiceDatabase, intake: Replica) -> PartnerClient:
    """Return a client with the operator's key."""
    return PartnerClient(intake, database.environment.operator_key.read_text().strip())


async def all_sent(database: ServiceDatabase) -> bool:
    """Whether Kafka has acknowledged all events that intake accepted."""
    unsent: int = await (await database.pool("intake")).fetchval(UNSENT)
    return unsent == 0
