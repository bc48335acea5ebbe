"""After a server was set back: rows of others that only this laptop still has are offered by it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the new column."""
    op.add_column("device", sa.Column("must_adopt", sa.Boolean(), nullable=False, server_default=sa.false()))
