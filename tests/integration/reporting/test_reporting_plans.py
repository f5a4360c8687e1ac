"""How tables are planned: a larger place by itself, a town as any town."""

from schemas.declarations import shipped
from schemas.periods import parse
from services.reporting.answering.reading import one_instant
from services.reporting.indicators import catalogue
from services.reporting.tables.store import BY_BUCKET, ONE_TOTAL, TOTALS, Tables
from services.reporting.tables.table import TOTAL, Table
from tests.integration.reporting.desk import Desk
from tests.reference.tell import PROKUPLJE

TIMES = 8
"""The server thinks of a plan for any place from the sixth time on."""

MANY = 100
"""Of so many totals in one statement the server thinks that a kept plan is cheaper."""

PLANS = """
SELECT sum(generic_plans)::int FROM pg_prepared_statements WHERE statement = ANY ($1::text[])
"""


def asked(place: str) -> list[Table]:
    """A total and a table by its first split."""
    indicator = next(each for each in catalogue(shipped()) if each.id == "MI-05")
    measure = indicator.measures[0]
    splits = (TOTAL, indicator.splits_of(measure)[0].name)
    return [Table(indicator, measure, place, parse("2023"), split) for split in splits]


async def plans_for_any_place(desk: Desk, place: str) -> int:
    """How often a table of a place was read with a plan for any place at all."""
    async with one_instant(desk.context.pool) as connection:
        for _ in range(TIMES):
            for table in asked(place):
                await Tables(connection).values(table, desk.context.clock().date())
        plans: int = await connection.fetchval(PLANS, [ONE_TOTAL, BY_BUCKET])
        return plans


async def test_a_larger_place_is_planned_anew_each_time(desk: Desk) -> None:
    assert await plans_for_any_place(desk, "RS") == 0


async def test_a_town_is_not_planned_anew_each_time(desk: Desk) -> None:
    assert await plans_for_any_place(desk, PROKUPLJE) > 0


async def test_totals_of_larger_places_do_not_heed_the_plan_that_is_kept_for_towns(
    desk: Desk,
) -> None:
    today = desk.context.clock().date()
    plans: list[int] = []
    async with one_instant(desk.context.pool) as connection:
        tables = Tables(connection)
        for place in (PROKUPLJE, "RS", PROKUPLJE):
            for _ in range(TIMES):
                await tables.totals(asked(place)[:1] * MANY, today)
            plans.append(await connection.fetchval(PLANS, [TOTALS]))
        setting = await connection.fetchval("SHOW enable_indexscan")

    of_town, with_country, in_all = plans
    assert 0 < of_town == with_country < in_all
    assert setting == "on"
