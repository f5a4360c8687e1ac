"""MI-03 and MI-04: the highly qualified, and skills brought home."""

import pytest

from schemas.matching import PlacementMade
from schemas.registration import DepartureDeclared, PersonEnrolled, ReturneeRegistered
from schemas.training import QualificationRecognised
from services.reporting.counting.history import Fact

from .telling import NIS, PROKUPLJE, buckets, days, places, said

SKILLED = said(
    PersonEnrolled,
    "2023-01-31",
    qualification="4",
    qualification_abroad=True,
    occupation="7533",
)


def used(*facts: Fact) -> bool:
    return days([SKILLED, *facts], "MI-04.used") == ["2024-01-31"]


def test_the_highly_qualified_come_in_where_they_live() -> None:
    told = [said(ReturneeRegistered, "2023-01-01", qualification="6", residence=NIS)]

    assert places(told, "MI-03.in") == [NIS]


def test_the_qualification_on_the_day_decides() -> None:
    told = [
        said(ReturneeRegistered, "2023-01-01", qualification="5"),
        said(PersonEnrolled, "2023-06-01", qualification="7"),
        said(DepartureDeclared, "2023-07-01", expected_months=13),
        said(DepartureDeclared, "2023-05-01", expected_months=13),
    ]

    assert days(told, "MI-03.in") == []
    assert days(told, "MI-03.out") == ["2023-07-01"]


@pytest.mark.parametrize(("months", "counted"), [(12, 0), (13, 1)])
def test_out_is_for_more_than_twelve_months(months: int, counted: int) -> None:
    told = [
        said(PersonEnrolled, "2023-01-01", qualification="8"),
        said(DepartureDeclared, "2023-05-01", expected_months=months),
    ]

    assert len(days(told, "MI-03.out")) == counted


def test_skills_are_due_twelve_months_after_they_were_first_told() -> None:
    unskilled = said(PersonEnrolled, "2022-01-01", qualification="2", qualification_abroad=True)
    at_home = said(PersonEnrolled, "2022-02-01", qualification="4")
    again = said(PersonEnrolled, "2023-02-10", qualification="6", qualification_abroad=True)

    assert days([unskilled, at_home, SKILLED, again], "MI-04.due") == ["2024-01-31"]


def test_dimensions_and_place_are_those_of_the_starting_day() -> None:
    later = said(PersonEnrolled, "2023-06-01", sex="male", qualification="8", municipality=NIS)

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
    assert used(said(QualificationRecognised, on)) is counts
    assert used(said(PlacementMade, on, occupation="7531")) is counts


def test_work_in_another_field_uses_no_skill() -> None:
    assert not used(said(PlacementMade, "2023-06-01", occupation="8131"))


def test_the_persons_occupation_on_the_day_of_the_placement_decides() -> None:
    retrained = said(PersonEnrolled, "2023-05-01", occupation="8131")
    silent = said(PersonEnrolled, "2023-05-01")

    assert used(retrained, said(PlacementMade, "2023-06-01", occupation="8122"))
    assert not used(retrained, said(PlacementMade, "2023-06-01", occupation="7531"))
    assert not used(silent, said(PlacementMade, "2023-06-01", occupation="7531"))
