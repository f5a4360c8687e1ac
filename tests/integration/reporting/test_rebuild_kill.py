"""A rebuild that is killed at any step resumes, and ends with the right tables."""

from pathlib import Path

import asyncpg
import pytest

from lmc.devstack.local_kafka import LocalKafka
from tests.conftest import MakeTopic
from tests.integration.processes import running
from tests.integration.reporting.harness import ReportingHarness
from tests.integration.reporting.rebuilds import full_log, project_all, reconcile_log
from tests.integration.reporting.topic_log import TopicLog
from tests.waiting import eventually

PROGRAM = "tests.integration.reporting.rebuild_program"

pytestmark = [pytest.mark.timeout(600), pytest.mark.usefixtures("durable")]


@pytest.fixture
async def log(kafka: LocalKafka, make_topic: MakeTopic) -> TopicLog:
    """A log with records of every possible outcome."""
    return await full_log(kafka, make_topic)


@pytest.mark.parametrize(
    "killed_when",
    [
        "SELECT to_regclass('reporting_next.origin') IS NOT NULL",
        "SELECT EXISTS (SELECT FROM reporting_next.chunk WHERE done_at IS NOT NULL)",
        "SELECT EXISTS (SELECT FROM reporting_next.step WHERE name = 'positions')",
        "SELECT to_regclass('reporting_next.live_cell') IS NOT NULL",
    ],
)
async def test_killed_at_any_step_it_resumes_there(
    reporting: ReportingHarness, log: TopicLog, tmp_path: Path, killed_when: str
) -> None:
    await project_all(reporting, log)
    right = await reporting.entries()
    await run_program(reporting, log, tmp_path, killed_when)
    done = await fetch_staging(
        reporting, "SELECT count(*) FROM reporting_next.chunk WHERE done_at IS NOT NULL"
    )
    await run_program(reporting, log, tmp_path)

    assert done is not None
    assert await reporting.fetch_number("SELECT count(*) FROM cutover WHERE cells_changed = 0") == 1
    assert await reporting.entries() == right
    assert (await reconcile_log(reporting, log)).agrees


async def run_program(
    reporting: ReportingHarness, log: TopicLog, folder: Path, killed_when: str | None = None
) -> None:
    """Rebuild in a process group of its own, which is killed as soon as a condition holds."""
    settings = reporting.context.settings
    async with running(PROGRAM, settings, folder, *log.topics) as process:
        if killed_when is None:
            assert await process.wait() == 0, (folder / "log").read_text()
            return
        await eventually(lambda: _holds(reporting, killed_when))
        assert process.returncode is None


async def _holds(reporting: ReportingHarness, condition: str) -> bool:
    return bool(await fetch_staging(reporting, condition))


async def fetch_staging(reporting: ReportingHarness, question: str) -> object:
    """Return one value of the staging tables; None while they do not exist."""
    try:
        found: object = await reporting.context.pool.fetchval(question)
    except asyncpg.UndefinedTableError:
        return None
    return found
