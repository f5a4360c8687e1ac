"""The routes of the board: one page per council that anybody can read, print and leave open."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import RedirectResponse, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, ConfigDict

from runtime.context import Context
from runtime.process.clock import belgrade_day
from runtime.process.errors import Unavailable
from runtime.process.failures import DATABASE_UNAVAILABLE, SERIALIZATION_FAILURES
from runtime.refusals import not_found
from runtime.web.dependencies import ContextDep
from schemas import territory
from schemas.periods import parse_period
from schemas.territory import COUNCILS, Place
from schemas.validation.problems import Refusal
from services.reporting.board.error_pages import (
    ErrorPage,
    invalid_period,
    named_councils,
    not_available,
    unknown_council,
)
from services.reporting.board.expectations import Expectations
from services.reporting.board.locale import LANGUAGE_NAMES, Locale
from services.reporting.board.notifier import BoardNotifier, board_events
from services.reporting.board.page import BoardQuery, Page, build_page
from services.reporting.board.periods import current_quarter
from services.reporting.board.queries import published_totals
from services.reporting.board.rendering import SECURITY_HEADERS, Templates
from services.reporting.board.revisions import with_release
from services.reporting.board.translations import MESSAGES
from services.reporting.completeness.loading import load_completeness, reporters_of
from services.reporting.completeness.model import Completeness
from services.reporting.indicators import catalogue
from services.reporting.possible_duplicates.repository import (
    POSSIBLE_DUPLICATES,
    DuplicateNoteRepository,
    PublishedCount,
)
from services.reporting.projection.definition_gate import DefinitionGate
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.publication.policy import is_live
from services.reporting.releases.annotate import latest_release
from services.reporting.targets.model import effective_targets
from services.reporting.targets.queries import TargetFilter, target_facts

_UNAVAILABLE_ERRORS: tuple[type[Exception], ...] = (
    *DATABASE_UNAVAILABLE,
    *SERIALIZATION_FAILURES,
    Unavailable,
)


class _View(BaseModel):
    """How a reader wants to see a page; unknown query parameters are ignored here."""

    model_config = ConfigDict(frozen=True)

    period: str = ""
    lang: str = ""


_ViewParams = Annotated[_View, Query()]


def routes(
    freshness: ProgressTracker, notifier: BoardNotifier, gate: DefinitionGate | None = None
) -> APIRouter:
    """Return the pages of a replica; `notifier` keeps its open boards.

    While `gate` is blocked, because the entries follow other definitions, there are no numbers.
    """
    router = APIRouter(prefix="/board", include_in_schema=False)
    templates = Templates()
    _static(router, templates)
    _lists(router, templates)
    _pages(router, templates, freshness, gate or DefinitionGate())
    _streams(router, notifier)
    return router


def _static(router: APIRouter, templates: Templates) -> None:
    @router.get("/static/{name}")
    async def get_file(name: str) -> Response:
        """Return a file that pages load."""
        if name not in templates.files:
            raise not_found("There is no such file.", "$path.name")
        return templates.files[name].respond()


def _lists(router: APIRouter, templates: Templates) -> None:
    @router.get("")
    async def get_home() -> Response:
        """Redirect to the list of councils."""
        headers = dict(SECURITY_HEADERS)
        return RedirectResponse("/board/", HTTPStatus.PERMANENT_REDIRECT, headers=headers)

    @router.get("/")
    async def get_list(view: _ViewParams) -> Response:
        """Return the list of all councils by district."""
        locale = Locale.of(view.lang)
        areas = [
            (locale.place_name(area), named_councils(locale.sort_places(councils), locale))
            for area in territory.places()
            if (councils := _councils_of(area))
        ]
        return templates.respond("list.html", _frame(locale) | {"areas": areas})


def _pages(
    router: APIRouter, templates: Templates, freshness: ProgressTracker, gate: DefinitionGate
) -> None:
    @router.get("/{council}")
    async def get_board(context: ContextDep, council: str, view: _ViewParams) -> Response:
        """Return a council's page, by default for the current quarter."""
        return await respond("board.html", context, council, view)

    @router.get("/{council}/numbers")
    async def get_numbers(context: ContextDep, council: str, view: _ViewParams) -> Response:
        """Return the parts of that page that change, for the page itself."""
        return await respond("numbers.html", context, council, view)

    async def respond(template: str, context: Context, council: str, view: _View) -> Response:
        locale = Locale.of(view.lang)
        place = COUNCILS.get(council)
        if place is None:
            return error(HTTPStatus.NOT_FOUND, unknown_council(council, locale), locale)
        try:
            gate.require_open()
            query = _query(context, place, view.period, locale)
            page = await _page(context, freshness, query)
            duplicates = await _possible_duplicates(context, place, locale)
            values = {"page": page, "possible_duplicates": duplicates}
            return templates.respond(template, _frame(locale) | values)
        except Refusal:
            return error(HTTPStatus.UNPROCESSABLE_ENTITY, invalid_period(locale), locale)
        except _UNAVAILABLE_ERRORS:
            return error(HTTPStatus.SERVICE_UNAVAILABLE, not_available(locale), locale)

    def error(status: HTTPStatus, page: ErrorPage, locale: Locale) -> Response:
        return templates.respond("error.html", _frame(locale) | {"error": page}, status)


