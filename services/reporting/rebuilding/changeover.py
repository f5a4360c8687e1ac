"""The SQL of changing over: what differs between two projections, and which one is live."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pydantic_core import from_json

from runtime.kafka import Partition
from runtime.postgres import Connection
from schemas.territory import COUNCILS
from services.reporting.folding.ways import Ways, read, recounted
from services.reporting.rebuilding.names import LIVE, NEXT, PREVIOUS, TABLES

CELLS = """
SELECT e.measure, e.municipality,
       -- Without ::timestamp a date would be taken through the time zone's rules first.
       date_trunc('month', e.on_date::timestamp)::date AS from_month,
       date_trunc('month', e.until_date::timestamp)::date AS to_month,
       count(*) AS entries,
       -- A sum of bigint is an exact numeric, and added up in 128 bits.
       sum(hash_record_extended(
           ROW (s.code, e.on_date, e.until_date, e.buckets, e.amount), 0
       )) AS digest
FROM {schema}.entry e JOIN {schema}.subject s ON s.id = e.subject
GROUP BY 1, 2, 3, 4
"""
FACTS = """
SELECT count(*) AS facts,
       coalesce(sum(hash_record_extended(
           ROW (source, event_id, digest, recorded_at), 0
       )), 0)::text AS digest
FROM {schema}.fact
"""
LIVE_FACTS, NEXT_FACTS = FACTS.format(schema=LIVE), FACTS.format(schema=NEXT)

FORGET = f"DROP TABLE IF EXISTS {NEXT}.live_cell, {NEXT}.differing"
SEE_LIVE = f"CREATE TABLE {NEXT}.live_cell AS {CELLS.format(schema=LIVE)}"
COMPARE = f"""
CREATE TABLE {NEXT}.differing AS
WITH next_cell AS ({CELLS.format(schema=NEXT)})
SELECT coalesce(a.measure, b.measure) AS measure,
       coalesce(a.municipality, b.municipality) AS municipality,
       coalesce(a.from_month, b.from_month) AS from_month,
       coalesce(a.to_month, b.to_month) AS to_month,
       coalesce(a.entries, 0) AS entries_before, coalesce(b.entries, 0) AS entries_after
FROM {NEXT}.live_cell a
FULL JOIN next_cell b
       ON (a.measure, a.municipality, a.from_month) = (b.measure, b.municipality, b.from_month)
      AND coalesce(a.to_month, 'infinity') = coalesce(b.to_month, 'infinity')
WHERE (a.entries, a.digest) IS DISTINCT FROM (b.entries, b.digest)
"""
DIFFERING = f"""
SELECT m.name AS measure, d.municipality, min(d.from_month) AS from_month,
       CASE WHEN bool_and(d.to_month IS NOT NULL) THEN max(d.to_month) END AS to_month,
       max(d.from_month) AS last_month,
       sum(d.entries_before)::bigint AS entries_before,
       sum(d.entries_after)::bigint AS entries_after
FROM {NEXT}.differing d JOIN measure m ON m.id = d.measure
GROUP BY m.name, d.municipality
ORDER BY m.name, d.municipality
"""
POSITIONS = f"""
SELECT topic, partition, next_offset FROM {LIVE}.position WHERE topic = ANY ($1::text[])
ORDER BY topic, partition
"""
HOLD_LIVE = f"SET LOCAL lock_timeout = '2s'; LOCK TABLE {LIVE}.position IN EXCLUSIVE MODE"
MARK_DIRTY = f"""
INSERT INTO {LIVE}.dirty (measure, municipality, from_month, to_month)
SELECT DISTINCT measure, municipality, from_month,
       CASE WHEN measure = ANY ($1::int[]) THEN to_month ELSE coalesce(to_month, from_month) END
FROM {NEXT}.differing
"""
# What was folded since the comparison: an entry of the new definitions that the live ones do not
# know was marked there only.
MARK_CAUGHT_UP = f"INSERT INTO {LIVE}.dirty SELECT DISTINCT * FROM {NEXT}.dirty"
FORGET_CAUGHT_UP = f"TRUNCATE {NEXT}.dirty"

# Of measures that are counted in another way everything, from the first month on: where entries
# are, and where something is published. A row for each year, so that the publisher can take it in
# parts; the last has no end.
BY_YEAR = """
SELECT found.measure, found.place, greatest(found.from_month, year::date),
       CASE WHEN year < date_trunc('year', now()) THEN (year + interval '11 months')::date END
