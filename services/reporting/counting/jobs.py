"""The jobs of MI-13: partners tell the same job twice, so one job may be several placements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.matching import EmploymentConfirmed, PlacementEnded, PlacementMade
from schemas.territory import council_of
from services.reporting.counting.history import Days, Fact, History, remembered

SAME_JOB_WITHIN = timedelta(days=14)
DUE_AFTER = timedelta(days=180)
CONFIRMED_FROM = timedelta(days=150)
CONFIRMED_UNTIL = timedelta(days=270)

Tellings = list[Fact[PlacementMade]]
Reference = Fact[PlacementEnded] | Fact[EmploymentConfirmed]
DaysNamed = Mapping[tuple[str, str], Sequence[date]]
"""Days by (source, factid) of a placement."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job, dated and placed by its first telling in the order of facts."""

    first: Fact[PlacementMade]
    due: date
    is_ended: bool
    is_confirmed: bool


@remembered
def jobs(history: History) -> list[Job]:
    """Every job of the person: was it ended by its due day, was it confirmed around it."""
    ends = _days_named(history.of(PlacementEnded))
    confirmed = history.of(EmploymentConfirmed)
    proofs = _days_named(fact for fact in confirmed if fact.event.evidence != "self")
    return [_job(tellings, ends, proofs) for tellings in tellings_of_jobs(history)]


def tellings_of_jobs(history: History) -> list[Tellings]:
    """A placement tells the same job if it starts at most 14 days after the job's first one."""
    found: list[Tellings] = []
    latest: dict[str, Tellings] = {}
    for placement in history.of(PlacementMade):
        council = council_of(placement.event.municipality)
        tellings = latest.get(council)
        if tellings and placement.on <= tellings[0].on + SAME_JOB_WITHIN:
            tellings.append(placement)
        else:
            latest[council] = [placement]
            found.append(latest[council])
    return found


def _job(tellings: Tellings, ends: DaysNamed, proofs: DaysNamed) -> Job:
    first = tellings[0]
    due = first.on + DUE_AFTER
    proving = Days(first.on + CONFIRMED_FROM, first.on + CONFIRMED_UNTIL)
    return Job(
        first,
        due,
        is_ended=any(day <= due for day in _days_of(ends, tellings)),
        is_confirmed=any(proving.holds(day) for day in _days_of(proofs, tellings)),
    )


def _days_named(references: Iterable[Reference]) -> DaysNamed:
    """The days of facts by the placement they name; by default one of their own source."""
    found: dict[tuple[str, str], list[date]] = {}
    for fact in references:
        named = (fact.event.placement_source or fact.source, fact.event.placement)
        found.setdefault(named, []).append(fact.on)
    return found


def _days_of(references: DaysNamed, tellings: Tellings) -> list[date]:
    """The days of the facts that name any telling of the job."""
    named = ((telling.source, telling.factid) for telling in tellings)
    return [day for name in named for day in references.get(name, ())]
