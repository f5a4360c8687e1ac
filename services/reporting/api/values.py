"""`GET /indicators/{indicator}/values`: the values of an indicator, exact or as published."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from fastapi import APIRouter, Depends, Request, params
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse

from runtime.context import Context
from runtime.web.auth import BearerToken, authorize
from runtime.web.dependencies import ContextDep
from services.reporting.api.completeness import incomplete_response
from services.reporting.api.progress_stream import accepts_stream, progress_stream
from services.reporting.api.targets import target_progress
from services.reporting.completeness.loading import (
    completeness_for_values,
    expected_completeness,
)
from services.reporting.completeness.model import Completeness
from services.reporting.indicators import catalogue
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.queries.as_of import ProgressCallback, ignore_progress, values_as_of
from services.reporting.queries.fact_queries import FactQueries
from services.reporting.queries.parameters import (
    ValuesParams,
    ValuesQuery,
    allow_only,
    requested_instant,
    requested_tables,
)
from services.reporting.queries.responses import ValuesResponse, value_responses
from services.reporting.queries.values import TableValues, exact_values, published_values
from services.reporting.releases.annotate import annotate
from services.reporting.tables.table import Table

_VALUES_PARAMETERS = Depends(allow_only(*ValuesQuery.model_fields))


class _Request(NamedTuple):
    """What is requested: the query, its tables, and the instant as of which they are read."""

    query: ValuesQuery
    tables: Sequence[Table]
    instant: datetime | None


def routes(freshness: ProgressTracker, is_open: Sequence[params.Depends]) -> APIRouter:
    """Return the routes for values; `is_open` refuses requests under other definitions.

    `freshness` supplies the progress of the projection.
    """
    router = APIRouter()

    @router.get(
        "/indicators/{indicator}/values",
        dependencies=[_VALUES_PARAMETERS, *is_open],
        response_model=ValuesResponse,
        response_model_exclude_unset=True,
        responses={200: {"content": {EventSourceResponse.media_type: {}}}},
    )
    async def get_values(
        request: Request,
        context: ContextDep,
        token: BearerToken,
        indicator: str,
        query: ValuesParams,
    ) -> ValuesResponse | Response:
        """Return the values of an indicator; layer `exact` needs the steward's token.

        With `Accept: text/event-stream` it streams its progress, and the answer at last.
        """
        if query.layer == "exact":
            await authorize(request, "steward_token_file", token.credentials if token else None)
        tables = requested_tables(catalogue(context.declared), indicator, query)
        instant = requested_instant(query, context.clock())
        read = partial(_values, context, freshness, _Request(query, tables, instant))
        if accepts_stream(request):
            return EventSourceResponse(progress_stream(read, context.stopping))
        return await read(ignore_progress)

    return router


async def _values(
    context: Context,
    freshness: ProgressTracker,
    requested: _Request,
    report: ProgressCallback,
) -> ValuesResponse:
    query, tables, instant = requested
    # Checked before the tables are read: these contain at least what was projected by then.
    progress = await freshness.check(context)
    expected = expected_completeness(context, instant)
    completeness = await completeness_for_values(context.pool, query.place, expected, instant)
    values = await _read(context, requested, completeness, report)
    response = ValuesResponse(
        indicator=tables[0].indicator.id,
        place=query.place,
        period=query.period,
        split=query.split,
        layer=query.layer,
        projected_through=progress.projected_through,
        values=value_responses(values, completeness),
    )
    optional = {
        "as_of": instant,
        "records_begin_at": await _records_begin_at(context, instant),
        "targets": await target_progress(context.pool, values, completeness.today, instant),
        "completeness": incomplete_response(tables, completeness),
    }
    response = response.model_copy(update={name: each for name, each in optional.items() if each})
    return response if instant is not None else await annotate(context, response, tables)


async def _records_begin_at(context: Context, instant: datetime | None) -> datetime | None:
    """Return when the first fact was recorded, if that was after the instant asked for."""
    if instant is None:
        return None
    async with context.pool.acquire() as connection:
        first = await FactQueries(connection).first_recorded_at()
    return first if first is not None and first > instant else None


async def _read(
    context: Context,
    requested: _Request,
    completeness: Completeness,
    report: ProgressCallback,
) -> TableValues:
    (query, tables, instant), today = requested, completeness.today
    if instant is not None:
        return await values_as_of(context.pool, tables, instant, today, report)
    if query.layer == "exact":
        return await exact_values(context.pool, tables, today)
    return await published_values(context.pool, tables, today, completeness)