FROM found, generate_series(
    date_trunc('year', found.from_month::timestamp),
    greatest(date_trunc('year', now()), date_trunc('year', found.from_month::timestamp))::timestamp,
    interval '1 year'
) AS year
"""
MARK_RECOUNTED = f"""
WITH found AS (
    SELECT m.id AS measure, cell.municipality AS place, min(cell.from_month) AS from_month
    FROM (
        SELECT measure, municipality, from_month FROM {NEXT}.live_cell
        UNION ALL
        SELECT measure, municipality, from_month FROM {NEXT}.differing
        UNION ALL
        SELECT named.id, v.place,
               date_trunc('month', coalesce(v.first_on, v.last_on)::timestamp)::date
        FROM published.value v
        JOIN {LIVE}.measure AS named ON named.name = v.indicator || '.' || v.measure
        WHERE v.place = ANY ($2::text[])
    ) AS cell
    JOIN {LIVE}.measure m ON m.id = cell.measure
    WHERE m.name = ANY ($1::text[])
    GROUP BY m.id, cell.municipality
)
INSERT INTO {LIVE}.dirty (measure, municipality, from_month, to_month)
{BY_YEAR}
"""
MARK_RECOUNTED_ABOVE = f"""
WITH found AS (
    SELECT m.id AS measure, v.place,
           min(date_trunc('month', coalesce(v.first_on, v.last_on)::timestamp))::date AS from_month
    FROM published.value v JOIN {LIVE}.measure m ON m.name = v.indicator || '.' || v.measure
    WHERE m.name = ANY ($1::text[]) AND v.place <> ALL ($2::text[])
    GROUP BY m.id, v.place
)
INSERT INTO {LIVE}.stale (measure, place, from_month, to_month)
{BY_YEAR}
"""
RECOUNTED_CELLS = f"""
SELECT m.name AS measure, municipality, min(from_month) AS from_month, 'infinity'::date AS to_month,
       max(from_month) AS last_month, 0::bigint AS entries_before, 0::bigint AS entries_after
FROM (
    SELECT measure, municipality, from_month FROM {NEXT}.live_cell
    UNION ALL
    SELECT measure, municipality, from_month FROM {NEXT}.differing
) AS cell
JOIN {LIVE}.measure m ON m.id = cell.measure
WHERE m.name = ANY ($1::text[])
GROUP BY m.name, municipality
ORDER BY m.name, municipality
"""
WAYS = f"""
SELECT before.ways AS before, after.ways AS after
FROM {LIVE}.projection before, {NEXT}.projection after
WHERE before.catalogue_digest <> after.catalogue_digest
"""
MARK_REPORTED = f"""
INSERT INTO {LIVE}.reported_whole (place) SELECT unnest($1::text[])
"""
NOTE = f"""
INSERT INTO {LIVE}.rebuilt (is_back, digest_before, digest_after, records, cells_changed, migration)
SELECT $1, before.catalogue_digest, after.catalogue_digest,
       (SELECT sum(next_offset) FROM {NEXT}.position),
       (SELECT count(*) FROM {NEXT}.differing),
       (SELECT version_num FROM {LIVE}.alembic_version)
FROM {LIVE}.projection before, {NEXT}.projection after
"""


def _move(a: str, b: str) -> str:
    return "".join(f"ALTER TABLE {a}.{table} SET SCHEMA {b};" for table in TABLES)


CHANGE_OVER = (
    "".join(f"DROP TABLE IF EXISTS {PREVIOUS}.{table};" for table in TABLES)
    + _move(LIVE, PREVIOUS)
    + _move(NEXT, LIVE)
)
TAKE_BACK = _move(PREVIOUS, NEXT)
HAS_PREVIOUS = f"SELECT to_regclass('{PREVIOUS}.projection') IS NOT NULL"
PREVIOUS_ORIGIN = f"""
SELECT catalogue_digest, series,
       (SELECT migration FROM {LIVE}.rebuilt ORDER BY id DESC LIMIT 1) AS migration
