"""The door in over HTTP: facts of persons and vacancies to say, the lists of matching to read."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from runtime.clock import belgrade_day
from runtime.context import Context
from runtime.doors import Doors, add_doors
from runtime.http import AFTER_FIRST_READ, OPERATOR, context
from runtime.problems import gone
from schemas.codes import Municipality, Person
from schemas.matching import (
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
from services.matching.placements import Check
from services.matching.store import Book, Standing

ROWS_MAX = 1000  # what an adviser can look through; a town has some hundreds who seek work

Plumbing = Annotated[Context, Depends(context)]
Rows = Annotated[int, Query(ge=1, le=ROWS_MAX)]

router = APIRouter(tags=["matching"], dependencies=[OPERATOR])


@router.get("/jobseekers", dependencies=[AFTER_FIRST_READ])
async def get_jobseekers(
    plumbing: Plumbing, municipality: Municipality | None = None, rows_max: Rows = ROWS_MAX
) -> list[Jobseeker]:
    """Who seeks work, the longest first."""
    council = council_of(municipality) if municipality else None
    async with plumbing.pool.acquire() as connection:
        return await Book(connection).jobseekers(council, rows_max)


@router.get("/vacancies")
async def get_vacancies(
    plumbing: Plumbing, municipality: Municipality | None = None, rows_max: Rows = ROWS_MAX
) -> list[Vacancy]:
    """The open vacancies, the newest first."""
    council = council_of(municipality) if municipality else None
    async with plumbing.pool.acquire() as connection:
        return await Book(connection).vacancies(council, rows_max)


@router.get("/proposals", dependencies=[AFTER_FIRST_READ])
async def get_proposals(
    plumbing: Plumbing,
    person: Person | None = None,
    municipality: Municipality | None = None,
    rows_max: Rows = ROWS_MAX,
) -> list[Standing]:
    """The proposals whose both sides still stand, for each person the few best."""
    council = council_of(municipality) if municipality else None
    async with plumbing.pool.acquire() as connection:
        book = Book(connection)
        if person and await book.ledger.last(person):
            raise gone("$query.person")
        return await book.standing(person, council, rows_max)


@router.get("/checks", dependencies=[AFTER_FIRST_READ])
async def get_checks_due(
    plumbing: Plumbing,
    until: date | None = None,
    municipality: Municipality | None = None,
    rows_max: Rows = ROWS_MAX,
) -> list[Check]:
    """Jobs to be confirmed that are due by a day (by default today), the longest due first."""
    council = council_of(municipality) if municipality else None
    async with plumbing.pool.acquire() as connection:
        return await Book(connection).checks_due(
            until or belgrade_day(plumbing.clock()), council, rows_max
        )


DOORS: Doors = {
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
add_doors(router, SOURCE, Book, DOORS)
