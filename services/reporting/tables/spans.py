"""Which periods a day or a change concerns."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from schemas.periods import Period, add_months


def current(today: date) -> tuple[Period, ...]:
    """The month, quarter and year of a day, and everything until the end of its month."""
    return (*_around(today.replace(day=1)), Period("to", today.replace(day=1)))


@lru_cache(maxsize=4096)  # a bulk load touches the same months over and over
def concerned(from_month: date, to_month: date | None, today: date) -> frozenset[Period]:
    """The periods until now in which something from one month to another counts.

    Of the to-periods only the one that is growing: earlier ones are counted when asked for.
    """
    this_month = today.replace(day=1)
    last = min(to_month or this_month, this_month)
    found = {period for month in _months(from_month, last) for period in _around(month)}
    if from_month <= this_month:
        found.add(Period("to", this_month))
    return frozenset(found)


def _around(month: date) -> tuple[Period, Period, Period]:
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
