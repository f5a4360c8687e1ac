"""Matching killed in mid-stream, several times, loses and duplicates nothing."""

from collections import defaultdict

import pytest

from runtime.messaging.admin import end_offsets
from runtime.storage.pool import Pool, open_pool
from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.events.matching import MatchProposed
from schemas.validation.decode import decode_event
from services.matching.__main__ import MATCHING
from tests.conftest import MakeSettings
from tests.integration.services.builders import (
    COOK,
    NIS,
    completed,
    opened,
    person,
    published,
    seeking,
    vacancy,
)
from tests.integration.services.running import Running, events_in, produce, running
from tests.waiting import eventually

KILLS = 5
PEOPLE = [person(5000 + number) for number in range(200)]
OFFERS = [vacancy(5000 + number) for number in range(3)]
EXPECTED = {(code, offer) for code in PEOPLE for offer in OFFERS}

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("durable")]


def offers() -> list[Envelope[Event]]:
    """Return open vacancies where nobody else in this log seeks work."""
    return [
        published(opened("2023-03-01", municipality=NIS, occupation=COOK), code) for code in OFFERS
    ]


def people() -> list[Envelope[Event]]:
    """Return persons who seek work and learn a trade, every third event of them twice."""
    reported: list[Envelope[Event]] = []
    for code in PEOPLE:
        reported.append(published(seeking("2023-03-02", municipality=NIS), code))
        reported.append(published(completed("2023-03-05", trade=COOK), code))
    return [*reported, *reported[::3]]


def proposals(events: list[Envelope[Event]]) -> dict[tuple[str, str], set[str]]:
    """Return the ids of the proposals of each vacancy to each person."""
    ids = defaultdict(set)
    for event in events:
        if isinstance(event.data, MatchProposed) and event.subject in PEOPLE:
            ids[event.subject, event.data.vacancy].add(event.id)
    return ids


async def in_outbox(pool: Pool) -> list[Envelope[Event]]:
    return [decode_event(row["value"]) for row in await pool.fetch("SELECT value FROM outbox")]


async def test_matching_killed_in_mid_stream_loses_and_duplicates_no_proposal(
    bootstrap: str, service_settings: MakeSettings
) -> None:
    settings = service_settings("matching", MATCHING.settings, kafka=bootstrap)
    matching = Running("matching", settings)
    killed_at: list[int] = []
    async with running(matching), await open_pool(settings) as pool:

        async def is_offered() -> bool:
            return bool(
                await pool.fetchval("SELECT count(*) = 3 FROM vacancy WHERE council = $1", NIS)
            )

        async def is_far_enough() -> bool:
            return await _count(pool) > len(EXPECTED) * (len(killed_at) + 1) / (KILLS + 2)

        async def is_done() -> bool:
            if await pool.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL"):
                return False
            rows = await pool.fetch("SELECT topic, partition, next_offset FROM consumer_position")
            consumed = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
            return consumed == dict(await end_offsets(bootstrap, set(consumed)))

        produce(bootstrap, offers())
        await eventually(is_offered, "matching knows the vacancies")
        produce(bootstrap, people())
        for _ in range(KILLS):
            await eventually(is_far_enough, "matching is in mid-stream")
            matching.kill()
            killed_at.append(await _count(pool))
            matching.start()
        await eventually(is_done, "all events are consumed and published")
        proposed_once = proposals(await in_outbox(pool))
        quarantined = await pool.fetchval("SELECT count(*) FROM quarantine")
    in_kafka = proposals(events_in(bootstrap, "matching-events"))

    assert max(killed_at) < len(EXPECTED)
    assert quarantined == 0
    assert set(proposed_once) == EXPECTED
    assert all(len(ids) == 1 for ids in proposed_once.values())
    assert in_kafka == proposed_once


async def _count(pool: Pool) -> int:
    return int(await pool.fetchval("SELECT count(*) FROM proposal WHERE person >= $1", PEOPLE[0]))
