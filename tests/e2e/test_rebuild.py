"""Tests of `lmc rebuild` and `lmc definitions diff` on a running stack."""

import asyncio
import json

import asyncpg
import pytest

from lmc.devstack.ports import HOST
from lmc.devstack.provisioning import DATABASE, password_file
from tests.e2e.live_stack import LiveStack
from tests.e2e.test_second_start import read

pytestmark = pytest.mark.timeout(600)


@pytest.mark.usefixtures("emitted_logs")
def test_a_rebuild_equals_the_live_tables_and_restarts_nothing(live: LiveStack) -> None:
    before = read(live)
    done = live.run("rebuild", "--processes", "2")
    back = live.run("rebuild", "--back")
    verified = live.run("verify")

    assert (done.returncode, done.stderr) == (0, "")
    assert "the new tables are equal to the live ones" in done.stdout
    assert "the new tables are live" in done.stdout
    assert (back.returncode, verified.returncode) == (0, 0), back.stderr + verified.stdout
    assert any(before)
    assert read(live) == before
    assert live.pids() == live.started


@pytest.mark.usefixtures("emitted_logs")
def test_a_rebuild_reports_and_corrects_a_wrong_number(live: LiveStack) -> None:
    before = read(live)
    asyncio.run(spoil(live))
    done = live.run("rebuild", "--processes", "1")
    verified = live.run("verify")

    assert (done.returncode, verified.returncode) == (0, 0), done.stderr + verified.stdout
    assert "DIFFERENT FROM the live ones" in done.stdout
    assert "entries were live" in done.stdout
    assert read(live) == before


async def spoil(live: LiveStack) -> None:
    """Delete an entry, as a defect or a damaged disk would."""
    stack = live.up.stack
    connection = await asyncpg.connect(
        host=HOST,
        port=stack.ports.postgres,
        database=DATABASE,
        user="lmc_reporting",
        password=password_file(stack.data_dir.secrets, "reporting").read_text().strip(),
    )
    await connection.execute("DELETE FROM entry WHERE ctid = (SELECT min(ctid) FROM entry)")
    await connection.close()


@pytest.mark.usefixtures("emitted_logs")
def test_the_same_definitions_would_change_nothing(live: LiveStack) -> None:
    done = live.run("definitions", "diff")

    assert done.returncode == 0
    assert json.loads(done.stdout)["changes"] is False


def test_back_and_prepare_exclude_each_other(live: LiveStack) -> None:
    done = live.run("rebuild", "--back", "--prepare")

    assert done.returncode == 2
    assert "exclude each other" in done.stderr
