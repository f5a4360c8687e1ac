"""Training's first tables: courses, the waiting list, and the runtime's own tables."""

from alembic import op

from runtime import answers, http, inbox, ledger, outbox, quarantine

revision = "0001"
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
-- Written anew whenever a fact of the person changes; nothing here is known from elsewhere.
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
        *(ledger.DDL, answers.DDL, outbox.DDL),
        *(inbox.DDL, quarantine.DDL, http.DDL),
        *(COURSES, WAITING),
    ):
        op.execute(ddl)
