"""Deferred events: valid events of types or versions that this program does not know yet."""

from collections.abc import Collection
from dataclasses import dataclass

from runtime.storage.pool import Connection, Pool
from runtime.storage.quarantine import RawRecord

DDL = """
-- Valid events that wait for a program that knows the type `awaited`; `value` is the whole record.
CREATE TABLE deferred_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    kafka_offset bigint NOT NULL,
    awaited text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    value bytea NOT NULL,
    failures integer NOT NULL DEFAULT 0,
    deferred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (topic, partition, kafka_offset)
);
CREATE INDEX deferred_event_awaited ON deferred_event (awaited, id);
CREATE INDEX deferred_event_subject ON deferred_event (subject);
"""

# Of an erased subject nothing is stored.
_INSERT = """
INSERT INTO deferred_event (topic, partition, kafka_offset, awaited, subject, value)
SELECT $1, $2, $3, $4, $5, $6
WHERE NOT EXISTS (SELECT FROM erased_subject WHERE code = $5)
ON CONFLICT (topic, partition, kafka_offset) DO NOTHING
"""
_OLDEST = """
SELECT id FROM deferred_event WHERE awaited = ANY ($1::text[]) AND id > $2 ORDER BY id LIMIT 1
"""
_LOCK = """
SELECT topic, partition, kafka_offset, value FROM deferred_event WHERE id = $1
FOR UPDATE SKIP LOCKED
"""
_AWAIT = "UPDATE deferred_event SET awaited = $2 WHERE id = $1"
_DELETE = "DELETE FROM deferred_event WHERE id = $1"
_DELETE_SUBJECT = "DELETE FROM deferred_event WHERE subject = $1"
_COUNT = "SELECT count(*) FROM deferred_event"
_COUNT_FAILURE = """
UPDATE deferred_event SET failures = failures + 1 WHERE id = $1 RETURNING failures
"""


@dataclass(frozen=True, slots=True)
class DeferredRecord:
    """The record of a deferred event, with its coordinates in Kafka."""

    topic: str
    partition: int
    offset: int
    value: bytes


async def insert(connection: Connection, record: RawRecord, awaited: str, subject: str) -> None:
    """Store a record until a program knows the type `awaited`, unless its subject is erased."""
    coordinates = (record.topic, record.partition, record.offset)
    await connection.execute(_INSERT, *coordinates, awaited, subject, record.value)


async def oldest(pool: Pool, known: Collection[str], after: int) -> int | None:
    """Return the id of the oldest event that awaits one of these types, after another id."""
    found: int | None = await pool.fetchval(_OLDEST, list(known), after)
    return found


async def lock(connection: Connection, event_id: int) -> DeferredRecord | None:
    """Lock a deferred event; None if it is deleted, or locked by another replica."""
    row = await connection.fetchrow(_LOCK, event_id)
    return None if row is None else DeferredRecord(*row)


async def await_type(connection: Connection, event_id: int, awaited: str) -> None:
    """Let a deferred event wait for another type."""
    await connection.execute(_AWAIT, event_id, awaited)


async def delete(connection: Connection, event_id: int) -> None:
    """Delete an event that was handled or quarantined."""
    await connection.execute(_DELETE, event_id)


async def erase(connection: Connection, subject: str) -> None:
    """Delete all deferred events of a subject."""
    await connection.execute(_DELETE_SUBJECT, subject)


async def count(connection: Connection) -> int:
    """Return the number of deferred events."""
    number: int = await connection.fetchval(_COUNT)
    return number


async def count_failure(pool: Pool, event_id: int) -> int:
    """Count, in its own transaction, a failure at this event; return the number so far."""
    failures: int | None = await pool.fetchval(_COUNT_FAILURE, event_id)
    return failures or 0
