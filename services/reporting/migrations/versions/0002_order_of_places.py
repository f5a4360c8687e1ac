"""Places have a column that sorts them as the Serbian alphabet does; the database has no ICU.

The calendar's row goes, so that the next publication writes all places anew.
"""

from alembic import op

revision = "0002_order_of_places"
down_revision = "0001_baseline"

DDL = """
ALTER TABLE published.place ADD COLUMN sort_sr text COLLATE "C" NOT NULL DEFAULT '';
DELETE FROM calendar;
"""


def upgrade() -> None:
    op.execute(DDL)
