"""Possible duplicates: what the steward noted about pairs, and the counts that everybody sees."""

from alembic import op

revision = "0009"
down_revision = "0008"

NOTES = """
-- What was decided about two records that may tell one job, by their names, so that it outlives
-- every projection; `one` is the lesser name. The last row of a pair decides: without a reason it
-- takes the one before back.
CREATE TABLE duplicate_note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    one_source text COLLATE "C" NOT NULL,
    one_factid text COLLATE "C" NOT NULL,
    one_subject text COLLATE "C" NOT NULL,
    other_source text COLLATE "C" NOT NULL,
    other_factid text COLLATE "C" NOT NULL,
    other_subject text COLLATE "C" NOT NULL,
    reason text CHECK (reason IN ('two_employers', 'new_contract', 'second_shift', 'other')),
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX duplicate_note_pair ON duplicate_note (
    one_source, one_factid, one_subject, other_source, other_factid, other_subject, id
);
"""

QUALITY = """
-- Counts of what is doubtful; small ones have no number.
CREATE TABLE published.quality (
    place text COLLATE "C" NOT NULL,
    figure text COLLATE "C" NOT NULL,
    value integer,
    state text NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (place, figure)
);
"""


def upgrade() -> None:
    op.execute(NOTES)
    op.execute(QUALITY)
