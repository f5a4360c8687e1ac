"""Of which councils what partners have reported must be found again from all facts."""

from alembic import op

revision = "0013"
down_revision = "0012"

WHOLE = """
-- Councils whose rows in published.reported may be wrong: after a rebuild the facts may be others.
-- Readers and the publisher read all reports of these; no key.
CREATE TABLE reported_whole (place text COLLATE "C" NOT NULL);
"""


def upgrade() -> None:
    op.execute(WHOLE)
