"""Through which day the calendar is published, so that no month is left out after a long stop."""

from alembic import op

revision = "0015"
down_revision = "0014"

CALENDAR = """
-- The day whose periods were published last; one row, none before the first time.
CREATE TABLE calendar (
    is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    day date NOT NULL
);
"""


def upgrade() -> None:
    op.execute(CALENDAR)
