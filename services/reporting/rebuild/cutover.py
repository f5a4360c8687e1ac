"""Compare the next projection with the live one, and cut over by exchanging their tables."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from runtime.messaging.records import Partition
from runtime.storage.pool import Connection
from schemas.territory import COUNCILS
from services.reporting.projection.aggregation_spec import (
    AggregationSpecs,
    changed_specs,
    load_specs,
)
from services.reporting.projection.fingerprint import DefinitionParts, load_parts
from services.reporting.rebuild.schema_names import LIVE, NEXT, PREVIOUS, PROJECTION_TABLES

_CELLS = """
SELECT e.measure, e.municipality,
       -- Without ::timestamp a date would first be converted by the rules of the time zone.
       date_trunc('month', e.on_date::timestamp)::date AS from_month,
       date_trunc('month', e.until_date::timestamp)::date AS to_month,
       count(*) AS entries,
       -- The sum of bigint is an exact numeric.
       sum(hash_record_extended(
           ROW (s.code, e.on_date, e.until_date, e.buckets, e.amount), 0
       )) AS digest
FROM {schema}.entry e JOIN {schema}.subject s ON s.id = e.subject
GROUP BY 1, 2, 3, 4
"""
_FACTS = """
SELECT count(*) AS facts,
       coalesce(sum(hash_record_extended(
           ROW (source, event_id, digest, recorded_at), 0
       )), 0)::text AS digest
FROM {schema}.fact
"""
_LIVE_FACTS, _NEXT_FACTS = _FACTS.format(schema=LIVE), _FACTS.format(schema=NEXT)

_DROP_COMPARISON = f"DROP TABLE IF EXISTS {NEXT}.live_cell, {NEXT}.differing_cell"
_SNAPSHOT_LIVE = f"CREATE TABLE {NEXT}.live_cell AS {_CELLS.format(schema=LIVE)}"
_COMPARE = f"""
CREATE TABLE {NEXT}.differing_cell AS
WITH next_cell AS ({_CELLS.format(schema=NEXT)})
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
_DIFFERING_CELLS = f"""
SELECT m.name AS measure, d.municipality, min(d.from_month) AS from_month,
       CASE WHEN bool_and(d.to_month IS NOT NULL) THEN max(d.to_month) END AS to_month,
       max(d.from_month) AS last_month,
       sum(d.entries_before)::bigint AS entries_before,
       sum(d.entries_after)::bigint AS entries_after
FROM {NEXT}.differing_cell d JOIN measure m ON m.id = d.measure
GROUP BY m.name, d.municipality
ORDER BY m.name, d.municipality
"""
_POSITIONS = f"""
SELECT topic, partition, next_offset FROM {LIVE}.position WHERE topic = ANY ($1::text[])
ORDER BY topic, partition
"""
_LOCK_LIVE = f"SET LOCAL lock_timeout = '2s'; LOCK TABLE {LIVE}.position IN EXCLUSIVE MODE"
_MARK_CHANGED = f"""
INSERT INTO {LIVE}.changed_cell (measure, municipality, from_month, to_month)
SELECT DISTINCT measure, municipality, from_month,
       CASE WHEN measure = ANY ($1::int[]) THEN to_month ELSE coalesce(to_month, from_month) END
FROM {NEXT}.differing_cell
"""
# Cells changed since the comparison: an entry that only the new definitions make was marked in the
# staging table only.
_MARK_CAUGHT_UP = f"INSERT INTO {LIVE}.changed_cell SELECT DISTINCT * FROM {NEXT}.changed_cell"
_DISCARD_CAUGHT_UP = f"TRUNCATE {NEXT}.changed_cell"

