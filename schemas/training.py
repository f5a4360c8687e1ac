"""Courses, school and work practice: the events of training."""

from typing import Self

from pydantic import ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from .codes import (
    Cycle,
    FactType,
    Flag,
    Grade,
    Hours,
    Maybe,
    Municipality,
    Name,
    Occupation,
    Organisation,
    Programmes,
)
from .event import Event
from .vocabulary import Certificate, CourseKind, DropReason, Qualification, RetractionReason


class CourseEnrolled(Event, type="training.course.enrolled.v1"):
    """A person has a place in a course and starts it."""

    municipality: Municipality
    programmes: Programmes = ()
    course: Name
    kind: CourseKind
    trade: Maybe[Occupation] = None


class CourseCompleted(Event, type="training.course.completed.v1"):
    """A person completes a course, or one cycle of elementary education."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": "elementary"}}},
            "then": {"required": ["cycle", "exam"]},
            "else": {"properties": {"cycle": False, "exam": False}},
        }
    )

    municipality: Municipality
    programmes: Programmes = ()
    course: Name
    kind: CourseKind
    trade: Maybe[Occupation] = None
    hours: Hours
    certificate: Certificate
    cycle: Maybe[Cycle] = None
    exam: Maybe[Flag] = None

    @model_validator(mode="after")
    def _cycle_and_exam_belong_to_elementary(self) -> Self:
        for name, value in (("cycle", self.cycle), ("exam", self.exam)):
            if (self.kind == "elementary") != (value is not None):
                raise PydanticCustomError("elementary_only", "{field}", {"field": name})
        return self


class CourseDropped(Event, type="training.course.dropped.v1"):
    """A person leaves a course before its end."""

    municipality: Municipality
    programmes: Programmes = ()
    course: Name
    reason: DropReason


class PracticeStarted(Event, type="training.practice.started.v1"):
    """A person starts a work practice with an employer."""

    municipality: Municipality
    programmes: Programmes = ()
    employer: Organisation
    occupation: Occupation


class PracticeCompleted(Event, type="training.practice.completed.v1"):
    """A person completes a work practice."""

    municipality: Municipality
    programmes: Programmes = ()
    employer: Organisation
    occupation: Occupation


class SchoolReenrolled(Event, type="training.school.reenrolled.v1"):
    """A person is back in school, in this grade."""

    municipality: Municipality
    programmes: Programmes = ()
    grade: Grade


class QualificationRecognised(Event, type="training.qualification.recognised.v1"):
    """A qualification earned abroad is recognised at a level of the national framework."""

    municipality: Municipality
    programmes: Programmes = ()
    qualification: Qualification
    occupation: Maybe[Occupation] = None


class TrainingFactRetracted(Event, type="training.fact.retracted.v1"):
    """A fact of training is taken back by the source that said it."""

    type: FactType
    reason: RetractionReason
