"""The indexes of sessions by day and of parts by course with all that the lists of Today order and count by."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Make both indexes anew with columns more."""
    op.drop_index(op.f("ix_session_held_on"), table_name="session")
    op.create_index(op.f("ix_session_held_on"), "session", ["held_on", "starts_at", "place_id", "id"], unique=False)
    op.drop_index(op.f("ix_enrolment_course_id"), table_name="enrolment")
    op.create_index(
        op.f("ix_enrolment_course_id"), "enrolment", ["course_id", "joined_on", "left_on", "person_id"], unique=False
    )
