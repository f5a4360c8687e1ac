"""The codes and values that fields hold, as types for the models; and fresh codes."""

import re
from datetime import date
from typing import Annotated, Final, Literal, TypeVar

from pydantic import Field, StringConstraints

from . import forms
from .annotations import CivilDay, Listed, MayBeLeftOut, NoRepeats
from .lists import rows

CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
RANDOM_BYTES = 16  # 128 bits: two codes never meet, and nothing can be read out of one


def fresh_code(prefix: Literal["p", "v", "o"], random: bytes) -> str:
    """A new code out of 16 random bytes: 26 letters and digits after the prefix."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a code takes {RANDOM_BYTES} random bytes, not {len(random)}")
    number = int.from_bytes(random)
    return f"{prefix}-" + "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def is_random_code(code: str) -> bool:
    """Whether a person, vacancy or organisation code is a random one, not a public name.

    A public name of exactly 26 letters that Crockford's alphabet has would pass for one.
    """
    return _RANDOM_CODE.fullmatch(code) is not None


def municipalities() -> frozenset[str]:
    """Every code that may be said: councils, city municipalities, aliases."""
    return frozenset(row["code"] for row in rows("municipalities"))


def unit_groups() -> frozenset[str]:
    """The ISCO-08 unit groups: the four-digit codes an occupation or trade may have."""
    return frozenset(row["code"] for row in rows("isco08") if row["level"] == "unit")


def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2, and XK."""
    return frozenset(row["code"] for row in rows("countries"))


_RANDOM_CODE = re.compile(forms.RANDOM_CODE)

T = TypeVar("T")
Maybe = Annotated[T | None, MayBeLeftOut()]
SetOf = Annotated[tuple[T, ...], NoRepeats()]
Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]

CivilDate = Annotated[date, CivilDay()]
Municipality = Annotated[str, Listed("municipality", municipalities, forms.MUNICIPALITY)]
Occupation = Annotated[str, Listed("occupation", unit_groups, forms.OCCUPATION)]
Country = Annotated[str, Listed("country", countries, forms.COUNTRY)]
Person = Annotated[str, StringConstraints(pattern=forms.PERSON)]
Vacancy = Annotated[str, StringConstraints(pattern=forms.VACANCY)]
Organisation = Annotated[str, StringConstraints(pattern=forms.ORGANISATION)]
Name = Annotated[str, StringConstraints(pattern=forms.NAME)]
Programmes = SetOf[Name]
Decimal = Annotated[str, StringConstraints(pattern=forms.DECIMAL)]
PeriodText = Annotated[str, StringConstraints(pattern=forms.PERIOD)]
AnyPeriodText = Annotated[str, StringConstraints(pattern=forms.ANY_PERIOD)]
Digest = Annotated[str, StringConstraints(pattern=forms.DIGEST)]

Id = Annotated[str, StringConstraints(pattern=forms.ID)]
Source = Annotated[str, StringConstraints(pattern=forms.SOURCE)]
TypeName = Annotated[str, StringConstraints(pattern=forms.TYPE)]
FactType = Annotated[str, StringConstraints(pattern=forms.FACT_TYPE)]
Subject = Annotated[str, StringConstraints(pattern=forms.SUBJECT)]
InstantText = Annotated[str, StringConstraints(pattern=forms.INSTANT)]
TraceParent = Annotated[str, StringConstraints(pattern=forms.TRACEPARENT)]

BirthYear = Annotated[Whole, Field(ge=1900, le=2100)]
BirthMonth = Annotated[Whole, Field(ge=1, le=12)]
Months = Annotated[Whole, Field(ge=0, le=600)]
Hours = Annotated[Whole, Field(ge=1, le=5000)]
Cycle = Annotated[Whole, Field(ge=1, le=3)]
Grade = Annotated[Whole, Field(ge=1, le=12)]
Positions = Annotated[Whole, Field(ge=1, le=10_000)]
FilledPositions = Annotated[Whole, Field(ge=0, le=10_000)]
Rank = Annotated[Whole, Field(ge=1, le=100)]
Counter = Annotated[Whole, Field(ge=1, le=2_147_483_647)]  # a 32-bit integer, as CloudEvents has it
