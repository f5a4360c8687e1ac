"""MI-12: reached by a service or measure while hard to employ."""

import pytest

from schemas.event import Event
from schemas.matching import JobseekerDeregistered, JobseekerRegistered, PlacementMade
from schemas.registration import NeedsAssessed, PersonEnrolled, ServiceDelivered
from schemas.training import CourseCompleted, CourseEnrolled, PracticeStarted
from services.reporting.counting.history import Fact

from .telling import days, said

RETURNEE = said(PersonEnrolled, "2023-01-01", groups=("local", "returnee_other"))
SEEKS = said(JobseekerRegistered, "2023-03-02", categories=("other", "long_term"))


def reached(*facts: Fact) -> list[str]:
    return days([RETURNEE, *facts], "MI-12.reached")


def test_a_registration_reaches_by_its_own_spell() -> None:
    assert reached(SEEKS) == ["2023-03-02"]


@pytest.mark.parametrize("kind", [ServiceDelivered, CourseEnrolled, PracticeStarted])
@pytest.mark.parametrize(
    ("on", "is_reached"),
    [
        ("2023-01-30", False),
        ("2023-01-31", True),  # the spell opens 30 days later
        ("2023-03-02", True),
        ("2023-04-01", True),
        ("2023-04-02", False),  # deregistered on that day
    ],
)
def test_what_happens_in_or_up_to_30_days_before_the_spell_reaches(
    kind: type[Event], on: str, *, is_reached: bool
) -> None:
    ended = said(JobseekerDeregistered, "2023-04-02")

    assert (on in reached(SEEKS, said(kind, on, programmes=("M4SD",)), ended)) is (
        is_reached or on == "2023-03-02"
    )


@pytest.mark.parametrize("kind", [NeedsAssessed, CourseCompleted, PlacementMade])
def test_other_facts_do_not_reach(kind: type[Event]) -> None:
    assert reached(SEEKS, said(kind, "2023-03-05")) == ["2023-03-02"]


@pytest.mark.parametrize("categories", [(), ("other",)])
def test_a_spell_of_no_hard_category_is_not_enough(categories: tuple[str, ...]) -> None:
    assert reached(said(JobseekerRegistered, "2023-03-02", categories=categories)) == []


@pytest.mark.parametrize("groups", [(), ("local",)])
def test_a_group_other_than_local_is_needed_on_the_day(groups: tuple[str, ...]) -> None:
    assert reached(SEEKS, said(PersonEnrolled, "2023-03-02", groups=groups)) == []


def test_a_person_whom_nobody_described_is_not_reached() -> None:
    assert days([SEEKS], "MI-12.reached") == []


def test_a_registration_that_was_ended_on_its_day_reaches_nobody() -> None:
    assert reached(SEEKS, said(JobseekerDeregistered, "2023-03-02")) == []
