"""A rebuild that is killed at any time goes on, and ends as if nothing had happened."""

from pathlib import Path

import asyncpg
import pytest

from lmc.kafka import LocalKafka
from tests.conftest import MakeTopic
from tests.integration.follow.story import become
from tests.integration.processes import running
from tests.integration.reporting.desk import Desk
from tests.integration.reporting.log import Log
from tests.integration.reporting.rebuilt import fold_all, full_log, proved

PROGRAM = "tests.integration.reporting.rebuild_program"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def log(kafka: LocalKafka, make_topic: MakeTopic) -> Log:
    """Everything that may become of a record."""
    return await full_log(kafka, make_topic)


@pytest.mark.parametrize(
    "killed_when",
    [
        "SELECT to_regclass('reporting_next.origin') IS NOT NULL",
        "SELECT EXISTS (SELECT FROM reporting_next.part WHERE done_at IS NOT NULL)",
        "SELECT EXISTS (SELECT FROM reporting_next.step WHERE name = 'count')",
        "SELECT to_regclass('reporting_next.live_cell') IS NOT NULL",
    ],
)
async def test_killed_at_any_time_it_goes_on_where_it_was(
    desk: Desk, log: Log, tmp_path: Path, killed_when: str
) -> None:
    await fold_all(desk, log)
    right = await desk.entries()
    await run_program(desk, log, tmp_path, killed_when)
    done = await asked(desk, "SELECT count(*) FROM reporting_next.part WHERE done_at IS NOT NULL")
    await run_program(desk, log, tmp_path)

    assert done is not None
    assert await desk.number("SELECT count(*) FROM rebuilt WHERE cells_changed = 0") == 1
    assert await desk.entries() == right
    assert (await proved(desk, log)).agrees


async def run_program(desk: Desk, log: Log, folder: Path, killed_when: str | None = None) -> None:
    """Rebuild in a process group of its own, killed as a whole as soon as something is so."""
    settings = desk.context.settings
    async with running(PROGRAM, settings, folder, *log.topics) as process:
        if killed_when is None:
            assert await process.wait() == 0, (folder / "log").read_text()
            return
        await become(lambda: _is_so(desk, killed_when))
        assert process.returncode is None


async def _is_so(desk: Desk, condition: str) -> bool:
    return bool(await asked(desk, condition))


async def asked(desk: Desk, question: str) -> object:
    """One value of the tables that are being built; None while there are none."""
    try:
        found: object = await desk.context.pool.fetchval(question)
    except asyncpg.UndefinedTableError:
        return None
    return found
