"""The inbox of a service: consumed events, each fact's newest state, positions in the log."""

from collections.abc import Collection, Mapping

from runtime.messaging.records import Partition, Record
from runtime.storage.fact import PRECEDENCE_COLUMNS, precedence_in
from runtime.storage.pool import Connection, Pool
from schemas.envelope import Envelope, content_digest
from schemas.events.event import Event
from schemas.rules.recorded_fact import precedence_of
from schemas.validation.problems import refusal

DDL = """
CREATE TABLE inbox (
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    consumed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, id)
);
CREATE TABLE consumer_position (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    topic_id text NOT NULL,
    failed_offset bigint,
    failures integer NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);
CREATE TABLE consumed_fact (
    source text COLLATE "C" NOT NULL,
    fact_type text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    factid text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    is_retraction boolean NOT NULL,
    version integer NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (source, fact_type, subject, factid)
);
"""

_START = """
INSERT INTO consumer_position (topic, partition, topic_id)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[]) AS assigned (topic, partition, topic_id)
ORDER BY topic, partition
ON CONFLICT (topic, partition) DO NOTHING
"""
_READ = """
SELECT topic, partition, next_offset, topic_id
FROM consumer_position
JOIN unnest($1::text[], $2::integer[]) AS wanted (topic, partition) USING (topic, partition)
"""
_LOCK = """
SELECT next_offset FROM consumer_position WHERE topic = $1 AND partition = $2 FOR UPDATE
"""
_ADVANCE = "UPDATE consumer_position SET next_offset = $3 WHERE topic = $1 AND partition = $2"
_COMPARE_AND_ADVANCE = f"{_ADVANCE} AND next_offset BETWEEN $4 AND $3 RETURNING true"
_COUNT_FAILURE = """
UPDATE consumer_position
SET failures = CASE WHEN failed_offset = $3 THEN failures + 1 ELSE 1 END, failed_offset = $3
WHERE topic = $1 AND partition = $2
RETURNING failures
"""
_RECORD = """
INSERT INTO inbox (source, id, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true
"""
_DIGEST = "SELECT digest FROM inbox WHERE source = $1 AND id = $2"
_SUPERSEDE = f"""
INSERT INTO consumed_fact (source, fact_type, subject, factid, {PRECEDENCE_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (source, fact_type, subject, factid) DO UPDATE
SET ({PRECEDENCE_COLUMNS}) = ({precedence_in("excluded")})
WHERE ({precedence_in("excluded")}) > ({precedence_in("consumed_fact")})
RETURNING true
"""

Positions = Mapping[Partition, tuple[int, str]]
"""The next offset, and the id of the topic that it belongs to."""


async def start_positions(pool: Pool, topic_ids: Mapping[Partition, str]) -> None:
    """Start these partitions at offset 0 of the topics with these ids, unless they have started."""
    rows = [(*partition, topic_ids[partition]) for partition in sorted(topic_ids)]
    await pool.execute(_START, *map(list, zip(*rows, strict=True)))


async def read(pool: Pool, partitions: Collection[Partition]) -> Positions:
    """Return the positions of those of these partitions that have started."""
    topics, numbers = [topic for topic, _ in partitions], [number for _, number in partitions]
    rows = await pool.fetch(_READ, topics, numbers)
    return {(row["topic"], row["partition"]): (row["next_offset"], row["topic_id"]) for row in rows}


async def lock(connection: Connection, partition: Partition) -> int:
    """Lock a partition's position until the transaction ends, and return its next offset."""
    offset: int = await connection.fetchval(_LOCK, *partition)
    return offset


async def advance(connection: Connection, partition: Partition, to: int) -> None:
    """Set the next offset of a partition whose position is locked."""
    await connection.execute(_ADVANCE, *partition, to)


async def compare_and_advance(pool: Pool, partition: Partition, begin: int, to: int) -> bool:
    """Set the next offset of a partition if it is between `begin` and `to`; otherwise return False.

    It is in between if an earlier save was committed and its acknowledgement lost.
    """
    return bool(await pool.fetchval(_COMPARE_AND_ADVANCE, *partition, to, begin))


async def count_failure(pool: Pool, record: Record) -> int:
    """Count, in its own transaction, a failure at this record; return the number so far."""
    failures: int = await pool.fetchval(_COUNT_FAILURE, *record.topic_partition, record.offset)
    return failures


async def record_once(connection: Connection, event: Envelope[Event]) -> bool:
    """Record an event as consumed; False if it was before, Refusal if it had other content."""
    name, digest = (event.source, event.id), content_digest(event)
    if await connection.fetchval(_RECORD, *name, digest):
        return True
    if await connection.fetchval(_DIGEST, *name) == digest:
        return False
    detail = "This id was consumed before with other content; the first content stays."
    raise refusal("E1301", "$.id", detail, "Correct a fact by a new id and a higher revision.")


async def supersede(connection: Connection, event: Envelope[Event]) -> bool:
    """Record the state of a fact; False if it is not newer than the recorded one."""
    return bool(await connection.fetchval(_SUPERSEDE, *event.identity, *precedence_of(event)))
