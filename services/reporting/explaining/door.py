"""The door of `GET /explain`: entries and facts for the steward, for others what is published."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from runtime.clock import belgrade_day
from runtime.context import Context
from runtime.http import context, require_first_read, use_key
from runtime.keys import Given
from runtime.postgres import Connection
from services.reporting.answering.answers import value_answers
from services.reporting.answering.completeness import expected_now
from services.reporting.answering.question import indicator_of, only
from services.reporting.answering.reading import one_long_instant, published_tables
from services.reporting.expecting.reading import completeness_of_tables
from services.reporting.explaining.answers import (
    ChangeAnswer,
    EntriesAnswer,
    ExplainAnswer,
    MovedEntriesAnswer,
    compared_answer,
    denied_part,
    entry_answer,
    moved_answer,
    note,
    part_answers,
)
from services.reporting.explaining.behind import Size
from services.reporting.explaining.comparing import Comparing
from services.reporting.explaining.difference import Asked as Between
from services.reporting.explaining.difference import replay
from services.reporting.explaining.question import (
    Asked,
    Question,
    after_asked,
    moments_asked,
    offset_asked,
    tables_asked,
)
from services.reporting.explaining.reading import Behind, Page, exact_values, one_bucket
from services.reporting.explaining.store import Shelf
from services.reporting.folding.digest import catalogue_digest
from services.reporting.folding.freshness import Freshness
from services.reporting.indicators import catalogue
from services.reporting.tables.store import Tables
from services.reporting.tables.table import Table

Plumbing = Annotated[Context, Depends(context)]
A_QUESTION = Depends(only(*Question.model_fields))
Moments = tuple[datetime, datetime | None]


def routes(freshness: Freshness) -> APIRouter:
    """The door of a copy whose looks at the log are kept in `freshness`."""
    router = APIRouter(tags=["indicators"])

    @router.get("/explain", dependencies=[A_QUESTION], response_model_exclude_unset=True)
    async def get_explain(
        request: Request, plumbing: Plumbing, given: Given, asked: Asked
    ) -> ExplainAnswer:
        """Return what is behind a number: its parts, entries and facts, or why it has changed.

        Entries, facts and changes need the steward's token; parts are shown to others as far as
        they are published.
        """
        is_steward = given is not None or asked.since is not None
        if is_steward:
            await use_key(request, "steward_token_file", given.credentials if given else None)
            await require_first_read(request)
        definition = indicator_of(catalogue(plumbing.declared), asked.indicator)
        tables = tables_asked(definition, asked)
        moments = moments_asked(asked, plumbing.clock())
        fresh = await freshness.look(plumbing)
        answer = ExplainAnswer(
            indicator=asked.indicator,
            place=asked.place,
            period=asked.period,
            split=asked.split,
            bucket=asked.bucket,
            layer="exact" if is_steward else "published",
            folded_to=fresh.folded_to,
            values=(),
        )
        told = await (
            _exact(plumbing, tables, asked, moments)
            if is_steward
            else _published(plumbing, tables, asked)
        )
        return answer.model_copy(update=told)

    return router


async def _published(
    plumbing: Context, tables: Sequence[Table], asked: Question
) -> dict[str, object]:
    """What any reader may see."""
    expected = expected_now(plumbing)
    told, today = (
        await completeness_of_tables(plumbing.pool, tables[0].place, expected),
        expected.today,
    )
    shown = [
        (table, one_bucket(asked.bucket, table, values, today))
        for table, values in await published_tables(plumbing.pool, tables, today, told)
    ]
    return {
        "values": value_answers(shown, told),
        "parts": tuple(map(denied_part, tables)),
        "note": note(),
    }


async def _exact(
    plumbing: Context, tables: Sequence[Table], asked: Question, moments: Moments | None
) -> dict[str, object]:
    """What the steward sees, all of one instant of the database.

    Of a number that is withheld nothing is told.
    """
    today = belgrade_day(plumbing.clock())
    async with one_long_instant(plumbing.pool) as connection:
        exact = await Tables.at_one_instant(connection)
        values = value_answers(await exact_values(exact, tables, asked.bucket, today))
        doubts = await exact.doubts()
        certain = [table for table in tables if not doubts.meet(table)]
        if moments is not None:
            change = await _change(plumbing, connection, certain, (asked, moments))
            return {"values": values, "change": change}
        behind, after = Behind(connection, certain, asked.bucket), after_asked(asked, certain)
        sizes = await behind.size()
        parts = {} if after else {"parts": part_answers(await behind.parts()), "note": note()}
        page = await behind.page(after, asked.limit)
    return {"values": values, **parts, "entries": await _entries(page, sizes.values())}


async def _entries(page: Page, sizes: Iterable[Size]) -> EntriesAnswer:
    return EntriesAnswer(
        in_all=sum(size.entries for size in sizes),
        next=None if page.next is None else str(page.next),
        items=tuple(map(entry_answer, await page.explained())),
    )


async def _change(
    plumbing: Context,
    connection: Connection,
    tables: Sequence[Table],
    question: tuple[Question, Moments],
) -> ChangeAnswer:
    asked, (since, until) = question
    offset = offset_asked(asked)
    between = Between(tables, asked.bucket, since, until, range(offset, offset + asked.limit))
    told = await replay(connection, between)
    is_foreign = await Shelf(connection).stored_by() != _digest()
    comparing = Comparing(connection, plumbing.clock(), is_foreign=is_foreign)
    compared = [await comparing.compare(table, between, told) for table in tables]
    return ChangeAnswer(
        since=since,
        until=until,
        numbers=tuple(map(compared_answer, compared)),
        entries=MovedEntriesAnswer(
            in_all=told.in_all,
            next=str(between.page.stop) if told.in_all > between.page.stop else None,
            items=tuple(map(moved_answer, told.moved)),
        ),
    )


@cache
def _digest() -> bytes:
    """Which definitions this process follows, also after its files were replaced."""
    return catalogue_digest()
