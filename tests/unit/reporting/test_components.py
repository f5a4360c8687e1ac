"""Which codes are one subject."""

from itertools import permutations

import pytest

from services.reporting.counting.components import roots_of


def test_codes_without_links_stand_for_themselves() -> None:
    assert roots_of("bac", []) == {"a": "a", "b": "b", "c": "c"}


@pytest.mark.parametrize("links", [*permutations([("d", "c"), ("b", "d"), ("c", "e")])])
def test_a_chain_is_named_by_its_least_code_in_any_order(
    links: tuple[tuple[str, str], ...],
) -> None:
    assert roots_of("abcde", links) == {"a": "a", "b": "b", "c": "b", "d": "b", "e": "b"}


def test_a_ring_of_links_is_one_component() -> None:
    assert set(roots_of("abc", [("c", "b"), ("b", "a"), ("a", "c")]).values()) == {"a"}


def test_a_link_to_a_code_that_is_not_given_is_left_out() -> None:
    assert roots_of("bc", [("b", "a"), ("c", "a")]) == {"b": "b", "c": "c"}
