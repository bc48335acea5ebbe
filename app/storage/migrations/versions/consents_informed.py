"""The index of consents says too who was given the written information, without which no form is typed."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Make the index anew, wider by one column."""
    op.drop_index(op.f("ix_consent_person_id"), "consent")
    op.create_index(
        op.f("ix_consent_person_id"),
        "consent",
        ["person_id", "kind", "answered_on", "answer", "id", "corrects_id", "information_given"],
        unique=False,
    )
