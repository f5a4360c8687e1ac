"""One process of a rebuild: takes part after part, folds it in memory, writes it with COPY."""

import asyncio
import gc
import os
from collections.abc import Sequence
from zlib import crc32

from runtime import log, quarantine
from runtime.batch import Record
from runtime.postgres import Connection, Pool, open_pool
from runtime.quarantine import Seal
from runtime.reread import reread
from runtime.settings import read_declarations
from services.reporting.folding.heard import erased_codes
from services.reporting.folding.names import Names
from services.reporting.folding.rows import Row, numbered
from services.reporting.folding.store import Book
from services.reporting.indicators import catalogue
from services.reporting.rebuilding.names import BUILDING
from services.reporting.rebuilding.store import Part, Site
from services.reporting.rebuilding.subject import Outcomes, Sheet, fold_subject
from services.reporting.settings import Settings

SHEET_FACTS = 2_000
"""Written at once: a few megabytes, which a processor still has at hand."""

Keyed = dict[bytes | None, list[Record]]


def build(settings: Settings, parent: int) -> None:
    """Build until no part is left; where a process begins."""
    log.set_up("reporting-rebuild", settings.log_level)
    gc.disable()  # nothing here refers to itself in a circle; what a part leaves is looked for once
    asyncio.run(_build(settings, parent))


async def _build(settings: Settings, parent: int) -> None:
    async with await open_pool(settings, BUILDING) as pool, pool.acquire() as connection:
        builder = Builder(settings, pool)
        await builder.names.learn_catalogue(builder.catalogue)
        site = Site(connection)
        gc.freeze()  # programs and their settings stay: looking at them again finds nothing
        while os.getppid() == parent and (part := await site.take_part()) is not None:
            try:
                await builder.build(connection, part)
            finally:
                await site.leave_part(part)
            gc.collect()


class Builder:
    """Folds parts: all records of a partition number whose keys fall into one slice."""

    def __init__(self, settings: Settings, pool: Pool) -> None:
        self.names = Names(pool)
        self.catalogue = catalogue(read_declarations(settings.catalogue))
        self._kafka = settings.kafka
        self._seal = Seal.read(settings.seal_key_file)

    async def build(self, connection: Connection, part: Part) -> None:
        """Read a part, fold it key by key, write it in one transaction."""
        site = Site(connection)
        decided = await site.decided(part.partition)
        topics = await site.topics_of(part.partition)
        keyed = await self._read(part, topics)
        outcomes, apart = Outcomes(), set[str]()
        async with connection.transaction():
            sheet = Sheet()
            while keyed:
                fold_subject(keyed.popitem()[1], decided, self.catalogue, sheet)
                if len(sheet.facts) >= SHEET_FACTS or not keyed:
                    await self._write(connection, sheet)
                    outcomes += sheet.outcomes
                    apart |= sheet.apart
                    sheet = Sheet()
            await site.end_part(part, outcomes, apart)

    async def _read(self, part: Part, topics: Sequence[tuple[str, int]]) -> Keyed:
        """The part's records by key, each topic's in the order of the log: bytes, not events.

        So a part needs little more memory than its records have bytes. The topics are read beside
        one another, for most of the time to begin one is waiting.
        """
        keyed: Keyed = {}
        for records in await asyncio.gather(*(self._of_topic(part, *each) for each in topics)):
            for record in records:
                keyed.setdefault(record.key, []).append(record)
        return keyed

    async def _of_topic(self, part: Part, topic: str, end: int) -> list[Record]:
        return [
            record
            async for records in reread(self._kafka, (topic, part.partition), 0, end)
            for record in records
            if part.slices == 1 or crc32(record.key or b"") % part.slices == part.slice
        ]

    async def _write(self, connection: Connection, sheet: Sheet) -> None:
        site, book = Site(connection), Book(connection)
        for record, problem in sheet.refused:
            await quarantine.keep(connection, record, problem, self._seal)
        if sheet.decisions:
            await book.keep_decisions(sheet.decisions)
        if erased := erased_codes(sheet.facts):
            await book.keep_erased(erased)
        await site.add_facts(sheet.facts)
        await site.add_entries(await self._rows(site, sheet))

    async def _rows(self, site: Site, sheet: Sheet) -> list[Row]:
        ids = await site.add_subjects([code for code, _ in sheet.people])
        await self.names.learn([entry for _, entries in sheet.people for entry in entries])
        return [
            row
            for number, (_, entries) in zip(ids, sheet.people, strict=True)
            for row in numbered(number, entries, self.names.measures, self.names.sets)
        ]
