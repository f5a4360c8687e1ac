"""The queue of chunks that builders claim, and the SQL that writes a chunk's rows."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from runtime.storage.pool import Connection
from services.reporting.projection.binary_copy import copy_entries
from services.reporting.projection.decode import DecodedEvent, EventKey
from services.reporting.projection.repository import FACT_COLUMNS, row_of_fact
from services.reporting.projection.rows import EntryRow
from services.reporting.rebuild.schema_names import LOCK_REBUILD, NEXT, TRY_LOCK
from services.reporting.rebuild.subject_fold import LiveDecisions, RecordOutcomes

_OPEN_CHUNKS = """
SELECT partition, slice, slices, records FROM chunk WHERE done_at IS NULL ORDER BY partition, slice
"""
_PROGRESS = """
SELECT coalesce(sum(records), 0)::bigint AS total,
       coalesce(sum(records) FILTER (WHERE done_at IS NOT NULL), 0)::bigint AS done
FROM chunk
"""
_UNLOCK = "SELECT pg_advisory_unlock($1, $2)"
_IS_OPEN = """
SELECT EXISTS (SELECT FROM chunk WHERE partition = $1 AND slice = $2 AND done_at IS NULL)
"""
_COMPLETE_CHUNK = """
UPDATE chunk SET done_at = clock_timestamp() WHERE partition = $1 AND slice = $2
"""
_TOPICS = "SELECT topic, next_offset FROM target WHERE partition = $1 ORDER BY topic"

_CONFLICTS = "SELECT source, event_id, refused FROM conflict"
_CRASHING = "SELECT topic, kafka_offset FROM quarantine WHERE partition = $1 AND code = 'E1901'"
_NEW_IDS = """
SELECT nextval(pg_get_serial_sequence('subject', 'id')) AS id FROM generate_series(1, $1::bigint)
"""
_SLICES_MAX = 10_000
"""Slices per partition, so that every chunk has a lock key of its own."""


class Chunk(NamedTuple):
    """The records of one partition number in all topics whose key falls into one slice."""

    partition: int
    slice: int
    slices: int
    records: int


class WorkQueue:
    """The chunks of the next projection, through one connection with STAGING_SESSION's settings."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def progress(self) -> tuple[int, int]:
        """Return the number of records in completed chunks, and in all chunks."""
        row = await self._connection.fetchrow(_PROGRESS)
        return (row["done"], row["total"]) if row else (0, 0)

    async def live_decisions(self, partition: int) -> LiveDecisions:
        """Return what the live projection has decided about records of a partition."""
        refused: dict[EventKey, set[bytes]] = {}
        for source, event_id, digest in await self._connection.fetch(_CONFLICTS):
            refused.setdefault((source, event_id), set()).add(digest)
        crashing = await self._connection.fetch(_CRASHING, partition)
        return LiveDecisions(
            {key: frozenset(digests) for key, digests in refused.items()},
            frozenset((row["topic"], row["kafka_offset"]) for row in crashing),
        )

    async def claim_chunk(self) -> Chunk | None:
        """Lock an open chunk for this session and return it; None if none is left."""
        for row in await self._connection.fetch(_OPEN_CHUNKS):
            chunk = Chunk(*row)
            if not await self._connection.fetchval(TRY_LOCK, LOCK_REBUILD, _key(chunk)):
                continue
            if await self._connection.fetchval(_IS_OPEN, chunk.partition, chunk.slice):
                return chunk
            await self.release_chunk(chunk)
        return None

    async def release_chunk(self, chunk: Chunk) -> None:
        """Unlock a chunk."""
        await self._connection.execute(_UNLOCK, LOCK_REBUILD, _key(chunk))

    async def topics_of(self, partition: int) -> list[tuple[str, int]]:
        """Return the topics that have this partition, each with its end offset for chunks."""
        return [tuple(row) for row in await self._connection.fetch(_TOPICS, partition)]

    async def insert_facts(self, facts: Iterable[DecodedEvent]) -> None:
        """Append facts; duplicates across chunks are removed later."""
        await self._connection.copy_records_to_table(
            "fact", schema_name=NEXT, columns=FACT_COLUMNS, records=map(row_of_fact, facts)
        )

    async def insert_subjects(self, codes: Sequence[str]) -> list[int]:
        """Append subjects, each its own canonical one; return their ids in the codes' order."""
        ids = [row["id"] for row in await self._connection.fetch(_NEW_IDS, len(codes))]
        await self._connection.copy_records_to_table(
            "subject",
            schema_name=NEXT,
            columns=("id", "code", "canonical_id"),
            records=zip(ids, codes, ids, strict=True),
        )
        return ids

    async def insert_entries(self, rows: Sequence[EntryRow]) -> None:
        """Append entries."""
        await copy_entries(self._connection, rows, NEXT)

    async def complete_chunk(
        self, chunk: Chunk, outcomes: RecordOutcomes, cross_partition: Collection[str]
    ) -> None:
        """Store a chunk's counts and its codes to recompute, and mark it as done."""
        counts = [
            (topic, chunk.partition, outcome, records)
            for (topic, outcome), records in outcomes.items()
        ]
        await self._connection.copy_records_to_table(
            "outcome_count", schema_name=NEXT, records=counts
        )
        await self._connection.copy_records_to_table(
            "cross_partition",
            schema_name=NEXT,
            records=[(code,) for code in sorted(cross_partition)],
        )
        await self._connection.execute(_COMPLETE_CHUNK, chunk.partition, chunk.slice)


def _key(chunk: Chunk) -> int:
    return chunk.partition * _SLICES_MAX + chunk.slice
