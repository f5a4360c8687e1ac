"""Intake's SQL: receipts, what was said for them, partners with their keys and grants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from runtime import outbox
from runtime.postgres import Connection
from schemas.envelope import Envelope, content_digest
from schemas.event import Event
from services.intake.partners import Grant, Partner

Name = tuple[str, str]
"""An event's name for ever: (source, id)."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the door accepted before under the same name: its digest and the bytes it said."""

    digest: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one accepted event; `topic` to `said_at` are None until Kafka has it."""

    id: str
    source: str
    accepted_at: datetime
    duplicates: int
    topic: str
    partition: int | None
    offset: int | None
    said_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unsaid:
    """How much of the outbox Kafka has not acknowledged yet."""

    unsent: int
    last_said_at: datetime | None


CLAIM = """
INSERT INTO receipt (source, event_id, digest, fact_type, subject, factid)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[])
ON CONFLICT DO NOTHING
RETURNING source, event_id
"""

EARLIER = """
SELECT r.source, r.event_id, r.digest, o.value
FROM receipt r
JOIN outbox o USING (source, event_id)
JOIN unnest($1::text[], $2::text[]) AS asked (source, event_id) USING (source, event_id)
"""

COUNT_DUPLICATES = """
UPDATE receipt r SET duplicates = r.duplicates + asked.times
FROM (
    SELECT source, event_id, count(*) AS times
    FROM unnest($1::text[], $2::text[]) AS told (source, event_id)
    GROUP BY source, event_id
) AS asked
WHERE (r.source, r.event_id) = (asked.source, asked.event_id)
"""

RECEIPT = """
SELECT r.event_id AS id, r.source, r.accepted_at, r.duplicates,
       o.topic, o.partition, o.kafka_offset AS "offset", o.sent_at AS said_at
FROM receipt r
JOIN outbox o USING (source, event_id)
WHERE r.source = $1 AND r.event_id = $2
"""

UNSAID = """
SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL) AS unsent,
       (SELECT max(sent_at) FROM (SELECT sent_at FROM outbox ORDER BY id DESC LIMIT 1000) AS newest)
           AS last_said_at
"""

KNOWN_PLACEMENTS = """
SELECT DISTINCT r.source, r.subject, r.factid
FROM receipt r
JOIN unnest($1::text[], $2::text[], $3::text[]) AS asked (source, subject, factid)
    USING (source, subject, factid)
WHERE r.fact_type = 'matching.placement.made'
"""

PARTNER = "SELECT id, title FROM partner WHERE id = $1"
PARTNERS = "SELECT id FROM partner ORDER BY id"
KEYS = "SELECT kid, public_key FROM partner_key WHERE partner = $1"
GRANTS = """
SELECT fact_type, municipality FROM partner_grant
WHERE partner = $1
ORDER BY fact_type, municipality
"""

KEEP_PARTNER = """
INSERT INTO partner (id, title) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET title = excluded.title
"""
FORGET_KEYS = "DELETE FROM partner_key WHERE partner = $1"
FORGET_GRANTS = "DELETE FROM partner_grant WHERE partner = $1"
KEEP_KEYS = """
INSERT INTO partner_key (partner, kid, public_key)
SELECT $1, * FROM unnest($2::text[], $3::bytea[])
"""
KEEP_GRANTS = """
INSERT INTO partner_grant (partner, fact_type, municipality)
SELECT $1, * FROM unnest($2::text[], $3::text[])
"""


class Desk:
    """The receipts and the partners, seen through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, envelopes: Sequence[Envelope[Event]]) -> frozenset[Name]:
        """Write a receipt for each name not seen before and return those names.

        Names are claimed in one order, so that two doors open at once never wait for each other
        in a circle. A name another transaction is claiming is waited for and then is not ours.
        """
        rows = sorted(envelopes, key=lambda envelope: (envelope.source, envelope.id))
        claimed = await self._connection.fetch(
            CLAIM,
            [envelope.source for envelope in rows],
            [envelope.id for envelope in rows],
            [content_digest(envelope) for envelope in rows],
            [envelope.fact_type for envelope in rows],
            [envelope.subject for envelope in rows],
            [envelope.factid for envelope in rows],
        )
        return frozenset((row["source"], row["event_id"]) for row in claimed)

    async def earlier(self, names: Sequence[Name]) -> Mapping[Name, Earlier]:
        """Return what was accepted before under these names."""
        rows = await self._connection.fetch(EARLIER, *_columns(names))
        return {
            (row["source"], row["event_id"]): Earlier(row["digest"], row["value"]) for row in rows
        }

    async def count_duplicates(self, names: Sequence[Name]) -> None:
        """Note how often these events were told again."""
        await self._connection.execute(COUNT_DUPLICATES, *_columns(sorted(names)))

    async def say(self, envelopes: Sequence[Envelope[Event]]) -> None:
        """Put the events into the outbox, in the order given."""
        await outbox.say(self._connection, envelopes)

    async def receipt(self, source: str, event_id: str) -> Receipt | None:
        """Return the receipt of one event, or None if the door never accepted it."""
        row = await self._connection.fetchrow(RECEIPT, source, event_id)
        return None if row is None else Receipt(**dict(row))

    async def unsaid(self) -> Unsaid:
        """Return how many accepted events Kafka has not acknowledged."""
        row = await self._connection.fetchrow(UNSAID)
        assert row is not None  # noqa: S101 - a SELECT without FROM has exactly one row
        return Unsaid(row["unsent"], row["last_said_at"])

    async def known_placements(
        self, asked: Sequence[tuple[str, str, str]]
    ) -> frozenset[tuple[str, str, str]]:
        """Return those of the (source, subject, factid) that were said as placements here."""
        sources, subjects, factids = _transposed(asked, 3)
        rows = await self._connection.fetch(KNOWN_PLACEMENTS, sources, subjects, factids)
        return frozenset((row["source"], row["subject"], row["factid"]) for row in rows)

    async def partner(self, partner_id: str) -> Partner | None:
        """Return a partner with keys and grants, or None."""
        row = await self._connection.fetchrow(PARTNER, partner_id)
        if row is None:
            return None
        keys = await self._connection.fetch(KEYS, partner_id)
        grants = await self._connection.fetch(GRANTS, partner_id)
        return Partner(
            id=partner_id,
            title=row["title"],
            keys={key["kid"]: key["public_key"] for key in keys},
            grants=frozenset(Grant(grant["fact_type"], grant["municipality"]) for grant in grants),
        )

    async def partners(self) -> tuple[str, ...]:
        """Return the ids of all partners, in order."""
        return tuple(row["id"] for row in await self._connection.fetch(PARTNERS))

    async def keep_partner(self, partner: Partner) -> None:
        """State a partner whole: title, keys and grants replace what was there."""
        await self._connection.execute(KEEP_PARTNER, partner.id, partner.title)
        await self._connection.execute(FORGET_KEYS, partner.id)
        await self._connection.execute(FORGET_GRANTS, partner.id)
        await self._connection.execute(
            KEEP_KEYS, partner.id, list(partner.keys), list(partner.keys.values())
        )
        grants = sorted(partner.grants, key=lambda grant: (grant.fact_type, grant.municipality))
        await self._connection.execute(
            KEEP_GRANTS,
            partner.id,
            [grant.fact_type for grant in grants],
            [grant.municipality for grant in grants],
        )


def _columns(names: Sequence[Name]) -> tuple[list[str], ...]:
    return _transposed(names, 2)


def _transposed(rows: Sequence[tuple[str, ...]], width: int) -> tuple[list[str], ...]:
    return tuple([row[column] for row in rows] for column in range(width))
