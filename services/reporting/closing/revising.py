"""Looks at closed periods that late facts have touched, and says which indicators differ now."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import NoReturn

from runtime import outbox
from runtime.clock import belgrade_day
from runtime.context import Context
from runtime.postgres import Connection
from runtime.trouble import Patience
from schemas.reporting import IndicatorRevised
from services.reporting.closing import model
from services.reporting.closing.causes import causes
from services.reporting.closing.comparing import compared, differing
from services.reporting.closing.model import Release
from services.reporting.closing.snapshot import all_tables, read
from services.reporting.closing.steps import envelope
from services.reporting.closing.store import Archive
from services.reporting.folding.digest import catalogue_digest
from services.reporting.folding.projection import Standing
from services.reporting.indicators import catalogue
from services.reporting.publishing.store import Press
from services.reporting.tables.table import Table

POLL_SECONDS = 1.0
PAUSE = 10
"""A pause of so many times what a look took: a bulk load of late facts must not be slowed down."""


def revising(standing: Standing) -> Callable[[Context], Awaitable[NoReturn]]:
    """The task that says revisions; copies share the work, and each is said once.

    It begins when the entries follow our definitions: by others it would compare wrong numbers.
    """

    async def revisions(plumbing: Context) -> NoReturn:
        await standing.ours()
        patience = Patience(lambda _: None)  # the fold counts how often the world is away
        digest = catalogue_digest()
        while True:
            begun_s = time.monotonic()
            is_more = await patience.insist(lambda: revise(plumbing, digest))
            took_s = time.monotonic() - begun_s
            await asyncio.sleep(PAUSE * took_s if is_more else POLL_SECONDS)

    return revisions


async def revise(plumbing: Context, digest: bytes) -> bool:
    """Look at one closed version that was touched; whether there was one.

    What is noted and what is said commit together, with the removal of the touch. After a
    changeover to other definitions than those of the digest it is for others to look.
    """
    async with plumbing.pool.acquire() as connection, connection.transaction():
        archive = Archive(connection)
        if (await archive.foundation()).catalogue_digest not in {None, digest}:
            return False
        touched = await archive.next_touched()
        if touched is None:
            return False
        release = await archive.release(touched)
        if release is not None:
            await archive.lock(release.place)
        # First what is to be done is taken away, then the tables are read: what the fold commits
        # in between is noted again, but never missed.
        measures = await archive.take_touched(touched)
        if release is not None and await _is_closed(archive, release):
            tables = _tables(plumbing, release, measures)
            await _compare(plumbing, connection, (release, tables), digest)
    return True


async def _is_closed(archive: Archive, release: Release) -> bool:
    """Whether it is this version that is closed: it may have been opened meanwhile."""
    history = await archive.history(release.place, str(release.period))
    found = model.closed(history)
    return found is not None and found.release == release.id


def _tables(plumbing: Context, release: Release, measures: Collection[str] | None) -> list[Table]:
    """All tables of the indicators that were touched."""
    tables = all_tables(catalogue(plumbing.declared), release.place, release.period)
    if measures is None:
        return tables
    ids = {name.partition(".")[0] for name in measures}
    return [table for table in tables if table.indicator.id in ids]


async def _compare(
    plumbing: Context, connection: Connection, asked: tuple[Release, Sequence[Table]], digest: bytes
) -> None:
    """Note which indicators differ from a version and why; say those that were not noted yet."""
    (release, tables), now = asked, plumbing.clock()
    archive = Archive(connection)
    frozen = await archive.rows(release.id)
    rows = await read(connection, tables, belgrade_day(now))
    changed = differing(compared(tables, frozen, rows))
    why = await causes(connection, changed, release, digest)
    revised = await archive.note_revisions(
        release.id, dict.fromkeys(table.indicator.id for table in changed), now
    )
    reasons = {(table.indicator.id, reason.value) for table in changed for reason in why[table]}
    if await archive.note_reasons(release.id, reasons, now):
        await Press(connection).tell([release.place])  # open boards show why
    told = [
        IndicatorRevised(
            on=belgrade_day(now),
            indicator=indicator,
            period=str(release.period),
            version=release.version,
        )
        for indicator in revised
    ]
    await outbox.say(connection, [envelope(plumbing, release, each, now) for each in told])
