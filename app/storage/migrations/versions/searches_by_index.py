"""Who searched, among everything that anybody on any laptop did, is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        op.f("ix_access_log_search"), "access_log", ["at"], unique=False, sqlite_where=sa.text("action = 'search'")
    )
