"""Codes of erased persons, of which nothing is kept, and how far the log was read for them."""

from alembic import op

from runtime import first_read, ledger

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for ddl in (ledger.GONE_DDL, first_read.DDL):
        op.execute(ddl)
