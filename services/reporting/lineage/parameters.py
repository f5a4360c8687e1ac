"""The query parameters of `GET /explain`, parsed and checked."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from schemas.periods import parse_period
from schemas.validation.problems import refusal
from services.reporting.domain.indicator import Indicator
from services.reporting.queries.parameters import parse_place, past_instant, tables_for
from services.reporting.tables.table import TOTAL, Table

_LIMIT_MAX = 1_000
"""Entries in one response: some hundred kilobytes."""
_OFFSET_MAX = 1_000_000_000


class ExplainQuery(BaseModel):
    """The query parameters of `GET /explain`."""

    model_config = ConfigDict(frozen=True)

    indicator: str = Field(max_length=20, examples=["MI-13"])
    place: str = Field(description="council, district, region, RS or RS-KM", examples=["70998"])
    period: str = Field(description="2023-06, 2023-Q2, 2023 or to-2023-06", examples=["2023"])
    measure: str | None = None
    split: str = TOTAL
    bucket: str | None = Field(default=None, max_length=100, description="one bucket of the split")
    since: str | None = Field(
        default=None,
        description="explain the change since this instant (RFC 3339)",
        examples=["2023-06-30T22:00:00Z"],
    )
    until: str | None = Field(default=None, description="the later instant; now if not given")
    limit: int = Field(
        default=_LIMIT_MAX, ge=1, le=_LIMIT_MAX, description="entries in the response"
    )
    after: str | None = Field(
        default=None, max_length=100, description="`next` of the previous response"
    )


ExplainParams = Annotated[ExplainQuery, Query()]


class PageCursor(BaseModel):
    """Where the previous page ended: in a measure, on a day, after so many entries of that day."""

    model_config = ConfigDict(frozen=True)

    measure: str
    on: date
    skip: int

    def __str__(self) -> str:
        return f"{self.measure}:{self.on}:{self.skip}"


def requested_tables(definition: Indicator, query: ExplainQuery) -> list[Table]:
    """Return the tables that hold the numbers; Refusal for unknown ones."""
    if query.bucket is not None and query.split == TOTAL:
        detail = "A bucket belongs to a split, and no split is given."
        raise refusal("E1016", "$query.bucket", detail, "Pass the split of the bucket.")
    place, period = parse_place(query.place), parse_period(query.period, "$query.period")
    return tables_for(definition, place, period, query.split, query.measure)


def requested_interval(
    query: ExplainQuery, now: datetime
) -> tuple[datetime, datetime | None] | None:
    """Return since when and until when (None: now) a change is requested; None if it is not."""
    if query.since is None:
        if query.until is None:
            return None
        detail = "`until` is given without `since`."
        raise refusal("E1016", "$query.until", detail, "Pass `since` too.")
    since = past_instant(query.since, "$query.since", now)
    until = None if query.until is None else past_instant(query.until, "$query.until", now)
    if since >= (until or now):
        detail = "It is not before the later instant."
        raise refusal("E1016", "$query.since", detail, "Ask from an earlier to a later instant.")
    if query.split != TOTAL and query.bucket is None:
        detail = "Only one number is compared, and a split has many."
        raise refusal("E1011", "$query.bucket", detail, "Pass one bucket of the split.")
    return since, until


def requested_cursor(query: ExplainQuery, tables: Sequence[Table]) -> PageCursor | None:
    """Return where to continue; Refusal for a cursor that no response contained."""
    if query.after is None:
        return None
    found = _AFTER.fullmatch(query.after)
    if found and found["measure"] in {table.measure.name for table in tables}:
        try:
            return PageCursor.model_validate(found.groupdict())
        except ValueError:
            pass  # the form is right, but the calendar has no such day
    raise _invalid_cursor()


def requested_offset(query: ExplainQuery) -> int:
    """Return how many changed entries to skip; Refusal for an offset that no response contained."""
    if query.after is None:
        return 0
    if query.after.isascii() and query.after.isdigit() and int(query.after) <= _OFFSET_MAX:
        return int(query.after)
    raise _invalid_cursor()


def _invalid_cursor() -> Exception:
    detail = "This is no `next` of a response to this query."
    return refusal(
        "E1012", "$query.after", detail, "Pass `next` of the previous response unchanged."
    )


_AFTER = re.compile(
    r"(?P<measure>[A-Za-z0-9._-]+):(?P<on>\d{4}-\d{2}-\d{2}):(?P<skip>\d{1,9})", re.ASCII
)
