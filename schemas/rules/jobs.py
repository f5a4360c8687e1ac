"""The jobs of MI-13: several partners report the same job, so one job may be several placements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, TypeVar

from ..events.matching import EmploymentConfirmed, PlacementEnded, PlacementMade
from ..periods import DayRange
from ..territory import council_of
from .recorded_fact import RecordedFact

SAME_JOB_WITHIN = timedelta(days=14)
DUE_AFTER = timedelta(days=180)
CONFIRMED_FROM = timedelta(days=150)
CONFIRMED_UNTIL = timedelta(days=270)

F = TypeVar("F", bound=RecordedFact[PlacementMade])
_JobStatement = RecordedFact[PlacementEnded] | RecordedFact[EmploymentConfirmed]
PlacementName = tuple[str, str]
"""Source and factid of a placement."""


@dataclass(frozen=True, slots=True)
class Job(Generic[F]):
    """One job: the placements that report it, in the order of facts, and what was stated of it.

    Its date and place are those of its first report.
    """

    reports: Sequence[F]
    ended_on: tuple[date, ...]
    confirmed_on: tuple[date, ...]
    """Days on which somebody else than the person confirmed it."""

    @property
    def first(self) -> F:
        """The first report."""
        return self.reports[0]

    @property
    def due(self) -> date:
        """The day on which it counts as kept or not."""
        return self.first.on + DUE_AFTER

    @property
    def confirmable(self) -> DayRange:
        """The days on which a confirmation counts."""
        return DayRange(self.first.on + CONFIRMED_FROM, self.first.on + CONFIRMED_UNTIL)

    @property
    def is_ended(self) -> bool:
        """Whether an end by the due day was reported."""
        return any(day <= self.due for day in self.ended_on)

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody else than the person confirmed it around the due day."""
        confirmable = self.confirmable
        return any(confirmable.contains(day) for day in self.confirmed_on)

    @property
    def names(self) -> frozenset[PlacementName]:
        """The placements that report it."""
        return frozenset((report.source, report.factid) for report in self.reports)


def jobs(
    placements: Iterable[F],
    ends: Iterable[RecordedFact[PlacementEnded]],
    confirmations: Iterable[RecordedFact[EmploymentConfirmed]],
) -> list[Job[F]]:
    """Return every job of a person, from the person's facts in order."""
    ended_on = _days_by_placement(ends)
    confirmed_on = _days_by_placement(
        fact for fact in confirmations if fact.event.evidence != "self"
    )
    return [
        Job(reports, _ends_of(ended_on, reports), _days_of(confirmed_on, reports))
        for reports in job_reports(placements)
    ]


def job_reports(placements: Iterable[F]) -> list[list[F]]:
    """Group placements of one council that start at most 14 days after the group's first one."""
    found: list[list[F]] = []
    latest: dict[str, list[F]] = {}
    for placement in placements:
        council = council_of(placement.event.municipality)
        reports = latest.get(council)
        if reports and placement.on <= reports[0].on + SAME_JOB_WITHIN:
            reports.append(placement)
        else:
            latest[council] = [placement]
            found.append(latest[council])
    return found


def placement_named(event: PlacementEnded | EmploymentConfirmed, source: str) -> PlacementName:
    """Return the placement that a statement of a source names; its source defaults to that one."""
    return (event.placement_source or source, event.placement)


def _days_by_placement(statements: Iterable[_JobStatement]) -> Mapping[PlacementName, list[date]]:
    found: dict[PlacementName, list[date]] = {}
    for fact in statements:
        found.setdefault(placement_named(fact.event, fact.source), []).append(fact.on)
    return found


def _ends_of(days: Mapping[PlacementName, list[date]], reports: Iterable[F]) -> tuple[date, ...]:
    """Return the days of ends that name a report of a job; nothing ends before it began."""
    return tuple(
        day
        for report in reports
        for day in days.get((report.source, report.factid), ())
        if day >= report.on
    )


def _days_of(days: Mapping[PlacementName, list[date]], reports: Iterable[F]) -> tuple[date, ...]:
    """Return the days of the statements that name any report of a job."""
    named = ((report.source, report.factid) for report in reports)
    return tuple(day for name in named for day in days.get(name, ()))
