"""Entries as rows: what must be written, and what it touches."""

from datetime import date
from decimal import Decimal

import pytest

from services.reporting.counting.indicator import Entry
from services.reporting.folding.rows import Row, Touched, change, numbered, touched

MARCH, MAY = date(2023, 3, 10), date(2023, 5, 20)
ONE = Row(1, MARCH, None, 7, "70998", (1, 2), 1)
OTHER = Row(1, MAY, None, 7, "70998", (1, 2), 1)
LASTING = {7}


def test_names_become_numbers() -> None:
    buckets = frozenset({("sex", "male"), ("age", "65+")})
    entry = Entry("MI-05.registered", MARCH, None, "70998", buckets, 1)
    sets = {buckets: (4, 9)}

    assert list(numbered(1, [entry], {"MI-05.registered": 7}, sets)) == [
        Row(1, MARCH, None, 7, "70998", (4, 9), 1)
    ]


def test_buckets_without_numbers_are_not_passed_over() -> None:
    entry = Entry("MI-05.registered", MARCH, None, "70998", frozenset({("sex", "male")}), 1)

    with pytest.raises(KeyError):
        list(numbered(1, [entry], {"MI-05.registered": 7}, {}))


def test_only_the_difference_is_written() -> None:
    found = change([((0, 1), ONE), ((0, 2), ONE)], [ONE, OTHER])

    assert (found.gone, found.gone_rows, found.added) == (((0, 2),), (ONE,), (OTHER,))


def test_equal_amounts_are_equal_however_they_are_written() -> None:
    stored = ONE._replace(amount=Decimal("1.0"))

    assert change([((0, 1), stored)], [ONE]).gone == ()


def test_equal_rows_are_counted() -> None:
    assert change([((0, 1), ONE)], [ONE, ONE]).added == (ONE,)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ONE._replace(measure=8)], Touched(8, "70998", date(2023, 3, 1), date(2023, 3, 1))),
        ([ONE], Touched(7, "70998", date(2023, 3, 1), None)),
        ([ONE._replace(until=MAY)], Touched(7, "70998", date(2023, 3, 1), date(2023, 5, 1))),
        (
            [ONE._replace(measure=8), OTHER._replace(measure=8)],
            Touched(8, "70998", date(2023, 3, 1), date(2023, 5, 1)),
        ),
        ([ONE._replace(until=MAY), OTHER], Touched(7, "70998", date(2023, 3, 1), None)),
    ],
)
def test_rows_touch_the_months_they_count_in(rows: list[Row], expected: Touched) -> None:
    assert touched(rows, LASTING) == [expected]


def test_measures_and_places_are_touched_apart() -> None:
    rows = [ONE, ONE._replace(municipality="79022"), ONE._replace(measure=8)]

    assert len(touched(rows, LASTING)) == 3
