"""What matching hears: who seeks work, who learnt a trade, who offers work; and what it proposes.

Whichever of the two sides comes last decides, so the lists are the same in any order of arrival.
"""

from collections.abc import Sequence
from datetime import date, datetime

from runtime.clock import belgrade_day
from runtime.first_read import FirstRead, Found
from runtime.ids import reaction_id
from runtime.listen import Heard, Hears, Says
from runtime.postgres import Connection
from schemas.envelope import Envelope, say
from schemas.matching import (
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
from schemas.registration import PersonErased, RegistrationFactRetracted, ReturneeRegistered
from schemas.rules import tells_of_erasure
from schemas.training import CourseCompleted, TrainingFactRetracted
from services.matching import model
from services.matching.model import SOURCE, Proposal
from services.matching.store import Book


async def note(heard: Heard, book: Book) -> Says:
    """The lists follow what was said, and hold nobody who is erased; nobody needs to be told."""
    if tells_of_erasure(heard):
        await book.forget(heard)
    else:
        await book.note(heard)
    return ()


async def forget(connection: Connection, found: Found) -> None:
    """Who was erased is forgotten again, if an older database has come back."""
    for erasure in found:
        await Book(connection).forget(erasure)


async def propose_vacancies(heard: Heard, book: Book) -> Says:
    """News of a jobseeker may open vacancies to her."""
    await book.note(heard)
    seeker = await book.jobseeker(heard.subject)
    if seeker is None or not _is_news(heard):
        return ()
    await book.meet(seeker.council)
    vacancies = await book.vacancies_near(seeker)
    said = await book.proposed(seeker.person, [vacancy.code for vacancy in vacancies])
    return await _say(heard, model.proposals_to(seeker, vacancies, said), book)


async def propose_to_jobseekers(heard: Heard, book: Book) -> Says:
    """A vacancy may fit somebody who seeks work already."""
    await book.note(heard)
    vacancy = await book.vacancy(heard.subject)
    if vacancy is None or not _is_news(heard):
        return ()
    await book.meet(vacancy.council)
    return await _say(heard, model.proposals_of(vacancy, await book.jobseekers_near(vacancy)), book)


async def _say(cause: Heard, proposals: Sequence[Proposal], book: Book) -> Says:
    await book.propose(proposals, _told_on(cause))
    return [_proposed(cause, proposal) for proposal in proposals]


def _proposed(cause: Heard, proposal: Proposal) -> Envelope[MatchProposed]:
    event = MatchProposed(
        on=_told_on(cause),
        municipality=proposal.vacancy.municipality,
        vacancy=proposal.vacancy.code,
        rank=proposal.rank,
    )
    return say(
        event,
        id=reaction_id((cause.source, cause.id), event.TYPE, proposal.person, proposal.rank),
        source=SOURCE,
        subject=proposal.person,
        time=_told_at(cause),
        causationid=cause.id,
        correlationid=cause.correlationid or cause.id,
        traceparent=cause.traceparent,
    )


def _is_news(cause: Heard) -> bool:
    return cause.data is not None and model.is_news(cause.data.on, _told_on(cause))


def _told_on(cause: Heard) -> date:
    return belgrade_day(_told_at(cause))


def _told_at(cause: Heard) -> datetime:
    """A reaction's now: hearing the cause again, years later, says the same."""
    return cause.recordedtime or cause.time


HEARS: Hears = {
    ReturneeRegistered: propose_vacancies,
    CourseCompleted: propose_vacancies,
    JobseekerRegistered: propose_vacancies,
    JobseekerDeregistered: note,
    VacancyOpened: propose_to_jobseekers,
    VacancyClosed: note,
    MatchDeclined: note,
    PlacementMade: note,
    PlacementEnded: note,
    EmploymentConfirmed: note,
    PersonErased: note,
    RegistrationFactRetracted: note,
    TrainingFactRetracted: note,
    MatchingFactRetracted: note,
}

FIRST_READ = FirstRead(PersonErased, followed_by="heard_position", keep=forget)
