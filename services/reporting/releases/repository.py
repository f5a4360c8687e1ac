"""The SQL of releases: their values and steps, published versions, and revisions."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from runtime.storage.pool import Connection
from schemas.periods import parse_period
from services.reporting.releases.model import (
    Release,
    ReleaseStep,
    ReleaseValue,
    StepHistory,
    StepTaken,
    exact_decimal,
)
from services.reporting.tables.table import ValueState

_LOCK_PLACE = 6
"""First half of the advisory lock's key; the second is the hash of schema and place."""

_LOCK = "SELECT pg_advisory_xact_lock($1, hashtext(current_schema() || ' ' || $2))"

_PROJECTION_STATE = """
SELECT (SELECT definitions_fingerprint FROM projection WHERE name = 'live') AS fingerprint,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(topic, partition, next_offset)
                                  ORDER BY topic, partition), '[]')
        FROM position) AS positions
"""

_ADD_RELEASE = """
INSERT INTO release (id, place, period, first_on, last_on, version, read_at, projected_through,
                     tables, definitions_fingerprint, definitions, positions, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12::jsonb, $13)
"""

_ADD_STEP = """
INSERT INTO release_step (release, step, taken_by, taken_at, reason) VALUES ($1, $2, $3, $4, $5)
"""

_RELEASE = """
SELECT id, place, period, version, read_at, projected_through, tables, definitions_fingerprint,
       definitions::text AS definitions, positions::text AS positions, digest
FROM release WHERE id = $1
"""

_ROWS = """
SELECT indicator, measure, split, bucket, value, state FROM release_value WHERE release = $1
ORDER BY indicator, measure, split, bucket
"""

_STEPS = """
SELECT r.place, r.period, s.release, r.version, s.step, s.taken_by, s.taken_at, s.reason
FROM release_step s JOIN release r ON r.id = s.release
WHERE ($1::text IS NULL OR r.place = $1) AND ($2::text IS NULL OR r.period = $2)
ORDER BY s.id
"""

_ADD_PUBLISHED_VERSIONS = """
INSERT INTO published_version (place, period, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[])
ON CONFLICT DO NOTHING
"""

_LAST_PUBLISHED_VERSION = """
SELECT coalesce(max(version), 0) FROM published_version WHERE place = $1 AND period = $2
"""

_DIGESTS = "SELECT id, digest FROM release WHERE id = ANY ($1::text[])"

_CLOSE = """
INSERT INTO closed_period (release, place, from_month, to_month)
SELECT id, place, first_on, date_trunc('month', last_on)::date FROM release WHERE id = $1
"""

_OPEN = "DELETE FROM closed_period WHERE release = $1"

_ADD_RECHECK = "INSERT INTO release_recheck (release, measure) VALUES ($1, NULL)"

# Withheld numbers cannot be compared.
_NEXT_RECHECK = "SELECT release FROM release_recheck WHERE NOT EXISTS (SELECT FROM hold) LIMIT 1"

_TAKE_RECHECK = """
WITH taken AS (DELETE FROM release_recheck WHERE release = $1 RETURNING measure)
SELECT DISTINCT measure.name FROM taken LEFT JOIN measure ON measure.id = taken.measure
"""

_NOTE_REVISIONS = """
INSERT INTO release_revision (release, indicator, noted_at)
SELECT $1, noted.indicator, $3 FROM unnest($2::text[]) AS noted (indicator)
ON CONFLICT DO NOTHING
RETURNING indicator
"""

_NOTE_REASONS = """
INSERT INTO release_reason (release, indicator, reason, noted_at)
SELECT $1, noted.indicator, noted.reason, $4
FROM unnest($2::text[], $3::text[]) AS noted (indicator, reason)
ON CONFLICT DO NOTHING
RETURNING true
"""

_REASONS = """
SELECT indicator, reason FROM release_reason WHERE release = $1 ORDER BY indicator, reason
"""

# An index finds the facts of a code; most codes have no new one.
_CHANGED_SUBJECTS = """
SELECT requested.code
FROM unnest($1::text[]) AS requested (code)
WHERE EXISTS (SELECT FROM fact WHERE fact.subject = requested.code AND fact.recorded_at > $2)
"""

_TOTALS = """
SELECT indicator, measure, split, bucket, value, state FROM release_value
WHERE release = $1 AND split = 'total' AND indicator || '.' || measure = ANY ($2::text[])
"""

VersionKey = tuple[str, str, int]
"""Place, period, version."""


@dataclass(frozen=True, slots=True)
class ProjectionState:
    """The state of the projection that the values were read from."""

    definitions_fingerprint: bytes | None
    positions: Sequence[tuple[str, int, int]]


