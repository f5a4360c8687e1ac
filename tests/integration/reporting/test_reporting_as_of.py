"""Tables as of an instant, from a real database, equal those of the reference."""

import random
from datetime import UTC, date, datetime

import pytest

from runtime.process.clock import belgrade_day
from schemas.periods import parse_period
from schemas.validation.decode import parse_instant
from services.reporting.indicators import catalogue
from services.reporting.queries.as_of import values_as_of
from services.reporting.queries.values import TableValues, exact_values
from services.reporting.tables.table import Table
from tests.integration.reporting.conftest import OpenReporting
from tests.integration.reporting.harness import TOKEN, ReportingHarness
from tests.reference.builders import (
    ANA,
    BOBAN,
    IVANJICA,
    MEDIJANA,
    NIS,
    PROKUPLJE,
    correct,
    make_event,
    retract,
)
from tests.reference.contents import RECORDED
from tests.reference.fold import entries_of
from tests.reference.logs import random_log
from tests.reference.shapes import Event
from tests.reference.tables import Question, questions, table

LOGS = 15
QUESTIONS_PER_LOG = 30
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)

ENROLLED, MADE = "registration.person.enrolled", "matching.placement.made"
VALUES = "/indicators/MI-13/values"
ASKED = {"place": PROKUPLJE, "period": "2023", "layer": "exact", "measure": "placed"}
PLACED = "MI-13.placed"


async def folded_log(reporting: ReportingHarness, seed: int) -> list[Event]:
    """A random log, folded into an empty database."""
    events = random_log(seed)
    await reporting.context.pool.execute("TRUNCATE fact, subject, entry, changed_cell, conflict")
    await reporting.process(*events)
    return events


def sample(wanted: list[Question], seed: int) -> list[Question]:
    chance = random.Random(seed)  # noqa: S311 - a test's chances
    return chance.sample(wanted, min(QUESTIONS_PER_LOG, len(wanted)))


def as_table(reporting: ReportingHarness, question: Question) -> Table:
    indicator, _, name = question.measure.partition(".")
    definition = next(d for d in catalogue(reporting.context.declared) if d.id == indicator)
    measure = definition.measure(name)
    assert measure is not None
    return Table(definition, measure, question.place, parse_period(question.period), question.split)


async def tables_as_of(
    reporting: ReportingHarness, tables: list[Table], instant: datetime, today: date
) -> TableValues:
    """Each table read by itself, so that none uses what was read for another."""
    pool = reporting.context.pool
    return [(await values_as_of(pool, [each], instant, today))[0] for each in tables]


def rows(answered: TableValues) -> list[dict[str | None, tuple[object, str]]]:
    return [{row.bucket: (row.value, str(row.state)) for row in values} for _, values in answered]


async def test_tables_as_of_an_earlier_instant_equal_the_reference(
    reporting: ReportingHarness,
) -> None:
    for seed in range(LOGS):
        events, at = await folded_log(reporting, seed), RECORDED[seed % len(RECORDED)]
        instant = parse_instant(at, "as_of")
        entries, today = entries_of(events, at), belgrade_day(instant)
        asked = sample(questions(entries), seed)
        answered = await tables_as_of(
            reporting, [as_table(reporting, q) for q in asked], instant, today
        )

        for question, shown in zip(asked, rows(answered), strict=True):
            assert shown == table(entries, question, today), f"seed {seed}: {question}"


async def test_tables_as_of_now_equal_what_the_database_counts(reporting: ReportingHarness) -> None:
    for seed in range(LOGS):
        events = await folded_log(reporting, seed)
        asked = sample(questions(entries_of(events)), seed)
        tables, today = [as_table(reporting, question) for question in asked], NOW.date()
        counted = await exact_values(reporting.context.pool, tables, today)
        answered = await tables_as_of(reporting, tables, NOW, today)

        for question, shown, right in zip(asked, rows(answered), rows(counted), strict=True):
            assert shown == right, f"seed {seed}: {question}"


async def total_as_of(
    reporting: ReportingHarness, measure: str, place: str, instant: str
) -> tuple[float | None, str]:
    """A total of the year 2023 as of an instant."""
    indicator, name = measure.split(".")
    asked = {"measure": name, "as_of": instant}
    return (await reporting.values(indicator, place, "2023", **asked))[name, "total"]


async def test_a_late_correction_counts_from_when_it_was_recorded(
    reporting: ReportingHarness,
) -> None:
    made = make_event(MADE, "2023-03-02", ANA, recordedtime="2023-03-10T09:00:00Z")
    moved = correct(made, municipality=MEDIJANA) | {"recordedtime": "2023-06-10T09:00:00.000001Z"}
    retraction = retract(moved, revision=3) | {"recordedtime": "2023-09-10T09:00:00Z"}
    await reporting.process(retraction, moved, made)
    instants = {
        "2023-03-10T08:59:59.999999Z": ((0, "zero"), (0, "zero")),
        "2023-03-10T10:00:00+01:00": ((1, "value"), (0, "zero")),
        "2023-06-10T09:00:00Z": ((1, "value"), (0, "zero")),
        "2023-06-10T09:00:00.000001Z": ((0, "zero"), (1, "value")),
        "2023-09-10T09:00:00Z": ((0, "zero"), (0, "zero")),
    }

    for instant, expected in instants.items():
        found = [await total_as_of(reporting, PLACED, place, instant) for place in (PROKUPLJE, NIS)]
        assert tuple(found) == expected, instant


