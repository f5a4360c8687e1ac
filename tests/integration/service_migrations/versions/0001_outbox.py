"""What every service has: outbox and audit."""

from alembic import op

from runtime import http, outbox

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(outbox.DDL)
    op.execute(http.DDL)
