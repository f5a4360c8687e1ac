"""Matching's rules: who seeks work, which vacancies to propose, which facts are refused."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from runtime.storage.fact import Facts, KnownFact, facts_of_type
from schemas.closed_lists import VacancyOutcome
from schemas.events.event import Event
from schemas.events.matching import (
    EmploymentConfirmed,
    JobseekerDeregistered,
    JobseekerRegistered,
    MatchDeclined,
    PlacementEnded,
    PlacementMade,
    VacancyClosed,
    VacancyOpened,
)
from schemas.events.registration import ReturneeRegistered
from schemas.events.training import CourseCompleted
from schemas.rules.spells import spells
from schemas.territory import council_of
from schemas.validation.problems import Refusal, refusal
from services.matching import placements

SOURCE = "/services/matching"
_RECENT = timedelta(days=90)  # a fact reported later after its day triggers no proposal
PROPOSALS_MAX = 5  # per cause: what an adviser can discuss with a person at one visit
_MAJOR_DIGITS = 2  # occupations with the same sub-major group of ISCO-08 are near


@dataclass(frozen=True, slots=True)
class Jobseeker:
    """A person with an open spell: the council, the first day, and the person's occupations."""

    person: str
    council: str
    since: date
    occupations: tuple[str, ...]
    declined: tuple[str, ...]
    """Vacancies that the person or the employer has declined."""


@dataclass(frozen=True, slots=True)
class Vacancy:
    """Positions that an employer offers, or offered until `closed_on`."""

    code: str
    municipality: str
    occupation: str
    positions: int
    opened_on: date
    closed_on: date | None
    outcome: VacancyOutcome | None

    @property
    def council(self) -> str:
        """The council that the municipality belongs to."""
        return council_of(self.municipality)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A vacancy for a person; of the proposals published together, rank 1 suits best."""

    person: str
    vacancy: Vacancy
    rank: int


def jobseeker(facts: Facts) -> Jobseeker | None:
    """Return the person as jobseeker, in any order of arrival; None without an open spell."""
    registered = open_registrations(facts)
    if not registered:
        return None
    skills = {
        *(fact.event.occupation for fact in registered),
        *(course.event.trade for course in facts_of_type(facts, CourseCompleted)),
        *(start.event.occupation for start in facts_of_type(facts, ReturneeRegistered)),
    }
    return Jobseeker(
        person=facts[0].subject,
        council=council_of(registered[-1].event.municipality),
        since=registered[0].on,
        occupations=tuple(sorted(skill for skill in skills if skill is not None)),
        declined=tuple(sorted({no.event.vacancy for no in facts_of_type(facts, MatchDeclined)})),
    )


def open_registrations(facts: Facts) -> list[KnownFact[JobseekerRegistered]]:
    """Return the registrations of the spells that are open, by MI-01's rule."""
    found = spells(
        facts_of_type(facts, JobseekerRegistered), facts_of_type(facts, JobseekerDeregistered)
    )
    return [spell.registered for spell in found if spell.until is None]


def vacancy(facts: Facts) -> Vacancy | None:
    """Return the vacancy as last opened; the first closing on or after that day ends it."""
    openings = facts_of_type(facts, VacancyOpened)
    if not openings:
        return None
    opened = openings[-1]
    closings = [fact for fact in facts_of_type(facts, VacancyClosed) if fact.on >= opened.on]
    closed = closings[0] if closings else None
    return Vacancy(
        code=opened.subject,
        municipality=opened.event.municipality,
        occupation=opened.event.occupation,
        positions=opened.event.positions,
        opened_on=opened.on,
        closed_on=closed.on if closed else None,
        outcome=closed.event.outcome if closed else None,
    )


def is_recent(on: date, reported_on: date) -> bool:
    """Return whether a fact was reported soon enough after its day to act on it."""
    return on >= reported_on - _RECENT


