"""The SQL of the proof: slices of subjects with facts and entries, and facts by their names."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import asyncpg
from pydantic import ValidationError
from pydantic_core import from_json

from runtime.batch import Tally
from runtime.kafka import Partition
from runtime.postgres import Connection
from schemas.catalogue import BY_TYPE
from schemas.envelope import Envelope, content_digest
from services.reporting.counting.dimensions import Bucket
from services.reporting.counting.history import Fact
from services.reporting.counting.indicator import Entry
from services.reporting.folding.heard import Name
from services.reporting.folding.store import FACTS_OF, Book, Locked, read_fact

SLICE = "SELECT id FROM subject WHERE id > $1 ORDER BY id LIMIT $2"

COMPONENTS = """
SELECT id, code, root FROM subject WHERE root = id AND id > $1 AND id <= $2
UNION ALL
SELECT id, code, root FROM subject WHERE root <> id AND root > $1 AND root <= $2
"""

ENTRIES = """
SELECT subject, measure, on_date, until_date, municipality, buckets,
       nullif(amount, 1) AS amount  -- by far the commonest, and a numeric is slow to read
FROM entry
WHERE subject > $1 AND subject <= $2
"""

ENTRIES_OF = """
SELECT subject, measure, on_date, until_date, municipality, buckets, nullif(amount, 1) AS amount
FROM entry
WHERE subject = ANY ($1::bigint[])
"""

MEASURES = "SELECT id, name FROM measure"

BUCKETS = "SELECT id, split, name FROM bucket"

CODES_OF = "SELECT id, code FROM subject WHERE id = ANY ($1::bigint[])"

SUBJECTS_OF = """
SELECT fact.subject
FROM unnest($1::text[], $2::text[]) AS told (source, event_id)
JOIN fact ON (fact.source, fact.event_id) = (told.source, told.event_id)
"""

GREATEST = "SELECT coalesce(max(id), 0) FROM subject"

SUBJECTS = "SELECT count(*) FROM subject"

# Facts that should make entries but whose subject is not known.
STRAYS = """
SELECT DISTINCT fact.subject FROM fact
WHERE fact.subject ~ '^[pvs]-' AND NOT EXISTS (SELECT FROM subject WHERE code = fact.subject)
LIMIT $1
"""

POSITIONS = """
SELECT topic, partition, next_offset, log_id, folded, duplicate, quarantined, ignored
FROM position
WHERE topic = ANY ($1::text[])
ORDER BY topic, partition
"""

POSITION = """
SELECT topic, partition, next_offset, log_id, folded, duplicate, quarantined, ignored
FROM position
WHERE topic = $1 AND partition = $2
"""

FACTS = "SELECT count(*) FROM fact"

FACTS_NAMED = """
SELECT fact.source, fact.event_id, fact.digest, fact.type, fact.version, fact.subject, fact.factid,
       fact.revision, fact.municipality, fact.recorded_at, fact.data
