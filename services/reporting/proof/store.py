"""The SQL of the proof: slices of subjects with facts and entries, and facts by their names."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import asyncpg
from pydantic_core import from_json

from runtime.batch import Tally
from runtime.kafka import Partition
from runtime.postgres import Connection
from schemas.catalogue import BY_TYPE
from schemas.envelope import Envelope, content_digest
from services.reporting.counting.indicator import Entry
from services.reporting.folding.heard import Name
from services.reporting.folding.store import Locked

SLICE = "SELECT id FROM subject WHERE id > $1 ORDER BY id LIMIT $2"

COMPONENTS = """
SELECT id, code, root FROM subject WHERE root = id AND id > $1 AND id <= $2
UNION ALL
SELECT id, code, root FROM subject WHERE root <> id AND root > $1 AND root <= $2
"""

ENTRIES = """
SELECT e.subject, m.name, e.on_date, e.until_date, e.municipality, e.amount,
       ARRAY(SELECT ARRAY[b.split, b.name] FROM bucket b WHERE b.id = ANY (e.buckets)) AS buckets
FROM entry e JOIN measure m ON m.id = e.measure
WHERE e.subject > $1 AND e.subject <= $2
"""

SUBJECTS = "SELECT count(*) FROM subject"

STRAY_FACTS = """
SELECT fact.source, fact.event_id FROM fact
WHERE fact.subject ~ '^[pvs]-' AND NOT EXISTS (SELECT FROM subject WHERE code = fact.subject)
LIMIT $1
"""

POSITIONS = """
SELECT topic, partition, next_offset, log_id, folded, duplicate, quarantined, ignored
FROM position
WHERE topic = ANY ($1::text[])
ORDER BY topic, partition
"""

FACTS = "SELECT count(*) FROM fact"

FACTS_NAMED = """
SELECT fact.source, fact.event_id, fact.digest, fact.type, fact.version, fact.subject, fact.factid,
       fact.revision, fact.recorded_at, fact.data
FROM unnest($1::text[], $2::text[]) AS told (source, event_id)
JOIN fact ON (fact.source, fact.event_id) = (told.source, told.event_id)
"""

QUARANTINED = """
SELECT kafka_offset FROM quarantine
WHERE topic = $1 AND partition = $2 AND kafka_offset BETWEEN $3 AND $4
"""

PROJECTION = "SELECT catalogue_digest FROM projection WHERE name = 'live'"


class Kept(NamedTuple):
    """A fact's digest as it was stored, and as its stored content gives it."""

    stored: bytes
    computed: bytes


@dataclass(frozen=True, slots=True)
class Account:
    """How far a partition is folded, in which log, and what became of its records."""

    place: Partition
    next_offset: int
    log_id: str
    tally: Tally


class Evidence:
    """What a proof reads, over one connection; every method is one statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def slice(self, after: int, size: int) -> int | None:
        """The last number of the next subjects; None if there are no more."""
        found = await self._connection.fetch(SLICE, after, size)
        return found[-1]["id"] if found else None

    async def components(self, after: int, until: int) -> list[Locked]:
        """All codes of the components whose root lies in the slice."""
        return [Locked(*row) for row in await self._connection.fetch(COMPONENTS, after, until)]

    async def entries(self, after: int, until: int) -> list[tuple[int, Entry]]:
        """The stored entries of the subjects in the slice, with names for numbers."""
        return [
            (
                row["subject"],
                Entry(
                    row["name"],
                    row["on_date"],
                    row["until_date"],
                    row["municipality"],
                    frozenset((split, bucket) for split, bucket in row["buckets"]),
                    row["amount"],
                ),
            )
            for row in await self._connection.fetch(ENTRIES, after, until)
        ]

    async def subjects(self) -> int:
        """How many subjects there are."""
        return int(await self._connection.fetchval(SUBJECTS))

    async def stray_facts(self, limit: int) -> list[Name]:
        """Facts that should make entries but whose subject is not known."""
        found = await self._connection.fetch(STRAY_FACTS, limit)
        return [(row["source"], row["event_id"]) for row in found]

    async def accounts(self, topics: Collection[str]) -> list[Account]:
        """All positions of these topics."""
        return [
            Account((topic, partition), next_offset, log_id, Tally(*counts))
            for topic, partition, next_offset, log_id, *counts in await self._connection.fetch(
                POSITIONS, list(topics)
            )
        ]

    async def facts(self) -> int:
        """How many facts there are."""
        return int(await self._connection.fetchval(FACTS))

    async def named(self, names: Sequence[Name]) -> dict[Name, Kept]:
        """The digests of the facts of these names."""
        if not names:
            return {}
        found = await self._connection.fetch(FACTS_NAMED, *zip(*names, strict=True))
        return {
            (row["source"], row["event_id"]): Kept(row["digest"], _digest(row)) for row in found
        }

    async def quarantined(self, place: Partition, first: int, last: int) -> set[int]:
        """The offsets of a part of a partition that are in quarantine."""
        found = await self._connection.fetch(QUARANTINED, *place, first, last)
        return {row["kafka_offset"] for row in found}

    async def catalogue_digest(self) -> bytes | None:
        """The definitions that the entries follow."""
        digest: bytes | None = await self._connection.fetchval(PROJECTION)
        return digest


def _digest(row: asyncpg.Record) -> bytes:
    """The digest of what a fact's row says, computed as for an event that is heard."""
    stated = f"{row['type']}.v{row['version']}"
    model = BY_TYPE.get(stated)
    return content_digest(
        Envelope(
            id=row["event_id"],
            source=row["source"],
            type=stated,
            subject=row["subject"],
            time=row["recorded_at"],
            data=None if model is None else model.model_validate_json(row["data"]),
            content=from_json(row["data"]) if model is None else {},
            factid=row["factid"],
            revision=row["revision"],
        )
    )
