"""The forms that codes take: patterns, annotated types for the models, and fresh codes."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core import core_schema as cs

from .lists import rows

CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"
RANDOM_BYTES = 16  # 128 bits: two codes never meet, and nothing can be read out of one

ID_PATTERN: Final = r"^[A-Za-z0-9._:-]{1,64}$"
SOURCE_PATTERN: Final = r"^/(services|partners)/[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
TYPE_PATTERN: Final = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.v[1-9][0-9]{0,3}$"
FACT_TYPE_PATTERN: Final = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
RANDOM_PATTERN: Final = r"[0-9a-hjkmnp-tv-z]{26}"
PERSON_PATTERN: Final = rf"^p-{RANDOM_PATTERN}$"
VACANCY_PATTERN: Final = rf"^v-{RANDOM_PATTERN}$"
ORGANISATION_PATTERN: Final = rf"^o-({RANDOM_PATTERN}|[a-z-]{{2,40}})$"
NAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{1,39}$"
MUNICIPALITY_PATTERN: Final = r"^[0-9]{5}$"
OCCUPATION_PATTERN: Final = r"^[0-9]{4}$"
COUNTRY_PATTERN: Final = r"^[A-Z]{2}$"
DECIMAL_PATTERN: Final = r"^-?[0-9]{1,12}(\.[0-9]{1,4})?$"
DATE_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
TIME_PATTERN: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-]00:00)$"
)
PERIOD_PATTERN: Final = r"^[12][0-9]{3}(-(0[1-9]|1[0-2])|-Q[1-4])?$"
ANY_PERIOD_PATTERN: Final = (
    r"^([12][0-9]{3}(-(0[1-9]|1[0-2])|-Q[1-4])?|to-[12][0-9]{3}-(0[1-9]|1[0-2]))$"  # noqa: E501 - one pattern, one line
)
TRACEPARENT_PATTERN: Final = r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
DIGEST_PATTERN: Final = r"^[0-9a-f]{64}$"

SUBJECT_PATTERNS: Final = {
    "p": PERSON_PATTERN,
    "v": VACANCY_PATTERN,
    "o": ORGANISATION_PATTERN,
    "s": r"^s-[A-Za-z0-9][A-Za-z0-9._-]{1,39}$",
    "t": r"^t-[A-Za-z0-9][A-Za-z0-9._-]{1,39}$",
    "m": r"^m-[0-9]{5}$",
}
SUBJECT_PATTERN: Final = "|".join(SUBJECT_PATTERNS.values())


def fresh_code(prefix: Literal["p", "v", "o"], random: bytes) -> str:
    """A new code out of 16 random bytes: 26 letters and digits after the prefix."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a code takes {RANDOM_BYTES} random bytes, not {len(random)}")
    number = int.from_bytes(random)
    return f"{prefix}-" + "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def is_random_code(code: str) -> bool:
    """Whether a person, vacancy or organisation code is a random one (not a public name)."""
    return _RANDOM_CODE.fullmatch(code) is not None


def unit_groups() -> frozenset[str]:
    """The ISCO-08 unit groups: the four-digit codes an occupation or trade may have."""
    return frozenset(row["code"] for row in rows("isco08") if row["level"] == "unit")


def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2, and XK."""
    return frozenset(row["code"] for row in rows("countries"))


_RANDOM_CODE = re.compile(rf"[pvo]-{RANDOM_PATTERN}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A code of a shipped list. The list is checked; the JSON Schema shows only the form."""

    name: str
    codes: Callable[[], Collection[str]]
    pattern: str

    def __get_pydantic_core_schema__(self, _source: object, _: GetCoreSchemaHandler) -> CoreSchema:
        return cs.custom_error_schema(
            cs.literal_schema(sorted(self.codes())),
            custom_error_type=f"unknown_{self.name}",
            custom_error_message=f"no {self.name} of the list",
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": self.pattern, "x-list": self.name}


class CivilDay:
    """A civil date: a `date`, or its ISO form with four, two and two digits, nothing else."""

    def __get_pydantic_core_schema__(self, _source: object, _: GetCoreSchemaHandler) -> CoreSchema:
        said = cs.chain_schema([cs.str_schema(pattern=DATE_PATTERN), cs.date_schema()])
        either = cs.union_schema([said, cs.date_schema(strict=True)], mode="left_to_right")
        return cs.custom_error_schema(
            either,
            custom_error_type="civil_date",
            custom_error_message="no date like 2023-03-02",
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "date", "pattern": DATE_PATTERN}


class MayBeLeftOut:
    """An optional field: `None` inside, left out on the wire, where null is refused."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        assert schema["type"] == "nullable"  # noqa: S101 - the alias below is `T | None`
        return handler(schema["schema"])


class NoRepeats:
    """A list in which nothing stands twice; its order means nothing."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return cs.no_info_after_validator_function(_without_repeats, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "uniqueItems": True}


def _without_repeats(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(values) > 1 and len(set(values)) < len(values):
        raise PydanticCustomError("repeated", "an element stands twice")
    return values


T = TypeVar("T")
Maybe = Annotated[T | None, MayBeLeftOut()]
SetOf = Annotated[tuple[T, ...], NoRepeats()]

Flag = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]

CivilDate = Annotated[date, CivilDay()]
Municipality = Annotated[
    str,
    Listed(
        "municipality", lambda: [r["code"] for r in rows("municipalities")], MUNICIPALITY_PATTERN
    ),
]
Occupation = Annotated[str, Listed("occupation", unit_groups, OCCUPATION_PATTERN)]
Country = Annotated[str, Listed("country", countries, COUNTRY_PATTERN)]
Person = Annotated[str, StringConstraints(pattern=PERSON_PATTERN)]
Vacancy = Annotated[str, StringConstraints(pattern=VACANCY_PATTERN)]
Organisation = Annotated[str, StringConstraints(pattern=ORGANISATION_PATTERN)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Programmes = SetOf[Name]
FactId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Source = Annotated[str, StringConstraints(pattern=SOURCE_PATTERN)]
FactType = Annotated[str, StringConstraints(pattern=FACT_TYPE_PATTERN)]
Decimal = Annotated[str, StringConstraints(pattern=DECIMAL_PATTERN)]
PeriodText = Annotated[str, StringConstraints(pattern=PERIOD_PATTERN)]
AnyPeriodText = Annotated[str, StringConstraints(pattern=ANY_PERIOD_PATTERN)]
Digest = Annotated[str, StringConstraints(pattern=DIGEST_PATTERN)]

BirthYear = Annotated[Whole, Field(ge=1900, le=2100)]
BirthMonth = Annotated[Whole, Field(ge=1, le=12)]
Months = Annotated[Whole, Field(ge=0, le=600)]
Hours = Annotated[Whole, Field(ge=1, le=5000)]
Cycle = Annotated[Whole, Field(ge=1, le=3)]
Grade = Annotated[Whole, Field(ge=1, le=12)]
Positions = Annotated[Whole, Field(ge=1, le=10_000)]
FilledPositions = Annotated[Whole, Field(ge=0, le=10_000)]
Rank = Annotated[Whole, Field(ge=1, le=100)]
Version = Annotated[Whole, Field(ge=1, le=2_147_483_647)]
Subject = Annotated[str, StringConstraints(pattern=SUBJECT_PATTERN)]
TypeName = Annotated[str, StringConstraints(pattern=TYPE_PATTERN)]
InstantText = Annotated[str, StringConstraints(pattern=TIME_PATTERN)]
TraceParent = Annotated[str, StringConstraints(pattern=TRACEPARENT_PATTERN)]
