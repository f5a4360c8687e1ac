"""The door in over HTTP: courses to announce, facts of persons to say, the waiting list to read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict

from runtime.context import Context
from runtime.doors import Doors, add_doors
from runtime.http import AFTER_FIRST_READ, OPERATOR, context
from schemas.codes import CivilDate, Maybe, Municipality, Name, Occupation
from schemas.personal_data import search_text
from schemas.problem import Refusal
from schemas.territory import council_of
from schemas.training import (
    CourseCompleted,
    CourseDropped,
    CourseEnrolled,
    PracticeCompleted,
    PracticeStarted,
    QualificationRecognised,
    SchoolReenrolled,
)
from schemas.vocabulary import CourseKind
from services.training.model import SOURCE, Course, Waiting
from services.training.store import Book

ROWS_MAX = 1000  # what an officer can look through; a town has some dozens who wait

Plumbing = Annotated[Context, Depends(context)]
Rows = Annotated[int, Query(ge=1, le=ROWS_MAX)]

router = APIRouter(tags=["training"], dependencies=[OPERATOR])


class Announcement(BaseModel):
    """A course as it is announced; whoever enrols in it must agree in kind and trade."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: CourseKind
    trade: Maybe[Occupation] = None
    municipality: Municipality
    starts_on: CivilDate


@router.put("/courses/{course}")
async def put_course(course: Name, announced: Announcement, plumbing: Plumbing) -> Course:
    """Announce a course, or change it. Courses that others hold need not be announced here."""
    problem = search_text(course)
    if problem is not None:
        raise Refusal(problem)
    known = Course(code=course, **dict(announced))
    async with plumbing.pool.acquire() as connection:
        await Book(connection).announce(known)
    return known


@router.get("/courses")
async def get_courses(
    plumbing: Plumbing, municipality: Municipality | None = None, rows_max: Rows = ROWS_MAX
) -> list[Course]:
    """The courses announced, the newest first."""
    council = council_of(municipality) if municipality else None
    async with plumbing.pool.acquire() as connection:
        return list(await Book(connection).courses(council, rows_max))


@router.get("/waiting", dependencies=[AFTER_FIRST_READ])
async def get_waiting(
    plumbing: Plumbing, municipality: Municipality | None = None, rows_max: Rows = ROWS_MAX
) -> list[Waiting]:
    """Who needs training and has no place in a course yet, the longest waiting first."""
    council = council_of(municipality) if municipality else None
    async with plumbing.pool.acquire() as connection:
        return list(await Book(connection).waiting(council, rows_max))


DOORS: Doors = {
    "/persons/{subject}/enrolments": CourseEnrolled,
    "/persons/{subject}/completions": CourseCompleted,
    "/persons/{subject}/drops": CourseDropped,
    "/persons/{subject}/practices": PracticeStarted,
    "/persons/{subject}/practice-completions": PracticeCompleted,
    "/persons/{subject}/school-enrolments": SchoolReenrolled,
    "/persons/{subject}/recognitions": QualificationRecognised,
}
add_doors(router, SOURCE, Book, DOORS)
