"""What a cell shows: windows, states, and what the policy publishes."""

from datetime import date
from decimal import Decimal

import pytest

from schemas.declared_codes import shipped
from schemas.periods import parse_period
from services.reporting.domain.indicator import Disclosure, MeasureKind
from services.reporting.indicators import catalogue
from services.reporting.publication.policy import (
    POLICY,
    Policy,
    apply_policy,
    denial_reason,
    is_live,
)
from services.reporting.tables.table import (
    BEGINNING,
    BucketCount,
    Table,
    Value,
    ValueState,
    Window,
    affected_periods,
    current_periods,
    is_pending,
    observation_place,
    observation_value,
    table_values,
    window,
)

TODAY = date(2023, 6, 15)
CATALOGUE = {indicator.id: indicator for indicator in catalogue(shipped())}


def table(name: str, period: str = "2023-05", split: str = "total") -> Table:
    indicator, _, measure = name.partition(".")
    found = CATALOGUE[indicator].measure(measure)
    assert found is not None
    return Table(CATALOGUE[indicator], found, "70998", parse_period(period), split)


@pytest.mark.parametrize(
    ("kind", "period", "expected"),
    [
        (MeasureKind.PERSONS, "2023-05", Window(date(2023, 5, 1), date(2023, 5, 31), BEGINNING)),
        (MeasureKind.COHORT, "to-2023-05", Window(BEGINNING, date(2023, 5, 31), BEGINNING)),
        (MeasureKind.STOCK, "2023-05", Window(BEGINNING, date(2023, 5, 31), date(2023, 5, 31))),
        (MeasureKind.PRESENT, "2023-05", Window(BEGINNING, date(2023, 5, 31), date(2023, 5, 1))),
        (MeasureKind.PRESENT, "to-2023-05", Window(BEGINNING, date(2023, 5, 31), BEGINNING)),
    ],
)
def test_each_kind_counts_other_entries(kind: MeasureKind, period: str, expected: Window) -> None:
    assert window(kind, parse_period(period)) == expected


@pytest.mark.parametrize(
    ("name", "period", "expected"),
    [
        ("MI-02.due", "2023-05", False),
        ("MI-02.due", "2023-06", True),
        ("MI-13.due", "2023-03", True),
        ("MI-13.due", "2023-02", False),
        ("MI-13.placed", "2023-06", False),
    ],
)
def test_only_a_cohort_that_may_grow_is_pending(name: str, period: str, *, expected: bool) -> None:
    cohort = table(name, period)

    assert is_pending(cohort.measure, cohort.period, TODAY) is expected


def test_a_total_exists_even_if_nothing_was_counted() -> None:
    assert table_values(table("MI-05.registered"), [], TODAY) == [
        Value("total", 0, ValueState.ZERO)
    ]
    assert table_values(table("MI-05.registered", split="sex"), [], TODAY) == []


def test_a_sum_shows_amounts_and_a_count_persons() -> None:
    row = BucketCount("total", persons=2, amount=Decimal(7), entries=3)

    assert table_values(table("MI-02.due"), [row], TODAY) == [
        Value("total", Decimal(7), ValueState.VALUE)
    ]
    assert table_values(table("MI-05.registered"), [row], TODAY) == [
        Value("total", 2, ValueState.VALUE)
    ]


def test_a_pending_value_shows_the_number_so_far_even_if_it_is_zero() -> None:
    assert table_values(table("MI-02.due", "2023-06"), [], TODAY) == [
        Value("total", 0, ValueState.PENDING)
    ]


@pytest.mark.parametrize(
    ("entries", "median", "expected"),
    [(4, 3.5, (None, "none")), (5, 3.5, (3.5, "value")), (5, 0.0, (0, "zero"))],
)
def test_a_median_is_shown_from_five_entries(
    entries: int, median: float, expected: tuple[float | None, str]
) -> None:
    row = BucketCount("total", entries, Decimal(0), entries, median)
    [value] = table_values(table("PI-14.first_job"), [row], TODAY)

    assert (value.value, value.state) == expected


def test_an_observed_0_is_zero_and_a_missing_observation_is_none() -> None:
    assert observation_value(Decimal(0)).state is ValueState.ZERO
    assert observation_value(None) == Value("total", None, ValueState.NONE)


@pytest.mark.parametrize(
    ("place", "expected"), [("RS", ""), ("70998", "70998"), ("RS229", None), ("RS-KM", None)]
)
def test_only_the_country_and_councils_are_observed(place: str, expected: str | None) -> None:
    assert observation_place(place) == expected


@pytest.mark.parametrize(
    ("name", "split", "live"),
    [
        ("MI-05.registered", "total", True),
        ("MI-05.registered", "sex", False),
        ("MI-13.durable", "total", False),
        ("MI-13.placed", "group", False),
        ("PI-09.persons", "total", False),
        ("PI-11.survey_workshops", "total", True),
    ],
)
def test_only_totals_of_class_a_are_live(name: str, split: str, *, live: bool) -> None:
    assert is_live(table(name, split=split)) is live


@pytest.mark.parametrize(("split", "bucket"), [("total", "total"), ("sex", None)])
def test_a_denied_table_shows_no_number_and_no_bucket(split: str, bucket: str | None) -> None:
    exact = [Value("female", 3, ValueState.VALUE)]

    assert apply_policy(table("MI-13.durable", split=split), exact) == [
        Value(bucket, None, ValueState.DENIED)
    ]


def test_a_split_never_becomes_live_by_its_class_alone() -> None:
    generous = Policy(2, frozenset(Disclosure))

    assert not is_live(table("MI-13.placed", split="sex"), generous)
    assert POLICY.live == {Disclosure.A}


def test_a_denial_names_class_and_who_may_read() -> None:
    assert "Class C" in denial_reason(table("MI-13.placed", split="group"))
    assert "steward" in denial_reason(table("MI-13.durable"))


def test_a_day_belongs_to_four_periods() -> None:
    assert [str(each) for each in current_periods(TODAY)] == [
        "2023-06",
        "2023-Q2",
        "2023",
        "to-2023-06",
    ]


@pytest.mark.parametrize(
    ("from_month", "to_month", "expected"),
    [
        ("2023-05-01", "2023-05-01", {"2023-05", "2023-Q2", "2023", "to-2023-06"}),
        ("2023-05-01", None, {"2023-05", "2023-06", "2023-Q2", "2023", "to-2023-06"}),
        ("2023-07-01", None, set()),
        (
            "2022-12-01",
            "2023-01-01",
            {"2022-12", "2022-Q4", "2022", "2023-01", "2023-Q1", "2023", "to-2023-06"},
        ),
    ],
)
def test_a_change_affects_the_periods_until_now(
    from_month: str, to_month: str | None, expected: set[str]
) -> None:
    last = date.fromisoformat(to_month) if to_month else None
    found = affected_periods(date.fromisoformat(from_month), last, TODAY)

    assert {str(each) for each in found} == expected
