"""Linked codes are one person: their facts are one history, and un-merging takes it apart."""

from schemas.matching import PlacementMade
from schemas.registration import PersonEnrolled, PersonErased, PersonMerged
from services.reporting.counting.fold import entries_of, merge_links

from .telling import DEFINITIONS, P, Q, buckets, days, retracted, said

MERGED = said(PersonMerged, "2024-01-01", factid="m", subject=P, **{"with": Q})
DESCRIBED = said(PersonEnrolled, "2023-01-01", subject=P, sex="male")
WORKS = said(PlacementMade, "2023-03-02", subject=Q)


def test_a_merge_links_its_two_codes() -> None:
    assert merge_links([MERGED, DESCRIBED, WORKS]) == {(P, Q)}


def test_a_retracted_merge_links_nothing_even_before_it_is_told() -> None:
    taken_back = retracted("registration.person.merged", "m")

    assert merge_links([taken_back, MERGED]) == frozenset()
    assert merge_links([MERGED, taken_back]) == frozenset()


def test_a_corrected_merge_links_only_the_newest_pair() -> None:
    other = "p-2123456789abcdefghjkmnpqrs"
    corrected = said(PersonMerged, "2024-01-01", factid="m", revision=2, **{"with": other})

    assert merge_links([corrected, MERGED]) == {(P, other)}


def test_the_facts_of_one_code_describe_those_of_the_other() -> None:
    assert buckets([WORKS, DESCRIBED, MERGED], "MI-13.placed", "sex") == {"male"}
    assert buckets([WORKS], "MI-13.placed", "sex") == {"unknown"}


def test_the_same_factid_under_two_codes_is_two_facts() -> None:
    told = [said(PlacementMade, "2023-03-02", factid="x", subject=code) for code in (P, Q)]

    assert len(days(told, "MI-13.placed")) == 2


def test_erasure_changes_no_entry() -> None:
    told = [DESCRIBED, WORKS]

    assert entries_of([*told, said(PersonErased, "2024-01-01")], DEFINITIONS) == entries_of(
        told, DEFINITIONS
    )
