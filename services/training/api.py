"""Training's HTTP API: courses to announce, facts to record, the waiting list to read."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from runtime.web.auth import OPERATOR
from runtime.web.dependencies import AFTER_STARTUP_REPLAY, ContextDep
from runtime.web.fact_routes import FactRoutes, add_fact_routes
from schemas.closed_lists import CourseKind
from schemas.codes import CivilDate, MunicipalityCode, Name, OccupationCode, Omittable
from schemas.events.training import (
    CourseCompleted,
    CourseDropped,
    CourseEnrolled,
    PracticeCompleted,
    PracticeStarted,
    QualificationRecognised,
    SchoolReenrolled,
)
from schemas.territory import council_of
from schemas.validation.personal_data import search_text
from schemas.validation.problems import Refusal
from services.training.model import SOURCE, Course, WaitingPerson
from services.training.repository import TrainingRepository

ROWS_MAX = 1000  # as many as an officer can read; a town has some dozens who wait

Rows = Annotated[int, Query(ge=1, le=ROWS_MAX)]

router = APIRouter(tags=["training"], dependencies=[OPERATOR])


class CourseAnnouncement(BaseModel):
    """The announcement of a course; enrolments in it must have the same kind and trade."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: CourseKind
    trade: Omittable[OccupationCode] = None
    municipality: MunicipalityCode
    starts_on: CivilDate


@router.put("/courses/{course}")
async def put_course(course: Name, announced: CourseAnnouncement, context: ContextDep) -> Course:
    """Announce a course, or change it. Courses of other organisations need no announcement."""
    problem = search_text(course)
    if problem is not None:
        raise Refusal(problem)
    known = Course(code=course, **dict(announced))
    async with context.pool.acquire() as connection:
        await TrainingRepository(connection).announce(known)
    return known


@router.get("/courses")
async def get_courses(
    context: ContextDep, municipality: MunicipalityCode | None = None, rows_max: Rows = ROWS_MAX
) -> list[Course]:
    """The announced courses, the newest first."""
    council = council_of(municipality) if municipality else None
    async with context.pool.acquire() as connection:
        return list(await TrainingRepository(connection).courses(council, rows_max))


@router.get("/waiting", dependencies=[AFTER_STARTUP_REPLAY])
async def get_waiting(
    context: ContextDep, municipality: MunicipalityCode | None = None, rows_max: Rows = ROWS_MAX
) -> list[WaitingPerson]:
    """Persons who need training and are not enrolled yet, the longest waiting first."""
    council = council_of(municipality) if municipality else None
    async with context.pool.acquire() as connection:
        return list(await TrainingRepository(connection).waiting(council, rows_max))


FACT_ROUTES: FactRoutes = {
    "/persons/{subject}/enrolments": CourseEnrolled,
    "/persons/{subject}/completions": CourseCompleted,
    "/persons/{subject}/drops": CourseDropped,
    "/persons/{subject}/practices": PracticeStarted,
    "/persons/{subject}/practice-completions": PracticeCompleted,
    "/persons/{subject}/school-enrolments": SchoolReenrolled,
    "/persons/{subject}/recognitions": QualificationRecognised,
}
add_fact_routes(router, SOURCE, TrainingRepository, FACT_ROUTES)
