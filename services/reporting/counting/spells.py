"""Jobseeker spells (MI-01): from a registration until the person's next deregistration."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from schemas.matching import JobseekerDeregistered, JobseekerRegistered
from services.reporting.counting.history import Fact, History, remembered


@dataclass(frozen=True, slots=True)
class Spell:
    """One registration and the day on which it was over; it is open before that day."""

    registered: Fact[JobseekerRegistered]
    until: date | None


@remembered
def spells(history: History) -> list[Spell]:
    """Every jobseeker spell of at least one day; who registers later is not over sooner."""
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
    """A deregistration ends what was open before its day, or else what opens on it.

    Of the spells before none is open longer than the last.
    """
    return bool(found) and (found[-1].until is None or found[-1].until >= day)
