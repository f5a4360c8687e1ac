"""Definitions change by a rebuild only: what the entries follow, and which rebuilds there were."""

from alembic import op

revision = "0004"
down_revision = "0003"

PROJECTION = """
-- A program with other definitions stands back until a rebuild has changed over.
DROP TABLE refold;
DROP TABLE superseded;
ALTER TABLE projection
    ADD COLUMN series text[] COLLATE "C" NOT NULL DEFAULT '{}',
    ADD COLUMN files jsonb NOT NULL DEFAULT '{}';
"""

REBUILT = """
-- Every change from one projection to another; `back` is the way back to the one before.
CREATE TABLE rebuilt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    switched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    is_back boolean NOT NULL,
    digest_before bytea NOT NULL,
    digest_after bytea NOT NULL,
    records bigint NOT NULL,
    cells_changed bigint NOT NULL,
    migration text NOT NULL
);
"""


def upgrade() -> None:
    op.execute(PROJECTION)
    op.execute(REBUILT)
