"""Which closed versions were said on the log, in whatever life of the database."""

from alembic import op

revision = "0012"
down_revision = "0011"

SAID = """
-- Read from the log at each start. A version that was said is never said again with other content,
-- although its release may have been lost with a restore.
CREATE TABLE said_version (
    place text COLLATE "C" NOT NULL,
    period text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (place, period, version)
);
"""


def upgrade() -> None:
    op.execute(SAID)
