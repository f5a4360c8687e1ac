"""Progress towards a target: percent and pace, and when there is neither."""

from datetime import date
from decimal import Decimal

import pytest

from schemas.events.reference import TargetSet
from schemas.periods import parse_period
from services.reporting.domain.history import Fact
from services.reporting.tables.table import TOTAL, Value, ValueState
from services.reporting.targets.model import (
    TargetCell,
    effective_targets,
    pace_of,
    progress,
    targets_with_versions,
)
from tests.unit.reporting.builders import PROKUPLJE, make_fact, make_retraction

SUBJECT = "t-MI-13"
PLACED_2023 = TargetCell("MI-13", "placed", PROKUPLJE, "2023")


def target(value: str, on: str = "2023-01-10", **fields: object) -> Fact:
    return make_fact(TargetSet, on, value=value, subject=SUBJECT, **fields)


def effective(*facts: Fact) -> dict[TargetCell, str]:
    return {cell: fact.event.value for cell, fact in effective_targets(facts).items()}


def test_of_several_targets_the_last_in_the_order_of_facts_counts() -> None:
    early = target("60", "2023-01-09", factid="a", source="/partners/z")
    late = target("40", "2023-01-10", factid="b", source="/partners/a")

    assert effective(late, early) == effective(early, late) == {PLACED_2023: "40"}


def test_a_correction_moves_a_target_to_another_period() -> None:
    first = target("40", factid="a")
    second = target("50", factid="a", revision=2, period="2023-Q1")

    assert effective(second, first) == {PLACED_2023._replace(period="2023-Q1"): "50"}


def test_a_retracted_target_lets_the_earlier_one_count_again() -> None:
    early, late = target("60", "2023-01-09", factid="a"), target("40", factid="b")
    retraction = make_retraction("reference.target.set", "b", subject=SUBJECT)

    assert effective(retraction, early, late) == {PLACED_2023: "60"}


def test_a_target_for_a_city_municipality_counts_for_its_council() -> None:
    assert effective(target("40", municipality="80284", measure="MI-13.placed")) == {
        PLACED_2023._replace(council="89010"): "40"
    }


def test_the_history_has_every_version_with_its_state() -> None:
    early, late = target("60", "2023-01-09", factid="a"), target("40", factid="b")
    better = target("45", factid="b", revision=2, decision="D-2")
    (found,) = targets_with_versions([early, late, better, late])

    assert (found.value, found.decision) == (Decimal(45), "D-2")
    assert [(str(v.value), v.revision, v.state) for v in found.versions] == [
        ("60", 1, "superseded"),
        ("40", 1, "superseded"),
        ("45", 2, "counts"),
    ]


@pytest.mark.parametrize(
    ("today", "passed"),
    [("2022-12-31", 0), ("2023-01-01", 0), ("2023-01-02", 1), ("2023-12-31", 364)],
)
def test_a_day_has_passed_when_it_is_over(today: str, passed: int) -> None:
    pace = pace_of(parse_period("2023"), date.fromisoformat(today))

    assert (pace.days_passed, pace.days) == (passed, 365)


def test_all_days_of_a_period_that_is_over_have_passed() -> None:
    assert pace_of(parse_period("2024-Q1"), date(2024, 4, 1)) == (
        pace := pace_of(parse_period("2024-Q1"), date.max)
    )
    assert (pace.days_passed, pace.days) == (91, 91)


def test_percent_is_of_the_target_and_pace_of_what_is_due_by_now() -> None:
    reached = progress(
        Value(TOTAL, 10, ValueState.VALUE),
        Decimal(40),
        pace_of(parse_period("2023-06"), date(2023, 6, 11)),
    )

    assert (reached.percent, reached.due_to_date, reached.pace_percent) == (
        Decimal("25.0"),
        Decimal("13.3"),
        Decimal("75.0"),
    )


def test_on_the_first_day_nothing_is_due_and_there_is_no_pace() -> None:
    reached = progress(
        Value(TOTAL, 0, ValueState.ZERO),
        Decimal(40),
        pace_of(parse_period("2023"), date(2023, 1, 1)),
    )

    assert (reached.percent, reached.due_to_date) == (Decimal(0), Decimal(0))
    assert reached.pace_percent is None
    assert reached.state == "zero"


def test_a_target_of_0_has_no_percent() -> None:
    reached = progress(
        Value(TOTAL, 3, ValueState.VALUE), Decimal(0), pace_of(parse_period("2023"), date.max)
    )

    assert (reached.percent, reached.pace_percent, reached.state) == (None, None, "none")


@pytest.mark.parametrize("state", sorted(set(ValueState) - {ValueState.VALUE, ValueState.ZERO}))
@pytest.mark.parametrize("number", [None, 7])
def test_a_number_that_is_hidden_or_not_final_has_no_percent(
    state: ValueState, number: int | None
) -> None:
    reached = progress(
        Value(TOTAL, number, state), Decimal(40), pace_of(parse_period("2023"), date.max)
    )

    assert (reached.percent, reached.pace_percent, reached.state) == (None, None, state)
