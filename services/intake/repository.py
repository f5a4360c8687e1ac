"""The SQL of intake: receipts, accepted events, partners with their keys and grants."""

from collections.abc import Collection, Mapping, Sequence

from runtime.messaging import outbox
from runtime.storage.pool import Connection
from schemas.envelope import Envelope
from schemas.events.event import Event
from services.intake.model import (
    AcceptedEvent,
    DeclaredPartner,
    EventKey,
    Grant,
    NewEvent,
    OutboxBacklog,
    StoredReceipt,
)
from services.intake.stated_facts import FactKey, StatedFacts, StatedRevision

_CLAIM = """
INSERT INTO receipt (source, event_id, digest, type, stated_type, subject, factid, revision,
                     placed_on, notes)
SELECT source, event_id, digest, type, stated_type, subject, factid, revision, placed_on,
       coalesce(string_to_array(nullif(notes, ''), ' '), '{}')
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::bigint[], $9::date[], $10::text[])
     AS new (source, event_id, digest, type, stated_type, subject, factid, revision, placed_on,
             notes)
ON CONFLICT DO NOTHING
RETURNING source, event_id
"""

_ACCEPTED_EVENTS = """
SELECT r.source, r.event_id, r.digest, o.value
FROM receipt r
JOIN outbox o USING (source, event_id)
JOIN unnest($1::text[], $2::text[]) AS wanted (source, event_id) USING (source, event_id)
"""

_COUNT_DUPLICATES = """
UPDATE receipt r SET duplicates = r.duplicates + repeated.times
FROM (
    SELECT source, event_id, count(*) AS times
    FROM unnest($1::text[], $2::text[]) AS sent (source, event_id)
    GROUP BY source, event_id
) AS repeated
WHERE (r.source, r.event_id) = (repeated.source, repeated.event_id)
"""

_RECEIPT = """
SELECT r.event_id AS id, r.source, r.accepted_at, r.duplicates, r.notes,
       o.topic, o.partition, o.kafka_offset AS "offset", o.sent_at AS published_at
FROM receipt r
JOIN outbox o USING (source, event_id)
WHERE r.source = $1 AND r.event_id = $2
"""

_BACKLOG = """
SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL) AS unsent,
       (SELECT max(sent_at) FROM (SELECT sent_at FROM outbox ORDER BY id DESC LIMIT 1000) AS newest)
           AS last_published_at
"""

_STATED_REVISIONS = """
SELECT r.source, r.type, r.stated_type, r.subject, r.factid, r.revision, r.digest,
       r.placed_on AS "on"
FROM receipt r
JOIN unnest($1::text[], $2::text[]) AS wanted (source, factid) USING (source, factid)
ORDER BY r.accepted_at, r.event_id
"""

_KNOWN_SUBJECTS = """
SELECT wanted.source, wanted.subject
FROM unnest($1::text[], $2::text[]) AS wanted (source, subject)
WHERE EXISTS (
    SELECT FROM receipt r WHERE (r.source, r.subject) = (wanted.source, wanted.subject)
)
"""

_PARTNER = "SELECT id, title FROM partner WHERE id = $1"
_PARTNERS = "SELECT id FROM partner ORDER BY id"
_KEYS = "SELECT kid, public_key FROM partner_key WHERE partner = $1"
_GRANTS = """
SELECT fact_type, municipality FROM partner_grant
WHERE partner = $1
ORDER BY fact_type, municipality
"""

_UPSERT_PARTNER = """
INSERT INTO partner (id, title) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET title = excluded.title
"""
_DELETE_KEYS = "DELETE FROM partner_key WHERE partner = $1"
_DELETE_GRANTS = "DELETE FROM partner_grant WHERE partner = $1"
_INSERT_KEYS = """
INSERT INTO partner_key (partner, kid, public_key)
SELECT $1, * FROM unnest($2::text[], $3::bytea[])
"""
_INSERT_GRANTS = """
INSERT INTO partner_grant (partner, fact_type, municipality)
SELECT $1, * FROM unnest($2::text[], $3::text[])
"""


