"""The steps of a period: prepared by one person, approved by another, perhaps opened again."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from runtime import outbox
from runtime.clock import BELGRADE, belgrade_day
from runtime.context import Context
from runtime.postgres import Connection
from runtime.problems import not_found
from schemas.envelope import Envelope, say
from schemas.event import Event
from schemas.periods import Period
from schemas.problem import refusal
from schemas.reporting import IndicatorRevised, PeriodClosed, PeriodReopened
from services.reporting.closing import model
from services.reporting.closing.model import History, Release, Reopening, Row, Step, Taken
from services.reporting.closing.snapshot import all_tables, read, snapshot
from services.reporting.closing.store import Archive
from services.reporting.folding.digest import catalogue_digest
from services.reporting.folding.freshness import Freshness
from services.reporting.indicators import catalogue
from services.reporting.publishing.policy import is_live
from services.reporting.publishing.store import Press

SOURCE: Final = "/services/reporting"
MOVED_MAX: Final = 5
"""So many changed numbers are told; the rest is compared after the next preparation anyway."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A release that waits for approval, with its numbers."""

    release: Release
    rows: Sequence[Row]
    step: Taken


async def prepare(
    plumbing: Context, freshness: Freshness, asked: tuple[str, Period], by: str
) -> Prepared:
    """Read a council's period to be frozen; Refusal while it is closed or not folded to its end."""
    (place, period), now = asked, plumbing.clock()
    definitions = catalogue(plumbing.declared)
    tables = all_tables(definitions, place, period)
    folded_to = _folded_to(period, (await freshness.look(plumbing)).folded_to)
    seen = await snapshot(plumbing.pool, tables, belgrade_day(now))
    model.require_undoubted(seen.rows)
    release = Release(
        id=plumbing.ids.new_id(),
        place=place,
        period=period,
        version=0,  # known only when nobody else takes a step
        read_at=now,
        folded_to=folded_to,
        tables=len(tables),
        catalogue_digest=_same_definitions(seen.foundation.catalogue_digest),
        definitions={each.id: each.version for each in definitions},
        positions=seen.foundation.positions,
    )
    return await _file(plumbing, release, seen.rows, by)


async def _file(plumbing: Context, release: Release, rows: Sequence[Row], by: str) -> Prepared:
    """Keep what was read as the one release of this period that waits for approval."""
    async with _place(plumbing, release.place, release.period) as (_, archive, history):
        model.require_open(history)
        now = plumbing.clock()
        waiting = model.draft(history)
        if waiting is not None:
            await archive.step(waiting._replace(step=Step.REPLACED, by=by, at=now))
        said = await archive.last_said(release.place, str(release.period))
        release = replace(release, version=model.next_version(history, said))
        release = replace(release, digest=model.digest_of(release, rows))
        step = Taken(release.id, release.version, Step.PREPARED, by, now)
        await archive.add(release, rows)
        await archive.step(step)
    return Prepared(release, rows, step)


async def approve(plumbing: Context, release_id: str, by: str) -> tuple[Release, Taken]:
    """Freeze what was prepared, and say so; Refusal if it is not what everybody sees now.

    Told again by the same person it changes nothing.
    """
    release = await find(plumbing, release_id)
    async with _place(plumbing, release.place, release.period) as (connection, archive, history):
        done = model.repeated(history, Step.APPROVED, by)
        if done is not None and done.release == release.id:
            return release, done
        model.require_other(model.require_draft(release.id, history), by)
        model.require_unsaid(release, await archive.last_said(release.place, str(release.period)))
        await _require_same(plumbing, connection, release)
        step = Taken(release.id, release.version, Step.APPROVED, by, plumbing.clock())
        await archive.step(step)
        await archive.close(release.id)
        await _tell(plumbing, connection, PeriodClosed, (release, step))
    return release, step


async def reject(plumbing: Context, release_id: str, by: str) -> tuple[Release, Taken]:
    """Put aside what was prepared; told again by the same person it changes nothing."""
    release = await find(plumbing, release_id)
    async with _place(plumbing, release.place, release.period) as (_, archive, history):
        done = model.repeated(history, Step.REJECTED, by)
        if done is not None and done.release == release.id:
            return release, done
        model.require_draft(release.id, history)
        step = Taken(release.id, release.version, Step.REJECTED, by, plumbing.clock())
        await archive.step(step)
    return release, step


