"""How far the log was read for erasures before the doors opened."""

from alembic import op

from runtime import first_read

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute(first_read.DDL)
