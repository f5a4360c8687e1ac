"""The texts that a partner's developer reads: what is wrong, where, and the nearest value."""

import pytest

from schemas.validation.problems import TITLES, Problem, path_of
from tests.unit.schemas.builders import ABSENT, event, problem_of


@pytest.mark.parametrize(
    ("data", "near"),
    [
        ({"municipality": "70999"}, "Nearest: 70998 Prokuplje, 70939 Pirot"),
        ({"municipality": "Prokuplje"}, "70998 Prokuplje"),
        ({"municipality": "Прокупље"}, "70998 Prokuplje"),
        ({"municipality": "Nis"}, "79022 Niš"),
        ({"municipality": "djakovica"}, "90085 Đakovica"),
        ({"municipality": "7998"}, "70998 Prokuplje"),
        ({"occupation": "9614"}, "9613 Sweepers and related labourers"),
        ({"kind": "public-works"}, "Did you mean public_works?"),
        ({"sector": "Z"}, "Valid: A, B, C"),
        ({"muncipality": "70998"}, "Did you mean municipality?"),
        ({"programmes": ["M4SB"]}, "Did you mean M4SD?"),
        ({"employer": "o-ness"}, "Did you mean o-nes?"),
        ({"on": "2.3.2023"}, "like 2023-03-02"),
        ({"vacancy": "v-1"}, "v- and the 26 characters"),
        ({"expected_months": 601}, "at most 600"),
        ({"expected_months": "6"}, "without quotes"),
        ({"on": "1999-12-31"}, "from 2000-01-01 to 2023-10-31"),
    ],
)
def test_a_refusal_of_data_names_the_nearest_valid_value(
    data: dict[str, object], near: str
) -> None:
    problem = problem_of(event(data=data))

    assert near in f"{problem.detail} {problem.remedy}"


@pytest.mark.parametrize(
    ("change", "near"),
    [
        ({"type": "matching.placment.made.v1"}, "Did you mean matching.placement.made.v1"),
        ({"type": "matching.placement.made.v3"}, "Write matching.placement.made.v1."),
        ({"causation_id": "x"}, "Did you mean causationid"),
        (
            {"time": "yesterday"},
            "an instant like 2023-03-02T09:00:00Z or 2023-03-02T10:00:00+01:00",
        ),
        ({"source": "nes"}, "/partners/<partner id>"),
        ({"subject": "o-nes"}, "Its subject begins with p-."),
    ],
)
def test_a_refusal_of_the_envelope_shows_the_right_form(
    change: dict[str, object], near: str
) -> None:
    problem = problem_of(event() | change)

    assert near in f"{problem.detail} {problem.remedy}"


@pytest.mark.parametrize("value", ["Petrović Petar", "Petar", "petar petrović", "123456", "x" * 90])
def test_a_possible_name_or_personal_number_is_not_repeated(value: str) -> None:
    problem = problem_of(event(data={"kind": value}))

    assert value not in f"{problem.detail} {problem.remedy}"


def test_an_unknown_field_is_reported_before_the_missing_one() -> None:
    problem = problem_of(event(data={"sektor": "C", "sector": ABSENT}))

    assert problem.remedy == "Did you mean sector?"


def test_a_wrong_check_digit_is_reported() -> None:
    assert "Its check digit is wrong." in problem_of(event(data={"municipality": "70999"})).detail


def test_every_code_has_a_title_in_cyrillic_and_in_english() -> None:
    for code, title in TITLES.items():
        assert code[0] == "E"
        assert len(code) == 5
        assert title.en.isascii()
        assert any("Ѐ" <= letter <= "ӿ" for letter in title.sr)


def test_no_two_codes_have_the_same_title() -> None:
    assert len({title.en for title in TITLES.values()}) == len(TITLES)
    assert len({title.sr for title in TITLES.values()}) == len(TITLES)


def test_e1003_is_an_unknown_municipality() -> None:
    problem = Problem("E1003", "$.data.municipality", "No.", "Do.")

    assert problem.title.en == "Unknown municipality"
    assert not problem.is_personal_data


def test_a_problem_has_a_listed_code() -> None:
    with pytest.raises(ValueError, match="E9999"):
        Problem("E9999", "$", "", "")


def test_a_path_contains_plain_words_only() -> None:
    assert path_of("$.data", ("groups", 0)) == "$.data.groups[0]"
    assert path_of("$", ("име", "a b", "x" * 41)) == "$[?][?][?]"
