"""Refuse an event whose data contradict themselves or the day on which it arrives (E1016)."""

import calendar
from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from ..events.event import Event, PersonBlock
from ..events.matching import JobseekerRegistered
from ..events.reference import ObservationLoaded, PartnerReported
from ..events.registration import ReturneeRegistered
from .problems import Refusal, refusal

_ADULT_YEARS: Final = 18


class _DayLimit(NamedTuple):
    """A day in a field that must not lie after another day."""

    field: str
    day: date | None
    latest: date
    latest_is: str


def check_contradictions(event: Event | None, today: date) -> None:
    """Refuse data that contradict themselves: days in the wrong order, a minor of full age."""
    if isinstance(event, PersonBlock) and event.birth_year > event.on.year:
        detail = f"The person is born in {event.birth_year}, and it happened in {event.on.year}."
        raise _contradiction("birth_year", detail, "Correct `birth_year` or `on`.")
    for limit in _day_limits(event, today):
        if limit.day is not None and limit.day > limit.latest:
            detail = f"{limit.day} is after {limit.latest}, {limit.latest_is}."
            raise _contradiction(limit.field, detail, f"Write {limit.latest} or an earlier day.")
    if isinstance(event, ReturneeRegistered) and _is_adult_minor(event):
        detail = f"Whoever is born in {_born(event)} is {_ADULT_YEARS} or older on {event.on}."
        raise _contradiction("household", detail, "Correct `household`, `birth_year` or `on`.")


def is_surely_adult(birth_year: int, birth_month: int | None, on: date) -> bool:
    """Return whether a person is 18 or older on a day, whatever the birth day not stated."""
    month = birth_month or 12
    last = calendar.monthrange(birth_year, month)[1]
    try:
        birthday = date(birth_year + _ADULT_YEARS, month, last)
    except ValueError:  # born on 29 February; the year of the birthday has none
        birthday = date(birth_year + _ADULT_YEARS, month + 1, 1)
    return on >= birthday


def _day_limits(event: Event | None, today: date) -> Iterator[_DayLimit]:
    match event:
        case ReturneeRegistered():
            yield _DayLimit("left_on", event.left_on, event.on, "the day of the registration")
        case JobseekerRegistered():
            since = event.unemployed_since
            yield _DayLimit("unemployed_since", since, event.on, "the day of the registration")
        case ObservationLoaded():
            yield _DayLimit("vintage", event.vintage, today, "the day of arrival")
        case PartnerReported():
            yield _DayLimit("through", event.through, today, "the day of arrival")


def _is_adult_minor(event: ReturneeRegistered) -> bool:
    return event.household == "unaccompanied_minor" and is_surely_adult(
        event.birth_year, event.birth_month, event.on
    )


def _born(event: ReturneeRegistered) -> str:
    month = "" if event.birth_month is None else f"-{event.birth_month:02}"
    return f"{event.birth_year}{month}"


def _contradiction(field: str, detail: str, remedy: str) -> Refusal:
    return refusal("E1016", f"$.data.{field}", detail, remedy)
