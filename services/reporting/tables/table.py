"""Tables: which entries count in a cell, what it shows, and which periods a change affects.

The rules are those of section 2 of indicators.md.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from schemas.code_lists import code_list
from schemas.periods import Period, add_months
from schemas.territory import COUNTRY, council_of, councils_in, is_council
from services.reporting.domain.indicator import Indicator, Measure, MeasureKind

TOTAL = "total"
BEGINNING = date.min
_DURATION_ENTRIES_MIN = 5
"""A median of fewer entries could disclose a single person's value."""

Number = Decimal | float | int


class ValueState(StrEnum):
    """What a value means; `denied` and `silent` occur only in layer `published`.

    `withheld` occurs only while a hold covers the table.
    """

    VALUE = "value"
    ZERO = "zero"
    PENDING = "pending"
    NONE = "none"
    SILENT = "silent"
    DENIED = "denied"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Table:
    """One measure at one place, in one period, by one split: a query asks for these."""

    indicator: Indicator
    measure: Measure
    place: str
    period: Period
    split: str = TOTAL

    @property
    def name(self) -> str:
        """The measure as entries name it: `MI-13.placed`."""
        return f"{self.indicator.id}.{self.measure.name}"

    @property
    def observed_measure(self) -> str:
        """The name of the measure whose latest observation a to-period shows.

        A base belongs to the observation that is shown: without a base it has no value, even if an
        older observation has one.
        """
        return f"{self.indicator.id}.{self.measure.part_of or self.measure.name}"


class Window(NamedTuple):
    """The entries of a cell: they begin between two days and end after a third, or never."""

    on_from: date
    on_to: date
    until_after: date


class BucketCount(NamedTuple):
    """The counts of one bucket: distinct subjects, sum of amounts, entries, median amount."""

    bucket: str
    persons: int
    amount: Decimal
    entries: int
    median: float | None = None


class Value(NamedTuple):
    """One number of a table; `value` is None where there is no number, `bucket` where hidden."""

    bucket: str | None
    value: Number | None
    state: ValueState


def window(kind: MeasureKind, period: Period) -> Window:
    """Return which entries of a kind count in a period; a to-period has no beginning."""
    first = period.first or BEGINNING
    match kind:
        case MeasureKind.STOCK:
            return Window(BEGINNING, period.last, period.last)
        case MeasureKind.PRESENT:
            return Window(BEGINNING, period.last, first)
        case _:
            return Window(first, period.last, BEGINNING)


@cache
def councils_at(place: str) -> tuple[str, ...]:
    """Return the councils whose entries count at a place, sorted by code."""
    return tuple(sorted(councils_in(place)))


def codes_counted_for(councils: Collection[str]) -> list[str]:
    """Return the municipality codes of facts that count for these councils."""
    return [code for code, council in _councils_by_code().items() if council in councils]


def observation_place(place: str) -> str | None:
    """Return the municipality under which observations of a place are stored.

    It is "" for the country; districts and regions have no observations (None).
    """
    if place == COUNTRY:
        return ""
    return place if is_council(place) else None


def is_pending(measure: Measure, period: Period, today: date) -> bool:
    """Return whether a cohort may still grow: its period is not over, or has not settled."""
    if measure.kind is not MeasureKind.COHORT:
        return False
    return today <= period.last + timedelta(days=measure.settle_days)


def table_values(table: Table, counted: Iterable[BucketCount], today: date) -> list[Value]:
    """Return the values of a table on a day; a total exists even if nothing was counted."""
    pending = is_pending(table.measure, table.period, today)
    rows = list(counted)
    if not rows and table.split == TOTAL:
        rows = [BucketCount(TOTAL, 0, Decimal(0), 0)]
    return [_bucket_value(table.measure, row, is_pending=pending) for row in rows]


def observation_value(observation: Decimal | None) -> Value:
    """Return the value of an observed figure; its state is `none` if there is no figure."""
    if observation is None:
        return Value(TOTAL, None, ValueState.NONE)
    return Value(TOTAL, observation, _state(observation))


def tables_of_measures(
    indicator: Indicator, measures: Sequence[Measure], place: str, period: Period, split: str
) -> list[Table]:
    """Return one table for each measure that has the split; every measure has a total."""
    return [
        Table(indicator, measure, place, period, split)
        for measure in measures
        if split == TOTAL or split in {each.name for each in indicator.splits_of(measure)}
    ]


def current_periods(today: date) -> tuple[Period, ...]:
    """Return the month, quarter and year of a day, and the to-period that ends with its month."""
    return (*_periods_around(today.replace(day=1)), Period("to", today.replace(day=1)))


@lru_cache(maxsize=4096)  # a bulk load changes the same months again and again
def affected_periods(from_month: date, to_month: date | None, today: date) -> frozenset[Period]:
    """Return the periods, up to the current ones, that a change from one month to another affects.

    Of the to-periods only the current one: earlier ones are counted when a query asks for them.
    """
    this_month = today.replace(day=1)
    last = min(to_month or this_month, this_month)
    found = {period for month in _months(from_month, last) for period in _periods_around(month)}
    if from_month <= this_month:
        found.add(Period("to", this_month))
    return frozenset(found)


def _bucket_value(measure: Measure, row: BucketCount, *, is_pending: bool) -> Value:
    if measure.kind is MeasureKind.DURATION:
        if row.median is None or row.entries < _DURATION_ENTRIES_MIN:
            return Value(row.bucket, None, ValueState.NONE)
        return Value(row.bucket, row.median, _state(row.median))
    number: Number = _counted(measure, row)
    return Value(row.bucket, number, ValueState.PENDING if is_pending else _state(number))


def _counted(measure: Measure, row: BucketCount) -> Number:
    """Return what a measure counts: amounts, persons, or cases, of which a person may have two."""
    if measure.sums_amount:
        return row.amount
    return row.entries if measure.kind is MeasureKind.COHORT else row.persons


@cache
def _councils_by_code() -> Mapping[str, str]:
    """Return every listed municipality code with the council that it counts for."""
    return {row["code"]: council_of(row["code"]) for row in code_list("municipalities")}


def _state(number: Number) -> ValueState:
    return ValueState.VALUE if number else ValueState.ZERO


def _periods_around(month: date) -> tuple[Period, Period, Period]:
    quarter = month.replace(month=month.month - (month.month - 1) % 3)
    return (
        Period("month", month),
        Period("quarter", quarter),
        Period("year", month.replace(month=1)),
    )


def _months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = add_months(first, 1)
