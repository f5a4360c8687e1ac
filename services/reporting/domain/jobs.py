"""The jobs of MI-13: several partners report the same job, so one job may be several placements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.events.matching import EmploymentConfirmed, PlacementEnded, PlacementMade
from schemas.territory import council_of
from services.reporting.domain.history import DayRange, Fact, History, cached_on_history

SAME_JOB_WITHIN = timedelta(days=14)
DUE_AFTER = timedelta(days=180)
CONFIRMED_FROM = timedelta(days=150)
CONFIRMED_UNTIL = timedelta(days=270)

JobReports = list[Fact[PlacementMade]]
"""The placements that report one job, in the order of facts."""
Reference = Fact[PlacementEnded] | Fact[EmploymentConfirmed]
DaysNamed = Mapping[tuple[str, str], Sequence[date]]
"""Days by (source, factid) of a placement."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job; its date and place are those of its first report in the order of facts."""

    first: Fact[PlacementMade]
    due: date
    is_ended: bool
    is_confirmed: bool


@cached_on_history
def jobs(history: History) -> list[Job]:
    """Return every job of the person: whether it ended by its due day, and was confirmed then."""
    ends = _days_named(history.of(PlacementEnded))
    confirmed = history.of(EmploymentConfirmed)
    proofs = _days_named(fact for fact in confirmed if fact.event.evidence != "self")
    return [_job(reports, ends, proofs) for reports in job_reports(history)]


def job_reports(history: History) -> list[JobReports]:
    """Group placements of one council that start at most 14 days after the group's first one."""
    found: list[JobReports] = []
    latest: dict[str, JobReports] = {}
    for placement in history.of(PlacementMade):
        council = council_of(placement.event.municipality)
        reports = latest.get(council)
        if reports and placement.on <= reports[0].on + SAME_JOB_WITHIN:
            reports.append(placement)
        else:
            latest[council] = [placement]
            found.append(latest[council])
    return found


def _job(reports: JobReports, ends: DaysNamed, proofs: DaysNamed) -> Job:
    first = reports[0]
    due = first.on + DUE_AFTER
    confirming = DayRange(first.on + CONFIRMED_FROM, first.on + CONFIRMED_UNTIL)
    return Job(
        first,
        due,
        is_ended=any(day <= due for day in _days_of(ends, reports)),
        is_confirmed=any(confirming.contains(day) for day in _days_of(proofs, reports)),
    )


def _days_named(references: Iterable[Reference]) -> DaysNamed:
    """Return the days of facts by the placement they name; its source defaults to their own."""
    found: dict[tuple[str, str], list[date]] = {}
    for fact in references:
        named = (fact.event.placement_source or fact.source, fact.event.placement)
        found.setdefault(named, []).append(fact.on)
    return found


def _days_of(references: DaysNamed, reports: JobReports) -> list[date]:
    """Return the days of the facts that name any report of the job."""
    named = ((report.source, report.factid) for report in reports)
    return [day for name in named for day in references.get(name, ())]
