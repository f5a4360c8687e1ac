"""Reporting on a real log: freshness is right, and several replicas count everything once."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from lmc.devstack.local_kafka import LocalKafka
from lmc.devstack.ports import free_ports
from services.reporting.projection.freshness import ProgressTracker, ProjectionProgress
from tests.conftest import MakeTopic
from tests.growth import grow, write
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import ReportingHarness, counted_by_reference
from tests.integration.reporting.topic_log import TopicLog, consuming
from tests.reference.builders import make_event
from tests.reference.logs import random_log
from tests.reference.shapes import Event
from tests.waiting import eventually

MADE = "matching.placement.made"
INVALID = b"no JSON"
FRESH_SECONDS_MAX = 1.0
"""The longest acceptable delay; 200 ms on a quiet machine."""


def now() -> datetime:
    return datetime.now(UTC)


def placements(count: int, letter: str = "a") -> list[Event]:
    return [
        make_event(MADE, "2023-03-02", f"p-{number:03}{letter * 23}", id=f"{letter}-{number}")
        for number in range(count)
    ]


@pytest.fixture
async def log(kafka: LocalKafka, make_topic: MakeTopic) -> TopicLog:
    """Two topics of four partitions."""
    return TopicLog(kafka.bootstrap, (await make_topic("one"), await make_topic("two")), 4)


@pytest.fixture
async def live(open_reporting: OpenReporting, log: TopicLog) -> ReportingHarness:
    """Reporting with the machine's clock, whose freshness is that of the log."""
    return await open_reporting(clock=now, freshness=ProgressTracker(log.topic_partitions))


def progress_of(
    reporting: ReportingHarness, log: TopicLog
) -> Callable[[], Awaitable[ProjectionProgress]]:
    freshness = ProgressTracker(log.topic_partitions)
    return lambda: freshness.check(reporting.context)


async def test_every_record_acknowledged_before_projected_through_counts(
    live: ReportingHarness, log: TopicLog
) -> None:
    check, waited_s = progress_of(live, log), []
    async with consuming(live, log):
        for letter in "abcdef":
            log.publish(placements(20, letter))
            acknowledged_at, begun_s = now(), time.monotonic()

            async def is_projected(acknowledged_at: datetime = acknowledged_at) -> bool:
                projected_through = (await check()).projected_through
                return projected_through is not None and projected_through >= acknowledged_at

            await eventually(is_projected)
            waited_s.append(time.monotonic() - begun_s)
            persons = await live.total("MI-13.placed", "RS", "2023")

            assert persons == (20 * len(waited_s), "value")
    assert min(waited_s) < FRESH_SECONDS_MAX


async def test_projected_through_is_not_ahead_of_the_projection(
    live: ReportingHarness, log: TopicLog
) -> None:
    check = progress_of(live, log)
    empty = await check()
    log.publish(placements(20))
    acknowledged_at = now()
    answer = (await live.get("/freshness")).json()
    behind = await progress_of(live, log)()

    assert (empty.lag, behind.lag, behind.projected_through) == (0, 20, None)
    assert empty.projected_through is not None
    assert empty.projected_through < acknowledged_at
    assert (answer["projected_through"], answer["lag"], len(answer["topics"])) == (None, 20, 8)
    assert sum(each["lag"] for each in answer["topics"]) == 20


async def test_records_of_an_added_partition_wait_too(
    live: ReportingHarness, log: TopicLog
) -> None:
    check = progress_of(live, log)
    before = await check()
    grow(log.bootstrap, log.topics[0], 5)
    write(log.bootstrap, (log.topics[0], 4), INVALID)

    async def is_known() -> bool:
        return len((await check()).partitions) > len(before.partitions)

    await eventually(is_known)
    after = await check()
    [added] = [each for each in after.partitions if each.partition == 4]  # the fifth

    assert (before.lag, len(before.partitions), len(after.partitions)) == (0, 8, 9)
    assert added.lag + added.next_offset == 1  # the record waits, or is projected by now
    assert after.projected_through is not None
    assert after.projected_through < after.checked_at


async def test_freshness_answers_without_kafka(live: ReportingHarness, log: TopicLog) -> None:
    nowhere = f"127.0.0.1:{free_ports(1)[0]}"
    check = ProgressTracker(log.topic_partitions).check
    context = live.context
    away = type(context)(
        context.settings.model_copy(update={"kafka": nowhere}),
        *(context.pool, context.clock, context.ids, context.metrics, context.declared),
    )
    begun_s = time.monotonic()
    blind = [await check(away), await check(away)]

    assert [each.projected_through for each in blind] == [None, None]
    assert time.monotonic() - begun_s < 10


async def test_two_replicas_count_a_log_once(open_reporting: OpenReporting, log: TopicLog) -> None:
    replicas = [await open_reporting(clock=now) for _ in range(2)]
    events = [
        event | {"id": f"{seed}-{event['id']}", "factid": f"{seed}-{event.get('factid')}"}
        for seed in range(20)
        for event in random_log(seed)
    ]
    log.publish([*events[::2], INVALID, *events[1::2], *events[::3]])
    check = progress_of(replicas[0], log)

    async def is_done() -> bool:
        fresh = await check()
        return fresh.projected_through is not None and fresh.lag == 0

    async with consuming(replicas[0], log, "1"), consuming(replicas[1], log, "2"):
        await eventually(is_done)

    keys = {(event["source"], event["id"]) for event in events}
    assert await replicas[0].entries() == counted_by_reference(events)
    assert await replicas[0].fetch_number("SELECT count(*) FROM fact") == len(keys)
    assert await replicas[0].fetch_number("SELECT count(*) FROM quarantine") == 1
    counted = "SELECT (sum(applied), sum(duplicate), sum(quarantined))::text FROM position"
    valid = len(events) + len(events[::3])
    assert await replicas[0].context.pool.fetchval(counted) == (
        f"({len(keys)},{valid - len(keys)},1)"
    )
