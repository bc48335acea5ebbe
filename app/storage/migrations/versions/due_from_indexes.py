"""The indexes by which what is due is found hold all that is asked of them: the rows themselves lie scattered.

None is added. Of handouts only those that correct another stand in the index of what they correct, and how much was
smoked stands in the order in which it is read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
_WIDENED = {
    "consent": ("person_id", ["person_id", "kind", "answered_on", "answer", "id", "corrects_id"]),
    "letter": ("person_id", ["person_id", "kind", "state", "enrolment_id", "referral_id"]),
    "diploma": ("enrolment_id", ["enrolment_id", "person_id"]),
    "handout": ("person_id", ["person_id", "plan_id", "handed_on", "week", "quantity", "id"]),
    "outcome": ("person_id", ["person_id", "time_point", "enrolment_id"]),
}


def upgrade() -> None:
    """Make the indexes anew."""
    for table, (name, columns) in _WIDENED.items():
        op.drop_index(op.f(f"ix_{table}_{name}"), table)
        op.create_index(op.f(f"ix_{table}_{name}"), table, columns, unique=False)
    op.drop_index(op.f("ix_measurement_cigarettes"), "measurement")
    op.create_index(
        op.f("ix_measurement_cigarettes"),
        "measurement",
        ["person_id", "measured_on", "id", "value"],
        unique=False,
        sqlite_where=sa.text("kind = 'cigarettes_per_day' AND value IS NOT NULL"),
    )
    op.drop_index(op.f("ix_handout_corrects_id"), "handout")
    op.create_index(
        op.f("ix_handout_corrects_id"),
        "handout",
        ["corrects_id"],
        unique=False,
        sqlite_where=sa.text("corrects_id IS NOT NULL"),
    )
