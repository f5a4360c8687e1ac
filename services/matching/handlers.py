"""What matching does with events: it keeps its lists, and proposes vacancies to jobseekers.

Whichever of the two sides arrives last triggers the proposal, so the lists do not depend on the
order of arrival.
"""

from collections.abc import Sequence
from datetime import date, datetime

from runtime.fact_handlers import apply_or_erase, erasure_replay
from runtime.messaging.record_processor import EventHandlers, OutgoingEvents, ReceivedEvent
from runtime.process.clock import belgrade_day
from runtime.process.ids import derived_event_id
from schemas.envelope import Envelope, new_event
from schemas.events.matching import (
    EmploymentConfirmed,
    JobseekerDeregistered,
    JobseekerRegistered,
    MatchDeclined,
    MatchingFactRetracted,
    MatchProposed,
    PlacementEnded,
    PlacementMade,
    VacancyClosed,
    VacancyOpened,
)
from schemas.events.registration import PersonErased, RegistrationFactRetracted, ReturneeRegistered
from schemas.events.training import CourseCompleted, TrainingFactRetracted
from services.matching import model
from services.matching.model import SOURCE, Proposal
from services.matching.repository import MatchingRepository


async def _propose_vacancies(
    event: ReceivedEvent, repository: MatchingRepository
) -> OutgoingEvents:
    """Apply a fact about a jobseeker, and propose to her the vacancies that suit her now."""
    await repository.apply(event)
    seeker = await repository.jobseeker(event.subject)
    if seeker is None or not _is_recent(event):
        return ()
    await repository.lock_council(seeker.council)
    vacancies = await repository.vacancies_near(seeker)
    known = await repository.proposed(seeker.person, [vacancy.code for vacancy in vacancies])
    return await _propose(event, model.proposals_to(seeker, vacancies, known), repository)


async def _propose_to_jobseekers(
    event: ReceivedEvent, repository: MatchingRepository
) -> OutgoingEvents:
    """Apply a fact about a vacancy, and propose it to the jobseekers whom it suits."""
    await repository.apply(event)
    vacancy = await repository.vacancy(event.subject)
    if vacancy is None or not _is_recent(event):
        return ()
    await repository.lock_council(vacancy.council)
    seekers = await repository.jobseekers_near(vacancy)
    return await _propose(event, model.proposals_of(vacancy, seekers), repository)


async def _propose(
    cause: ReceivedEvent, proposals: Sequence[Proposal], repository: MatchingRepository
) -> OutgoingEvents:
    await repository.propose(proposals, _reported_on(cause))
    return [_match_proposed(cause, proposal) for proposal in proposals]


def _match_proposed(cause: ReceivedEvent, proposal: Proposal) -> Envelope[MatchProposed]:
    event = MatchProposed(
        on=_reported_on(cause),
        municipality=proposal.vacancy.municipality,
        vacancy=proposal.vacancy.code,
        rank=proposal.rank,
    )
    return new_event(
        event,
        id=derived_event_id((cause.source, cause.id), event.TYPE, proposal.person, proposal.rank),
        source=SOURCE,
        subject=proposal.person,
        time=_reported_at(cause),
        causationid=cause.id,
        correlationid=cause.correlationid or cause.id,
        traceparent=cause.traceparent,
    )


def _is_recent(cause: ReceivedEvent) -> bool:
    return cause.data is not None and model.is_recent(cause.data.on, _reported_on(cause))


def _reported_on(cause: ReceivedEvent) -> date:
    return belgrade_day(_reported_at(cause))


def _reported_at(cause: ReceivedEvent) -> datetime:
    """The instant used as the present: consuming the cause again later gives the same events."""
    return cause.recordedtime or cause.time


EVENT_HANDLERS: EventHandlers = {
    ReturneeRegistered: _propose_vacancies,
    CourseCompleted: _propose_vacancies,
    JobseekerRegistered: _propose_vacancies,
    JobseekerDeregistered: apply_or_erase,
    VacancyOpened: _propose_to_jobseekers,
    VacancyClosed: apply_or_erase,
    MatchDeclined: apply_or_erase,
    PlacementMade: apply_or_erase,
    PlacementEnded: apply_or_erase,
    EmploymentConfirmed: apply_or_erase,
    PersonErased: apply_or_erase,
    RegistrationFactRetracted: apply_or_erase,
    TrainingFactRetracted: apply_or_erase,
    MatchingFactRetracted: apply_or_erase,
}

STARTUP_REPLAY = erasure_replay(PersonErased, MatchingRepository)
