"""Training's schema: courses, the waiting list, and the runtime's tables."""

from alembic import op

from runtime.messaging import inbox, outbox, startup_replay
from runtime.storage import deferred_events, fact_store, idempotency, quarantine
from runtime.web import auth

revision = "0001_baseline"
down_revision = None

COURSES = """
CREATE TABLE course (
    code text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL,
    trade text,
    municipality text COLLATE "C" NOT NULL,
    council text COLLATE "C" NOT NULL,
    starts_on date NOT NULL
);
"""

WAITING = """
-- Derived from the facts of the person, and replaced whenever one changes.
CREATE TABLE waiting (
    person text COLLATE "C" PRIMARY KEY,
    municipality text COLLATE "C" NOT NULL,
    council text COLLATE "C" NOT NULL,
    since date NOT NULL
);
CREATE INDEX waiting_since ON waiting (since, person);
"""


def upgrade() -> None:
    for ddl in (
        *(fact_store.DDL, idempotency.DDL, outbox.DDL),
        *(inbox.DDL, deferred_events.DDL, startup_replay.DDL, quarantine.DDL, auth.DDL),
        *(COURSES, WAITING),
    ):
        op.execute(ddl)
