"""Jobseeker spells (MI-01): from a registration until the person's next deregistration."""

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

    def is_open_on(self, day: date) -> bool:
        """Whether the person was a jobseeker by this registration on that day."""
        return self.registered.on <= day and (self.until is None or day < self.until)


@remembered
def spells(history: History) -> list[Spell]:
    """Every jobseeker spell of at least one day."""
    ends = [fact.on for fact in history.of(JobseekerDeregistered)]
    found: list[Spell] = []
    for day, opened in groupby(history.of(JobseekerRegistered), key=lambda fact: fact.on):
        if day in ends and not _is_open_before(day, found):
            continue
        until = next((end for end in ends if end > day), None)
        found.extend(Spell(fact, until) for fact in opened)
    return found


def _is_open_before(day: date, found: list[Spell]) -> bool:
    """A deregistration ends what was open before its day, or else what opens on it."""
    return any(spell.until is None or spell.until >= day for spell in found)
