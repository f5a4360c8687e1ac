"""Tables as known at an instant, from the real database: as the reference has them."""

import random
from datetime import UTC, date, datetime

import pytest

from runtime.clock import belgrade_day
from schemas.attributes import instant_of
from schemas.periods import parse
from services.reporting.answering.known_at import tables_known_at
from services.reporting.answering.reading import Answered, exact_tables
from services.reporting.indicators import catalogue
from services.reporting.tables.table import Table
from tests.integration.reporting.conftest import OpenDesk
from tests.integration.reporting.desk import TOKEN, Desk
from tests.reference.contents import RECORDED
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.plain import Event
from tests.reference.tables import Question, questions, table
from tests.reference.tell import (
    ANA,
    BOBAN,
    IVANJICA,
    MEDIJANA,
    NIS,
    PROKUPLJE,
    correct,
    retract,
    say,
)

LOGS = 15
QUESTIONS_PER_LOG = 30
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
VALUES = "/indicators/MI-13/values"
ASKED = {"place": PROKUPLJE, "period": "2023", "layer": "exact", "measure": "placed"}
PLACED = "MI-13.placed"


async def told(desk: Desk, seed: int) -> list[Event]:
    """A random log, folded into an empty database."""
    events = random_log(seed)
    await desk.context.pool.execute("TRUNCATE fact, subject, entry, dirty, conflict")
    await desk.fold(*events)
    return events


def sample(asked: list[Question], seed: int) -> list[Question]:
    chance = random.Random(seed)  # noqa: S311 - a test's chances
    return chance.sample(asked, min(QUESTIONS_PER_LOG, len(asked)))


def as_table(desk: Desk, question: Question) -> Table:
    indicator, _, name = question.measure.partition(".")
    definition = next(d for d in catalogue(desk.context.declared) if d.id == indicator)
    measure = definition.measure(name)
    assert measure is not None
    return Table(definition, measure, question.place, parse(question.period), question.split)


async def known_at(desk: Desk, tables: list[Table], instant: datetime, today: date) -> Answered:
    """Each table asked by itself, so that none finds what another has read."""
    pool = desk.context.pool
    return [(await tables_known_at(pool, [each], instant, today))[0] for each in tables]


def rows(answered: Answered) -> list[dict[str | None, tuple[object, str]]]:
    return [{row.bucket: (row.value, str(row.state)) for row in values} for _, values in answered]


async def test_what_was_known_earlier_equals_the_reference(desk: Desk) -> None:
    for seed in range(LOGS):
        events, said = await told(desk, seed), RECORDED[seed % len(RECORDED)]
        instant = instant_of(said, "known_at")
        entries, today = entries_of(events, said), belgrade_day(instant)
        asked = sample(questions(entries), seed)
        answered = await known_at(desk, [as_table(desk, q) for q in asked], instant, today)

        for question, shown in zip(asked, rows(answered), strict=True):
            assert shown == table(entries, question, today), f"seed {seed}: {question}"


async def test_what_is_known_now_equals_what_the_database_counts(desk: Desk) -> None:
    for seed in range(LOGS):
        events = await told(desk, seed)
        asked = sample(questions(entries_of(events)), seed)
        tables, today = [as_table(desk, question) for question in asked], NOW.date()
        counted = await exact_tables(desk.context.pool, tables, today)
        answered = await known_at(desk, tables, NOW, today)

        for question, shown, right in zip(asked, rows(answered), rows(counted), strict=True):
            assert shown == right, f"seed {seed}: {question}"


async def known(desk: Desk, measure: str, place: str, instant: str) -> tuple[float | None, str]:
    """A total of the year 2023 as known at an instant."""
    indicator, name = measure.split(".")
    asked = {"measure": name, "known_at": instant}
    return (await desk.values(indicator, place, "2023", **asked))[name, "total"]


async def test_a_late_correction_counts_from_when_it_was_recorded(desk: Desk) -> None:
    made = say(MADE, "2023-03-02", ANA, recordedtime="2023-03-10T09:00:00Z")
    moved = correct(made, municipality=MEDIJANA) | {"recordedtime": "2023-06-10T09:00:00.000001Z"}
    gone = retract(moved, revision=3) | {"recordedtime": "2023-09-10T09:00:00Z"}
    await desk.fold(gone, moved, made)
    instants = {
        "2023-03-10T08:59:59.999999Z": ((0, "zero"), (0, "zero")),
        "2023-03-10T10:00:00+01:00": ((1, "value"), (0, "zero")),
        "2023-06-10T09:00:00Z": ((1, "value"), (0, "zero")),
        "2023-06-10T09:00:00.000001Z": ((0, "zero"), (1, "value")),
        "2023-09-10T09:00:00Z": ((0, "zero"), (0, "zero")),
    }

    for instant, expected in instants.items():
        found = [await known(desk, PLACED, place, instant) for place in (PROKUPLJE, NIS)]
        assert tuple(found) == expected, instant


