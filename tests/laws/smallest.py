"""Shrinks a log that breaks a law, so that a failure reads as a story."""

from collections.abc import Callable

from tests.reference.plain import Event


def smallest(events: list[Event], is_broken: Callable[[list[Event]], bool]) -> list[Event]:
    """A part of the log that breaks the law still, and no longer if any one event is left out."""
    shrunk = True
    while shrunk:
        shrunk = False
        for place in reversed(range(len(events))):
            fewer = events[:place] + events[place + 1 :]
            if is_broken(fewer):
                events, shrunk = fewer, True
    return events
