"""The SQL that reads single facts, quarantined records, merges, and subjects that may count."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from runtime.storage.pool import Connection
from services.reporting.domain.history import Fact
from services.reporting.domain.linked_codes import Link
from services.reporting.projection.decode import EventKey
from services.reporting.projection.repository import ProjectionRepository
from services.reporting.queries.snapshot import QUERY_SECONDS_MAX

_STORED_FACT = """
SELECT subject, type, version, factid, revision, on_date, municipality, recorded_at, projected_at,
       data
FROM fact WHERE source = $1 AND event_id = $2
"""

_QUARANTINED_RECORDS = """
SELECT topic, partition, kafka_offset AS "offset", code, path, reason, quarantined_at
FROM quarantine WHERE source = $1 AND event_id = $2
ORDER BY id
LIMIT 100  -- a partner that repeats one conflict for ever
"""

_CANDIDATE_SUBJECTS = """
SELECT subject FROM fact
WHERE type = ANY ($1::text[]) AND municipality = ANY ($2::text[]) AND recorded_at <= $4
UNION
SELECT subject FROM fact
WHERE data ? 'residence' AND data->>'residence' = ANY ($3::text[]) AND recorded_at <= $4
"""

_RECORDED_MERGES = """
SELECT DISTINCT subject, data->>'with' AS other
FROM fact WHERE type = 'registration.person.merged'
"""


_FIRST_RECORDED_AT = "SELECT min(recorded_at) FROM fact"


@dataclass(frozen=True, slots=True)
class FactRecord:
    """A fact as it is stored; `data` is JSON."""

    subject: str
    type: str
    version: int
    factid: str
    revision: int
    on_date: date | None
    municipality: str | None
    recorded_at: datetime
    projected_at: datetime
    data: str


@dataclass(frozen=True, slots=True)
class QuarantinedRecord:
    """A record in quarantine: its position in the log, and why it was refused."""

    topic: str
    partition: int
    offset: int
    code: str
    path: str
    reason: str
    quarantined_at: datetime


class CandidateFilter(NamedTuple):
    """Facts of these types at these places, or any fact that names one of these residences."""

    types: list[str]
    places: list[str]
    residences: list[str]


class FactQueries:
    """Reads facts over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._projection = ProjectionRepository(connection)

    async def fact(self, key: EventKey) -> FactRecord | None:
        """Return the fact of an event (source, id)."""
        row = await self._connection.fetchrow(_STORED_FACT, *key)
        return None if row is None else FactRecord(**row)

    async def first_recorded_at(self) -> datetime | None:
        """Return when the first fact was recorded; None while there is none."""
        found: datetime | None = await self._connection.fetchval(_FIRST_RECORDED_AT)
        return found

    async def quarantined_records(self, key: EventKey) -> list[QuarantinedRecord]:
        """Return the quarantined records of an event (source, id)."""
        found = await self._connection.fetch(_QUARANTINED_RECORDS, *key)
        return [QuarantinedRecord(**row) for row in found]

    async def history(self, code: str) -> list[Fact]:
        """Return all facts of all codes linked with a code."""
        return await self.facts_of(await self._projection.linked_subjects([code]))

    async def facts_of(self, codes: Iterable[str]) -> list[Fact]:
        """Return all facts of these codes."""
        return await self._projection.facts_of(codes)

    async def erased_among(self, codes: Collection[str]) -> set[str]:
        """Return those of the codes that belong to erased subjects."""
        return await self._projection.erased_among(codes)

    async def candidate_subjects(self, wanted: CandidateFilter, instant: datetime) -> set[str]:
        """Return the subjects with such a fact that was recorded by an instant."""
        found = await self._connection.fetch(
            _CANDIDATE_SUBJECTS, *wanted, instant, timeout=QUERY_SECONDS_MAX
        )
        return {row["subject"] for row in found}

    async def recorded_merges(self) -> list[Link]:
        """Return every pair of codes that a merge ever named, whether it counts or not."""
        found = await self._connection.fetch(_RECORDED_MERGES)
        return [(row["subject"], row["other"]) for row in found]
