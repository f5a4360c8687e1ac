"""Kafka or PostgreSQL die under the services: these go on, and what was accepted counts."""

import asyncio
import functools
from collections.abc import Sequence

import httpx
import pytest

from lmc.stack import SERVICE_PORTS
from runtime.kafka import ends
from tests.e2e.crowd import crowd
from tests.integration.chaos.copies import Copy
from tests.integration.chaos.ground import Base, eventually
from tests.integration.chaos.saying import all_said, partners
from tests.integration.chaos.telling import TODAY
from tests.integration.chaos.verdict import RIGHT, verdict, wanted
from tests.reference.plain import Event

SEEDS = range(100, 200)
DEATHS = 2
LISTENERS = ("registration", "training", "matching")
HEARD = "SELECT topic, partition, next_offset FROM heard_position"

pytestmark = pytest.mark.timeout(900)


def names(events: Sequence[Event]) -> set[tuple[str, str]]:
    """The names of the facts."""
    return {(event["source"], event["id"]) for event in events}


async def ready(*copies: Copy) -> None:
    """Return when all are ready."""
    for copy in copies:
        await eventually(copy.is_ready, f"{copy.service} is ready")


async def test_facts_are_accepted_while_kafka_is_dead_and_all_arrive_when_it_is_back(
    base: Base,
) -> None:
    kafka, events = base.ground.kafka, crowd(SEEDS, TODAY)
    before, meanwhile = events[: len(events) // 2], events[len(events) // 2 :]
    intake, reporting = (base.copy(name).start() for name in ("intake", "reporting"))
    await ready(intake, reporting)
    door = partners(base, intake)
    await door.say(before)

    await asyncio.to_thread(kafka.kill)
    await door.say(meanwhile)
    waiting = not await all_said(base)
    await asyncio.to_thread(kafka.start)
    await eventually(lambda: all_said(base), "all is said")
    await eventually(base.is_folded, "all is folded")
    await ready(intake, reporting)
    said = await wanted(kafka.bootstrap)

    assert not door.refusals
    assert waiting
    assert said.facts.keys() == names(events)
    assert await verdict(base) == RIGHT
    assert (intake.stop(), reporting.stop()) == (0, 0)


async def test_all_services_go_on_when_postgresql_was_killed_and_nothing_accepted_is_lost(
    base: Base,
) -> None:
    ground, events = base.ground, crowd(SEEDS, TODAY)
    copies = {name: base.copy(name).start() for name in SERVICE_PORTS}
    await ready(*copies.values())
    door = partners(base, copies["intake"])
    telling = asyncio.create_task(door.say(events))
    for death in range(1, DEATHS + 1):

        async def is_far_enough(far: int = len(events) * death // (DEATHS + 2)) -> bool:
            return door.answered.total() > far

        await eventually(is_far_enough, "the door takes events")
        await asyncio.to_thread(ground.postgres.kill)
        await asyncio.to_thread(ground.postgres.start)
    await telling
    await eventually(lambda: all_said(base), "all is said")
    await eventually(base.is_folded, "all is folded")
    for name in LISTENERS:
        await eventually(functools.partial(has_heard_all, base, name), f"{name} has heard all")
    await ready(*copies.values())
    said = await wanted(ground.kafka.bootstrap)

    assert names(events) <= said.facts.keys()
    assert await verdict(base) == RIGHT
    assert set(door.refusals) <= {httpx.codes.SERVICE_UNAVAILABLE}
    assert {name: copy.exit_code for name, copy in copies.items()} == dict.fromkeys(copies)
    assert {name: copy.stop() for name, copy in copies.items()} == dict.fromkeys(copies, 0)


async def has_heard_all(base: Base, service: str) -> bool:
    """Whether a listener has passed all records of the topics that it hears."""
    rows = await (await base.pool(service)).fetch(HEARD)
    heard = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    return heard == await ends(base.ground.kafka.bootstrap, set(heard)) and bool(heard)
