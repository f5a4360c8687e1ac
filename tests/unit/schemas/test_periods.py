"""Months, quarters, years and to-periods are parsed and written, and have their days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.periods import Period, add_months, month_of, parse_period
from schemas.validation.problems import Refusal

days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
texts = st.one_of(
    st.builds("{:04}-{:02}".format, st.integers(1000, 2999), st.integers(1, 12)),
    st.builds("{:04}-Q{}".format, st.integers(1000, 2999), st.integers(1, 4)),
    st.builds("{:04}".format, st.integers(1000, 2999)),
    st.builds("to-{:04}-{:02}".format, st.integers(1000, 2999), st.integers(1, 12)),
)


@given(texts)
def test_a_period_is_written_as_it_was_parsed(text: str) -> None:
    assert str(parse_period(text)) == text


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023-06", date(2023, 6, 1), date(2023, 6, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31)),
        ("2023-Q1", date(2023, 1, 1), date(2023, 3, 31)),
        ("2023-Q4", date(2023, 10, 1), date(2023, 12, 31)),
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("to-2023-06", None, date(2023, 6, 30)),
    ],
)
def test_a_period_has_its_days(text: str, first: date | None, last: date) -> None:
    period = parse_period(text)

    assert (period.first, period.last) == (first, last)


@given(texts, days)
def test_a_period_contains_the_days_from_its_first_to_its_last(text: str, day: date) -> None:
    period = parse_period(text)

    assert (day in period) == ((period.first or date.min) <= day <= period.last)


@given(days)
def test_a_day_is_in_its_month_and_in_no_other(day: date) -> None:
    month = month_of(day)

    assert day in month
    assert month.last + timedelta(days=1) not in month


@pytest.mark.parametrize(
    "text",
    [
        *("", "23", "2023-6", "2023-00", "2023-13", "2023-Q0", "2023-Q5", "2023-q1", "to-2023"),
        *("to-2023-Q1", "0999", "3000", "2023-06-01", "2023-06\n", " 2023", "2023–06", "٢٠٢٣"),
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="E1018"):
        parse_period(text)


@given(st.text())
def test_a_text_with_a_prefix_is_no_period(text: str) -> None:
    with pytest.raises(Refusal, match=r"E1018 \$\.period"):
        parse_period("x" + text)


@pytest.mark.parametrize(
    ("day", "n", "later"),
    [
        (date(2023, 1, 31), 1, date(2023, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2023, 1, 10), 12, date(2024, 1, 10)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 3, 31), -1, date(2023, 2, 28)),
        (date(2023, 1, 15), -1, date(2022, 12, 15)),
        (date(2023, 5, 5), 0, date(2023, 5, 5)),
    ],
)
def test_adding_months_gives_the_same_day_or_the_months_last(
    day: date, n: int, later: date
) -> None:
    assert add_months(day, n) == later


@given(days, st.integers(-600, 600))
def test_adding_months_never_skips_a_month(day: date, n: int) -> None:
    later = add_months(day, n)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == n
    assert later.day == min(day.day, month_of(later).last.day)


def test_equal_periods_are_one_element_of_a_set() -> None:
    assert {parse_period("2023-06"), Period("month", date(2023, 6, 1))} == {parse_period("2023-06")}