class ReleaseRepository:
    """Releases over one connection, within the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, place: str) -> None:
        """Block other steps on this place until the transaction ends."""
        await self._connection.execute(_LOCK, _LOCK_PLACE, place)

    async def projection_state(self) -> ProjectionState:
        """Return the definitions that entries follow, and the projected offsets."""
        row = await self._connection.fetchrow(_PROJECTION_STATE)
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        return ProjectionState(row["fingerprint"], _positions(row["positions"]))

    async def add(self, release: Release, rows: Iterable[ReleaseValue]) -> None:
        """Insert a release with its values."""
        period = release.period
        await self._connection.execute(
            _ADD_RELEASE,
            *(release.id, release.place, str(period), period.first, period.last),
            *(release.version, release.read_at, release.projected_through, release.tables),
            *(release.definitions_fingerprint, json.dumps(release.definitions)),
            *(json.dumps(release.positions), release.digest),
        )
        await self._connection.copy_records_to_table(
            "release_value",
            records=[
                (release.id, *row.cell, exact_decimal(row.value), row.state.value) for row in rows
            ],
            columns=("release", "indicator", "measure", "split", "bucket", "value", "state"),
        )

    async def add_step(self, taken: StepTaken) -> None:
        """Insert a step."""
        await self._connection.execute(
            _ADD_STEP, taken.release, taken.step.value, taken.by, taken.at, taken.reason
        )

    async def release(self, release: str) -> Release | None:
        """Return the release with this id."""
        row = await self._connection.fetchrow(_RELEASE, release)
        return None if row is None else _release(row)

    async def rows(self, release: str) -> list[ReleaseValue]:
        """Return all values of a release."""
        return [_row(row) for row in await self._connection.fetch(_ROWS, release)]

    async def totals(self, release: str, measures: Collection[str]) -> dict[str, ReleaseValue]:
        """Return the frozen totals of these measures, by the names that entries carry."""
        found = await self._connection.fetch(_TOTALS, release, list(measures))
        return {f"{row['indicator']}.{row['measure']}": _row(row) for row in found}

    async def histories(
        self, place: str | None = None, period: str | None = None
    ) -> dict[tuple[str, str], StepHistory]:
        """Return the steps of the matching periods, in order; None matches all."""
        found: dict[tuple[str, str], list[StepTaken]] = {}
        for row in await self._connection.fetch(_STEPS, place, period):
            found.setdefault((row["place"], row["period"]), []).append(_taken(row))
        return dict(found)

    async def history(self, place: str, period: str) -> StepHistory:
        """Return the steps of one council's period."""
        return (await self.histories(place, period)).get((place, period), [])

    async def add_published_versions(self, versions: Iterable[VersionKey]) -> None:
        """Store which versions the log has."""
        columns = zip(*sorted(versions), strict=True)
        await self._connection.execute(_ADD_PUBLISHED_VERSIONS, *columns)

    async def last_published_version(self, place: str, period: str) -> int:
        """Return the greatest version that the log had at startup; 0 if none."""
        found: int = await self._connection.fetchval(_LAST_PUBLISHED_VERSION, place, period)
        return found

    async def digests(self, releases: Collection[str]) -> Mapping[str, bytes]:
        """Return the digest of each release."""
        found = await self._connection.fetch(_DIGESTS, list(releases))
        return {row["id"]: row["digest"] for row in found}

    async def close(self, release: str) -> None:
        """Start comparing this version with the current numbers."""
        await self._connection.execute(_CLOSE, release)
        await self._connection.execute(
            _ADD_RECHECK, release
        )  # includes what was projected since it was read

    async def open(self, release: str) -> None:
        """Stop comparing this version."""
        await self._connection.execute(_OPEN, release)

    async def next_recheck(self) -> str | None:
        """Return a closed version some of whose measures have changed."""
        found: str | None = await self._connection.fetchval(_NEXT_RECHECK)
        return found

    async def take_recheck(self, release: str) -> set[str] | None:
        """Delete a version's pending changes; return the names of the measures, None for all."""
        rows = await self._connection.fetch(_TAKE_RECHECK, release)
        names = {row["name"] for row in rows}
        return None if None in names else names

    async def note_revisions(
        self, release: str, indicators: Iterable[str], now: datetime
    ) -> list[str]:
        """Store that these indicators differ; return those not known before."""
        found = await self._connection.fetch(_NOTE_REVISIONS, release, list(indicators), now)
        return sorted(row["indicator"] for row in found)

    async def note_reasons(
        self, release: str, reasons: Iterable[tuple[str, str]], now: datetime
    ) -> bool:
        """Store why they differ: (indicator, reason); return whether any was new."""
        columns = [list(column) for column in zip(*sorted(reasons), strict=True)] or [[], []]
        return bool(await self._connection.fetch(_NOTE_REASONS, release, *columns, now))

    async def subjects_changed_since(self, codes: Collection[str], since: datetime) -> set[str]:
        """Return those codes that have facts recorded after an instant."""
        return {
            row["code"]
            for row in await self._connection.fetch(_CHANGED_SUBJECTS, list(codes), since)
        }

    async def reasons(self, release: str) -> dict[str, tuple[str, ...]]:
        """Return the stored reasons why indicators differ from a version."""
        found: dict[str, tuple[str, ...]] = {}
        for indicator, reason in await self._connection.fetch(_REASONS, release):
            found[indicator] = (*found.get(indicator, ()), reason)
        return found


def _release(row: asyncpg.Record) -> Release:
    return Release(
        id=row["id"],
        place=row["place"],
        period=parse_period(row["period"]),
        version=row["version"],
        read_at=row["read_at"],
        projected_through=row["projected_through"],
        tables=row["tables"],
        definitions_fingerprint=row["definitions_fingerprint"],
        definitions=json.loads(row["definitions"]),
        positions=_positions(row["positions"]),
        digest=row["digest"],
    )


def _row(row: asyncpg.Record) -> ReleaseValue:
    indicator, measure, split, bucket, value, state = row
    return ReleaseValue(indicator, measure, split, bucket, value, ValueState(state))


def _taken(row: asyncpg.Record) -> StepTaken:
    return StepTaken(
        release=row["release"],
        version=row["version"],
        step=ReleaseStep(row["step"]),
        by=row["taken_by"],
        at=row["taken_at"],
        reason=row["reason"],
    )


def _positions(text: str) -> list[tuple[str, int, int]]:
    return [(topic, partition, offset) for topic, partition, offset in json.loads(text)]
