"""Matching's HTTP API: facts of persons and vacancies to record, lists to read."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from runtime.process.clock import belgrade_day
from runtime.refusals import erased
from runtime.web.auth import OPERATOR
from runtime.web.dependencies import AFTER_STARTUP_REPLAY, ContextDep
from runtime.web.fact_routes import FactRoutes, add_fact_routes
from schemas.codes import MunicipalityCode, PersonCode
from schemas.events.matching import (
    BusinessClosed,
    BusinessStarted,
    EmploymentConfirmed,
    JobseekerDeregistered,
    JobseekerRegistered,
    MatchDeclined,
    PlacementEnded,
    PlacementMade,
    VacancyClosed,
    VacancyOpened,
)
from schemas.territory import council_of
from services.matching.model import SOURCE, Jobseeker, Vacancy
from services.matching.placements import EmploymentCheck
from services.matching.repository import CurrentProposal, MatchingRepository

ROWS_MAX = 1000  # as many as an adviser can read; a town has some hundreds who seek work

Rows = Annotated[int, Query(ge=1, le=ROWS_MAX)]

router = APIRouter(tags=["matching"], dependencies=[OPERATOR])


@router.get("/jobseekers", dependencies=[AFTER_STARTUP_REPLAY])
async def get_jobseekers(
    context: ContextDep, municipality: MunicipalityCode | None = None, rows_max: Rows = ROWS_MAX
) -> list[Jobseeker]:
    """Persons who seek work, the longest seeking first."""
    council = council_of(municipality) if municipality else None
    async with context.pool.acquire() as connection:
        return await MatchingRepository(connection).jobseekers(council, rows_max)


@router.get("/vacancies")
async def get_vacancies(
    context: ContextDep, municipality: MunicipalityCode | None = None, rows_max: Rows = ROWS_MAX
) -> list[Vacancy]:
    """The open vacancies, the newest first."""
    council = council_of(municipality) if municipality else None
    async with context.pool.acquire() as connection:
        return await MatchingRepository(connection).vacancies(council, rows_max)


@router.get("/proposals", dependencies=[AFTER_STARTUP_REPLAY])
async def get_proposals(
    context: ContextDep,
    person: PersonCode | None = None,
    municipality: MunicipalityCode | None = None,
    rows_max: Rows = ROWS_MAX,
) -> list[CurrentProposal]:
    """The proposals that are still open on both sides, for each person the few best."""
    council = council_of(municipality) if municipality else None
    async with context.pool.acquire() as connection:
        repository = MatchingRepository(connection)
        if person and await repository.facts.erasure_event(person):
            raise erased("$query.person")
        return await repository.current_proposals(person, council, rows_max)


@router.get("/checks", dependencies=[AFTER_STARTUP_REPLAY])
async def get_checks_due(
    context: ContextDep,
    until: date | None = None,
    municipality: MunicipalityCode | None = None,
    rows_max: Rows = ROWS_MAX,
) -> list[EmploymentCheck]:
    """Jobs to confirm that are due by a day (by default today), the longest due first."""
    council = council_of(municipality) if municipality else None
    async with context.pool.acquire() as connection:
        return await MatchingRepository(connection).checks_due(
            until or belgrade_day(context.clock()), council, rows_max
        )


FACT_ROUTES: FactRoutes = {
    "/persons/{subject}/registrations": JobseekerRegistered,
    "/persons/{subject}/deregistrations": JobseekerDeregistered,
    "/vacancies": VacancyOpened,
    "/vacancies/{subject}/closings": VacancyClosed,
    "/persons/{subject}/declines": MatchDeclined,
    "/persons/{subject}/placements": PlacementMade,
    "/persons/{subject}/placement-ends": PlacementEnded,
    "/persons/{subject}/confirmations": EmploymentConfirmed,
    "/persons/{subject}/businesses": BusinessStarted,
    "/persons/{subject}/business-closings": BusinessClosed,
}
add_fact_routes(router, SOURCE, MatchingRepository, FACT_ROUTES)
