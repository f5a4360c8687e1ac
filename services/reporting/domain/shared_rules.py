"""The rules of `schemas/rules/` on a history, each computed once for all measures that use it."""

from collections.abc import Sequence

from schemas.events.matching import (
    EmploymentConfirmed,
    JobseekerDeregistered,
    JobseekerRegistered,
    PlacementEnded,
    PlacementMade,
)
from schemas.events.registration import ReturneeRegistered
from schemas.rules import jobs as job_rules
from schemas.rules import returns as return_rules
from schemas.rules import spells as spell_rules
from services.reporting.domain.history import Fact, History, cached_on_history

Job = job_rules.Job[Fact[PlacementMade]]
Spell = spell_rules.Spell[Fact[JobseekerRegistered]]


@cached_on_history
def jobs(history: History) -> Sequence[Job]:
    """Return every job of the person."""
    return job_rules.jobs(
        history.of(PlacementMade), history.of(PlacementEnded), history.of(EmploymentConfirmed)
    )


@cached_on_history
def returns_started(history: History) -> Sequence[Fact[ReturneeRegistered]]:
    """Return every return of the person that starts an observation period."""
    return return_rules.returns_started(history.of(ReturneeRegistered))


@cached_on_history
def spells(history: History) -> Sequence[Spell]:
    """Return every jobseeker spell of the person."""
    return spell_rules.spells(history.of(JobseekerRegistered), history.of(JobseekerDeregistered))
