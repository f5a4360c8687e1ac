"""What a partner's developer reads: what was wrong, where, what to do, what is near."""

import pytest

from schemas.problem import CODES, Problem, path_of
from tests.unit.schemas.saying import ABSENT, event, problem_of


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
        ({"type": "matching.placement.made.v3"}, "Say matching.placement.made.v1."),
        ({"causation_id": "x"}, "Did you mean causationid"),
        ({"time": "yesterday"}, "an instant in UTC like 2023-03-02T09:00:00Z"),
        ({"source": "nes"}, "/partners/<partner id>"),
        ({"subject": "o-nes"}, "Its subject begins with p-."),
    ],
)
def test_a_refusal_of_the_envelope_says_how_to_write_it(
    change: dict[str, object], near: str
) -> None:
    problem = problem_of(event() | change)

    assert near in f"{problem.detail} {problem.remedy}"


@pytest.mark.parametrize("value", ["Petrović Petar", "Petar", "petar petrović", "123456", "x" * 90])
def test_what_may_be_a_name_or_a_number_is_not_repeated(value: str) -> None:
    problem = problem_of(event(data={"kind": value}))

    assert value not in f"{problem.detail} {problem.remedy}"


def test_an_unknown_field_is_told_before_the_field_it_stands_for() -> None:
    problem = problem_of(event(data={"sektor": "C", "sector": ABSENT}))

    assert problem.remedy == "Did you mean sector?"


def test_a_wrong_check_digit_is_said_so() -> None:
    assert "Its check digit is wrong." in problem_of(event(data={"municipality": "70999"})).detail


def test_every_code_has_a_title_in_cyrillic_and_in_english() -> None:
    for code, title in CODES.items():
        assert code[0] == "E"
        assert len(code) == 5
        assert title.en.isascii()
        assert any("Ѐ" <= letter <= "ӿ" for letter in title.sr)


def test_titles_are_told_apart() -> None:
    assert len({title.en for title in CODES.values()}) == len(CODES)
    assert len({title.sr for title in CODES.values()}) == len(CODES)


def test_e1003_is_an_unknown_municipality() -> None:
    problem = Problem("E1003", "$.data.municipality", "No.", "Do.")

    assert problem.title.en == "Unknown municipality"
    assert not problem.is_personal_data


def test_a_problem_has_a_listed_code() -> None:
    with pytest.raises(ValueError, match="E9999"):
        Problem("E9999", "$", "", "")


def test_a_path_shows_plain_words_only() -> None:
    assert path_of("$.data", ("groups", 0)) == "$.data.groups[0]"
    assert path_of("$", ("име", "a b", "x" * 41)) == "$[?][?][?]"
