"""What is due for everybody is found by indexes: who came or stayed away, what was smoked, whom nobody asks about."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Say in two indexes who came, and make three of some rows alone."""
    for column in ("enrolment_id", "session_id"):
        op.drop_index(op.f(f"ix_attendance_{column}"), "attendance")
        op.create_index(op.f(f"ix_attendance_{column}"), "attendance", [column, "status"], unique=False)
    op.create_index(
        op.f("ix_measurement_cigarettes"),
        "measurement",
        ["person_id", "measured_on", "value", "id"],
        unique=False,
        sqlite_where=sa.text("kind = 'cigarettes_per_day' AND value IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_measurement_corrects_id"),
        "measurement",
        ["corrects_id"],
        unique=False,
        sqlite_where=sa.text("corrects_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_person_silent"),
        "person",
        ["id", "deceased_on", "restricted_on", "anonymised_on"],
        unique=False,
        sqlite_where=sa.text("deceased_on IS NOT NULL OR restricted_on IS NOT NULL OR anonymised_on IS NOT NULL"),
    )
