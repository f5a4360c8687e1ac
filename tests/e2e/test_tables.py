"""Other logs than the story's give the numbers that the definitions give, read over HTTP."""

import json
from collections import Counter
from datetime import date

import pytest

from runtime.clock import belgrade_day, utc_now
from tests.e2e.expected import Expected, tables
from tests.e2e.town import TAKEN, Asked, Emitted, Town, answer
from tests.reference.kinds import KINDS, kinds_in
from tests.reference.measures import MEASURES
from tests.reference.tables import Cell

pytestmark = pytest.mark.timeout(900)

SHOWN = 5
TABLES_MIN = 900
LOST_EVERY = 300
QUESTIONS = (
    Asked("MI-13", "RS", "2023", "kind"),
    Asked("MI-07", "RS22", "to-2024-06"),
    Asked("PI-14", "RS", "2023"),
    Asked("PI-12", "RS", "2023-06"),
)


@pytest.fixture(scope="module")
def expected(town: Town, told: Emitted) -> Expected:
    """The reference's answers over everything that was said."""
    assert told.code == 0, told.errors
    return Expected(town.accepted)


@pytest.fixture(scope="module")
def today() -> date:
    """The day on which the tables are read."""
    return belgrade_day(utc_now())


def test_every_line_of_the_file_is_taken_and_what_is_repeated_is_told_so(told: Emitted) -> None:
    statuses = Counter(told.statuses)

    assert set(statuses) == set(TAKEN)
    assert statuses["duplicate"] > 0
    assert (told.code, told.errors) == (0, "")


@pytest.mark.usefixtures("told")
def test_the_file_holds_every_kind_of_history(town: Town) -> None:
    events = [event | {"recordedtime": ""} for event in town.accepted]

    assert KINDS.keys() - kinds_in(events) == {"duplicate with an earlier recordedtime"}


def test_the_receipts_stand_in_the_order_of_the_file(told: Emitted) -> None:
    said = [json.loads(line)["id"] for line in told.lines]

    assert [receipt["id"] for receipt in told.receipts] == said


def test_every_table_has_the_values_and_states_of_the_reference(
    town: Town, expected: Expected, today: date
) -> None:
    cells: dict[str, set[Cell]] = {measure: set() for measure in MEASURES}
    wrong: list[str] = []
    questions = expected.questions()
    with town.steward() as reporting:
        for asked in questions:
            rows, right = answer(reporting, asked), expected.answer(asked, today)
            for measure, bucket in rows:
                cells[measure].add(rows[measure, bucket])
            if rows != right:
                wrong.append(f"{asked}: {sorted(rows.items() ^ right.items(), key=str)}")

    assert wrong[:SHOWN] == []
    assert {(asked.indicator, asked.split) for asked in questions} == set(tables())
    assert {len(asked.period) for asked in questions} == {4, 7, 10}
    assert len(questions) > TABLES_MIN
    assert [measure for measure, met in cells.items() if not any(c.value for c in met)] == []
    assert {cell.state for met in cells.values() for cell in met} == {
        *("value", "zero", "pending", "none")
    }


def test_a_few_lost_events_would_show_in_these_tables(
    town: Town, expected: Expected, today: date
) -> None:
    lacking = Expected([e for n, e in enumerate(town.accepted) if n % LOST_EVERY])
    questions = expected.questions()
    wrong = [a for a in questions if lacking.answer(a, today) != expected.answer(a, today)]

    assert wrong


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked.indicator)
@pytest.mark.usefixtures("told")
def test_lmc_value_prints_the_object_that_http_answers(town: Town, asked: Asked) -> None:
    code, printed = town.value(asked)
    with town.steward() as reporting:
        params = asked._asdict() | {"layer": "exact"}
        found = reporting.get(f"/indicators/{params.pop('indicator')}/values", params=params)
    same = [json.loads(body) | {"folded_to": None} for body in (printed, found.text)]

    assert code == 0
    assert same[0] == same[1]
    assert same[0]["values"]


@pytest.mark.usefixtures("told")
def test_lmc_value_prints_one_measure_if_asked_for_one(town: Town) -> None:
    _, printed = town.value(QUESTIONS[0], "--measure", "durable")

    assert {row["measure"] for row in json.loads(printed)["values"]} == {"durable"}
