"""What runs of digits may be besides a number of somebody: a date, a year, an instant."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final

_DATE_DIGITS: Final = 8
_YEAR_DIGITS: Final = 4
_YEARS: Final = range(1900, 2101)
_EPOCH_DIGITS: Final = {10: 1, 13: 10**3, 16: 10**6}
"""The digits of seconds, milliseconds and microseconds since 1970, of this century."""
_CLOCK_FORMATS: Final = {
    12: ("%Y%m%d%H%M", "%d%m%Y%H%M"),
    14: ("%Y%m%d%H%M%S", "%d%m%Y%H%M%S"),
    17: ("%Y%m%d%H%M%S%f",),
}


def is_year(digits: str) -> bool:
    """Tell whether digits are a year of 1900 to 2100."""
    return len(digits) == _YEAR_DIGITS and int(digits) in _YEARS


def date_groups(groups: Sequence[str]) -> int:
    """Return how many groups at the beginning are a date of these years: 1, 3, or 0 if none.

    A date has eight digits, or groups of day, month and year; the year is first or last.
    """
    if groups and len(groups[0]) == _DATE_DIGITS and _is_date(groups[0]):
        return 1
    lengths = [len(group) for group in groups[:3]]
    if lengths in ([4, 2, 2], [2, 2, 4]) and _is_date("".join(groups[:3])):
        return 3
    return 0


def instants_in(digits: str) -> Iterator[date]:
    """Yield the days of the instants as which digits can be read: epoch, or date and time."""
    if divisor := _EPOCH_DIGITS.get(len(digits)):
        yield datetime.fromtimestamp(int(digits) / divisor, UTC).date()
    for form in _CLOCK_FORMATS.get(len(digits), ()):
        try:
            yield datetime.strptime(digits, form).date()  # noqa: DTZ007 - only its day is used
        except ValueError:
            continue


def _is_date(digits: str) -> bool:
    year_first = _is_day(digits[:4], digits[4:6], digits[6:])
    return year_first or _is_day(digits[4:], digits[2:4], digits[:2])


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        return date(int(year), int(month), int(day)).year in _YEARS
    except ValueError:
        return False
