"""The positions of a projection: how far each partition is processed, stored with the results."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from runtime.messaging.records import (
    Batch,
    CountsByPartition,
    Partition,
    PartitionSlice,
    Record,
    RecordCounts,
)
from runtime.messaging.topic_identity import (
    check_offset,
    check_topic_id,
    topic_ids_of,
    watermarks,
)
from runtime.process.errors import InternalError
from runtime.storage.pool import Connection, Pool

DDL = """
CREATE TABLE position (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    last_record bytea,
    last_at timestamptz,
    topic_id text NOT NULL,
    applied bigint NOT NULL DEFAULT 0,
    duplicate bigint NOT NULL DEFAULT 0,
    quarantined bigint NOT NULL DEFAULT 0,
    ignored bigint NOT NULL DEFAULT 0,
    lost bigint NOT NULL DEFAULT 0,
    failed_offset bigint,
    failures integer NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition),
    CHECK (applied + duplicate + quarantined + ignored + lost = next_offset)
);
"""
"""`lost` counts records of a partner topic that expired unread; `last_record` is a SHA-256."""

_LATEST_MS = 4_102_444_800_000
"""The year 2100: a producer may claim any time, also one that PostgreSQL cannot represent."""

_START = """
INSERT INTO position (topic, partition, topic_id)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[]) AS assigned (topic, partition, topic_id)
ORDER BY topic, partition
ON CONFLICT (topic, partition) DO NOTHING
"""
_READ = """
SELECT topic, partition, next_offset, last_record, last_at, topic_id
FROM position
WHERE topic = ANY ($1::text[])
ORDER BY topic, partition
"""
_LOCK = """
SELECT topic, partition, next_offset
FROM position
JOIN unnest($1::text[], $2::integer[]) AS batch (topic, partition) USING (topic, partition)
ORDER BY topic, partition
FOR UPDATE OF position
"""
_ADVANCE = """
UPDATE position
SET next_offset = batch.next_offset, last_record = batch.last_record,
    last_at = to_timestamp(batch.last_ms / 1000.0),
    applied = position.applied + batch.applied,
    duplicate = position.duplicate + batch.duplicate,
    quarantined = position.quarantined + batch.quarantined,
    ignored = position.ignored + batch.ignored
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bytea[], $5::bigint[],
            $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
     AS batch (topic, partition, next_offset, last_record, last_ms,
               applied, duplicate, quarantined, ignored)
WHERE position.topic = batch.topic AND position.partition = batch.partition
"""
_SKIP_EXPIRED = """
UPDATE position
SET next_offset = $3, lost = lost + $3 - next_offset, last_record = NULL
WHERE topic = $1 AND partition = $2 AND next_offset = $4
"""
_COUNT_FAILURE = """
UPDATE position
SET failures = CASE WHEN failed_offset = $3 THEN failures + 1 ELSE 1 END, failed_offset = $3
WHERE topic = $1 AND partition = $2
RETURNING failures
"""


@dataclass(frozen=True, slots=True)
class Position:
    """The next offset to process, and what identifies the log that it belongs to."""

    topic: str
    partition: int
    next_offset: int
    last_record: bytes | None
    last_at: datetime | None
    topic_id: str

    @property
    def topic_partition(self) -> Partition:
        """The partition it belongs to."""
        return self.topic, self.partition


class PositionConflict(Exception):  # noqa: N818 - another replica has advanced, nothing is wrong
    """A position is not where the batch begins: nothing of the batch may be committed."""


async def read(pool: Pool, topics: Collection[str]) -> dict[Partition, Position]:
    """Return the positions of all partitions of these topics that have started."""
    found = [Position(**row) for row in await pool.fetch(_READ, list(topics))]
    return {position.topic_partition: position for position in found}


async def assign(
    pool: Pool, bootstrap: str, partitions: Collection[Partition], *, expires: bool
) -> dict[Partition, Position]:
    """Return the positions of these partitions; new ones start at 0.

    Raises LogMismatch if Kafka holds another log. Where records expire, expired ones are skipped
    and counted as lost.
    """
    ids = await topic_ids_of(bootstrap, partitions)
    rows = [(*partition, ids[partition]) for partition in sorted(partitions)]
    await pool.execute(_START, *_columns(rows, 3))
    known = await read(pool, {topic for topic, _ in partitions})
    assigned = {partition: known[partition] for partition in partitions}
    for partition, found in (await watermarks(bootstrap, ids)).items():
        position = assigned[partition]
        check_topic_id(partition, position.topic_id, found)
        if expires and position.next_offset < found.start:
            position = assigned[partition] = await _skip_expired(pool, position, found.start)
        check_offset(partition, position.next_offset, found)
        if found.start == position.next_offset:
            assigned[partition] = replace(position, last_record=None)
    return assigned


async def lock(connection: Connection, batch: Batch) -> None:
    """Lock the batch's positions until the transaction ends; PositionConflict if one differs."""
    topics, numbers = _columns(sorted(batch.slices), 2)
    rows = await connection.fetch(_LOCK, topics, numbers)
    found = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    for partition, partition_slice in batch.slices.items():
        if found.get(partition) != partition_slice.begin:
            raise PositionConflict(
                f"{partition} is at {found.get(partition)}, "
                f"the batch begins at {partition_slice.begin}"
            )


async def advance(connection: Connection, batch: Batch, counts: CountsByPartition) -> None:
    """Advance the locked positions; InternalError unless every record is accounted for."""
    if unknown := set(counts) - set(batch.slices):
        raise InternalError(f"the handler counts partitions that are not in the batch: {unknown}")
    rows = [
        _row(partition, partition_slice, counts.get(partition, RecordCounts()))
        for partition, partition_slice in sorted(batch.slices.items())
    ]
    await connection.execute(_ADVANCE, *_columns(rows, 9))


async def count_failure(pool: Pool, record: Record) -> int:
    """Count, in its own transaction, a failure at this record; return the number so far."""
    failures: int = await pool.fetchval(_COUNT_FAILURE, *record.topic_partition, record.offset)
    return failures


async def _skip_expired(pool: Pool, position: Position, start: int) -> Position:
    await pool.execute(_SKIP_EXPIRED, *position.topic_partition, start, position.next_offset)
    return replace(position, next_offset=start, last_record=None)


def _row(
    partition: Partition, partition_slice: PartitionSlice, counts: RecordCounts
) -> tuple[object, ...]:
    records = partition_slice.records
    if counts.total != len(records):
        raise InternalError(
            f"the handler counts {counts.total} of {len(records)} records of {partition}"
        )
    ignored = counts.ignored + partition_slice.offset_gaps
    last_ms = min(max(records[-1].timestamp_ms, 0), _LATEST_MS)
    return (
        *(*partition, partition_slice.end, records[-1].digest, last_ms),
        *(counts.applied, counts.duplicate, counts.quarantined, ignored),
    )


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    """Return the rows as `width` columns, as `unnest` takes them."""
    columns: list[list[object]] = [[] for _ in range(width)]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    return columns
