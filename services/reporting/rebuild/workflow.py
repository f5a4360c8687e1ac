"""A rebuild step by step; finished steps are stored, so that an interrupted rebuild resumes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import asyncpg

from runtime.process.errors import DependencyMissing
from runtime.process.failures import SERIALIZATION_FAILURES
from runtime.process.retry import RetryPolicy
from runtime.process.settings import read_declared_codes
from runtime.storage.pool import Pool, dedicated_connection
from runtime.storage.quarantine import PayloadCipher
from services.reporting.domain.linked_codes import linked_groups
from services.reporting.projection.batch_handler import Definitions, ProjectionHandler
from services.reporting.projection.fingerprint import dump_parts
from services.reporting.projection.id_dictionary import IdDictionary
from services.reporting.queries.as_of import batches
from services.reporting.queries.fact_queries import FactQueries
from services.reporting.rebuild.builder_processes import run_builders
from services.reporting.rebuild.catch_up import CatchUp, require_same_log
from services.reporting.rebuild.cutover import CutoverRepository, DifferingCells
from services.reporting.rebuild.schema_names import LIVE, NEXT, PROJECTION_TABLES
from services.reporting.rebuild.staging_schema import ProjectionOrigin, StagingSchema, TableIndex
from services.reporting.rebuild.work_queue import WorkQueue
from services.reporting.settings import ReportingSettings

_CHUNK_RECORDS_MAX = 1_000_000
"""Records of a chunk, which are in memory at once: some 700 MB per process."""
_CUT_OVER_ATTEMPTS = 60
"""Attempts of two seconds each to lock tables that readers use."""

_CHUNKS, _POSITIONS, _SUBJECTS = "chunks", "positions", "subjects"
_INDEXES, _CROSS_PARTITION = "indexes", "cross_partition"
_STEPS = (_CHUNKS, _POSITIONS, _SUBJECTS, _INDEXES, _CROSS_PARTITION)
"""The steps that are done once per projection, in order."""

ReportProgress = Callable[[str, int, int], None]
"""Called with the name of a phase, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class ComparedProjections:
    """Both projections at the same positions: their facts, and where their entries differ.

    Facts are given as their number and a digest of all.
    """

    has_other_definitions: bool
    facts_before: tuple[int, str]
    facts_after: tuple[int, str]
    differing: Sequence[DifferingCells]

    @property
    def is_equal(self) -> bool:
        """Whether the staging tables have exactly the facts and entries of the live ones."""
        return not self.differing and self.facts_before == self.facts_after


@asynccontextmanager
async def exclusive_rebuild(pool: Pool) -> AsyncIterator[None]:
    """Hold the lock of the rebuild; DependencyMissing if another rebuild holds it."""
    async with dedicated_connection(pool) as connection:
        if not await StagingSchema(connection).lock_rebuild():
            raise DependencyMissing("another rebuild is running: wait for it, or end it")
        yield


