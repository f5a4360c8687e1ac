"""The three services as processes on a real Kafka: each handles the others' events."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from runtime.process.clock import belgrade_day, utc_now
from schemas.events.event import Event
from schemas.events.matching import MatchProposed
from services.matching.__main__ import MATCHING
from services.matching.model import SOURCE
from services.registration.__main__ import REGISTRATION
from services.training.__main__ import TRAINING
from tests.conftest import MakeSettings
from tests.integration.services.builders import (
    completed,
    needing,
    opened,
    person,
    placed,
    published,
    returned,
    seeking,
)
from tests.integration.services.conftest import OPERATOR_KEY
from tests.integration.services.running import Running, events_in, produce, running
from tests.waiting import eventually

TODAY = belgrade_day(utc_now()).isoformat()


@dataclass(frozen=True)
class ThreeServices:
    """Registration, training and matching, ready and connected by Kafka."""

    kafka: str
    client: httpx.AsyncClient
    registration: Running
    training: Running
    matching: Running

    async def record(self, service: Running, path: str, event: Event) -> str:
        """Record a fact over HTTP and return its subject."""
        body = event.model_dump(mode="json", by_alias=True, exclude_none=True)
        key = {"Idempotency-Key": uuid4().hex}
        answer = await self.client.post(f"{service.url}{path}", json=body, headers=key)
        subject: str = answer.raise_for_status().json()["subject"]
        return subject

    async def rows(self, service: Running, path: str, subject: str) -> list[dict[str, object]]:
        """Return the rows of a list that are about one person."""
        answer = await self.client.get(f"{service.url}{path}")
        return [row for row in answer.raise_for_status().json() if row["person"] == subject]


@pytest.fixture
async def services(
    bootstrap: str, service_settings: MakeSettings, tmp_path: Path
) -> AsyncIterator[ThreeServices]:
    key_file = tmp_path / "operator.key"
    key_file.write_text(OPERATOR_KEY)
    services = [
        Running(
            each.name,
            service_settings(each.name, each.settings, kafka=bootstrap, operator_key_file=key_file),
        )
        for each in (REGISTRATION, TRAINING, MATCHING)
    ]
    headers = {"authorization": f"Bearer {OPERATOR_KEY}"}
    async with running(*services), httpx.AsyncClient(headers=headers, trust_env=False) as client:
        yield ThreeServices(bootstrap, client, *services)


async def test_each_service_handles_the_events_of_the_others(services: ThreeServices) -> None:
    """One long history: starting three processes takes longer than all its steps."""
    partners = person(101)
    produce(services.kafka, [published(returned(TODAY), partners)])
    due = "/followups?until=2100-01-01"

    async def two_followups() -> bool:
        return len(await services.rows(services.registration, due, partners)) == 2

    await eventually(two_followups, "registration planned the follow-ups of a partner's return")

    await services.record(services.matching, f"/persons/{partners}/placements", placed(TODAY))

    async def noted() -> bool:
        rows = await services.rows(services.registration, due, partners)
        return {row["placed_on"] for row in rows} == {TODAY}

    await eventually(noted, "registration noted matching's placement on them")

    ours = await services.record(services.registration, "/returnees", returned(TODAY))
    await services.record(services.registration, f"/persons/{ours}/needs", needing(TODAY))

    async def is_waiting() -> bool:
        return len(await services.rows(services.training, "/waiting", ours)) == 1

    await eventually(is_waiting, "training consumed registration's assessment")

    offer = await services.record(services.matching, "/vacancies", opened(TODAY))
    await services.record(services.matching, f"/persons/{ours}/registrations", seeking(TODAY))
    await services.record(services.training, f"/persons/{ours}/completions", completed(TODAY))

    async def proposed() -> bool:
        rows = await services.rows(services.matching, "/proposals", ours)
        return [row["vacancy"] for row in rows] == [offer]

    await eventually(proposed, "matching proposed its vacancy when the course was completed")

    async def in_kafka() -> bool:
        return any(
            event.subject == ours and event.source == SOURCE
            for event in events_in(services.kafka, "matching-events")
            if isinstance(event.data, MatchProposed) and event.data.vacancy == offer
        )

    await eventually(in_kafka, "the proposal is in Kafka")
    codes = [
        service.stop() for service in (services.registration, services.training, services.matching)
    ]

    assert codes == [0, 0, 0]
