"""The events of training: courses, school, work practice, qualifications."""

from typing import Self

from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from ..closed_lists import Certificate, CourseKind, DropReason, Qualification, RetractionReason
from ..codes import (
    Cycle,
    FactType,
    Flag,
    Grade,
    Hours,
    MunicipalityCode,
    Name,
    OccupationCode,
    Omittable,
    OrganisationCode,
    Programmes,
)
from .event import Event


class CourseEnrolled(Event, type="training.course.enrolled.v1"):
    """A person is enrolled in a course and starts it."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    course: Name
    kind: CourseKind
    trade: Omittable[OccupationCode] = None


class CourseCompleted(Event, type="training.course.completed.v1"):
    """A person completes a course, or one cycle of elementary education."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": "elementary"}}},
            "then": {"required": ["cycle", "exam"]},
            "else": {"properties": {"cycle": False, "exam": False}},
        }
    )

    municipality: MunicipalityCode
    programmes: Programmes = ()
    course: Name
    kind: CourseKind
    trade: Omittable[OccupationCode] = None
    hours: Hours
    certificate: Certificate
    cycle: Omittable[Cycle] = None
    exam: Omittable[Flag] = None

    @model_validator(mode="after")
    def _cycle_and_exam_belong_to_elementary(self) -> Self:
        for name, value in (("cycle", self.cycle), ("exam", self.exam)):
            if (self.kind == "elementary") != (value is not None):
                raise PydanticCustomError("elementary_only", "{field}", {"field": name})
        return self


class CourseDropped(Event, type="training.course.dropped.v1"):
    """A person leaves a course before its end."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    course: Name
    reason: DropReason


class PracticeStarted(Event, type="training.practice.started.v1"):
    """A person starts a work practice with an employer."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    employer: OrganisationCode
    occupation: OccupationCode


class PracticeCompleted(Event, type="training.practice.completed.v1"):
    """A person completes a work practice."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    employer: OrganisationCode
    occupation: OccupationCode


class SchoolReenrolled(Event, type="training.school.reenrolled.v1"):
    """A person returns to school, in this grade."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    grade: Grade


class QualificationRecognised(Event, type="training.qualification.recognised.v1"):
    """A qualification earned abroad is recognised at a level of the national framework."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    qualification: Qualification
    occupation: Omittable[OccupationCode] = None


class TrainingFactRetracted(Event, type="training.fact.retracted.v1"):
    """The source of a training fact retracts it."""

    type: FactType
    reason: RetractionReason
