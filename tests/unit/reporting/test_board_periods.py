"""The periods a reader can choose: every one that has begun, by links and one list."""

from datetime import date

import pytest

from schemas.periods import parse_period
from services.reporting.board.locale import Locale
from services.reporting.board.periods import Chooser, chooser, current_quarter, period_state

TODAY = date(2026, 11, 22)
SERBIAN = Locale()


def choices(period: str) -> Chooser:
    return chooser(parse_period(period), TODAY, SERBIAN)


def test_the_current_quarter_is_shown_by_default() -> None:
    assert str(current_quarter(TODAY)) == "2026-Q4"
    assert str(current_quarter(date(2026, 3, 31))) == "2026-Q1"


@pytest.mark.parametrize(
    ("period", "kinds"),
    [
        ("2023-05", ["2023-05", "2023-Q2", "2023", "to-2023-05"]),
        ("2023-Q2", ["2023-06", "2023-Q2", "2023", "to-2023-06"]),
        ("2023", ["2023-12", "2023-Q4", "2023", "to-2023-12"]),
        ("to-2023-02", ["2023-02", "2023-Q1", "2023", "to-2023-02"]),
        ("2026", ["2026-11", "2026-Q4", "2026", "to-2026-11"]),
        ("2031", ["2031-01", "2031-Q1", "2031", "to-2031-01"]),
    ],
)
def test_another_kind_of_period_is_one_step_away(period: str, kinds: list[str]) -> None:
    assert [kind.code for kind in choices(period).kinds] == kinds


def test_the_chosen_kind_and_period_are_marked() -> None:
    found = choices("2023-Q2")

    assert [kind.title for kind in found.kinds if kind.is_chosen] == ["квартал"]
    assert [each.code for each in found.periods if each.is_chosen] == ["2023-Q2"]


@pytest.mark.parametrize(
    ("period", "previous", "following"),
    [
        ("2026-Q4", "2026-Q3", None),
        ("2026-Q1", "2025-Q4", "2026-Q2"),
        ("2026-11", "2026-10", None),
        ("2025", "2024", "2026"),
        ("to-2026-01", "to-2025-12", "to-2026-02"),
        ("2000-01", None, "2000-02"),
        ("1000", None, None),
        ("2999", None, None),
    ],
)
def test_the_links_lead_back_to_the_first_facts_and_forward_to_today(
    period: str, previous: str | None, following: str | None
) -> None:
    found = choices(period)

    assert (found.previous.code if found.previous else None) == previous
    assert (found.following.code if found.following else None) == following


@pytest.mark.parametrize("period", ["2014-Q1", "2031-Q3", "2026-Q4", "2999-12", "1000-01"])
def test_the_list_contains_the_chosen_period_wherever_it_is(period: str) -> None:
    codes = [each.code for each in choices(period).periods]

    assert codes.count(period) == 1
    assert len(codes) == len(set(codes))


def test_the_list_ends_with_today_and_begins_in_2015() -> None:
    codes = [each.code for each in choices("2020-Q1").periods]

    assert (codes[0], codes[-1]) == ("2026-Q4", "2015-Q1")


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ("2026-Q4", "период траје до 31.12.2026."),
        ("2026-10", "период је завршен 31.10.2026."),
        ("2027", "период још није почео"),
    ],
)
def test_a_period_shows_whether_it_is_over(period: str, text: str) -> None:
    assert period_state(parse_period(period), TODAY, SERBIAN) == text
