"""Proofs beside the fold of a real process: they find, withhold, show again, and survive a kill."""

import httpx
import pytest

from runtime.postgres import Pool
from services.reporting.settings import Settings
from tests.integration.chaos.copies import Copy
from tests.integration.chaos.ground import Base, eventually
from tests.integration.chaos.telling import Line, flow, line
from tests.reference.tell import PROKUPLJE, say

PLANTED = "tests.integration.chaos.planted"
RUNS_MAX = 5
"""A small town is proved as a whole by every sample."""
BACK = "registration.returnee.registered"
SEEN = """
SELECT value, state FROM published.value
WHERE (indicator, measure, place, period) = ('MI-05', 'registered', $1, '2023-05')
"""
LOSE = """
CREATE TABLE spare AS
SELECT * FROM entry
WHERE measure = (SELECT id FROM measure WHERE name = 'MI-05.registered') LIMIT 1;
DELETE FROM entry USING spare WHERE (entry.subject, entry.measure) = (spare.subject, spare.measure)
"""
STUCK = """
SELECT count(*) FROM verification
WHERE ended_at IS NULL AND id < (SELECT max(id) FROM verification WHERE agrees)
"""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def reporting(base: Base) -> Copy:
    """A copy that proves a sample each second, and looks again at what differs each second."""
    copy = base.copy("reporting")
    given = copy.settings.model_dump(exclude_none=True)
    copy.settings = Settings(**given, verify_sample_s=1, verify_again_s=1)
    return copy


def told(number: int) -> list[Line]:
    """So many returnees of May 2023 in Prokuplje."""
    return [
        line(say(BACK, "2023-05-02", f"p-{n:026d}", id=f"r-{n}", factid=f"f-{n}"))
        for n in range(number)
    ]


async def page(copy: Copy) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"{copy.url}/metrics")).text


async def published(pool: Pool, place: str) -> tuple[object, object] | None:
    row = await pool.fetchrow(SEEN, place)
    return None if row is None else (row["value"], row["state"])


async def test_a_lost_entry_is_withheld_everywhere_and_shown_again_when_it_is_mended(
    base: Base, reporting: Copy
) -> None:
    reporting.start()
    await eventually(reporting.is_ready, "reporting is ready")
    pool = await base.pool("reporting")
    await flow(base, told(5))
    right, gauge = (5, "value"), f'municipality="{PROKUPLJE}",period_type="to"}} 5.0'

    async def is_shown() -> bool:
        at = [await published(pool, place) for place in (PROKUPLJE, "RS229", "RS")]
        return at == [right] * 3 and gauge in await page(reporting)

    async def is_withheld() -> bool:
        at = [await published(pool, place) for place in (PROKUPLJE, "RS229", "RS")]
        metrics = await page(reporting)
        return (
            at == [(None, "withheld")] * 3 and gauge not in metrics and "differences 1" in metrics
        )

    async def is_told() -> bool:
        metrics = await page(reporting)
        return "withheld_tables 0.0" in metrics and "verify_differences 0.0" in metrics

    await eventually(is_shown, "five are published")
    await pool.execute(LOSE)
    await eventually(is_withheld, "a sample has found it, and the publisher has taken it back")
    await pool.execute("INSERT INTO entry SELECT * FROM spare")
    await eventually(is_shown, "it is looked at again, and shown")
    await eventually(is_told, "the gauges say so")
    metrics = await page(reporting)

    assert reporting.stop() == 0
    assert 'lmc_reporting_verify_age_seconds{kind="sample"}' in metrics
    assert 'lmc_reporting_verify_agrees{kind="all"} 1.0' in metrics
    assert "p-0000" not in metrics
    assert "p-0000" not in reporting.log


async def test_a_bug_of_the_fold_is_found_by_a_sample(base: Base, reporting: Copy) -> None:
    reporting.start(PLANTED, "reporting", "entries lost", "7")
    await eventually(reporting.is_ready, "reporting is ready")
    pool = await base.pool("reporting")
    await flow(base, told(40))
    await eventually(base.is_folded, "all is folded")
    before = await pool.fetchval("SELECT count(*) FROM verification")

    async def is_found() -> bool:
        return bool(await pool.fetchval("SELECT EXISTS (SELECT FROM suspect)"))

    await eventually(is_found, "a sample has found entries that were lost")
    runs = await pool.fetchval("SELECT count(*) FROM verification") - before

    assert runs <= RUNS_MAX


async def test_a_kill_amid_a_proof_leaves_nothing_that_stands(base: Base, reporting: Copy) -> None:
    reporting.start()
    await eventually(reporting.is_ready, "reporting is ready")
    pool = await base.pool("reporting")
    await flow(base, told(20))
    await eventually(base.is_folded, "all is folded")
    reporting.kill()
    reporting.start(PLANTED, "reporting", "killed amid a proof", "1")
    await reporting.end()
    amid = await pool.fetchval("SELECT count(*) FROM verification WHERE ended_at IS NULL")
    reporting.start()
    last = "SELECT agrees FROM verification WHERE id = (SELECT max(id) FROM verification)"

    async def is_proved() -> bool:
        return bool(await pool.fetchval(last))

    await eventually(is_proved, "a proof has come to its end again")

    assert amid == 1
    assert await pool.fetchval("SELECT count(*) FROM suspect") == 0
    assert await pool.fetchval(STUCK) == 0
