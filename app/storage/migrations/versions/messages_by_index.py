"""A message is found by what it has in common with another, and what is on its way by how far it is.

The index of teams goes: it held every message of a team, and was taken for the quicker way to any of them.
"""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Make the indexes, and take the one away."""
    op.drop_index(op.f("ix_incoming_message_team_id"), "incoming_message")
    for table, column in (
        ("incoming_message", "envelope_id"),
        ("incoming_message", "care_id"),
        ("incoming_message", "person_identifier"),
        ("outgoing_message", "envelope_id"),
        ("outgoing_message", "letter_row_id"),
        ("outgoing_message", "state"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