def proposals_to(
    seeker: Jobseeker, vacancies: Iterable[Vacancy], proposed: Collection[str]
) -> list[Proposal]:
    """Return proposals to a person: the best suitable vacancies, without those proposed before."""
    fitting = [vacancy for vacancy in vacancies if fits(seeker, vacancy)]
    best = sorted(fitting, key=lambda vacancy: _for_person(seeker, vacancy))[:PROPOSALS_MAX]
    fresh = [vacancy for vacancy in best if vacancy.code not in proposed]
    return [Proposal(seeker.person, vacancy, rank) for rank, vacancy in enumerate(fresh, start=1)]


def proposals_of(vacancy: Vacancy, jobseekers: Iterable[Jobseeker]) -> list[Proposal]:
    """Return proposals of a vacancy: to the first few of the jobseekers whom it suits."""
    fitting = [seeker for seeker in jobseekers if fits(seeker, vacancy)]
    first = sorted(fitting, key=lambda seeker: _for_vacancy(vacancy, seeker))[:PROPOSALS_MAX]
    return [Proposal(seeker.person, vacancy, rank) for rank, seeker in enumerate(first, start=1)]


def fits(seeker: Jobseeker, vacancy: Vacancy) -> bool:
    """Return whether it is open, in the person's council, of a near occupation, not declined."""
    return (
        vacancy.closed_on is None
        and vacancy.council == seeker.council
        and vacancy.code not in seeker.declined
        and vacancy.occupation[:_MAJOR_DIGITS] in near(seeker.occupations)
    )


def near(occupations: Iterable[str]) -> Sequence[str]:
    """Return the sub-major groups of some occupations."""
    return sorted({occupation[:_MAJOR_DIGITS] for occupation in occupations})


def validate(facts: Facts, event: Event, named: Vacancy | None, *, is_proposed: bool) -> None:
    """Refuse what contradicts this service's own state; other sources may know more.

    `named` is the vacancy that the event names, if it is known; `is_proposed`: to this person.
    """
    match event:
        case VacancyOpened() | VacancyClosed():
            _validate_change(vacancy(facts), event)
        case PlacementMade():
            _validate_placement(event, named)
        case MatchDeclined():
            _validate_decline(facts, event, is_proposed=is_proposed)
        case PlacementEnded() | EmploymentConfirmed():
            placements.validate(facts, event, SOURCE)
        case _:
            return


def _validate_change(known: Vacancy | None, event: VacancyOpened | VacancyClosed) -> None:
    if known is None:
        return
    if isinstance(event, VacancyOpened):
        if known.closed_on is None:
            raise _impossible("$.on", f"The vacancy is open since {known.opened_on}.")
        return
    if known.closed_on is not None:
        raise _impossible("$.on", f"The vacancy was closed on {known.closed_on}.")
    if event.filled_positions > known.positions:
        raise _impossible("$.filled_positions", f"It was opened with {known.positions} positions.")


def _validate_placement(event: PlacementMade, named: Vacancy | None) -> None:
    """Work may begin after a vacancy was filled, but not after it was closed for other reasons."""
    if named is None or named.closed_on is None or named.outcome == "filled":
        return
    if event.on > named.closed_on:
        detail = f"The vacancy was closed on {named.closed_on} as {named.outcome}."
        raise _impossible("$.vacancy", detail)


def _validate_decline(facts: Facts, event: MatchDeclined, *, is_proposed: bool) -> None:
    if not is_proposed:
        raise _impossible("$.vacancy", "This vacancy was not proposed to the person.")
    if any(fact.event.vacancy == event.vacancy for fact in facts_of_type(facts, MatchDeclined)):
        raise _impossible("$.vacancy", "This proposal was declined before.")


def _impossible(path: str, detail: str) -> Refusal:
    return refusal(
        "E1302", path, detail, "Check the code and the day, or correct the contradicting fact."
    )


def _for_person(seeker: Jobseeker, vacancy: Vacancy) -> tuple[bool, int, str]:
    """Sort key: the same occupation first, then the newest."""
    return (
        vacancy.occupation not in seeker.occupations,
        -vacancy.opened_on.toordinal(),
        vacancy.code,
    )


def _for_vacancy(vacancy: Vacancy, seeker: Jobseeker) -> tuple[bool, date, str]:
    """Sort key: the same occupation first, then the longest seeking."""
    return vacancy.occupation not in seeker.occupations, seeker.since, seeker.person
