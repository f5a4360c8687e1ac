"""How far a number has come to its target: percent and pace, and when neither is told."""

from datetime import date
from decimal import Decimal

import pytest

from schemas.periods import parse
from schemas.reference import TargetSet
from services.reporting.counting.history import Fact
from services.reporting.expecting.targets import Cell, pace_of, progress, standing, targets_of
from services.reporting.tables.table import TOTAL, State, Value
from tests.unit.reporting.telling import PROKUPLJE, retracted, said

SUBJECT = "t-MI-13"
PLACED_2023 = Cell("MI-13", "placed", PROKUPLJE, "2023")


def target(value: str, on: str = "2023-01-10", **told: object) -> Fact:
    return said(TargetSet, on, value=value, subject=SUBJECT, **told)


def stands(*facts: Fact) -> dict[Cell, str]:
    return {cell: fact.event.value for cell, fact in standing(facts).items()}


def test_of_several_targets_the_last_in_the_order_of_facts_counts() -> None:
    early = target("60", "2023-01-09", factid="a", source="/partners/z")
    late = target("40", "2023-01-10", factid="b", source="/partners/a")

    assert stands(late, early) == stands(early, late) == {PLACED_2023: "40"}


def test_a_correction_moves_a_target_to_another_period() -> None:
    first = target("40", factid="a")
    second = target("50", factid="a", revision=2, period="2023-Q1")

    assert stands(second, first) == {PLACED_2023._replace(period="2023-Q1"): "50"}


def test_a_retracted_target_lets_the_earlier_one_count_again() -> None:
    early, late = target("60", "2023-01-09", factid="a"), target("40", factid="b")
    gone = retracted("reference.target.set", "b", subject=SUBJECT)

    assert stands(gone, early, late) == {PLACED_2023: "60"}


def test_a_target_said_of_an_alias_is_its_councils() -> None:
    assert stands(target("40", municipality="80284", measure="MI-13.placed")) == {
        PLACED_2023._replace(council="89010"): "40"
    }


def test_the_history_tells_every_statement_and_what_became_of_it() -> None:
    early, late = target("60", "2023-01-09", factid="a"), target("40", factid="b")
    better = target("45", factid="b", revision=2, decision="D-2")
    (told,) = targets_of([early, late, better, late])

    assert (told.value, told.decision) == (Decimal(45), "D-2")
    assert [(str(v.value), v.revision, v.state) for v in told.versions] == [
        ("60", 1, "superseded"),
        ("40", 1, "superseded"),
        ("45", 2, "counts"),
    ]


@pytest.mark.parametrize(
    ("today", "passed"),
    [("2022-12-31", 0), ("2023-01-01", 0), ("2023-01-02", 1), ("2023-12-31", 364)],
)
def test_a_day_has_passed_when_it_is_over(today: str, passed: int) -> None:
    pace = pace_of(parse("2023"), date.fromisoformat(today))

    assert (pace.days_passed, pace.days) == (passed, 365)


def test_all_of_a_period_that_is_over_has_passed() -> None:
    assert pace_of(parse("2024-Q1"), date(2024, 4, 1)) == (
        pace := pace_of(parse("2024-Q1"), date.max)
    )
    assert (pace.days_passed, pace.days) == (91, 91)


def test_percent_is_of_the_target_and_pace_of_what_is_due_by_now() -> None:
    come = progress(
        Value(TOTAL, 10, State.VALUE), Decimal(40), pace_of(parse("2023-06"), date(2023, 6, 11))
    )

    assert (come.percent, come.due_to_date, come.pace_percent) == (
        Decimal("25.0"),
        Decimal("13.3"),
        Decimal("75.0"),
    )


def test_on_the_first_day_nothing_is_due_and_there_is_no_pace() -> None:
    come = progress(
        Value(TOTAL, 0, State.ZERO), Decimal(40), pace_of(parse("2023"), date(2023, 1, 1))
    )

    assert (come.percent, come.due_to_date) == (Decimal(0), Decimal(0))
    assert come.pace_percent is None
    assert come.state == "zero"


def test_of_a_target_of_0_there_is_no_percent() -> None:
    come = progress(Value(TOTAL, 3, State.VALUE), Decimal(0), pace_of(parse("2023"), date.max))

    assert (come.percent, come.pace_percent, come.state) == (None, None, "none")


@pytest.mark.parametrize("state", set(State) - {State.VALUE, State.ZERO})
@pytest.mark.parametrize("number", [None, 7])
def test_of_a_number_that_is_hidden_or_not_final_no_percent_is_told(
    state: State, number: int | None
) -> None:
    come = progress(Value(TOTAL, number, state), Decimal(40), pace_of(parse("2023"), date.max))

    assert (come.percent, come.pace_percent, come.state) == (None, None, state)
