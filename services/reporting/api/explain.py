"""`GET /explain`: entries and facts for the steward, for others what is published."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fastapi import APIRouter, Depends, Request

from runtime.context import Context
from runtime.process.clock import belgrade_day
from runtime.storage.pool import Connection
from runtime.web.auth import BearerToken, authorize
from runtime.web.dependencies import ContextDep, require_startup_replay
from services.reporting.completeness.loading import completeness_for_values, expected_completeness
from services.reporting.indicators import catalogue
from services.reporting.lineage.comparison import NumberComparer
from services.reporting.lineage.entry_lineage import PartSize
from services.reporting.lineage.number_lineage import (
    EntryPage,
    NumberLineage,
    exact_values,
    select_bucket,
)
from services.reporting.lineage.parameters import (
    ExplainParams,
    ExplainQuery,
    requested_cursor,
    requested_interval,
    requested_offset,
    requested_tables,
)
from services.reporting.lineage.queries import LineageQueries
from services.reporting.lineage.replay import ChangeQuery, replay_changes
from services.reporting.lineage.responses import (
    ChangeResponse,
    EntriesResponse,
    EntryChangesResponse,
    ExplainResponse,
    denied_part_response,
    entry_change_response,
    entry_response,
    number_comparison_response,
    part_responses,
    parts_note,
)
from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.queries.parameters import allow_only, find_indicator
from services.reporting.queries.responses import value_responses
from services.reporting.queries.snapshot import long_snapshot
from services.reporting.queries.values import published_values
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import Table

_ONLY_EXPLAIN_PARAMETERS = Depends(allow_only(*ExplainQuery.model_fields))
_IntervalBounds = tuple[datetime, datetime | None]


def routes(freshness: ProgressTracker) -> APIRouter:
    """Return the routes of a replica whose progress is tracked by `freshness`."""
    router = APIRouter(tags=["indicators"])

    @router.get(
        "/explain", dependencies=[_ONLY_EXPLAIN_PARAMETERS], response_model_exclude_unset=True
    )
    async def get_explain(
        request: Request, context: ContextDep, token: BearerToken, query: ExplainParams
    ) -> ExplainResponse:
        """Return the lineage of a number: its parts, entries and facts, or why it has changed.

        Entries, facts and changes need the steward's token; others get what is published.
        """
        is_steward = token is not None or query.since is not None
        if is_steward:
            await authorize(request, "steward_token_file", token.credentials if token else None)
            await require_startup_replay(request)
        definition = find_indicator(catalogue(context.declared), query.indicator)
        tables = requested_tables(definition, query)
        interval = requested_interval(query, context.clock())
        fresh = await freshness.check(context)
        response = ExplainResponse(
            indicator=query.indicator,
            place=query.place,
            period=query.period,
            split=query.split,
            bucket=query.bucket,
            layer="exact" if is_steward else "published",
            projected_through=fresh.projected_through,
            values=(),
        )
        fields = await (
            _exact(context, tables, query, interval)
            if is_steward
            else _published(context, tables, query)
        )
        return response.model_copy(update=fields)

    return router


async def _published(
    context: Context, tables: Sequence[Table], query: ExplainQuery
) -> dict[str, object]:
    """Return what any reader may see."""
    expected = expected_completeness(context)
    completeness = await completeness_for_values(context.pool, tables[0].place, expected)
    today = expected.today
    shown = [
        (table, select_bucket(query.bucket, table, values, today))
        for table, values in await published_values(context.pool, tables, today, completeness)
    ]
    return {
        "values": value_responses(shown, completeness),
        "parts": tuple(map(denied_part_response, tables)),
        "note": parts_note(),
    }


async def _exact(
    context: Context, tables: Sequence[Table], query: ExplainQuery, interval: _IntervalBounds | None
) -> dict[str, object]:
    """Return what the steward sees, all in one snapshot; nothing about withheld numbers."""
    today = belgrade_day(context.clock())
    async with long_snapshot(context.pool) as connection:
        exact = await TableQueries.in_snapshot(connection)
        values = value_responses(await exact_values(exact, tables, query.bucket, today))
        holds = await exact.holds()
        certain = [table for table in tables if not holds.cover(table)]
        if interval is not None:
            change = await _change(context, connection, certain, (query, interval))
            return {"values": values, "change": change}
        lineage = NumberLineage(connection, certain, query.bucket)
        after = requested_cursor(query, certain)
        sizes = await lineage.size()
        parts = (
            {} if after else {"parts": part_responses(await lineage.parts()), "note": parts_note()}
        )
        page = await lineage.page(after, query.limit)
    return {"values": values, **parts, "entries": await _entries(page, sizes.values())}


async def _entries(page: EntryPage, sizes: Iterable[PartSize]) -> EntriesResponse:
    return EntriesResponse(
        total_count=sum(size.entries for size in sizes),
        next=None if page.next is None else str(page.next),
        items=tuple(map(entry_response, await page.trace())),
    )


async def _change(
    context: Context,
    connection: Connection,
    tables: Sequence[Table],
    requested: tuple[ExplainQuery, _IntervalBounds],
) -> ChangeResponse:
    query, (since, until) = requested
    offset = requested_offset(query)
    between = ChangeQuery(tables, query.bucket, since, until, range(offset, offset + query.limit))
    replayed = await replay_changes(connection, between)
    is_foreign = await LineageQueries(connection).stored_by() != definitions_fingerprint()
    comparer = NumberComparer(connection, context.clock(), is_foreign=is_foreign)
    compared = [await comparer.compare(table, between, replayed) for table in tables]
    return ChangeResponse(
        since=since,
        until=until,
        numbers=tuple(map(number_comparison_response, compared)),
        entries=EntryChangesResponse(
            total_count=replayed.entry_changes_total,
            next=str(between.page.stop)
            if replayed.entry_changes_total > between.page.stop
            else None,
            items=tuple(map(entry_change_response, replayed.entry_changes)),
        ),
    )
