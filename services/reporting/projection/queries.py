"""The SQL of the projection outside batches: its definitions, ids of names, and its progress."""

from collections.abc import Collection, Iterable, Sequence

import asyncpg

from runtime.storage.pool import Connection, Pool
from services.reporting.domain.dimensions import Bucket
from services.reporting.projection.repository import StoredDefinitions

_INSERT_DEFINITIONS = """
INSERT INTO projection (name, definitions_fingerprint, series, definitions, aggregation_specs)
VALUES ('live', $1, $2, $3::jsonb, $4::jsonb) ON CONFLICT DO NOTHING
"""
_LOCK_DEFINITIONS = """
SELECT definitions_fingerprint, series FROM projection WHERE name = 'live' FOR UPDATE
"""
_PARTS = "SELECT definitions FROM projection WHERE name = 'live'"
_UPDATE_SPECS = """
UPDATE projection SET aggregation_specs = $1::jsonb
WHERE name = 'live' AND aggregation_specs <> $1::jsonb
"""
_UPDATE_SERIES = "UPDATE projection SET series = $1 WHERE name = 'live'"
_EXISTING_CODES = "SELECT code FROM subject WHERE code = ANY ($1::text[]) ORDER BY code"

_INSERT_MEASURES = """
INSERT INTO measure (name)
SELECT wanted.name FROM unnest($1::text[]) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM measure m WHERE m.name = wanted.name)
ORDER BY wanted.name COLLATE "C"
ON CONFLICT DO NOTHING
"""
_MEASURES = "SELECT name, id FROM measure"
_INSERT_BUCKETS = """
INSERT INTO bucket (split, name)
SELECT wanted.split, wanted.name FROM unnest($1::text[], $2::text[]) AS wanted (split, name)
WHERE NOT EXISTS (
    SELECT FROM bucket b WHERE (b.split, b.name) = (wanted.split, wanted.name)
)
ORDER BY wanted.split COLLATE "C", wanted.name COLLATE "C"
ON CONFLICT DO NOTHING
"""
_BUCKETS = "SELECT split, name, id FROM bucket"

_PROGRESS = """
SELECT topic, partition, next_offset, quarantined,
       applied + duplicate + quarantined + ignored + lost AS accounted
FROM position
WHERE topic = ANY ($1::text[])
"""


async def insert_definitions(
    connection: Connection, stored: StoredDefinitions, parts: str, specs: str
) -> None:
    """Store the definitions of an empty projection; change nothing if it has some."""
    series = sorted(stored.series)
    await connection.execute(_INSERT_DEFINITIONS, stored.fingerprint, series, parts, specs)


async def lock_definitions(connection: Connection) -> StoredDefinitions | None:
    """Return the stored definitions, locked for an update; None if the projection has none."""
    row = await connection.fetchrow(_LOCK_DEFINITIONS)
    if row is None:
        return None
    return StoredDefinitions(row["definitions_fingerprint"], frozenset(row["series"]))


async def stored_parts(connection: Connection) -> str | None:
    """Return the parts of the stored definitions as JSON; None if the projection has none."""
    parts: str | None = await connection.fetchval(_PARTS)
    return parts


async def update_specs(connection: Connection, specs: str) -> None:
    """Store how measures are aggregated, as JSON."""
    await connection.execute(_UPDATE_SPECS, specs)


async def update_series(connection: Connection, series: Iterable[str]) -> None:
    """Store which series are declared."""
    await connection.execute(_UPDATE_SERIES, sorted(series))


async def existing_codes(connection: Connection, codes: Iterable[str]) -> list[str]:
    """Return those of the codes that are subjects, in order."""
    return [row["code"] for row in await connection.fetch(_EXISTING_CODES, list(codes))]


async def insert_measures(connection: Connection, names: Sequence[str]) -> None:
    """Give an id to each measure that has none, by name."""
    await connection.execute(_INSERT_MEASURES, names)


async def measure_ids(connection: Connection) -> dict[str, int]:
    """Return the id of every measure by its name."""
    return {row["name"]: row["id"] for row in await connection.fetch(_MEASURES)}


async def insert_buckets(connection: Connection, buckets: Collection[Bucket]) -> None:
    """Give an id to each of these buckets that has none; there must be at least one."""
    await connection.execute(_INSERT_BUCKETS, *zip(*sorted(buckets), strict=True))


async def bucket_ids(connection: Connection) -> dict[Bucket, int]:
    """Return the id of every bucket by (split, name)."""
    found = await connection.fetch(_BUCKETS)
    return {(row["split"], row["name"]): row["id"] for row in found}


async def progress(pool: Pool, topics: Collection[str]) -> list[asyncpg.Record]:
    """Return topic, partition, next offset and counts of every partition that has started."""
    return list(await pool.fetch(_PROGRESS, sorted(topics)))
