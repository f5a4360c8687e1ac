"""The periods of tables: months, quarters, years and to-periods; ranges of days."""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, NamedTuple

from .validation.problems import refusal

PeriodKind = Literal["month", "quarter", "year", "to"]
MONTHS_BY_KIND = {"month": 1, "quarter": 3, "year": 12, "to": 1}


class DayRange(NamedTuple):
    """A range of civil days, both ends included."""

    first: date
    last: date

    def contains(self, day: date) -> bool:
        """Return whether the day lies in the range."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Period:
    """A month, quarter or year; or everything until the end of a month (kind `to`)."""

    kind: PeriodKind
    start: date
    """First day of the period; of a to-period the first day of its last month."""

    @property
    def first(self) -> date | None:
        """The first day; None for a to-period, which has no beginning."""
        return None if self.kind == "to" else self.start

    @property
    def last(self) -> date:
        """The last day."""
        months = self.start.month + MONTHS_BY_KIND[self.kind] - 1
        return date(self.start.year, months, calendar.monthrange(self.start.year, months)[1])

    def __contains__(self, day: date) -> bool:
        return (self.kind == "to" or self.start <= day) and day <= self.last

    def __str__(self) -> str:
        match self.kind:
            case "year":
                return f"{self.start.year}"
            case "quarter":
                return f"{self.start.year}-Q{(self.start.month + 2) // 3}"
            case "month":
                return f"{self.start:%Y-%m}"
            case "to":
                return f"to-{self.start:%Y-%m}"


def parse_period(text: str, path: str = "$.period") -> Period:
    """Return the period that a text names: 2023-06, 2023-Q2, 2023 or to-2023-06.

    Raises Refusal (E1018) with `path` for any other text.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise refusal(
            "E1018",
            path,
            "This is not a period.",
            "Write a month 2023-06, a quarter 2023-Q2, a year 2023, or to-2023-06.",
        )
    to, year, month, quarter = match.groups()
    if to:
        return Period("to", date(int(to[:4]), int(to[5:]), 1))
    if month:
        return Period("month", date(int(year), int(month), 1))
    if quarter:
        return Period("quarter", date(int(year), int(quarter) * 3 - 2, 1))
    return Period("year", date(int(year), 1, 1))


def month_of(day: date) -> Period:
    """Return the month that contains a day."""
    return Period("month", day.replace(day=1))


def add_months(day: date, n: int) -> date:
    """Return the same day n months later (earlier if negative), or that month's last day."""
    years, month0 = divmod(day.month - 1 + n, 12)
    year = day.year + years
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))


_FORM: Final = re.compile(
    r"to-([12][0-9]{3}-(?:0[1-9]|1[0-2]))"
    r"|([12][0-9]{3})(?:-(0[1-9]|1[0-2])|-Q([1-4]))?"
)