class IntakeRepository:
    """Reads and writes receipts and partners over one connection, in its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, events: Mapping[EventKey, NewEvent]) -> frozenset[EventKey]:
        """Write a receipt for each new key and return those keys.

        Keys are claimed in one order, so that concurrent transactions never deadlock. If another
        transaction is claiming a key, this waits for it, and the key is not returned.
        """
        rows = [events[key] for key in sorted(events)]
        stated = [row.stated for row in rows]
        claimed = await self._connection.fetch(
            _CLAIM,
            [each.source for each in stated],
            [row.event_id for row in rows],
            [each.digest for each in stated],
            [each.type for each in stated],
            [each.stated_type for each in stated],
            [each.subject for each in stated],
            [each.factid for each in stated],
            [each.revision for each in stated],
            [each.on for each in stated],
            [" ".join(row.notes) for row in rows],
        )
        return frozenset((row["source"], row["event_id"]) for row in claimed)

    async def accepted_events(self, keys: Sequence[EventKey]) -> Mapping[EventKey, AcceptedEvent]:
        """Return the events that were accepted before under these keys."""
        rows = await self._connection.fetch(_ACCEPTED_EVENTS, *_columns(keys, 2))
        return {
            (row["source"], row["event_id"]): AcceptedEvent(row["digest"], row["value"])
            for row in rows
        }

    async def count_duplicates(self, keys: Sequence[EventKey]) -> None:
        """Add one to the duplicates of a receipt for each time that its key is listed."""
        await self._connection.execute(_COUNT_DUPLICATES, *_columns(sorted(keys), 2))

    async def enqueue(self, envelopes: Sequence[Envelope[Event]]) -> None:
        """Insert the events into the outbox, in the order given."""
        await outbox.enqueue(self._connection, envelopes)

    async def receipt(self, source: str, event_id: str) -> StoredReceipt | None:
        """Return the receipt of one event, or None if it was never accepted."""
        row = await self._connection.fetchrow(_RECEIPT, source, event_id)
        return None if row is None else StoredReceipt(**dict(row))

    async def backlog(self) -> OutboxBacklog:
        """Return how many accepted events Kafka has not acknowledged."""
        row = await self._connection.fetchrow(_BACKLOG)
        assert row is not None  # noqa: S101 - a SELECT without FROM has exactly one row
        return OutboxBacklog(row["unsent"], row["last_published_at"])

    async def stated_facts(
        self, facts: Collection[FactKey], subjects: Collection[tuple[str, str]]
    ) -> StatedFacts:
        """Return what was accepted of these facts, and which (source, subject) are known."""
        revisions = await self._connection.fetch(_STATED_REVISIONS, *_columns(sorted(facts), 2))
        known = await self._connection.fetch(_KNOWN_SUBJECTS, *_columns(sorted(subjects), 2))
        return StatedFacts(
            [StatedRevision(**dict(row)) for row in revisions],
            [(row["source"], row["subject"]) for row in known],
        )

    async def partner(self, partner_id: str) -> DeclaredPartner | None:
        """Return a partner with keys and grants, or None."""
        row = await self._connection.fetchrow(_PARTNER, partner_id)
        if row is None:
            return None
        keys = await self._connection.fetch(_KEYS, partner_id)
        grants = await self._connection.fetch(_GRANTS, partner_id)
        return DeclaredPartner(
            id=partner_id,
            title=row["title"],
            keys={key["kid"]: key["public_key"] for key in keys},
            grants=frozenset(Grant(grant["fact_type"], grant["municipality"]) for grant in grants),
        )

    async def partner_ids(self) -> tuple[str, ...]:
        """Return the ids of all partners, in order."""
        return tuple(row["id"] for row in await self._connection.fetch(_PARTNERS))

    async def replace_partner(self, partner: DeclaredPartner) -> None:
        """Insert a partner, or replace its title, all keys and all grants."""
        await self._connection.execute(_UPSERT_PARTNER, partner.id, partner.title)
        await self._connection.execute(_DELETE_KEYS, partner.id)
        await self._connection.execute(_DELETE_GRANTS, partner.id)
        await self._connection.execute(
            _INSERT_KEYS, partner.id, list(partner.keys), list(partner.keys.values())
        )
        grants = sorted(partner.grants, key=lambda grant: (grant.fact_type, grant.municipality))
        await self._connection.execute(
            _INSERT_GRANTS,
            partner.id,
            [grant.fact_type for grant in grants],
            [grant.municipality for grant in grants],
        )


def _columns(rows: Sequence[tuple[str, ...]], width: int) -> tuple[list[str], ...]:
    return tuple([row[column] for row in rows] for column in range(width))
