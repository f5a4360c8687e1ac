"""The SQL of the fold: facts, subjects and entries, inside the transaction of a batch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import asyncpg

from runtime.postgres import Connection
from schemas.catalogue import BY_TYPE
from services.reporting.counting.history import Fact
from services.reporting.folding.copying import copy_entries
from services.reporting.folding.heard import Heard, Name
from services.reporting.folding.rows import Address, Row, Touched

HOLD_PROJECTION = """
SELECT catalogue_digest, series,
       -- Statements of the fold touch few rows by key; a plan made while a table was small must
       -- not read it whole when it has grown.
       set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
       set_config('enable_mergejoin', 'off', true)
FROM projection WHERE name = 'live' FOR SHARE
"""

ADD_FACTS = """
INSERT INTO fact (source, event_id, subject, type, version, factid, revision,
                  on_date, municipality, recorded_at, digest, data)
SELECT told.source, told.event_id, told.subject, told.type, told.version, told.factid,
       told.revision, told.on_date, told.municipality, told.recorded_at, told.digest,
       told.data::jsonb
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::int[],
            $8::date[], $9::text[], $10::timestamptz[], $11::bytea[], $12::text[])
     AS told (source, event_id, subject, type, version, factid, revision,
              on_date, municipality, recorded_at, digest, data)
WHERE NOT EXISTS (
    SELECT FROM conflict c
    WHERE (c.source, c.event_id, c.refused) = (told.source, told.event_id, told.digest)
)
ORDER BY told.source COLLATE "C", told.event_id COLLATE "C"
ON CONFLICT DO NOTHING
RETURNING source, event_id
"""

FACT_COLUMNS = (
    *("source", "event_id", "subject", "type", "version", "factid", "revision"),
    *("on_date", "municipality", "recorded_at", "digest", "data"),
)

KNOWN_FACTS = """
SELECT fact.source, fact.event_id, fact.digest, fact.recorded_at
FROM unnest($1::text[], $2::text[]) AS told (source, event_id)
JOIN fact ON (fact.source, fact.event_id) = (told.source, told.event_id)
"""

KEEP_DECISIONS = """
INSERT INTO conflict (source, event_id, refused, kept)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[])
ON CONFLICT DO NOTHING
"""

KNOWN_EARLIER = """
UPDATE fact SET recorded_at = least(fact.recorded_at, told.recorded_at)
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) AS told (source, event_id, recorded_at)
WHERE (fact.source, fact.event_id) = (told.source, told.event_id)
"""

ADD_SUBJECTS = """
INSERT INTO subject (id, code, root)
SELECT id, code, id
FROM (
    SELECT nextval(pg_get_serial_sequence('subject', 'id')) AS id, told.code
    FROM unnest($1::text[]) AS told (code)
    WHERE NOT EXISTS (SELECT FROM subject s WHERE s.code = told.code)
    ORDER BY told.code COLLATE "C"
) AS missing
ON CONFLICT DO NOTHING
"""

COMPONENTS = """
WITH touched AS MATERIALIZED (
    SELECT id, code, root FROM subject WHERE code = ANY ($1::text[])
)
SELECT id, code, root FROM touched
UNION
SELECT id, code, root FROM subject WHERE id IN (SELECT root FROM touched WHERE root <> id)
UNION
SELECT id, code, root FROM subject WHERE root <> id AND root IN (SELECT root FROM touched)
"""

LOCK_SUBJECTS = """
SELECT id, code, root FROM subject WHERE id = ANY ($1::bigint[]) ORDER BY code FOR UPDATE
"""

MOVE_ROOTS = """
UPDATE subject SET root = moved.root
FROM unnest($1::bigint[], $2::bigint[]) AS moved (id, root)
WHERE subject.id = moved.id
"""

FACTS_OF = """
SELECT source, type, version, subject, factid, revision, event_id, recorded_at, data
FROM fact WHERE subject = ANY($1::text[])
"""

ENTRIES_OF = """
SELECT ctid, subject, on_date, until_date, measure, municipality, buckets,
       nullif(amount, 1) AS amount  -- by far the commonest, and a numeric is slow to read
FROM entry WHERE subject = ANY($1::bigint[])
"""

KEEP_ERASED = """
INSERT INTO erased (code) SELECT * FROM unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING
"""

ERASED_AMONG = """
SELECT code FROM erased WHERE code = ANY($1::text[])
UNION
SELECT subject FROM fact WHERE subject = ANY($1::text[]) AND type = 'registration.person.erased'
"""

REMOVE_ENTRIES = "DELETE FROM entry WHERE ctid = ANY($1::tid[])"


@dataclass(frozen=True, slots=True)
class Held:
    """The definitions that the entries follow: their digest, and the declared series."""

    digest: bytes
    series: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that was there before: what it says, and since when it is known."""

    digest: bytes
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Locked:
    """A code whose row is locked until the transaction ends."""

    id: int
    code: str
    root: int


