"""Entries of other laptops' access logs may leave a laptop that no longer sees them; its own stay for ever."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Make the trigger anew."""
    op.execute("DROP TRIGGER access_log_stays")
    op.execute(
        "CREATE TRIGGER access_log_stays BEFORE DELETE ON access_log WHEN OLD.device_id IN (SELECT id FROM device)"
        " OR NOT EXISTS (SELECT 1 FROM leaving WHERE entity = 'access_log' AND row_id = OLD.id)"
        " BEGIN SELECT RAISE(ABORT, 'the access log is final'); END"
    )