FROM unnest($1::text[], $2::text[]) AS told (source, event_id)
JOIN fact ON (fact.source, fact.event_id) = (told.source, told.event_id)
"""

QUARANTINED = """
SELECT kafka_offset FROM quarantine
WHERE topic = $1 AND partition = $2 AND kafka_offset BETWEEN $3 AND $4
"""

PROJECTION = "SELECT catalogue_digest, series FROM projection WHERE name = 'live'"


class Kept(NamedTuple):
    """A fact's digest as it was stored, and as its stored content gives it; what it is about."""

    stored: bytes
    computed: bytes
    type: str
    municipality: str | None
    recorded_at: datetime


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
        self._book = Book(connection)

    async def slice(self, after: int, size: int) -> int | None:
        """The last number of the next subjects; None if there are no more."""
        found = await self._connection.fetch(SLICE, after, size)
        return found[-1]["id"] if found else None

    async def components(self, after: int, until: int) -> list[Locked]:
        """All codes of the components whose root lies in the slice."""
        return [Locked(*row) for row in await self._connection.fetch(COMPONENTS, after, until)]

    async def components_of(self, codes: Iterable[str]) -> dict[str, Locked]:
        """All codes of the components of these."""
        return await self._book.components(codes)

    async def facts_of(self, codes: Iterable[str]) -> tuple[list[Fact], list[Name]]:
        """The facts of codes, and the names of those that cannot be read any more."""
        facts, unreadable = [], []
        for row in await self._connection.fetch(FACTS_OF, list(codes)):
            try:
                fact = read_fact(row)
            except ValidationError:
                unreadable.append((row["source"], row["event_id"]))
            else:
                facts += [] if fact is None else [fact]
        return facts, unreadable

    async def entries(self, after: int, until: int) -> list[tuple[int, Entry]]:
        """The stored entries of the subjects in the slice, with names for numbers."""
        return await self._named(await self._connection.fetch(ENTRIES, after, until))

    async def entries_of(self, numbers: Iterable[int]) -> list[tuple[int, Entry]]:
        """The stored entries of these subjects."""
        return await self._named(await self._connection.fetch(ENTRIES_OF, list(numbers)))

    async def codes_of(self, numbers: Collection[int]) -> dict[int, str]:
        """The codes of these numbers, as far as they have any."""
        if not numbers:
            return {}
        found = await self._connection.fetch(CODES_OF, list(numbers))
        return {row["id"]: row["code"] for row in found}

    async def subjects_of(self, names: Sequence[Name]) -> set[str]:
        """The subjects of these facts."""
        if not names:
            return set()
        found = await self._connection.fetch(SUBJECTS_OF, *zip(*names, strict=True))
        return {row["subject"] for row in found}

    async def _named(self, rows: Sequence[asyncpg.Record]) -> list[tuple[int, Entry]]:
        """Stored entries with the names of their measures and buckets."""
        found = await self._connection.fetch(MEASURES)
        measures = {row["id"]: row["name"] for row in found}
        found = await self._connection.fetch(BUCKETS)
        buckets = {row["id"]: (row["split"], row["name"]) for row in found}
        sets: dict[tuple[int, ...], frozenset[Bucket]] = {}
        entries = []
        for subject, measure, on, until, place, numbers, amount in rows:
            ids = tuple(numbers)
            if ids not in sets:
                sets[ids] = frozenset(buckets.get(each, ("?", str(each))) for each in ids)
            name, times = measures.get(measure, f"? {measure}"), 1 if amount is None else amount
            entries.append((subject, Entry(name, on, until, place, sets[ids], times)))
        return entries

    async def subjects(self) -> int:
        """How many subjects there are."""
        return int(await self._connection.fetchval(SUBJECTS))

    async def greatest_subject(self) -> int:
        """The greatest number of a subject."""
        return int(await self._connection.fetchval(GREATEST))

    async def strays(self, limit: int) -> list[str]:
        """Codes of facts that should make entries but whose subject is not known."""
        return [row["subject"] for row in await self._connection.fetch(STRAYS, limit)]

    async def accounts(self, topics: Collection[str]) -> list[Account]:
        """All positions of these topics."""
        return [_account(row) for row in await self._connection.fetch(POSITIONS, list(topics))]

    async def account(self, place: Partition) -> Account | None:
        """The position of one partition."""
        row = await self._connection.fetchrow(POSITION, *place)
        return None if row is None else _account(row)

    async def facts(self) -> int:
        """How many facts there are."""
        return int(await self._connection.fetchval(FACTS))

    async def named(self, names: Sequence[Name]) -> dict[Name, Kept]:
        """The digests of the facts of these names."""
        if not names:
            return {}
        found = await self._connection.fetch(FACTS_NAMED, *zip(*names, strict=True))
        return {
            (row["source"], row["event_id"]): Kept(
                *(row["digest"], _digest(row), row["type"], row["municipality"]), row["recorded_at"]
            )
            for row in found
        }

    async def quarantined(self, place: Partition, first: int, last: int) -> set[int]:
        """The offsets of a part of a partition that are in quarantine."""
        found = await self._connection.fetch(QUARANTINED, *place, first, last)
        return {row["kafka_offset"] for row in found}

    async def catalogue_digest(self) -> bytes | None:
        """The definitions that the entries follow."""
        digest: bytes | None = await self._connection.fetchval(PROJECTION)
        return digest

    async def follows(self, digest: bytes, series: Collection[str]) -> bool:
        """Whether the entries follow these definitions, with these declared series."""
        row = await self._connection.fetchrow(PROJECTION)
        return row is not None and (row[0], set(row[1])) == (digest, set(series))


def _account(row: asyncpg.Record) -> Account:
    topic, partition, next_offset, log_id, *counts = row
    return Account((topic, partition), next_offset, log_id, Tally(*counts))


def _digest(row: asyncpg.Record) -> bytes:
    """The digest of what a fact's row says, as for an event that is heard; b"" if it says none."""
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
