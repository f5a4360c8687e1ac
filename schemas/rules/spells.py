"""Jobseeker spells (MI-01): from a registration until the person's next deregistration."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Generic, TypeVar

from ..events.matching import JobseekerDeregistered, JobseekerRegistered
from .recorded_fact import RecordedFact

F = TypeVar("F", bound=RecordedFact[JobseekerRegistered])


@dataclass(frozen=True, slots=True)
class Spell(Generic[F]):
    """One registration and the first day on which it is closed; None while it is open."""

    registered: F
    until: date | None


def spells(
    registrations: Iterable[F], deregistrations: Iterable[RecordedFact[JobseekerDeregistered]]
) -> list[Spell[F]]:
    """Return every spell of at least one day, from one person's facts in order.

    The ends of the spells returned never decrease.
    """
    ends = [fact.on for fact in deregistrations]
    found: list[Spell[F]] = []
    for day, opened in groupby(registrations, key=lambda fact: fact.on):
        ended = bisect_right(ends, day)
        if ended and ends[ended - 1] == day and not _is_open_before(day, found):
            continue
        until = ends[ended] if ended < len(ends) else None
        found.extend(Spell(fact, until) for fact in opened)
    return found


def _is_open_before(day: date, found: list[Spell[F]]) -> bool:
    """Return whether a spell was open before a day.

    A deregistration ends a spell that was open before its day, or else one that opens on it. No
    earlier spell is open longer than the last one.
    """
    return bool(found) and (found[-1].until is None or found[-1].until >= day)
