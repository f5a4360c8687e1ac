"""Reconciliation in a real process: finds a lost entry, withholds, shows again, survives a kill."""

import httpx
import pytest

from runtime.storage.pool import Pool
from services.reporting.settings import ReportingSettings
from tests.chaos.domain_log import LogRecord, event_record, produce_paced
from tests.chaos.environment import ServiceDatabase
from tests.chaos.replicas import Replica
from tests.integration.processes import NO_TLS
from tests.reference.builders import PROKUPLJE, make_event
from tests.waiting import eventually

LAUNCHER = "tests.chaos.crash_points"
RUNS_MAX = 5
"""Every sample checks a small town completely."""
BACK = "registration.returnee.registered"
PUBLISHED_TOTAL = """
SELECT value, state FROM published.value
WHERE (indicator, measure, place, period) = ('MI-05', 'registered', $1, '2023-05')
"""
LOSE_ENTRY = """
CREATE TABLE spare AS
SELECT * FROM entry
WHERE measure = (SELECT id FROM measure WHERE name = 'MI-05.registered') LIMIT 1;
DELETE FROM entry USING spare WHERE (entry.subject, entry.measure) = (spare.subject, spare.measure)
"""
UNFINISHED_RUNS = """
SELECT count(*) FROM reconciliation_run
WHERE ended_at IS NULL AND id < (SELECT max(id) FROM reconciliation_run WHERE agrees)
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def reporting(database: ServiceDatabase) -> Replica:
    """A replica that reconciles a sample and rechecks discrepancies every second."""
    replica = database.replica("reporting")
    fields = replica.settings.model_dump(exclude_none=True)
    replica.settings = ReportingSettings(**fields, verify_sample_s=1, verify_recheck_s=1)
    return replica


def returnee_records(number: int) -> list[LogRecord]:
    """Return records of `number` returnees of May 2023 in Prokuplje."""
    return [
        event_record(make_event(BACK, "2023-05-02", f"p-{n:026d}", id=f"r-{n}", factid=f"f-{n}"))
        for n in range(number)
    ]


async def metrics_page(replica: Replica) -> str:
    async with httpx.AsyncClient(trust_env=False, verify=NO_TLS) as client:
        return (await client.get(f"{replica.url}/metrics")).text


async def published_total(pool: Pool, place: str) -> tuple[object, object] | None:
    row = await pool.fetchrow(PUBLISHED_TOTAL, place)
    return None if row is None else (row["value"], row["state"])


async def test_numbers_of_a_lost_entry_are_withheld_and_shown_again_after_its_repair(
    database: ServiceDatabase, reporting: Replica
) -> None:
    reporting.start()
    await eventually(reporting.is_ready, "reporting is ready")
    pool = await database.pool("reporting")
    await produce_paced(database, returnee_records(5))
    expected, gauge = (5, "value"), f'municipality="{PROKUPLJE}",period_type="to"}} 5.0'

    async def is_shown() -> bool:
        at = [await published_total(pool, place) for place in (PROKUPLJE, "RS229", "RS")]
        return at == [expected] * 3 and gauge in await metrics_page(reporting)

    async def is_withheld() -> bool:
        at = [await published_total(pool, place) for place in (PROKUPLJE, "RS229", "RS")]
        metrics = await metrics_page(reporting)
        return (
            at == [(None, "withheld")] * 3 and gauge not in metrics and "differences 1" in metrics
        )

    async def is_exported() -> bool:
        metrics = await metrics_page(reporting)
        return "withheld_tables 0.0" in metrics and "verify_differences 0.0" in metrics

    await eventually(is_shown, "five are published")
    await pool.execute(LOSE_ENTRY)
    await eventually(is_withheld, "a sample has found it, and the number is withheld")
    await pool.execute("INSERT INTO entry SELECT * FROM spare")
    await eventually(is_shown, "it is rechecked and shown again")
    await eventually(is_exported, "the gauges are updated")
    metrics = await metrics_page(reporting)

    assert reporting.stop() == 0
    assert 'lmc_reporting_verify_age_seconds{kind="sample"}' in metrics
    assert 'lmc_reporting_verify_agrees{kind="all"} 1.0' in metrics
    assert "p-0000" not in metrics
    assert "p-0000" not in reporting.log


async def test_a_sample_finds_entries_that_the_fold_loses(
    database: ServiceDatabase, reporting: Replica
) -> None:
    reporting.start(LAUNCHER, "reporting", "entries lost", "7")
    await eventually(reporting.is_ready, "reporting is ready")
    pool = await database.pool("reporting")
    await produce_paced(database, returnee_records(40))
    await eventually(database.is_projected, "all records are processed")
    before = await pool.fetchval("SELECT count(*) FROM reconciliation_run")

    async def is_found() -> bool:
        return bool(await pool.fetchval("SELECT EXISTS (SELECT FROM discrepancy)"))

    await eventually(is_found, "a sample has found entries that were lost")
    runs = await pool.fetchval("SELECT count(*) FROM reconciliation_run") - before

    assert runs <= RUNS_MAX


async def test_a_kill_amid_a_reconciliation_leaves_no_discrepancy_and_no_unfinished_run(
    database: ServiceDatabase, reporting: Replica
) -> None:
    reporting.start()
    await eventually(reporting.is_ready, "reporting is ready")
    pool = await database.pool("reporting")
    await produce_paced(database, returnee_records(20))
    await eventually(database.is_projected, "all records are processed")
    reporting.kill()
    reporting.start(LAUNCHER, "reporting", "killed amid a reconciliation", "1")
    await reporting.wait_for_exit()
    unfinished = await pool.fetchval(
        "SELECT count(*) FROM reconciliation_run WHERE ended_at IS NULL"
    )
    reporting.start()
    last = (
        "SELECT agrees FROM reconciliation_run WHERE id = (SELECT max(id) FROM reconciliation_run)"
    )

    async def has_succeeded() -> bool:
        return bool(await pool.fetchval(last))

    await eventually(has_succeeded, "a later reconciliation has succeeded")

    assert unfinished == 1
    assert await pool.fetchval("SELECT count(*) FROM discrepancy") == 0
    assert await pool.fetchval(UNFINISHED_RUNS) == 0
