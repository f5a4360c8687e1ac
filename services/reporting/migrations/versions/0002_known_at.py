"""What a table as known at an instant is asked by: where facts happened, and homes."""

from alembic import op

revision = "0002"
down_revision = "0001"

INDEXES = """
CREATE INDEX fact_place ON fact (type, municipality);
CREATE INDEX fact_home ON fact ((data->>'residence')) WHERE data ? 'residence';
"""


def upgrade() -> None:
    op.execute(INDEXES)
