"""What was recorded by mistake can be taken back, and the lines of an invoice keep their order."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns; nothing that is there was taken back."""
    for table in ("stop_date", "relapse", "pause", "medicine_notice"):
        op.add_column(table, sa.Column("taken_back", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("invoice_line", sa.Column("row", sa.Integer(), server_default="0", nullable=False))
