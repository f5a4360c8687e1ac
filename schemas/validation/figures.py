"""What a published figure or a target may be, by the unit of its series (E1017)."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from ..declared_codes import SeriesUnit
from ..events.reference import ObservationLoaded, TargetSet
from .arrival import Arrival, Rule
from .problems import Problem

_COUNTED: Final = ("count", "persons")
_PERCENT_MAX: Final = 100
_IN_DAYS: Final = "t-PI-14"
"""The one indicator whose measures are days, which may have decimals."""
_THOUSANDS: Final = re.compile(r"-?\d{1,3}(\.\d{3})+")


def _observation(arrival: Arrival) -> Iterator[Problem]:
    event = arrival.envelope.data
    series = arrival.declared.series.get(arrival.envelope.subject[2:])
    if not isinstance(event, ObservationLoaded) or series is None or series.unit is None:
        return
    if event.base is None:
        yield from _figure("$.data.value", event.value, series.unit)
        return
    unit: SeriesUnit = "count" if series.unit == "percent" else series.unit
    found = [*_figure("$.data.value", event.value, unit), *_figure("$.data.base", event.base, unit)]
    yield from found
    if found:
        return
    if Decimal(event.base) <= 0:
        yield _wrong("$.data.base", f"The base is {event.base}.", "Write a base above 0.")
    elif Decimal(event.value) > Decimal(event.base):
        detail = f"{event.value} of {event.base} is more than all."
        yield _wrong("$.data.value", detail, "With a base, `value` is a part of it.")


def _target(arrival: Arrival) -> Iterator[Problem]:
    event = arrival.envelope.data
    if not isinstance(event, TargetSet):
        return
    series = arrival.declared.series.get(event.measure.removesuffix("_base"))
    unit: SeriesUnit = "amount" if arrival.envelope.subject == _IN_DAYS else "count"
    if series is not None and series.unit is not None:
        unit = series.unit
    yield from _figure("$.data.value", event.value, unit)


def _figure(path: str, text: str, unit: SeriesUnit) -> Iterator[Problem]:
    """Find what is wrong with one number by itself."""
    number = Decimal(text)
    if unit != "signed" and number < 0:
        yield _wrong(path, f"{text} is below 0.", "Write a number from 0.")
    elif unit in _COUNTED and "." in text:
        detail = f"{text} is no whole number, and {'persons' if unit == 'persons' else 'things'}"
        yield _wrong(path, f"{detail} are counted.", f"Write {_whole(text)}.")
    elif unit == "percent" and number > _PERCENT_MAX:
        remedy = "Write 0 to 100; a count of people or things belongs to a series of counts."
        yield _wrong(path, f"{text} is more than 100 percent.", remedy)


def _whole(text: str) -> str:
    """Return the whole number that was probably meant, else words."""
    if _THOUSANDS.fullmatch(text):
        return text.replace(".", "")
    whole, _, decimals = text.partition(".")
    return "a whole number, without a point" if decimals.strip("0") else whole


def _wrong(path: str, detail: str, remedy: str) -> Problem:
    return Problem("E1017", path, detail, remedy)


FIGURES: Final = (
    Rule(
        "Refuse an observation that its series' unit does not allow: counts and persons are whole"
        " and from 0, percent from 0 to 100, amounts from 0; a value is at most its base.",
        ("$.subject", "$.data.value", "$.data.base"),
        _observation,
    ),
    Rule(
        "Refuse a target below 0, and one of persons, cases or positions that is not whole.",
        ("$.subject", "$.data.value", "$.data.measure"),
        _target,
    ),
)