class Book:
    """One transaction's view of facts and entries; every method is one statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def hold_projection(self) -> Held | None:
        """What the entries were computed by; it cannot change now."""
        row = await self._connection.fetchrow(HOLD_PROJECTION)
        return None if row is None else Held(row["catalogue_digest"], frozenset(row["series"]))

    async def add_facts(self, events: Sequence[Heard]) -> set[Name]:
        """Insert facts of different names; the names of those that were not there before."""
        columns = zip(*map(columns_of, events), strict=True)
        added = await self._connection.fetch(ADD_FACTS, *columns)
        return {(row["source"], row["event_id"]) for row in added}

    async def known_facts(self, names: Collection[Name]) -> dict[Name, Known]:
        """Those of the names that are facts already."""
        found = await self._connection.fetch(KNOWN_FACTS, *zip(*names, strict=True))
        return {
            (row["source"], row["event_id"]): Known(row["digest"], row["recorded_at"])
            for row in found
        }

    async def keep_decisions(self, refused: Sequence[tuple[Name, bytes, bytes]]) -> None:
        """Remember (name, refused digest, kept digest), so that a rebuild decides the same."""
        rows = [(*name, digest, kept) for name, digest, kept in refused]
        await self._connection.execute(KEEP_DECISIONS, *zip(*rows, strict=True))

    async def known_earlier(self, instants: Mapping[Name, datetime]) -> None:
        """Facts are known from the earliest instant any of their duplicates was."""
        rows = [(*name, instant) for name, instant in sorted(instants.items())]
        await self._connection.execute(KNOWN_EARLIER, *zip(*rows, strict=True))

    async def add_subjects(self, codes: Iterable[str]) -> None:
        """Make the codes known; each is a component of its own at first."""
        await self._connection.execute(ADD_SUBJECTS, sorted(codes))

    async def components(self, codes: Iterable[str]) -> dict[str, Locked]:
        """All codes of the components of these codes, as they stand at this moment."""
        found = await self._connection.fetch(COMPONENTS, list(codes))
        return {row["code"]: Locked(row["id"], row["code"], row["root"]) for row in found}

    async def lock(self, subjects: Iterable[Locked]) -> dict[str, Locked]:
        """Lock these rows in the order of their codes; they are as the lock found them."""
        found = await self._connection.fetch(LOCK_SUBJECTS, [subject.id for subject in subjects])
        return {row["code"]: Locked(row["id"], row["code"], row["root"]) for row in found}

    async def move_roots(self, roots: Mapping[int, int]) -> None:
        """Give subjects other roots."""
        await self._connection.execute(MOVE_ROOTS, list(roots), list(roots.values()))

    async def facts_of(self, codes: Iterable[str]) -> list[Fact]:
        """All facts of the codes; those of an unknown type or version are left out."""
        found = await self._connection.fetch(FACTS_OF, list(codes))
        return [fact for row in found if (fact := read_fact(row)) is not None]

    async def keep_erased(self, codes: Collection[str]) -> None:
        """Remember for ever that nothing of these codes is shown, whatever is said later."""
        await self._connection.execute(KEEP_ERASED, sorted(codes))

    async def erased_among(self, codes: Collection[str]) -> set[str]:
        """Those of the codes that were ever erased: no door shows a fact of theirs.

        A rebuilt projection may hold an erasure that the live fold has not yet remembered, so the
        facts are asked too.
        """
        return {row["code"] for row in await self._connection.fetch(ERASED_AMONG, list(codes))}

    async def entries_of(self, roots: Iterable[int]) -> list[tuple[Address, Row]]:
        """The stored entries of these subjects, with their places."""
        found = await self._connection.fetch(ENTRIES_OF, list(roots))
        return [
            (at, Row(subject, on, until, measure, place, tuple(ids), _or_one(amount)))
            for at, subject, on, until, measure, place, ids, amount in found
        ]

    async def remove_entries(self, places: Sequence[Address]) -> None:
        """Delete entries that were read at these places in this transaction."""
        await self._connection.execute(REMOVE_ENTRIES, places)

    async def add_entries(self, rows: Iterable[Row]) -> None:
        """Append entries."""
        await copy_entries(self._connection, rows, None)

    async def mark_dirty(self, cells: Iterable[Touched]) -> None:
        """Tell the publisher what has changed."""
        await self._connection.copy_records_to_table(
            "dirty", records=cells, columns=("measure", "municipality", "from_month", "to_month")
        )

    async def mark_reported(self, events: Iterable[Heard]) -> None:
        """Tell the publisher of which records partners' reports have changed."""
        said = [event.envelope for event in events]
        await self._connection.copy_records_to_table(
            "reported_anew",
            records=[(each.source, each.subject, each.factid) for each in said],
            columns=("source", "organisation", "factid"),
        )


def read_fact(row: asyncpg.Record) -> Fact | None:
    """The fact of a row of FACTS_OF; None if its type or version is not known here."""
    source, stated, version, subject, factid, revision, event_id, recorded_at, data = row
    model = BY_TYPE.get(f"{stated}.v{version}")
    if model is None:
        return None
    event = model.model_validate_json(data)
    return Fact(source, stated, version, subject, factid, revision, event_id, recorded_at, event)


def _or_one(amount: Decimal | None) -> Decimal | int:
    return 1 if amount is None else amount


def columns_of(heard: Heard) -> tuple[object, ...]:
    """A fact's FACT_COLUMNS, which is the order of ADD_FACTS too."""
    said = heard.envelope
    return (
        *(said.source, said.id, said.subject, said.fact_type, said.version, said.factid),
        *(said.revision, said.data.on if said.data else None),
        *(getattr(said.data, "municipality", None), heard.recorded_at, heard.digest, heard.data),
    )
