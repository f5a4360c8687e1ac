"""The places of Serbia and the codes that count to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import territory
from schemas.code_lists import code_list
from schemas.territory import COUNCILS

LISTED = sorted(row["code"] for row in code_list("municipalities"))
codes = st.sampled_from(LISTED)


def test_there_are_174_councils() -> None:
    assert len(COUNCILS) == 174


@given(codes)
def test_every_listed_code_has_its_check_digit(code: str) -> None:
    assert territory.has_check_digit(code)


@given(codes, st.integers(0, 4), st.integers(1, 9))
def test_one_wrong_digit_is_detected_unless_the_check_digit_is_zero(
    code: str, at: int, step: int
) -> None:
    """Not always: the remainders 10 and 11 both give the check digit 0."""
    digit = str((int(code[at]) + step) % 10)
    wrong = code[:at] + digit + code[at + 1 :]

    assert wrong.endswith("0") or code.endswith("0") or not territory.has_check_digit(wrong)


@pytest.mark.parametrize("code", ["", "7099", "709980", "7099x", "７０９９８", "²²²²²", " 70998"])
def test_what_is_not_five_digits_has_no_check_digit(code: str) -> None:
    assert not territory.has_check_digit(code)


@given(codes)
def test_every_listed_code_counts_to_a_council(code: str) -> None:
    council = territory.council_of(code)

    assert territory.is_council(council)
    assert territory.council_of(council) == council
    assert territory.is_listed(code)


@pytest.mark.parametrize("code", ["80284", "80519", "89010"])
def test_novi_sad_has_aliases(code: str) -> None:
    assert territory.council_of(code) == "89010"


@pytest.mark.parametrize("code", ["70998", "79014"])
def test_a_councils_own_code_is_its_own(code: str) -> None:
    assert territory.is_council(code)
    assert territory.council_of(code) == code


@pytest.mark.parametrize("code", ["80284", "80519", "70092"])
def test_a_city_municipality_is_no_council(code: str) -> None:
    assert not territory.is_council(code)


@pytest.mark.parametrize("code", ["70999", "", "RS", "RS229"])
def test_an_unlisted_code_counts_to_no_council(code: str) -> None:
    assert not territory.is_listed(code)
    with pytest.raises(KeyError):
        territory.council_of(code)


def test_prokuplje_is_in_toplica_in_the_south_and_east() -> None:
    assert territory.district_of("70998") == "RS229"
    assert territory.region_of("70998") == "RS22"


def test_a_council_in_kosovo_and_metohija_has_no_district() -> None:
    assert territory.district_of("90255") is None
    assert territory.region_of("90255") == "RS-KM"


def test_the_areas_above_a_council_are_its_district_region_and_country() -> None:
    assert territory.areas_above("70998") == ("RS229", "RS22", "RS")
    assert territory.areas_above("90255") == ("RS-KM", "RS")


@given(st.sampled_from(sorted(COUNCILS)))
def test_a_council_is_counted_once_at_every_level(council: str) -> None:
    above = {territory.district_of(council) or "RS-KM", territory.region_of(council), "RS", council}

    areas = {p.code for p in territory.places() if council in territory.councils_in(p.code)}

    assert areas == above


def test_regions_divide_the_country() -> None:
    regions = [p.code for p in territory.places() if p.level == "region"]

    assert sorted(regions) == ["RS-KM", "RS11", "RS12", "RS21", "RS22"]
    assert sum(len(territory.councils_in(region)) for region in regions) == 174
    assert len(territory.councils_in("RS-KM")) == 29


def test_districts_have_regions() -> None:
    districts = [p for p in territory.places() if p.level == "district"]
    regions = {p.code for p in territory.places() if p.level == "region"}

    assert len(districts) == 25
    assert {p.parent for p in districts} <= regions


@pytest.mark.parametrize(
    ("code", "latin", "cyrillic"),
    [
        ("70998", "Prokuplje", "Прокупље"),
        ("RS229", "Toplički okrug", "Топлички округ"),
        ("RS22", "Region Južne i Istočne Srbije", "Регион Јужне и Источне Србије"),
        ("RS-KM", "Region Kosovo i Metohija", "Регион Косово и Метохија"),
        ("RS", "Srbija", "Србија"),
    ],
)
def test_places_have_names_in_both_scripts(code: str, latin: str, cyrillic: str) -> None:
    place = territory.place(code)

    assert place is not None
    assert (place.name_latin, place.name_cyrillic) == (latin, cyrillic)


def test_every_cyrillic_name_is_cyrillic_throughout() -> None:
    latin = [
        p.name_cyrillic
        for p in territory.places()
        if any(c.isascii() and c.isalpha() for c in p.name_cyrillic)
    ]

    assert latin == []


@pytest.mark.parametrize("code", ["80284", "70999", ""])
def test_a_code_without_tables_is_no_place(code: str) -> None:
    assert territory.place(code) is None
    with pytest.raises(KeyError):
        territory.councils_in(code)


def test_the_nearest_codes_differ_in_one_digit() -> None:
    assert territory.nearest("70999")[:2] == ("70998 Prokuplje", "70939 Pirot")


@pytest.mark.parametrize("name", ["Prokuplje", "prokuplje", "Прокупље", "Prokulje", "PROKUPLJE "])
def test_a_name_finds_its_code(name: str) -> None:
    assert territory.nearest(name)[0] == "70998 Prokuplje"


@given(st.text(max_size=90))
def test_nearest_handles_any_text(text: str) -> None:
    assert len(territory.nearest(text)) <= 3
