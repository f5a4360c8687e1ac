"""The types of event fields: codes, dates, numbers; and the creation of random codes."""

import re
from datetime import date
from typing import Annotated, Final, Literal, TypeVar

from pydantic import Field, StringConstraints

from . import patterns
from .annotations import IsoDate, ListedCode, OmittedWhenNone, UniqueItems
from .code_lists import code_list

CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
RANDOM_BYTES = 16  # 128 bits: collisions are impossible in practice, and a code reveals nothing


def new_code(prefix: Literal["p", "v", "o"], random: bytes) -> str:
    """Make a code from 16 random bytes: the prefix, a hyphen, 26 letters and digits (base 32)."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a code takes {RANDOM_BYTES} random bytes, not {len(random)}")
    number = int.from_bytes(random)
    return f"{prefix}-" + "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def is_random_code(code: str) -> bool:
    """Return whether a person, vacancy or organisation code is random, not a public short name.

    A short name of exactly 26 letters of Crockford's base 32 would be taken for a random code.
    """
    return _RANDOM_CODE.fullmatch(code) is not None


def municipalities() -> frozenset[str]:
    """Return every code that an event may have: councils, city municipalities, aliases."""
    return frozenset(row["code"] for row in code_list("municipalities"))


def unit_groups() -> frozenset[str]:
    """Return the four-digit codes of the ISCO-08 unit groups, for occupations and trades."""
    return frozenset(row["code"] for row in code_list("isco08") if row["level"] == "unit")


def countries() -> frozenset[str]:
    """Return the codes of ISO 3166-1 alpha-2, and XK (Kosovo)."""
    return frozenset(row["code"] for row in code_list("countries"))


_RANDOM_CODE = re.compile(patterns.RANDOM_CODE)

T = TypeVar("T")
Omittable = Annotated[T | None, OmittedWhenNone()]
SetOf = Annotated[tuple[T, ...], UniqueItems()]
Flag = Annotated[bool, Field(strict=True)]
Integer = Annotated[int, Field(strict=True)]

CivilDate = Annotated[date, IsoDate()]
MunicipalityCode = Annotated[str, ListedCode("municipality", municipalities, patterns.MUNICIPALITY)]
OccupationCode = Annotated[str, ListedCode("occupation", unit_groups, patterns.OCCUPATION)]
CountryCode = Annotated[str, ListedCode("country", countries, patterns.COUNTRY)]
PersonCode = Annotated[str, StringConstraints(pattern=patterns.PERSON)]
VacancyCode = Annotated[str, StringConstraints(pattern=patterns.VACANCY)]
OrganisationCode = Annotated[str, StringConstraints(pattern=patterns.ORGANISATION)]
Name = Annotated[str, StringConstraints(pattern=patterns.NAME)]
Programmes = SetOf[Name]
Decimal = Annotated[str, StringConstraints(pattern=patterns.DECIMAL)]
PeriodText = Annotated[str, StringConstraints(pattern=patterns.PERIOD)]
AnyPeriodText = Annotated[str, StringConstraints(pattern=patterns.ANY_PERIOD)]
Digest = Annotated[str, StringConstraints(pattern=patterns.DIGEST)]

Id = Annotated[str, StringConstraints(pattern=patterns.ID)]
Source = Annotated[str, StringConstraints(pattern=patterns.SOURCE)]
TypeName = Annotated[str, StringConstraints(pattern=patterns.TYPE)]
FactType = Annotated[str, StringConstraints(pattern=patterns.FACT_TYPE)]
Subject = Annotated[str, StringConstraints(pattern=patterns.SUBJECT)]
InstantText = Annotated[str, StringConstraints(pattern=patterns.INSTANT)]
OffsetInstantText = Annotated[str, StringConstraints(pattern=patterns.OFFSET_INSTANT)]
ContentType = Annotated[str, StringConstraints(pattern=patterns.CONTENT_TYPE)]
TraceParent = Annotated[str, StringConstraints(pattern=patterns.TRACEPARENT)]

BirthYear = Annotated[Integer, Field(ge=1900, le=2100)]
BirthMonth = Annotated[Integer, Field(ge=1, le=12)]
Months = Annotated[Integer, Field(ge=0, le=600)]
Hours = Annotated[Integer, Field(ge=1, le=5000)]
Cycle = Annotated[Integer, Field(ge=1, le=3)]
Grade = Annotated[Integer, Field(ge=1, le=12)]
Positions = Annotated[Integer, Field(ge=1, le=10_000)]
FilledPositions = Annotated[Integer, Field(ge=0, le=10_000)]
Rank = Annotated[Integer, Field(ge=1, le=100)]
Counter = Annotated[Integer, Field(ge=1, le=2_147_483_647)]  # CloudEvents integers have 32 bits