async def test_a_duplicate_recorded_earlier_makes_the_fact_known_earlier(desk: Desk) -> None:
    made = say(MADE, "2023-03-02", ANA, recordedtime="2023-05-01T09:00:00Z")
    await desk.fold(made)
    await desk.fold(made | {"recordedtime": "2023-04-01T09:00:00Z"})

    assert await known(desk, PLACED, PROKUPLJE, "2023-04-02T00:00:00Z") == (1, "value")


async def test_a_home_stated_by_a_linked_code_decides_where_somebody_counts(desk: Desk) -> None:
    at = {"recordedtime": "2023-05-01T09:00:00Z"}
    left = "registration.departure.declared"
    await desk.fold(
        say(left, "2023-03-02", ANA, **at),
        say(ENROLLED, "2023-01-02", BOBAN, residence=IVANJICA, **at),
        say("registration.person.merged", "2023-04-01", ANA, **({"with": BOBAN} | at)),
    )

    for place, expected in ((IVANJICA, (1, "value")), (PROKUPLJE, (0, "zero"))):
        assert await known(desk, "MI-10.departed", place, "2023-06-01T00:00:00Z") == expected


@pytest.mark.parametrize(
    ("instant", "state"),
    [
        ("2023-06-01T12:00:00Z", "pending"),
        ("2024-03-30T22:59:59Z", "pending"),
        ("2024-03-30T23:00:00Z", "value"),
        ("9999-12-31T23:59:59Z", "value"),
    ],
)
async def test_a_cohort_is_pending_on_the_day_in_belgrade_it_is_asked_about(
    desk: Desk, instant: str, state: str
) -> None:
    # The year's cohort settles for 90 days, until 2024-03-30; summer time begins on the 31st.
    await desk.fold(say(MADE, "2023-03-02"))

    assert await known(desk, "MI-13.due", PROKUPLJE, instant) == (1, state)


async def test_what_is_to_come_has_not_settled(open_desk: OpenDesk) -> None:
    desk = await open_desk(clock=lambda: datetime(2023, 7, 1, tzinfo=UTC))
    await desk.fold(say(MADE, "2023-03-02"))

    assert await known(desk, "MI-13.due", PROKUPLJE, "2030-01-01T00:00:00Z") == (1, "pending")


async def test_the_answer_says_as_of_when_it_is_known(desk: Desk) -> None:
    asked = ASKED | {"known_at": "2023-06-30T22:00:00.5+02:00"}
    answer = (await desk.ask(VALUES, asked, TOKEN)).json()

    assert answer["known_at"] == "2023-06-30T20:00:00.500000Z"
    assert "known_at" not in (await desk.ask(VALUES, ASKED, TOKEN)).json()


@pytest.mark.parametrize(
    "instant",
    [
        *("2023-06-30", "2023-06-30T22:00:00", "yesterday", "", "1688162400"),
        *("2023-02-30T22:00:00Z", "2023-06-30T22:00:00 02:00", "0001-01-01T00:00:00+14:00"),
    ],
)
async def test_what_is_no_instant_is_refused_with_how_it_is_written(
    desk: Desk, instant: str
) -> None:
    answer = await desk.ask(VALUES, ASKED | {"known_at": instant}, TOKEN)
    problem = answer.json()

    assert (answer.status_code, problem["code"]) == (422, "E1012")
    assert problem["path"] == "$query.known_at"
    assert "2023-06-30T22:00:00Z" in problem["remedy"]


async def test_what_was_known_is_the_stewards_and_exact_only(desk: Desk) -> None:
    instant = {"known_at": "2023-06-30T22:00:00Z"}
    published = await desk.ask(VALUES, ASKED | instant | {"layer": "published"}, TOKEN)
    nobody = await desk.ask(VALUES, ASKED | instant)

    assert (published.status_code, published.json()["code"]) == (422, "E1016")
    assert "layer exact" in published.json()["remedy"]
    assert nobody.status_code == 401


async def test_a_base_known_then_is_that_of_the_observation_known_then(desk: Desk) -> None:
    kind, series = "reference.observation.loaded", "s-survey_workshops"
    early, late = "2023-05-01T09:00:00Z", "2023-06-10T09:00:00Z"
    told = {"period": "2023-04", "value": "34", "base": "50", "recordedtime": early}
    await desk.fold(
        say(kind, "2023-05-01", series, **told),
        say(kind, "2023-06-10", series, factid="f-2", period="2023-05", recordedtime=late),
    )
    base = as_table(desk, Question("PI-11.survey_workshops_base", "RS", "to-2023-06"))
    found = [
        rows(await known_at(desk, [base], instant_of(instant, "known_at"), date(2023, 7, 1)))
        for instant in (early, late)
    ]

    assert found == [[{"total": (50, "value")}], [{"total": (None, "none")}]]
