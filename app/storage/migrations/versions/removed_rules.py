"""A version of a programme says which rules it left out, who decided it and why."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the column; the versions that are there left nothing out."""
    op.add_column("programme_version", sa.Column("removed", sa.JSON(), nullable=False, server_default="{}"))
