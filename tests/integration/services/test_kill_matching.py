"""SIGKILL to matching in mid-stream, several times: nothing is lost and nothing is doubled."""

from collections import defaultdict

import pytest

from runtime.kafka import ends
from runtime.postgres import Pool, open_pool
from schemas.envelope import Envelope, hear
from schemas.event import Event
from schemas.matching import MatchProposed
from services.matching.__main__ import MATCHING
from tests.conftest import MakeSettings
from tests.integration.services.running import Running, eventually, heard_on, running, tell
from tests.integration.services.stories import (
    COOK,
    NIS,
    completed,
    opened,
    person,
    said,
    seeking,
    vacancy,
)

KILLS = 5
PEOPLE = [person(5000 + number) for number in range(200)]
OFFERS = [vacancy(5000 + number) for number in range(3)]
EXPECTED = {(code, offer) for code in PEOPLE for offer in OFFERS}

pytestmark = pytest.mark.timeout(600)


def offers() -> list[Envelope[Event]]:
    """Open vacancies where nobody else of this log seeks work."""
    return [said(opened("2023-03-01", municipality=NIS, occupation=COOK), code) for code in OFFERS]


def people() -> list[Envelope[Event]]:
    """Each person seeks work and learns a trade, and every third of these is told twice."""
    told: list[Envelope[Event]] = []
    for code in PEOPLE:
        told.append(said(seeking("2023-03-02", municipality=NIS), code))
        told.append(said(completed("2023-03-05", trade=COOK), code))
    return [*told, *told[::3]]


def proposals(events: list[Envelope[Event]]) -> dict[tuple[str, str], set[str]]:
    """The ids under which each person heard of each vacancy."""
    ids = defaultdict(set)
    for event in events:
        if isinstance(event.data, MatchProposed) and event.subject in PEOPLE:
            ids[event.subject, event.data.vacancy].add(event.id)
    return ids


async def in_outbox(pool: Pool) -> list[Envelope[Event]]:
    return [hear(row["value"]) for row in await pool.fetch("SELECT value FROM outbox")]


async def test_matching_killed_in_mid_stream_loses_and_doubles_no_proposal(
    bus: str, service_settings: MakeSettings
) -> None:
    settings = service_settings("matching", MATCHING.settings, kafka=bus)
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
            rows = await pool.fetch("SELECT topic, partition, next_offset FROM heard_position")
            heard = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
            return heard == dict(await ends(bus, set(heard)))

        tell(bus, offers())
        await eventually(is_offered, "matching knows the vacancies")
        tell(bus, people())
        for _ in range(KILLS):
            await eventually(is_far_enough, "matching is in the midst of the stream")
            matching.kill()
            killed_at.append(await _count(pool))
            matching.start()
        await eventually(is_done, "all is heard and all is said")
        said_once = proposals(await in_outbox(pool))
        quarantined = await pool.fetchval("SELECT count(*) FROM quarantine")
    on_the_bus = proposals(heard_on(bus, "matching-events"))

    assert max(killed_at) < len(EXPECTED)
    assert quarantined == 0
    assert set(said_once) == EXPECTED
    assert all(len(ids) == 1 for ids in said_once.values())
    assert on_the_bus == said_once


async def _count(pool: Pool) -> int:
    return int(await pool.fetchval("SELECT count(*) FROM proposal WHERE person >= $1", PEOPLE[0]))
