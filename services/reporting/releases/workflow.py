"""The steps of a period: one person prepares, another approves; a closed period can be reopened."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from runtime.context import Context
from runtime.messaging import outbox
from runtime.process.clock import BELGRADE, belgrade_day
from runtime.refusals import not_found
from runtime.storage.pool import Connection
from schemas.envelope import Envelope, new_event
from schemas.events.event import Event
from schemas.events.reporting import IndicatorRevised, PeriodClosed, PeriodReopened
from schemas.periods import Period
from schemas.validation.problems import refusal
from services.reporting.indicators import catalogue
from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.projection.freshness import ProgressTracker
from services.reporting.publication.policy import is_live
from services.reporting.publication.repository import PublicationRepository
from services.reporting.releases import model
from services.reporting.releases.model import (
    Release,
    ReleaseStep,
    ReleaseValue,
    ReopenReason,
    StepHistory,
    StepTaken,
)
from services.reporting.releases.repository import ReleaseRepository
from services.reporting.releases.snapshot import period_tables, read_period, read_values

_SOURCE: Final = "/services/reporting"
_CHANGED_MAX: Final = 5
"""Changed numbers listed in an error text."""


@dataclass(frozen=True, slots=True)
class PreparedRelease:
    """A release that waits for approval, with its values."""

    release: Release
    rows: Sequence[ReleaseValue]
    step: StepTaken


async def prepare(
    context: Context, freshness: ProgressTracker, what: tuple[str, Period], by: str
) -> PreparedRelease:
    """Read a council's period for approval; Refusal if it is closed or not projected to its end."""
    (place, period), now = what, context.clock()
    definitions = catalogue(context.declared)
    tables = period_tables(definitions, place, period)
    projected_through = _past_the_end(period, (await freshness.check(context)).projected_through)
    seen = await read_period(context.pool, tables, belgrade_day(now))
    model.require_no_holds(seen.rows)
    release = Release(
        id=context.ids.new_id(),
        place=place,
        period=period,
        version=0,  # known once the place is locked
        read_at=now,
        projected_through=projected_through,
        tables=len(tables),
        definitions_fingerprint=_matching_fingerprint(seen.projection.definitions_fingerprint),
        definitions={each.id: each.version for each in definitions},
        positions=seen.projection.positions,
    )
    return await _insert_draft(context, release, seen.rows, by)


async def _insert_draft(
    context: Context, release: Release, rows: Sequence[ReleaseValue], by: str
) -> PreparedRelease:
    """Insert the release as the only one of its period that waits for approval."""
    async with _locked_period(context, release.place, release.period) as (_, repository, history):
        model.require_open(history)
        now = context.clock()
        waiting = model.draft_step(history)
        if waiting is not None:
            await repository.add_step(waiting._replace(step=ReleaseStep.REPLACED, by=by, at=now))
        published = await repository.last_published_version(release.place, str(release.period))
        release = replace(release, version=model.next_version(history, published))
        release = replace(release, digest=model.digest_of(release, rows))
        step = StepTaken(release.id, release.version, ReleaseStep.PREPARED, by, now)
        await repository.add(release, rows)
        await repository.add_step(step)
    return PreparedRelease(release, rows, step)


async def approve(context: Context, release_id: str, by: str) -> tuple[Release, StepTaken]:
    """Freeze a prepared release and publish it; Refusal if published values have changed since.

    Repeated by the same person it changes nothing.
    """
    release = await find_release(context, release_id)
    locked = _locked_period(context, release.place, release.period)
    async with locked as (connection, repository, history):
        repeated = model.repeated_step(history, ReleaseStep.APPROVED, by)
        if repeated is not None and repeated.release == release.id:
            return release, repeated
        model.require_other(model.require_draft(release.id, history), by)
        model.require_unpublished(
            release, await repository.last_published_version(release.place, str(release.period))
        )
        await _require_current(context, connection, release)
        step = StepTaken(release.id, release.version, ReleaseStep.APPROVED, by, context.clock())
        await repository.add_step(step)
        await repository.close(release.id)
        await _publish(context, connection, PeriodClosed, (release, step))
    return release, step


async def reject(context: Context, release_id: str, by: str) -> tuple[Release, StepTaken]:
    """Reject a prepared release; repeated by the same person it changes nothing."""
    release = await find_release(context, release_id)
    async with _locked_period(context, release.place, release.period) as (_, repository, history):
        repeated = model.repeated_step(history, ReleaseStep.REJECTED, by)
        if repeated is not None and repeated.release == release.id:
            return release, repeated
        model.require_draft(release.id, history)
        step = StepTaken(release.id, release.version, ReleaseStep.REJECTED, by, context.clock())
        await repository.add_step(step)
    return release, step


