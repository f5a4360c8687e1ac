"""Training's rules: who waits for a course, and which facts are refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from runtime.storage.fact import Facts, KnownFact, facts_of_type
from schemas.closed_lists import CourseKind
from schemas.events.event import Event
from schemas.events.registration import NeedsAssessed
from schemas.events.training import (
    CourseCompleted,
    CourseDropped,
    CourseEnrolled,
    PracticeCompleted,
    PracticeStarted,
)
from schemas.validation.problems import Refusal, refusal

SOURCE = "/services/training"
_LAST_CYCLE = 3  # of elementary education for adults


@dataclass(frozen=True, slots=True)
class WaitingPerson:
    """A person whose need for training was assessed and who is not enrolled in a course yet."""

    person: str
    municipality: str
    since: date


@dataclass(frozen=True, slots=True)
class Course:
    """A course that this service has announced."""

    code: str
    kind: CourseKind
    trade: str | None
    municipality: str
    starts_on: date


def waiting(facts: Facts) -> WaitingPerson | None:
    """Return the person's row of the waiting list; a later or same-day enrolment ends the wait."""
    enrolled_on = max((fact.on for fact in facts_of_type(facts, CourseEnrolled)), default=date.min)
    needs = [
        fact
        for fact in facts_of_type(facts, NeedsAssessed)
        if "training" in fact.event.needs and fact.on > enrolled_on
    ]
    if not needs:
        return None
    return WaitingPerson(needs[0].subject, needs[-1].event.municipality, needs[0].on)


def validate(facts: Facts, event: Event, course: Course | None) -> None:
    """Refuse what contradicts the announced course, or this service's own facts of the person.

    A completion without an enrolment is no contradiction: others enrol people too.
    """
    if isinstance(event, (CourseEnrolled, CourseCompleted)) and course is not None:
        _refuse_other_course(event, course)
    if isinstance(event, (CourseCompleted, CourseDropped)):
        _refuse_ended(_courses(facts, event), event)
    if isinstance(event, PracticeCompleted):
        _refuse_ended(_practices(facts, event), event)


def _refuse_other_course(event: CourseEnrolled | CourseCompleted, course: Course) -> None:
    if event.kind != course.kind:
        raise _other_course("$.kind", course, f"kind {course.kind}")
    if course.trade is not None and event.trade != course.trade:
        raise _other_course("$.trade", course, f"trade {course.trade}")


def _other_course(path: str, course: Course, announced: str) -> Refusal:
    return refusal(
        "E1302",
        path,
        f"Course {course.code} was announced with {announced}.",
        "Record it as announced, or change the announcement first.",
    )


def _refuse_ended(known: Iterable[tuple[date, bool]], event: Event) -> None:
    """Refuse a second end; `known` holds the days of beginnings (True) and ends."""
    states = [(on, is_begun) for on, is_begun in known if on <= event.on]
    begun_on = max((on for on, is_begun in states if is_begun), default=date.min)
    ended = [on for on, is_begun in states if not is_begun and on >= begun_on]
    if ended:
        raise refusal(
            "E1302",
            "$.on",
            f"This already ended for the person on {max(ended)}.",
            "Correct or retract that fact, or record first that the person began again.",
        )


def _courses(facts: Facts, event: CourseCompleted | CourseDropped) -> Iterable[tuple[date, bool]]:
    for fact in _own(facts):
        match fact.event:
            case CourseEnrolled(course=event.course):
                yield fact.on, True
            case CourseDropped(course=event.course):
                yield fact.on, False
            case CourseCompleted(course=event.course) if _is_same_end(fact.event, event):
                yield fact.on, False


def _is_same_end(known: CourseCompleted, event: CourseCompleted | CourseDropped) -> bool:
    """A cycle of elementary education ends only itself; the last cycle ends the course."""
    cycle = event.cycle if isinstance(event, CourseCompleted) else _LAST_CYCLE
    return known.cycle is None or known.cycle == cycle


def _practices(facts: Facts, event: PracticeCompleted) -> Iterable[tuple[date, bool]]:
    for fact in _own(facts):
        match fact.event:
            case PracticeStarted(employer=event.employer):
                yield fact.on, True
            case PracticeCompleted(employer=event.employer):
                yield fact.on, False


def _own(facts: Facts) -> list[KnownFact[Event]]:
    return [fact for fact in facts if fact.source == SOURCE]
