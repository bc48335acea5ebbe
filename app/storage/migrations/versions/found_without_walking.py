"""Who takes a medicine that smoke changes, and what a counsellor handed out, are found by an index."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the indexes."""
    op.create_index(op.f("ix_medicine_substance"), "medicine", ["substance"], unique=False)
    op.create_index(op.f("ix_handout_recorded_by"), "handout", ["recorded_by"], unique=False)
    op.create_index(op.f("ix_handout_corrects_id"), "handout", ["corrects_id"], unique=False)
