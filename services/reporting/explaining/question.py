"""What may be asked of a number: which one, from where on, between which moments."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from schemas.periods import parse
from schemas.problem import refusal
from services.reporting.answering.question import instant_of, place_of, tables_of
from services.reporting.counting.indicator import Indicator
from services.reporting.tables.table import TOTAL, Table

LIMIT_MAX = 1_000
"""Entries of one answer: some hundred kilobytes."""
OFFSET_MAX = 1_000_000_000


class Question(BaseModel):
    """The parameters of a question for what is behind a number."""

    model_config = ConfigDict(frozen=True)

    indicator: str = Field(max_length=20, examples=["MI-13"])
    place: str = Field(description="council, district, region, RS or RS-KM", examples=["70998"])
    period: str = Field(description="2023-06, 2023-Q2, 2023 or to-2023-06", examples=["2023"])
    measure: str | None = None
    split: str = TOTAL
    bucket: str | None = Field(default=None, max_length=100, description="one bucket of the split")
    since: str | None = Field(
        default=None,
        description="why the number is another one than it was known at this instant (RFC 3339)",
        examples=["2023-06-30T22:00:00Z"],
    )
    until: str | None = Field(default=None, description="the later instant; now if not given")
    limit: int = Field(default=LIMIT_MAX, ge=1, le=LIMIT_MAX, description="entries in the answer")
    after: str | None = Field(
        default=None, max_length=100, description="`next` of the answer before"
    )


Asked = Annotated[Question, Query()]


class After(BaseModel):
    """Where the answer before has ended: in a measure, on a day, after so many entries of it."""

    model_config = ConfigDict(frozen=True)

    measure: str
    on: date
    passed: int

    def __str__(self) -> str:
        return f"{self.measure}:{self.on}:{self.passed}"


def tables_asked(definition: Indicator, asked: Question) -> list[Table]:
    """The tables that hold the numbers; Refusal for what there is not."""
    if asked.bucket is not None and asked.split == TOTAL:
        detail = "A bucket is one of a split, and no split is named."
        raise refusal("E1016", "$query.bucket", detail, "Name the split of the bucket.")
    place, period = place_of(asked.place), parse(asked.period, "$query.period")
    return tables_of(definition, place, period, asked.split, asked.measure)


def moments_asked(asked: Question, now: datetime) -> tuple[datetime, datetime | None] | None:
    """Since when and until when (None: now) the change is asked for; Refusal if they are none."""
    if asked.since is None:
        if asked.until is None:
            return None
        detail = "Until when is asked, but not since when."
        raise refusal("E1016", "$query.until", detail, "Name `since` too.")
    since = instant_of(asked.since, "$query.since")
    until = None if asked.until is None else instant_of(asked.until, "$query.until")
    if since >= (until or now):
        detail = "It does not lie before the later moment."
        raise refusal("E1016", "$query.since", detail, "Ask from an earlier to a later instant.")
    if asked.split != TOTAL and asked.bucket is None:
        detail = "Only one number is compared with what it was, and a split has many."
        raise refusal("E1011", "$query.bucket", detail, "Name one bucket of the split.")
    return since, until


def after_asked(asked: Question, tables: Sequence[Table]) -> After | None:
    """Where to go on; Refusal for what no answer has given."""
    if asked.after is None:
        return None
    found = _AFTER.fullmatch(asked.after)
    if found and found["measure"] in {table.measure.name for table in tables}:
        try:
            return After.model_validate(found.groupdict())
        except ValueError:
            pass  # the form is right, but the calendar has no such day
    raise _no_place_to_go_on()


def offset_asked(asked: Question) -> int:
    """How many changes were given before; Refusal for what no answer has given."""
    if asked.after is None:
        return 0
    if asked.after.isascii() and asked.after.isdigit() and int(asked.after) <= OFFSET_MAX:
        return int(asked.after)
    raise _no_place_to_go_on()


def _no_place_to_go_on() -> Exception:
    detail = "This is not where an answer to this question has ended."
    return refusal("E1012", "$query.after", detail, "Pass `next` of the answer before, as it is.")


_AFTER = re.compile(
    r"(?P<measure>[A-Za-z0-9._-]+):(?P<on>\d{4}-\d{2}-\d{2}):(?P<passed>\d{1,9})", re.ASCII
)
