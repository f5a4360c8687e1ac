"""Logs to rebuild from, and the steps of a rebuild over a test's database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from lmc.devstack.local_kafka import LocalKafka
from runtime.messaging import admin as kafka_admin
from runtime.storage.pool import Pool, open_pool
from services.reporting.rebuild.schema_names import STAGING_SESSION
from services.reporting.rebuild.workflow import ComparedProjections, Rebuild, exclusive_rebuild
from services.reporting.reconciliation.model import ReconciliationReport
from services.reporting.reconciliation.report import reconcile, source_log
from services.reporting.settings import ReportingSettings
from tests.conftest import MakeTopic
from tests.integration.reporting.harness import ReportingHarness
from tests.integration.reporting.topic_log import TopicLog, consuming
from tests.reference.builders import ANA, BOBAN, DARKO, ENISA, IVANJICA, make_event
from tests.reference.logs import random_log
from tests.reference.shapes import Event
from tests.waiting import eventually

MADE = "matching.placement.made"
LOGS = 12
NEXT_OFFSETS = "SELECT coalesce(sum(next_offset), 0)::bigint FROM position"


def now() -> datetime:
    return datetime.now(UTC)


def random_events() -> list[Event]:
    """Return random events about the same few people: merges, retracted merges, corrections."""
    return [
        event | {"id": f"{seed}-{event['id']}", "factid": f"{seed}-{event.get('factid')}"}
        for seed in range(LOGS)
        for event in random_log(seed)
    ]


def irregular_records() -> list[Event | bytes]:
    """Return a duplicate, conflicts, no JSON, an unknown version and an erasure."""
    made = make_event(MADE, "2023-03-02", ANA, id="made")
    erased = make_event("registration.person.erased", "2024-01-01", DARKO, id="erased")
    return [
        made,
        made | {"recordedtime": "2020-01-01T00:00:00Z"},
        made | {"data": made["data"] | {"municipality": IVANJICA}},
        make_event(MADE, "2023-03-05", BOBAN, id="made"),
        b"poison",
        make_event(MADE, "2023-03-02", ENISA, id="tomorrow")
        | {"type": "matching.placement.made.v9"},
        erased,
    ]


async def full_log(kafka: LocalKafka, make_topic: MakeTopic) -> TopicLog:
    """Return two topics of three partitions with records of every possible outcome."""
    topics = (await make_topic("rebuild-a", 3), await make_topic("rebuild-b", 3))
    made = TopicLog(kafka.bootstrap, topics, 3)
    made.publish([*random_events(), *irregular_records()])
    return made


async def project_all(reporting: ReportingHarness, log: TopicLog) -> None:
    """Run a consumer until everything is projected."""
    async with consuming(reporting, log):
        await eventually(lambda: is_projected(reporting.context.pool, log))


async def is_projected(pool: Pool, log: TopicLog) -> bool:
    ends = await kafka_admin.end_offsets(log.bootstrap, log.topic_partitions)
    return int(await pool.fetchval(NEXT_OFFSETS)) == sum(ends.values())


@asynccontextmanager
async def open_rebuild(reporting: ReportingHarness, log: TopicLog) -> AsyncIterator[Rebuild]:
    settings = reporting.context.settings
    assert isinstance(settings, ReportingSettings)
    async with await open_pool(settings, STAGING_SESSION) as pool, exclusive_rebuild(pool):
        yield Rebuild(settings, log.topics, pool, lambda *_: None)


async def rebuild_and_cut_over(
    reporting: ReportingHarness, log: TopicLog, processes: int = 1
) -> ComparedProjections:
    async with open_rebuild(reporting, log) as rebuild:
        found = await rebuild.prepare(processes)
        await rebuild.cut_over()
        return found


async def reconcile_log(reporting: ReportingHarness, log: TopicLog) -> ReconciliationReport:
    known = source_log(log.bootstrap, log.topics)
    return await reconcile(reporting.context.pool, known, reporting.context.declared, now)
