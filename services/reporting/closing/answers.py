"""What is answered about releases, and how it is made."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.reporting.answering.answers import NOT_PUBLISHED, Answer
from services.reporting.closing.comparing import Compared
from services.reporting.closing.model import (
    History,
    Release,
    Row,
    Step,
    Taken,
    exact,
    pending,
    standing,
    states,
)
from services.reporting.publishing.policy import is_live, reason
from services.reporting.tables.table import TOTAL, Number, State, Table

SEES_WHO = frozenset({Step.APPROVED, Step.REOPENED})
"""The states of a release that everybody may know of; others are work in progress."""


class StepAnswer(Answer):
    """A step of a release; `by` only for who holds a key."""

    step: Step
    at: datetime
    by: str | None = None
    reason: str | None = None


class ReleaseAnswer(Answer):
    """One version: `state` is that of its last step."""

    id: str
    place: str
    period: str
    version: int
    state: Step
    digest: str
    steps: tuple[StepAnswer, ...]


class ReleasesAnswer(Answer):
    """The releases that were asked for, the oldest first."""

    releases: tuple[ReleaseAnswer, ...]


class Summary(Answer):
    """What was read to be frozen: how many tables and values, and what it rests on."""

    tables: int
    values: int
    states: dict[str, int]
    pending: tuple[str, ...]
    read_at: datetime
    folded_to: datetime
    catalogue_digest: str
    definitions: dict[str, int]


class PreparedAnswer(Answer):
    """A release that waits for approval."""

    id: str
    place: str
    period: str
    version: int
    state: Step
    digest: str
    summary: Summary


class FrozenAnswer(Answer):
    """A number as it was frozen and as it is now; `reasons` tell why it is another one.

    A bucket that is null on one side had nobody there. A denied one has no numbers, and `code` and
    `detail` say why.
    """

    indicator: str
    measure: str
    split: str
    bucket: str | None
    frozen: int | float | None
    frozen_state: State | None
    value: int | float | None
    state: State | None
    difference: int | float | None = None
    reasons: tuple[str, ...] = ()
    code: str | None = None
    detail: str | None = None


class ComparedAnswer(Answer):
    """A version beside the numbers of today; `is_revised`: one that is shown differs.

    The summary counts exact splits too: only who holds a key is told.
    """

    release: ReleaseAnswer
    summary: Summary | None
    is_revised: bool
    values: tuple[FrozenAnswer, ...]


def release_answer(
    release: tuple[str, str, str], history: History, digest: bytes, *, names: bool
) -> ReleaseAnswer:
    """A release (id, place, period) with its steps; `names`: and who took them."""
    taken = [each for each in history if each.release == release[0]]
    return ReleaseAnswer(
        id=release[0],
        place=release[1],
        period=release[2],
        version=taken[0].version,
        state=standing(release[0], history),
        digest=digest.hex(),
        steps=tuple(_step(each, names=names) for each in taken if names or each.step in SEES_WHO),
    )


def summary(release: Release, rows: Sequence[Row]) -> Summary:
    """What a release holds, in numbers."""
    return Summary(
        tables=release.tables,
        values=len(rows),
        states=states(rows),
        pending=tuple(pending(rows)),
        read_at=release.read_at,
        folded_to=release.folded_to,
        catalogue_digest=release.catalogue_digest.hex(),
        definitions=dict(release.definitions),
    )


def compared_answers(
    rows: Iterable[Compared], reasons: Mapping[Table, Iterable[str]]
) -> tuple[FrozenAnswer, ...]:
    """The numbers side by side."""
    return tuple(_compared(row, sorted(reasons.get(row.table, ()))) for row in rows)


def denied_answers(tables: Iterable[Table]) -> tuple[FrozenAnswer, ...]:
    """The tables that only holders of a key may see: that they are there, and why not more."""
    return tuple(_denied(table) for table in tables if not is_live(table))


def number(value: Number | None) -> int | float | None:
    """A JSON number: whole ones without a fraction."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def _step(taken: Taken, *, names: bool) -> StepAnswer:
    return StepAnswer(
        step=taken.step,
        at=taken.at,
        by=taken.by if names else None,
        reason=taken.reason,
    )


def _compared(row: Compared, reasons: Iterable[str]) -> FrozenAnswer:
    frozen, now = row.frozen, row.now
    return FrozenAnswer(
        indicator=row.table.indicator.id,
        measure=row.table.measure.name,
        split=row.table.split,
        bucket=row.bucket,
        frozen=number(exact(frozen.value)) if frozen else None,
        frozen_state=frozen.state if frozen else None,
        value=number(exact(now.value)) if now else None,
        state=now.state if now else None,
        difference=number(row.difference),
        reasons=tuple(reasons) if row.differs else (),
    )


def _denied(table: Table) -> FrozenAnswer:
    return FrozenAnswer(
        indicator=table.indicator.id,
        measure=table.measure.name,
        split=table.split,
        bucket=TOTAL if table.split == TOTAL else None,
        frozen=None,
        frozen_state=None,
        value=None,
        state=State.DENIED,
        code=NOT_PUBLISHED,
        detail=reason(table),
    )
