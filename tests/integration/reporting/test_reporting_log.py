"""Reporting on a real log: freshness tells the truth, and several copies count everything once."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from lmc.kafka import LocalKafka
from lmc.ports import free_ports
from services.reporting.folding.freshness import Fresh, Freshness
from tests.conftest import MakeTopic
from tests.integration.follow.story import become
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import Desk, counted_by_reference
from tests.integration.reporting.log import Log, following
from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tell import say

MADE = "matching.placement.made"
POISON = b"poison"
FRESH_SECONDS_MAX = 1.0
"""What a person may wait for; 200 ms where nobody else uses the machine."""


def now() -> datetime:
    return datetime.now(UTC)


def placements(count: int, letter: str = "a") -> list[Event]:
    return [
        say(MADE, "2023-03-02", f"p-{number:03}{letter * 23}", id=f"{letter}-{number}")
        for number in range(count)
    ]


@pytest.fixture
async def log(kafka: LocalKafka, make_topic: MakeTopic) -> Log:
    """Two topics of four partitions."""
    return Log(kafka.bootstrap, (await make_topic("one"), await make_topic("two")), 4)


@pytest.fixture
async def live(open_desk: OpenDesk, log: Log) -> Desk:
    """Reporting that follows the log, with the machine's clock."""
    return await open_desk(clock=now, freshness=Freshness(log.places))


def look_at(desk: Desk, log: Log) -> Callable[[], Awaitable[Fresh]]:
    freshness = Freshness(log.places)
    return lambda: freshness.look(desk.context)


async def test_what_is_acknowledged_is_folded_when_freshness_says_so(live: Desk, log: Log) -> None:
    look, waited_s = look_at(live, log), []
    async with following(live, log):
        for letter in "abcdef":
            log.tell(placements(20, letter))
            said_at, begun_s = now(), time.monotonic()

            async def is_folded(said_at: datetime = said_at) -> bool:
                folded_to = (await look()).folded_to
                return folded_to is not None and folded_to >= said_at

            await become(is_folded)
            waited_s.append(time.monotonic() - begun_s)
            persons = await live.total("MI-13.placed", "RS", "2023")

            assert persons == (20 * len(waited_s), "value")
    assert min(waited_s) < FRESH_SECONDS_MAX


async def test_nothing_is_called_folded_that_is_not(live: Desk, log: Log) -> None:
    look = look_at(live, log)
    empty = await look()
    log.tell(placements(20))
    said_at = now()
    answer = (await live.ask("/freshness")).json()
    behind = await look_at(live, log)()

    assert (empty.lag, behind.lag, behind.folded_to) == (0, 20, None)
    assert empty.folded_to is not None
    assert empty.folded_to < said_at
    assert (answer["folded_to"], answer["lag"], len(answer["topics"])) == (None, 20, 8)
    assert sum(each["lag"] for each in answer["topics"]) == 20


async def test_freshness_is_answered_without_kafka(live: Desk, log: Log) -> None:
    nowhere = f"127.0.0.1:{free_ports(1)[0]}"
    look = Freshness(log.places).look
    context = live.context
    away = type(context)(
        context.settings.model_copy(update={"kafka": nowhere}),
        *(context.pool, context.clock, context.ids, context.metrics, context.declared),
    )
    begun_s = time.monotonic()
    blind = [await look(away), await look(away)]

    assert [each.folded_to for each in blind] == [None, None]
    assert time.monotonic() - begun_s < 10


async def test_two_copies_fold_a_log_of_everything_once(open_desk: OpenDesk, log: Log) -> None:
    desks = [await open_desk(clock=now) for _ in range(2)]
    events = [
        event | {"id": f"{seed}-{event['id']}", "factid": f"{seed}-{event.get('factid')}"}
        for seed in range(20)
        for event in random_log(seed)
    ]
    log.tell([*events[::2], POISON, *events[1::2], *events[::3]])
    look = look_at(desks[0], log)

    async def is_done() -> bool:
        fresh = await look()
        return fresh.folded_to is not None and fresh.lag == 0

    async with following(desks[0], log, "1"), following(desks[1], log, "2"):
        await become(is_done)

    names = {(event["source"], event["id"]) for event in events}
    assert await desks[0].entries() == counted_by_reference(events)
    assert await desks[0].number("SELECT count(*) FROM fact") == len(names)
    assert await desks[0].number("SELECT count(*) FROM quarantine") == 1
    counted = "SELECT (sum(folded), sum(duplicate), sum(quarantined))::text FROM position"
    told = len(events) + len(events[::3])
    assert await desks[0].context.pool.fetchval(counted) == (
        f"({len(names)},{told - len(names)},1)"
    )
