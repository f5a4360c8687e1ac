"""The staging schema of the next projection: its tables, their indexes, and the steps done."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from runtime.messaging.records import Partition
from runtime.storage.pool import Connection
from services.reporting.rebuild.schema_names import (
    ALL_PARTITIONS,
    LIVE,
    LOCK_REBUILD,
    NEXT,
    PROJECTION_TABLES,
    TRY_LOCK,
)

_EXISTS = "SELECT to_regclass($1) IS NOT NULL"
_MIGRATION = "SELECT version_num FROM reporting.alembic_version"
_ORIGIN = f"SELECT fingerprint, series, migration FROM {NEXT}.origin"
_DROP = f"""
DO $$ DECLARE old text; BEGIN
    FOR old IN SELECT tablename FROM pg_tables WHERE schemaname = '{NEXT}' LOOP
        EXECUTE format('DROP TABLE %I.%I', '{NEXT}', old);
    END LOOP;
END $$
"""
_CREATE_TABLES = "".join(
    f"CREATE TABLE {NEXT}.{table} (LIKE {LIVE}.{table} INCLUDING ALL EXCLUDING INDEXES)"
    " WITH (autovacuum_enabled = off);"
    for table in PROJECTION_TABLES
)
_ANALYZE = "".join(
    f"ALTER TABLE {NEXT}.{table} RESET (autovacuum_enabled); ANALYZE {NEXT}.{table};"
    for table in PROJECTION_TABLES
)
_CREATE_BOOKKEEPING = f"""
-- Hides the live table: what to publish again is found by comparing at the cut-over.
CREATE TABLE {NEXT}.changed_cell (LIKE {LIVE}.changed_cell);
CREATE TABLE {NEXT}.origin (fingerprint bytea, series text[], migration text, begun_at timestamptz);
CREATE TABLE {NEXT}.target (
    topic text, partition integer, next_offset bigint, topic_id text, last_record bytea,
    last_at timestamptz
);
CREATE TABLE {NEXT}.chunk (
    partition integer, slice integer, slices integer, records bigint, done_at timestamptz
);
CREATE TABLE {NEXT}.outcome_count (topic text, partition integer, outcome text, records bigint);
CREATE TABLE {NEXT}.cross_partition (code text COLLATE "C");
CREATE TABLE {NEXT}.step (name text PRIMARY KEY, done_at timestamptz DEFAULT clock_timestamp());
"""
_INSERT_ORIGIN = f"INSERT INTO {NEXT}.origin VALUES ($1, $2, $3, clock_timestamp())"
_INSERT_TARGETS = f"""
INSERT INTO {NEXT}.target
SELECT topic, partition, next_offset, topic_id, last_record, last_at
FROM {LIVE}.position WHERE topic = ANY ($1::text[])
"""
_INSERT_CHUNKS = f"""
INSERT INTO {NEXT}.chunk
SELECT partition, slice, slices, records / slices
FROM (
    SELECT partition, sum(next_offset) AS records,
           1 + sum(next_offset)::bigint / $1::bigint AS slices
    FROM {NEXT}.target GROUP BY partition
) AS sizes
CROSS JOIN LATERAL generate_series(0, slices - 1) AS slice
"""
_TARGETS = "SELECT topic, partition, next_offset, topic_id FROM target ORDER BY topic, partition"
_INSERT_POSITIONS = """
INSERT INTO position (topic, partition, next_offset, last_record, last_at, topic_id,
                      applied, duplicate, quarantined, ignored)
SELECT topic, partition, next_offset, last_record, last_at, topic_id,
       applied, duplicate, quarantined,
       -- Offsets without a record count as ignored too.
       next_offset - applied - duplicate - quarantined AS ignored
