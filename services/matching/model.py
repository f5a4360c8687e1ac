"""What matching decides: who seeks work, which vacancies to propose, which jobs to check."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from runtime.fact import Facts, told
from schemas.event import Event
from schemas.matching import (
    EmploymentConfirmed,
    JobseekerDeregistered,
    JobseekerRegistered,
    MatchDeclined,
    PlacementEnded,
    PlacementMade,
    VacancyClosed,
    VacancyOpened,
)
from schemas.problem import Refusal, refusal
from schemas.registration import ReturneeRegistered
from schemas.territory import council_of
from schemas.training import CourseCompleted
from schemas.vocabulary import VacancyOutcome
from services.matching import placements

SOURCE = "/services/matching"
NEWS = timedelta(days=90)  # a fact told later than this after its day is history: nobody is told
PROPOSALS_MAX = 5  # per cause: what an adviser can talk through with a person at one visit
MAJOR_DIGITS = 2  # occupations with the same sub-major group of ISCO-08 are near


@dataclass(frozen=True, slots=True)
class Jobseeker:
    """A person with an open spell: where she seeks work, since when, and what she can do."""

    person: str
    council: str
    since: date
    occupations: tuple[str, ...]
    declined: tuple[str, ...]
    """Vacancies that the person or the employer has said no to."""


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
        """The council that the place counts for."""
        return council_of(self.municipality)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A vacancy for a person; rank 1 of what is said at once fits best."""

    person: str
    vacancy: Vacancy
    rank: int


def jobseeker(facts: Facts) -> Jobseeker | None:
    """The person as jobseeker, whatever the order the facts were told in; None: no open spell."""
    spells = open_spells(facts)
    if not spells:
        return None
    skills = {
        *(spell.occupation for _, spell in spells),
        *(course.event.trade for course in told(facts, CourseCompleted)),
        *(start.event.occupation for start in told(facts, ReturneeRegistered)),
    }
    return Jobseeker(
        person=facts[0].subject,
        council=council_of(spells[-1][1].municipality),
        since=spells[0][0],
        occupations=tuple(sorted(skill for skill in skills if skill is not None)),
        declined=tuple(sorted({no.event.vacancy for no in told(facts, MatchDeclined)})),
    )


def open_spells(facts: Facts) -> list[tuple[date, JobseekerRegistered]]:
    """The spells that no deregistration has ended, by MI-01's rule.

    On one day the deregistration comes first; with nothing open before its day it ends what
    opens on that day.
    """
    ends = sorted({fact.on for fact in told(facts, JobseekerDeregistered)})
    spells = [(fact.on, fact.event) for fact in told(facts, JobseekerRegistered)]
    for end in ends:
        is_open_before = any(on < end for on, _ in spells)
        spells = [(on, spell) for on, spell in spells if on > end or (on == end and is_open_before)]
    return spells


def vacancy(facts: Facts) -> Vacancy | None:
    """The vacancy as last opened; the first closing on or after that day ends it."""
    openings = told(facts, VacancyOpened)
    if not openings:
        return None
    opened = openings[-1]
    closings = [fact for fact in told(facts, VacancyClosed) if fact.on >= opened.on]
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


def is_news(on: date, told_on: date) -> bool:
    """Whether a fact was told soon enough after its day that people may act on it."""
    return on >= told_on - NEWS


def proposals_to(
    seeker: Jobseeker, vacancies: Iterable[Vacancy], said: Collection[str]
) -> list[Proposal]:
    """What a person hears: the best of the vacancies that fit, less those said before."""
    fitting = [vacancy for vacancy in vacancies if fits(seeker, vacancy)]
    best = sorted(fitting, key=lambda vacancy: _for_person(seeker, vacancy))[:PROPOSALS_MAX]
    fresh = [vacancy for vacancy in best if vacancy.code not in said]
    return [Proposal(seeker.person, vacancy, rank) for rank, vacancy in enumerate(fresh, start=1)]


def proposals_of(vacancy: Vacancy, unaware: Iterable[Jobseeker]) -> list[Proposal]:
    """Who hears of a vacancy: of those who have not, the first few that it fits."""
    fitting = [seeker for seeker in unaware if fits(seeker, vacancy)]
    first = sorted(fitting, key=lambda seeker: _for_vacancy(vacancy, seeker))[:PROPOSALS_MAX]
    return [Proposal(seeker.person, vacancy, rank) for rank, seeker in enumerate(first, start=1)]


def fits(seeker: Jobseeker, vacancy: Vacancy) -> bool:
    """Open, in the council where the person seeks work, of a near occupation, not declined."""
    return (
        vacancy.closed_on is None
        and vacancy.council == seeker.council
        and vacancy.code not in seeker.declined
        and vacancy.occupation[:MAJOR_DIGITS] in near(seeker.occupations)
    )


def near(occupations: Iterable[str]) -> Sequence[str]:
    """The sub-major groups of some occupations."""
    return sorted({occupation[:MAJOR_DIGITS] for occupation in occupations})


def admit(facts: Facts, event: Event, named: Vacancy | None, *, is_proposed: bool) -> None:
    """Refuse what contradicts this service's own state; what others may know passes.

    `named` is the vacancy that the event names, if it is known; `is_proposed`: to this person.
    """
    match event:
        case VacancyOpened() | VacancyClosed():
            _admit_change(vacancy(facts), event)
        case PlacementMade():
            _admit_placement(event, named)
        case MatchDeclined():
            _admit_refusal(facts, event, is_proposed=is_proposed)
        case PlacementEnded() | EmploymentConfirmed():
            placements.admit(facts, event, SOURCE)
        case _:
            return


def _admit_change(known: Vacancy | None, event: VacancyOpened | VacancyClosed) -> None:
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


def _admit_placement(event: PlacementMade, named: Vacancy | None) -> None:
    """Work may begin after a vacancy was filled, but not after it was closed for other reasons."""
    if named is None or named.closed_on is None or named.outcome == "filled":
        return
    if event.on > named.closed_on:
        told_of = f"The vacancy was closed on {named.closed_on} as {named.outcome}."
        raise _impossible("$.vacancy", told_of)


def _admit_refusal(facts: Facts, event: MatchDeclined, *, is_proposed: bool) -> None:
    if not is_proposed:
        raise _impossible("$.vacancy", "This vacancy was not proposed to the person.")
    if any(fact.event.vacancy == event.vacancy for fact in told(facts, MatchDeclined)):
        raise _impossible("$.vacancy", "This proposal was declined before.")


def _impossible(path: str, detail: str) -> Refusal:
    return refusal(
        "E1302", path, detail, "Check the code and the day, or correct the fact that says so."
    )


def _for_person(seeker: Jobseeker, vacancy: Vacancy) -> tuple[bool, int, str]:
    """The very occupation first, then the newest."""
    return (
        vacancy.occupation not in seeker.occupations,
        -vacancy.opened_on.toordinal(),
        vacancy.code,
    )


def _for_vacancy(vacancy: Vacancy, seeker: Jobseeker) -> tuple[bool, date, str]:
    """The very occupation first, then whoever has waited longest."""
    return vacancy.occupation not in seeker.occupations, seeker.since, seeker.person
