"""The SQL that a reconciliation reads with: slices of subjects, and facts by their names."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import asyncpg
from pydantic import ValidationError
from pydantic_core import from_json

from runtime.messaging.records import Partition, RecordCounts
from runtime.storage.pool import Connection
from schemas.catalogue import BY_TYPE
from schemas.envelope import Envelope, content_digest
from services.reporting.domain.dimensions import Bucket
from services.reporting.domain.history import Fact
from services.reporting.domain.indicator import Entry
from services.reporting.projection.decode import EventKey
from services.reporting.projection.repository import (
    FACTS_OF,
    LockedSubject,
    ProjectionRepository,
    fact_of_row,
)

_SLICE = "SELECT id FROM subject WHERE id > $1 ORDER BY id LIMIT $2"

_COMPONENTS = """
SELECT id, code, canonical_id FROM subject WHERE canonical_id = id AND id > $1 AND id <= $2
UNION ALL
SELECT id, code, canonical_id FROM subject
WHERE canonical_id <> id AND canonical_id > $1 AND canonical_id <= $2
"""

_ENTRIES = """
SELECT subject, measure, on_date, until_date, municipality, buckets,
       nullif(amount, 1) AS amount  -- by far the most frequent, and a numeric is slow to read
FROM entry
WHERE subject > $1 AND subject <= $2
"""

_ENTRIES_OF = """
SELECT subject, measure, on_date, until_date, municipality, buckets, nullif(amount, 1) AS amount
FROM entry
WHERE subject = ANY ($1::bigint[])
"""

_MEASURES = "SELECT id, name FROM measure"

_BUCKETS = "SELECT id, split, name FROM bucket"

_CODES_OF = "SELECT id, code FROM subject WHERE id = ANY ($1::bigint[])"

_SUBJECTS_OF = """
SELECT fact.subject
FROM unnest($1::text[], $2::text[]) AS requested (source, event_id)
JOIN fact ON (fact.source, fact.event_id) = (requested.source, requested.event_id)
"""

_GREATEST = "SELECT coalesce(max(id), 0) FROM subject"

_SUBJECTS = "SELECT count(*) FROM subject"

# Facts that should make entries but whose subject is not known.
_SUBJECTS_WITHOUT_ROW = """
SELECT DISTINCT fact.subject FROM fact
WHERE fact.subject ~ '^[pvs]-' AND NOT EXISTS (SELECT FROM subject WHERE code = fact.subject)
LIMIT $1
"""

_POSITIONS = """
SELECT topic, partition, next_offset, topic_id, applied, duplicate, quarantined, ignored
FROM position
WHERE topic = ANY ($1::text[])
ORDER BY topic, partition
"""

_POSITION = """
SELECT topic, partition, next_offset, topic_id, applied, duplicate, quarantined, ignored
FROM position
WHERE topic = $1 AND partition = $2
"""

_FACTS = "SELECT count(*) FROM fact"

_FACTS_NAMED = """
SELECT fact.source, fact.event_id, fact.digest, fact.type, fact.version, fact.subject, fact.factid,
       fact.revision, fact.municipality, fact.recorded_at, fact.data
FROM unnest($1::text[], $2::text[]) AS requested (source, event_id)
JOIN fact ON (fact.source, fact.event_id) = (requested.source, requested.event_id)
"""

_QUARANTINED = """
SELECT kafka_offset FROM quarantine
WHERE topic = $1 AND partition = $2 AND kafka_offset BETWEEN $3 AND $4
"""

_PROJECTION = "SELECT definitions_fingerprint, series FROM projection WHERE name = 'live'"


class StoredFact(NamedTuple):
    """A fact's stored digest, the digest of its stored content, and what it is about."""

    stored: bytes
    computed: bytes
    type: str
    municipality: str | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PartitionState:
    """How far a partition is projected, of which topic, and what became of its records."""

    partition: Partition
    next_offset: int
    topic_id: str
    counts: RecordCounts