FROM target
CROSS JOIN LATERAL (
    SELECT coalesce(sum(records) FILTER (WHERE outcome = 'applied'), 0) AS applied,
           coalesce(sum(records) FILTER (WHERE outcome = 'duplicate'), 0) AS duplicate,
           coalesce(sum(records) FILTER (WHERE outcome = 'quarantined'), 0) AS quarantined
    FROM outcome_count
    WHERE (outcome_count.topic, outcome_count.partition) = (target.topic, target.partition)
) AS counted
"""
_INSERT_DEFINITIONS = """
INSERT INTO projection (name, definitions_fingerprint, series, definitions, aggregation_specs)
VALUES ('live', $1, $2, $3::jsonb, $4::jsonb)
"""
_REMOVE_DUPLICATE_FACTS = """
WITH surplus AS (
    DELETE FROM fact USING (
        SELECT ctid, row_number() OVER (
            PARTITION BY source, event_id ORDER BY recorded_at, subject
        ) AS n
        FROM fact
    ) AS ranked
    WHERE fact.ctid = ranked.ctid AND ranked.n > 1
    RETURNING fact.subject
), counted AS (
    -- Records of several partitions have no order, so no partition has the first one.
    UPDATE position
    SET applied = applied - removed.surplus, duplicate = duplicate + removed.surplus
    FROM (SELECT count(*) AS surplus FROM surplus) AS removed
    WHERE (topic, partition) = (
        SELECT topic, partition FROM position ORDER BY applied DESC, topic, partition LIMIT 1
    )
)
INSERT INTO cross_partition SELECT DISTINCT subject FROM surplus
"""
_MERGE_SUBJECTS = """
WITH several AS (
    SELECT code, min(id) AS first FROM subject GROUP BY code HAVING count(*) > 1
), removed AS (
    DELETE FROM entry USING subject, several
    WHERE subject.code = several.code AND entry.subject = subject.id
), surplus AS (
    DELETE FROM subject USING several
    WHERE subject.code = several.code AND subject.id <> several.first
)
INSERT INTO cross_partition SELECT code FROM several
"""
_INDEXES = f"""
SELECT c.relname AS name, k.contype,
       replace(pg_get_indexdef(i.indexrelid), format(' ON %I.%I ', n.nspname, t.relname),
               format(' ON %I.%I ', '{NEXT}', t.relname)) AS ddl
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
WHERE n.nspname = $1 AND t.relname = $2
ORDER BY c.relname
"""
_CROSS_PARTITION_CODES = (
    "SELECT DISTINCT code FROM cross_partition WHERE code ~ '^[pvs]-' ORDER BY 1"
)
_IS_DONE = "SELECT EXISTS (SELECT FROM step WHERE name = $1)"
_MARK_DONE = "INSERT INTO step (name) VALUES ($1) ON CONFLICT DO NOTHING"


class PartitionTarget(NamedTuple):
    """The offset up to which chunks read a partition: the live position when the rebuild began."""

    topic: str
    partition: int
    next_offset: int
    topic_id: str

    @property
    def topic_partition(self) -> Partition:
        """The partition."""
        return self.topic, self.partition


class TableIndex(NamedTuple):
    """An index of a live table, and the DDL of an equal one on the staging table.

    `contype` is the type of the constraint that uses it, as in PostgreSQL's pg_constraint.
    """

    table: str
    name: str
    ddl: str
    contype: bytes | None


@dataclass(frozen=True, slots=True)
class ProjectionOrigin:
    """The definitions and the version of the tables for which a projection is built."""

    fingerprint: bytes
    series: frozenset[str]
    migration: str


class StagingSchema:
    """The next projection, through one connection with STAGING_SESSION's settings."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def origin(self) -> ProjectionOrigin | None:
        """Return what the next projection is built for; None if there is none."""
        if not await self._connection.fetchval(_EXISTS, f"{NEXT}.origin"):
            return None
        row = await self._connection.fetchrow(_ORIGIN)
        if row is None:
            return None
        return ProjectionOrigin(row["fingerprint"], frozenset(row["series"]), row["migration"])

    async def migration(self) -> str:
        """Return the version of the live tables."""
        return str(await self._connection.fetchval(_MIGRATION))

    async def drop(self) -> None:
        """Drop all staging tables."""
        await self._connection.execute(_DROP)

    async def create(
        self, origin: ProjectionOrigin, topics: Collection[str], slice_records: int
    ) -> None:
        """Create the staging tables, targets and chunks; the caller holds a transaction."""
        await self.create_bookkeeping(origin)
        await self._connection.execute(_CREATE_TABLES)
        await self._connection.execute(_INSERT_TARGETS, list(topics))
        await self._connection.execute(_INSERT_CHUNKS, slice_records)

    async def create_bookkeeping(self, origin: ProjectionOrigin) -> None:
        """Drop all staging tables; create the tables of the rebuild itself and store the origin."""
        await self.drop()
        await self._connection.execute(_CREATE_BOOKKEEPING)
        series = sorted(origin.series)
        await self._connection.execute(_INSERT_ORIGIN, origin.fingerprint, series, origin.migration)

    async def targets(self) -> list[PartitionTarget]:
        """Return the offset up to which chunks read each partition."""
        return [PartitionTarget(*row) for row in await self._connection.fetch(_TARGETS)]

    async def write_positions(
        self, origin: ProjectionOrigin, parts: str, aggregation_specs: str
    ) -> None:
        """Insert the definitions, and the positions with their counts by outcome."""
        series = sorted(origin.series)
        await self._connection.execute(
            _INSERT_DEFINITIONS, origin.fingerprint, series, parts, aggregation_specs
        )
        await self._connection.execute(_INSERT_POSITIONS)

    async def merge_subjects(self) -> None:
        """Keep one row of each subject that is in several chunks, without entries."""
        await self._connection.execute(_MERGE_SUBJECTS)

    async def remove_duplicate_facts(self) -> None:
        """Keep one of the facts that several partitions have under one key."""
        await self._connection.execute(_REMOVE_DUPLICATE_FACTS)

    async def indexes(self, schema: str, table: str) -> list[TableIndex]:
        """Return a table's indexes."""
        found = await self._connection.fetch(_INDEXES, schema, table)
        return [TableIndex(table, row["name"], row["ddl"], row["contype"]) for row in found]

    async def create_index(self, index: TableIndex) -> None:
        """Create an index like the live table's on the staging table, and its constraint."""
        async with self._connection.transaction():
            await self._connection.execute(index.ddl)
            if index.contype is not None:
                kind = {b"p": "PRIMARY KEY", b"u": "UNIQUE"}[index.contype]
                await self._connection.execute(
                    f"ALTER TABLE {NEXT}.{index.table}"
                    f" ADD CONSTRAINT {index.name} {kind} USING INDEX {index.name}"
                )

    async def analyze(self) -> None:
        """Analyze the filled staging tables and enable autovacuum for them."""
        await self._connection.execute(_ANALYZE)

    async def cross_partition_codes(self) -> list[str]:
        """Return the codes whose entries depend on several chunks, to be recomputed last."""
        return [row["code"] for row in await self._connection.fetch(_CROSS_PARTITION_CODES)]

    async def is_done(self, step: str) -> bool:
        """Return whether a step is done."""
        return bool(await self._connection.fetchval(_IS_DONE, step))

    async def mark_done(self, step: str) -> None:
        """Mark a step as done."""
        await self._connection.execute(_MARK_DONE, step)

    async def lock_rebuild(self) -> bool:
        """Lock the rebuild for this session; return False if another session holds the lock."""
        return bool(await self._connection.fetchval(TRY_LOCK, LOCK_REBUILD, ALL_PARTITIONS))
