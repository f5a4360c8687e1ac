"""Tables: which entries fall into a cell, and what it then shows (indicators.md section 2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from schemas.periods import Period
from schemas.territory import COUNTRY, councils_in, is_council
from services.reporting.counting.indicator import Indicator, Kind, Measure

TOTAL = "total"
BEGINNING = date.min
DURATION_ENTRIES_MIN = 5
"""A median of fewer would tell about single persons."""

Number = Decimal | float | int


class State(StrEnum):
    """What a value is; `denied` and `silent` only in layer `published`.

    `withheld` only while a doubt stands.
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
    """One measure at one place, in one period, by one split: what a number is asked by."""

    indicator: Indicator
    measure: Measure
    place: str
    period: Period
    split: str = TOTAL

    @property
    def name(self) -> str:
        """The measure as entries name it."""
        return f"{self.indicator.id}.{self.measure.name}"

    @property
    def observed(self) -> str:
        """The measure, so named, whose latest observation a to-period shows.

        A base is that of the observation shown: one without a base does not borrow an older one.
        """
        return f"{self.indicator.id}.{self.measure.part_of or self.measure.name}"


class Window(NamedTuple):
    """The entries of a cell: begun between two days, and not ended on or before a third."""

    on_from: date
    on_to: date
    until_after: date


class Counted(NamedTuple):
    """What the database counts in one bucket: distinct subjects, sum, entries, and the median."""

    bucket: str
    persons: int
    amount: Decimal
    entries: int
    median: float | None = None


class Value(NamedTuple):
    """One number of a table as it is shown; None where there is nothing to show."""

    bucket: str | None
    value: Number | None
    state: State


def window(kind: Kind, period: Period) -> Window:
    """Which entries of a kind count in a period; a to-period has no beginning."""
    first = period.first or BEGINNING
    match kind:
        case Kind.STOCK:
            return Window(BEGINNING, period.last, period.last)
        case Kind.PRESENT:
            return Window(BEGINNING, period.last, first)
        case _:
            return Window(first, period.last, BEGINNING)


@cache
def councils(place: str) -> tuple[str, ...]:
    """The councils whose entries count at a place."""
    return tuple(sorted(councils_in(place)))


def observed_at(place: str) -> str | None:
    """How an observation of exactly this place is kept; districts and regions have none."""
    if place == COUNTRY:
        return ""
    return place if is_council(place) else None


def is_pending(measure: Measure, period: Period, today: date) -> bool:
    """Whether a cohort may still grow: its period is not over, or has not settled."""
    if measure.kind is not Kind.COHORT:
        return False
    return today <= period.last + timedelta(days=measure.settle_days)


def shown(table: Table, counted: Iterable[Counted], today: date) -> list[Value]:
    """The values of a table on a day; the total is there even if nothing was counted."""
    pending = is_pending(table.measure, table.period, today)
    rows = list(counted)
    if not rows and table.split == TOTAL:
        rows = [Counted(TOTAL, 0, Decimal(0), 0)]
    return [_shown(table.measure, row, is_pending=pending) for row in rows]


def shown_observation(observation: Decimal | None) -> Value:
    """An observed figure, or that there is none."""
    if observation is None:
        return Value(TOTAL, None, State.NONE)
    return Value(TOTAL, observation, _state(observation))


def tables(
    indicator: Indicator, measures: Sequence[Measure], place: str, period: Period, split: str
) -> list[Table]:
    """One table per measure that has the split; every measure has the total."""
    return [
        Table(indicator, measure, place, period, split)
        for measure in measures
        if split == TOTAL or split in {each.name for each in indicator.splits_of(measure)}
    ]


def _shown(measure: Measure, row: Counted, *, is_pending: bool) -> Value:
    if measure.kind is Kind.DURATION:
        if row.median is None or row.entries < DURATION_ENTRIES_MIN:
            return Value(row.bucket, None, State.NONE)
        return Value(row.bucket, row.median, _state(row.median))
    number: Number = row.amount if measure.sums_amount else row.persons
    return Value(row.bucket, number, State.PENDING if is_pending else _state(number))


def _state(number: Number) -> State:
    return State.VALUE if number else State.ZERO
