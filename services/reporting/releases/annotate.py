"""Annotates values with the latest release of their period, and the frozen totals that differ."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from runtime.context import Context
from runtime.storage.pool import Pool
from schemas.periods import Period
from schemas.territory import is_council
from services.reporting.publication.policy import is_live
from services.reporting.queries.responses import (
    ReleaseResponse,
    ValueResponse,
    ValuesResponse,
    optional_json_number,
)
from services.reporting.queries.snapshot import snapshot
from services.reporting.releases.model import (
    ReleaseStep,
    ReleaseValue,
    StepHistory,
    StepTaken,
    closing_step,
    differs,
    exact_decimal,
    latest_approval,
)
from services.reporting.releases.repository import ReleaseRepository
from services.reporting.tables.table import TOTAL, Table, Value


async def annotate(
    context: Context, response: ValuesResponse, tables: Sequence[Table]
) -> ValuesResponse:
    """Return the response with its release; unchanged if the period was never closed."""
    if not tables or tables[0].period.first is None or not is_council(tables[0].place):
        return response
    live = [table.name for table in tables if is_live(table)]
    found = await latest_release(context.pool, tables[0].place, tables[0].period, live)
    if found is None:
        return response
    release = ReleaseResponse(
        version=found.version,
        digest=found.digest,
        closed_at=found.closed_at,
        state=found.state,
    )
    rows = tuple(_with_frozen(found, response.indicator, row) for row in response.values)
    return response.model_copy(update={"release": release, "values": rows})


def _with_frozen(found: "LatestRelease", indicator: str, row: ValueResponse) -> ValueResponse:
    frozen = found.totals.get(f"{indicator}.{row.measure}")
    now = Value(row.bucket, row.value, row.state)
    if frozen is None or row.bucket != TOTAL or not differs(frozen, now):
        return row
    return row.model_copy(update={"frozen": optional_json_number(exact_decimal(frozen.value))})


@dataclass(frozen=True, slots=True)
class LatestRelease:
    """The latest approved version of a council's period, with its published totals."""

    version: int
    digest: str
    closed_at: datetime
    reopened_at: datetime | None
    totals: Mapping[str, ReleaseValue]
    """By the names that entries carry; empty once the period is reopened."""
    reasons: Mapping[str, tuple[str, ...]]
    """The stored reasons why indicators differ from it, by indicator id."""

    @property
    def state(self) -> str:
        """`closed` or `reopened`."""
        return "closed" if self.reopened_at is None else "reopened"


async def latest_release(
    pool: Pool, place: str, period: Period, measures: Collection[str]
) -> LatestRelease | None:
    """Return the latest version of a period, with the frozen totals of these measures."""
    async with snapshot(pool) as connection:
        repository = ReleaseRepository(connection)
        history = await repository.history(place, str(period))
        last = latest_approval(history)
        if last is None:
            return None
        is_closed = closing_step(history) is not None
        return LatestRelease(
            version=last.version,
            digest=(await repository.digests([last.release]))[last.release].hex(),
            closed_at=last.at,
            reopened_at=None if is_closed else _reopened(last, history),
            totals=await repository.totals(last.release, measures) if is_closed else {},
            reasons=await repository.reasons(last.release) if is_closed else {},
        )


def _reopened(last: StepTaken, history: StepHistory) -> datetime:
    return next(
        taken.at
        for taken in history
        if taken.release == last.release and taken.step is ReleaseStep.REOPENED
    )
