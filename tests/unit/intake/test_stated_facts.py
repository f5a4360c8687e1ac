"""What a source has stated decides what its next event means."""

import itertools
from collections.abc import Sequence

import pytest

from schemas.envelope import Envelope
from schemas.events.event import Event
from services.intake.stated_facts import StatedFacts, stated_by
from tests.unit.schemas.builders import decoded, event

NUMBERS = itertools.count(1)
PERSON, OTHER = "p-" + "0" * 26, "p-" + "1" * 26
MADE = "matching.placement.made.v1"
ENDED = "matching.placement.ended.v1"
CONFIRMED = "matching.employment.confirmed.v1"
RETRACTED = "matching.fact.retracted.v1"


def stated(
    type_: str = MADE, revision: int = 1, subject: str = PERSON, **data: object
) -> Envelope[Event]:
    """An event about the fact `f-1`."""
    number = f"e-{next(NUMBERS)}"
    return decoded(event(type_, data, id=number, factid="f-1", revision=revision, subject=subject))


def retracted(
    revision: int, subject: str = PERSON, type_: str = "matching.placement.made", **data: object
) -> Envelope[Event]:
    """A retraction of the fact `f-1`."""
    return stated(RETRACTED, revision, subject, type=type_, **data)


def referring(type_: str, on: str, placement: str = "f-1", **data: object) -> Envelope[Event]:
    """An event that refers to a placement."""
    fields = {"on": on, "placement": placement, **data}
    return decoded(event(type_, fields, id=f"e-{next(NUMBERS)}", subject=PERSON))


def facts(*before: Envelope[Event]) -> StatedFacts:
    return StatedFacts(map(stated_by, before), [])


def codes(before: Sequence[Envelope[Event]], then: Envelope[Event]) -> list[str]:
    """The codes of the problems of an event after others."""
    return [each.code for each in facts(*before).problems(then)]


def notes(before: Sequence[Envelope[Event]], then: Envelope[Event]) -> list[str]:
    return list(facts(*before).notes(then))


def test_other_content_of_the_same_revision_is_contested_and_the_next_one_is_named() -> None:
    before = [stated(), stated(revision=4)]

    [problem] = facts(*before).problems(stated(revision=4, sector="C"))

    assert (problem.code, problem.path) == ("E1303", "$.revision")
    assert "write 5" in problem.remedy


@pytest.mark.parametrize(
    "then",
    [
        stated(revision=2, sector="C"),
        stated(),
        retracted(1),
        retracted(2),
    ],
    ids=["a correction", "the same content", "a retraction at it", "a later retraction"],
)
def test_what_does_not_contest_a_revision_is_accepted(then: Envelope[Event]) -> None:
    assert codes([stated()], then) == []


def test_two_retractions_of_one_revision_do_not_contest_each_other() -> None:
    assert codes([stated(), retracted(2)], retracted(2, reason="duplicate")) == []


@pytest.mark.parametrize(
    ("then", "path"),
    [
        (stated(revision=2, subject=OTHER), "$.subject"),
        (stated(CONFIRMED, revision=2), "$.type"),
        (retracted(2, subject=OTHER), "$.subject"),
        (retracted(2, type_="matching.placement.ended"), "$.data.type"),
    ],
    ids=["another person", "another type", "retracted there", "retracted as another type"],
)
def test_a_correction_that_misses_its_fact_is_refused(then: Envelope[Event], path: str) -> None:
    [problem] = facts(stated()).problems(then)

    assert (problem.code, problem.path) == ("E1304", path)


def test_a_fact_that_was_retracted_there_was_stated_there_all_the_same() -> None:
    assert codes([stated(), retracted(2)], stated(revision=3, subject=OTHER)) == ["E1304"]


def test_the_first_revision_for_another_person_is_accepted() -> None:
    assert codes([stated(), retracted(2)], stated(subject=OTHER)) == []


@pytest.mark.parametrize("then", [stated(revision=2), retracted(2)])
def test_a_correction_or_retraction_may_come_before_its_fact(then: Envelope[Event]) -> None:
    assert codes([], then) == []


def test_a_retraction_alone_does_not_bind_a_factid_to_its_subject() -> None:
    assert codes([retracted(2)], stated(revision=2, subject=OTHER)) == []


@pytest.mark.parametrize("type_", [ENDED, CONFIRMED])
def test_an_own_placement_is_not_ended_or_confirmed_before_it_began(type_: str) -> None:
    began = stated(on="2023-05-01")
    too_early = referring(type_, "2023-04-30")

    assert codes([began], too_early) == ["E1302"]
    assert codes([began], referring(type_, "2023-05-01")) == []
    assert codes([began, retracted(2)], too_early) == []
    assert codes([began, stated(revision=2, on="2023-04-01")], too_early) == []


def test_a_placement_of_another_source_is_not_compared() -> None:
    early = referring(ENDED, "2000-01-01", placement_source="/partners/other")

    assert codes([stated(on="2023-05-01")], early) == []


def test_notes_report_what_an_event_meets() -> None:
    first = stated()

    assert notes([], first) == ["N1006"]
    assert notes([first], stated(revision=2)) == []
    assert notes([first], stated()) == ["N1005"]
    assert notes([stated(revision=5)], retracted(2)) == ["N1003"]
    assert notes([stated(revision=5)], stated(revision=4)) == ["N1003"]
    assert notes([first, retracted(2)], stated(revision=2)) == ["N1004"]
    assert notes([first], retracted(2)) == []
    assert notes([], retracted(2)) == ["N1001", "N1006"]
    assert notes([first], retracted(2, subject=OTHER)) == ["N1001", "N1006"]
    assert notes([first], referring(ENDED, "2024-01-01")) == []
    assert notes([first], referring(ENDED, "2024-01-01", placement="f-l")) == ["N1002"]
    assert notes([first, retracted(2)], referring(ENDED, "2024-01-01")) == []
