"""A laptop with little to send synchronises in one request, for which it makes its next turn itself."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; no exchange has begun."""
    op.add_column("device", sa.Column("next_turn", sa.String(length=64), nullable=False, server_default=""))
