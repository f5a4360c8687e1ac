"""`GET /targets`, and the progress towards targets that responses with values contain."""

from collections.abc import Container, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from runtime.storage.pool import Pool
from runtime.web.auth import BearerToken
from runtime.web.dependencies import ContextDep
from schemas.territory import COUNCILS, councils_in, is_council
from services.reporting.domain.history import Fact
from services.reporting.indicators import catalogue
from services.reporting.queries.parameters import (
    allow_only,
    authorized_instant,
    find_indicator,
    parse_place,
)
from services.reporting.queries.responses import (
    PaceResponse,
    ProgressResponse,
    ResponseModel,
    json_number,
    optional_json_number,
)
from services.reporting.queries.values import TableValues
from services.reporting.tables.table import TOTAL, Table, Value
from services.reporting.targets.model import (
    Target,
    TargetCell,
    TargetVersion,
    effective_targets,
    pace_of,
    progress,
    targets_with_versions,
)
from services.reporting.targets.queries import TargetFilter, target_facts

router = APIRouter(tags=["expected"])


class TargetsQuery(BaseModel):
    """The parameters of a request for targets; without indicator and place, for all of them."""

    model_config = ConfigDict(frozen=True)

    indicator: str | None = Field(default=None, examples=["MI-13"])
    place: str | None = Field(default=None, examples=["70998"])
    as_of: str | None = Field(
        default=None,
        description="as of this instant (RFC 3339); needs the steward's token",
        examples=["2023-06-30T22:00:00Z"],
    )


class TargetVersionResponse(ResponseModel):
    """One fact about a target; `state`: counts, superseded or retracted."""

    value: int | float
    decision: str
    on: date
    source: str
    factid: str
    revision: int
    recorded_at: datetime
    state: str


class TargetResponse(ResponseModel):
    """The target of a measure, place and period (null: retracted) and its versions.

    `is_known` is false if reporting has no such measure: the target is stored and never used.
    """

    indicator: str
    measure: str
    place: str
    period: str
    value: int | float | None
    decision: str | None
    is_known: bool
    versions: tuple[TargetVersionResponse, ...]


class TargetsResponse(ResponseModel):
    """The requested targets; `as_of` if it was requested."""

    as_of: datetime | None = None
    targets: tuple[TargetResponse, ...]


@router.get(
    "/targets",
    dependencies=[Depends(allow_only(*TargetsQuery.model_fields))],
    response_model_exclude_unset=True,
)
async def get_targets(
    request: Request,
    context: ContextDep,
    token: BearerToken,
    query: Annotated[TargetsQuery, Query()],
) -> TargetsResponse:
    """Return targets with their versions; `as_of` needs the steward's token."""
    instant = await authorized_instant(request, token, query.as_of)
    definitions = catalogue(context.declared)
    councils = COUNCILS if query.place is None else councils_in(parse_place(query.place))
    indicator = None
    if query.indicator is not None:
        indicator = find_indicator(definitions, query.indicator).id
    known = {name for each in definitions for name, _ in each.named_measures}
    facts = await target_facts(context.pool, TargetFilter(councils, indicator), instant)
    found = [
        _target(target, known)
        for target in targets_with_versions(facts)
        if target.cell.council in councils
    ]
    response = TargetsResponse(targets=tuple(found))
    return response if instant is None else response.model_copy(update={"as_of": instant})


async def target_progress(
    pool: Pool, values: TableValues, today: date, instant: datetime | None
) -> tuple[ProgressResponse, ...]:
    """Return the progress of the values of one table; only a council's totals have targets."""
    table = values[0][0]
    if table.split != TOTAL or not is_council(table.place):
        return ()
    wanted = TargetFilter([table.place], table.indicator.id, str(table.period))
    facts = await target_facts(pool, wanted, instant)
    return _progress_responses(values, facts, today)


def _progress_responses(
    values: Iterable[tuple[Table, Sequence[Value]]], facts: Iterable[Fact], today: date
) -> tuple[ProgressResponse, ...]:
    """Return the progress of totals, from all facts about targets of the place."""
    effective = effective_targets(facts)
    return tuple(
        _progress(table, value, fact.event.decision, fact.event.value, today)
        for table, table_values in values
        for value in table_values
        if value.bucket == TOTAL and (fact := effective.get(_cell_of_table(table))) is not None
    )


def _cell_of_table(table: Table) -> TargetCell:
    """Return the cell for which the target of a table's total is set."""
    return TargetCell(table.indicator.id, table.measure.name, table.place, str(table.period))


def _progress(
    table: Table, value: Value, decision: str, target: str, today: date
) -> ProgressResponse:
    pace = pace_of(table.period, today)
    reached = progress(value, Decimal(target), pace)
    return ProgressResponse(
        measure=table.measure.name,
        value=json_number(Decimal(target)),
        decision=decision,
        percent=optional_json_number(reached.percent),
        pace=PaceResponse(
            days_passed=pace.days_passed,
            days=pace.days,
            due_to_date=json_number(reached.due_to_date),
            pace_percent=optional_json_number(reached.pace_percent),
        ),
        state=reached.state,
    )


def _target(target: Target, known: Container[str]) -> TargetResponse:
    cell = target.cell
    return TargetResponse(
        indicator=cell.indicator,
        measure=cell.measure,
        place=cell.council,
        period=cell.period,
        value=optional_json_number(target.value),
        decision=target.decision,
        is_known=f"{cell.indicator}.{cell.measure}" in known,
        versions=tuple(map(_version, target.versions)),
    )


def _version(version: TargetVersion) -> TargetVersionResponse:
    return TargetVersionResponse(
        value=json_number(version.value),
        decision=version.decision,
        on=version.on,
        source=version.source,
        factid=version.factid,
        revision=version.revision,
        recorded_at=version.recorded_at,
        state=version.state,
    )
