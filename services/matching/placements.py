"""Rules about jobs: which are to be checked, and which statements about them are refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from runtime.storage.fact import Facts, KnownFact, facts_of_type
from schemas.events.matching import EmploymentConfirmed, PlacementEnded, PlacementMade
from schemas.rules import jobs as rules
from schemas.validation.problems import refusal

_Job = rules.Job[KnownFact[PlacementMade]]


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
    return tuple(_check(job) for job in _jobs(facts) if not (job.is_ended or job.is_confirmed))


def _jobs(facts: Facts) -> Sequence[_Job]:
    """Return the person's jobs (MI-13), the first one first."""
    return rules.jobs(
        facts_of_type(facts, PlacementMade),
        facts_of_type(facts, PlacementEnded),
        facts_of_type(facts, EmploymentConfirmed),
    )


def validate(facts: Facts, event: PlacementEnded | EmploymentConfirmed, own: str) -> None:
    """Refuse a statement about a job that is unknown here, has not begun, or has ended before.

    A placement of another source may still arrive, so only this service's own must be known.
    """
    named = rules.placement_named(event, own)
    job = next((job for job in _jobs(facts) if named in job.names), None)
    if job is None:
        _refuse_unknown(named, own)
        return
    if event.on < job.first.on:
        raise refusal(
            "E1302", "$.on", f"The work began on {job.first.on}.", "Give that day or a later one."
        )
    ended_on = min(job.ended_on, default=None)
    if ended_on and (isinstance(event, PlacementEnded) or event.on > ended_on):
        raise refusal(
            "E1302",
            "$.placement",
            f"The work ended on {ended_on}.",
            "Correct or retract the fact of its end first.",
        )


def _check(job: _Job) -> EmploymentCheck:
    start = job.first
    return EmploymentCheck(
        person=start.subject,
        placement_source=start.source,
        placement=start.factid,
        municipality=start.event.municipality,
        due_on=job.due,
        first_on=job.confirmable.first,
        last_on=job.confirmable.last,
    )


def _refuse_unknown(named: rules.PlacementName, own: str) -> None:
    if named[0] == own:
        raise refusal(
            "E1302",
            "$.placement",
            "This service has published no such placement of the person.",
            "Check the code; if another source published it, give `placement_source`.",
        )
