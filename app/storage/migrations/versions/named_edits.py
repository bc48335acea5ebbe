"""Which change a remembered value belongs to, so that what the feed brings again is not told twice."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column and its index; what is remembered already gets its name when the feed tells of it."""
    op.add_column("value_history", sa.Column("change_id", sa.String(length=36), nullable=True))
    op.create_index("ix_value_history_change_id", "value_history", ["change_id", "field"], unique=True)
