"""The golden cases hold in the database too: processed in batches, counted by the SQL of tables."""

import random

import pytest

from schemas.periods import parse_period
from schemas.validation.decode import parse_instant
from services.reporting.indicators import catalogue
from services.reporting.queries.as_of import values_as_of
from services.reporting.queries.values import exact_values
from services.reporting.tables.table import Table
from tests.integration.reporting.harness import ReportingHarness
from tests.reference.golden import Case, Cells, golden_cases

CASES = golden_cases()
INDICATORS = sorted({case.indicator for case in CASES})


def table_of(reporting: ReportingHarness, cells: Cells) -> Table:
    indicator, _, name = cells.question.measure.partition(".")
    definition = next(
        each for each in catalogue(reporting.context.declared) if each.id == indicator
    )
    measure = definition.measure(name)
    assert measure is not None
    _, place, period, split = cells.question
    return Table(definition, measure, place, parse_period(period), split)


async def shown(reporting: ReportingHarness, cells: Cells) -> dict[str | None, tuple[object, str]]:
    """Return what the database shows in the cells."""
    pool, table = reporting.context.pool, table_of(reporting, cells)
    if cells.as_of is None:
        found = await exact_values(pool, [table], cells.asked_on)
    else:
        instant = parse_instant(cells.as_of, "as_of")
        found = await values_as_of(pool, [table], instant, cells.asked_on)
    return {row.bucket: (row.value, str(row.state)) for _, rows in found for row in rows}


async def process_case(reporting: ReportingHarness, case: Case) -> None:
    """Process only this case, in a random order and in two batches."""
    events = random.Random(case.claim).sample(case.events, len(case.events))  # noqa: S311 - not for security
    await reporting.context.pool.execute(
        "TRUNCATE fact, subject, entry, changed_cell, conflict, erased_subject"
    )
    for batch in filter(None, (events[::2], events[1::2])):
        await reporting.process(*batch)


@pytest.mark.parametrize("indicator", INDICATORS)
async def test_the_database_shows_the_cells_of_the_cases(
    reporting: ReportingHarness, indicator: str
) -> None:
    for case in (each for each in CASES if each.indicator == indicator):
        await process_case(reporting, case)
        for cells in case.cells:
            assert await shown(reporting, cells) == cells.rows, f"{case.claim}: {cells.question}"
