"""An entry is supported by the fewest facts that suffice: no fewer, and none that is not needed."""

from schemas.events.event import Event
from schemas.events.matching import EmploymentConfirmed, PlacementMade
from schemas.events.registration import (
    ConsentGranted,
    FollowupRecorded,
    PersonEnrolled,
    PersonMerged,
    PersonMoved,
    ReturneeRegistered,
    ServiceDelivered,
)
from services.reporting.domain.history import Fact
from services.reporting.lineage.entry_lineage import SubjectLineage

from .builders import DEFINITIONS, P, Q, entries, make_fact


def supports(facts: list[Fact], measure: str) -> list[list[str]]:
    """Return the factids that support each entry of a measure, that of the counted fact first."""
    person = SubjectLineage(facts, (), DEFINITIONS)
    lineages = [person.trace(entry, P) for entry in entries(facts, measure)]
    return [[fact.factid for fact in each.facts] for each in lineages]


def fact(kind: type[Event], on: str, factid: str, **data: object) -> Fact:
    return make_fact(kind, on, factid=factid, **data)


PLACED = fact(PlacementMade, "2023-03-02", "job")


def test_a_retained_job_is_supported_by_its_nearest_confirmation() -> None:
    confirmed = {"placement": "job", "evidence": "register"}
    facts = [
        PLACED,
        fact(EmploymentConfirmed, "2023-10-01", "second", **confirmed),
        fact(EmploymentConfirmed, "2023-09-01", "first", **confirmed),
        fact(EmploymentConfirmed, "2023-08-15", "by self", **confirmed | {"evidence": "self"}),
    ]

    assert supports(facts, "MI-13.retained") == [["job", "first"]]


def test_of_equal_person_blocks_the_one_valid_on_the_day_is_returned() -> None:
    blocks = [fact(PersonEnrolled, f"{year}-01-01", f"block {year}") for year in (2021, 2022, 2024)]

    assert supports([*blocks, PLACED], "MI-13.placed") == [["job", "block 2022"]]


def test_a_missing_confirmation_needs_no_further_fact() -> None:
    assert supports([PLACED], "MI-13.unconfirmed") == [["job"]]


def test_a_residence_is_supported_by_the_move_that_states_it() -> None:
    facts = [
        fact(PersonEnrolled, "2022-01-01", "block", groups=("protected",)),
        fact(PersonMoved, "2022-06-01", "move"),
        fact(PlacementMade, "2023-03-02", "job"),
    ]

    assert supports(facts, "MI-09.active") == [["move", "block", "job"]]


def test_an_entry_counted_by_consent_is_supported_by_the_consent() -> None:
    facts = [
        fact(ServiceDelivered, "2023-03-02", "service", service="job_search_support"),
        fact(ConsentGranted, "2023-05-01", "consent"),
    ]

    assert supports(facts, "PI-02.consented") == [["service", "consent"]]
    assert supports(facts, "PI-02.persons") == [["service"]]


def test_facts_of_two_codes_are_supported_by_their_merge() -> None:
    facts = [
        fact(PersonEnrolled, "2022-01-01", "block", subject=Q),
        fact(PersonMerged, "2023-06-01", "merge", **{"with": Q}),
        fact(PersonMerged, "2023-07-01", "another merge", **{"with": Q}),
        PLACED,
    ]

    assert supports(facts, "MI-13.placed") == [["job", "block", "merge"]]


def test_an_outcome_is_supported_by_the_follow_up_and_not_by_other_facts() -> None:
    facts = [
        fact(ReturneeRegistered, "2023-01-10", "return"),
        fact(FollowupRecorded, "2023-07-10", "follow-up"),
        fact(FollowupRecorded, "2024-01-10", "year", month=12),
        PLACED,
    ]

    assert supports(facts, "MI-07.m6_sustained") == [["return", "follow-up"]]
