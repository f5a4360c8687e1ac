"""The periods that a reader can choose on the board, given the one that is shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, get_args

from schemas.periods import MONTHS_BY_KIND, Period, PeriodKind, add_months
from services.reporting.board.locale import Locale
from services.reporting.board.translations import KINDS, PERIOD_STATES

_FIRST_LISTED: Final = date(2015, 1, 1)
"""As in Grafana's list; earlier periods are reached by the previous link or by the URL."""
_FIRST_POSSIBLE: Final = date(2000, 1, 1)
"""No fact is older."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A period to choose: its code and its name."""

    code: str
    title: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Chooser:
    """The four kinds of periods around the chosen one, and the periods of its own kind."""

    kinds: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    previous: Choice | None
    following: Choice | None


def current_quarter(today: date) -> Period:
    """Return the period that is shown by default."""
    return _of_kind("quarter", today)


def _of_kind(kind: PeriodKind, day: date) -> Period:
    """Return the period of a kind that contains a day."""
    months = MONTHS_BY_KIND[kind]
    return Period(kind, date(day.year, day.month - (day.month - 1) % months, 1))


def chooser(period: Period, today: date, locale: Locale) -> Chooser:
    """Return the periods to choose from; none begins after today."""
    last_day = max(period.start, min(period.last, today))
    kinds: tuple[PeriodKind, ...] = get_args(PeriodKind)
    return Chooser(
        kinds=tuple(
            Choice(
                str(_of_kind(kind, last_day)), locale.translate(KINDS[kind]), kind == period.kind
            )
            for kind in kinds
        ),
        periods=tuple(_choice(each, period, locale) for each in _listed(period, today)),
        previous=_neighbour(period, -1, today, locale),
        following=_neighbour(period, 1, today, locale),
    )


def period_state(period: Period, today: date, locale: Locale) -> str:
    """Return a text on whether the period is over."""
    if period.start > today:
        return locale.translate(PERIOD_STATES["ahead"])
    state = "open" if today <= period.last else "over"
    return locale.translate(PERIOD_STATES[state], last=locale.format_day(period.last))


def _listed(period: Period, today: date) -> Iterator[Period]:
    """Yield the listed periods, newest first; the chosen one is always among them."""
    newest = _of_kind(period.kind, today)
    if period.start > newest.start:
        yield period
    start = newest.start
    while start >= _FIRST_LISTED:
        yield Period(period.kind, start)
        start = add_months(start, -MONTHS_BY_KIND[period.kind])
    if period.start < _FIRST_LISTED:
        yield period


def _neighbour(period: Period, step: int, today: date, locale: Locale) -> Choice | None:
    start = add_months(period.start, step * MONTHS_BY_KIND[period.kind])
    if not _FIRST_POSSIBLE <= start <= today:
        return None
    return _choice(Period(period.kind, start), period, locale)


def _choice(each: Period, chosen: Period, locale: Locale) -> Choice:
    return Choice(str(each), locale.format_period(each), each == chosen)
