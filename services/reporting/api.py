"""The door in over HTTP: definitions, values, freshness."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse

from runtime.context import Context
from runtime.http import context, use_key
from runtime.keys import Given
from schemas.problem import refusal
from services.reporting.answering import completeness as reports
from services.reporting.answering import duplicates, steward, targets
from services.reporting.answering.answers import (
    IndicatorsAnswer,
    ValuesAnswer,
    indicator_answer,
    value_answers,
)
from services.reporting.answering.completeness import expected_now, incomplete_answer
from services.reporting.answering.fresh import FreshnessAnswer, freshness_answer
from services.reporting.answering.known_at import tables_known_at
from services.reporting.answering.question import (
    Asked,
    Question,
    instant_asked,
    only,
    tables_asked,
)
from services.reporting.answering.reading import Answered, exact_tables, published_tables
from services.reporting.answering.targets import targets_beside
from services.reporting.answering.telling import Told, is_wanted, nobody, telling
from services.reporting.closing import routes as closing
from services.reporting.closing.marking import marked
from services.reporting.expecting.completeness import Completeness
from services.reporting.expecting.reading import completeness_of_tables
from services.reporting.explaining import door as explaining
from services.reporting.folding.freshness import Freshness
from services.reporting.folding.projection import Standing
from services.reporting.indicators import catalogue
from services.reporting.proof import door
from services.reporting.tables.table import Table

Plumbing = Annotated[Context, Depends(context)]
NOTHING_MORE = Depends(only())
A_QUESTION = Depends(only(*Question.model_fields))


def routes(freshness: Freshness, standing: Standing | None = None) -> APIRouter:
    """The doors of a copy whose looks at the log are kept in `freshness`.

    While `standing` says that the entries follow other definitions, no values are given.
    """
    router = APIRouter(tags=["indicators"])
    ours = [Depends(_ours(standing or Standing()))]

    @router.get("/indicators", dependencies=[NOTHING_MORE])
    async def get_indicators(plumbing: Plumbing) -> IndicatorsAnswer:
        """Return all definitions: their words, splits, measures and disclosure classes."""
        found = map(indicator_answer, catalogue(plumbing.declared))
        return IndicatorsAnswer(indicators=tuple(found))

    @router.get(
        "/indicators/{indicator}/values",
        dependencies=[A_QUESTION, *ours],
        response_model=ValuesAnswer,
        response_model_exclude_unset=True,
        responses={200: {"content": {EventSourceResponse.media_type: {}}}},
    )
    async def get_values(
        request: Request, plumbing: Plumbing, given: Given, indicator: str, asked: Asked
    ) -> ValuesAnswer | Response:
        """Return the values of an indicator; layer `exact` needs the steward's token.

        Asked with `Accept: text/event-stream` it tells how far it is, and the answer at last.
        """
        if asked.layer == "exact":
            await use_key(request, "steward_token_file", given.credentials if given else None)
        tables = tables_asked(catalogue(plumbing.declared), indicator, asked)
        instant_asked(asked)  # what is refused is refused before a stream begins
        read = partial(_values, plumbing, freshness, asked, tables)
        if is_wanted(request):
            return EventSourceResponse(telling(read, plumbing.stopping))
        return await read(nobody)

    @router.get("/freshness", dependencies=[NOTHING_MORE])
    async def get_freshness(plumbing: Plumbing) -> FreshnessAnswer:
        """Return the instant up to which every record of the log is folded, and what waits."""
        return freshness_answer(await freshness.look(plumbing))

    for said in (targets.router, reports.router, steward.router):
        router.include_router(said)
    for counted in (duplicates.router, closing.routes(freshness), explaining.routes(freshness)):
        router.include_router(counted, dependencies=ours)
    router.include_router(door.router)
    return router


def _ours(standing: Standing) -> Callable[[], Awaitable[None]]:
    """A dependency: no values while entries follow other definitions; by ours they would lie."""

    async def check() -> None:
        if (trouble := standing.trouble()) is not None:
            detail = f"No values now: {trouble}."
            raise refusal("E1507", "$", detail, "Change over, then ask again.")

    return check


async def _values(
    plumbing: Context, freshness: Freshness, asked: Question, tables: Sequence[Table], told: Told
) -> ValuesAnswer:
    instant = instant_asked(asked)
    # Looked at before the tables are read: these hold at least what was folded by then.
    fresh = await freshness.look(plumbing)
    expected = expected_now(plumbing, instant)
    complete = await completeness_of_tables(plumbing.pool, asked.place, expected, instant)
    answered = await _read(plumbing, tables, asked, complete, told)
    answer = ValuesAnswer(
        indicator=tables[0].indicator.id,
        place=asked.place,
        period=asked.period,
        split=asked.split,
        layer=asked.layer,
        folded_to=fresh.folded_to,
        values=value_answers(answered, complete),
    )
    more = {
        "known_at": instant,
        "targets": await targets_beside(plumbing.pool, answered, complete.today, instant),
        "completeness": incomplete_answer(tables, complete),
    }
    answer = answer.model_copy(update={name: each for name, each in more.items() if each})
    return answer if instant is not None else await marked(plumbing, answer, tables)


async def _read(
    plumbing: Context,
    tables: Sequence[Table],
    asked: Question,
    complete: Completeness,
    told: Told,
) -> Answered:
    instant, today = instant_asked(asked), complete.today
    if instant is not None:
        return await tables_known_at(plumbing.pool, tables, instant, today, told)
    if asked.layer == "exact":
        return await exact_tables(plumbing.pool, tables, today)
    return await published_tables(plumbing.pool, tables, today, complete)