# All cells of measures whose aggregation changed, from the first month with an entry or a published
# value. There is a row for each year, so that the publisher can process them in parts; the last row
# has no end.
_ROWS_BY_YEAR = """
SELECT found.measure, found.place, greatest(found.from_month, year::date),
       CASE WHEN year < date_trunc('year', now()) THEN (year + interval '11 months')::date END
FROM found, generate_series(
    date_trunc('year', found.from_month::timestamp),
    greatest(date_trunc('year', now()), date_trunc('year', found.from_month::timestamp))::timestamp,
    interval '1 year'
) AS year
"""
_MARK_SPECS_CHANGED = f"""
WITH found AS (
    SELECT m.id AS measure, cell.municipality AS place, min(cell.from_month) AS from_month
    FROM (
        SELECT measure, municipality, from_month FROM {NEXT}.live_cell
        UNION ALL
        SELECT measure, municipality, from_month FROM {NEXT}.differing_cell
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
INSERT INTO {LIVE}.changed_cell (measure, municipality, from_month, to_month)
{_ROWS_BY_YEAR}
"""
_MARK_AREAS_CHANGED = f"""
WITH found AS (
    SELECT m.id AS measure, v.place,
           min(date_trunc('month', coalesce(v.first_on, v.last_on)::timestamp))::date AS from_month
    FROM published.value v JOIN {LIVE}.measure m ON m.name = v.indicator || '.' || v.measure
    WHERE m.name = ANY ($1::text[]) AND v.place <> ALL ($2::text[])
    GROUP BY m.id, v.place
)
INSERT INTO {LIVE}.changed_area (measure, place, from_month, to_month)
{_ROWS_BY_YEAR}
"""
_ALL_CELLS = f"""
SELECT m.name AS measure, municipality, min(from_month) AS from_month, 'infinity'::date AS to_month,
       max(from_month) AS last_month, 0::bigint AS entries_before, 0::bigint AS entries_after
FROM (
    SELECT measure, municipality, from_month FROM {NEXT}.live_cell
    UNION ALL
    SELECT measure, municipality, from_month FROM {NEXT}.differing_cell
) AS cell
JOIN {LIVE}.measure m ON m.id = cell.measure
WHERE m.name = ANY ($1::text[])
GROUP BY m.name, municipality
ORDER BY m.name, municipality
"""
_SPECS = f"""
SELECT before.aggregation_specs AS before, after.aggregation_specs AS after
FROM {LIVE}.projection before, {NEXT}.projection after
WHERE before.definitions_fingerprint <> after.definitions_fingerprint
"""
_RELOAD_REPORTS = f"""
INSERT INTO {LIVE}.report_reload (place) SELECT unnest($1::text[])
"""
_INSERT_CUTOVER = f"""
INSERT INTO {LIVE}.cutover
    (is_rollback, fingerprint_before, fingerprint_after, records, cells_changed, migration)
SELECT $1, before.definitions_fingerprint, after.definitions_fingerprint,
       (SELECT sum(next_offset) FROM {NEXT}.position),
       (SELECT count(*) FROM {NEXT}.differing_cell),
       (SELECT version_num FROM {LIVE}.alembic_version)
FROM {LIVE}.projection before, {NEXT}.projection after
"""


def _move(a: str, b: str) -> str:
    return "".join(f"ALTER TABLE {a}.{table} SET SCHEMA {b};" for table in PROJECTION_TABLES)


_CUT_OVER = (
    "".join(f"DROP TABLE IF EXISTS {PREVIOUS}.{table};" for table in PROJECTION_TABLES)
    + _move(LIVE, PREVIOUS)
    + _move(NEXT, LIVE)
)
_RESTAGE_PREVIOUS = _move(PREVIOUS, NEXT)
_HAS_PREVIOUS = f"SELECT to_regclass('{PREVIOUS}.projection') IS NOT NULL"
_PREVIOUS_ORIGIN = f"""
SELECT definitions_fingerprint, series,
       (SELECT migration FROM {LIVE}.cutover ORDER BY id DESC LIMIT 1) AS migration
FROM {PREVIOUS}.projection
"""
_LIVE_DEFINITIONS = f"SELECT definitions_fingerprint, definitions FROM {LIVE}.projection"


class DifferingCells(NamedTuple):
    """The months in which entries of one measure and municipality differ between projections.

    `to_month` is None if an entry has no end; `last_month` is the last one in which one begins.
    """

    measure: str
    municipality: str
    from_month: date
    to_month: date | None
    last_month: date
    entries_before: int
    entries_after: int


class LiveDefinitions(NamedTuple):
    """The definitions of the live entries: their fingerprint, and the parts it is made of."""

    fingerprint: bytes
    parts: DefinitionParts


