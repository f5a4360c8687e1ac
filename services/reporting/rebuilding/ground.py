"""The SQL of the ground that a projection is built on: new tables, their indexes, the steps."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from runtime.kafka import Partition
from runtime.postgres import Connection
from services.reporting.rebuilding.names import ALL, LIVE, LOCK_REBUILD, NEXT, TABLES, TRY_LOCK

BEGUN = "SELECT to_regclass($1) IS NOT NULL"
MIGRATION = "SELECT version_num FROM reporting.alembic_version"
ORIGIN = f"SELECT digest, series, migration FROM {NEXT}.origin"
EMPTY = f"""
DO $$ DECLARE old text; BEGIN
    FOR old IN SELECT tablename FROM pg_tables WHERE schemaname = '{NEXT}' LOOP
        EXECUTE format('DROP TABLE %I.%I', '{NEXT}', old);
    END LOOP;
END $$
"""
MAKE = "".join(
    f"CREATE TABLE {NEXT}.{table} (LIKE {LIVE}.{table} INCLUDING ALL EXCLUDING INDEXES)"
    " WITH (autovacuum_enabled = off);"
    for table in TABLES
)
FINISH = "".join(
    f"ALTER TABLE {NEXT}.{table} RESET (autovacuum_enabled); ANALYZE {NEXT}.{table};"
    for table in TABLES
)
MAKE_NOTES = f"""
-- Hides the live one: what readers must be told is found by comparing, when we change over.
CREATE TABLE {NEXT}.dirty (LIKE {LIVE}.dirty);
CREATE TABLE {NEXT}.origin (digest bytea, series text[], migration text, begun_at timestamptz);
CREATE TABLE {NEXT}.target (
    topic text, partition integer, next_offset bigint, log_id text, last_record bytea,
    last_at timestamptz
);
CREATE TABLE {NEXT}.part (
    partition integer, slice integer, slices integer, records bigint, done_at timestamptz
);
CREATE TABLE {NEXT}.tally (topic text, partition integer, outcome text, records bigint);
CREATE TABLE {NEXT}.apart (code text COLLATE "C");
CREATE TABLE {NEXT}.step (name text PRIMARY KEY, done_at timestamptz DEFAULT clock_timestamp());
"""
BEGIN = f"INSERT INTO {NEXT}.origin VALUES ($1, $2, $3, clock_timestamp())"
TARGETS = f"""
INSERT INTO {NEXT}.target
SELECT topic, partition, next_offset, log_id, last_record, last_at
FROM {LIVE}.position WHERE topic = ANY ($1::text[])
"""
PARTS = f"""
INSERT INTO {NEXT}.part
SELECT partition, slice, slices, records / slices
FROM (
    SELECT partition, sum(next_offset) AS records,
           1 + sum(next_offset)::bigint / $1::bigint AS slices
    FROM {NEXT}.target GROUP BY partition
) AS sizes
CROSS JOIN LATERAL generate_series(0, slices - 1) AS slice
"""
ALL_TARGETS = "SELECT topic, partition, next_offset, log_id FROM target ORDER BY topic, partition"
COUNT_POSITIONS = """
INSERT INTO position (topic, partition, next_offset, last_record, last_at, log_id,
                      folded, duplicate, quarantined, ignored)
SELECT topic, partition, next_offset, last_record, last_at, log_id, folded, duplicate, quarantined,
       -- Offsets that hold no record are passed over too.
       next_offset - folded - duplicate - quarantined AS ignored
FROM target
CROSS JOIN LATERAL (
    SELECT coalesce(sum(records) FILTER (WHERE outcome = 'folded'), 0) AS folded,
           coalesce(sum(records) FILTER (WHERE outcome = 'duplicate'), 0) AS duplicate,
           coalesce(sum(records) FILTER (WHERE outcome = 'quarantined'), 0) AS quarantined
    FROM tally WHERE (tally.topic, tally.partition) = (target.topic, target.partition)
) AS counted
"""
BEGIN_PROJECTION = """
INSERT INTO projection (name, catalogue_digest, series, files, ways)
VALUES ('live', $1, $2, $3::jsonb, $4::jsonb)
"""
SAID_TWICE = """
WITH surplus AS (
    DELETE FROM fact USING (
        SELECT ctid, row_number() OVER (
            PARTITION BY source, event_id ORDER BY recorded_at, subject
        ) AS n
        FROM fact
    ) AS told
    WHERE fact.ctid = told.ctid AND told.n > 1
    RETURNING fact.subject
), counted AS (
    -- Between partitions there is no order that says which telling was the first one.
    UPDATE position SET folded = folded - told.surplus, duplicate = duplicate + told.surplus
    FROM (SELECT count(*) AS surplus FROM surplus) AS told
    WHERE (topic, partition) = (
        SELECT topic, partition FROM position ORDER BY folded DESC, topic, partition LIMIT 1
    )
)
INSERT INTO apart SELECT DISTINCT subject FROM surplus
"""
IN_SEVERAL_PARTS = """
WITH several AS (
    SELECT code, min(id) AS first FROM subject GROUP BY code HAVING count(*) > 1
), forgotten AS (
    DELETE FROM entry USING subject, several
    WHERE subject.code = several.code AND entry.subject = subject.id
), surplus AS (
    DELETE FROM subject USING several
    WHERE subject.code = several.code AND subject.id <> several.first
)
INSERT INTO apart SELECT code FROM several
"""
INDEXES = f"""
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
APART = "SELECT DISTINCT code FROM apart WHERE code ~ '^[pvs]-' ORDER BY 1"
IS_DONE = "SELECT EXISTS (SELECT FROM step WHERE name = $1)"
DONE = "INSERT INTO step (name) VALUES ($1) ON CONFLICT DO NOTHING"


