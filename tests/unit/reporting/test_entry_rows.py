"""Entries as rows: which rows must be written, and which cells they affect."""

from datetime import date
from decimal import Decimal

import pytest

from services.reporting.domain.indicator import Entry
from services.reporting.projection.rows import (
    AffectedCells,
    EntryRow,
    affected_cells,
    diff_rows,
    rows_of,
)

MARCH, MAY = date(2023, 3, 10), date(2023, 5, 20)
ONE = EntryRow(1, MARCH, None, 7, "70998", (1, 2), 1)
OTHER = EntryRow(1, MAY, None, 7, "70998", (1, 2), 1)
OPEN_ENDED = {7}


def test_names_become_ids() -> None:
    buckets = frozenset({("sex", "male"), ("age", "65+")})
    entry = Entry("MI-05.registered", MARCH, None, "70998", buckets, 1)
    sets = {buckets: (4, 9)}

    assert list(rows_of(1, [entry], {"MI-05.registered": 7}, sets)) == [
        EntryRow(1, MARCH, None, 7, "70998", (4, 9), 1)
    ]


def test_buckets_without_ids_raise_an_error() -> None:
    entry = Entry("MI-05.registered", MARCH, None, "70998", frozenset({("sex", "male")}), 1)

    with pytest.raises(KeyError):
        list(rows_of(1, [entry], {"MI-05.registered": 7}, {}))


def test_only_the_difference_is_written() -> None:
    found = diff_rows([((0, 1), ONE), ((0, 2), ONE)], [ONE, OTHER])

    assert (found.removed, found.removed_rows, found.added) == (((0, 2),), (ONE,), (OTHER,))


def test_equal_amounts_in_different_notations_are_equal() -> None:
    stored = ONE._replace(amount=Decimal("1.0"))

    assert diff_rows([((0, 1), stored)], [ONE]).removed == ()


def test_equal_rows_are_counted() -> None:
    assert diff_rows([((0, 1), ONE)], [ONE, ONE]).added == (ONE,)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ONE._replace(measure=8)], AffectedCells(8, "70998", date(2023, 3, 1), date(2023, 3, 1))),
        ([ONE], AffectedCells(7, "70998", date(2023, 3, 1), None)),
        ([ONE._replace(until=MAY)], AffectedCells(7, "70998", date(2023, 3, 1), date(2023, 5, 1))),
        (
            [ONE._replace(measure=8), OTHER._replace(measure=8)],
            AffectedCells(8, "70998", date(2023, 3, 1), date(2023, 5, 1)),
        ),
        ([ONE._replace(until=MAY), OTHER], AffectedCells(7, "70998", date(2023, 3, 1), None)),
    ],
)
def test_rows_affect_the_months_in_which_they_count(
    rows: list[EntryRow], expected: AffectedCells
) -> None:
    assert affected_cells(rows, OPEN_ENDED) == [expected]


def test_measures_and_places_are_affected_separately() -> None:
    rows = [ONE, ONE._replace(municipality="79022"), ONE._replace(measure=8)]

    assert len(affected_cells(rows, OPEN_ENDED)) == 3
