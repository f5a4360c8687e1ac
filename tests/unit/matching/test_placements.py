"""Jobs: which are still to be checked, and which statements about them are refused."""

import pytest

from schemas.envelope import Envelope
from schemas.events.event import Event
from schemas.events.matching import EmploymentConfirmed, PlacementEnded
from schemas.validation.problems import Refusal
from services.matching import placements
from services.matching.model import SOURCE
from services.matching.placements import EmploymentCheck
from tests.integration.services.builders import (
    NIS,
    PARTNER,
    PERSON,
    PROKUPLJE,
    confirmed,
    day,
    ended,
    known,
    placed,
    published,
)

JOB = published(placed("2023-03-02"), source=SOURCE, factid="pl-1")


def checks(*words: Envelope[Event]) -> tuple[EmploymentCheck, ...]:
    return placements.checks(known(JOB, *words))


def refusal_of(event: PlacementEnded | EmploymentConfirmed, *facts: Envelope[Event]) -> str | None:
    try:
        placements.validate(known(*facts), event, SOURCE)
    except Refusal as refused:
        return refused.problem.path
    return None


def test_a_job_is_to_be_checked_180_days_after_its_start() -> None:
    assert checks() == (
        EmploymentCheck(
            person=PERSON,
            placement_source=SOURCE,
            placement="pl-1",
            municipality=PROKUPLJE,
            due_on=day("2023-08-29"),
            first_on=day("2023-07-30"),
            last_on=day("2023-11-27"),
        ),
    )


@pytest.mark.parametrize(
    ("on", "is_settled"),
    [("2023-07-29", False), ("2023-07-30", True), ("2023-11-27", True), ("2023-11-28", False)],
)
def test_a_confirmation_within_its_window_settles_the_check(on: str, *, is_settled: bool) -> None:
    word = published(confirmed(on, "pl-1"), source=SOURCE)

    assert (checks(word) == ()) is is_settled


def test_the_persons_own_statement_settles_nothing() -> None:
    assert checks(published(confirmed("2023-09-01", "pl-1", evidence="self"), source=SOURCE))


@pytest.mark.parametrize(("on", "is_settled"), [("2023-08-29", True), ("2023-08-30", False)])
def test_an_end_by_the_due_day_settles_the_check(on: str, *, is_settled: bool) -> None:
    assert (checks(published(ended(on, "pl-1"), source=SOURCE)) == ()) is is_settled


def test_another_source_confirms_by_naming_the_placements_source() -> None:
    named = confirmed("2023-09-01", "pl-1", placement_source=SOURCE)

    assert checks(published(confirmed("2023-09-01", "pl-1")))
    assert checks(published(named)) == ()


def test_reports_of_one_job_are_checked_once_and_each_reference_means_the_job() -> None:
    again = published(placed("2023-03-16"), factid="n-1")

    assert [check.placement for check in checks(again)] == ["pl-1"]
    assert checks(again, published(confirmed("2023-09-01", "n-1"))) == ()


@pytest.mark.parametrize("other", [placed("2023-03-17"), placed("2023-03-03", municipality=NIS)])
def test_later_or_elsewhere_it_is_another_job(other: Event) -> None:
    assert len(checks(published(other))) == 2


def test_an_own_placement_that_was_never_published_is_refused() -> None:
    assert refusal_of(ended("2023-09-01", "pl-2"), JOB) == "$.placement"


def test_a_placement_of_another_source_may_still_arrive() -> None:
    event = ended("2023-09-01", "pl-2", placement_source=PARTNER)

    assert refusal_of(event, JOB) is None


def test_nothing_is_confirmed_before_the_work_began() -> None:
    assert refusal_of(confirmed("2023-03-01", "pl-1"), JOB) == "$.on"


def test_work_that_ended_does_not_end_again_and_is_not_confirmed_later() -> None:
    end = published(ended("2023-06-01", "pl-1"), source=SOURCE)

    assert refusal_of(ended("2023-07-01", "pl-1"), JOB, end) == "$.placement"
    assert refusal_of(confirmed("2023-06-02", "pl-1"), JOB, end) == "$.placement"
    assert refusal_of(confirmed("2023-05-30", "pl-1"), JOB, end) is None
