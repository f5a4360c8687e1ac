"""Suggestions for wrong values, and which wrong values an error text may show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.validation.suggestions import comma_list, nearest, safe_text

KNOWN = ("public_works", "open_ended", "seasonal")


@pytest.mark.parametrize("word", ["public_work", "public-works", "Public works", "PUBLIC_WORKS"])
def test_a_typing_error_finds_its_word(word: str) -> None:
    assert nearest(word, KNOWN) == ("public_works",)


@pytest.mark.parametrize("word", ["", "xyz", 7, None, [], {"a": 1}])
def test_a_word_without_similar_words_finds_nothing(word: object) -> None:
    assert nearest(word, KNOWN) == ()


@given(st.text(), st.lists(st.text()))
def test_only_known_words_are_suggested(word: str, known: list[str]) -> None:
    found = nearest(word, known)

    assert len(found) <= 3
    assert set(found) <= set(known)


@pytest.mark.parametrize(
    "value", ["70999", "public_work", "M4SX", "o-nes", "2023-13-02", 601, "UK"]
)
def test_a_code_is_shown(value: object) -> None:
    assert safe_text(value) == str(value)


@pytest.mark.parametrize(
    "value", ["Ana", "ana anić", "anić", "123456", 123456, "a" * 41, "", None, 1.5, ["a"], "a\nb"]
)
def test_a_possible_name_or_personal_number_is_not_shown(value: object) -> None:
    assert safe_text(value) == "This value"


def test_words_are_listed_with_commas() -> None:
    assert comma_list(("a", 6)) == "a, 6"
