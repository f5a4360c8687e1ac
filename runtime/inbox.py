"""What a service has heard: its events, the newest state of each fact, how far it is in the log."""

from collections.abc import Collection, Mapping

from runtime.batch import Record
from runtime.kafka import Partition
from runtime.postgres import Connection, Pool
from schemas.envelope import Envelope, content_digest
from schemas.event import Event
from schemas.problem import refusal

DDL = """
CREATE TABLE inbox (
    source text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, id)
);
CREATE TABLE heard_position (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    log_id text NOT NULL,
    bug_offset bigint,
    bugs integer NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);
CREATE TABLE heard_fact (
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

_BEGIN = """
INSERT INTO heard_position (topic, partition, log_id)
SELECT * FROM unnest($1::text[], $2::integer[], $3::text[]) AS assigned (topic, partition, log_id)
ORDER BY topic, partition
ON CONFLICT (topic, partition) DO NOTHING
"""
_READ = """
SELECT topic, partition, next_offset, log_id
FROM heard_position
JOIN unnest($1::text[], $2::integer[]) AS asked (topic, partition) USING (topic, partition)
"""
_LOCK = """
SELECT next_offset FROM heard_position WHERE topic = $1 AND partition = $2 FOR UPDATE
"""
_MOVE = "UPDATE heard_position SET next_offset = $3 WHERE topic = $1 AND partition = $2"
_MOVE_FROM = f"{_MOVE} AND next_offset = $4 RETURNING true"
_BLAME = """
UPDATE heard_position
SET bugs = CASE WHEN bug_offset = $3 THEN bugs + 1 ELSE 1 END, bug_offset = $3
WHERE topic = $1 AND partition = $2
RETURNING bugs
"""
_ENTER = """
INSERT INTO inbox (source, id, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true
"""
_DIGEST = "SELECT digest FROM inbox WHERE source = $1 AND id = $2"
_RENEW = """
INSERT INTO heard_fact
    (source, fact_type, subject, factid, revision, is_retraction, version, event_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (source, fact_type, subject, factid) DO UPDATE
SET revision = excluded.revision, is_retraction = excluded.is_retraction,
    version = excluded.version, event_id = excluded.event_id
WHERE (excluded.revision, excluded.is_retraction, excluded.version, excluded.event_id)
    > (heard_fact.revision, heard_fact.is_retraction, heard_fact.version, heard_fact.event_id)
RETURNING true
"""

Known = Mapping[Partition, tuple[int, str]]
"""Next offset and the id of the log that it belongs to."""


async def begin(pool: Pool, ids: Mapping[Partition, str]) -> None:
    """Begin these partitions at 0, in the logs with these ids, unless they have begun before."""
    rows = [(*place, ids[place]) for place in sorted(ids)]
    await pool.execute(_BEGIN, *map(list, zip(*rows, strict=True)))


async def read(pool: Pool, places: Collection[Partition]) -> Known:
    """How far these partitions are heard, as far as they have begun."""
    topics, partitions = [topic for topic, _ in places], [number for _, number in places]
    rows = await pool.fetch(_READ, topics, partitions)
    return {(row["topic"], row["partition"]): (row["next_offset"], row["log_id"]) for row in rows}


async def lock(connection: Connection, place: Partition) -> int:
    """The next offset of a partition, locked until the transaction ends."""
    offset: int = await connection.fetchval(_LOCK, *place)
    return offset


async def move(connection: Connection, place: Partition, to: int) -> None:
    """Set the next offset of a partition that is locked."""
    await connection.execute(_MOVE, *place, to)


async def move_from(pool: Pool, place: Partition, begin: int, to: int) -> bool:
    """Set the next offset of a partition if it is at `begin`; otherwise False."""
    return bool(await pool.fetchval(_MOVE_FROM, *place, to, begin))


async def blame(pool: Pool, record: Record) -> int:
    """Note, in a transaction of its own, that we failed at this record; gives how often by now."""
    bugs: int = await pool.fetchval(_BLAME, *record.place, record.offset)
    return bugs


async def enter(connection: Connection, heard: Envelope[Event]) -> bool:
    """Enter an event; False if it was heard before, a Refusal if it then had other content."""
    name, digest = (heard.source, heard.id), content_digest(heard)
    if await connection.fetchval(_ENTER, *name, digest):
        return True
    if await connection.fetchval(_DIGEST, *name) == digest:
        return False
    detail = "This id was heard before with other content, and the first stays."
    raise refusal("E1301", "$.id", detail, "Correct a fact by a new id and a higher revision.")


async def renew(connection: Connection, heard: Envelope[Event]) -> bool:
    """Note the state of a fact; False if it is not newer than the one heard before.

    Of one fact the greatest (revision, retraction over statement, version, id) counts, whatever
    the order of arrival.
    """
    state = (heard.revision, heard.is_retraction, heard.version, heard.id)
    return bool(await connection.fetchval(_RENEW, *heard.identity, *state))