class ReconciliationQueries:
    """Reads over one connection; every method is one statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._projection = ProjectionRepository(connection)

    async def last_of_slice(self, after: int, size: int) -> int | None:
        """Return the last id of the next subjects; None if there are no more."""
        found = await self._connection.fetch(_SLICE, after, size)
        return found[-1]["id"] if found else None

    async def components(self, after: int, until: int) -> list[LockedSubject]:
        """Return all codes of the components whose root lies in the slice."""
        return [
            LockedSubject(*row) for row in await self._connection.fetch(_COMPONENTS, after, until)
        ]

    async def components_of(self, codes: Iterable[str]) -> dict[str, LockedSubject]:
        """Return all codes of the components of these codes."""
        return await self._projection.linked_subjects(codes)

    async def facts_of(self, codes: Iterable[str]) -> tuple[list[Fact], list[EventKey]]:
        """Return the facts of codes, and the names of those that cannot be decoded any more."""
        facts, unreadable = [], []
        for row in await self._connection.fetch(FACTS_OF, list(codes)):
            try:
                fact = fact_of_row(row)
            except ValidationError:
                unreadable.append((row["source"], row["event_id"]))
            else:
                facts += [] if fact is None else [fact]
        return facts, unreadable

    async def entries(self, after: int, until: int) -> list[tuple[int, Entry]]:
        """Return the stored entries of the subjects in the slice."""
        return await self._named(await self._connection.fetch(_ENTRIES, after, until))

    async def entries_of(self, subject_ids: Iterable[int]) -> list[tuple[int, Entry]]:
        """Return the stored entries of these subjects."""
        return await self._named(await self._connection.fetch(_ENTRIES_OF, list(subject_ids)))

    async def codes_of(self, subject_ids: Collection[int]) -> dict[int, str]:
        """Return the codes of these subject ids, where there are any."""
        if not subject_ids:
            return {}
        found = await self._connection.fetch(_CODES_OF, list(subject_ids))
        return {row["id"]: row["code"] for row in found}

    async def subjects_of(self, names: Sequence[EventKey]) -> set[str]:
        """Return the subjects of these facts."""
        if not names:
            return set()
        found = await self._connection.fetch(_SUBJECTS_OF, *zip(*names, strict=True))
        return {row["subject"] for row in found}

    async def _named(self, rows: Sequence[asyncpg.Record]) -> list[tuple[int, Entry]]:
        """Replace the ids of measures and buckets in stored entries by names."""
        found = await self._connection.fetch(_MEASURES)
        measures = {row["id"]: row["name"] for row in found}
        found = await self._connection.fetch(_BUCKETS)
        buckets = {row["id"]: (row["split"], row["name"]) for row in found}
        sets: dict[tuple[int, ...], frozenset[Bucket]] = {}
        entries = []
        for subject, measure, on, until, partition, numbers, amount in rows:
            ids = tuple(numbers)
            if ids not in sets:
                sets[ids] = frozenset(buckets.get(each, ("?", str(each))) for each in ids)
            name, times = measures.get(measure, f"? {measure}"), 1 if amount is None else amount
            entries.append((subject, Entry(name, on, until, partition, sets[ids], times)))
        return entries

    async def subject_count(self) -> int:
        """Count the subjects."""
        return int(await self._connection.fetchval(_SUBJECTS))

    async def greatest_subject_id(self) -> int:
        """Return the greatest id of a subject."""
        return int(await self._connection.fetchval(_GREATEST))

    async def subjects_without_row(self, limit: int) -> list[str]:
        """Return codes of facts that should make entries but whose subject is unknown."""
        return [
            row["subject"] for row in await self._connection.fetch(_SUBJECTS_WITHOUT_ROW, limit)
        ]

    async def partitions(self, topics: Collection[str]) -> list[PartitionState]:
        """Return all positions of these topics."""
        return [
            _partition_state(row) for row in await self._connection.fetch(_POSITIONS, list(topics))
        ]

    async def partition(self, partition: Partition) -> PartitionState | None:
        """Return the position of one partition."""
        row = await self._connection.fetchrow(_POSITION, *partition)
        return None if row is None else _partition_state(row)

    async def fact_count(self) -> int:
        """Count the facts."""
        return int(await self._connection.fetchval(_FACTS))

    async def facts_named(self, names: Sequence[EventKey]) -> dict[EventKey, StoredFact]:
        """Return the facts of these names."""
        if not names:
            return {}
        found = await self._connection.fetch(_FACTS_NAMED, *zip(*names, strict=True))
        return {
            (row["source"], row["event_id"]): StoredFact(
                *(row["digest"], _digest(row), row["type"], row["municipality"]), row["recorded_at"]
            )
            for row in found
        }

    async def quarantined(self, partition: Partition, first: int, last: int) -> set[int]:
        """Return the quarantined offsets in a range of a partition."""
        found = await self._connection.fetch(_QUARANTINED, *partition, first, last)
        return {row["kafka_offset"] for row in found}

    async def definitions_fingerprint(self) -> bytes | None:
        """Return the fingerprint of the definitions that the entries follow."""
        fingerprint: bytes | None = await self._connection.fetchval(_PROJECTION)
        return fingerprint

    async def follows(self, fingerprint: bytes, series: Collection[str]) -> bool:
        """Whether the entries follow these definitions, with these declared series."""
        row = await self._connection.fetchrow(_PROJECTION)
        return row is not None and (row[0], set(row[1])) == (fingerprint, set(series))


def _partition_state(row: asyncpg.Record) -> PartitionState:
    topic, partition, next_offset, topic_id, *counts = row
    return PartitionState((topic, partition), next_offset, topic_id, RecordCounts(*counts))


def _digest(row: asyncpg.Record) -> bytes:
    """Return the digest of a fact's row, as for a consumed event; b"" if it cannot be decoded."""
    stated = f"{row['type']}.v{row['version']}"
    model = BY_TYPE.get(stated)
    try:
        data = None if model is None else model.model_validate_json(row["data"])
    except ValidationError:
        return b""
    return content_digest(
        Envelope(
            id=row["event_id"],
            source=row["source"],
            type=stated,
            subject=row["subject"],
            time=row["recorded_at"],
            data=data,
            content=from_json(row["data"]) if model is None else {},
            factid=row["factid"],
            revision=row["revision"],
        )
    )
