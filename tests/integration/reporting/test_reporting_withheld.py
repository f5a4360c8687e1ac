"""While a doubt stands no reader gets a number of the tables it meets, and all get the others."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from runtime.clock import belgrade_day
from schemas.periods import parse
from services.reporting.board.reading import published_totals
from services.reporting.indicators import catalogue
from services.reporting.publishing.exporter import Label, doubted, gauges_of
from services.reporting.publishing.publisher import Publisher, Shown
from services.reporting.publishing.store import Press
from services.reporting.publishing.withholding import Censor
from services.reporting.tables.spans import current
from services.reporting.tables.store import Tables
from services.reporting.tables.table import TOTAL, State, Table
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import TOKEN, Desk
from tests.integration.reporting.doubting import cast, lift
from tests.integration.reporting.test_board_reading import question
from tests.reference.tell import ANA, BAKERY, BOBAN, NIS, PROKUPLJE, say

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
async def june(open_desk: OpenDesk) -> Desk:
    """Two returnees and a placement of May, published in June 2023."""
    desk = await open_desk(clock=lambda: MORNING)
    await desk.fold(
        say(BACK, "2023-05-02", ANA),
        say(BACK, "2023-05-03", BOBAN, municipality=NIS),
        say(MADE, "2023-05-04", ANA),
    )
    return desk


@pytest.fixture
async def publisher(june: Desk) -> Publisher:
    """A publisher that has shown all of it."""
    definitions = catalogue(june.context.declared)
    connection = await june.context.pool.acquire()
    publisher = Publisher(connection, Shown.of(definitions), june.context.clock)
    await publisher.describe(definitions)
    await publisher.withhold()
    await publisher.councils()
    await publisher.larger_places()
    return publisher


async def asked(
    desk: Desk, indicator: str, place: str, period: str, **more: str
) -> Mapping[str, object]:
    """The first value of an answer."""
    params = {"place": place, "period": period} | more
    token = TOKEN if more.get("layer") == "exact" else None
    answer = await desk.ask(f"/indicators/{indicator}/values", params, token)
    assert answer.status_code == 200, answer.text
    row: Mapping[str, object] = answer.json()["values"][0]
    return row


@pytest.mark.usefixtures("publisher")
@pytest.mark.parametrize("place", [PROKUPLJE, "RS229", "RS22", "RS"])
@pytest.mark.parametrize("layer", ["exact", "published"])
async def test_a_table_in_doubt_is_withheld_at_every_level_and_says_why(
    june: Desk, place: str, layer: str
) -> None:
    await cast(june, "MI-05.registered", PROKUPLJE, MAY)
    row = await asked(june, "MI-05", place, "2023-05", layer=layer)

    assert (row["value"], row["state"], row["bucket"]) == (None, "withheld", "total")
    assert row["code"] == "E1509"
    assert "/verification" in str(row["detail"])


@pytest.mark.usefixtures("publisher")
@pytest.mark.parametrize(
    ("indicator", "place", "period"),
    [("MI-05", NIS, "2023-05"), ("MI-13", PROKUPLJE, "2023-05"), ("MI-05", PROKUPLJE, "2023-04")],
)
async def test_a_table_without_a_doubt_is_untouched(
    june: Desk, indicator: str, place: str, period: str
) -> None:
    before = await asked(june, indicator, place, period, layer="exact")
    await cast(june, "MI-05.registered", PROKUPLJE, MAY)
    after = await asked(june, indicator, place, period, layer="exact")

    assert before == after
    assert after["state"] in {"value", "zero"}


async def test_a_split_in_doubt_betrays_no_bucket(june: Desk) -> None:
    await cast(june, "MI-05.registered", PROKUPLJE, MAY)
    row = await asked(june, "MI-05", "RS", "2023", layer="exact", split="sex")

    assert (row["bucket"], row["value"], row["state"]) == (None, None, "withheld")


@pytest.mark.parametrize(("is_of_log", "state"), [(False, "value"), (True, "withheld")])
async def test_what_was_known_then_is_withheld_for_a_doubt_about_the_facts_only(
    june: Desk, *, is_of_log: bool, state: str
) -> None:
    await cast(june, "MI-05.registered", PROKUPLJE, MAY, is_of_log=is_of_log)
    known = {"layer": "exact", "known_at": "2100-01-01T00:00:00Z"}

    assert (await asked(june, "MI-05", PROKUPLJE, "2023-05", **known))["state"] == state


async def test_the_publisher_takes_back_what_is_in_doubt_and_shows_it_again(
    june: Desk, publisher: Publisher
) -> None:
    everything = (
        "SELECT indicator, place, period, value, state FROM published.value ORDER BY 1, 2, 3"
    )
    before = await june.context.pool.fetch(everything)
    await cast(june, "MI-05.registered", PROKUPLJE, MAY)
    noticed = await publisher.withhold()
    amid = await june.context.pool.fetch(everything)
    await lift(june)
    again = await publisher.withhold()

    assert noticed
    assert again
    assert {row["place"] for row in amid if row["state"] == "withheld"} == {
        *(PROKUPLJE, "RS229", "RS22", "RS")
    }
    assert {row["value"] for row in amid if row["state"] == "withheld"} == {None}
    assert [row for row in amid if row["state"] != "withheld"] == [
        row for row in before if row["indicator"] != "MI-05" or row["place"] in {NIS, "RS225"}
    ]
    assert await june.context.pool.fetch(everything) == before


async def test_a_fact_that_arrives_beside_a_doubt_publishes_no_number(
    june: Desk, publisher: Publisher
) -> None:
    await cast(june, "MI-05.registered", PROKUPLJE, MAY)
    await publisher.withhold()
    await june.fold(say(BACK, "2023-05-09", BOBAN))
    await publisher.councils()
    await publisher.larger_places()
    seen = "SELECT state FROM published.value WHERE (indicator, place, period) = ('MI-05', $1, $2)"

    assert await june.context.pool.fetchval(seen, PROKUPLJE, "2023-05") == "withheld"
    assert await june.context.pool.fetchval(seen, "RS", "2023-Q2") == "withheld"


async def test_a_publisher_that_died_amid_a_withdrawal_leaves_nothing_withheld_for_ever(
    june: Desk, publisher: Publisher
) -> None:
    await cast(june)
    await publisher.withhold()
    all_of_it = await june.number(WITHHELD)
    await lift(june)
    definitions = catalogue(june.context.declared)
    async with june.context.pool.acquire() as connection:
        other = Publisher(connection, Shown.of(definitions), june.context.clock)
        await other.withhold()

    assert all_of_it == await june.number("SELECT count(*) FROM published.value")
    assert await june.number(WITHHELD) == 0


async def test_gauges_of_withheld_tables_are_absent(june: Desk, publisher: Publisher) -> None:
    definitions, periods = catalogue(june.context.declared), current(MORNING.date())
    await cast(june, "MI-05.registered", PROKUPLJE, MAY)
    await publisher.withhold()
    async with june.context.pool.acquire() as connection:
        published = await Press(connection).current([str(period) for period in periods])
        doubts = await Tables(connection).doubts()
    gauges = gauges_of(definitions, published, doubted(definitions, periods, doubts))

    assert Label("MI-05", "registered", PROKUPLJE, "quarter") not in gauges
    assert gauges[Label("MI-05", "registered", PROKUPLJE, "month")] == 0
    assert gauges[Label("MI-05", "registered", NIS, "quarter")] == 1
    assert gauges[Label("MI-13", "placed", PROKUPLJE, "quarter")] == 1


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
    june: Desk,
    measure: str | None,
    municipality: str | None,
    months: tuple[date | None, date | None],
) -> None:
    await cast(june, measure, municipality, months)
    shown = Shown.of(catalogue(june.context.declared))
    asked = "SELECT published.is_withheld($1, $2, $3, $4)"
    async with june.context.pool.acquire() as connection, connection.transaction():
        await Censor(connection).withhold(shown.measures)
        doubts = await Tables(connection).doubts()
        names = ("MI-05.registered", "MI-01.jobseekers", "PI-12.employers_surveyed")
        tables = [
            Table(*shown.measures[name], place, parse(period))
            for name in (*names, "PI-13.equipment_donated")
            for place in PLACES
            for period in PERIODS
        ]
        found = [
            await connection.fetchval(asked, t.indicator.id, t.measure.name, t.place, str(t.period))
            for t in tables
        ]

    assert found == [doubts.meet(table) for table in tables]
    assert any(found)


async def test_a_stock_in_doubt_is_withheld_only_where_its_last_day_is(june: Desk) -> None:
    await june.fold(say("matching.vacancy.opened", "2023-04-10", BAKERY, positions=3))
    await cast(june, "MI-01.positions", PROKUPLJE, (date(2023, 4, 1), date(2023, 5, 1)))
    states = {
        period: (await asked(june, "MI-01", PROKUPLJE, period, layer="exact", measure="positions"))
        for period in ("2023-04", "2023-05", "2023-Q2", "2023", "to-2023-05", "to-2023-06")
    }

    assert [period for period, row in states.items() if row["state"] == "withheld"] == [
        *("2023-04", "2023-05", "to-2023-05")
    ]


async def test_the_board_says_that_a_number_is_being_checked(june: Desk) -> None:
    await cast(june, "MI-05.registered", PROKUPLJE, MAY)
    tables, now = question(june, "2023-05")
    values = await published_totals(june.context.pool, tables, belgrade_day(now))

    assert values["MI-05.registered"] == (TOTAL, None, State.WITHHELD)
    assert values["MI-13.placed"].value == 1
    assert values["MI-13.durable"].state is State.DENIED
