"""An entry rests on the fewest facts that suffice for it: no fewer, and none that is idle."""

from schemas.event import Event
from schemas.matching import EmploymentConfirmed, PlacementMade
from schemas.registration import (
    ConsentGranted,
    FollowupRecorded,
    PersonEnrolled,
    PersonMerged,
    PersonMoved,
    ReturneeRegistered,
    ServiceDelivered,
)
from services.reporting.counting.history import Fact
from services.reporting.explaining.behind import Person

from .telling import DEFINITIONS, P, Q, entries, said


def rests(facts: list[Fact], measure: str) -> list[list[str]]:
    """On what each entry of a measure rests: the factids, that of the counted fact first."""
    person = Person(facts, (), DEFINITIONS)
    explained = [person.explain(entry, P) for entry in entries(facts, measure)]
    return [[fact.factid for fact in each.facts] for each in explained]


def fact(kind: type[Event], on: str, factid: str, **told: object) -> Fact:
    return said(kind, on, factid=factid, **told)


PLACED = fact(PlacementMade, "2023-03-02", "job")


def test_a_retained_job_rests_on_one_of_its_confirmations_the_nearest() -> None:
    confirmed = {"placement": "job", "evidence": "register"}
    facts = [
        PLACED,
        fact(EmploymentConfirmed, "2023-10-01", "second", **confirmed),
        fact(EmploymentConfirmed, "2023-09-01", "first", **confirmed),
        fact(EmploymentConfirmed, "2023-08-15", "by self", **confirmed | {"evidence": "self"}),
    ]

    assert rests(facts, "MI-13.retained") == [["job", "first"]]


def test_of_equal_blocks_the_one_that_held_on_the_day_is_named() -> None:
    blocks = [fact(PersonEnrolled, f"{year}-01-01", f"block {year}") for year in (2021, 2022, 2024)]

    assert rests([*blocks, PLACED], "MI-13.placed") == [["job", "block 2022"]]


def test_what_is_not_said_rests_on_nothing() -> None:
    assert rests([PLACED], "MI-13.unconfirmed") == [["job"]]


def test_a_place_of_residence_rests_on_the_move_that_stated_it() -> None:
    facts = [
        fact(PersonEnrolled, "2022-01-01", "block", groups=("protected",)),
        fact(PersonMoved, "2022-06-01", "move"),
        fact(PlacementMade, "2023-03-02", "job"),
    ]

    assert rests(facts, "MI-09.active") == [["job", "block", "move"]]


def test_what_is_counted_by_consent_rests_on_the_consent() -> None:
    facts = [
        fact(ServiceDelivered, "2023-03-02", "service", service="job_search_support"),
        fact(ConsentGranted, "2023-05-01", "consent"),
    ]

    assert rests(facts, "PI-02.consented") == [["service", "consent"]]
    assert rests(facts, "PI-02.persons") == [["service"]]


def test_what_two_codes_tell_together_rests_on_their_merge() -> None:
    facts = [
        fact(PersonEnrolled, "2022-01-01", "block", subject=Q),
        fact(PersonMerged, "2023-06-01", "merge", **{"with": Q}),
        fact(PersonMerged, "2023-07-01", "another merge", **{"with": Q}),
        PLACED,
    ]

    assert rests(facts, "MI-13.placed") == [["job", "block", "merge"]]


def test_an_outcome_rests_on_the_follow_up_and_not_on_what_came_to_nothing() -> None:
    facts = [
        fact(ReturneeRegistered, "2023-01-10", "return"),
        fact(FollowupRecorded, "2023-07-10", "follow-up"),
        fact(FollowupRecorded, "2024-01-10", "year", month=12),
        PLACED,
    ]

    assert rests(facts, "MI-07.m6_sustained") == [["return", "follow-up"]]
