"""What every service has: outbox and audit."""

from alembic import op

from runtime.messaging import outbox
from runtime.web import auth

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(outbox.DDL)
    op.execute(auth.DDL)