class Rebuild:
    """One rebuild: call `prepare` any number of times, then `cut_over`.

    `pool` has sessions with STAGING_SESSION's settings, in which staging tables hide live tables.
    """

    def __init__(
        self, settings: ReportingSettings, topics: Sequence[str], pool: Pool, report: ReportProgress
    ) -> None:
        self._settings = settings
        self._topics = topics
        self.pool = pool
        self._report = report
        self._ids = IdDictionary(pool)
        definitions = Definitions.of(read_declared_codes(settings.catalogue))
        cipher = PayloadCipher.read(settings.quarantine_key_file)
        self.handler = ProjectionHandler(definitions, self._ids, cipher)
        self._catch_up = CatchUp(pool, settings.kafka, self.handler)

    async def prepare(self, processes: int) -> ComparedProjections:
        """Build the next projection, or resume building it, and compare it with the live one."""
        await self._ids.register_catalogue(self.handler.definitions.catalogue)
        await self._create()
        await self._once(_CHUNKS, lambda: self._build(processes))
        await self._once(_POSITIONS, self._write_positions)
        await self._once(_SUBJECTS, self._merge_subjects)
        await self._once(_INDEXES, self._create_indexes)
        await self._once(_CROSS_PARTITION, self._recompute_cross_partition)
        return await self._compare()

    async def roll_back(self) -> ComparedProjections:
        """Make the previous projection the next one, and compare it with the live one.

        Raises DependencyMissing if there is none, or if it follows other definitions.
        """
        await self._ids.register_catalogue(self.handler.definitions.catalogue)
        async with self.pool.acquire() as connection, connection.transaction():
            staging, cutover = StagingSchema(connection), CutoverRepository(connection)
            mine, previous = await self._origin(staging), await cutover.previous_origin()
            if previous is None:
                raise DependencyMissing(
                    "there is no previous projection: no rebuild has cut over yet"
                )
            if ProjectionOrigin(*previous) != mine:
                raise DependencyMissing(
                    "the previous tables follow other definitions than this program's, or another"
                    " version of the database: roll back with the program that made them"
                )
            await staging.create_bookkeeping(mine)
            await cutover.restage_previous()
            for step in _STEPS:
                await staging.mark_done(step)
        return await self._compare()

    async def cut_over(self, *, is_rollback: bool = False) -> None:
        """Make the next projection live; live batches are blocked for a moment."""
        for attempt in range(_CUT_OVER_ATTEMPTS):
            await self._advance()
            try:
                await self._cut_over(is_rollback=is_rollback)
            except SERIALIZATION_FAILURES:  # readers lock tables in another order: a deadlock
                self._report("waiting for readers", attempt, _CUT_OVER_ATTEMPTS)
            else:
                return
        raise DependencyMissing("readers lock the tables for minutes: retry when they are done")

    async def _create(self) -> None:
        """Create the staging tables, unless they exist for the same definitions."""
        async with self.pool.acquire() as connection, connection.transaction():
            staging = StagingSchema(connection)
            mine = await self._origin(staging)
            if await staging.origin() != mine:
                await staging.create(mine, self._topics, _CHUNK_RECORDS_MAX)
            targets = {target.topic_partition: target for target in await staging.targets()}
        await require_same_log(self._settings.kafka, targets)

    async def _origin(self, staging: StagingSchema) -> ProjectionOrigin:
        mine = self.handler.definitions
        return ProjectionOrigin(mine.fingerprint, mine.series, await staging.migration())

    async def _once(self, step: str, work: Callable[[], Awaitable[None]]) -> None:
        async with self._staging() as staging:
            if await staging.is_done(step):
                return
        await work()
        async with self._staging() as staging:
            await staging.mark_done(step)

    async def _build(self, processes: int) -> None:
        async def report_progress() -> None:
            async with self.pool.acquire() as connection:
                self._report("records", *await WorkQueue(connection).progress())

        await run_builders(self._settings, processes, report_progress)

    async def _write_positions(self) -> None:
        mine = self.handler.definitions
        async with self.pool.acquire() as connection, connection.transaction():
            staging = StagingSchema(connection)
            await staging.write_positions(
                await self._origin(staging), dump_parts(mine.parts), mine.aggregation_specs
            )
            await staging.mark_done(_POSITIONS)

    async def _merge_subjects(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await StagingSchema(connection).merge_subjects()
            await StagingSchema(connection).mark_done(_SUBJECTS)

    async def _create_indexes(self) -> None:
        """Create the indexes of all tables concurrently, those of one table in turn."""
        done = Counter[str]()
        async with self._staging() as staging:
            wanted = {table: await staging.indexes(LIVE, table) for table in PROJECTION_TABLES}
        total = sum(map(len, wanted.values()))

        async def create(table: str) -> None:
            async with self._staging() as staging:
                existing = {index.name for index in await staging.indexes(NEXT, table)}
                for index in wanted[table]:
                    self._report("indexes", done.total(), total)
                    if index.name not in existing:
                        await self._create_index(staging, index)
                    done[table] += 1

        await asyncio.gather(*map(create, PROJECTION_TABLES))
        async with self._staging() as staging:
            await staging.analyze()
        self._report("indexes", total, total)

    async def _create_index(self, staging: StagingSchema, index: TableIndex) -> None:
        try:
            await staging.create_index(index)
        except asyncpg.UniqueViolationError:
            # A record in a partition that is not its key's was a fact of two chunks.
            await staging.remove_duplicate_facts()
            await staging.create_index(index)

    async def _recompute_cross_partition(self) -> None:
        """Recompute entries that depend on facts of several chunks: those of merged codes.

        All codes that a merge has ever linked are recomputed in one transaction.
        """
        retries = RetryPolicy(lambda _: None)
        done = 0
        async with self.pool.acquire() as connection:
            codes = await StagingSchema(connection).cross_partition_codes()
            groups = list(linked_groups(codes, await FactQueries(connection).recorded_merges()))
        total = sum(map(len, groups))
        for batch in batches(groups):
            await retries.retry_forever(partial(self._recompute, batch))
            done += len(batch)
            self._report("merged codes", done, total)

    async def _recompute(self, codes: Sequence[str]) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await self.handler.recompute(connection, codes)

    async def _compare(self) -> ComparedProjections:
        """Snapshot the live tables, advance the staging tables to their positions, compare."""
        self._report("comparing", 0, 1)
        await self._advance()
        async with (
            self.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read"),
        ):
            cutover = CutoverRepository(connection)
            before = await cutover.snapshot_live()
            ends = await cutover.positions(self._topics)
        await self._catch_up.advance_to(ends)
        async with self.pool.acquire() as connection:
            cutover = CutoverRepository(connection)
            after = await cutover.compare_with_live()
            differing, live = await cutover.differing(), await cutover.live_definitions()
        self._report("comparing", 1, 1)
        is_other = live is not None and live.fingerprint != self.handler.definitions.fingerprint
        return ComparedProjections(is_other, before, after, differing)

    async def _advance(self) -> None:
        """Advance the staging tables to the live positions of now."""
        async with self.pool.acquire() as connection:
            ends = await CutoverRepository(connection).positions(self._topics)
        await self._catch_up.advance_to(ends)

    async def _cut_over(self, *, is_rollback: bool) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            cutover = CutoverRepository(connection)
            await cutover.lock_live()
            await self._catch_up.advance_to(await cutover.positions(self._topics))
            await cutover.cut_over(self.handler.open_ended_measures(), is_rollback=is_rollback)
            await StagingSchema(connection).drop()

    @asynccontextmanager
    async def _staging(self) -> AsyncIterator[StagingSchema]:
        async with self.pool.acquire() as connection:
            yield StagingSchema(connection)
