"""Whether a laptop has been told all there is up to where it has read: then rows bring only the edits made since.

A store of before is told every row's history once more, and knows it from then on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Make the column."""
    op.add_column("device", sa.Column("is_complete", sa.Boolean(), nullable=False, server_default=sa.false()))
