"""A rebuild repairs what a reconciliation has found, and one during a cut-over finds nothing."""

import asyncio
from functools import partial

import pytest

from runtime.process.retry import RetryPolicy
from services.reporting.reconciliation.reconciler import Reconciler
from tests.integration.reporting.damages import PLACED
from tests.integration.reporting.expectations import publish
from tests.integration.reporting.harness import ReportingHarness
from tests.integration.reporting.rebuilds import open_rebuild, rebuild_and_cut_over
from tests.integration.reporting.test_reconciliation import exact, open_kinds, reconciler_of
from tests.integration.reporting.topic_log import TopicLog
from tests.reference.builders import PROKUPLJE

CUT_OVERS = 3
DAMAGE = """
DELETE FROM entry WHERE measure = (SELECT id FROM measure WHERE name = 'MI-13.placed');
UPDATE fact SET data = data || '{"sector": "A"}' WHERE event_id = 'made';
DELETE FROM fact WHERE event_id = 'other';
UPDATE subject SET canonical_id = id;
"""

pytestmark = pytest.mark.timeout(600)


async def test_after_a_rebuild_withheld_numbers_are_shown_again(
    projected: ReportingHarness, log: TopicLog
) -> None:
    before, reconciler = await exact(projected), reconciler_of(projected, log)
    await projected.context.pool.execute(DAMAGE)
    agreed = await reconciler.run("all")
    damaged = (await exact(projected))[PLACED, PROKUPLJE, "2023-03"]
    kinds = await open_kinds(projected)
    await rebuild_and_cut_over(projected, log)
    await reconciler.recheck()
    left = await open_kinds(projected)

    assert not agreed
    assert damaged == (None, "withheld")
    assert kinds >= {"subject", "record"}
    assert left == set()
    assert await exact(projected) == before
    assert await reconciler.run("all")


async def test_after_a_rebuild_published_reports_equal_the_facts(
    projected: ReportingHarness, log: TopicLog
) -> None:
    reconciler = reconciler_of(projected, log)
    await projected.context.pool.execute(
        "INSERT INTO published.reported (organisation, domain, place, through)"
        " VALUES ('o-nes', 'matching', $1, '2099-01-01')",
        PROKUPLJE,
    )
    agreed = await reconciler.run("all")
    kinds = await open_kinds(projected)
    await rebuild_and_cut_over(projected, log)
    resolved = await reconciler.recheck()
    while await projected.fetch_number("SELECT count(*) FROM report_reload"):
        await publish(projected)
    days = await projected.context.pool.fetch("SELECT DISTINCT through FROM published.reported")

    assert (agreed, kinds, resolved) == (False, {"reports"}, 1)
    assert {str(row["through"])[:4] for row in days} == {"2023"}
    assert await reconciler.run("all")


async def test_runs_during_cut_overs_find_nothing(
    projected: ReportingHarness, log: TopicLog
) -> None:
    reconciler, stop = reconciler_of(projected, log), asyncio.Event()
    running = asyncio.create_task(run_until(reconciler, stop))
    for _ in range(CUT_OVERS):
        async with open_rebuild(projected, log) as rebuild:
            await rebuild.prepare(1)
            await rebuild.cut_over()
    stop.set()
    agreed = await running

    assert all(agreed)
    assert len(agreed) > CUT_OVERS
    assert await open_kinds(projected) == set()


async def run_until(reconciler: Reconciler, stop: asyncio.Event) -> list[bool]:
    """Check everything repeatedly; return the outcome of each run.

    A run and a cut-over may deadlock: the one that is rolled back is retried, as the service's task
    retries it.
    """
    agreed, retry = [], RetryPolicy(lambda _: None)
    while not stop.is_set():
        agreed.append(await retry.retry_forever(partial(reconciler.run, "all")))
    return agreed
