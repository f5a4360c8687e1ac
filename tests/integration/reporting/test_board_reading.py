"""The board's one reading of all totals: number by number what the questions over HTTP answer."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from runtime.clock import belgrade_day
from schemas.periods import parse
from schemas.territory import COUNCILS
from services.reporting.board.page import Question
from services.reporting.board.reading import published_totals, totals
from services.reporting.board.tongue import Tongue
from services.reporting.indicators import catalogue
from services.reporting.publishing.publisher import Publisher, Shown
from services.reporting.tables.table import Table
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import Desk
from tests.reference.plain import Event
from tests.reference.tell import ANA, BAKERY, BOBAN, CECA, NIS, PROKUPLJE, retract, say

MORNING = datetime(2023, 6, 15, 8, tzinfo=UTC)
PERIODS = ("2023-05", "2023-Q2", "2023", "to-2023-06", "to-2023-05", "2022-Q4", "2031")
STATEMENTS_MAX = 4

Read = dict[str, tuple[float | None, str]]


def story() -> list[Event]:
    """Something for every sort of measure that is published."""
    wrong = say("registration.returnee.registered", "2023-05-09", CECA)
    back = say("registration.returnee.registered", "2023-05-02", ANA)
    here = {"municipality": PROKUPLJE}
    return [
        *(back, wrong, retract(wrong)),
        say("matching.jobseeker.registered", "2023-05-03", ANA),
        say("matching.jobseeker.registered", "2023-05-03", BOBAN, municipality=NIS),
        say("matching.vacancy.opened", "2023-04-10", BAKERY, positions=3),
        say("training.course.completed", "2023-05-20", ANA),
        say("matching.placement.made", "2023-06-01", ANA),
        _observed("survey_workshops", "68.5", **here),
        _observed("employers_surveyed", "646"),
        _observed("survey_retraining", "34", period="2023-04", base="50", factid="f-2", **here),
        _observed("survey_retraining", "85", factid="f-3", **here),
    ]


def _observed(series: str, value: str, period: str = "2023-05", **told: str) -> Event:
    kind = "reference.observation.loaded"
    return say(kind, "2023-06-01", f"s-{series}", period=period, value=value, **told)


def question(desk: Desk, period: str) -> tuple[list[Table], datetime]:
    now = desk.context.clock()
    asked = Question(COUNCILS[PROKUPLJE], parse(period), Tongue(), now, belgrade_day(now))
    return asked.tables(catalogue(desk.context.declared)), now


async def as_the_board_reads(desk: Desk, period: str) -> Read:
    tables, now = question(desk, period)
    values = await published_totals(desk.context.pool, tables, belgrade_day(now))
    return {
        name: (None if value.value is None else float(value.value), value.state)
        for name, value in values.items()
    }


async def as_the_door_answers(desk: Desk, period: str) -> Read:
    found: Read = {}
    for indicator in catalogue(desk.context.declared):
        asked = {"place": PROKUPLJE, "period": period}
        path = f"/indicators/{indicator.id}/values"
        answer = (await desk.client.get(path, params=asked)).json()
        found |= {
            f"{indicator.id}.{row['measure']}": (row["value"], row["state"])
            for row in answer["values"]
        }
    return found


async def publish(desk: Desk) -> None:
    async with desk.context.pool.acquire() as connection:
        shown = Shown.of(catalogue(desk.context.declared))
        await Publisher(connection, shown, desk.context.clock).councils()


@pytest.fixture
async def june(open_desk: OpenDesk) -> Desk:
    """Reporting on a morning in June 2023, when the story was told."""
    desk = await open_desk(clock=lambda: MORNING)
    await desk.fold(*story())
    return desk


async def compared(desk: Desk, periods: Iterable[str] = PERIODS) -> list[str]:
    """The periods in which the two differ."""
    return [
        period
        for period in periods
        if await as_the_board_reads(desk, period) != await as_the_door_answers(desk, period)
    ]


async def test_before_anything_is_published_the_board_reads_what_the_door_answers(
    june: Desk,
) -> None:
    assert await compared(june) == []
    assert (await as_the_board_reads(june, "2023-05"))["MI-05.registered"] == (1, "value")


async def test_what_is_published_is_read_the_same_way(june: Desk) -> None:
    await publish(june)
    await june.context.pool.execute("UPDATE published.value SET value = value + 70")

    assert await compared(june) == []
    assert (await as_the_board_reads(june, "2023-05"))["MI-05.registered"] == (71, "value")


async def test_the_fold_ahead_of_the_publisher_is_read_the_same_way(june: Desk) -> None:
    await publish(june)
    await june.context.pool.execute("UPDATE published.value SET value = value + 70")
    await june.fold(say("registration.returnee.registered", "2023-05-30", BOBAN))

    assert await compared(june) == []
    assert (await as_the_board_reads(june, "2023-05"))["MI-05.registered"] == (2, "value")


async def test_a_cohort_that_the_calendar_has_ended_is_read_the_same_way(
    june: Desk, open_desk: OpenDesk
) -> None:
    await publish(june)
    july = await open_desk(clock=lambda: MORNING + timedelta(days=30))

    assert (await as_the_board_reads(june, "2023-06"))["MI-02.due"] == (3, "pending")
    assert (await as_the_board_reads(july, "2023-06"))["MI-02.due"] == (3, "value")
    assert await compared(july, ["2023-06"]) == []


async def test_an_observed_figure_is_read_exactly_where_and_when_it_was_said(june: Desk) -> None:
    month, quarter = [await as_the_board_reads(june, each) for each in ("2023-05", "2023-Q2")]
    until = await as_the_board_reads(june, "to-2023-06")

    assert month["PI-11.survey_workshops"] == until["PI-11.survey_workshops"] == (68.5, "value")
    assert quarter["PI-11.survey_workshops"] == (None, "none")
    assert month["PI-12.employers_surveyed"] == (None, "none")


async def test_a_base_is_read_only_with_the_figure_it_belongs_to(june: Desk) -> None:
    name = "PI-11.survey_retraining"
    older, newer = [await as_the_board_reads(june, f"to-2023-0{month}") for month in (4, 6)]

    assert (older[name], older[f"{name}_base"]) == ((34, "value"), (50, "value"))
    assert (newer[name], newer[f"{name}_base"]) == ((85, "value"), (None, "none"))


async def test_nothing_but_totals_of_class_a_is_read(june: Desk) -> None:
    read = await as_the_board_reads(june, "2023")
    denied = {name for name, (_, state) in read.items() if state == "denied"}

    assert denied == {
        name
        for indicator in catalogue(june.context.declared)
        for name, measure in indicator.named_measures
        if measure.disclosure != "A"
    }
    assert not [name for name in denied if read[name][0] is not None]


@pytest.mark.parametrize("is_published", [False, True])
async def test_a_page_costs_four_statements(june: Desk, *, is_published: bool) -> None:
    if is_published:
        await publish(june)
    tables, now = question(june, "2023-Q2")
    said: list[object] = []
    async with june.context.pool.acquire() as connection:
        with connection.query_logger(said.append):
            values = await totals(connection, tables, belgrade_day(now))

    assert values["PI-03.persons"].value == Decimal(1)
    assert len(said) <= STATEMENTS_MAX
