"""The SQL of the projection: facts, subjects and entries, in the transaction of a batch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import asyncpg

from runtime.storage.pool import Connection
from schemas.catalogue import BY_TYPE
from services.reporting.domain.history import Fact
from services.reporting.projection.binary_copy import copy_entries
from services.reporting.projection.decode import DecodedEvent, EventKey
from services.reporting.projection.rows import Address, AffectedCells, EntryRow

_LOCK_DEFINITIONS = """
SELECT definitions_fingerprint, series,
       -- Statements of a batch read few rows by key: a plan made while a table was small must not
       -- scan the entire table when it has grown.
       set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true)
FROM projection WHERE name = 'live' FOR SHARE
"""

_INSERT_FACTS = """
INSERT INTO fact (source, event_id, subject, type, version, factid, revision,
                  on_date, municipality, recorded_at, digest, data)
SELECT batch.source, batch.event_id, batch.subject, batch.type, batch.version, batch.factid,
       batch.revision, batch.on_date, batch.municipality, batch.recorded_at, batch.digest,
       batch.data::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::int[],
            $8::date[], $9::text[], $10::timestamptz[], $11::bytea[], $12::text[])
     AS batch (source, event_id, subject, type, version, factid, revision,
               on_date, municipality, recorded_at, digest, data)
ORDER BY batch.source COLLATE "C", batch.event_id COLLATE "C"
ON CONFLICT DO NOTHING
RETURNING source, event_id
"""

FACT_COLUMNS = (
    *("source", "event_id", "subject", "type", "version", "factid", "revision"),
    *("on_date", "municipality", "recorded_at", "digest", "data"),
)

_EXISTING_FACTS = """
SELECT fact.source, fact.event_id, fact.digest, fact.recorded_at
FROM unnest($1::text[], $2::text[]) AS batch (source, event_id)
JOIN fact ON (fact.source, fact.event_id) = (batch.source, batch.event_id)
"""

_REFUSED_DIGESTS = """
SELECT conflict.source, conflict.event_id, conflict.refused
FROM unnest($1::text[], $2::text[]) AS batch (source, event_id)
JOIN conflict ON (conflict.source, conflict.event_id) = (batch.source, batch.event_id)
"""

_INSERT_CONFLICTS = """
INSERT INTO conflict (source, event_id, refused, kept)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[])
ON CONFLICT DO NOTHING
"""

_LOWER_RECORDED_AT = """
UPDATE fact SET recorded_at = least(fact.recorded_at, batch.recorded_at)
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS batch (source, event_id, recorded_at)
WHERE (fact.source, fact.event_id) = (batch.source, batch.event_id)
"""

_INSERT_SUBJECTS = """
INSERT INTO subject (id, code, canonical_id)
SELECT id, code, id
FROM (
    SELECT nextval(pg_get_serial_sequence('subject', 'id')) AS id, batch.code
    FROM unnest($1::text[]) AS batch (code)
    WHERE NOT EXISTS (SELECT FROM subject s WHERE s.code = batch.code)
    ORDER BY batch.code COLLATE "C"
) AS missing
ON CONFLICT DO NOTHING
"""

_LINKED_SUBJECTS = """
WITH own AS MATERIALIZED (
    SELECT id, code, canonical_id FROM subject WHERE code = ANY ($1::text[])
)
SELECT id, code, canonical_id FROM own
UNION
SELECT id, code, canonical_id FROM subject
WHERE id IN (SELECT canonical_id FROM own WHERE canonical_id <> id)
UNION
SELECT id, code, canonical_id FROM subject
WHERE canonical_id <> id AND canonical_id IN (SELECT canonical_id FROM own)
"""

_LOCK_SUBJECTS = """
SELECT id, code, canonical_id FROM subject WHERE id = ANY ($1::bigint[]) ORDER BY code FOR UPDATE
"""

_UPDATE_CANONICAL = """
UPDATE subject SET canonical_id = moved.canonical_id
FROM unnest($1::bigint[], $2::bigint[]) AS moved (id, canonical_id)
WHERE subject.id = moved.id
"""

FACTS_OF = """
SELECT source, type, version, subject, factid, revision, event_id, recorded_at, data
FROM fact WHERE subject = ANY($1::text[])
"""

_ENTRIES_OF = """
SELECT ctid, subject, on_date, until_date, measure, municipality, buckets,
       nullif(amount, 1) AS amount  -- by far the most frequent; reading a numeric is slow
