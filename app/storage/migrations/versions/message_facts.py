"""What of an incoming letter says whom it is about and which other letters it belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

COLUMNS = (
    ("sender_identifier", 40),
    ("person_name", 300),
    ("person_identifier", 40),
    ("subject", 300),
    ("care_id", 60),
    ("written", 40),
    ("text_hash", 64),
    ("reason", 60),
)


def upgrade() -> None:
    """Add the columns."""
    for name, length in COLUMNS:
        op.add_column("incoming_message", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
