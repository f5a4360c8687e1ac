"""One builder process of a rebuild: claims chunks, folds them in memory, writes them with COPY."""

import asyncio
import gc
import os
from collections.abc import Sequence
from zlib import crc32

from runtime.messaging.log_reader import read_range
from runtime.messaging.records import Record
from runtime.process import log
from runtime.process.settings import read_declared_codes
from runtime.storage import quarantine
from runtime.storage.pool import Connection, Pool, open_pool
from runtime.storage.quarantine import PayloadCipher
from services.reporting.indicators import catalogue
from services.reporting.projection.decode import erased_codes
from services.reporting.projection.id_dictionary import IdDictionary
from services.reporting.projection.repository import ProjectionRepository
from services.reporting.projection.rows import EntryRow, rows_of
from services.reporting.rebuild.schema_names import STAGING_SESSION
from services.reporting.rebuild.subject_fold import RecordOutcomes, WriteBuffer, fold_subject
from services.reporting.rebuild.work_queue import Chunk, WorkQueue
from services.reporting.settings import ReportingSettings

_BUFFER_FACTS_MAX = 2_000
"""Facts written at once: a few megabytes, which still fit a processor's cache."""

_RecordsByKey = dict[bytes | None, list[Record]]


def build(settings: ReportingSettings, parent: int) -> None:
    """Build chunks until none is left; the entry point of a process started by `parent`."""
    log.set_up("reporting-rebuild", settings.log_level)
    gc.disable()  # nothing here has reference cycles; garbage is collected after each chunk
    asyncio.run(_build(settings, parent))


async def _build(settings: ReportingSettings, parent: int) -> None:
    async with await open_pool(settings, STAGING_SESSION) as pool, pool.acquire() as connection:
        builder = _ChunkBuilder(settings, pool)
        await builder.ids.register_catalogue(builder.catalogue)
        queue = WorkQueue(connection)
        gc.freeze()  # modules and settings are never garbage: do not scan them again
        while os.getppid() == parent and (chunk := await queue.claim_chunk()) is not None:
            try:
                await builder.build(connection, chunk)
            finally:
                await queue.release_chunk(chunk)
            gc.collect()


class _ChunkBuilder:
    """Folds chunks: all records of a partition number whose keys fall into one slice."""

    def __init__(self, settings: ReportingSettings, pool: Pool) -> None:
        self.ids = IdDictionary(pool)
        self.catalogue = catalogue(read_declared_codes(settings.catalogue))
        self._kafka = settings.kafka
        self._cipher = PayloadCipher.read(settings.quarantine_key_file)

    async def build(self, connection: Connection, chunk: Chunk) -> None:
        """Read a chunk, fold it key by key, and write it in one transaction."""
        queue = WorkQueue(connection)
        decisions = await queue.live_decisions(chunk.partition)
        records = await self._read(chunk, await queue.topics_of(chunk.partition))
        outcomes, cross_partition = RecordOutcomes(), set[str]()
        async with connection.transaction():
            buffer = WriteBuffer()
            while records:
                fold_subject(records.popitem()[1], decisions, self.catalogue, buffer)
                if len(buffer.facts) >= _BUFFER_FACTS_MAX or not records:
                    await self._write(connection, buffer)
                    outcomes += buffer.outcomes
                    cross_partition |= buffer.cross_partition
                    buffer = WriteBuffer()
            await queue.complete_chunk(chunk, outcomes, cross_partition)

    async def _read(self, chunk: Chunk, topics: Sequence[tuple[str, int]]) -> _RecordsByKey:
        """Return the chunk's undecoded records by key, those of a topic in the order of the log.

        So a chunk needs little more memory than its records have bytes. The topics are read
        concurrently, because most of the time at the start of one is waiting.
        """
        found: _RecordsByKey = {}
        for records in await asyncio.gather(*(self._of_topic(chunk, *each) for each in topics)):
            for record in records:
                found.setdefault(record.key, []).append(record)
        return found

    async def _of_topic(self, chunk: Chunk, topic: str, end: int) -> list[Record]:
        return [
            record
            async for records in read_range(self._kafka, (topic, chunk.partition), 0, end)
            for record in records
            if chunk.slices == 1 or crc32(record.key or b"") % chunk.slices == chunk.slice
        ]

    async def _write(self, connection: Connection, buffer: WriteBuffer) -> None:
        queue, repository = WorkQueue(connection), ProjectionRepository(connection)
        for record, problem in buffer.rejected:
            await quarantine.insert(connection, record, problem, self._cipher)
        if buffer.conflicts:
            await repository.insert_conflicts(buffer.conflicts)
        if erased := erased_codes(buffer.facts):
            await repository.insert_erased(erased)
        await queue.insert_facts(buffer.facts)
        await queue.insert_entries(await self._rows(queue, buffer))

    async def _rows(self, queue: WorkQueue, buffer: WriteBuffer) -> list[EntryRow]:
        subjects = await queue.insert_subjects([code for code, _ in buffer.subjects])
        await self.ids.register_buckets(
            [entry for _, entries in buffer.subjects for entry in entries]
        )
        return [
            row
            for subject, (_, entries) in zip(subjects, buffer.subjects, strict=True)
            for row in rows_of(subject, entries, self.ids.measures, self.ids.bucket_sets)
        ]
