"""The facts of a service, published and consumed ones, each in its newest state."""

from typing import Protocol

from runtime.storage import deferred_events, idempotency
from runtime.storage.fact import PRECEDENCE_COLUMNS, Facts, KnownFact, precedence_in
from runtime.storage.pool import Connection
from schemas.envelope import Envelope, encode_event
from schemas.events.event import Event
from schemas.rules.recorded_fact import in_order, precedence_of
from schemas.validation.decode import decode_event

DDL = """
-- Whoever changes what is known of a subject locks its row first.
CREATE TABLE subject (
    code text COLLATE "C" PRIMARY KEY
);
-- The newest state of each fact, retracted ones too: a retraction may arrive before its fact.
CREATE TABLE fact (
    subject text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    factid text COLLATE "C" NOT NULL,
    revision integer NOT NULL,
    is_retraction boolean NOT NULL,
    version integer NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (subject, source, type, factid)
);
CREATE INDEX fact_by_id ON fact (factid, source);
-- Subjects of which nothing is stored, whatever is consumed later; `event` is the erasure.
CREATE TABLE erased_subject (
    code text COLLATE "C" PRIMARY KEY,
    event bytea NOT NULL,
    reason text,  -- null if the erasure was consumed from the log
    erased_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

Identity = tuple[str, str, str, str]
"""Source, type without version, subject, factid."""

_LOCK = "SELECT FROM subject WHERE code = $1 FOR UPDATE"
_ADD = "INSERT INTO subject (code) VALUES ($1) ON CONFLICT (code) DO NOTHING"
_UPSERT = f"""
INSERT INTO fact (source, type, subject, factid, {PRECEDENCE_COLUMNS}, value)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
WHERE NOT EXISTS (SELECT FROM erased_subject WHERE code = $3)
ON CONFLICT (subject, source, type, factid) DO UPDATE
SET ({PRECEDENCE_COLUMNS}, value) = ({precedence_in("excluded")}, excluded.value)
WHERE ({precedence_in("fact")}) < ({precedence_in("excluded")})
RETURNING true
"""
_FACTS = "SELECT value FROM fact WHERE subject = $1 AND NOT is_retraction"
_LATEST_EVENT = "SELECT value FROM fact WHERE source = $1 AND factid = $2 LIMIT 1"
_IS_KNOWN = "SELECT EXISTS (SELECT FROM subject WHERE code = $1)"
_MARK_ERASED = """
INSERT INTO erased_subject (code, event, reason) VALUES ($1, $2, $3)
ON CONFLICT (code) DO NOTHING
RETURNING true
"""
_DELETE_FACTS = "DELETE FROM fact WHERE subject = $1"
_ERASURE = "SELECT event FROM erased_subject WHERE code = $1"
# The first event of a fact that a service publishes has the fact's own id.
_WAS_ERASED = """
SELECT EXISTS (
    SELECT FROM outbox JOIN erased_subject ON erased_subject.code = outbox.key
    WHERE source = $1 AND event_id = $2
)
"""


class FactStore:
    """The facts of one service, within one transaction of its database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, code: str) -> None:
        """Lock what is known of a code until the transaction ends."""
        await self._connection.execute(_ADD, code)
        await self._connection.execute(_LOCK, code)

    async def upsert(self, event: Envelope[Event]) -> bool:
        """Store the state of a fact; return False if it is not newer than the stored one.

        Of an erased subject nothing is stored.
        """
        stored = await self._connection.fetchval(
            _UPSERT,
            *event.identity,
            *precedence_of(event),
            encode_event(event),
        )
        return stored is not None

    async def of_subject(self, subject: str, without: Identity | None = None) -> Facts:
        """Return the facts of a subject, in order; `without` leaves one out."""
        rows = await self._connection.fetch(_FACTS, subject)
        events = (decode_event(row["value"]) for row in rows)
        return in_order(
            KnownFact(event.source, event.subject, event.factid, event.revision, event.data)
            for event in events
            if event.data is not None and event.identity != without
        )

    async def latest_event(self, source: str, factid: str) -> Envelope[Event] | None:
        """Return the event with the newest state of a fact, also a retraction; None if unknown.

        For a source that never uses a factid twice, as the services are.
        """
        value = await self._connection.fetchval(_LATEST_EVENT, source, factid)
        return None if value is None else decode_event(value)

    async def is_known(self, code: str) -> bool:
        """Return whether anything about a code was ever published or consumed here."""
        return bool(await self._connection.fetchval(_IS_KNOWN, code))

    async def erase(self, event: Envelope[Event], reason: str | None = None) -> bool:
        """Delete all that is known of the erasure's subject; False if it was erased before.

        Published events stay in the outbox, whose rows no endpoint returns.
        """
        await self.lock(event.subject)
        if not await self._connection.fetchval(
            _MARK_ERASED, event.subject, encode_event(event), reason
        ):
            return False
        await self._connection.execute(_DELETE_FACTS, event.subject)
        await idempotency.erase_responses(self._connection, event.subject)
        await deferred_events.erase(self._connection, event.subject)
        return True

    async def erasure_event(self, code: str) -> Envelope[Event] | None:
        """Return the event that erased a code; None if it is not erased."""
        event = await self._connection.fetchval(_ERASURE, code)
        return None if event is None else decode_event(event)

    async def was_erased(self, source: str, factid: str) -> bool:
        """Return whether a fact of this service was about a code that is erased now."""
        return bool(await self._connection.fetchval(_WAS_ERASED, source, factid))


class FactRepository(Protocol):
    """What commands and event handlers need of a service's repository, within one transaction."""

    facts: FactStore

    async def validate(self, event: Envelope[Event]) -> None:
        """Raise Refusal if the fact contradicts the service's own state."""

    async def apply(self, event: Envelope[Event]) -> None:
        """Store the state of a fact, and update all that derives from it in the service."""

    async def erase(self, event: Envelope[Event], reason: str | None = None) -> None:
        """Delete all that is known of the event's subject, for good."""
