"""Who gave a consent: the person, somebody of 15 to 17 whom the counsellor judged mature, or a guardian."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; every consent until now was the person's own."""
    op.add_column("consent", sa.Column("given_by", sa.String(length=20), nullable=False, server_default="self"))
