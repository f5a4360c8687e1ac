"""Withheld totals are found without looking at all that is published."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute(
        "CREATE INDEX value_withheld ON published.value (place, period) WHERE state = 'withheld'"
    )
