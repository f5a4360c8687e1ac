"""Registration's rules: the follow-ups that a return plans, and which facts are refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from runtime.storage.fact import Facts, KnownFact, facts_of_type
from schemas.events.event import Event, PersonBlock
from schemas.events.matching import PlacementMade
from schemas.events.registration import (
    ConsentGranted,
    ConsentWithdrawn,
    FollowupRecorded,
    PersonMoved,
    ReturneeRegistered,
)
from schemas.periods import add_months
from schemas.rules.returns import returns_started
from schemas.validation.problems import refusal

SOURCE = "/services/registration"
_FOLLOWUP_MONTHS = (6, 12)  # after the return began, as MI-07 asks
_EARLY = timedelta(days=45)  # a follow-up may be recorded this long before its due day (MI-07)


ErasureReason = Literal[
    "consent_withdrawn", "objection", "no_longer_needed", "unlawful", "legal_duty"
]
"""The grounds for erasure in the law on personal data."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A visit that a return plans; `placed_on` is the first day of the latest known work."""

    person: str
    month: int
    due_on: date
    municipality: str
    is_open: bool
    placed_on: date | None


@dataclass(frozen=True, slots=True)
class PersonState:
    """What is known of a person at present; a consent that was never requested is not listed."""

    block: PersonBlock | None
    residence: str | None
    consents: Mapping[str, bool]


def followups(facts: Facts) -> tuple[FollowUp, ...]:
    """Return every follow-up that one person's returns plan, in any order of arrival."""
    starts = returns_started(facts_of_type(facts, ReturneeRegistered))
    ends = [*(start.on for start in starts[1:]), date.max]
    return tuple(
        _planned(start, month, [fact for fact in facts if start.on <= fact.on < end])
        for start, end in zip(starts, ends, strict=False)
        for month in _FOLLOWUP_MONTHS
    )


def person(facts: Facts) -> PersonState:
    """Return the latest person block, the latest residence and the state of each consent."""
    blocks = [fact.event for fact in facts if isinstance(fact.event, PersonBlock)]
    return PersonState(
        block=blocks[-1] if blocks else None,
        residence=_residence(facts),
        consents=_consents(facts),
    )


def validate(facts: Facts, event: Event) -> None:
    """Refuse what this service's own facts of the person exclude; other sources may know more."""
    deaths = [
        fact.on
        for fact in facts_of_type(facts, FollowupRecorded)
        if fact.source == SOURCE and fact.event.whereabouts == "died"
    ]
    if deaths and event.on > min(deaths):
        raise refusal(
            "E1302",
            "$.on",
            f"A follow-up of {min(deaths)} recorded that this person had died.",
            "Check the person's code and the day, or correct that follow-up first.",
        )


def _planned(start: KnownFact[ReturneeRegistered], month: int, since: Facts) -> FollowUp:
    due_on = add_months(start.on, month)
    is_recorded = any(
        visit.event.whereabouts == "died"
        or (visit.event.month == month and visit.on >= due_on - _EARLY)
        for visit in facts_of_type(since, FollowupRecorded)
    )
    return FollowUp(
        person=start.subject,
        month=month,
        due_on=due_on,
        municipality=start.event.municipality,
        is_open=not is_recorded,
        placed_on=max((job.on for job in facts_of_type(since, PlacementMade)), default=None),
    )


def _residence(facts: Facts) -> str | None:
    """Return the latest residence; a block without one changes nothing, on one day a move wins."""
    residences = [
        (fact.on, isinstance(fact.event, PersonMoved), fact.event.residence)
        for fact in facts
        if isinstance(fact.event, (PersonBlock, PersonMoved)) and fact.event.residence
    ]
    return max(reversed(residences), key=lambda each: each[:2])[2] if residences else None


def _consents(facts: Facts) -> dict[str, bool]:
    """Return the state of each consent; on one day a withdrawal wins, in any order of arrival."""
    newest: dict[str, tuple[date, bool]] = {}
    for fact in facts:
        if isinstance(fact.event, (ConsentGranted, ConsentWithdrawn)):
            state = (fact.on, isinstance(fact.event, ConsentWithdrawn))
            newest[fact.event.purpose] = max(newest.get(fact.event.purpose, state), state)
    return {purpose: not is_withdrawn for purpose, (_, is_withdrawn) in newest.items()}