FROM entry WHERE subject = ANY($1::bigint[])
"""

_INSERT_ERASED = """
INSERT INTO erased_subject (code) SELECT * FROM unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING
"""

_ERASED_AMONG = """
SELECT code FROM erased_subject WHERE code = ANY($1::text[])
UNION
SELECT subject FROM fact WHERE subject = ANY($1::text[]) AND type = 'registration.person.erased'
"""

_DELETE_ENTRIES = "DELETE FROM entry WHERE ctid = ANY($1::tid[])"


@dataclass(frozen=True, slots=True)
class StoredDefinitions:
    """The definitions by which the entries were computed: their digest and the declared series."""

    fingerprint: bytes
    series: frozenset[str]


@dataclass(frozen=True, slots=True)
class ExistingFact:
    """A fact that is stored already: the digest of its content, and when it was recorded."""

    digest: bytes
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class LockedSubject:
    """A code whose row is locked until the transaction ends; `canonical_id` is a subject's id."""

    id: int
    code: str
    canonical_id: int


class ProjectionRepository:
    """Facts, subjects and entries within one transaction; every method is one statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock_definitions(self) -> StoredDefinitions | None:
        """Return what the entries were computed by, locked against changes; None if never set."""
        row = await self._connection.fetchrow(_LOCK_DEFINITIONS)
        if row is None:
            return None
        return StoredDefinitions(row["definitions_fingerprint"], frozenset(row["series"]))

    async def insert_facts(self, events: Sequence[DecodedEvent]) -> set[EventKey]:
        """Insert facts with different keys; return the keys that were not stored before."""
        if not events:
            return set()
        columns = zip(*map(row_of_fact, events), strict=True)
        added = await self._connection.fetch(_INSERT_FACTS, *columns)
        return {(row["source"], row["event_id"]) for row in added}

    async def existing_facts(self, keys: Collection[EventKey]) -> dict[EventKey, ExistingFact]:
        """Return those of the keys that are stored."""
        if not keys:
            return {}
        found = await self._connection.fetch(_EXISTING_FACTS, *zip(*keys, strict=True))
        return {
            (row["source"], row["event_id"]): ExistingFact(row["digest"], row["recorded_at"])
            for row in found
        }

    async def refused_digests(self, keys: Collection[EventKey]) -> dict[EventKey, set[bytes]]:
        """Return the digests that lost a conflict before, by key."""
        refused: dict[EventKey, set[bytes]] = {}
        for source, event_id, digest in await self._connection.fetch(
            _REFUSED_DIGESTS, *zip(*keys, strict=True)
        ):
            refused.setdefault((source, event_id), set()).add(digest)
        return refused

    async def insert_conflicts(self, conflicts: Sequence[tuple[EventKey, bytes, bytes]]) -> None:
        """Store (key, refused digest, kept digest), so that a rebuild decides the same."""
        rows = [(*key, digest, kept) for key, digest, kept in conflicts]
        await self._connection.execute(_INSERT_CONFLICTS, *zip(*rows, strict=True))

    async def lower_recorded_at(self, instants: Mapping[EventKey, datetime]) -> None:
        """Set facts back to the earliest instant at which any of their duplicates was recorded."""
        rows = [(*key, instant) for key, instant in sorted(instants.items())]
        await self._connection.execute(_LOWER_RECORDED_AT, *zip(*rows, strict=True))

    async def insert_subjects(self, codes: Iterable[str]) -> None:
        """Insert codes that are new; each is its own canonical subject at first."""
        await self._connection.execute(_INSERT_SUBJECTS, sorted(codes))

    async def linked_subjects(self, codes: Iterable[str]) -> dict[str, LockedSubject]:
        """Return all codes linked with these codes, by code, as stored at this moment."""
        found = await self._connection.fetch(_LINKED_SUBJECTS, list(codes))
        return {row["code"]: LockedSubject(*row) for row in found}

    async def lock_subjects(self, subjects: Iterable[LockedSubject]) -> dict[str, LockedSubject]:
        """Lock these rows in the order of their codes; return them as they are once locked."""
        found = await self._connection.fetch(_LOCK_SUBJECTS, [subject.id for subject in subjects])
        return {row["code"]: LockedSubject(*row) for row in found}

    async def update_canonical(self, canonical_ids: Mapping[int, int]) -> None:
        """Give subjects, by id, another canonical subject."""
        await self._connection.execute(
            _UPDATE_CANONICAL, list(canonical_ids), list(canonical_ids.values())
        )

    async def facts_of(self, codes: Iterable[str]) -> list[Fact]:
        """Return all facts of the codes, without those of an unknown type or version."""
        found = await self._connection.fetch(FACTS_OF, list(codes))
        return [fact for row in found if (fact := fact_of_row(row)) is not None]

    async def insert_erased(self, codes: Collection[str]) -> None:
        """Store codes as erased: none of their facts is ever shown again."""
        await self._connection.execute(_INSERT_ERASED, sorted(codes))

    async def erased_among(self, codes: Collection[str]) -> set[str]:
        """Return those of the codes that were ever erased.

        It also asks the facts, because a rebuilt projection may contain an erasure that the live
        projection has not yet processed.
        """
        return {row["code"] for row in await self._connection.fetch(_ERASED_AMONG, list(codes))}

    async def entries_of(self, canonical_ids: Iterable[int]) -> list[tuple[Address, EntryRow]]:
        """Return the stored entries of these subjects with their addresses."""
        found = await self._connection.fetch(_ENTRIES_OF, list(canonical_ids))
        return [
            (at, EntryRow(subject, on, until, measure, place, tuple(ids), _or_one(amount)))
            for at, subject, on, until, measure, place, ids, amount in found
        ]

    async def delete_entries(self, addresses: Sequence[Address]) -> None:
        """Delete entries by addresses that were read in this transaction."""
        await self._connection.execute(_DELETE_ENTRIES, addresses)

    async def insert_entries(self, rows: Iterable[EntryRow]) -> None:
        """Insert entries."""
        await copy_entries(self._connection, rows, None)

    async def mark_changed(self, cells: Iterable[AffectedCells]) -> None:
        """Queue changed cells for publication."""
        await self._connection.copy_records_to_table(
            "changed_cell",
            records=cells,
            columns=("measure", "municipality", "from_month", "to_month"),
        )

    async def mark_reports_changed(self, events: Iterable[DecodedEvent]) -> None:
        """Queue changed records of partners' reports for publication."""
        envelopes = [event.envelope for event in events]
        await self._connection.copy_records_to_table(
            "report_change",
            records=[(each.source, each.subject, each.factid) for each in envelopes],
            columns=("source", "organisation", "factid"),
        )


def fact_of_row(row: asyncpg.Record) -> Fact | None:
    """Return the fact of a row of `facts_of`; None if its type or version is unknown here."""
    source, fact_type, version, subject, factid, revision, event_id, recorded_at, data = row
    model = BY_TYPE.get(f"{fact_type}.v{version}")
    if model is None:
        return None
    event = model.model_validate_json(data)
    return Fact(source, fact_type, version, subject, factid, revision, event_id, recorded_at, event)


def row_of_fact(event: DecodedEvent) -> tuple[object, ...]:
    """Return the values of FACT_COLUMNS for an event."""
    envelope = event.envelope
    return (
        *(envelope.source, envelope.id, envelope.subject, envelope.fact_type, envelope.version),
        *(envelope.factid, envelope.revision, envelope.data.on if envelope.data else None),
        *(getattr(envelope.data, "municipality", None), event.recorded_at, event.digest),
        event.data,
    )


def _or_one(amount: Decimal | None) -> Decimal | int:
    return 1 if amount is None else amount
