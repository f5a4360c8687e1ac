"""Rechecks closed periods that late facts have changed, and publishes which indicators differ."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import NoReturn

from runtime.context import Context
from runtime.messaging import outbox
from runtime.process.clock import belgrade_day
from runtime.process.retry import RetryPolicy
from runtime.storage.pool import Connection
from schemas.events.reporting import IndicatorRevised
from services.reporting.indicators import catalogue
from services.reporting.projection.definition_gate import DefinitionGate
from services.reporting.projection.fingerprint import definitions_fingerprint
from services.reporting.publication.repository import PublicationRepository
from services.reporting.releases import model
from services.reporting.releases.comparison import (
    compare_values,
    differing_tables,
    explain_differences,
)
from services.reporting.releases.model import Release
from services.reporting.releases.repository import ReleaseRepository
from services.reporting.releases.snapshot import period_tables, read_values
from services.reporting.releases.workflow import new_release_event
from services.reporting.tables.table import Table

_POLL_SECONDS = 1.0
_PAUSE = 10
"""A pause of so many times the duration of a recheck: it must not slow down a bulk load."""


def revision_task(gate: DefinitionGate) -> Callable[[Context], Awaitable[NoReturn]]:
    """Return the task that publishes revisions; replicas share the work, each is published once.

    It waits until the entries follow this program's definitions: others would give wrong numbers.
    """

    async def revisions(context: Context) -> NoReturn:
        await gate.wait_until_open()
        retry = RetryPolicy(lambda _: None)  # the projection counts retries
        fingerprint = definitions_fingerprint()
        while True:
            begun_s = time.monotonic()
            is_more = await retry.retry_forever(lambda: recheck_release(context, fingerprint))
            took_s = time.monotonic() - begun_s
            await asyncio.sleep(_PAUSE * took_s if is_more else _POLL_SECONDS)

    return revisions


async def recheck_release(context: Context, fingerprint: bytes) -> bool:
    """Recheck one closed version that has changed; return whether there was one.

    Stored revisions, published events and the removal of the recheck commit together. After a
    cut-over to other definitions than those of the fingerprint another replica does it.
    """
    async with context.pool.acquire() as connection, connection.transaction():
        repository = ReleaseRepository(connection)
        if (await repository.projection_state()).definitions_fingerprint not in {None, fingerprint}:
            return False
        release_id = await repository.next_recheck()
        if release_id is None:
            return False
        release = await repository.release(release_id)
        if release is not None:
            await repository.lock(release.place)
        # Delete the recheck first, then read the tables: what the projection commits in between
        # is rechecked again, but never missed.
        measures = await repository.take_recheck(release_id)
        if release is not None and await _is_closed(repository, release):
            tables = _tables(context, release, measures)
            await _compare(context, connection, (release, tables), fingerprint)
    return True


async def _is_closed(repository: ReleaseRepository, release: Release) -> bool:
    """Whether this version is the closed one: it may have been reopened meanwhile."""
    history = await repository.history(release.place, str(release.period))
    found = model.closing_step(history)
    return found is not None and found.release == release.id


def _tables(context: Context, release: Release, measures: Collection[str] | None) -> list[Table]:
    """Return all tables of the changed indicators."""
    tables = period_tables(catalogue(context.declared), release.place, release.period)
    if measures is None:
        return tables
    ids = {name.partition(".")[0] for name in measures}
    return [table for table in tables if table.indicator.id in ids]


async def _compare(
    context: Context,
    connection: Connection,
    what: tuple[Release, Sequence[Table]],
    fingerprint: bytes,
) -> None:
    """Store which indicators differ from a version and why; publish those not stored yet."""
    (release, tables), now = what, context.clock()
    repository = ReleaseRepository(connection)
    frozen = await repository.rows(release.id)
    rows = await read_values(connection, tables, belgrade_day(now))
    changed = differing_tables(compare_values(tables, frozen, rows))
    reasons_by_table = await explain_differences(connection, changed, release, fingerprint)
    revised = await repository.note_revisions(
        release.id, dict.fromkeys(table.indicator.id for table in changed), now
    )
    reasons = {
        (table.indicator.id, reason.value)
        for table in changed
        for reason in reasons_by_table[table]
    }
    if await repository.note_reasons(release.id, reasons, now):
        # Open boards display the reasons.
        await PublicationRepository(connection).notify([release.place])
    events = [
        IndicatorRevised(
            on=belgrade_day(now),
            indicator=indicator,
            period=str(release.period),
            version=release.version,
        )
        for indicator in revised
    ]
    await outbox.enqueue(
        connection, [new_release_event(context, release, each, now) for each in events]
    )