class Target(NamedTuple):
    """How far a partition is folded at first: as far as the live fold was when we began."""

    topic: str
    partition: int
    next_offset: int
    log_id: str

    @property
    def place(self) -> Partition:
        """The partition."""
        return self.topic, self.partition


class Index(NamedTuple):
    """An index, and what makes another one like it on the new table.

    `contype` is the kind of the constraint that it holds up, as PostgreSQL's catalogue has it.
    """

    table: str
    name: str
    ddl: str
    contype: bytes | None


@dataclass(frozen=True, slots=True)
class Origin:
    """By which definitions, and for which version of the tables, a projection is built."""

    digest: bytes
    series: frozenset[str]
    migration: str


class Ground:
    """The next projection as one connection with BUILDING's settings sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def origin(self) -> Origin | None:
        """What the next projection is built by; None if none is begun."""
        if not await self._connection.fetchval(BEGUN, f"{NEXT}.origin"):
            return None
        row = await self._connection.fetchrow(ORIGIN)
        if row is None:
            return None
        return Origin(row["digest"], frozenset(row["series"]), row["migration"])

    async def migration(self) -> str:
        """The version of the live tables."""
        return str(await self._connection.fetchval(MIGRATION))

    async def clear(self) -> None:
        """Forget a projection that was begun."""
        await self._connection.execute(EMPTY)

    async def begin(self, origin: Origin, topics: Collection[str], slice_records: int) -> None:
        """Make the new tables, and note up to where the live fold is; within a transaction."""
        await self.make_notes(origin)
        await self._connection.execute(MAKE)
        await self._connection.execute(TARGETS, list(topics))
        await self._connection.execute(PARTS, slice_records)

    async def make_notes(self, origin: Origin) -> None:
        """Forget what was begun; begin by noting what this projection is built by."""
        await self.clear()
        await self._connection.execute(MAKE_NOTES)
        series = sorted(origin.series)
        await self._connection.execute(BEGIN, origin.digest, series, origin.migration)

    async def targets(self) -> list[Target]:
        """How far each partition is to be folded by parts."""
        return [Target(*row) for row in await self._connection.fetch(ALL_TARGETS)]

    async def count(self, origin: Origin, files: str, ways: str) -> None:
        """Write down the definitions, and the positions with their accounts."""
        series = sorted(origin.series)
        await self._connection.execute(BEGIN_PROJECTION, origin.digest, series, files, ways)
        await self._connection.execute(COUNT_POSITIONS)

    async def join_subjects(self) -> None:
        """Leave one row of each subject that several parts have met; its entries come later."""
        await self._connection.execute(IN_SEVERAL_PARTS)

    async def join_facts(self) -> None:
        """Leave one of the facts that several partitions have told under one name."""
        await self._connection.execute(SAID_TWICE)

    async def indexes(self, schema: str, table: str) -> list[Index]:
        """A table's indexes."""
        found = await self._connection.fetch(INDEXES, schema, table)
        return [Index(table, row["name"], row["ddl"], row["contype"]) for row in found]

    async def make_index(self, index: Index) -> None:
        """Give a new table an index like the live table's, and the constraint that it holds up."""
        async with self._connection.transaction():
            await self._connection.execute(index.ddl)
            if index.contype is not None:
                kind = {b"p": "PRIMARY KEY", b"u": "UNIQUE"}[index.contype]
                await self._connection.execute(
                    f"ALTER TABLE {NEXT}.{index.table}"
                    f" ADD CONSTRAINT {index.name} {kind} USING INDEX {index.name}"
                )

    async def finish(self) -> None:
        """Let the planner and the cleaning know the new tables, which are filled by now."""
        await self._connection.execute(FINISH)

    async def apart(self) -> list[str]:
        """The codes whose entries are computed last."""
        return [row["code"] for row in await self._connection.fetch(APART)]

    async def is_done(self, step: str) -> bool:
        """Whether a step was done before."""
        return bool(await self._connection.fetchval(IS_DONE, step))

    async def done(self, step: str) -> None:
        """Note that a step is done."""
        await self._connection.execute(DONE, step)

    async def lock_all(self) -> bool:
        """Be the only one who rebuilds, while the session lasts; False if there is another."""
        return bool(await self._connection.fetchval(TRY_LOCK, LOCK_REBUILD, ALL))
