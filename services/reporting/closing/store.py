"""The SQL of closing: releases, their numbers and steps, and what differs from them."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from runtime.postgres import Connection
from schemas.periods import parse
from services.reporting.closing.model import History, Release, Row, Step, Taken, exact
from services.reporting.tables.table import State

LOCK_PLACE = 6
"""First half of the advisory lock's key; the second is the hash of schema and place."""

LOCK = "SELECT pg_advisory_xact_lock($1, hashtext(current_schema() || ' ' || $2))"

FOUNDATION = """
SELECT (SELECT catalogue_digest FROM projection WHERE name = 'live') AS catalogue_digest,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(topic, partition, next_offset)
                                  ORDER BY topic, partition), '[]')
        FROM position) AS positions
"""

ADD_RELEASE = """
INSERT INTO release (id, place, period, first_on, last_on, version, read_at, folded_to, tables,
                     catalogue_digest, definitions, positions, digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12::jsonb, $13)
"""

ADD_STEP = """
INSERT INTO release_step (release, step, by_whom, taken_at, reason) VALUES ($1, $2, $3, $4, $5)
"""

RELEASE = """
SELECT id, place, period, version, read_at, folded_to, tables, catalogue_digest,
       definitions::text AS definitions, positions::text AS positions, digest
FROM release WHERE id = $1
"""

ROWS = """
SELECT indicator, measure, split, bucket, value, state FROM release_value WHERE release = $1
ORDER BY indicator, measure, split, bucket
"""

STEPS = """
SELECT r.place, r.period, s.release, r.version, s.step, s.by_whom, s.taken_at, s.reason
FROM release_step s JOIN release r ON r.id = s.release
WHERE ($1::text IS NULL OR r.place = $1) AND ($2::text IS NULL OR r.period = $2)
ORDER BY s.id
"""

KEEP_SAID = """
INSERT INTO said_version (place, period, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[])
ON CONFLICT DO NOTHING
"""

LAST_SAID = """
SELECT coalesce(max(version), 0) FROM said_version WHERE place = $1 AND period = $2
"""

DIGESTS = "SELECT id, digest FROM release WHERE id = ANY ($1::text[])"

CLOSE = """
INSERT INTO closed (release, place, from_month, to_month)
SELECT id, place, first_on, date_trunc('month', last_on)::date FROM release WHERE id = $1
"""

OPEN = "DELETE FROM closed WHERE release = $1"

TOUCH = "INSERT INTO touched (release, measure) VALUES ($1, NULL)"

# While numbers are in doubt they are withheld, and there is nothing to compare.
NEXT_TOUCHED = "SELECT release FROM touched WHERE NOT EXISTS (SELECT FROM doubt) LIMIT 1"

TAKE_TOUCHED = """
WITH taken AS (DELETE FROM touched WHERE release = $1 RETURNING measure)
SELECT DISTINCT measure.name FROM taken LEFT JOIN measure ON measure.id = taken.measure
"""

NOTE_REVISIONS = """
INSERT INTO release_revision (release, indicator, noted_at)
SELECT $1, told.indicator, $3 FROM unnest($2::text[]) AS told (indicator)
ON CONFLICT DO NOTHING
RETURNING indicator
"""

NOTE_REASONS = """
INSERT INTO release_reason (release, indicator, reason, noted_at)
SELECT $1, told.indicator, told.reason, $4
FROM unnest($2::text[], $3::text[]) AS told (indicator, reason)
ON CONFLICT DO NOTHING
RETURNING true
"""

REASONS = """
SELECT indicator, reason FROM release_reason WHERE release = $1 ORDER BY indicator, reason
"""

# An index finds the facts of a code; most codes have none that is new.
TOLD_OF = """
SELECT asked.code
FROM unnest($1::text[]) AS asked (code)
WHERE EXISTS (SELECT FROM fact WHERE fact.subject = asked.code AND fact.recorded_at > $2)
"""

LIVE_VALUES = """
SELECT indicator, measure, split, bucket, value, state
FROM release_value
WHERE release = $1 AND split = 'total' AND indicator || '.' || measure = ANY ($2::text[])
"""


