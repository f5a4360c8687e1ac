"""The base class of all event data, and the fields that describe a person."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from ..closed_lists import Group, Qualification, Sex
from ..codes import (
    BirthMonth,
    BirthYear,
    CivilDate,
    Flag,
    MunicipalityCode,
    OccupationCode,
    Omittable,
    Programmes,
    SetOf,
)


class Event(BaseModel):
    """The data of one event type. A subclass names its type, and its subject if it is no person."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        hide_input_in_errors=True,  # no log repeats a refused value
    )

    TYPE: ClassVar[str]
    SUBJECT: ClassVar[str]
    """The first letters of the subject's code; only retractions have more than one."""

    on: CivilDate

    def __init_subclass__(
        cls,
        type: str | None = None,  # noqa: A002 - the attribute's name in CloudEvents
        subject: str = "p",
    ) -> None:
        super().__init_subclass__()
        if type is not None:
            cls.TYPE = type
            cls.SUBJECT = subject


class PersonBlock(Event):
    """Coarse attributes of a person, for event types that describe one."""

    municipality: MunicipalityCode
    programmes: Programmes = ()
    sex: Sex
    birth_year: BirthYear
    birth_month: Omittable[BirthMonth] = None
    residence: Omittable[MunicipalityCode] = None
    qualification: Qualification
    qualification_abroad: Flag = False
    occupation: Omittable[OccupationCode] = None
    groups: SetOf[Group]
