"""Registration's first tables: follow-ups, and the runtime's own tables."""

from alembic import op

from runtime import answers, http, inbox, ledger, outbox, quarantine

revision = "0001"
down_revision = None

FOLLOWUPS = """
-- Written anew whenever a fact of the person changes; nothing here is known from elsewhere.
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
        *(ledger.DDL, answers.DDL, outbox.DDL),
        *(inbox.DDL, quarantine.DDL, http.DDL),
        FOLLOWUPS,
    ):
        op.execute(ddl)
