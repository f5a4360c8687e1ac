"""Entries as of an instant come from facts recorded by then, linked by the merges of then."""

from datetime import UTC, datetime

from schemas.events.matching import PlacementMade
from schemas.events.registration import (
    ConsentGranted,
    ConsentWithdrawn,
    PersonEnrolled,
    PersonMerged,
    ServiceDelivered,
)
from services.reporting.domain.as_of import entries_as_of
from services.reporting.domain.history import Fact
from services.reporting.domain.linked_codes import linked_groups

from .builders import DEFINITIONS, P, Q, make_fact, make_retraction

R = "p-2123456789abcdefghjkmnpqrs"
COUNSELLED = make_fact(ServiceDelivered, "2023-03-02", service="job_search_support")


def recorded(fact: Fact, month: int) -> Fact:
    """Return the fact, recorded on the first day of this month of 2024."""
    return fact._replace(recorded_at=datetime(2024, month, 1, tzinfo=UTC))


def counted(facts: list[Fact], month: int, measure: str) -> list[tuple[str, str]]:
    """Return who counts in a measure and when, as of the first day of this month."""
    known = entries_as_of(facts, DEFINITIONS, datetime(2024, month, 1, tzinfo=UTC))
    found = [(who, entry.on.isoformat()) for who, entry in known if entry.measure == measure]
    return sorted(found)


def test_a_fact_counts_from_the_instant_at_which_it_was_recorded() -> None:
    facts = [recorded(make_fact(PlacementMade, "2023-03-02"), 2)]

    assert counted(facts, 1, "MI-13.placed") == []
    assert counted(facts, 2, "MI-13.placed") == [(P, "2023-03-02")]


def test_a_correction_and_a_retraction_count_from_when_they_were_recorded() -> None:
    facts = [
        recorded(make_fact(PlacementMade, "2023-03-02", factid="x"), 1),
        recorded(make_fact(PlacementMade, "2023-04-03", factid="x", revision=2), 2),
        recorded(make_retraction("matching.placement.made", "x", revision=3), 3),
    ]

    assert [counted(facts, month, "MI-13.placed") for month in (1, 2, 3)] == [
        [(P, "2023-03-02")],
        [(P, "2023-04-03")],
        [],
    ]


def test_people_are_linked_by_the_merges_in_force_at_the_instant() -> None:
    facts = [
        recorded(make_fact(PlacementMade, "2023-03-02", subject=P), 1),
        recorded(make_fact(PlacementMade, "2023-03-03", subject=Q), 1),
        recorded(make_fact(PersonMerged, "2024-01-01", factid="m", subject=Q, **{"with": P}), 2),
        recorded(make_retraction("registration.person.merged", "m", subject=Q), 3),
    ]
    separate = [(P, "2023-03-02"), (Q, "2023-03-03")]

    assert [counted(facts, month, "MI-13.placed") for month in (1, 3)] == [separate, separate]
    assert {who for who, _ in counted(facts, 2, "MI-13.placed")} == {P}


def test_the_consent_of_today_decides_for_earlier_instants() -> None:
    granted = recorded(make_fact(ConsentGranted, "2023-01-01"), 5)
    withdrawn = recorded(make_fact(ConsentWithdrawn, "2023-06-01"), 6)
    service = recorded(COUNSELLED, 1)

    assert counted([service, granted], 1, "PI-02.consented") == [(P, "2023-03-02")]
    assert counted([service, granted, withdrawn], 5, "PI-02.consented") == []
    assert counted([service, granted, withdrawn], 5, "PI-02.persons") == [(P, "2023-03-02")]


def test_a_consent_retracted_today_is_none_for_earlier_instants() -> None:
    granted = recorded(make_fact(ConsentGranted, "2023-01-01", factid="c"), 1)
    retraction = recorded(make_retraction("registration.consent.granted", "c"), 6)

    assert counted([recorded(COUNSELLED, 1), granted, retraction], 1, "PI-02.consented") == []


def test_the_consent_of_a_code_that_is_linked_today_decides() -> None:
    facts = [
        recorded(COUNSELLED, 1),
        recorded(make_fact(ConsentGranted, "2023-01-01", subject=Q), 6),
        recorded(make_fact(PersonMerged, "2024-01-01", subject=Q, **{"with": P}), 7),
    ]

    assert counted(facts, 1, "PI-02.consented") == [(P, "2023-03-02")]
    assert counted(facts[:2], 1, "PI-02.consented") == []


def test_the_consent_of_a_code_that_is_no_longer_linked_does_not_decide() -> None:
    facts = [
        recorded(COUNSELLED, 1),
        recorded(make_fact(ConsentGranted, "2023-01-01", subject=Q, factid="c"), 3),
        recorded(make_fact(PersonMerged, "2024-01-01", subject=Q, factid="m", **{"with": P}), 1),
        recorded(make_retraction("registration.person.merged", "m", subject=Q), 2),
    ]

    assert counted(facts, 4, "PI-02.consented") == []


def test_a_group_contains_exactly_the_codes_ever_linked_with_a_seed() -> None:
    other = "p-3123456789abcdefghjkmnpqrs"
    found = [set(group) for group in linked_groups([P, other], [(P, Q), (R, Q), ("p-8", "p-9")])]

    assert sorted(found, key=len) == [{other}, {P, Q, R}]


def test_facts_without_entries_give_none_as_of_an_instant() -> None:
    facts = [recorded(make_fact(PersonEnrolled, "2023-01-01", subject=code), 1) for code in (P, Q)]
    known = entries_as_of(facts, DEFINITIONS, datetime(2024, 1, 1, tzinfo=UTC))

    assert list(known) == []
