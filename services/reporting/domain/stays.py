"""Stays of resident migrants (MI-09): the intervals in which a person is *in*."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from schemas.events.registration import (
    DepartureDeclared,
    FollowupRecorded,
    PersonEnrolled,
    PersonMoved,
    ReturneeRegistered,
)
from schemas.rules.recorded_fact import in_order
from services.reporting.domain.history import Fact, History, cached_on_history

_MARKS = (ReturneeRegistered, PersonEnrolled, PersonMoved, DepartureDeclared)
RESIDENT_MIGRANTS = frozenset({"asylum_seeker", "protected", "migrant_no_status", "labour_migrant"})


@dataclass(frozen=True, slots=True)
class Stay:
    """One interval *in*: from a block or move until the next block, move, departure or death."""

    begins: Fact
    until: date | None

    def contains(self, day: date) -> bool:
        """Return whether the person is in on a day; the last day, `until`, is excluded."""
        return self.begins.on <= day and (self.until is None or day < self.until)


def stay_on(history: History, day: date) -> Stay | None:
    """Return the stay that contains a day; at most one does."""
    found = stays(history)
    begun = bisect_right(found, day, key=_begins_on)
    return found[begun - 1] if begun > 0 and found[begun - 1].contains(day) else None


@cached_on_history
def stays(history: History) -> list[Stay]:
    """Return every stay of at least one day, in order."""
    deaths = (f for f in history.of(FollowupRecorded) if f.event.whereabouts == "died")
    marks: list[Fact] = in_order([*history.any_of(*_MARKS), *deaths])
    ends: list[date | None] = [mark.on for mark in marks[1:]]
    found: list[Stay] = []
    is_in = False
    for mark, until in zip(marks, [*ends, None], strict=False):  # no marks, one end
        is_in = _is_in_after(mark, is_in=is_in)
        if is_in and until != mark.on:
            found.append(Stay(mark, until))
    return found


def _begins_on(stay: Stay) -> date:
    return stay.begins.on


def _is_in_after(mark: Fact, *, is_in: bool) -> bool:
    """Return whether a person is in after a mark: a block decides by its groups, a move keeps."""
    event = mark.event
    if isinstance(event, ReturneeRegistered | PersonEnrolled):
        return not RESIDENT_MIGRANTS.isdisjoint(event.groups)
    return is_in and not isinstance(event, DepartureDeclared | FollowupRecorded)