FROM {PREVIOUS}.projection
"""
LIVE_PROJECTION = f"SELECT catalogue_digest, files FROM {LIVE}.projection"


class Differing(NamedTuple):
    """A measure at a place whose entries are not the same in both projections, and since when.

    `to_month` is None if one of them has no end; `last_month` is the last one in which one begins.
    """

    measure: str
    municipality: str
    from_month: date
    to_month: date | None
    last_month: date
    entries_before: int
    entries_after: int


class Followed(NamedTuple):
    """Definitions that entries follow: their digest, and those of the files by their paths."""

    digest: bytes
    files: Mapping[str, str]


class BothWays(NamedTuple):
    """How measures are counted beside the live entries, and beside the new ones."""

    before: Ways
    after: Ways

    @property
    def recounted(self) -> list[str]:
        """The measures whose numbers may be others although no entry is."""
        return recounted(self.before, self.after)


class Changeover:
    """Both projections, as one connection with BUILDING's settings sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def positions(self, topics: Sequence[str]) -> dict[Partition, int]:
        """How far the live fold is."""
        rows = await self._connection.fetch(POSITIONS, list(topics))
        return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def see_live(self) -> tuple[int, str]:
        """Note what the live tables hold, cell by cell; how many facts, and a digest of all.

        Within a transaction of one instant, so that it is what the positions of then account for.
        """
        await self._connection.execute(FORGET)
        await self._connection.execute(SEE_LIVE)
        row = await self._connection.fetchrow(LIVE_FACTS)
        return (row["facts"], row["digest"]) if row else (0, "")

    async def compare(self) -> tuple[int, str]:
        """Note where the new tables differ from what was seen; their facts as above."""
        await self._connection.execute(COMPARE)
        await self._connection.execute(FORGET_CAUGHT_UP)
        row = await self._connection.fetchrow(NEXT_FACTS)
        return (row["facts"], row["digest"]) if row else (0, "")

    async def differing(self) -> list[Differing]:
        """The cells that differ, joined per measure and place."""
        return [Differing(**row) for row in await self._connection.fetch(DIFFERING)]

    async def ways(self) -> BothWays:
        """How measures are counted on both sides; nothing if both follow the same definitions."""
        row = await self._connection.fetchrow(WAYS)
        return BothWays({}, {}) if row is None else BothWays(*map(read, row))

    async def cells_of(self, measures: Collection[str]) -> list[Differing]:
        """All cells of these measures, differing or not, joined per measure and place, for ever."""
        found = await self._connection.fetch(RECOUNTED_CELLS, list(measures))
        return [Differing(**row) for row in found]

    async def hold_live(self) -> None:
        """Let no batch of the live fold begin until the transaction ends; waits 2 s for others."""
        await self._connection.execute(HOLD_LIVE)

    async def change_over(self, lasting: Collection[int], *, is_back: bool) -> None:
        """Make the new tables live and the live ones previous; readers are told what differs.

        `lasting` numbers the measures whose entries count in every month after they have begun.
        """
        await self._connection.execute(NOTE, is_back)
        await self._connection.execute(MARK_DIRTY, sorted(lasting))
        await self._connection.execute(MARK_CAUGHT_UP)
        if measures := (await self.ways()).recounted:
            await self._connection.execute(MARK_RECOUNTED, measures, sorted(COUNCILS))
            await self._connection.execute(MARK_RECOUNTED_ABOVE, measures, sorted(COUNCILS))
        await self._connection.execute(MARK_REPORTED, sorted(COUNCILS))
        await self._connection.execute(CHANGE_OVER)

    async def previous(self) -> tuple[bytes, frozenset[str], str] | None:
        """By which definitions and for which version of the tables the previous one was built."""
        if not await self._connection.fetchval(HAS_PREVIOUS):
            return None
        row = await self._connection.fetchrow(PREVIOUS_ORIGIN)
        if row is None:
            return None
        return row["catalogue_digest"], frozenset(row["series"]), row["migration"]

    async def take_back(self) -> None:
        """Make the previous tables those of the next changeover."""
        await self._connection.execute(TAKE_BACK)

    async def live_definitions(self) -> Followed | None:
        """What the live entries follow; None before anything was folded."""
        row = await self._connection.fetchrow(LIVE_PROJECTION)
        return None if row is None else Followed(row["catalogue_digest"], from_json(row["files"]))
