"""`lmc rebuild` and `lmc definitions diff` on a running stack, as its operators call them."""

import asyncio
import json

import asyncpg
import pytest

from lmc.ports import HOST
from lmc.provision import DATABASE, password_file
from tests.e2e.test_second_start import read
from tests.e2e.town import Town

pytestmark = pytest.mark.timeout(600)


@pytest.mark.usefixtures("told")
def test_a_rebuild_equals_the_live_tables_and_nobody_notices(town: Town) -> None:
    before = read(town)
    done = town.run("rebuild", "--processes", "2")
    back = town.run("rebuild", "--back")
    verified = town.run("verify")

    assert (done.returncode, done.stderr) == (0, "")
    assert "the new tables are equal to the live ones" in done.stdout
    assert "the new tables are live" in done.stdout
    assert (back.returncode, verified.returncode) == (0, 0), back.stderr + verified.stdout
    assert any(before)
    assert read(town) == before
    assert town.pids() == town.started


@pytest.mark.usefixtures("told")
def test_a_number_that_was_made_wrong_is_told_and_right_again(town: Town) -> None:
    before = read(town)
    asyncio.run(spoil(town))
    done = town.run("rebuild", "--processes", "1")
    verified = town.run("verify")

    assert (done.returncode, verified.returncode) == (0, 0), done.stderr + verified.stdout
    assert "DIFFERENT FROM the live ones" in done.stdout
    assert "entries were live" in done.stdout
    assert read(town) == before


async def spoil(town: Town) -> None:
    """Lose an entry, as only a bug of ours or a bad disk would."""
    stack = town.up.stack
    connection = await asyncpg.connect(
        host=HOST,
        port=stack.ports.postgres,
        database=DATABASE,
        user="lmc_reporting",
        password=password_file(stack.folder.secrets, "reporting").read_text().strip(),
    )
    await connection.execute("DELETE FROM entry WHERE ctid = (SELECT min(ctid) FROM entry)")
    await connection.close()


@pytest.mark.usefixtures("told")
def test_the_same_definitions_would_change_nothing(town: Town) -> None:
    done = town.run("definitions", "diff")

    assert done.returncode == 0
    assert json.loads(done.stdout)["changes"] is False


def test_going_back_and_preparing_exclude_each_other(town: Town) -> None:
    done = town.run("rebuild", "--back", "--prepare")

    assert done.returncode == 2
    assert "exclude each other" in done.stderr