async def reopen(
    plumbing: Context, asked: tuple[str, Period], by: str, reason: Reopening
) -> tuple[Release, Taken]:
    """Open a closed period again, and say so: its frozen version stays as it is."""
    async with _place(plumbing, *asked) as (connection, archive, history):
        done = model.repeated(history, Step.REOPENED, by, reason.value)
        if done is not None:
            return await _kept(archive, done.release), done
        was = model.require_closed(history)
        release = await _kept(archive, was.release)
        step = was._replace(step=Step.REOPENED, by=by, at=plumbing.clock(), reason=reason.value)
        await archive.step(step)
        await archive.open(release.id)
        await _tell(plumbing, connection, PeriodReopened, (release, step))
    return release, step


async def find(plumbing: Context, release_id: str) -> Release:
    """The release of this id; Refusal if there is none."""
    async with plumbing.pool.acquire() as connection:
        found = await Archive(connection).release(release_id)
    if found is None:
        raise not_found("There is no release of this id.", "$path.release")
    return found


def envelope(plumbing: Context, release: Release, told: Event, now: datetime) -> Envelope[Event]:
    """What is said of a version: its factid names indicator, period and version."""
    parts = [str(release.period), f"v{release.version}"]
    if isinstance(told, IndicatorRevised):
        parts.insert(0, told.indicator)
    return say(
        told,
        id=plumbing.ids.new_id(),
        source=SOURCE,
        subject=f"m-{release.place}",
        time=now,
        factid=".".join(parts),
    )


@asynccontextmanager
async def _place(
    plumbing: Context, place: str, period: Period
) -> AsyncIterator[tuple[Connection, Archive, History]]:
    """A transaction in which nobody else takes a step at this place, and the period's steps."""
    async with plumbing.pool.acquire() as connection, connection.transaction():
        archive = Archive(connection)
        await archive.lock(place)
        yield connection, archive, await archive.history(place, str(period))


async def _tell(
    plumbing: Context,
    connection: Connection,
    kind: type[PeriodClosed | PeriodReopened],
    taken: tuple[Release, Taken],
) -> None:
    """Tell open boards, and whoever hears the log, of a step that was taken."""
    release, step = taken
    await Press(connection).tell([release.place])
    told = kind(
        on=belgrade_day(step.at),
        period=str(release.period),
        version=release.version,
        digest=release.digest.hex(),
    )
    await outbox.say(connection, [envelope(plumbing, release, told, step.at)])


async def _kept(archive: Archive, release_id: str) -> Release:
    found = await archive.release(release_id)
    assert found is not None  # noqa: S101 - a step names its release, and rows are never deleted
    return found


async def _require_same(plumbing: Context, connection: Connection, release: Release) -> None:
    """Refusal unless the rows are those prepared, and the totals that everybody sees are so now."""
    archive = Archive(connection)
    rows = await archive.rows(release.id)
    if model.digest_of(release, rows) != release.digest:
        raise refusal(
            "E1302",
            "$",
            "The prepared numbers no longer give their digest: somebody has changed them.",
            "Tell the operators, and prepare the period anew.",
        )
    foundation = await archive.foundation()
    if foundation.catalogue_digest != release.catalogue_digest:
        raise refusal(
            "E1302",
            "$",
            "The definitions have changed since it was prepared.",
            "Prepare the period anew.",
        )
    today = belgrade_day(plumbing.clock())
    model.require_unmoved(await _moved(plumbing, connection, rows, (release, today)))


async def _moved(
    plumbing: Context, connection: Connection, rows: Sequence[Row], at: tuple[Release, date]
) -> list[str]:
    """Totals of class A that are other numbers now than those prepared, in words."""
    release, today = at
    tables = all_tables(catalogue(plumbing.declared), release.place, release.period)
    now = await read(connection, filter(is_live, tables), today)
    prepared = {row.cell: model.plain(row.value) for row in rows}
    moved = [
        f"{row.indicator} {row.measure} was {prepared.get(row.cell) or 'none'}"
        f" and is {model.plain(row.value) or 'none'}"
        for row in now
        if prepared.get(row.cell) != model.plain(row.value)
    ]
    return moved[:MOVED_MAX]


def _same_definitions(stored: bytes | None) -> bytes:
    """The digest of the definitions, if the entries follow those of this program."""
    mine = catalogue_digest()
    if stored != mine:
        raise refusal(
            "E1302",
            "$",
            "The entries follow other definitions than this program's.",
            "Wait until the change of definitions is done, then prepare the period.",
        )
    return mine


def _folded_to(period: Period, folded_to: datetime | None) -> datetime:
    """How far the log is folded, if that is beyond the period's end."""
    end = datetime.combine(period.last + timedelta(days=1), datetime.min.time(), BELGRADE)
    if folded_to is None or folded_to < end:
        raise refusal(
            "E1302",
            "$.period",
            "The facts are not yet folded up to the end of this period.",
            "Look at /freshness, and try again when `folded_to` has passed the period's end.",
        )
    return folded_to
