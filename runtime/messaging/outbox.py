"""The outbox: events to publish, as rows of the transaction that records the change."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from runtime.storage.pool import Connection
from schemas.envelope import Envelope, encode_event, with_recordedtime
from schemas.events.event import Event
from schemas.topics import topic_of

DDL = """
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    value bytea NOT NULL CHECK (octet_length(value) <= 131072),
    recorded_at timestamptz NOT NULL,
    sent_at timestamptz,
    partition integer,
    kafka_offset bigint,
    CHECK (num_nulls(sent_at, partition, kafka_offset) IN (0, 3))
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
CREATE INDEX outbox_event ON outbox (source, event_id);
"""

_NOW_AND_WAKE = """
SELECT date_trunc('milliseconds', clock_timestamp()),
       pg_notify('outbox_' || current_schema(), '')
"""
_INSERT = """
INSERT INTO outbox (topic, key, source, event_id, value, recorded_at)
SELECT topic, key, source, event_id, value, $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
     WITH ORDINALITY AS event (topic, key, source, event_id, value, n)
ORDER BY n
"""


async def enqueue(
    connection: Connection, events: Sequence[Envelope[Event]]
) -> list[Envelope[Event]]:
    """Add events to the outbox, in this order, within the connection's transaction.

    Returns them with `recordedtime` from the database's clock. They reach Kafka if and only if the
    transaction commits. Whoever enqueues events of a subject must hold a lock on that subject's
    row, so that the order of ids is the order of commits.
    """
    if not events:
        return []
    now: datetime = await connection.fetchval(_NOW_AND_WAKE)
    recorded = [with_recordedtime(event, now.astimezone(UTC)) for event in events]
    await connection.execute(
        _INSERT,
        [topic_of(event.type).name for event in recorded],
        [event.subject for event in recorded],
        [event.source for event in recorded],
        [event.id for event in recorded],
        [encode_event(event) for event in recorded],
        now,
    )
    return recorded


async def wake_by_notify(connection: Connection, woken: asyncio.Event) -> None:
    """Set `woken` whenever a transaction that enqueued events commits."""
    channel = await connection.fetchval("SELECT 'outbox_' || current_schema()")

    def wake(*_: object) -> None:
        woken.set()

    await connection.add_listener(channel, wake)
