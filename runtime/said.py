"""Saying events: rows of the outbox, in the transaction of the change that they tell of."""

from collections.abc import Sequence
from datetime import UTC, datetime

from runtime.postgres import Connection
from schemas.envelope import Envelope, stamped, to_bytes
from schemas.event import Event
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
     WITH ORDINALITY AS said (topic, key, source, event_id, value, n)
ORDER BY n
"""


async def say(
    connection: Connection, envelopes: Sequence[Envelope[Event]]
) -> list[Envelope[Event]]:
    """Write events into the outbox, in this order, as part of the connection's transaction.

    Gives them back with `recordedtime` from the database's clock. They reach Kafka if and only if
    the transaction commits. Whoever says events of a subject must hold a lock on that subject's
    row, so that the order of ids is the order of commits.
    """
    if not envelopes:
        return []
    now: datetime = await connection.fetchval(_NOW_AND_WAKE)
    said = [stamped(envelope, now.astimezone(UTC)) for envelope in envelopes]
    await connection.execute(
        _INSERT,
        [topic_of(envelope.type).name for envelope in said],
        [envelope.subject for envelope in said],
        [envelope.source for envelope in said],
        [envelope.id for envelope in said],
        [to_bytes(envelope) for envelope in said],
        now,
    )
    return said
