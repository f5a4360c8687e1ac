"""What every event has in common, and the block that describes a person."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from .codes import (
    BirthMonth,
    BirthYear,
    CivilDate,
    Flag,
    Maybe,
    Municipality,
    Occupation,
    Programmes,
    SetOf,
)
from .vocabulary import Group, Qualification, Sex


class Event(BaseModel):
    """The data of one event type. A subclass names its type and, if no person, its subject."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,  # a value that was refused is in no log
    )

    TYPE: ClassVar[str]
    SUBJECT: ClassVar[str]
    """The first letters of the codes it may be about; more than one only for retractions."""

    on: CivilDate

    def __init_subclass__(
        cls,
        type: str | None = None,  # noqa: A002 - CloudEvents calls it so
        subject: str = "p",
    ) -> None:
        super().__init_subclass__()
        if type is not None:
            cls.TYPE = type
            cls.SUBJECT = subject


class PersonBlock(Event):
    """Who the person is, in coarse attributes; its fields stand flat in the data."""

    municipality: Municipality
    programmes: Programmes = ()
    sex: Sex
    birth_year: BirthYear
    birth_month: Maybe[BirthMonth] = None
    residence: Maybe[Municipality] = None
    qualification: Qualification
    qualification_abroad: Flag = False
    occupation: Maybe[Occupation] = None
    groups: SetOf[Group]
