"""Rules about jobs: which are to be checked, and which statements about them are refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from runtime.storage.fact import Facts, KnownFact, facts_of_type
from schemas.events.matching import EmploymentConfirmed, PlacementEnded, PlacementMade
from schemas.territory import council_of
from schemas.validation.problems import refusal

# MI-13: a job counts as kept if somebody confirms it around its 180th day.
CHECK_AFTER = timedelta(days=180)
CONFIRM_FIRST = timedelta(days=150)
CONFIRM_LAST = timedelta(days=270)
SAME_JOB = timedelta(days=14)  # two partners report the same job some days apart

Reference = tuple[str, str]
"""A placement by its source and factid."""
JobStatement = PlacementEnded | EmploymentConfirmed


@dataclass(frozen=True, slots=True)
class EmploymentCheck:
    """A job that must be confirmed between two days, or reported as ended by the due day."""

    person: str
    placement_source: str
    placement: str
    municipality: str
    due_on: date
    first_on: date
    last_on: date


def checks(facts: Facts) -> tuple[EmploymentCheck, ...]:
    """Return the checks that one person's jobs still need, in any order of arrival."""
    return tuple(
        _check(job[0])
        for job in jobs(facts)
        if not any(_settles(statement, job[0].on) for statement in _statements(facts, job))
    )


def jobs(facts: Facts) -> list[list[KnownFact[PlacementMade]]]:
    """Return the person's placements, reports of one job together (MI-13), the first one first."""
    found: list[list[KnownFact[PlacementMade]]] = []
    for placement in facts_of_type(facts, PlacementMade):
        same = [job for job in found if _is_same(job[0], placement)]
        if same:
            same[0].append(placement)
        else:
            found.append([placement])
    return found


def validate(facts: Facts, event: JobStatement, own: str) -> None:
    """Refuse a statement about a job that is unknown here, has not begun, or has ended before.

    A placement of another source may still arrive, so only this service's own must be known.
    """
    named = (event.placement_source or own, event.placement)
    job = next((job for job in jobs(facts) if named in map(_reference, job)), None)
    if job is None:
        _refuse_unknown(named, own)
        return
    if event.on < job[0].on:
        raise refusal(
            "E1302", "$.on", f"The work began on {job[0].on}.", "Give that day or a later one."
        )
    ends = [each.on for each in _statements(facts, job) if isinstance(each.event, PlacementEnded)]
    if ends and (isinstance(event, PlacementEnded) or event.on > min(ends)):
        raise refusal(
            "E1302",
            "$.placement",
            f"The work ended on {min(ends)}.",
            "Correct or retract the fact of its end first.",
        )


def _check(start: KnownFact[PlacementMade]) -> EmploymentCheck:
    return EmploymentCheck(
        person=start.subject,
        placement_source=start.source,
        placement=start.factid,
        municipality=start.event.municipality,
        due_on=start.on + CHECK_AFTER,
        first_on=start.on + CONFIRM_FIRST,
        last_on=start.on + CONFIRM_LAST,
    )


def _is_same(first: KnownFact[PlacementMade], later: KnownFact[PlacementMade]) -> bool:
    return later.on <= first.on + SAME_JOB and (
        council_of(later.event.municipality) == council_of(first.event.municipality)
    )


def _statements(
    facts: Facts, job: list[KnownFact[PlacementMade]]
) -> Iterator[KnownFact[JobStatement]]:
    """Yield the statements about any report of a job."""
    reports = {_reference(placement) for placement in job}
    statements: list[KnownFact[JobStatement]] = [
        *facts_of_type(facts, PlacementEnded),
        *facts_of_type(facts, EmploymentConfirmed),
    ]
    for fact in statements:
        if (fact.event.placement_source or fact.source, fact.event.placement) in reports:
            yield fact


def _settles(statement: KnownFact[JobStatement], begun_on: date) -> bool:
    match statement.event:
        case PlacementEnded():
            return statement.on <= begun_on + CHECK_AFTER
        case EmploymentConfirmed(evidence="self"):
            return False
        case EmploymentConfirmed():
            return begun_on + CONFIRM_FIRST <= statement.on <= begun_on + CONFIRM_LAST


def _reference(placement: KnownFact[PlacementMade]) -> Reference:
    return placement.source, placement.factid


def _refuse_unknown(named: Reference, own: str) -> None:
    if named[0] == own:
        raise refusal(
            "E1302",
            "$.placement",
            "This service has published no such placement of the person.",
            "Check the code; if another source published it, give `placement_source`.",
        )
