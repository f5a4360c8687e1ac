"""A rebuild produces exactly the live tables from any log, and cuts over while they are used."""

import asyncio
from contextlib import suppress

import pytest

from lmc.devstack.local_kafka import LocalKafka
from runtime.process.errors import DependencyMissing
from services.reporting.queries.as_of import BATCH_CODES
from services.reporting.reconciliation.report import reconcile_projection, source_log
from tests.conftest import MakeTopic
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import ReportingHarness
from tests.integration.reporting.rebuilds import (
    MADE,
    full_log,
    is_projected,
    now,
    open_rebuild,
    project_all,
    rebuild_and_cut_over,
    reconcile_log,
)
from tests.integration.reporting.topic_log import TopicLog, consuming, produce
from tests.reference.builders import CECA, make_event
from tests.waiting import eventually

MERGED = "registration.person.merged"
COUNTS = """
SELECT topic, partition, next_offset, last_record, applied + duplicate AS events,
       quarantined, ignored
FROM position ORDER BY topic, partition
"""
# Of duplicates whose lists are in different orders either may be stored: compare digests, not data.
FACTS = """
SELECT source, event_id, subject, type, revision, recorded_at, digest
FROM fact ORDER BY source, event_id
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def log(kafka: LocalKafka, make_topic: MakeTopic) -> TopicLog:
    """A log with records of every possible outcome."""
    return await full_log(kafka, make_topic)


async def test_the_staging_tables_equal_the_live_ones_row_by_row(
    reporting: ReportingHarness, log: TopicLog
) -> None:
    await project_all(reporting, log)
    pool = reporting.context.pool
    before = await reporting.entries(), await pool.fetch(FACTS), await pool.fetch(COUNTS)
    live = await reporting.fetch_number("SELECT 'entry'::regclass::oid::bigint")
    found = await rebuild_and_cut_over(reporting, log, processes=2)
    after = await reporting.entries(), await pool.fetch(FACTS), await pool.fetch(COUNTS)

    assert found.is_equal
    assert before == after
    assert await reporting.fetch_number("SELECT 'entry'::regclass::oid::bigint") != live
    assert (await reconcile_log(reporting, log)).agrees


async def test_events_published_during_and_after_a_rebuild_count_once(
    reporting: ReportingHarness, log: TopicLog
) -> None:
    more = [make_event(MADE, f"2023-04-{day:02}", CECA, id=f"more-{day}") for day in range(1, 29)]
    await project_all(reporting, log)
    async with consuming(reporting, log), open_rebuild(reporting, log) as rebuild:
        await rebuild.prepare(1)
        log.publish(more[:9])
        await eventually(lambda: is_projected(reporting.context.pool, log))
        log.publish(more[9:18])
        await rebuild.cut_over()
        log.publish(more[18:])
        await eventually(lambda: is_projected(reporting.context.pool, log))

    assert await reporting.fetch_number(
        "SELECT count(*) FROM fact WHERE event_id LIKE 'more-%'"
    ) == len(more)
    assert (await reconcile_log(reporting, log)).agrees


async def test_merges_across_batches_of_codes_stay_linked(
    reporting: ReportingHarness, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    log = TopicLog(kafka.bootstrap, (await make_topic("rebuild-merges", 3),), 3)
    codes = [f"p-{number:026d}" for number in range(BATCH_CODES + 100)]
    # The least code with the greatest, and so on: few pairs are within one batch of codes.
    pairs = list(zip(codes, reversed(codes), strict=True))[: len(codes) // 2]
    log.publish(
        [
            *(
                make_event(MERGED, "2024-01-01", a, id=f"merged-{a}", **{"with": b})
                for a, b in pairs
            ),
            *(make_event(MADE, "2023-03-02", code, id=f"made-{code}") for code in codes),
        ]
    )
    await project_all(reporting, log)
    found = await rebuild_and_cut_over(reporting, log, processes=2)

    assert found.is_equal
    assert await reporting.fetch_number(
        "SELECT count(*) FROM subject WHERE canonical_id <> id"
    ) == len(pairs)
    assert (await reconcile_log(reporting, log)).agrees


async def test_a_wrong_live_table_is_reported_and_corrected(
    reporting: ReportingHarness, log: TopicLog
) -> None:
    await project_all(reporting, log)
    right = await reporting.entries()
    await reporting.context.pool.execute("DELETE FROM changed_cell")
    await reporting.context.pool.execute(
        "UPDATE entry SET municipality = '70017' WHERE ctid = (SELECT min(ctid) FROM entry)"
    )
    found = await rebuild_and_cut_over(reporting, log)

    assert not found.is_equal
    assert len(found.differing) == 2
    assert {"70017"} < {each.municipality for each in found.differing}
    assert await reporting.entries() == right
    assert (
        await reporting.fetch_number("SELECT count(DISTINCT municipality) FROM changed_cell") == 2
    )


async def test_staging_tables_can_be_reconciled_before_the_cut_over(
    reporting: ReportingHarness, log: TopicLog
) -> None:
    await project_all(reporting, log)
    known, declared = source_log(log.bootstrap, log.topics), reporting.context.declared
    async with open_rebuild(reporting, log) as rebuild:
        await rebuild.prepare(1)
        right = await reconcile_projection(rebuild.pool, known, declared, now)
        await rebuild.pool.execute("DELETE FROM entry WHERE ctid = (SELECT min(ctid) FROM entry)")
        wrong = await reconcile_projection(rebuild.pool, known, declared, now)

    assert right.agrees
    assert not wrong.agrees
    assert (await reconcile_log(reporting, log)).agrees


async def test_records_in_a_wrong_partition_count_once(
    reporting: ReportingHarness, log: TopicLog
) -> None:
    made = make_event(MADE, "2023-03-02", CECA, id="astray")
    other = make_event(MADE, "2023-05-02", CECA, id="astray-2", factid="f-2")
    for partition in ((log.topics[0], 0), (log.topics[0], 2), (log.topics[1], 1)):
        produce(log, partition, made, key=b"another")
    produce(log, (log.topics[1], 2), other, key=None)
    await project_all(reporting, log)
    before = await reporting.entries()
    found = await rebuild_and_cut_over(reporting, log)

    assert found.is_equal
    assert await reporting.entries() == before
    assert (await reconcile_log(reporting, log)).agrees


async def test_a_rollback_returns_to_the_previous_tables(
    reporting: ReportingHarness, log: TopicLog
) -> None:
    await project_all(reporting, log)
    first = await reporting.fetch_number("SELECT 'entry'::regclass::oid::bigint")
    await rebuild_and_cut_over(reporting, log)
    log.publish([make_event(MADE, "2023-06-01", CECA, id="after")])
    await project_all(reporting, log)
    before = await reporting.entries()
    async with open_rebuild(reporting, log) as rebuild:
        found = await rebuild.roll_back()
        await rebuild.cut_over(is_rollback=True)

    assert found.is_equal
    assert await reporting.fetch_number("SELECT 'entry'::regclass::oid::bigint") == first
    assert await reporting.entries() == before
    assert await reporting.fetch_number("SELECT count(*) FROM cutover WHERE is_rollback") == 1


async def test_without_a_cut_over_there_is_no_rollback(
    reporting: ReportingHarness, log: TopicLog
) -> None:
    async with open_rebuild(reporting, log) as rebuild:
        with pytest.raises(DependencyMissing, match="no previous projection"):
            await rebuild.roll_back()


async def test_two_rebuilds_at_once_are_refused(reporting: ReportingHarness, log: TopicLog) -> None:
    async with open_rebuild(reporting, log):
        with pytest.raises(DependencyMissing, match="another rebuild"):
            async with open_rebuild(reporting, log):
                pass


async def test_tables_of_other_definitions_are_cut_over_to_ours(
    reporting: ReportingHarness, log: TopicLog, open_reporting: OpenReporting
) -> None:
    await project_all(reporting, log)
    right = await reporting.entries()
    await reporting.context.pool.execute("UPDATE projection SET definitions_fingerprint = 'other'")
    await reporting.context.pool.execute("DELETE FROM entry WHERE until_date IS NULL")
    found = await rebuild_and_cut_over(reporting, log)
    await open_reporting()  # a replica of ours may process records again

    assert not found.is_equal
    assert await reporting.entries() == right


async def test_readers_that_began_before_see_their_tables_until_they_end(
    reporting: ReportingHarness, log: TopicLog
) -> None:
    await project_all(reporting, log)
    count = "SELECT count(*) FROM entry"
    async with (
        open_rebuild(reporting, log) as rebuild,
        reporting.context.pool.acquire() as connection,
    ):
        await rebuild.prepare(1)
        async with connection.transaction(isolation="repeatable_read"):
            before = await connection.fetchval(count)
            changing = asyncio.create_task(rebuild.cut_over())
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(changing), 1)
            is_waiting = not changing.done()
            during = await connection.fetchval(count)
        await changing

    assert is_waiting
    assert before == during == await reporting.fetch_number(count)
