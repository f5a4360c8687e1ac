"""Finds out why tables differ from a version: reads who was told of since, and asks for reasons."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from runtime.clock import belgrade_day
from runtime.postgres import Connection
from services.reporting.answering.known_at import entries_at, ever_linked, seeds_of, slices
from services.reporting.closing.comparing import compared, differing
from services.reporting.closing.model import Release
from services.reporting.closing.reasons import EVER, reasons, together
from services.reporting.closing.snapshot import row_of
from services.reporting.closing.store import Archive
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Basis
from services.reporting.counting.known import groups
from services.reporting.explaining.changes import Reason
from services.reporting.folding.store import Book
from services.reporting.tables.memory import values
from services.reporting.tables.table import Table


async def causes(
    connection: Connection, tables: Sequence[Table], release: Release, catalogue_digest: bytes
) -> Mapping[Table, set[Reason]]:
    """Why these tables differ from a release; `catalogue_digest` is that of today's definitions."""
    found: dict[Table, set[Reason]] = defaultdict(set)
    async for told in _persons(connection, tables, release.read_at):
        for table, why in reasons(tables, told, release.read_at).items():
            found[table] |= why
    is_other = catalogue_digest != release.catalogue_digest
    explained = [table for table in tables if found[table]]
    redefined = await _redefined(connection, explained, release) if is_other else set()
    for table in tables:
        is_new = table.indicator.version != release.definitions.get(table.indicator.id)
        if is_new or table in redefined:
            found[table].add(Reason.DEFINITION)
        elif not found[table]:
            found[table].add(_other(table, is_other=is_other))
    return found


async def _redefined(
    connection: Connection, tables: Sequence[Table], release: Release
) -> set[Table]:
    """The tables that, by today's definitions, were other ones already when they were frozen.

    What is known of an instant follows today's consent: where that decides it proves nothing.
    """
    asked = [table for table in tables if table.measure.basis is not Basis.CONSENT]
    if not asked:
        return set()
    entries = await entries_at(connection, asked, release.read_at)
    day = belgrade_day(release.read_at)
    then = [row_of(table, each) for table in asked for each in values(table, entries, day)]
    frozen = await Archive(connection).rows(release.id)
    return set(differing(compared(asked, frozen, then)))


async def _persons(
    connection: Connection, tables: Sequence[Table], since: datetime
) -> AsyncIterator[Sequence[Fact]]:
    """The facts of everybody of whom something was recorded since, one person after the other."""
    if not tables:
        return
    book, seeds = Book(connection), await seeds_of(connection, tables, EVER)
    linked = list(groups(seeds, await ever_linked(connection)))
    told_of = await Archive(connection).told_of([code for codes in linked for code in codes], since)
    for codes in slices(codes for codes in linked if not told_of.isdisjoint(codes)):
        for told in together(await book.facts_of(codes)):
            yield told
            await asyncio.sleep(0)  # the fold goes on meanwhile


def _other(table: Table, *, is_other: bool) -> Reason:
    """Why a table differs if no fact recorded since has changed it."""
    if is_other:
        return Reason.DEFINITION
    # Today's consent decides for every instant; what is left was recorded before, and folded only
    # after the tables were read.
    return Reason.CONSENT if table.measure.basis is Basis.CONSENT else Reason.LATE
