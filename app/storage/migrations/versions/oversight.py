"""Who looked at whom, what was corrected, who is to be erased, and how the laptop stands with its server.

Triggers refuse to change or delete an entry of the access log: it is a chain, and only sync may say where it stands.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_CONTENT = ("device_id", "number", "at", "user_id", "action", "subject_id", "what", "reason", "previous", "hash")


def upgrade() -> None:
    """Make the tables and the triggers."""
    op.create_table(
        "access_log",
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=True),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
        sa.UniqueConstraint("device_id", "number", name=op.f("uq_access_log_device_id")),
    )
    op.create_index(op.f("ix_access_log_subject_id"), "access_log", ["subject_id"], unique=False)
    op.create_table(
        "access_log_head",
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("offered", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_access_log_head")),
    )
    op.create_table(
        "correction",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("subject_entity", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("old_value", sa.String(), nullable=False),
        sa.Column("new_value", sa.String(), nullable=False),
        sa.Column("corrected_on", sa.Date(), nullable=False),
        sa.Column("asked_by_citizen", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_person_id"), "correction", ["person_id"], unique=False)
    op.create_table(
        "erasure",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("manner", sa.String(length=20), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_person_id"), "erasure", ["person_id"], unique=False)
    op.create_table(
        "standing",
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("contact_at", sa.String(length=32), nullable=False),
        sa.Column("latest_seen", sa.String(length=32), nullable=False),
        sa.Column("lease_days", sa.Integer(), nullable=False),
        sa.Column("is_revoked", sa.Boolean(), nullable=False),
        sa.Column("escrow_key", sa.String(length=100), nullable=False),
        sa.Column("is_help_deposited", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_standing")),
    )
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _CONTENT)
    op.execute(
        f"CREATE TRIGGER access_log_is_final BEFORE UPDATE ON access_log WHEN {changed}"
        " BEGIN SELECT RAISE(ABORT, 'the access log is final'); END"
    )
    op.execute(
        "CREATE TRIGGER access_log_stays BEFORE DELETE ON access_log"
        " BEGIN SELECT RAISE(ABORT, 'the access log is final'); END"
    )
