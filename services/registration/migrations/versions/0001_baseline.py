"""Registration's schema: follow-ups, and the runtime's tables."""

from alembic import op

from runtime.messaging import inbox, outbox, startup_replay
from runtime.storage import deferred_events, fact_store, idempotency, quarantine
from runtime.web import auth

revision = "0001_baseline"
down_revision = None

FOLLOWUPS = """
-- Derived from the facts of the person, and replaced whenever one changes.
CREATE TABLE followup (
    person text COLLATE "C" NOT NULL,
    month smallint NOT NULL,
    due_on date NOT NULL,
    municipality text COLLATE "C" NOT NULL,
    council text COLLATE "C" NOT NULL,
    is_open boolean NOT NULL,
    placed_on date,
    PRIMARY KEY (person, due_on, month)
);
CREATE INDEX followup_due ON followup (due_on, person) WHERE is_open;
"""


def upgrade() -> None:
    for ddl in (
        *(fact_store.DDL, idempotency.DDL, outbox.DDL),
        *(inbox.DDL, deferred_events.DDL, startup_replay.DDL, quarantine.DDL, auth.DDL),
        FOLLOWUPS,
    ):
        op.execute(ddl)
