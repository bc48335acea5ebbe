"""What a laptop knows of its own standing: scope, turn, tallies, what it passed over, and what is about to leave.

Stores of before passed over fields without noting which, so they read everything once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the new tables and columns."""
    op.add_column("device", sa.Column("scope", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("device", sa.Column("turn", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("device", sa.Column("is_restored", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("device", sa.Column("reread_until", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE device SET reread_until = cursor, cursor = 0")
    op.create_table(
        "table_tally",
        sa.Column("entity", sa.String(length=60), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entity", name=op.f("pk_table_tally")),
    )
    op.create_table(
        "passed_over",
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("entity", "field", name=op.f("pk_passed_over")),
    )
    op.create_table(
        "leaving",
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("entity", "row_id", name=op.f("pk_leaving")),
    )
