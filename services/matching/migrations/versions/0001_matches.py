"""Matching's first tables: jobseekers, vacancies, proposals, checks, and the runtime's own."""

from alembic import op

from runtime import answers, http, inbox, ledger, outbox, quarantine

revision = "0001"
down_revision = None

JOBSEEKERS = """
-- Written anew whenever a fact of the person changes; nothing here is known from elsewhere.
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
-- Written anew whenever a fact of the vacancy changes.
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
-- What was said stays said; whether it still stands follows from the two lists above.
CREATE TABLE proposal (
    person text COLLATE "C" NOT NULL,
    vacancy text COLLATE "C" NOT NULL,
    proposed_on date NOT NULL,
    PRIMARY KEY (person, vacancy)
);
CREATE INDEX proposal_of ON proposal (vacancy, person);
"""

CHECKS = """
-- Written anew whenever a fact of the person changes.
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
        *(ledger.DDL, answers.DDL, outbox.DDL),
        *(inbox.DDL, quarantine.DDL, http.DDL),
        *(JOBSEEKERS, VACANCIES, PROPOSALS, CHECKS),
    ):
        op.execute(ddl)
