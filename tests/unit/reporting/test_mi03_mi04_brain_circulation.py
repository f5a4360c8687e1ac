"""MI-03 and MI-04: the highly qualified, and skills brought home."""

import pytest

from schemas.events.matching import PlacementMade
from schemas.events.registration import DepartureDeclared, PersonEnrolled, ReturneeRegistered
from schemas.events.training import QualificationRecognised
from services.reporting.domain.history import Fact

from .builders import NIS, PROKUPLJE, buckets, days, make_fact, places

SKILLED = make_fact(
    PersonEnrolled,
    "2023-01-31",
    qualification="4",
    qualification_abroad=True,
    occupation="7533",
)


def used(*facts: Fact) -> bool:
    return days([SKILLED, *facts], "MI-04.used") == ["2024-01-31"]


def test_the_highly_qualified_come_in_where_they_live() -> None:
    facts = [make_fact(ReturneeRegistered, "2023-01-01", qualification="6", residence=NIS)]

    assert places(facts, "MI-03.in") == [NIS]


def test_the_qualification_on_the_day_decides() -> None:
    facts = [
        make_fact(ReturneeRegistered, "2023-01-01", qualification="5"),
        make_fact(PersonEnrolled, "2023-06-01", qualification="7"),
        make_fact(DepartureDeclared, "2023-07-01", expected_months=13),
        make_fact(DepartureDeclared, "2023-05-01", expected_months=13),
    ]

    assert days(facts, "MI-03.in") == []
    assert days(facts, "MI-03.out") == ["2023-07-01"]


@pytest.mark.parametrize(("months", "counted"), [(12, 0), (13, 1)])
def test_out_is_for_more_than_twelve_months(months: int, counted: int) -> None:
    facts = [
        make_fact(PersonEnrolled, "2023-01-01", qualification="8"),
        make_fact(DepartureDeclared, "2023-05-01", expected_months=months),
    ]

    assert len(days(facts, "MI-03.out")) == counted


def test_skills_are_due_twelve_months_after_they_were_first_reported() -> None:
    unskilled = make_fact(
        PersonEnrolled, "2022-01-01", qualification="2", qualification_abroad=True
    )
    at_home = make_fact(PersonEnrolled, "2022-02-01", qualification="4")
    again = make_fact(PersonEnrolled, "2023-02-10", qualification="6", qualification_abroad=True)

    assert days([unskilled, at_home, SKILLED, again], "MI-04.due") == ["2024-01-31"]


def test_dimensions_and_place_are_those_of_the_starting_day() -> None:
    later = make_fact(PersonEnrolled, "2023-06-01", sex="male", qualification="8", municipality=NIS)

    assert buckets([SKILLED, later], "MI-04.due", "qualification") == {"middle"}
    assert buckets([SKILLED, later], "MI-04.due", "sex") == {"female"}
    assert places([SKILLED, later], "MI-04.due") == [PROKUPLJE]


@pytest.mark.parametrize(
    ("on", "counts"),
    [
        ("2023-01-30", False),
        ("2023-01-31", True),
        ("2024-01-31", True),
        ("2024-02-01", False),
    ],
)
def test_recognition_counts_from_the_start_to_the_due_day(on: str, *, counts: bool) -> None:
    assert used(make_fact(QualificationRecognised, on)) is counts
    assert used(make_fact(PlacementMade, on, occupation="7531")) is counts


def test_work_in_another_field_uses_no_skill() -> None:
    assert not used(make_fact(PlacementMade, "2023-06-01", occupation="8131"))


def test_the_persons_occupation_on_the_day_of_the_placement_decides() -> None:
    retrained = make_fact(PersonEnrolled, "2023-05-01", occupation="8131")
    silent = make_fact(PersonEnrolled, "2023-05-01")

    assert used(retrained, make_fact(PlacementMade, "2023-06-01", occupation="8122"))
    assert not used(retrained, make_fact(PlacementMade, "2023-06-01", occupation="7531"))
    assert not used(silent, make_fact(PlacementMade, "2023-06-01", occupation="7531"))
