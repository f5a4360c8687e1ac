"""Which periods a reader can choose on the board, from the one that is shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, get_args

from schemas.periods import MONTHS, Kind, Period, add_months
from services.reporting.board.tongue import Tongue
from services.reporting.board.words import KINDS, PERIOD_STATES

FIRST_LISTED: Final = date(2015, 1, 1)
"""As in Grafana's list; what lies before is reached by going back, or by the address."""
FIRST_POSSIBLE: Final = date(2000, 1, 1)
"""No fact is older."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A period that can be chosen: its code and its name."""

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
    """What is shown to whoever chooses nothing."""
    return of_kind("quarter", today)


def of_kind(kind: Kind, day: date) -> Period:
    """The period of that kind in which a day lies."""
    months = MONTHS[kind]
    return Period(kind, date(day.year, day.month - (day.month - 1) % months, 1))


def chooser(period: Period, today: date, tongue: Tongue) -> Chooser:
    """What can be chosen; nothing that begins after today."""
    last_day = max(period.start, min(period.last, today))
    kinds: tuple[Kind, ...] = get_args(Kind)
    return Chooser(
        kinds=tuple(
            Choice(str(of_kind(kind, last_day)), tongue.say(KINDS[kind]), kind == period.kind)
            for kind in kinds
        ),
        periods=tuple(_choice(each, period, tongue) for each in _listed(period, today)),
        previous=_neighbour(period, -1, today, tongue),
        following=_neighbour(period, 1, today, tongue),
    )


def period_state(period: Period, today: date, tongue: Tongue) -> str:
    """Whether the period is over, in words."""
    if period.start > today:
        return tongue.say(PERIOD_STATES["ahead"])
    state = "open" if today <= period.last else "over"
    return tongue.say(PERIOD_STATES[state], last=tongue.day(period.last))


def _listed(period: Period, today: date) -> Iterator[Period]:
    """Newest first; the chosen one is among them wherever it lies."""
    newest = of_kind(period.kind, today)
    if period.start > newest.start:
        yield period
    start = newest.start
    while start >= FIRST_LISTED:
        yield Period(period.kind, start)
        start = add_months(start, -MONTHS[period.kind])
    if period.start < FIRST_LISTED:
        yield period


def _neighbour(period: Period, step: int, today: date, tongue: Tongue) -> Choice | None:
    start = add_months(period.start, step * MONTHS[period.kind])
    if not FIRST_POSSIBLE <= start <= today:
        return None
    return _choice(Period(period.kind, start), period, tongue)


def _choice(each: Period, chosen: Period, tongue: Tongue) -> Choice:
    return Choice(str(each), tongue.period(each), each == chosen)
