"""Jobs as matching knows them: which are to be checked, and which words about them fail."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from runtime.fact import Fact, Facts, told
from schemas.matching import EmploymentConfirmed, PlacementEnded, PlacementMade
from schemas.problem import refusal
from schemas.territory import council_of

# MI-13: a job counts as kept if somebody confirms it around its 180th day.
CHECK_AFTER = timedelta(days=180)
CONFIRM_FIRST = timedelta(days=150)
CONFIRM_LAST = timedelta(days=270)
SAME_JOB = timedelta(days=14)  # partners tell the same job twice, some days apart

Reference = tuple[str, str]
"""A placement by its source and factid."""
Word = PlacementEnded | EmploymentConfirmed


@dataclass(frozen=True, slots=True)
class Check:
    """A job that somebody must confirm between two days, or say that it ended by the due day."""

    person: str
    placement_source: str
    placement: str
    municipality: str
    due_on: date
    first_on: date
    last_on: date


def checks(facts: Facts) -> tuple[Check, ...]:
    """The checks that one person's jobs still need, whatever the order they were told in."""
    return tuple(
        _check(job[0])
        for job in jobs(facts)
        if not any(_settles(word, job[0].on) for word in _words(facts, job))
    )


def jobs(facts: Facts) -> list[list[Fact[PlacementMade]]]:
    """The person's placements, tellings of one job together (MI-13), the first one first."""
    found: list[list[Fact[PlacementMade]]] = []
    for placement in told(facts, PlacementMade):
        same = [job for job in found if _is_same(job[0], placement)]
        if same:
            same[0].append(placement)
        else:
            found.append([placement])
    return found


def admit(facts: Facts, event: Word, own: str) -> None:
    """Refuse a word about a job that is not known here, has not begun, or has ended before.

    A placement of another source may still be on its way, so only our own must be known.
    """
    named = (event.placement_source or own, event.placement)
    job = next((job for job in jobs(facts) if named in map(_reference, job)), None)
    if job is None:
        _refuse_unknown(named, own)
        return
    if event.on < job[0].on:
        raise refusal(
            "E1302", "$.on", f"The work began on {job[0].on}.", "Say that day or a later one."
        )
    ends = [word.on for word in _words(facts, job) if isinstance(word.event, PlacementEnded)]
    if ends and (isinstance(event, PlacementEnded) or event.on > min(ends)):
        raise refusal(
            "E1302",
            "$.placement",
            f"The work ended on {min(ends)}.",
            "Correct or retract the fact that says so first.",
        )


def _check(start: Fact[PlacementMade]) -> Check:
    return Check(
        person=start.subject,
        placement_source=start.source,
        placement=start.factid,
        municipality=start.event.municipality,
        due_on=start.on + CHECK_AFTER,
        first_on=start.on + CONFIRM_FIRST,
        last_on=start.on + CONFIRM_LAST,
    )


def _is_same(first: Fact[PlacementMade], later: Fact[PlacementMade]) -> bool:
    return later.on <= first.on + SAME_JOB and (
        council_of(later.event.municipality) == council_of(first.event.municipality)
    )


def _words(facts: Facts, job: list[Fact[PlacementMade]]) -> Iterator[Fact[Word]]:
    """What was said about any telling of a job."""
    tellings = {_reference(placement) for placement in job}
    words: list[Fact[Word]] = [*told(facts, PlacementEnded), *told(facts, EmploymentConfirmed)]
    for fact in words:
        if (fact.event.placement_source or fact.source, fact.event.placement) in tellings:
            yield fact


def _settles(word: Fact[Word], begun_on: date) -> bool:
    match word.event:
        case PlacementEnded():
            return word.on <= begun_on + CHECK_AFTER
        case EmploymentConfirmed(evidence="self"):
            return False
        case EmploymentConfirmed():
            return begun_on + CONFIRM_FIRST <= word.on <= begun_on + CONFIRM_LAST


def _reference(placement: Fact[PlacementMade]) -> Reference:
    return placement.source, placement.factid


def _refuse_unknown(named: Reference, own: str) -> None:
    if named[0] == own:
        raise refusal(
            "E1302",
            "$.placement",
            "This service has stated no such placement of the person.",
            "Check the code; if another source stated it, name `placement_source`.",
        )
