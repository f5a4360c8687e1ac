"""A rebuild gives exactly the live tables, under every history, and changes over beside them."""

import asyncio
from contextlib import suppress

import pytest

from lmc.kafka import LocalKafka
from runtime.errors import Missing
from services.reporting.answering.known_at import SLICE_CODES
from services.reporting.proof.prove import domain_log, prove_projection
from tests.conftest import MakeTopic
from tests.integration.follow.story import become
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import Desk
from tests.integration.reporting.log import Log, following, produce
from tests.integration.reporting.rebuilt import (
    MADE,
    fold_all,
    full_log,
    now,
    passed,
    proved,
    rebuilding,
    rebuilt,
)
from tests.reference.tell import CECA, say

MERGED = "registration.person.merged"
ACCOUNTS = """
SELECT topic, partition, next_offset, last_record, folded + duplicate AS said, quarantined, ignored
FROM position ORDER BY topic, partition
"""
# Of duplicates whose lists are told in other orders either may be the one that is kept: the digest
# says what the data say.
FACTS = """
SELECT source, event_id, subject, type, revision, recorded_at, digest
FROM fact ORDER BY source, event_id
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def log(kafka: LocalKafka, make_topic: MakeTopic) -> Log:
    """Everything that may become of a record."""
    return await full_log(kafka, make_topic)


async def test_the_new_tables_are_the_live_ones_row_by_row(desk: Desk, log: Log) -> None:
    await fold_all(desk, log)
    pool = desk.context.pool
    before = await desk.entries(), await pool.fetch(FACTS), await pool.fetch(ACCOUNTS)
    live = await desk.number("SELECT 'entry'::regclass::oid::bigint")
    found = await rebuilt(desk, log, processes=2)
    after = await desk.entries(), await pool.fetch(FACTS), await pool.fetch(ACCOUNTS)

    assert found.is_equal
    assert before == after
    assert await desk.number("SELECT 'entry'::regclass::oid::bigint") != live
    assert (await proved(desk, log)).agrees


async def test_what_is_said_meanwhile_and_afterwards_is_folded_once(desk: Desk, log: Log) -> None:
    more = [say(MADE, f"2023-04-{day:02}", CECA, id=f"more-{day}") for day in range(1, 29)]
    await fold_all(desk, log)
    async with following(desk, log), rebuilding(desk, log) as rebuild:
        await rebuild.prepare(1)
        log.tell(more[:9])
        await become(lambda: passed(desk.context.pool, log))
        log.tell(more[9:18])
        await rebuild.change_over()
        log.tell(more[18:])
        await become(lambda: passed(desk.context.pool, log))

    assert await desk.number("SELECT count(*) FROM fact WHERE event_id LIKE 'more-%'") == len(more)
    assert (await proved(desk, log)).agrees


async def test_merges_of_more_codes_than_are_computed_at_once_are_not_torn_apart(
    desk: Desk, kafka: LocalKafka, make_topic: MakeTopic
) -> None:
    log = Log(kafka.bootstrap, (await make_topic("rebuild-merges", 3),), 3)
    codes = [f"p-{number:026d}" for number in range(SLICE_CODES + 100)]
    # The least code with the greatest, and so on: hardly a pair would lie in one page of codes.
    pairs = list(zip(codes, reversed(codes), strict=True))[: len(codes) // 2]
    log.tell(
        [
            *(say(MERGED, "2024-01-01", a, id=f"merged-{a}", **{"with": b}) for a, b in pairs),
            *(say(MADE, "2023-03-02", code, id=f"made-{code}") for code in codes),
        ]
    )
    await fold_all(desk, log)
    found = await rebuilt(desk, log, processes=2)

    assert found.is_equal
    assert await desk.number("SELECT count(*) FROM subject WHERE root <> id") == len(pairs)
    assert (await proved(desk, log)).agrees


async def test_a_wrong_live_table_is_told_and_put_right(desk: Desk, log: Log) -> None:
    await fold_all(desk, log)
    right = await desk.entries()
    await desk.context.pool.execute("DELETE FROM dirty")
    await desk.context.pool.execute(
        "UPDATE entry SET municipality = '70017' WHERE ctid = (SELECT min(ctid) FROM entry)"
    )
    found = await rebuilt(desk, log)

    assert not found.is_equal
    assert len(found.differing) == 2
    assert {"70017"} < {each.municipality for each in found.differing}
    assert await desk.entries() == right
    assert await desk.number("SELECT count(DISTINCT municipality) FROM dirty") == 2


async def test_new_tables_are_proved_before_they_are_live(desk: Desk, log: Log) -> None:
    await fold_all(desk, log)
    known, declared = domain_log(log.bootstrap, log.topics), desk.context.declared
    async with rebuilding(desk, log) as rebuild:
        await rebuild.prepare(1)
        right = await prove_projection(rebuild.pool, known, declared, now)
        await rebuild.pool.execute("DELETE FROM entry WHERE ctid = (SELECT min(ctid) FROM entry)")
        wrong = await prove_projection(rebuild.pool, known, declared, now)

    assert right.agrees
    assert not wrong.agrees
    assert (await proved(desk, log)).agrees


async def test_records_in_partitions_where_they_do_not_belong_are_counted_once(
    desk: Desk, log: Log
) -> None:
    made = say(MADE, "2023-03-02", CECA, id="astray")
    other = say(MADE, "2023-05-02", CECA, id="astray-2", factid="f-2")
    for place in ((log.topics[0], 0), (log.topics[0], 2), (log.topics[1], 1)):
        produce(log, place, made, key=b"another")
    produce(log, (log.topics[1], 2), other, key=None)
    await fold_all(desk, log)
    before = await desk.entries()
    found = await rebuilt(desk, log)

    assert found.is_equal
    assert await desk.entries() == before
    assert (await proved(desk, log)).agrees


async def test_it_goes_back_to_the_tables_before(desk: Desk, log: Log) -> None:
    await fold_all(desk, log)
    first = await desk.number("SELECT 'entry'::regclass::oid::bigint")
    await rebuilt(desk, log)
    log.tell([say(MADE, "2023-06-01", CECA, id="after")])
    await fold_all(desk, log)
    before = await desk.entries()
    async with rebuilding(desk, log) as rebuild:
        found = await rebuild.take_back()
        await rebuild.change_over(is_back=True)

    assert found.is_equal
    assert await desk.number("SELECT 'entry'::regclass::oid::bigint") == first
    assert await desk.entries() == before
    assert await desk.number("SELECT count(*) FROM rebuilt WHERE is_back") == 1


async def test_without_a_rebuild_there_is_nothing_to_go_back_to(desk: Desk, log: Log) -> None:
    async with rebuilding(desk, log) as rebuild:
        with pytest.raises(Missing, match="nothing to go back to"):
            await rebuild.take_back()


async def test_two_rebuilds_at_once_are_refused(desk: Desk, log: Log) -> None:
    async with rebuilding(desk, log):
        with pytest.raises(Missing, match="another rebuild"):
            async with rebuilding(desk, log):
                pass


async def test_tables_of_other_definitions_are_changed_over_to_ours(
    desk: Desk, log: Log, open_desk: OpenDesk
) -> None:
    await fold_all(desk, log)
    right = await desk.entries()
    await desk.context.pool.execute("UPDATE projection SET catalogue_digest = 'other'")
    await desk.context.pool.execute("DELETE FROM entry WHERE until_date IS NULL")
    found = await rebuilt(desk, log)
    await open_desk()  # a worker of ours may fold again

    assert not found.is_equal
    assert await desk.entries() == right


async def test_readers_that_began_before_see_their_tables_to_the_end(desk: Desk, log: Log) -> None:
    await fold_all(desk, log)
    count = "SELECT count(*) FROM entry"
    async with rebuilding(desk, log) as rebuild, desk.context.pool.acquire() as connection:
        await rebuild.prepare(1)
        async with connection.transaction(isolation="repeatable_read"):
            before = await connection.fetchval(count)
            changing = asyncio.create_task(rebuild.change_over())
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(changing), 1)
            is_waiting = not changing.done()
            during = await connection.fetchval(count)
        await changing

    assert is_waiting
    assert before == during == await desk.number(count)
