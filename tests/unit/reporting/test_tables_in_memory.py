"""Tables counted in memory, by hand: every kind, sums, splits, places and what is pending."""

from datetime import date

import pytest

from schemas.periods import parse_period
from services.reporting.domain.dimensions import Bucket
from services.reporting.domain.indicator import Amount, Entry
from services.reporting.tables.in_memory import values_in_memory
from services.reporting.tables.table import Number, Table

from .builders import DEFINITIONS, NIS, PROKUPLJE, P, Q, V, day

TODAY = date(2024, 6, 1)
NOBODY: frozenset[Bucket] = frozenset()
W = "v-1123456789abcdefghjkmnpqrs"

Known = tuple[str, Entry]
Row = tuple[str | None, Number | None, str]


def entry(  # noqa: PLR0913 - an entry's own fields
    measure: str,
    on: str,
    *buckets: Bucket,
    who: str = P,
    until: str | None = None,
    place: str = PROKUPLJE,
    amount: Amount = 1,
) -> Known:
    """An entry and whom it counts."""
    end = None if until is None else day(until)
    return who, Entry(measure, day(on), end, place, frozenset(buckets), amount)


def table(name: str, place: str, period: str, split: str = "total") -> Table:
    """The table of a measure's name."""
    indicator, _, measure = name.partition(".")
    definition = next(each for each in DEFINITIONS if each.id == indicator)
    found = definition.measure(measure)
    assert found is not None
    return Table(definition, found, place, parse_period(period), split)


def shown(entries: list[Known], wanted: Table, today: date = TODAY) -> list[Row]:
    """The rows of a table."""
    rows = values_in_memory(wanted, entries, today)
    return [(row.bucket, row.value, str(row.state)) for row in rows]


def total(entries: list[Known], name: str, place: str, period: str) -> Number | None:
    """The number of a total."""
    ((_, number, _),) = shown(entries, table(name, place, period))
    return number


def test_persons_count_once_in_every_cell_by_itself() -> None:
    name = "MI-13.placed"
    counted = [
        entry(name, "2023-03-02"),
        entry(name, "2023-03-31"),
        entry(name, "2023-04-01", place=NIS),
        entry("MI-13.durable", "2023-03-02", who=Q),
    ]
    cells = {
        (PROKUPLJE, "2023-03"): 1,
        (PROKUPLJE, "2023-04"): 0,
        (NIS, "2023-04"): 1,
        ("RS229", "2023-Q1"): 1,
        ("RS22", "2023"): 1,
        ("RS", "to-2023-03"): 1,
        ("RS", "to-2023-02"): 0,
        ("RS-KM", "2023"): 0,
    }

    assert {cell: total(counted, name, *cell) for cell in cells} == cells


def test_a_split_has_the_buckets_with_an_entry_and_a_total_always_one_row() -> None:
    name = "MI-13.placed"
    groups = ("group", "local"), ("group", "labour_migrant")
    counted = [entry(name, "2023-03-02", *groups), entry(name, "2023-03-02", groups[0], who=Q)]

    assert shown(counted, table(name, PROKUPLJE, "2023", "group")) == [
        ("labour_migrant", 1, "value"),
        ("local", 2, "value"),
    ]
    assert shown([], table(name, PROKUPLJE, "2023", "group")) == []
    assert shown([], table(name, PROKUPLJE, "2023")) == [("total", 0, "zero")]


def test_a_stock_is_the_sum_of_the_entries_open_at_the_end_of_the_last_day() -> None:
    name = "MI-01.positions"
    counted = [
        entry(name, "2023-03-01", who=V, until="2023-04-30", amount=3),
        entry(name, "2023-03-31", who=W, amount=4),
    ]
    months = {"2023-02": 0, "2023-03": 7, "2023-04": 4, "2023-Q1": 7, "to-2023-05": 4}

    assert {month: total(counted, name, PROKUPLJE, month) for month in months} == months


def test_a_person_is_present_in_a_period_with_one_day_of_a_stay() -> None:
    name = "MI-09.known"
    counted = [entry(name, "2023-03-10", until="2023-05-01")]
    months = {"2023-02": 0, "2023-03": 1, "2023-04": 1, "2023-05": 0, "to-2023-12": 1}

    assert {month: total(counted, name, PROKUPLJE, month) for month in months} == months


@pytest.mark.parametrize(
    ("today", "state"),
    [("2023-11-29", "pending"), ("2023-11-30", "value"), ("2023-08-01", "pending")],
)
def test_a_cohort_is_pending_until_it_has_settled(today: str, state: str) -> None:
    counted = [entry("MI-13.due", "2023-08-29")]

    cohort = table("MI-13.due", PROKUPLJE, "2023-08")
    assert shown(counted, cohort, day(today)) == [("total", 1, state)]


def test_a_cohort_may_sum_amounts_down_to_zero() -> None:
    counted = [entry("MI-02.unfilled", "2023-04-30", ("sector", "C"), who=V, amount=0)]

    cohort = table("MI-02.unfilled", PROKUPLJE, "2023-04", "sector")
    assert shown(counted, cohort) == [("C", 0, "zero")]


def test_a_duration_is_a_median_shown_from_five_entries() -> None:
    name = "PI-14.first_job"
    counted = [
        entry(name, "2023-03-02", ("sex", "female"), who=f"p-{amount}", amount=amount)
        for amount in (100, 1, 5, 10)
    ]
    fifth, sixth = (
        entry(name, "2023-03-02", ("sex", "male"), who=f"p-{amount}", amount=amount)
        for amount in (6, 7)
    )

    assert shown(counted, table(name, PROKUPLJE, "2023")) == [("total", None, "none")]
    assert total([*counted, fifth], name, PROKUPLJE, "2023") == 6
    assert total([*counted, fifth, sixth], name, PROKUPLJE, "2023") == 6.5
    assert shown([*counted, fifth], table(name, PROKUPLJE, "2023", "sex")) == [
        ("female", None, "none"),
        ("male", None, "none"),
    ]
    assert shown([], table(name, PROKUPLJE, "2023")) == [("total", None, "none")]


def test_an_observation_is_shown_for_exactly_its_place_and_period() -> None:
    name, series = "MI-08.work_permits", "s-work_permits"
    published = {"2023": 4, "2023-Q4": 3, "2023-12": 2, "2023-11": 1}
    counted = [
        entry(name, str(parse_period(of).first), who=series, until=until, place="", amount=amount)
        for (of, amount), until in zip(
            published.items(), ("2024-01-01", "2024-01-01", "2024-01-01", "2023-12-01"), strict=True
        )
    ]

    assert {period: total(counted, name, "RS", period) for period in published} == published
    assert total(counted, name, "RS", "to-2024-03") == 2
    assert total(counted, name, "RS", "to-2023-11") == 1
    assert shown(counted, table(name, "RS", "2023-10")) == [("total", None, "none")]
    assert shown(counted, table(name, "RS229", "2023")) == [("total", None, "none")]
    assert shown(counted, table(name, PROKUPLJE, "2023")) == [("total", None, "none")]
