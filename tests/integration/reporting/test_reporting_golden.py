"""The golden cases hold in the database too: folded by the worker, counted by the tables' SQL."""

import random

import pytest

from schemas.attributes import instant_of
from schemas.periods import parse
from services.reporting.answering.known_at import tables_known_at
from services.reporting.answering.reading import exact_tables
from services.reporting.indicators import catalogue
from services.reporting.tables.table import Table
from tests.integration.reporting.desk import Desk
from tests.reference.golden import Case, Cells, golden_cases

CASES = golden_cases()
INDICATORS = sorted({case.indicator for case in CASES})


def asked(desk: Desk, cells: Cells) -> Table:
    indicator, _, name = cells.question.measure.partition(".")
    definition = next(each for each in catalogue(desk.context.declared) if each.id == indicator)
    measure = definition.measure(name)
    assert measure is not None
    _, place, period, split = cells.question
    return Table(definition, measure, place, parse(period), split)


async def shown(desk: Desk, cells: Cells) -> dict[str | None, tuple[object, str]]:
    """What the database shows in the cells."""
    pool, table = desk.context.pool, asked(desk, cells)
    if cells.known_at is None:
        answered = await exact_tables(pool, [table], cells.asked_on)
    else:
        instant = instant_of(cells.known_at, "known_at")
        answered = await tables_known_at(pool, [table], instant, cells.asked_on)
    return {row.bucket: (row.value, str(row.state)) for _, rows in answered for row in rows}


async def tell(desk: Desk, case: Case) -> None:
    """The case alone, in a random order and in two batches."""
    events = random.Random(case.claim).sample(case.events, len(case.events))  # noqa: S311 - a test's
    await desk.context.pool.execute("TRUNCATE fact, subject, entry, dirty, conflict, erased")
    for batch in filter(None, (events[::2], events[1::2])):
        await desk.fold(*batch)


@pytest.mark.parametrize("indicator", INDICATORS)
async def test_the_database_shows_what_the_cases_say(desk: Desk, indicator: str) -> None:
    for case in (each for each in CASES if each.indicator == indicator):
        await tell(desk, case)
        for cells in case.cells:
            assert await shown(desk, cells) == cells.rows, f"{case.claim}: {cells.question}"
