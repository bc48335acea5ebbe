"""Indexes for the calls of a referral, the letters of a course and the use of a voucher."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index(op.f("ix_contact_attempt_referral_id"), "contact_attempt", ["referral_id"], unique=False)
    op.create_index(op.f("ix_letter_enrolment_id"), "letter", ["enrolment_id"], unique=False)
    op.create_index(op.f("ix_voucher_redemption_voucher_id"), "voucher_redemption", ["voucher_id"], unique=False)