Version = tuple[str, str, int]
"""Place, period, version."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """What the numbers of this instant rest on."""

    catalogue_digest: bytes | None
    positions: Sequence[tuple[str, int, int]]


class Archive:
    """Releases over one connection, within the transaction of whoever asks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, place: str) -> None:
        """Let nobody else take a step at this place before the transaction ends."""
        await self._connection.execute(LOCK, LOCK_PLACE, place)

    async def foundation(self) -> Foundation:
        """The definitions that entries follow, and how far the log is folded."""
        row = await self._connection.fetchrow(FOUNDATION)
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        return Foundation(row["catalogue_digest"], _positions(row["positions"]))

    async def add(self, release: Release, rows: Iterable[Row]) -> None:
        """Keep a release with its numbers."""
        period = release.period
        await self._connection.execute(
            ADD_RELEASE,
            *(release.id, release.place, str(period), period.first, period.last),
            *(release.version, release.read_at, release.folded_to, release.tables),
            *(release.catalogue_digest, json.dumps(release.definitions)),
            *(json.dumps(release.positions), release.digest),
        )
        await self._connection.copy_records_to_table(
            "release_value",
            records=[(release.id, *row.cell, exact(row.value), row.state.value) for row in rows],
            columns=("release", "indicator", "measure", "split", "bucket", "value", "state"),
        )

    async def step(self, taken: Taken) -> None:
        """Keep a step."""
        await self._connection.execute(
            ADD_STEP, taken.release, taken.step.value, taken.by, taken.at, taken.reason
        )

    async def release(self, release: str) -> Release | None:
        """The release of this id."""
        row = await self._connection.fetchrow(RELEASE, release)
        return None if row is None else _release(row)

    async def rows(self, release: str) -> list[Row]:
        """All numbers of a release."""
        return [_row(row) for row in await self._connection.fetch(ROWS, release)]

    async def totals(self, release: str, measures: Collection[str]) -> dict[str, Row]:
        """The frozen totals of these measures, by the names that entries carry."""
        found = await self._connection.fetch(LIVE_VALUES, release, list(measures))
        return {f"{row['indicator']}.{row['measure']}": _row(row) for row in found}

    async def histories(
        self, place: str | None = None, period: str | None = None
    ) -> dict[tuple[str, str], History]:
        """The steps of each council's period that is meant, in their order."""
        found: dict[tuple[str, str], list[Taken]] = {}
        for row in await self._connection.fetch(STEPS, place, period):
            found.setdefault((row["place"], row["period"]), []).append(_taken(row))
        return dict(found)

    async def history(self, place: str, period: str) -> History:
        """The steps of one council's period."""
        return (await self.histories(place, period)).get((place, period), [])

    async def keep_said(self, versions: Iterable[Version]) -> None:
        """Remember that the log names these versions."""
        columns = zip(*sorted(versions), strict=True)
        await self._connection.execute(KEEP_SAID, *columns)

    async def last_said(self, place: str, period: str) -> int:
        """The greatest version of a council's period that the log named at the start; 0: none."""
        found: int = await self._connection.fetchval(LAST_SAID, place, period)
        return found

    async def digests(self, releases: Collection[str]) -> Mapping[str, bytes]:
        """The digest of each release."""
        found = await self._connection.fetch(DIGESTS, list(releases))
        return {row["id"]: row["digest"] for row in found}

    async def close(self, release: str) -> None:
        """From now on compare this version with the numbers as they come."""
        await self._connection.execute(CLOSE, release)
        await self._connection.execute(TOUCH, release)  # what the fold did since it was read

    async def open(self, release: str) -> None:
        """Compare this version no more."""
        await self._connection.execute(OPEN, release)

    async def next_touched(self) -> str | None:
        """A closed version some of whose measures have changed."""
        found: str | None = await self._connection.fetchval(NEXT_TOUCHED)
        return found

    async def take_touched(self, release: str) -> set[str] | None:
        """Remove what has changed for a version: names of measures, None for all."""
        rows = await self._connection.fetch(TAKE_TOUCHED, release)
        names = {row["name"] for row in rows}
        return None if None in names else names

    async def note_revisions(
        self, release: str, indicators: Iterable[str], now: datetime
    ) -> list[str]:
        """Note that these differ; those of which it was not known."""
        found = await self._connection.fetch(NOTE_REVISIONS, release, list(indicators), now)
        return sorted(row["indicator"] for row in found)

    async def note_reasons(
        self, release: str, reasons: Iterable[tuple[str, str]], now: datetime
    ) -> bool:
        """Note why they differ: (indicator, reason); whether anything of it was not known."""
        columns = [list(column) for column in zip(*sorted(reasons), strict=True)] or [[], []]
        return bool(await self._connection.fetch(NOTE_REASONS, release, *columns, now))

    async def told_of(self, codes: Collection[str], since: datetime) -> set[str]:
        """Those of the codes about which anything was recorded after an instant."""
        return {row["code"] for row in await self._connection.fetch(TOLD_OF, list(codes), since)}

    async def reasons(self, release: str) -> dict[str, tuple[str, ...]]:
        """Why indicators differ from a version, as far as it was noted."""
        found: dict[str, tuple[str, ...]] = {}
        for indicator, reason in await self._connection.fetch(REASONS, release):
            found[indicator] = (*found.get(indicator, ()), reason)
        return found


def _release(row: asyncpg.Record) -> Release:
    return Release(
        id=row["id"],
        place=row["place"],
        period=parse(row["period"]),
        version=row["version"],
        read_at=row["read_at"],
        folded_to=row["folded_to"],
        tables=row["tables"],
        catalogue_digest=row["catalogue_digest"],
        definitions=json.loads(row["definitions"]),
        positions=_positions(row["positions"]),
        digest=row["digest"],
    )


def _row(row: asyncpg.Record) -> Row:
    indicator, measure, split, bucket, value, state = row
    return Row(indicator, measure, split, bucket, value, State(state))


def _taken(row: asyncpg.Record) -> Taken:
    return Taken(
        release=row["release"],
        version=row["version"],
        step=Step(row["step"]),
        by=row["by_whom"],
        at=row["taken_at"],
        reason=row["reason"],
    )


def _positions(text: str) -> list[tuple[str, int, int]]:
    return [(topic, partition, offset) for topic, partition, offset in json.loads(text)]
