"""Targets over HTTP: beside the values they are set for, and as a list with their history."""

from collections.abc import Container, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from runtime.context import Context
from runtime.http import context
from runtime.keys import Given
from runtime.postgres import Pool
from schemas.territory import COUNCILS, councils_in, is_council
from services.reporting.answering.answers import (
    Answer,
    PaceAnswer,
    ProgressAnswer,
    number,
    whole_or_not,
)
from services.reporting.answering.question import indicator_of, only, place_of
from services.reporting.answering.reading import Answered
from services.reporting.answering.steward import known_instant
from services.reporting.counting.history import Fact
from services.reporting.expecting.reading import target_facts
from services.reporting.expecting.store import Wanted
from services.reporting.expecting.targets import (
    Cell,
    Target,
    Version,
    pace_of,
    progress,
    standing,
    targets_of,
)
from services.reporting.indicators import catalogue
from services.reporting.tables.table import TOTAL, Table, Value

Plumbing = Annotated[Context, Depends(context)]
router = APIRouter(tags=["expected"])


class TargetsQuestion(BaseModel):
    """Which targets; all of them if neither an indicator nor a place is named."""

    model_config = ConfigDict(frozen=True)

    indicator: str | None = Field(default=None, examples=["MI-13"])
    place: str | None = Field(default=None, examples=["70998"])
    known_at: str | None = Field(
        default=None,
        description="as they were known at this instant (RFC 3339); needs the steward's token",
        examples=["2023-06-30T22:00:00Z"],
    )


class VersionAnswer(Answer):
    """One statement of a target; `state`: counts, superseded or retracted."""

    value: int | float
    decision: str
    on: date
    source: str
    factid: str
    revision: int
    recorded_at: datetime
    state: str


class TargetAnswer(Answer):
    """What counts for a measure, place and period (null: taken back), and how it came to that.

    `is_known` is false where reporting has no such measure: the target is kept, and never read.
    """

    indicator: str
    measure: str
    place: str
    period: str
    value: int | float | None
    decision: str | None
    is_known: bool
    versions: tuple[VersionAnswer, ...]


class TargetsAnswer(Answer):
    """The targets that were asked for; `known_at` if it was."""

    known_at: datetime | None = None
    targets: tuple[TargetAnswer, ...]


@router.get(
    "/targets",
    dependencies=[Depends(only(*TargetsQuestion.model_fields))],
    response_model_exclude_unset=True,
)
async def get_targets(
    request: Request,
    plumbing: Plumbing,
    given: Given,
    asked: Annotated[TargetsQuestion, Query()],
) -> TargetsAnswer:
    """Return targets with their versions; `known_at` needs the steward's token."""
    instant = await known_instant(request, given, asked.known_at)
    definitions = catalogue(plumbing.declared)
    councils = COUNCILS if asked.place is None else councils_in(place_of(asked.place))
    indicator = None if asked.indicator is None else indicator_of(definitions, asked.indicator).id
    known = {name for each in definitions for name, _ in each.named_measures}
    found = [
        _target(target, known)
        for target in targets_of(
            await target_facts(plumbing.pool, Wanted(councils, indicator), instant)
        )
        if target.cell.council in councils
    ]
    answer = TargetsAnswer(targets=tuple(found))
    return answer if instant is None else answer.model_copy(update={"known_at": instant})


async def targets_beside(
    pool: Pool, answered: Answered, today: date, instant: datetime | None
) -> tuple[ProgressAnswer, ...]:
    """The targets of what was answered; only a council's totals have any."""
    table = answered[0][0]
    if table.split != TOTAL or not is_council(table.place):
        return ()
    wanted = Wanted([table.place], table.indicator.id, str(table.period))
    facts = await target_facts(pool, wanted, instant)
    return progress_answers(answered, facts, today)


def progress_answers(
    answered: Iterable[tuple[Table, Sequence[Value]]], facts: Iterable[Fact], today: date
) -> tuple[ProgressAnswer, ...]:
    """How far the totals have come to their targets, from all facts about targets of the place."""
    stands = standing(facts)
    return tuple(
        _progress(table, value, fact.event.decision, fact.event.value, today)
        for table, values in answered
        for value in values
        if value.bucket == TOTAL and (fact := stands.get(cell_of_table(table))) is not None
    )


def cell_of_table(table: Table) -> Cell:
    """What a target of this table's total is set for."""
    return Cell(table.indicator.id, table.measure.name, table.place, str(table.period))


def _progress(
    table: Table, value: Value, decision: str, target: str, today: date
) -> ProgressAnswer:
    pace = pace_of(table.period, today)
    come = progress(value, Decimal(target), pace)
    return ProgressAnswer(
        measure=table.measure.name,
        value=whole_or_not(Decimal(target)),
        decision=decision,
        percent=number(come.percent),
        pace=PaceAnswer(
            days_passed=pace.days_passed,
            days=pace.days,
            due_to_date=whole_or_not(come.due_to_date),
            pace_percent=number(come.pace_percent),
        ),
        state=come.state,
    )


def _target(target: Target, known: Container[str]) -> TargetAnswer:
    cell = target.cell
    return TargetAnswer(
        indicator=cell.indicator,
        measure=cell.measure,
        place=cell.council,
        period=cell.period,
        value=number(target.value),
        decision=target.decision,
        is_known=f"{cell.indicator}.{cell.measure}" in known,
        versions=tuple(map(_version, target.versions)),
    )


def _version(version: Version) -> VersionAnswer:
    return VersionAnswer(
        value=whole_or_not(version.value),
        decision=version.decision,
        on=version.on,
        source=version.source,
        factid=version.factid,
        revision=version.revision,
        recorded_at=version.recorded_at,
        state=version.state,
    )
