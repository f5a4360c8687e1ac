"""The board: one page per council that anybody can read, print, and leave open."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict

from runtime.clock import belgrade_day
from runtime.context import Context
from runtime.errors import Unavailable
from runtime.http import context
from runtime.postgres import AGAIN, TROUBLE
from runtime.problems import not_found
from schemas import territory
from schemas.periods import parse
from schemas.problem import Refusal
from schemas.territory import COUNCILS, Place
from services.reporting.board.doubtful import doubtful
from services.reporting.board.expected import Expected
from services.reporting.board.html import SAFE, Paper
from services.reporting.board.live import Live, news
from services.reporting.board.page import Page, Question, page
from services.reporting.board.periods import current_quarter
from services.reporting.board.reading import published_totals
from services.reporting.board.released import released
from services.reporting.board.tongue import NAMES, Tongue
from services.reporting.board.trouble import (
    Trouble,
    named,
    no_council,
    no_period,
    not_available,
)
from services.reporting.closing.reading import frozen
from services.reporting.expecting.completeness import Completeness
from services.reporting.expecting.reading import completeness_at, reporters_of, target_facts
from services.reporting.expecting.store import Wanted
from services.reporting.expecting.targets import standing
from services.reporting.folding.freshness import Freshness
from services.reporting.folding.projection import Standing
from services.reporting.indicators import catalogue
from services.reporting.publishing.policy import is_live
from services.reporting.quality.store import POSSIBLE_DUPLICATES, Notebook

AWAY: tuple[type[Exception], ...] = (*TROUBLE, *AGAIN, Unavailable)
Plumbing = Annotated[Context, Depends(context)]


class View(BaseModel):
    """How a reader wants to see a page; what else an address says is nobody's business here."""

    model_config = ConfigDict(frozen=True)

    period: str = ""
    lang: str = ""


Viewed = Annotated[View, Query()]


def routes(freshness: Freshness, live: Live, standing: Standing | None = None) -> APIRouter:
    """The pages of a copy; `live` knows which of them are open.

    While `standing` says that the entries follow other definitions, there are no numbers.
    """
    router = APIRouter(prefix="/board", include_in_schema=False)
    paper = Paper()
    _static(router, paper)
    _lists(router, paper)
    _pages(router, paper, freshness, standing or Standing())
    _streams(router, live)
    return router


def _static(router: APIRouter, paper: Paper) -> None:
    @router.get("/static/{name}")
    async def get_file(name: str) -> Response:
        """Return a file that pages load."""
        if name not in paper.files:
            raise not_found("There is no such file.", "$path.name")
        return paper.files[name].answer()


def _lists(router: APIRouter, paper: Paper) -> None:
    @router.get("")
    async def get_home() -> Response:
        """Lead to the list of councils."""
        return RedirectResponse("/board/", HTTPStatus.PERMANENT_REDIRECT, headers=dict(SAFE))

    @router.get("/")
    async def get_list(view: Viewed) -> Response:
        """Return the list of all councils by district."""
        tongue = Tongue.of(view.lang)
        listed = [
            (tongue.place(area), named(tongue.in_order(councils), tongue))
            for area in territory.places()
            if (councils := _councils_of(area))
        ]
        return paper.answer("list.html", _frame(tongue) | {"areas": listed})


def _pages(router: APIRouter, paper: Paper, freshness: Freshness, standing: Standing) -> None:
    @router.get("/{council}")
    async def get_board(plumbing: Plumbing, council: str, view: Viewed) -> Response:
        """Return a council's page; without a period that of the current quarter."""
        return await answered("board.html", plumbing, council, view)

    @router.get("/{council}/numbers")
    async def get_numbers(plumbing: Plumbing, council: str, view: Viewed) -> Response:
        """Return the parts of that page that change, for the page itself."""
        return await answered("numbers.html", plumbing, council, view)

    async def answered(template: str, plumbing: Context, council: str, view: View) -> Response:
        tongue = Tongue.of(view.lang)
        place = COUNCILS.get(council)
        if place is None:
            return sorry(HTTPStatus.NOT_FOUND, no_council(council, tongue), tongue)
        try:
            standing.require()
            question = _question(plumbing, place, view.period, tongue)
            shown = await _page(plumbing, freshness, question)
            doubtful = await _doubtful(plumbing, place, tongue)
            told = {"page": shown, "doubtful": doubtful}
            return paper.answer(template, _frame(tongue) | told)
        except Refusal:
            return sorry(HTTPStatus.UNPROCESSABLE_ENTITY, no_period(tongue), tongue)
        except AWAY:
            return sorry(HTTPStatus.SERVICE_UNAVAILABLE, not_available(tongue), tongue)

    def sorry(status: HTTPStatus, trouble: Trouble, tongue: Tongue) -> Response:
        return paper.answer("trouble.html", _frame(tongue) | {"trouble": trouble}, status)


def _streams(router: APIRouter, live: Live) -> None:
    async def reader(council: str, response: Response) -> AsyncIterator[asyncio.Event]:
        """Hold a place among the open boards for as long as the answer lasts."""
        if council not in COUNCILS:
            raise not_found("There is no such council.", "$path.council")
        response.headers.update(SAFE)
        with live.reading(council) as woken:
            yield woken

    @router.get("/{council}/stream", response_class=EventSourceResponse)
    async def get_stream(
        plumbing: Plumbing, woken: Annotated[asyncio.Event, Depends(reader)]
    ) -> AsyncIterator[ServerSentEvent]:
        """Tell an open page when to fetch its numbers, and that the line is alive."""
        async for event in news(woken, plumbing.stopping):
            yield ServerSentEvent(event=event, raw_data=event)


def _question(plumbing: Context, place: Place, period: str, tongue: Tongue) -> Question:
    now = plumbing.clock()
    today = belgrade_day(now)
    wanted = parse(period, "$query.period") if period else current_quarter(today)
    return Question(place, wanted, tongue, now, today)


async def _page(plumbing: Context, freshness: Freshness, question: Question) -> Page:
    definitions = catalogue(plumbing.declared)
    # Looked at before the totals are read: these hold at least what was folded by then.
    fresh = await freshness.look(plumbing)
    expected = await _expected(plumbing, question)
    tables = question.tables(definitions)
    values = await published_totals(plumbing.pool, tables, question.today, expected.completeness)
    shown = page(question, definitions, values, fresh.folded_to, expected)
    live = [table.name for table in tables if is_live(table)]
    found = await frozen(plumbing.pool, question.council.code, question.period, live)
    return released(shown, found, values, question)


async def _doubtful(plumbing: Context, council: Place, tongue: Tongue) -> str | None:
    """How many possible duplicates are open, in words; None before they were counted."""
    async with plumbing.pool.acquire() as connection:
        figure = await Notebook(connection).shown(POSSIBLE_DUPLICATES, council.code)
    return None if figure is None else doubtful(figure, tongue)


async def _expected(plumbing: Context, question: Question) -> Expected:
    council, declared = question.council.code, plumbing.declared
    listed = Completeness(question.today, reporters_of(plumbing.settings, declared))
    completeness = await completeness_at(plumbing.pool, council, listed)
    wanted = Wanted([council], period=str(question.period))
    targets = standing(await target_facts(plumbing.pool, wanted))
    return Expected(completeness, targets, declared.organisations)


def _frame(tongue: Tongue) -> dict[str, object]:
    return {
        "words": tongue.words(),
        "language": tongue.language,
        "languages": NAMES,
    }


def _councils_of(area: Place) -> list[Place]:
    return [each for each in COUNCILS.values() if each.parent == area.code]
