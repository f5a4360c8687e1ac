"""Releases: a council's closed periods as they were frozen, and what was done about them."""

from alembic import op

revision = "0006"
down_revision = "0005"

RELEASES = """
-- What was read at one instant to be frozen as a version. Places and measures stand by their
-- names, so that a release outlives every projection. `digest` is over `release_value`, see
-- closing/model.py; `definitions` has the version of each indicator, `positions` tells how far the
-- log was folded.
CREATE TABLE release (
    id text COLLATE "C" PRIMARY KEY,
    place text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    first_on date NOT NULL,
    last_on date NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    read_at timestamptz NOT NULL,
    folded_to timestamptz NOT NULL,
    tables integer NOT NULL,
    catalogue_digest bytea NOT NULL,
    definitions jsonb NOT NULL,
    positions jsonb NOT NULL,
    digest bytea NOT NULL
);
CREATE INDEX release_period ON release (place, period);
CREATE TABLE release_value (
    release text COLLATE "C" NOT NULL REFERENCES release (id),
    indicator text COLLATE "C" NOT NULL,
    measure text COLLATE "C" NOT NULL,
    split text COLLATE "C" NOT NULL,
    bucket text COLLATE "C" NOT NULL,
    value numeric,
    state text NOT NULL,
    PRIMARY KEY (release, indicator, measure, split, bucket)
);
-- Every step of every release, in order: the state of a period is what its steps say.
CREATE TABLE release_step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    release text COLLATE "C" NOT NULL REFERENCES release (id),
    step text NOT NULL CHECK (step IN ('prepared', 'replaced', 'rejected', 'approved', 'reopened')),
    by_whom text NOT NULL,
    taken_at timestamptz NOT NULL,
    reason text
);
CREATE INDEX release_step_release ON release_step (release);
-- Which indicators are known to differ from a closed version, and for which reasons.
CREATE TABLE release_revision (
    release text COLLATE "C" NOT NULL REFERENCES release (id),
    indicator text COLLATE "C" NOT NULL,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (release, indicator)
);
CREATE TABLE release_reason (
    release text COLLATE "C" NOT NULL,
    indicator text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    noted_at timestamptz NOT NULL,
    PRIMARY KEY (release, indicator, reason),
    FOREIGN KEY (release, indicator) REFERENCES release_revision (release, indicator)
);
"""

KEPT = """
CREATE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are kept as they were written', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""
KEPT_TABLES = ("release", "release_value", "release_step", "release_revision", "release_reason")

# The closed versions whose numbers are compared; there while a period is closed.
CLOSED = """
CREATE TABLE closed (
    release text COLLATE "C" PRIMARY KEY REFERENCES release (id),
    place text COLLATE "C" NOT NULL,
    from_month date NOT NULL,
    to_month date NOT NULL
);
CREATE INDEX closed_place ON closed (place);
-- Closed versions with measures that have changed since they were looked at (null: all); no key, so
-- that nobody waits.
CREATE TABLE touched (
    release text COLLATE "C" NOT NULL,
    measure smallint
);
"""


def upgrade() -> None:
    op.execute(RELEASES)
    op.execute(KEPT)
    for table in KEPT_TABLES:
        op.execute(f"""
CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER {table}_is_kept_whole BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();
""")
    op.execute(CLOSED)
