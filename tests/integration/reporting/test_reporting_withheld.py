"""While a hold exists no reader gets a number of the tables it covers, and all get the others."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from runtime.process.clock import belgrade_day
from schemas.periods import parse_period
from services.reporting.board.queries import published_totals
from services.reporting.indicators import catalogue
from services.reporting.publication.indicator_gauges import (
    GaugeLabel,
    gauge_values,
    withheld_gauges,
)
from services.reporting.publication.policy import PublishableMeasures
from services.reporting.publication.publisher import Publisher
from services.reporting.publication.queries import PublicationQueries
from services.reporting.publication.withholding_repository import WithholdingRepository
from services.reporting.tables.queries import TableQueries
from services.reporting.tables.table import TOTAL, Table, ValueState, current_periods
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.integration.reporting.holds import add_hold, remove_holds
from tests.integration.reporting.test_board_queries import board_tables
from tests.reference.builders import ANA, BAKERY, BOBAN, NIS, PROKUPLJE, make_event

BACK, MADE = "registration.returnee.registered", "matching.placement.made"
MORNING = datetime(2023, 6, 15, 8, tzinfo=UTC)
MAY = (date(2023, 5, 1), date(2023, 5, 1))
PERIODS = (
    *("2023-04", "2023-05", "2023-06", "2023-Q1", "2023-Q2", "2022", "2023"),
    *("to-2023-04", "to-2023-05", "to-2023-07"),
)
PLACES = (PROKUPLJE, NIS, "RS229", "RS225", "RS22", "RS", "RS-KM")
WITHHELD = "SELECT count(*) FROM published.value WHERE state = 'withheld'"


@pytest.fixture
async def june(open_reporting: OpenReporting) -> ReportingHarness:
    """Two returnees and a placement of May, published in June 2023."""
    reporting = await open_reporting(clock=lambda: MORNING)
    await reporting.process(
        make_event(BACK, "2023-05-02", ANA),
        make_event(BACK, "2023-05-03", BOBAN, municipality=NIS),
        make_event(MADE, "2023-05-04", ANA),
    )
    return reporting


@pytest.fixture
async def publisher(june: ReportingHarness) -> Publisher:
    """A publisher that has published all of it."""
    definitions = catalogue(june.context.declared)
    connection = await june.context.pool.acquire()
    publisher = Publisher(connection, PublishableMeasures.of(definitions), june.context.clock)
    await publisher.publish_metadata(definitions)
    await publisher.apply_holds()
    await publisher.publish_councils()
    await publisher.publish_areas()
    return publisher


async def first_value(
    reporting: ReportingHarness, indicator: str, place: str, period: str, **more: str
) -> Mapping[str, object]:
    """The first value of a response."""
    params = {"place": place, "period": period} | more
    token = TOKEN if more.get("layer") == "exact" else None
    answer = await reporting.get(f"/indicators/{indicator}/values", params, token)
    assert answer.status_code == 200, answer.text
    row: Mapping[str, object] = answer.json()["values"][0]
    return row


@pytest.mark.usefixtures("publisher")
@pytest.mark.parametrize("place", [PROKUPLJE, "RS229", "RS22", "RS"])
@pytest.mark.parametrize("layer", ["exact", "published"])
async def test_a_table_on_hold_is_withheld_at_every_level_with_the_reason(
    june: ReportingHarness, place: str, layer: str
) -> None:
    await add_hold(june, "MI-05.registered", PROKUPLJE, MAY)
    row = await first_value(june, "MI-05", place, "2023-05", layer=layer)

    assert (row["value"], row["state"], row["bucket"]) == (None, "withheld", "total")
    assert row["code"] == "E1509"
    assert "/verification" in str(row["detail"])


@pytest.mark.usefixtures("publisher")
@pytest.mark.parametrize(
    ("indicator", "place", "period"),
    [("MI-05", NIS, "2023-05"), ("MI-13", PROKUPLJE, "2023-05"), ("MI-05", PROKUPLJE, "2023-04")],
)
async def test_a_table_without_a_hold_is_unchanged(
    june: ReportingHarness, indicator: str, place: str, period: str
) -> None:
    before = await first_value(june, indicator, place, period, layer="exact")
    await add_hold(june, "MI-05.registered", PROKUPLJE, MAY)
    after = await first_value(june, indicator, place, period, layer="exact")

    assert before == after
    assert after["state"] in {"value", "zero"}


async def test_a_withheld_split_names_no_bucket(june: ReportingHarness) -> None:
    await add_hold(june, "MI-05.registered", PROKUPLJE, MAY)
    row = await first_value(june, "MI-05", "RS", "2023", layer="exact", split="sex")

    assert (row["bucket"], row["value"], row["state"]) == (None, None, "withheld")


@pytest.mark.parametrize(("affects_facts", "state"), [(False, "value"), (True, "withheld")])
async def test_a_table_as_of_an_instant_is_withheld_only_by_a_hold_on_facts(
    june: ReportingHarness, *, affects_facts: bool, state: str
) -> None:
    await add_hold(june, "MI-05.registered", PROKUPLJE, MAY, affects_facts=affects_facts)
    as_of = {"layer": "exact", "as_of": "2023-06-15T08:00:00Z"}

    assert (await first_value(june, "MI-05", PROKUPLJE, "2023-05", **as_of))["state"] == state


async def test_the_publisher_withholds_held_totals_and_publishes_them_again(
    june: ReportingHarness, publisher: Publisher
) -> None:
    everything = (
        "SELECT indicator, place, period, value, state FROM published.value ORDER BY 1, 2, 3"
    )
    before = await june.context.pool.fetch(everything)
    await add_hold(june, "MI-05.registered", PROKUPLJE, MAY)
    is_withheld = await publisher.apply_holds()
    during = await june.context.pool.fetch(everything)
    await remove_holds(june)
    is_released = await publisher.apply_holds()

    assert is_withheld
    assert is_released
    assert {row["place"] for row in during if row["state"] == "withheld"} == {
        *(PROKUPLJE, "RS229", "RS22", "RS")
    }
    assert {row["value"] for row in during if row["state"] == "withheld"} == {None}
    assert [row for row in during if row["state"] != "withheld"] == [
        row for row in before if row["indicator"] != "MI-05" or row["place"] in {NIS, "RS225"}
    ]
    assert await june.context.pool.fetch(everything) == before


async def test_a_fact_that_arrives_during_a_hold_publishes_no_number(
    june: ReportingHarness, publisher: Publisher
) -> None:
    await add_hold(june, "MI-05.registered", PROKUPLJE, MAY)
    await publisher.apply_holds()
    await june.process(make_event(BACK, "2023-05-09", BOBAN))
    await publisher.publish_councils()
    await publisher.publish_areas()
    seen = "SELECT state FROM published.value WHERE (indicator, place, period) = ('MI-05', $1, $2)"

    assert await june.context.pool.fetchval(seen, PROKUPLJE, "2023-05") == "withheld"
    assert await june.context.pool.fetchval(seen, "RS", "2023-Q2") == "withheld"


async def test_a_publisher_that_was_killed_while_withholding_leaves_nothing_withheld_for_ever(
    june: ReportingHarness, publisher: Publisher
) -> None:
    await add_hold(june)
    await publisher.apply_holds()
    all_of_it = await june.fetch_number(WITHHELD)
    await remove_holds(june)
    definitions = catalogue(june.context.declared)
    async with june.context.pool.acquire() as connection:
        other = Publisher(connection, PublishableMeasures.of(definitions), june.context.clock)
        await other.apply_holds()

    assert all_of_it == await june.fetch_number("SELECT count(*) FROM published.value")
    assert await june.fetch_number(WITHHELD) == 0


async def test_gauges_of_withheld_tables_are_absent(
    june: ReportingHarness, publisher: Publisher
) -> None:
    definitions, periods = catalogue(june.context.declared), current_periods(MORNING.date())
    await add_hold(june, "MI-05.registered", PROKUPLJE, MAY)
    await publisher.apply_holds()
    async with june.context.pool.acquire() as connection:
        queries = PublicationQueries(connection)
        published = await queries.totals_of_periods([str(period) for period in periods])
        holds = await TableQueries(connection).holds()
    gauges = gauge_values(definitions, published, withheld_gauges(definitions, periods, holds))

    assert GaugeLabel("MI-05", "registered", PROKUPLJE, "quarter") not in gauges
    assert gauges[GaugeLabel("MI-05", "registered", PROKUPLJE, "month")] == 0
    assert gauges[GaugeLabel("MI-05", "registered", NIS, "quarter")] == 1
    assert gauges[GaugeLabel("MI-13", "placed", PROKUPLJE, "quarter")] == 1


@pytest.mark.usefixtures("publisher")
@pytest.mark.parametrize(
    ("measure", "municipality", "months"),
    [
        ("MI-05.registered", PROKUPLJE, MAY),
        ("MI-05.registered", NIS, (None, date(2023, 4, 1))),
        ("MI-01.jobseekers", PROKUPLJE, MAY),
        ("MI-01.jobseekers", PROKUPLJE, (date(2023, 5, 1), None)),
        ("PI-12.employers_surveyed", "", MAY),
        ("PI-13.equipment_donated", PROKUPLJE, MAY),
        (None, PROKUPLJE, (date(2023, 6, 1), date(2023, 6, 1))),
        (None, None, (None, None)),
    ],
)
async def test_the_database_and_the_program_withhold_the_same_tables(
    june: ReportingHarness,
    measure: str | None,
    municipality: str | None,
    months: tuple[date | None, date | None],
) -> None:
    await add_hold(june, measure, municipality, months)
    publishable = PublishableMeasures.of(catalogue(june.context.declared))
    is_withheld = "SELECT published.is_withheld($1, $2, $3, $4)"
    async with june.context.pool.acquire() as connection, connection.transaction():
        await WithholdingRepository(connection).withhold(publishable.measures)
        holds = await TableQueries(connection).holds()
        names = ("MI-05.registered", "MI-01.jobseekers", "PI-12.employers_surveyed")
        tables = [
            Table(*publishable.measures[name], place, parse_period(period))
            for name in (*names, "PI-13.equipment_donated")
            for place in PLACES
            for period in PERIODS
        ]
        found = [
            await connection.fetchval(
                is_withheld, t.indicator.id, t.measure.name, t.place, str(t.period)
            )
            for t in tables
        ]

    assert found == [holds.cover(table) for table in tables]
    assert any(found)


async def test_a_stock_on_hold_is_withheld_only_in_periods_that_end_within_the_hold(
    june: ReportingHarness,
) -> None:
    await june.process(make_event("matching.vacancy.opened", "2023-04-10", BAKERY, positions=3))
    await add_hold(june, "MI-01.positions", PROKUPLJE, (date(2023, 4, 1), date(2023, 5, 1)))
    states = {
        period: (
            await first_value(june, "MI-01", PROKUPLJE, period, layer="exact", measure="positions")
        )
        for period in ("2023-04", "2023-05", "2023-Q2", "2023", "to-2023-05", "to-2023-06")
    }

    assert [period for period, row in states.items() if row["state"] == "withheld"] == [
        *("2023-04", "2023-05", "to-2023-05")
    ]


async def test_the_board_shows_a_withheld_number_as_such(june: ReportingHarness) -> None:
    await add_hold(june, "MI-05.registered", PROKUPLJE, MAY)
    tables, now = board_tables(june, "2023-05")
    values = await published_totals(june.context.pool, tables, belgrade_day(now))

    assert values["MI-05.registered"] == (TOTAL, None, ValueState.WITHHELD)
    assert values["MI-13.placed"].value == 1
    assert values["MI-13.durable"].state is ValueState.DENIED
