"""The facts that a service has said or heard, each in its newest state, whatever came first."""

from runtime import answers
from runtime.fact import Fact, Facts, in_order
from runtime.postgres import Connection
from schemas.envelope import Envelope, hear, to_bytes
from schemas.event import Event

DDL = """
-- Whoever changes what is known of a subject locks its row first.
CREATE TABLE subject (
    code text COLLATE "C" PRIMARY KEY
);
-- The newest state of each fact, retracted ones too: a retraction may come before its fact.
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
"""

GONE_DDL = """
-- Codes of which nothing is kept, whatever is told of them later; `event` said so.
CREATE TABLE gone (
    code text COLLATE "C" PRIMARY KEY,
    event bytea NOT NULL,
    reason text,  -- null if it was heard from the log
    gone_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

Identity = tuple[str, str, str, str]
"""Source, type without version, subject, factid."""

_LOCK = "SELECT FROM subject WHERE code = $1 FOR UPDATE"
_ADD = "INSERT INTO subject (code) VALUES ($1) ON CONFLICT (code) DO NOTHING"
_KEEP = """
INSERT INTO fact
    (source, type, subject, factid, revision, is_retraction, version, event_id, value)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
WHERE NOT EXISTS (SELECT FROM gone WHERE code = $3)
ON CONFLICT (subject, source, type, factid) DO UPDATE
SET revision = EXCLUDED.revision,
    is_retraction = EXCLUDED.is_retraction,
    version = EXCLUDED.version,
    event_id = EXCLUDED.event_id,
    value = EXCLUDED.value
WHERE (fact.revision, fact.is_retraction, fact.version, fact.event_id)
    < (EXCLUDED.revision, EXCLUDED.is_retraction, EXCLUDED.version, EXCLUDED.event_id)
RETURNING true
"""
_FACTS = "SELECT value FROM fact WHERE subject = $1 AND NOT is_retraction"
_STATE = "SELECT value FROM fact WHERE source = $1 AND factid = $2 LIMIT 1"
_IS_KNOWN = "SELECT EXISTS (SELECT FROM subject WHERE code = $1)"
_END = """
INSERT INTO gone (code, event, reason) VALUES ($1, $2, $3)
ON CONFLICT (code) DO NOTHING
RETURNING true
"""
_FORGET = "DELETE FROM fact WHERE subject = $1"
_LAST = "SELECT event FROM gone WHERE code = $1"
# What a service states first of a fact has the fact's own id.
_WAS_GONE = """
SELECT EXISTS (
    SELECT FROM outbox JOIN gone ON gone.code = outbox.key WHERE source = $1 AND event_id = $2
)
"""


class Ledger:
    """The facts of one service, inside one transaction of its database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lock(self, code: str) -> None:
        """Wait until nobody else changes what is known of a code; held until the end."""
        await self._connection.execute(_ADD, code)
        await self._connection.execute(_LOCK, code)

    async def keep(self, state: Envelope[Event]) -> bool:
        """Keep the state of a fact; False if it is not newer than the one that is known.

        Of a code that is gone nothing is kept.
        """
        kept = await self._connection.fetchval(
            _KEEP,
            *state.identity,
            *(state.revision, state.is_retraction, state.version, state.id),
            to_bytes(state),
        )
        return kept is not None

    async def facts(self, subject: str, without: Identity | None = None) -> Facts:
        """What is known of a subject, in order; `without` leaves one fact out."""
        rows = await self._connection.fetch(_FACTS, subject)
        states = (hear(row["value"]) for row in rows)
        return in_order(
            Fact(state.source, state.subject, state.factid, state.revision, state.data)
            for state in states
            if state.data is not None and state.identity != without
        )

    async def state(self, source: str, factid: str) -> Envelope[Event] | None:
        """The newest state of a source's fact, a retraction too; None if there is no such fact.

        For a source that never uses one factid twice, as the services are.
        """
        value = await self._connection.fetchval(_STATE, source, factid)
        return None if value is None else hear(value)

    async def is_known(self, code: str) -> bool:
        """Whether anything was ever said or heard of a code here."""
        return bool(await self._connection.fetchval(_IS_KNOWN, code))

    async def forget(self, last: Envelope[Event], reason: str | None = None) -> bool:
        """Destroy all that is known of an event's subject, for good; False if it was gone before.

        What was said stays in the outbox, which is the log's copy and is shown by no door.
        """
        await self.lock(last.subject)
        if not await self._connection.fetchval(_END, last.subject, to_bytes(last), reason):
            return False
        await self._connection.execute(_FORGET, last.subject)
        await answers.forget(self._connection, last.subject)
        return True

    async def last(self, code: str) -> Envelope[Event] | None:
        """The event by which a code was gone; None if it is not."""
        event = await self._connection.fetchval(_LAST, code)
        return None if event is None else hear(event)

    async def was_gone(self, source: str, factid: str) -> bool:
        """Whether a fact of a service was about a code that is gone."""
        return bool(await self._connection.fetchval(_WAS_GONE, source, factid))
