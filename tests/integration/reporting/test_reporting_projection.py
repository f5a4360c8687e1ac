"""A worker folds only into entries that follow its own definitions."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from runtime.errors import Missing
from runtime.http import build_app
from runtime.trouble import Patience
from services.reporting.api import routes
from services.reporting.board import routes as board
from services.reporting.board.live import Live
from services.reporting.folding.freshness import Freshness
from services.reporting.folding.names import Names
from services.reporting.folding.projection import Standing, await_ours, claim
from services.reporting.folding.worker import Definitions, Worker
from services.reporting.indicators import catalogue
from tests.integration.follow.story import become
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import Desk
from tests.reference.tell import say

TAKE_OVER = "UPDATE projection SET catalogue_digest = $1"
OBSERVED, SURVEY = "reference.observation.loaded", "s-survey_workshops"


def with_other_definitions(desk: Desk) -> Worker:
    return Worker(replace(desk.worker.definitions, digest=b"newer"), Names(desk.context.pool), None)


async def test_a_program_with_other_definitions_refuses_to_fold(desk: Desk) -> None:
    newer = with_other_definitions(desk)

    assert not await claim(desk.context.pool, newer)
    with pytest.raises(Missing, match="other definitions"):
        await replace_worker(desk, newer).fold(say("matching.placement.made", "2023-03-02"))
    assert await desk.number("SELECT count(*) FROM fact") == 0


async def test_it_waits_and_says_so_until_the_tables_are_changed_over(desk: Desk) -> None:
    newer, standing = with_other_definitions(desk), Standing()
    waiting = asyncio.create_task(
        await_ours(desk.context.pool, newer, Patience(lambda _: None), standing)
    )
    await become(lambda: _is(standing.trouble() is not None))
    told = standing.trouble()
    await desk.context.pool.execute(TAKE_OVER, b"newer")
    await waiting

    assert told is not None
    assert "lmc rebuild" in told
    assert standing.trouble() is None


async def test_the_older_program_folds_no_more_after_the_change(desk: Desk) -> None:
    await desk.context.pool.execute(TAKE_OVER, b"newer")

    with pytest.raises(Missing, match="other definitions"):
        await desk.fold(say("matching.placement.made", "2023-03-02"))


async def test_a_series_that_is_declared_later_counts_what_was_said_of_it_before(
    desk: Desk, open_desk: OpenDesk
) -> None:
    fewer = fewer_series(desk)
    assert await claim(desk.context.pool, fewer)
    await replace_worker(desk, fewer).fold(observation())
    before = await desk.number("SELECT count(*) FROM entry")
    more = await open_desk()

    assert before == 0
    assert await more.number("SELECT count(*) FROM entry") == 1
    with pytest.raises(Missing, match="another catalogue file"):
        await desk.fold(observation())


async def test_no_numbers_are_shown_while_the_entries_follow_other_definitions(desk: Desk) -> None:
    standing = Standing()
    doors = routes(Freshness(()), standing)
    doors.include_router(board.routes(Freshness(()), Live(), standing))
    transport = httpx.ASGITransport(build_app("reporting", desk.context, doors))
    asked = {"place": "RS", "period": "2023"}
    async with httpx.AsyncClient(transport=transport, base_url="http://reporting") as client:
        before = await client.get("/indicators/MI-05/values", params=asked)
        standing.stand_back()
        after = await client.get("/indicators/MI-05/values", params=asked)
        page = await client.get("/board/70998")

    assert before.status_code == 200
    assert (after.status_code, after.json()["code"]) == (503, "E1507")
    assert "lmc rebuild" in after.json()["detail"]
    assert page.status_code == 503


def fewer_series(desk: Desk) -> Worker:
    """A worker of an installation that has not declared the survey."""
    declared = desk.context.declared
    series = {name: each for name, each in declared.series.items() if name != SURVEY[2:]}
    mine = Definitions.of(replace(declared, series=series))
    assert len(mine.catalogue) == len(catalogue(declared))
    return Worker(mine, desk.worker.names, None)


def replace_worker(desk: Desk, worker: Worker) -> Desk:
    desk.worker = worker
    return desk


def observation() -> dict[str, object]:
    return say(
        OBSERVED,
        "2023-06-30",
        SURVEY,
        period="2023-06",
        municipality="70998",
        value="68",
        vintage="2023-07-01",
    )


async def _is(what: bool) -> bool:  # noqa: FBT001 - the condition itself
    return what
