"""Completeness over HTTP: who should report, who has through which day, and who is silent."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from runtime.clock import belgrade_day
from runtime.context import Context
from runtime.http import context
from runtime.keys import Given
from schemas.periods import Period, parse
from services.reporting.answering.answers import Answer, IncompleteAnswer, SilentAnswer
from services.reporting.answering.question import only, place_of
from services.reporting.answering.steward import known_instant
from services.reporting.expecting.completeness import Completeness, Silent
from services.reporting.expecting.reading import completeness_at, reporters_of
from services.reporting.expecting.reporters import DOMAINS, Reporter
from services.reporting.tables.table import Table

Plumbing = Annotated[Context, Depends(context)]
NAMED_MAX = 20
"""Beside a value; the country has hundreds of reporters, and /completeness names them all."""
router = APIRouter(tags=["expected"])


class CompletenessQuestion(BaseModel):
    """Of which place and period."""

    model_config = ConfigDict(frozen=True)

    place: str = Field(description="council, district, region, RS or RS-KM", examples=["70998"])
    period: str = Field(description="2023-06, 2023-Q2, 2023 or to-2023-06", examples=["2023"])
    known_at: str | None = Field(
        default=None,
        description="as it was known at this instant (RFC 3339); needs the steward's token",
        examples=["2023-06-30T22:00:00Z"],
    )


class ReporterAnswer(Answer):
    """An organisation that should report: `through` is the least over the councils it should for.

    Null: it has never reported of one of them. `days_late` counts from its longest silence.
    """

    organisation: str
    through: date | None
    is_silent: bool
    days_late: int
    councils: int
    silent_councils: int


class ExtraAnswer(Answer):
    """What was reported by somebody who is not on the list: it changes nothing."""

    organisation: str
    municipality: str
    through: date


class DomainAnswer(Answer):
    """A domain: the day through which everybody who should has reported, and who is silent.

    Where nobody is expected it is complete, and `through` is null.
    """

    domain: str
    is_complete: bool
    through: date | None
    councils: int
    silent_councils: int
    expected: tuple[ReporterAnswer, ...]
    silent: tuple[SilentAnswer, ...]
    extra: tuple[ExtraAnswer, ...]


class CompletenessAnswer(Answer):
    """A place is as complete as the worst of its councils: everybody reports through `due_on`."""

    place: str
    period: str
    known_at: datetime | None = None
    due_on: date
    is_complete: bool
    domains: tuple[DomainAnswer, ...]


@router.get(
    "/completeness",
    dependencies=[Depends(only(*CompletenessQuestion.model_fields))],
    response_model_exclude_unset=True,
)
async def get_completeness(
    request: Request,
    plumbing: Plumbing,
    given: Given,
    asked: Annotated[CompletenessQuestion, Query()],
) -> CompletenessAnswer:
    """Return who has reported through which day; `known_at` needs the steward's token."""
    instant = await known_instant(request, given, asked.known_at)
    place, period = place_of(asked.place), parse(asked.period, "$query.period")
    expected = expected_now(plumbing, instant)
    told = await completeness_at(plumbing.pool, place, expected, instant)
    domains = tuple(_domain(told, place, domain, period) for domain in DOMAINS)
    answer = CompletenessAnswer(
        place=place,
        period=asked.period,
        due_on=told.due_on(period),
        is_complete=all(each.is_complete for each in domains),
        domains=domains,
    )
    return answer if instant is None else answer.model_copy(update={"known_at": instant})


def expected_now(plumbing: Context, instant: datetime | None = None) -> Completeness:
    """Who should report, on the day of an instant or today; nothing is heard yet."""
    now = plumbing.clock()
    today = belgrade_day(now if instant is None else min(instant, now))
    return Completeness(today, reporters_of(plumbing.settings, plumbing.declared))


def incomplete_answer(
    tables: Sequence[Table], completeness: Completeness
) -> IncompleteAnswer | None:
    """Who is silent that should have reported what these tables of one period count."""
    silent = sorted({each for table in tables for each in completeness.silent_on(table)})
    if not silent:
        return None
    return IncompleteAnswer(
        due_on=completeness.due_on(tables[0].period),
        councils=len({each.council for each in silent}),
        silent=tuple(map(_silent, silent[:NAMED_MAX])),
    )


def _domain(told: Completeness, place: str, domain: str, period: Period) -> DomainAnswer:
    expected = told.expected(place, [domain], period)
    silent = told.silent(place, [domain], period)
    organisations = sorted({each.organisation for each in expected})
    return DomainAnswer(
        domain=domain,
        is_complete=not silent,
        through=_through(told, expected),
        councils=len({each.council for each in expected}),
        silent_councils=len({each.council for each in silent}),
        expected=tuple(
            _reporter(
                told,
                [each for each in expected if each.organisation == organisation],
                [each for each in silent if each.organisation == organisation],
                told.due_on(period),
            )
            for organisation in organisations
        ),
        silent=tuple(map(_silent, silent)),
        extra=tuple(
            ExtraAnswer(organisation=key[0], municipality=key[2], through=told.through[key])
            for key in told.unlisted(place)
            if key[1] == domain
        ),
    )


def _reporter(
    told: Completeness, mine: Sequence[Reporter], silent: Sequence[Silent], due_on: date
) -> ReporterAnswer:
    return ReporterAnswer(
        organisation=mine[0].organisation,
        through=_through(told, mine),
        is_silent=bool(silent),
        days_late=max(((due_on - each.since).days + 1 for each in silent), default=0),
        councils=len(mine),
        silent_councils=len(silent),
    )


def _through(told: Completeness, reporters: Sequence[Reporter]) -> date | None:
    """The least day through which these have reported; None if one never has."""
    days = [told.through.get(each.key) for each in reporters]
    known = [day for day in days if day is not None]
    return min(known) if known and len(known) == len(days) else None


def _silent(silent: Silent) -> SilentAnswer:
    return SilentAnswer(
        organisation=silent.organisation,
        domain=silent.domain,
        municipality=silent.council,
        since=silent.since,
    )
