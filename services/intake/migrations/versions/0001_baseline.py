"""The tables of intake: partners with keys and grants, receipts, and those of the runtime."""

from alembic import op

from runtime.messaging import outbox, positions
from runtime.storage import quarantine
from runtime.web import auth

revision = "0001_baseline"
down_revision = None

PARTNERS = """
CREATE TABLE partner (
    id text COLLATE "C" PRIMARY KEY,
    title text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE partner_key (
    partner text COLLATE "C" NOT NULL REFERENCES partner (id) ON DELETE CASCADE,
    kid text COLLATE "C" NOT NULL,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    PRIMARY KEY (partner, kid)
);
-- A grant permits one event type (without its version) in one council; '*' means every council.
CREATE TABLE partner_grant (
    partner text COLLATE "C" NOT NULL REFERENCES partner (id) ON DELETE CASCADE,
    fact_type text COLLATE "C" NOT NULL,
    municipality text COLLATE "C" NOT NULL,
    PRIMARY KEY (partner, fact_type, municipality)
);
"""

RECEIPTS = """
CREATE TABLE receipt (
    source text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    fact_type text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    factid text COLLATE "C" NOT NULL,
    duplicates bigint NOT NULL DEFAULT 0,
    accepted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, event_id)
);
-- Finds the placement to which a confirmation or an end refers.
CREATE INDEX receipt_fact ON receipt (subject, factid) WHERE fact_type = 'matching.placement.made';
"""


def upgrade() -> None:
    for ddl in (PARTNERS, RECEIPTS, outbox.DDL, positions.DDL, quarantine.DDL, auth.DDL):
        op.execute(ddl)
