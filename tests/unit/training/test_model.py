"""Training's rules: who waits for a course, and what is refused."""

import pytest

from schemas.events.event import Event
from schemas.events.training import PracticeCompleted, PracticeStarted
from schemas.validation.problems import Refusal
from services.training import model
from services.training.model import SOURCE, Course, WaitingPerson
from tests.integration.services.builders import (
    NIS,
    PERSON,
    PROKUPLJE,
    TAILOR,
    completed,
    day,
    dropped,
    enrolled,
    known,
    needing,
    published,
)

SEWING = Course("sewing-1", "vocational", TAILOR, PROKUPLJE, day("2023-03-01"))
PRACTICE = {"municipality": PROKUPLJE, "employer": "o-matis", "occupation": TAILOR}


def cycle(number: int, on: str) -> Event:
    elementary = {"kind": "elementary", "cycle": number, "exam": True}
    return completed(on, **elementary).model_copy(update={"trade": None})


def refusal_of(event: Event, *own: Event, course: Course | None = None) -> str | None:
    """Return the refused path when this service has published `own` before."""
    try:
        model.validate(known(*(published(fact, source=SOURCE) for fact in own)), event, course)
    except Refusal as refused:
        return refused.problem.path
    return None


def test_a_need_for_training_waits_where_it_was_assessed_last_since_the_first_time() -> None:
    facts = known(
        published(needing("2023-02-01")),
        published(needing("2023-03-01", "training", "housing", municipality=NIS)),
    )

    assert model.waiting(facts) == WaitingPerson(PERSON, NIS, day("2023-02-01"))


def test_another_need_does_not_wait() -> None:
    assert model.waiting(known(published(needing("2023-02-01", "housing")))) is None


@pytest.mark.parametrize(("enrolled_on", "waits"), [("2023-01-31", True), ("2023-02-01", False)])
def test_an_enrolment_on_the_day_or_later_ends_the_wait(enrolled_on: str, *, waits: bool) -> None:
    facts = known(published(needing("2023-02-01")), published(enrolled(enrolled_on)))

    assert (model.waiting(facts) is not None) is waits


def test_a_new_need_after_an_enrolment_waits_again() -> None:
    facts = known(
        published(needing("2023-02-01")),
        published(enrolled("2023-03-01")),
        published(needing("2023-09-01")),
    )

    assert model.waiting(facts) == WaitingPerson(PERSON, PROKUPLJE, day("2023-09-01"))


def test_a_completion_without_an_enrolment_is_no_contradiction() -> None:
    assert refusal_of(completed("2023-06-01")) is None


def test_an_announced_course_is_recorded_with_its_kind() -> None:
    assert refusal_of(enrolled("2023-03-01", kind="digital"), course=SEWING) == "$.kind"


def test_an_announced_course_is_recorded_with_its_trade() -> None:
    assert refusal_of(enrolled("2023-03-01", trade="5120"), course=SEWING) == "$.trade"


@pytest.mark.parametrize("end", [completed("2023-05-01"), dropped("2023-05-01")])
def test_a_course_that_ended_here_does_not_end_twice(end: Event) -> None:
    assert refusal_of(dropped("2023-06-01"), enrolled("2023-03-01"), end) == "$.on"
    assert refusal_of(completed("2023-06-01"), enrolled("2023-03-01"), end) == "$.on"


def test_a_course_begun_again_may_end_again() -> None:
    again = (enrolled("2023-03-01"), dropped("2023-04-01"), enrolled("2023-09-01"))

    assert refusal_of(completed("2023-12-01"), *again) is None


def test_an_end_reported_late_may_be_before_the_known_one() -> None:
    assert refusal_of(dropped("2023-03-20"), completed("2023-12-01")) is None


def test_each_cycle_of_elementary_education_ends_once() -> None:
    assert refusal_of(cycle(2, "2024-06-01"), cycle(1, "2023-06-01")) is None
    assert refusal_of(cycle(1, "2024-06-01"), cycle(1, "2023-06-01")) == "$.on"


@pytest.mark.parametrize(("last", "path"), [(2, None), (3, "$.on")])
def test_elementary_education_can_be_dropped_before_its_last_cycle(
    last: int, path: str | None
) -> None:
    assert refusal_of(dropped("2024-06-01"), cycle(last, "2023-06-01")) == path


def test_a_practice_that_ended_here_does_not_end_twice() -> None:
    end = PracticeCompleted.model_validate({"on": "2023-05-01", **PRACTICE})
    start = PracticeStarted.model_validate({"on": "2023-06-01", **PRACTICE})
    second = PracticeCompleted.model_validate({"on": "2023-07-01", **PRACTICE})

    assert refusal_of(second, end) == "$.on"
    assert refusal_of(second, end, start) is None


def test_facts_of_other_sources_contradict_nothing() -> None:
    facts = known(published(completed("2023-05-01")))

    model.validate(facts, completed("2023-06-01"), None)
