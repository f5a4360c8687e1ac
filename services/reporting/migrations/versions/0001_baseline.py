"""Create all tables of the service in an empty schema."""

from pathlib import Path

from alembic import op

from runtime.messaging import outbox, positions, startup_replay
from runtime.storage import quarantine
from runtime.web import auth

revision = "0001_baseline"
down_revision = None

BASELINE = Path(__file__).parents[1] / "baseline"


def upgrade() -> None:
    for ddl in (positions.DDL, outbox.DDL, quarantine.DDL, auth.DDL, startup_replay.DDL):
        op.execute(ddl)
    for file in sorted(BASELINE.glob("*.sql")):
        op.execute(file.read_text(encoding="utf-8"))
