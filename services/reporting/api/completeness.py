"""`GET /completeness`: who should report, who has through which day, and who is silent."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from runtime.web.auth import BearerToken
from runtime.web.dependencies import ContextDep
from schemas.periods import Period, parse_period
from services.reporting.completeness.loading import expected_completeness, load_completeness
from services.reporting.completeness.model import Completeness, SilentReporter
from services.reporting.completeness.reporters import DOMAINS, Reporter
from services.reporting.queries.parameters import allow_only, authorized_instant, parse_place
from services.reporting.queries.responses import (
    IncompleteResponse,
    ResponseModel,
    SilentResponse,
    silent_response,
)
from services.reporting.tables.table import Table

_NAMED_MAX = 20
"""Silent reporters in a response with values; /completeness lists all of them."""
router = APIRouter(tags=["expected"])


class CompletenessQuery(BaseModel):
    """The parameters of a request for completeness."""

    model_config = ConfigDict(frozen=True)

    place: str = Field(description="council, district, region, RS or RS-KM", examples=["70998"])
    period: str = Field(description="2023-06, 2023-Q2, 2023 or to-2023-06", examples=["2023"])
    as_of: str | None = Field(
        default=None,
        description="as of this instant (RFC 3339); needs the steward's token",
        examples=["2023-06-30T22:00:00Z"],
    )


class ReporterResponse(ResponseModel):
    """An organisation that should report; `through` is the least day over its councils.

    Null: it has never reported on one of them. `days_late` counts from its longest silence.
    """

    organisation: str
    through: date | None
    is_silent: bool
    days_late: int
    councils: int
    silent_councils: int


class UnlistedResponse(ResponseModel):
    """A report of an organisation that is not on the list: it does not affect completeness."""

    organisation: str
    municipality: str
    through: date


class DomainResponse(ResponseModel):
    """A domain: the day through which all expected reporters have reported, and who is silent.

    Where nobody is expected it is complete, and `through` is null.
    """

    domain: str
    is_complete: bool
    through: date | None
    councils: int
    silent_councils: int
    expected: tuple[ReporterResponse, ...]
    silent: tuple[SilentResponse, ...]
    extra: tuple[UnlistedResponse, ...]


class CompletenessResponse(ResponseModel):
    """The completeness of a place: all its councils must be reported on through `due_on`."""

    place: str
    period: str
    as_of: datetime | None = None
    due_on: date
    is_complete: bool
    domains: tuple[DomainResponse, ...]


@router.get(
    "/completeness",
    dependencies=[Depends(allow_only(*CompletenessQuery.model_fields))],
    response_model_exclude_unset=True,
)
async def get_completeness(
    request: Request,
    context: ContextDep,
    token: BearerToken,
    query: Annotated[CompletenessQuery, Query()],
) -> CompletenessResponse:
    """Return who has reported through which day; `as_of` needs the steward's token."""
    instant = await authorized_instant(request, token, query.as_of)
    place, period = parse_place(query.place), parse_period(query.period, "$query.period")
    expected = expected_completeness(context, instant)
    completeness = await load_completeness(context.pool, place, expected, instant)
    domains = tuple(_domain(completeness, place, domain, period) for domain in DOMAINS)
    response = CompletenessResponse(
        place=place,
        period=query.period,
        due_on=completeness.due_on(period),
        is_complete=all(each.is_complete for each in domains),
        domains=domains,
    )
    return response if instant is None else response.model_copy(update={"as_of": instant})


def incomplete_response(
    tables: Sequence[Table], completeness: Completeness
) -> IncompleteResponse | None:
    """Return the silent reporters for these tables of one period; None if there are none."""
    silent = sorted({each for table in tables for each in completeness.silent_for_table(table)})
    if not silent:
        return None
    return IncompleteResponse(
        due_on=completeness.due_on(tables[0].period),
        councils=len({each.council for each in silent}),
        silent=tuple(map(silent_response, silent[:_NAMED_MAX])),
    )


def _domain(completeness: Completeness, place: str, domain: str, period: Period) -> DomainResponse:
    expected = completeness.expected_reporters(place, [domain], period)
    silent = completeness.silent_reporters(place, [domain], period)
    organisations = sorted({each.organisation for each in expected})
    return DomainResponse(
        domain=domain,
        is_complete=not silent,
        through=_least_day(completeness, expected),
        councils=len({each.council for each in expected}),
        silent_councils=len({each.council for each in silent}),
        expected=tuple(
            _reporter(
                completeness,
                [each for each in expected if each.organisation == organisation],
                [each for each in silent if each.organisation == organisation],
                completeness.due_on(period),
            )
            for organisation in organisations
        ),
        silent=tuple(map(silent_response, silent)),
        extra=tuple(
            UnlistedResponse(
                organisation=key[0],
                municipality=key[2],
                through=completeness.reported_through[key],
            )
            for key in completeness.unlisted_reports(place)
            if key[1] == domain
        ),
    )


def _reporter(
    completeness: Completeness,
    own: Sequence[Reporter],
    silent: Sequence[SilentReporter],
    due_on: date,
) -> ReporterResponse:
    return ReporterResponse(
        organisation=own[0].organisation,
        through=_least_day(completeness, own),
        is_silent=bool(silent),
        days_late=max(((due_on - each.since).days + 1 for each in silent), default=0),
        councils=len(own),
        silent_councils=len(silent),
    )


def _least_day(completeness: Completeness, reporters: Sequence[Reporter]) -> date | None:
    """Return the least day through which these have reported; None if one never has."""
    days = [completeness.reported_through.get(each.key) for each in reporters]
    known = [day for day in days if day is not None]
    return min(known) if known and len(known) == len(days) else None
