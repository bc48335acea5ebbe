"""Envelopes: the server's key for them, those that this laptop made, and those that it carries."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the new column and tables."""
    op.add_column("device", sa.Column("envelope_key", sa.String(length=100), nullable=False, server_default=""))
    op.create_table(
        "courier_envelope",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reply_key", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courier_envelope")),
    )
    op.create_table(
        "carried_envelope",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column("taken_at", sa.String(length=32), nullable=False),
        sa.Column("handed_in_at", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_envelope")),
    )
