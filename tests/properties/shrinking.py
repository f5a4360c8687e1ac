"""Shrinks a log that breaks a property, so that a failure is readable."""

from collections.abc import Callable, Iterator

from tests.reference.builders import DATA
from tests.reference.history import unversioned
from tests.reference.shapes import Event

Broken = Callable[[list[Event]], bool]


def smallest(events: list[Event], is_broken: Broken) -> list[Event]:
    """Return a part of the log that still breaks the property, without anything unnecessary."""
    least: list[Event] | None = fewest(events, is_broken)
    while least is not None:
        events, least = least, next(filter(is_broken, simpler(least)), None)
    return events


def simpler(events: list[Event]) -> Iterator[list[Event]]:
    """Yield the log without one event, and with one event that has one unusual field less."""
    for index, event in enumerate(events):
        before, after = events[:index], events[index + 1 :]
        yield before + after
        yield from ([*before, plain, *after] for plain in plainer(event))


def fewest(events: list[Event], is_broken: Broken) -> list[Event]:
    """Return a part of the log of which no single event can be left out."""
    shrunk = True
    while shrunk:
        shrunk = False
        for index in reversed(range(len(events))):
            fewer = events[:index] + events[index + 1 :]
            if is_broken(fewer):
                events, shrunk = fewer, True
    return events


def plainer(event: Event) -> Iterator[Event]:
    """Yield the event with one unusual field replaced by its default, or left out."""
    data, usual = event["data"], DATA[unversioned(event["type"])]
    for field in [name for name in data if name not in ("on", "municipality", "with", "type")]:
        without = {name: value for name, value in data.items() if name != field}
        plain_data = without | ({field: usual[field]} if field in usual else {})
        if plain_data != data:
            yield event | {"data": plain_data}
