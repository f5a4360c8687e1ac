"""The board's query for all totals gives, number by number, what the values endpoint returns."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from runtime.process.clock import belgrade_day
from schemas.periods import parse_period
from schemas.territory import COUNCILS
from services.reporting.board.locale import Locale
from services.reporting.board.page import BoardQuery
from services.reporting.board.queries import published_totals, totals
from services.reporting.indicators import catalogue
from services.reporting.publication.policy import PublishableMeasures
from services.reporting.publication.publisher import Publisher
from services.reporting.tables.table import Table
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import ReportingHarness
from tests.reference.builders import ANA, BAKERY, BOBAN, CECA, NIS, PROKUPLJE, make_event, retract
from tests.reference.shapes import Event

MORNING = datetime(2023, 6, 15, 8, tzinfo=UTC)
PERIODS = ("2023-05", "2023-Q2", "2023", "to-2023-06", "to-2023-05", "2022-Q4", "2031")
STATEMENTS_MAX = 4

Read = dict[str, tuple[float | None, str]]


def story() -> list[Event]:
    """Facts for every kind of measure that is published."""
    wrong = make_event("registration.returnee.registered", "2023-05-09", CECA)
    back = make_event("registration.returnee.registered", "2023-05-02", ANA)
    here = {"municipality": PROKUPLJE}
    return [
        *(back, wrong, retract(wrong)),
        make_event("matching.jobseeker.registered", "2023-05-03", ANA),
        make_event("matching.jobseeker.registered", "2023-05-03", BOBAN, municipality=NIS),
        make_event("matching.vacancy.opened", "2023-04-10", BAKERY, positions=3),
        make_event("training.course.completed", "2023-05-20", ANA),
        make_event("matching.placement.made", "2023-06-01", ANA),
        _observed("survey_workshops", "68.5", **here),
        _observed("employers_surveyed", "646"),
        _observed("survey_retraining", "34", period="2023-04", base="50", factid="f-2", **here),
        _observed("survey_retraining", "85", factid="f-3", **here),
    ]


def _observed(series: str, value: str, period: str = "2023-05", **fields: str) -> Event:
    kind = "reference.observation.loaded"
    return make_event(kind, "2023-06-01", f"s-{series}", period=period, value=value, **fields)


def board_tables(reporting: ReportingHarness, period: str) -> tuple[list[Table], datetime]:
    now = reporting.context.clock()
    query = BoardQuery(COUNCILS[PROKUPLJE], parse_period(period), Locale(), now, belgrade_day(now))
    return query.tables(catalogue(reporting.context.declared)), now


async def board_values(reporting: ReportingHarness, period: str) -> Read:
    tables, now = board_tables(reporting, period)
    values = await published_totals(reporting.context.pool, tables, belgrade_day(now))
    return {
        name: (None if value.value is None else float(value.value), value.state)
        for name, value in values.items()
    }


async def endpoint_values(reporting: ReportingHarness, period: str) -> Read:
    found: Read = {}
    for indicator in catalogue(reporting.context.declared):
        params = {"place": PROKUPLJE, "period": period}
        path = f"/indicators/{indicator.id}/values"
        answer = (await reporting.client.get(path, params=params)).json()
        found |= {
            f"{indicator.id}.{row['measure']}": (row["value"], row["state"])
            for row in answer["values"]
        }
    return found


async def publish(reporting: ReportingHarness) -> None:
    async with reporting.context.pool.acquire() as connection:
        shown = PublishableMeasures.of(catalogue(reporting.context.declared))
        await Publisher(connection, shown, reporting.context.clock).publish_councils()


@pytest.fixture
async def june(open_reporting: OpenReporting) -> ReportingHarness:
    """Reporting on a morning in June 2023, with the facts of the story."""
    reporting = await open_reporting(clock=lambda: MORNING)
    await reporting.process(*story())
    return reporting


async def compared(reporting: ReportingHarness, periods: Iterable[str] = PERIODS) -> list[str]:
    """The periods in which the two differ."""
    return [
        period
        for period in periods
        if await board_values(reporting, period) != await endpoint_values(reporting, period)
    ]


async def test_before_publication_the_board_has_the_values_of_the_endpoint(
    june: ReportingHarness,
) -> None:
    assert await compared(june) == []
    assert (await board_values(june, "2023-05"))["MI-05.registered"] == (1, "value")


async def test_published_totals_are_read_alike(june: ReportingHarness) -> None:
    await publish(june)
    await june.context.pool.execute("UPDATE published.value SET value = value + 70")

    assert await compared(june) == []
    assert (await board_values(june, "2023-05"))["MI-05.registered"] == (71, "value")


async def test_a_projection_ahead_of_the_publisher_is_read_alike(june: ReportingHarness) -> None:
    await publish(june)
    await june.context.pool.execute("UPDATE published.value SET value = value + 70")
    await june.process(make_event("registration.returnee.registered", "2023-05-30", BOBAN))

    assert await compared(june) == []
    assert (await board_values(june, "2023-05"))["MI-05.registered"] == (2, "value")


async def test_a_cohort_that_has_settled_since_is_read_alike(
    june: ReportingHarness, open_reporting: OpenReporting
) -> None:
    await publish(june)
    july = await open_reporting(clock=lambda: MORNING + timedelta(days=30))

    assert (await board_values(june, "2023-06"))["MI-02.due"] == (3, "pending")
    assert (await board_values(july, "2023-06"))["MI-02.due"] == (3, "value")
    assert await compared(july, ["2023-06"]) == []


async def test_an_observed_figure_is_read_for_exactly_its_place_and_period(
    june: ReportingHarness,
) -> None:
    month, quarter = [await board_values(june, each) for each in ("2023-05", "2023-Q2")]
    until = await board_values(june, "to-2023-06")

    assert month["PI-11.survey_workshops"] == until["PI-11.survey_workshops"] == (68.5, "value")
    assert quarter["PI-11.survey_workshops"] == (None, "none")
    assert month["PI-12.employers_surveyed"] == (None, "none")


async def test_a_base_is_read_only_with_the_figure_it_belongs_to(june: ReportingHarness) -> None:
    name = "PI-11.survey_retraining"
    older, newer = [await board_values(june, f"to-2023-0{month}") for month in (4, 6)]

    assert (older[name], older[f"{name}_base"]) == ((34, "value"), (50, "value"))
    assert (newer[name], newer[f"{name}_base"]) == ((85, "value"), (None, "none"))


async def test_only_totals_of_class_a_are_read(june: ReportingHarness) -> None:
    read = await board_values(june, "2023")
    denied = {name for name, (_, state) in read.items() if state == "denied"}

    assert denied == {
        name
        for indicator in catalogue(june.context.declared)
        for name, measure in indicator.named_measures
        if measure.disclosure != "A"
    }
    assert not [name for name in denied if read[name][0] is not None]


@pytest.mark.parametrize("is_published", [False, True])
async def test_a_page_costs_four_statements(june: ReportingHarness, *, is_published: bool) -> None:
    if is_published:
        await publish(june)
    tables, now = board_tables(june, "2023-Q2")
    statements: list[object] = []
    async with june.context.pool.acquire() as connection:
        with connection.query_logger(statements.append):
            values = await totals(connection, tables, belgrade_day(now))

    assert values["PI-03.persons"].value == Decimal(1)
    assert len(statements) <= STATEMENTS_MAX