async def reopen(
    context: Context, what: tuple[str, Period], by: str, reason: ReopenReason
) -> tuple[Release, StepTaken]:
    """Reopen a closed period and publish that; its frozen version stays as it is."""
    async with _locked_period(context, *what) as (connection, repository, history):
        repeated = model.repeated_step(history, ReleaseStep.REOPENED, by, reason.value)
        if repeated is not None:
            return await _stored_release(repository, repeated.release), repeated
        closing = model.require_closed(history)
        release = await _stored_release(repository, closing.release)
        step = closing._replace(
            step=ReleaseStep.REOPENED, by=by, at=context.clock(), reason=reason.value
        )
        await repository.add_step(step)
        await repository.open(release.id)
        await _publish(context, connection, PeriodReopened, (release, step))
    return release, step


async def find_release(context: Context, release_id: str) -> Release:
    """Return the release with this id; Refusal if there is none."""
    async with context.pool.acquire() as connection:
        found = await ReleaseRepository(connection).release(release_id)
    if found is None:
        raise not_found("There is no release with this id.", "$path.release")
    return found


def new_release_event(
    context: Context, release: Release, event: Event, now: datetime
) -> Envelope[Event]:
    """Return an event about a version; its factid names indicator, period and version."""
    parts = [str(release.period), f"v{release.version}"]
    if isinstance(event, IndicatorRevised):
        parts.insert(0, event.indicator)
    return new_event(
        event,
        id=context.ids.new_id(),
        source=_SOURCE,
        subject=f"m-{release.place}",
        time=now,
        factid=".".join(parts),
    )


@asynccontextmanager
async def _locked_period(
    context: Context, place: str, period: Period
) -> AsyncIterator[tuple[Connection, ReleaseRepository, StepHistory]]:
    """Open a transaction that blocks other steps on this place; yield the period's steps too."""
    async with context.pool.acquire() as connection, connection.transaction():
        repository = ReleaseRepository(connection)
        await repository.lock(place)
        yield connection, repository, await repository.history(place, str(period))


async def _publish(
    context: Context,
    connection: Connection,
    event_class: type[PeriodClosed | PeriodReopened],
    taken: tuple[Release, StepTaken],
) -> None:
    """Notify open boards, and publish an event about the step."""
    release, step = taken
    await PublicationRepository(connection).notify([release.place])
    event = event_class(
        on=belgrade_day(step.at),
        period=str(release.period),
        version=release.version,
        digest=release.digest.hex(),
    )
    await outbox.enqueue(connection, [new_release_event(context, release, event, step.at)])


async def _stored_release(repository: ReleaseRepository, release_id: str) -> Release:
    found = await repository.release(release_id)
    assert found is not None  # noqa: S101 - a step names its release, and rows are never deleted
    return found


async def _require_current(context: Context, connection: Connection, release: Release) -> None:
    """Refusal unless the values are those prepared, and published totals have not changed since."""
    repository = ReleaseRepository(connection)
    rows = await repository.rows(release.id)
    if model.digest_of(release, rows) != release.digest:
        raise refusal(
            "E1302",
            "$",
            "The prepared numbers no longer match their digest: somebody has changed them.",
            "Inform the operators, and prepare the period again.",
        )
    projection = await repository.projection_state()
    if projection.definitions_fingerprint != release.definitions_fingerprint:
        raise refusal(
            "E1302",
            "$",
            "The definitions have changed since it was prepared.",
            "Prepare the period again.",
        )
    today = belgrade_day(context.clock())
    model.require_unchanged(await _changed_totals(context, connection, rows, (release, today)))


async def _changed_totals(
    context: Context,
    connection: Connection,
    rows: Sequence[ReleaseValue],
    at: tuple[Release, date],
) -> list[str]:
    """Describe the published totals (class A) that differ from the prepared ones."""
    release, today = at
    tables = period_tables(catalogue(context.declared), release.place, release.period)
    now = await read_values(connection, filter(is_live, tables), today)
    prepared = {row.cell: model.canonical_decimal(row.value) for row in rows}
    changed = [
        f"{row.indicator} {row.measure} was {prepared.get(row.cell) or 'none'}"
        f" and is {model.canonical_decimal(row.value) or 'none'}"
        for row in now
        if prepared.get(row.cell) != model.canonical_decimal(row.value)
    ]
    return changed[:_CHANGED_MAX]


def _matching_fingerprint(stored: bytes | None) -> bytes:
    """Return the fingerprint of the definitions, if the entries follow this program's."""
    mine = definitions_fingerprint()
    if stored != mine:
        raise refusal(
            "E1302",
            "$",
            "The stored entries follow other definitions than this program's.",
            "Wait until the rebuild has cut over, then prepare the period.",
        )
    return mine


def _past_the_end(period: Period, projected_through: datetime | None) -> datetime:
    """Return how far the log is projected, if that is beyond the period's end."""
    end = datetime.combine(period.last + timedelta(days=1), datetime.min.time(), BELGRADE)
    if projected_through is None or projected_through < end:
        raise refusal(
            "E1302",
            "$.period",
            "The facts are not yet projected up to the end of this period.",
            "Try again when `projected_through` at /freshness has passed the period's end.",
        )
    return projected_through
