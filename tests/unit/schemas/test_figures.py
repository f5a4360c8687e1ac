"""A figure fits the unit of its series, and a target the unit of its measure."""

import pytest

from tests.unit.schemas.builders import ABSENT, event, problem_of, refused, validated

OBSERVED = "reference.observation.loaded.v1"
TARGET = "reference.target.set.v1"


def observed(series: str, value: str, base: object = ABSENT) -> dict[str, object]:
    return event(OBSERVED, {"value": value, "base": base}, subject=f"s-{series}")


def target(measure: str, value: str, indicator: str = "MI-13") -> dict[str, object]:
    return event(TARGET, {"measure": measure, "value": value}, subject=f"t-{indicator}")


@pytest.mark.parametrize(
    "message",
    [
        observed("work_permits", "1234"),
        observed("work_permits", "0"),
        observed("survey_workshops", "68"),
        observed("survey_workshops", "68.5"),
        observed("survey_workshops", "100"),
        observed("survey_workshops", "120", "130"),
        observed("intention_permanent", "100", "100"),
        target("placed", "60"),
        target("first_job", "37.5", "PI-14"),
        target("survey_workshops", "68.5", "PI-11"),
    ],
)
def test_a_figure_in_its_unit_is_accepted(message: dict[str, object]) -> None:
    assert validated(message).data is not None


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (observed("work_permits", "1.234"), "value"),
        (observed("work_permits", "12.0"), "value"),
        (observed("work_permits", "-5"), "value"),
        (observed("survey_workshops", "340"), "value"),
        (observed("survey_workshops", "-1"), "value"),
        (observed("survey_workshops", "68.5", "100"), "value"),
        (observed("intention_permanent", "120", "100"), "value"),
        (observed("intention_permanent", "0", "0"), "base"),
        (observed("intention_permanent", "5", "10.5"), "base"),
        (observed("intention_permanent", "5", "-10"), "base"),
        (target("placed", "-5"), "value"),
        (target("placed", "5.5"), "value"),
        (target("first_job", "-1", "PI-14"), "value"),
        (target("survey_workshops", "101", "PI-11"), "value"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(message: dict[str, object], field: str) -> None:
    assert refused(message) == ("E1017", f"$.data.{field}")


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("1.234", "Write 1234."),
        ("12.0", "Write 12."),
        ("12.5", "Write a whole number, without a point."),
    ],
)
def test_a_number_with_a_point_gets_the_number_that_was_meant(value: str, remedy: str) -> None:
    assert problem_of(observed("work_permits", value)).remedy == remedy
