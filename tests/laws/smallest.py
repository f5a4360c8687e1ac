"""Shrinks a log that breaks a law, so that a failure reads as a story."""

from collections.abc import Callable, Iterator

from tests.reference.history import unversioned
from tests.reference.plain import Event
from tests.reference.tell import DATA

Broken = Callable[[list[Event]], bool]


def smallest(events: list[Event], is_broken: Broken) -> list[Event]:
    """A part of the log that breaks the law still, with nothing unusual that it can do without."""
    least: list[Event] | None = fewest(events, is_broken)
    while least is not None:
        events, least = least, next(filter(is_broken, less(least)), None)
    return events


def less(events: list[Event]) -> Iterator[list[Event]]:
    """The log without one event, or with one told more plainly."""
    for place, event in enumerate(events):
        before, after = events[:place], events[place + 1 :]
        yield before + after
        yield from ([*before, told, *after] for told in plainer(event))


def fewest(events: list[Event], is_broken: Broken) -> list[Event]:
    """A part of the log that breaks the law no longer if any one event is left out."""
    shrunk = True
    while shrunk:
        shrunk = False
        for place in reversed(range(len(events))):
            fewer = events[:place] + events[place + 1 :]
            if is_broken(fewer):
                events, shrunk = fewer, True
    return events


def plainer(event: Event) -> Iterator[Event]:
    """The event with one unusual field the less: told as usual, or not told at all."""
    data, usual = event["data"], DATA[unversioned(event["type"])]
    for field in [name for name in data if name not in ("on", "municipality", "with", "type")]:
        without = {name: value for name, value in data.items() if name != field}
        told = without | ({field: usual[field]} if field in usual else {})
        if told != data:
            yield event | {"data": told}
