"""By what the calendar's day was published: who starts later on the same day counts it no more."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("ALTER TABLE calendar ADD COLUMN catalogue_digest bytea, ADD COLUMN policy integer")
