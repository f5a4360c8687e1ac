"""Linked codes are one person: which codes merges link, and what their facts count for."""

from itertools import permutations

import pytest

from schemas.events.matching import PlacementMade
from schemas.events.registration import PersonEnrolled, PersonErased, PersonMerged
from services.reporting.domain.fold import entries_of
from services.reporting.domain.linked_codes import canonical_codes, merge_links

from .builders import DEFINITIONS, P, Q, buckets, days, make_fact, make_retraction

MERGED = make_fact(PersonMerged, "2024-01-01", factid="m", subject=P, **{"with": Q})
DESCRIBED = make_fact(PersonEnrolled, "2023-01-01", subject=P, sex="male")
WORKS = make_fact(PlacementMade, "2023-03-02", subject=Q)


def test_a_code_without_links_is_its_own_canonical_code() -> None:
    assert canonical_codes("bac", []) == {"a": "a", "b": "b", "c": "c"}


@pytest.mark.parametrize("links", [*permutations([("d", "c"), ("b", "d"), ("c", "e")])])
def test_a_chain_is_named_by_its_least_code_in_any_order(
    links: tuple[tuple[str, str], ...],
) -> None:
    assert canonical_codes("abcde", links) == {"a": "a", "b": "b", "c": "b", "d": "b", "e": "b"}


def test_a_ring_of_links_is_one_component() -> None:
    assert set(canonical_codes("abc", [("c", "b"), ("b", "a"), ("a", "c")]).values()) == {"a"}


def test_a_link_to_a_code_that_is_not_given_is_left_out() -> None:
    assert canonical_codes("bc", [("b", "a"), ("c", "a")]) == {"b": "b", "c": "c"}


def test_a_merge_links_its_two_codes() -> None:
    assert merge_links([MERGED, DESCRIBED, WORKS]) == {(P, Q)}


def test_a_retracted_merge_links_nothing_even_if_the_retraction_arrives_first() -> None:
    retraction = make_retraction("registration.person.merged", "m")

    assert merge_links([retraction, MERGED]) == frozenset()
    assert merge_links([MERGED, retraction]) == frozenset()


def test_a_corrected_merge_links_only_the_newest_pair() -> None:
    other = "p-2123456789abcdefghjkmnpqrs"
    corrected = make_fact(PersonMerged, "2024-01-01", factid="m", revision=2, **{"with": other})

    assert merge_links([corrected, MERGED]) == {(P, other)}


def test_the_facts_of_one_code_describe_those_of_the_other() -> None:
    assert buckets([WORKS, DESCRIBED, MERGED], "MI-13.placed", "sex") == {"male"}
    assert buckets([WORKS], "MI-13.placed", "sex") == {"unknown"}


def test_the_same_factid_under_two_codes_is_two_facts() -> None:
    facts = [make_fact(PlacementMade, "2023-03-02", factid="x", subject=code) for code in (P, Q)]

    assert len(days(facts, "MI-13.placed")) == 2


def test_erasure_changes_no_entry() -> None:
    facts = [DESCRIBED, WORKS]

    assert entries_of([*facts, make_fact(PersonErased, "2024-01-01")], DEFINITIONS) == entries_of(
        facts, DEFINITIONS
    )
