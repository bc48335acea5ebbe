"""What undoing a merge of two people needs to know."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the columns."""
    op.add_column("person", sa.Column("merge_took", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("membership", sa.Column("merged_with_id", sa.String(length=36), nullable=True))
