"""Stays of resident migrants (MI-09): when a person is *in*, and the intervals of `known`."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from schemas.registration import DepartureDeclared, PersonEnrolled, PersonMoved, ReturneeRegistered
from services.reporting.counting.history import Fact, History, in_order, remembered

MARKS = (ReturneeRegistered, PersonEnrolled, PersonMoved, DepartureDeclared)
RESIDENT_MIGRANTS = frozenset({"asylum_seeker", "protected", "migrant_no_status"})


@dataclass(frozen=True, slots=True)
class Stay:
    """While *in*: from one block or move until the day of the next block, move or departure."""

    begins: Fact
    until: date | None

    def holds(self, day: date) -> bool:
        """Whether the person is in on that day; on the day of the end not any more."""
        return self.begins.on <= day and (self.until is None or day < self.until)


def is_in(history: History, day: date) -> bool:
    """Whether the person is in on a day: stays follow one another, so only one may hold it."""
    told = stays(history)
    begun = bisect_right(told, day, key=_begins_on)
    return begun > 0 and told[begun - 1].holds(day)


@remembered
def stays(history: History) -> list[Stay]:
    """Every stay of at least one day; together they are the days on which the person is in."""
    marks = in_order(history.any_of(*MARKS))
    ends: list[date | None] = [mark.on for mark in marks[1:]]
    found: list[Stay] = []
    is_in = False
    for mark, until in zip(marks, [*ends, None], strict=False):  # no mark, no end
        is_in = _is_in_after(mark, is_in=is_in)
        if is_in and until != mark.on:
            found.append(Stay(mark, until))
    return found


def _begins_on(stay: Stay) -> date:
    return stay.begins.on


def _is_in_after(mark: Fact, *, is_in: bool) -> bool:
    """A block decides by its groups, a departure ends, a move changes nothing."""
    event = mark.event
    if isinstance(event, ReturneeRegistered | PersonEnrolled):
        return not RESIDENT_MIGRANTS.isdisjoint(event.groups)
    return is_in and not isinstance(event, DepartureDeclared)
