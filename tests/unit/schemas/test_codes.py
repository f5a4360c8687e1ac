"""Codes of persons, vacancies and organisations; lists of occupations and countries."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import patterns
from schemas.codes import CROCKFORD, countries, is_random_code, new_code, unit_groups

prefixes = st.sampled_from(["p", "v", "o"])
random16 = st.binary(min_size=16, max_size=16)


@given(prefixes, random16)
def test_a_new_code_has_the_pattern_of_its_kind(prefix: str, random: bytes) -> None:
    code = new_code(prefix, random)  # type: ignore[arg-type]  # sampled from the three

    assert re.fullmatch(patterns.SUBJECTS[prefix], code)
    assert is_random_code(code)


@given(random16)
def test_all_128_bits_are_in_the_code(random: bytes) -> None:
    number = 0
    for letter in new_code("p", random)[2:]:
        number = number * 32 + CROCKFORD.index(letter)

    assert number.to_bytes(16) == random


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_code_takes_sixteen_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="16 random bytes"):
        new_code("p", b"x" * length)


@pytest.mark.parametrize(
    "code", ["o-nes", "p-1", "p-" + "u" * 26, "x-" + "0" * 26, "s-" + "0" * 26]
)
def test_a_short_name_is_no_random_code(code: str) -> None:
    assert not is_random_code(code)


def test_the_occupations_are_the_436_unit_groups() -> None:
    groups = unit_groups()

    assert len(groups) == 436
    assert {"9613", "7531", "0110"} <= groups
    assert "96" not in groups


def test_the_countries_are_iso_3166_and_xk() -> None:
    listed = countries()

    assert {"RS", "DE", "XK"} <= listed
    assert len(listed) == 250
    assert not {"UK", "EU", "YU"} & listed


@pytest.mark.parametrize("pattern", patterns.DESCRIPTIONS)
def test_every_pattern_is_anchored_at_both_ends(pattern: str) -> None:
    assert pattern.startswith("^")
    assert pattern.endswith("$")
