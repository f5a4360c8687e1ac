"""How the measures of a projection are counted beyond its entries, so that a change is noticed."""

from alembic import op

revision = "0014"
down_revision = "0013"

WAYS = """
-- By the name of a measure its kind, whether amounts are summed, after how many days it settles,
-- the class of its total, and the measure whose base it is. A measure that is not named may have
-- been counted in any way.
ALTER TABLE projection ADD COLUMN ways jsonb NOT NULL DEFAULT '{}';
"""


def upgrade() -> None:
    op.execute(WAYS)
