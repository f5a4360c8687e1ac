"""How tables are planned: an area with its own plan, a town with a generic plan."""

from schemas.declared_codes import shipped
from schemas.periods import parse_period
from services.reporting.indicators import catalogue
from services.reporting.queries.snapshot import snapshot
from services.reporting.tables.queries import BY_BUCKET, ONE_TOTAL, TOTALS, TableQueries
from services.reporting.tables.table import TOTAL, Table
from tests.integration.reporting.harness import ReportingHarness
from tests.reference.builders import PROKUPLJE

TIMES = 8
"""The server considers a generic plan from the sixth execution on."""

MANY = 100
"""For so many totals in one statement the server estimates a generic plan as cheaper."""

PLANS = """
SELECT sum(generic_plans)::int FROM pg_prepared_statements WHERE statement = ANY ($1::text[])
"""


def tables_at(place: str) -> list[Table]:
    """A total and a table by its first split."""
    indicator = next(each for each in catalogue(shipped()) if each.id == "MI-05")
    measure = indicator.measures[0]
    splits = (TOTAL, indicator.splits_of(measure)[0].name)
    return [Table(indicator, measure, place, parse_period("2023"), split) for split in splits]


async def generic_plans(reporting: ReportingHarness, place: str) -> int:
    """How often a table of a place was read with a generic plan."""
    async with snapshot(reporting.context.pool) as connection:
        for _ in range(TIMES):
            for table in tables_at(place):
                await TableQueries(connection).values(table, reporting.context.clock().date())
        plans: int = await connection.fetchval(PLANS, [ONE_TOTAL, BY_BUCKET])
        return plans


async def test_an_area_is_planned_for_each_query(reporting: ReportingHarness) -> None:
    assert await generic_plans(reporting, "RS") == 0


async def test_a_town_uses_a_generic_plan(reporting: ReportingHarness) -> None:
    assert await generic_plans(reporting, PROKUPLJE) > 0


async def test_totals_of_areas_do_not_use_the_generic_plan_of_towns(
    reporting: ReportingHarness,
) -> None:
    today = reporting.context.clock().date()
    plans: list[int] = []
    async with snapshot(reporting.context.pool) as connection:
        tables = TableQueries(connection)
        for place in (PROKUPLJE, "RS", PROKUPLJE):
            for _ in range(TIMES):
                await tables.totals(tables_at(place)[:1] * MANY, today)
            plans.append(await connection.fetchval(PLANS, [TOTALS]))
        setting = await connection.fetchval("SHOW enable_indexscan")

    of_town, with_country, in_all = plans
    assert 0 < of_town == with_country < in_all
    assert setting == "on"
