"""A change of a closed version that already waits to be looked at is found, and not noted again."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("CREATE INDEX touched_release ON touched (release, measure)")