class SpecComparison(NamedTuple):
    """How measures are aggregated by the live definitions and by the new ones."""

    before: AggregationSpecs
    after: AggregationSpecs

    @property
    def changed(self) -> list[str]:
        """The measures whose numbers may differ although their entries are equal."""
        return changed_specs(self.before, self.after)


class CutoverRepository:
    """Both projections, through one connection with STAGING_SESSION's settings."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def positions(self, topics: Sequence[str]) -> dict[Partition, int]:
        """Return the live position of every partition of the topics."""
        rows = await self._connection.fetch(_POSITIONS, list(topics))
        return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def snapshot_live(self) -> tuple[int, str]:
        """Store a digest of the live entries of each cell; return the facts' number and digest.

        Call it in the repeatable-read transaction that reads the positions, so that both agree.
        """
        await self._connection.execute(_DROP_COMPARISON)
        await self._connection.execute(_SNAPSHOT_LIVE)
        row = await self._connection.fetchrow(_LIVE_FACTS)
        return (row["facts"], row["digest"]) if row else (0, "")

    async def compare_with_live(self) -> tuple[int, str]:
        """Store which cells differ from the snapshot; return the number and digest of new facts."""
        await self._connection.execute(_COMPARE)
        await self._connection.execute(_DISCARD_CAUGHT_UP)
        row = await self._connection.fetchrow(_NEXT_FACTS)
        return (row["facts"], row["digest"]) if row else (0, "")

    async def differing(self) -> list[DifferingCells]:
        """Return the differing cells, one range per measure and municipality."""
        return [DifferingCells(**row) for row in await self._connection.fetch(_DIFFERING_CELLS)]

    async def specs(self) -> SpecComparison:
        """Return the aggregation of measures on both sides; empty if definitions are equal."""
        row = await self._connection.fetchrow(_SPECS)
        return SpecComparison({}, {}) if row is None else SpecComparison(*map(load_specs, row))

    async def all_cells_of(self, measures: Collection[str]) -> list[DifferingCells]:
        """Return all cells of these measures, differing or not, as ranges without an end."""
        found = await self._connection.fetch(_ALL_CELLS, list(measures))
        return [DifferingCells(**row) for row in found]

    async def lock_live(self) -> None:
        """Block live batches until the transaction ends; wait 2 s for the lock."""
        await self._connection.execute(_LOCK_LIVE)

    async def cut_over(self, open_ended: Collection[int], *, is_rollback: bool) -> None:
        """Make the staging tables live and the live ones previous; queue what must be published.

        `open_ended` has the ids of measures whose entries count in every later month.
        """
        await self._connection.execute(_INSERT_CUTOVER, is_rollback)
        await self._connection.execute(_MARK_CHANGED, sorted(open_ended))
        await self._connection.execute(_MARK_CAUGHT_UP)
        if measures := (await self.specs()).changed:
            await self._connection.execute(_MARK_SPECS_CHANGED, measures, sorted(COUNCILS))
            await self._connection.execute(_MARK_AREAS_CHANGED, measures, sorted(COUNCILS))
        await self._connection.execute(_RELOAD_REPORTS, sorted(COUNCILS))
        await self._connection.execute(_CUT_OVER)

    async def previous_origin(self) -> tuple[bytes, frozenset[str], str] | None:
        """Return definitions, series and version of the tables of the previous one, if any."""
        if not await self._connection.fetchval(_HAS_PREVIOUS):
            return None
        row = await self._connection.fetchrow(_PREVIOUS_ORIGIN)
        if row is None:
            return None
        return row["definitions_fingerprint"], frozenset(row["series"]), row["migration"]

    async def restage_previous(self) -> None:
        """Move the previous tables to the staging schema, for the next cut-over."""
        await self._connection.execute(_RESTAGE_PREVIOUS)

    async def live_definitions(self) -> LiveDefinitions | None:
        """Return the definitions of the live entries; None if nothing was ever projected."""
        row = await self._connection.fetchrow(_LIVE_DEFINITIONS)
        if row is None:
            return None
        return LiveDefinitions(row["definitions_fingerprint"], load_parts(row["definitions"]))