async def test_a_duplicate_recorded_earlier_makes_the_fact_count_earlier(
    reporting: ReportingHarness,
) -> None:
    made = make_event(MADE, "2023-03-02", ANA, recordedtime="2023-05-01T09:00:00Z")
    await reporting.process(made)
    await reporting.process(made | {"recordedtime": "2023-04-01T09:00:00Z"})

    assert await total_as_of(reporting, PLACED, PROKUPLJE, "2023-04-02T00:00:00Z") == (1, "value")


async def test_the_residence_of_a_linked_code_decides_where_a_person_counts(
    reporting: ReportingHarness,
) -> None:
    at = {"recordedtime": "2023-05-01T09:00:00Z"}
    left = "registration.departure.declared"
    await reporting.process(
        make_event(left, "2023-03-02", ANA, **at),
        make_event(ENROLLED, "2023-01-02", BOBAN, residence=IVANJICA, **at),
        make_event("registration.person.merged", "2023-04-01", ANA, **({"with": BOBAN} | at)),
    )

    for place, expected in ((IVANJICA, (1, "value")), (PROKUPLJE, (0, "zero"))):
        assert (
            await total_as_of(reporting, "MI-10.departed", place, "2023-06-01T00:00:00Z")
            == expected
        )


@pytest.mark.parametrize(
    ("instant", "state"),
    [
        ("2023-06-01T12:00:00Z", "pending"),
        ("2024-03-30T22:59:59Z", "pending"),
        ("2024-03-30T23:00:00Z", "value"),
    ],
)
async def test_a_cohort_is_pending_by_the_day_of_the_instant_in_belgrade(
    reporting: ReportingHarness, instant: str, state: str
) -> None:
    # The year's cohort settles for 90 days, until 2024-03-30; summer time begins on the 31st.
    await reporting.process(make_event(MADE, "2023-03-02"))

    assert await total_as_of(reporting, "MI-13.due", PROKUPLJE, instant) == (1, state)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (VALUES, ASKED),
        ("/targets", {}),
        ("/completeness", {"place": PROKUPLJE, "period": "2023"}),
    ],
)
async def test_an_instant_to_come_is_refused(
    open_reporting: OpenReporting, path: str, asked: dict[str, str]
) -> None:
    reporting = await open_reporting(clock=lambda: datetime(2023, 7, 1, tzinfo=UTC))
    now, later = [
        await reporting.get(path, asked | {"as_of": instant}, TOKEN)
        for instant in ("2023-07-01T00:00:00Z", "2023-07-01T00:00:01Z")
    ]

    assert (now.status_code, later.status_code) == (200, 422)
    assert (later.json()["code"], later.json()["path"]) == ("E1002", "$query.as_of")


async def test_an_instant_before_the_first_record_is_answered_as_such(
    reporting: ReportingHarness,
) -> None:
    await reporting.process(make_event(MADE, "2023-03-02", recordedtime="2023-04-01T10:00:00Z"))
    answers = [
        (await reporting.get(VALUES, ASKED | {"as_of": instant}, TOKEN)).json()
        for instant in ("2023-04-01T09:59:59Z", "2023-04-01T10:00:00Z")
    ]

    assert answers[0]["records_begin_at"] == "2023-04-01T10:00:00Z"
    assert "records_begin_at" not in answers[1]


async def test_the_response_has_the_requested_instant(reporting: ReportingHarness) -> None:
    asked = ASKED | {"as_of": "2023-06-30T22:00:00.5+02:00"}
    answer = (await reporting.get(VALUES, asked, TOKEN)).json()

    assert answer["as_of"] == "2023-06-30T20:00:00.500000Z"
    assert "as_of" not in (await reporting.get(VALUES, ASKED, TOKEN)).json()


@pytest.mark.parametrize(
    "instant",
    [
        *("2023-06-30", "2023-06-30T22:00:00", "yesterday", "", "1688162400"),
        *("2023-02-30T22:00:00Z", "2023-06-30T22:00:00 02:00", "0001-01-01T00:00:00+14:00"),
    ],
)
async def test_an_invalid_instant_is_refused_with_its_format(
    reporting: ReportingHarness, instant: str
) -> None:
    answer = await reporting.get(VALUES, ASKED | {"as_of": instant}, TOKEN)
    problem = answer.json()

    assert (answer.status_code, problem["code"]) == (422, "E1012")
    assert problem["path"] == "$query.as_of"
    assert "2023-06-30T22:00:00Z" in problem["remedy"]


async def test_an_as_of_request_needs_the_stewards_token_and_layer_exact(
    reporting: ReportingHarness,
) -> None:
    instant = {"as_of": "2023-06-30T22:00:00Z"}
    published = await reporting.get(VALUES, ASKED | instant | {"layer": "published"}, TOKEN)
    nobody = await reporting.get(VALUES, ASKED | instant)

    assert (published.status_code, published.json()["code"]) == (422, "E1016")
    assert "layer exact" in published.json()["remedy"]
    assert nobody.status_code == 401


async def test_a_base_as_of_an_instant_is_that_of_the_observation_shown_then(
    reporting: ReportingHarness,
) -> None:
    kind, series = "reference.observation.loaded", "s-survey_workshops"
    early, late = "2023-05-01T09:00:00Z", "2023-06-10T09:00:00Z"
    fields = {"period": "2023-04", "value": "34", "base": "50", "recordedtime": early}
    await reporting.process(
        make_event(kind, "2023-05-01", series, **fields),
        make_event(kind, "2023-06-10", series, factid="f-2", period="2023-05", recordedtime=late),
    )
    base = as_table(reporting, Question("PI-11.survey_workshops_base", "RS", "to-2023-06"))
    found = [
        rows(
            await tables_as_of(reporting, [base], parse_instant(instant, "as_of"), date(2023, 7, 1))
        )
        for instant in (early, late)
    ]

    assert found == [[{"total": (50, "value")}], [{"total": (None, "none")}]]
