"""MI-12: reached by a service or measure while hard to employ."""

import pytest

from schemas.events.event import Event
from schemas.events.matching import JobseekerDeregistered, JobseekerRegistered, PlacementMade
from schemas.events.registration import NeedsAssessed, PersonEnrolled, ServiceDelivered
from schemas.events.training import CourseCompleted, CourseEnrolled, PracticeStarted
from services.reporting.domain.history import Fact

from .builders import days, make_fact

RETURNEE = make_fact(PersonEnrolled, "2023-01-01", groups=("local", "returnee_other"))
SEEKS = make_fact(JobseekerRegistered, "2023-03-02", categories=("other", "long_term"))


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
    ended = make_fact(JobseekerDeregistered, "2023-04-02")

    assert (on in reached(SEEKS, make_fact(kind, on, programmes=("M4SD",)), ended)) is (
        is_reached or on == "2023-03-02"
    )


@pytest.mark.parametrize("kind", [NeedsAssessed, CourseCompleted, PlacementMade])
def test_other_facts_do_not_reach(kind: type[Event]) -> None:
    assert reached(SEEKS, make_fact(kind, "2023-03-05")) == ["2023-03-02"]


@pytest.mark.parametrize("categories", [(), ("other",)])
def test_a_spell_of_no_hard_category_is_not_enough(categories: tuple[str, ...]) -> None:
    assert reached(make_fact(JobseekerRegistered, "2023-03-02", categories=categories)) == []


@pytest.mark.parametrize("groups", [(), ("local",)])
def test_a_group_other_than_local_is_needed_on_the_day(groups: tuple[str, ...]) -> None:
    assert reached(SEEKS, make_fact(PersonEnrolled, "2023-03-02", groups=groups)) == []


def test_a_person_without_a_block_is_not_reached() -> None:
    assert days([SEEKS], "MI-12.reached") == []


def test_a_registration_that_ended_on_its_day_makes_nobody_hard_to_employ() -> None:
    assert reached(SEEKS, make_fact(JobseekerDeregistered, "2023-03-02")) == []
