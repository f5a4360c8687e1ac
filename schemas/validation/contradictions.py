"""Rules by which the data of an event contradict themselves or the day of arrival (E1016)."""

import calendar
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, NamedTuple, TypeVar

from ..events.event import Event, PersonBlock
from ..events.matching import JobseekerRegistered
from ..events.reference import ObservationLoaded, PartnerReported
from ..events.registration import ReturneeRegistered
from .arrival import Arrival, Rule
from .problems import Problem

_ADULT_YEARS: Final = 18
_REGISTRATION_DAY: Final = "the day of the registration"
_ARRIVAL_DAY: Final = "the day of arrival"

_E = TypeVar("_E", bound=Event)


class _DayLimit(NamedTuple):
    """A day in a field that must not lie after another day."""

    field: str
    day: date | None
    latest: date
    latest_is: str


def is_surely_adult(birth_year: int, birth_month: int | None, on: date) -> bool:
    """Return whether a person is 18 or older on a day, whatever the birth day not stated."""
    month = birth_month or 12
    last = calendar.monthrange(birth_year, month)[1]
    try:
        birthday = date(birth_year + _ADULT_YEARS, month, last)
    except ValueError:  # born on 29 February; the year of the birthday has none
        birthday = date(birth_year + _ADULT_YEARS, month + 1, 1)
    return on >= birthday


def _born_later(event: PersonBlock, _today: date) -> Iterator[Problem]:
    if event.birth_year > event.on.year:
        detail = f"The person is born in {event.birth_year}, and it happened in {event.on.year}."
        yield _contradiction("birth_year", detail, "Correct `birth_year` or `on`.")


def _left_later(event: ReturneeRegistered, _today: date) -> Iterator[Problem]:
    return _later(_DayLimit("left_on", event.left_on, event.on, _REGISTRATION_DAY))


def _unemployed_later(event: JobseekerRegistered, _today: date) -> Iterator[Problem]:
    since = event.unemployed_since
    return _later(_DayLimit("unemployed_since", since, event.on, _REGISTRATION_DAY))


def _released_later(event: ObservationLoaded, today: date) -> Iterator[Problem]:
    return _later(_DayLimit("vintage", event.vintage, today, _ARRIVAL_DAY))


def _reported_later(event: PartnerReported, today: date) -> Iterator[Problem]:
    return _later(_DayLimit("through", event.through, today, _ARRIVAL_DAY))


def _adult_minor(event: ReturneeRegistered, _today: date) -> Iterator[Problem]:
    is_minor = event.household == "unaccompanied_minor"
    if is_minor and is_surely_adult(event.birth_year, event.birth_month, event.on):
        detail = f"Whoever is born in {_born(event)} is {_ADULT_YEARS} or older on {event.on}."
        yield _contradiction("household", detail, "Correct `household`, `birth_year` or `on`.")


def _later(limit: _DayLimit) -> Iterator[Problem]:
    if limit.day is not None and limit.day > limit.latest:
        detail = f"{limit.day} is after {limit.latest}, {limit.latest_is}."
        yield _contradiction(limit.field, detail, f"Write {limit.latest} or an earlier day.")


def _born(event: ReturneeRegistered) -> str:
    month = "" if event.birth_month is None else f"-{event.birth_month:02}"
    return f"{event.birth_year}{month}"


def _contradiction(field: str, detail: str, remedy: str) -> Problem:
    return Problem("E1016", f"$.data.{field}", detail, remedy)


def _rule(
    text: str, kind: type[_E], find: Callable[[_E, date], Iterator[Problem]], *fields: str
) -> Rule:
    def find_in(arrival: Arrival) -> Iterator[Problem]:
        event = arrival.envelope.data
        return find(event, arrival.today) if isinstance(event, kind) else iter(())

    return Rule(text, tuple(f"$.data.{field}" for field in fields), find_in)


CONTRADICTIONS: Final = (
    _rule("Refuse a birth after the year of `on`.", PersonBlock, _born_later, "birth_year", "on"),
    _rule("Refuse `left_on` after `on`.", ReturneeRegistered, _left_later, "left_on", "on"),
    _rule(
        "Refuse `unemployed_since` after `on`.",
        JobseekerRegistered,
        _unemployed_later,
        "unemployed_since",
        "on",
    ),
    _rule(
        "Refuse an observation with a `vintage` after the day of arrival.",
        ObservationLoaded,
        _released_later,
        "vintage",
    ),
    _rule(
        "Refuse `through` after the day of arrival.", PartnerReported, _reported_later, "through"
    ),
    _rule(
        "Refuse an unaccompanied minor who is surely of age on the day `on`.",
        ReturneeRegistered,
        _adult_minor,
        "household",
        "birth_year",
        "birth_month",
        "on",
    ),
)
