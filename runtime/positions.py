"""How far each partition of the log is folded: kept in PostgreSQL, beside what was folded."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from runtime.batch import Batch, Record, Step, Tallies, Tally
from runtime.errors import Bug
from runtime.identity import check_id, check_offset, extents, log_ids
from runtime.kafka import Partition
from runtime.postgres import Connection, Pool

DDL = """
CREATE TABLE position (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    last_record bytea,
    last_at timestamptz,
    log_id text NOT NULL,
    folded bigint NOT NULL DEFAULT 0,
    duplicate bigint NOT NULL DEFAULT 0,
    quarantined bigint NOT NULL DEFAULT 0,
    ignored bigint NOT NULL DEFAULT 0,
    lost bigint NOT NULL DEFAULT 0,
    bug_offset bigint,
    bugs integer NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition),
    CHECK (folded + duplicate + quarantined + ignored + lost = next_offset)
);
"""
"""`lost` counts what a partner topic dropped unread; of the last record its SHA-256 is kept."""

LATEST_MS = 4_102_444_800_000
"""A producer may claim any time; what lies after the year 2100 PostgreSQL need not understand."""

_BEGIN = """
INSERT INTO position (topic, partition, log_id)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[]) AS assigned (topic, partition, log_id)
ORDER BY topic, partition
ON CONFLICT (topic, partition) DO NOTHING
"""
_READ = """
SELECT topic, partition, next_offset, last_record, last_at, log_id
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
_MOVE = """
UPDATE position
SET next_offset = moved.next_offset, last_record = moved.last_record,
    last_at = to_timestamp(moved.last_ms / 1000.0),
    folded = position.folded + moved.folded,
    duplicate = position.duplicate + moved.duplicate,
    quarantined = position.quarantined + moved.quarantined,
    ignored = position.ignored + moved.ignored
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bytea[], $5::bigint[],
            $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
     AS moved (topic, partition, next_offset, last_record, last_ms,
               folded, duplicate, quarantined, ignored)
WHERE position.topic = moved.topic AND position.partition = moved.partition
"""
_LOSE = """
UPDATE position
SET next_offset = $3, lost = lost + $3 - next_offset, last_record = NULL
WHERE topic = $1 AND partition = $2 AND next_offset = $4
"""
_BLAME = """
UPDATE position
SET bugs = CASE WHEN bug_offset = $3 THEN bugs + 1 ELSE 1 END, bug_offset = $3
WHERE topic = $1 AND partition = $2
RETURNING bugs
"""


@dataclass(frozen=True, slots=True)
class Position:
    """The next offset to fold, and what the log must show to be the same log."""

    topic: str
    partition: int
    next_offset: int
    last_record: bytes | None
    last_at: datetime | None
    log_id: str

    @property
    def place(self) -> Partition:
        """The partition it belongs to."""
        return self.topic, self.partition


class Moved(Exception):  # noqa: N818 - no mistake: another worker has gone on
    """A position is not where the batch begins; nothing of the batch may be committed."""


async def read(pool: Pool, topics: Collection[str]) -> dict[Partition, Position]:
    """The positions of all partitions of these topics that anybody has followed yet."""
    found = [Position(**row) for row in await pool.fetch(_READ, list(topics))]
    return {position.place: position for position in found}


async def take_up(
    pool: Pool, bootstrap: str, places: Collection[Partition], *, expires: bool
) -> dict[Partition, Position]:
    """The positions of these partitions, new ones at 0, in the log that they belong to.

    Raises AnotherLog if Kafka holds another one. Where records expire, what is gone is passed and
    counted as lost.
    """
    ids = await log_ids(bootstrap, places)
    await pool.execute(_BEGIN, *_columns([(*place, ids[place]) for place in sorted(places)], 3))
    known = await read(pool, {topic for topic, _ in places})
    mine = {place: known[place] for place in places}
    for place, extent in (await extents(bootstrap, ids)).items():
        position = mine[place]
        check_id(place, position.log_id, extent)
        if expires and position.next_offset < extent.start:
            position = mine[place] = await _lose(pool, position, extent.start)
        check_offset(place, position.next_offset, extent)
        if extent.start == position.next_offset:
            mine[place] = replace(position, last_record=None)
    return mine


async def lock(connection: Connection, batch: Batch) -> None:
    """Lock the batch's positions until the transaction ends; Moved unless it begins there."""
    topics, partitions = _columns(sorted(batch.steps), 2)
    rows = await connection.fetch(_LOCK, topics, partitions)
    found = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    for place, step in batch.steps.items():
        if found.get(place) != step.begin:
            raise Moved(f"{place} is at {found.get(place)}, the batch begins at {step.begin}")


async def move(connection: Connection, batch: Batch, tallies: Tallies) -> None:
    """Move the locked positions; Bug unless every record of the batch is accounted for."""
    if unknown := set(tallies) - set(batch.steps):
        raise Bug(f"the fold accounts for partitions that are not in the batch: {unknown}")
    steps = sorted(batch.steps.items())
    rows = [_row(place, step, tallies.get(place, Tally())) for place, step in steps]
    await connection.execute(_MOVE, *_columns(rows, 9))


async def blame(pool: Pool, record: Record) -> int:
    """Note, in a transaction of its own, that we failed at this record; gives how often by now."""
    bugs: int = await pool.fetchval(_BLAME, *record.place, record.offset)
    return bugs


async def _lose(pool: Pool, position: Position, start: int) -> Position:
    await pool.execute(_LOSE, *position.place, start, position.next_offset)
    return replace(position, next_offset=start, last_record=None)


def _row(place: Partition, step: Step, tally: Tally) -> tuple[object, ...]:
    if tally.total != len(step.records):
        raise Bug(f"the fold accounts for {tally.total} of {len(step.records)} records of {place}")
    last = step.records[-1]
    counts = (tally.folded, tally.duplicate, tally.quarantined, tally.ignored + step.holes)
    last_ms = min(max(last.timestamp_ms, 0), LATEST_MS)
    return (*place, step.end, last.digest, last_ms, *counts)


def _columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    """The rows turned into `width` columns, as `unnest` takes them."""
    turned: list[list[object]] = [[] for _ in range(width)]
    for row in rows:
        for column, value in zip(turned, row, strict=True):
            column.append(value)
    return turned
