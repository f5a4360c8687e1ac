"""Jobseeker spells (MI-01): from a registration until the person's next deregistration."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from schemas.events.matching import JobseekerDeregistered, JobseekerRegistered
from services.reporting.domain.history import Fact, History, cached_on_history


@dataclass(frozen=True, slots=True)
class Spell:
    """One registration and the first day on which it is closed; None while it is open."""

    registered: Fact[JobseekerRegistered]
    until: date | None


@cached_on_history
def spells(history: History) -> list[Spell]:
    """Return every jobseeker spell of at least one day, in order; ends never decrease."""
    ends = [fact.on for fact in history.of(JobseekerDeregistered)]
    found: list[Spell] = []
    for day, opened in groupby(history.of(JobseekerRegistered), key=lambda fact: fact.on):
        ended = bisect_right(ends, day)
        if ended and ends[ended - 1] == day and not _is_open_before(day, found):
            continue
        until = ends[ended] if ended < len(ends) else None
        found.extend(Spell(fact, until) for fact in opened)
    return found


def _is_open_before(day: date, found: list[Spell]) -> bool:
    """Return whether a spell was open before a day.

    A deregistration ends a spell that was open before its day, or else one that opens on it. No
    earlier spell is open longer than the last one.
    """
    return bool(found) and (found[-1].until is None or found[-1].until >= day)
