"""What was known at an instant is folded from what had been recorded, linked as it was then."""

from datetime import UTC, datetime

from schemas.matching import PlacementMade
from schemas.registration import (
    ConsentGranted,
    ConsentWithdrawn,
    PersonEnrolled,
    PersonMerged,
    ServiceDelivered,
)
from services.reporting.counting.history import Fact
from services.reporting.counting.known import entries_known_at, groups

from .telling import DEFINITIONS, P, Q, retracted, said

R = "p-2123456789abcdefghjkmnpqrs"
COUNSELLED = said(ServiceDelivered, "2023-03-02", service="job_search_support")


def recorded(fact: Fact, month: int) -> Fact:
    """The fact, recorded on the first day of this month of 2024."""
    return fact._replace(recorded_at=datetime(2024, month, 1, tzinfo=UTC))


def counted(facts: list[Fact], month: int, measure: str) -> list[tuple[str, str]]:
    """Who counts in a measure and when, as known on the first day of this month."""
    known = entries_known_at(facts, DEFINITIONS, datetime(2024, month, 1, tzinfo=UTC))
    found = [(who, entry.on.isoformat()) for who, entry in known if entry.measure == measure]
    return sorted(found)


def test_a_fact_is_known_from_the_very_instant_it_was_recorded() -> None:
    told = [recorded(said(PlacementMade, "2023-03-02"), 2)]

    assert counted(told, 1, "MI-13.placed") == []
    assert counted(told, 2, "MI-13.placed") == [(P, "2023-03-02")]


def test_a_correction_and_a_retraction_count_from_when_they_were_recorded() -> None:
    told = [
        recorded(said(PlacementMade, "2023-03-02", factid="x"), 1),
        recorded(said(PlacementMade, "2023-04-03", factid="x", revision=2), 2),
        recorded(retracted("matching.placement.made", "x", revision=3), 3),
    ]

    assert [counted(told, month, "MI-13.placed") for month in (1, 2, 3)] == [
        [(P, "2023-03-02")],
        [(P, "2023-04-03")],
        [],
    ]


def test_people_are_linked_by_the_merges_that_stood_then() -> None:
    told = [
        recorded(said(PlacementMade, "2023-03-02", subject=P), 1),
        recorded(said(PlacementMade, "2023-03-03", subject=Q), 1),
        recorded(said(PersonMerged, "2024-01-01", factid="m", subject=Q, **{"with": P}), 2),
        recorded(retracted("registration.person.merged", "m", subject=Q), 3),
    ]
    apart = [(P, "2023-03-02"), (Q, "2023-03-03")]

    assert [counted(told, month, "MI-13.placed") for month in (1, 3)] == [apart, apart]
    assert {who for who, _ in counted(told, 2, "MI-13.placed")} == {P}


def test_the_consent_of_today_decides_for_what_was_known_before_it() -> None:
    granted = recorded(said(ConsentGranted, "2023-01-01"), 5)
    withdrawn = recorded(said(ConsentWithdrawn, "2023-06-01"), 6)
    service = recorded(COUNSELLED, 1)

    assert counted([service, granted], 1, "PI-02.consented") == [(P, "2023-03-02")]
    assert counted([service, granted, withdrawn], 5, "PI-02.consented") == []
    assert counted([service, granted, withdrawn], 5, "PI-02.persons") == [(P, "2023-03-02")]


def test_a_consent_taken_back_today_is_none_for_what_was_known_then() -> None:
    granted = recorded(said(ConsentGranted, "2023-01-01", factid="c"), 1)
    taken_back = recorded(retracted("registration.consent.granted", "c"), 6)

    assert counted([recorded(COUNSELLED, 1), granted, taken_back], 1, "PI-02.consented") == []


def test_the_consent_of_a_code_that_is_linked_today_decides() -> None:
    told = [
        recorded(COUNSELLED, 1),
        recorded(said(ConsentGranted, "2023-01-01", subject=Q), 6),
        recorded(said(PersonMerged, "2024-01-01", subject=Q, **{"with": P}), 7),
    ]

    assert counted(told, 1, "PI-02.consented") == [(P, "2023-03-02")]
    assert counted(told[:2], 1, "PI-02.consented") == []


def test_the_consent_of_a_code_that_is_linked_no_more_decides_no_more() -> None:
    told = [
        recorded(COUNSELLED, 1),
        recorded(said(ConsentGranted, "2023-01-01", subject=Q, factid="c"), 3),
        recorded(said(PersonMerged, "2024-01-01", subject=Q, factid="m", **{"with": P}), 1),
        recorded(retracted("registration.person.merged", "m", subject=Q), 2),
    ]

    assert counted(told, 4, "PI-02.consented") == []


def test_a_group_holds_all_that_was_ever_linked_with_a_seed_and_nothing_else() -> None:
    other = "p-3123456789abcdefghjkmnpqrs"
    found = [set(group) for group in groups([P, other], [(P, Q), (R, Q), ("p-8", "p-9")])]

    assert sorted(found, key=len) == [{other}, {P, Q, R}]


def test_all_codes_of_a_group_are_told_from_one_reading() -> None:
    told = [recorded(said(PersonEnrolled, "2023-01-01", subject=code), 1) for code in (P, Q)]
    known = entries_known_at(told, DEFINITIONS, datetime(2024, 1, 1, tzinfo=UTC))

    assert list(known) == []
