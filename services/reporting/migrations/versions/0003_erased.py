"""Whose facts no door shows again, whatever becomes of the projection that heard of it."""

from alembic import op

revision = "0003"
down_revision = "0002"

ERASED = """
CREATE TABLE erased (
    code text COLLATE "C" PRIMARY KEY,
    heard_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO erased (code)
SELECT DISTINCT subject FROM fact WHERE type = 'registration.person.erased';
"""


def upgrade() -> None:
    op.execute(ERASED)
