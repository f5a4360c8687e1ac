"""Matching's schema: jobseekers, vacancies, proposals, checks, and the runtime's tables."""

from alembic import op

from runtime.messaging import inbox, outbox, startup_replay
from runtime.storage import deferred_events, fact_store, idempotency, quarantine
from runtime.web import auth

revision = "0001_baseline"
down_revision = None

JOBSEEKERS = """
-- Derived from the facts of the person, and replaced whenever one changes.
CREATE TABLE jobseeker (
    person text COLLATE "C" PRIMARY KEY,
    council text COLLATE "C" NOT NULL,
    since date NOT NULL,
    occupations text[] COLLATE "C" NOT NULL,
    near text[] COLLATE "C" NOT NULL,
    declined text[] COLLATE "C" NOT NULL
);
CREATE INDEX jobseeker_near ON jobseeker (council, since, person);
"""

VACANCIES = """
-- Derived from the facts of the vacancy, and replaced whenever one changes.
CREATE TABLE vacancy (
    code text COLLATE "C" PRIMARY KEY,
    municipality text COLLATE "C" NOT NULL,
    council text COLLATE "C" NOT NULL,
    occupation text COLLATE "C" NOT NULL,
    positions integer NOT NULL,
    opened_on date NOT NULL,
    closed_on date,
    outcome text
);
CREATE INDEX vacancy_near ON vacancy (council, left(occupation, 2), opened_on)
WHERE closed_on IS NULL;
"""

PROPOSALS = """
-- Every published proposal; whether it is current follows from the two tables above.
CREATE TABLE proposal (
    person text COLLATE "C" NOT NULL,
    vacancy text COLLATE "C" NOT NULL,
    proposed_on date NOT NULL,
    PRIMARY KEY (person, vacancy)
);
CREATE INDEX proposal_of ON proposal (vacancy, person);
"""

CHECKS = """
-- Derived from the facts of the person, and replaced whenever one changes.
CREATE TABLE employment_check (
    person text COLLATE "C" NOT NULL,
    placement_source text COLLATE "C" NOT NULL,
    placement text COLLATE "C" NOT NULL,
    municipality text COLLATE "C" NOT NULL,
    council text COLLATE "C" NOT NULL,
    due_on date NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    PRIMARY KEY (person, placement_source, placement)
);
CREATE INDEX employment_check_due ON employment_check (due_on, person);
"""


def upgrade() -> None:
    for ddl in (
        *(fact_store.DDL, idempotency.DDL, outbox.DDL),
        *(inbox.DDL, deferred_events.DDL, startup_replay.DDL, quarantine.DDL, auth.DDL),
        *(JOBSEEKERS, VACANCIES, PROPOSALS, CHECKS),
    ):
        op.execute(ddl)
