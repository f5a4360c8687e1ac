"""The response models of `/releases`, and how they are built."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.reporting.publication.policy import denial_reason, is_live
from services.reporting.queries.responses import (
    NOT_PUBLISHED,
    ResponseModel,
    optional_json_number,
)
from services.reporting.releases.comparison import ValueComparison
from services.reporting.releases.model import (
    Release,
    ReleaseStep,
    ReleaseValue,
    StepHistory,
    StepTaken,
    count_states,
    current_step,
    exact_decimal,
    pending_measures,
)
from services.reporting.tables.table import TOTAL, Table, ValueState

PUBLIC_STEPS = frozenset({ReleaseStep.APPROVED, ReleaseStep.REOPENED})
"""The states of a release that everybody may see; others are work in progress."""


class ReleaseStepResponse(ResponseModel):
    """A step of a release; `by` only for holders of a key."""

    step: ReleaseStep
    at: datetime
    by: str | None = None
    reason: str | None = None


class ReleaseVersionResponse(ResponseModel):
    """One version; `state` is its last step."""

    id: str
    place: str
    period: str
    version: int
    state: ReleaseStep
    digest: str
    steps: tuple[ReleaseStepResponse, ...]


class ReleasesResponse(ResponseModel):
    """The matching releases, the oldest first."""

    releases: tuple[ReleaseVersionResponse, ...]


class ReleaseSummary(ResponseModel):
    """What a release contains, and the state of the projection it was read from."""

    tables: int
    values: int
    states: dict[str, int]
    pending: tuple[str, ...]
    read_at: datetime
    projected_through: datetime
    definitions_fingerprint: str
    definitions: dict[str, int]


class PreparedReleaseResponse(ResponseModel):
    """A release that waits for approval."""

    id: str
    place: str
    period: str
    version: int
    state: ReleaseStep
    digest: str
    summary: ReleaseSummary


class ValueComparisonResponse(ResponseModel):
    """A frozen number and today's; `reasons` say why they differ.

    A bucket that is null on one side had no entries. A denied one has no numbers; `code` and
    `detail` say why.
    """

    indicator: str
    measure: str
    split: str
    bucket: str | None
    frozen: int | float | None
    frozen_state: ValueState | None
    value: int | float | None
    state: ValueState | None
    difference: int | float | None = None
    reasons: tuple[str, ...] = ()
    code: str | None = None
    detail: str | None = None


class ReleaseComparisonResponse(ResponseModel):
    """A version next to today's numbers; `is_revised`: a displayed number differs.

    `summary` counts exact splits too, and is only for holders of a key.
    """

    release: ReleaseVersionResponse
    summary: ReleaseSummary | None
    is_revised: bool
    values: tuple[ValueComparisonResponse, ...]


def release_version_response(
    release: tuple[str, str, str], history: StepHistory, digest: bytes, *, names: bool
) -> ReleaseVersionResponse:
    """Return a release (id, place, period) with its steps; `names`: and who took them."""
    taken = [each for each in history if each.release == release[0]]
    return ReleaseVersionResponse(
        id=release[0],
        place=release[1],
        period=release[2],
        version=taken[0].version,
        state=current_step(release[0], history),
        digest=digest.hex(),
        steps=tuple(
            _step(each, names=names) for each in taken if names or each.step in PUBLIC_STEPS
        ),
    )


def release_summary(release: Release, rows: Sequence[ReleaseValue]) -> ReleaseSummary:
    """Return what a release contains."""
    return ReleaseSummary(
        tables=release.tables,
        values=len(rows),
        states=count_states(rows),
        pending=tuple(pending_measures(rows)),
        read_at=release.read_at,
        projected_through=release.projected_through,
        definitions_fingerprint=release.definitions_fingerprint.hex(),
        definitions=dict(release.definitions),
    )


def value_comparison_responses(
    rows: Iterable[ValueComparison], reasons: Mapping[Table, Iterable[str]]
) -> tuple[ValueComparisonResponse, ...]:
    """Return the values side by side."""
    return tuple(_compared(row, sorted(reasons.get(row.table, ()))) for row in rows)


def denied_responses(tables: Iterable[Table]) -> tuple[ValueComparisonResponse, ...]:
    """Return the tables that only holders of a key may see, with the reason instead of values."""
    return tuple(_denied(table) for table in tables if not is_live(table))


def _step(taken: StepTaken, *, names: bool) -> ReleaseStepResponse:
    return ReleaseStepResponse(
        step=taken.step,
        at=taken.at,
        by=taken.by if names else None,
        reason=taken.reason,
    )


def _compared(row: ValueComparison, reasons: Iterable[str]) -> ValueComparisonResponse:
    frozen, now = row.frozen, row.now
    return ValueComparisonResponse(
        indicator=row.table.indicator.id,
        measure=row.table.measure.name,
        split=row.table.split,
        bucket=row.bucket,
        frozen=optional_json_number(exact_decimal(frozen.value)) if frozen else None,
        frozen_state=frozen.state if frozen else None,
        value=optional_json_number(exact_decimal(now.value)) if now else None,
        state=now.state if now else None,
        difference=optional_json_number(row.difference),
        reasons=tuple(reasons) if row.differs else (),
    )


def _denied(table: Table) -> ValueComparisonResponse:
    return ValueComparisonResponse(
        indicator=table.indicator.id,
        measure=table.measure.name,
        split=table.split,
        bucket=TOTAL if table.split == TOTAL else None,
        frozen=None,
        frozen_state=None,
        value=None,
        state=ValueState.DENIED,
        code=NOT_PUBLISHED,
        detail=denial_reason(table),
    )