def _streams(router: APIRouter, notifier: BoardNotifier) -> None:
    async def subscription(council: str, response: Response) -> AsyncIterator[asyncio.Event]:
        """Subscribe to a council's changes for as long as the response lasts."""
        if council not in COUNCILS:
            raise not_found("There is no such council.", "$path.council")
        response.headers.update(SECURITY_HEADERS)
        with notifier.subscribe(council) as changed:
            yield changed

    @router.get("/{council}/stream", response_class=EventSourceResponse)
    async def get_stream(
        context: ContextDep, changed: Annotated[asyncio.Event, Depends(subscription)]
    ) -> AsyncIterator[ServerSentEvent]:
        """Stream when an open page should fetch its numbers, with heartbeats in between."""
        async for event in board_events(changed, context.stopping):
            yield ServerSentEvent(event=event, raw_data=event)


def _possible_duplicates_text(count: PublishedCount, locale: Locale) -> str:
    """Return how many jobs two sources may both have reported, as of when; never who."""
    if count.value is None:
        number = locale.translate(MESSAGES["small"])
    else:
        number = locale.format_number(count.value)
    at = locale.format_instant(count.as_of)
    return locale.translate(MESSAGES["possible_duplicates"], count=number, at=at)


def _query(context: Context, place: Place, period: str, locale: Locale) -> BoardQuery:
    now = context.clock()
    today = belgrade_day(now)
    requested = parse_period(period, "$query.period") if period else current_quarter(today)
    return BoardQuery(place, requested, locale, now, today)


async def _page(context: Context, freshness: ProgressTracker, query: BoardQuery) -> Page:
    definitions = catalogue(context.declared)
    # Checked before the totals are read: these contain at least what was projected by then.
    progress = await freshness.check(context)
    expectations = await _expectations(context, query)
    completeness, tables = expectations.completeness, query.tables(definitions)
    values = await published_totals(context.pool, tables, query.today, completeness)
    page = build_page(query, definitions, values, progress.projected_through, expectations)
    live = [table.name for table in tables if is_live(table)]
    release = await latest_release(context.pool, query.council.code, query.period, live)
    return with_release(page, release, values, query)


async def _possible_duplicates(context: Context, council: Place, locale: Locale) -> str | None:
    """Return a text on the open possible duplicates; None before they were counted."""
    async with context.pool.acquire() as connection:
        repository = DuplicateNoteRepository(connection)
        count = await repository.published_count(POSSIBLE_DUPLICATES, council.code)
    return None if count is None else _possible_duplicates_text(count, locale)


async def _expectations(context: Context, query: BoardQuery) -> Expectations:
    council = query.council.code
    expected = Completeness(query.today, reporters_of(context.settings, context.declared))
    completeness = await load_completeness(context.pool, council, expected)
    wanted = TargetFilter([council], period=str(query.period))
    targets = effective_targets(await target_facts(context.pool, wanted))
    return Expectations(completeness, targets, context.declared.organisations)


def _frame(locale: Locale) -> dict[str, object]:
    return {
        "messages": locale.messages(),
        "language": locale.language,
        "languages": LANGUAGE_NAMES,
    }


def _councils_of(area: Place) -> list[Place]:
    return [each for each in COUNCILS.values() if each.parent == area.code]
