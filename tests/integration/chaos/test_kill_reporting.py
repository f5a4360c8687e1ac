"""SIGKILL to reporting in mid-stream, again and again: every record is folded once."""

import asyncio

import pytest

from tests.integration.chaos.ground import Base, eventually
from tests.integration.chaos.telling import flow, lines
from tests.integration.chaos.transactions import fate, in_a_batch
from tests.integration.chaos.verdict import RIGHT, verdict, wanted

SEEDS = range(170)
KILLS = 5

pytestmark = pytest.mark.timeout(900)


async def test_reporting_killed_in_mid_stream_counts_every_record_once(base: Base) -> None:
    told = lines(SEEDS)
    reporting = base.copy("reporting").start()
    await eventually(reporting.is_ready, "reporting is ready")
    pool = await base.pool("reporting")
    telling = asyncio.create_task(flow(base, told))
    fates: list[str] = []
    passed: list[int] = []
    while len(fates) < KILLS:

        async def is_far_enough(far: int = len(told) * (len(fates) + 1) // (KILLS + 2)) -> bool:
            return await base.passed() > far

        await eventually(is_far_enough, "reporting has gone on since the last kill")
        transaction = await in_a_batch(pool)
        reporting.kill()
        fates.append(await fate(pool, transaction))
        passed.append(await base.passed())
        reporting.start()
    await telling
    await eventually(base.is_folded, "all is folded")
    found = await verdict(base)
    outcomes = await wanted(base.ground.kafka.bootstrap)
    code = reporting.stop()

    assert found == RIGHT
    assert code == 0
    # Else the run has not reached what it is for.
    assert set(outcomes.counts) == {"folded", "duplicate", "quarantined", "ignored"}
    assert passed == sorted(passed)
    assert passed[-1] < len(told)
    assert "aborted" in fates
