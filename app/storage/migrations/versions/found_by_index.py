"""Indexes for what screens look for: letters that wait, a number that a letter names, sessions and diplomas."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index("ix_incoming_message_state", "incoming_message", ["state"])
    op.create_index("ix_incoming_message_received_at", "incoming_message", ["received_at"])
    op.create_index("ix_person_identifier", "person", ["identifier"])
    op.create_index("ix_attendance_enrolment_id", "attendance", ["enrolment_id"])
    op.create_index("ix_diploma_enrolment_id", "diploma", ["enrolment_id"])
    op.create_index("ix_stock_movement_recorded_by", "stock_movement", ["recorded_by"])
    op.create_index("ix_voucher_recorded_by", "voucher", ["recorded_by"])
    op.create_index("ix_receipt_received_at", "receipt", ["received_at"])
