"""The whole course: plans, medicines, vouchers, outcomes, letters, and what the first tables lacked.

A column added to a table that has rows carries a default of its own, because the rows there were written without it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the new tables and columns."""
    op.create_table(
        "baseline",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("enrolment_id", sa.String(length=36), nullable=True),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("filled_on", sa.Date(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline")),
    )
    op.create_index(op.f("ix_baseline_person_id"), "baseline", ["person_id"], unique=False)
    op.create_table(
        "day_off",
        sa.Column("municipality_id", sa.String(length=36), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("every_year", sa.String(length=5), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_off")),
    )
    op.create_table(
        "follow_up_attempt",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("enrolment_id", sa.String(length=36), nullable=False),
        sa.Column("attempted_at", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up_attempt")),
    )
    op.create_index(op.f("ix_follow_up_attempt_enrolment_id"), "follow_up_attempt", ["enrolment_id"], unique=False)
    op.create_index(op.f("ix_follow_up_attempt_person_id"), "follow_up_attempt", ["person_id"], unique=False)
    op.create_table(
        "form_typed",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("enrolment_id", sa.String(length=36), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("typed_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_typed")),
    )
    op.create_index(op.f("ix_form_typed_person_id"), "form_typed", ["person_id"], unique=False)
    op.create_table(
        "incoming_message",
        sa.Column("team_id", sa.String(length=36), nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("letter_number", sa.Integer(), nullable=False),
        sa.Column("standard", sa.String(length=20), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("envelope_id", sa.String(length=60), nullable=False),
        sa.Column("letter_id", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("sent_at", sa.String(length=32), nullable=True),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("linked_person_id", sa.String(length=36), nullable=True),
        sa.Column("referral_id", sa.String(length=36), nullable=True),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_message")),
    )
    op.create_index(op.f("ix_incoming_message_file_hash"), "incoming_message", ["file_hash"], unique=False)
    op.create_index(op.f("ix_incoming_message_letter_id"), "incoming_message", ["letter_id"], unique=False)
    op.create_index(
        op.f("ix_incoming_message_linked_person_id"), "incoming_message", ["linked_person_id"], unique=False
    )
    op.create_index(op.f("ix_incoming_message_team_id"), "incoming_message", ["team_id"], unique=False)
    op.create_table(
        "invoice_line",
        sa.Column("invoice_id", sa.String(length=36), nullable=False),
        sa.Column("voucher_number", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("redeemed_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_line")),
    )
    op.create_index(op.f("ix_invoice_line_invoice_id"), "invoice_line", ["invoice_id"], unique=False)
    op.create_table(
        "letter",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("enrolment_id", sa.String(length=36), nullable=True),
        sa.Column("referral_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("recipient_identifier", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column("written_by", sa.String(length=36), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_index(op.f("ix_letter_person_id"), "letter", ["person_id"], unique=False)
    op.create_table(
        "medicine",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("substance", sa.String(length=60), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column("prescriber", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medicine")),
    )
    op.create_index(op.f("ix_medicine_person_id"), "medicine", ["person_id"], unique=False)
    op.create_table(
        "medicine_notice",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("medicine_id", sa.String(length=36), nullable=False),
        sa.Column("trigger", sa.String(length=20), nullable=False),
        sa.Column("trigger_on", sa.Date(), nullable=False),
        sa.Column("told_whom", sa.String(length=200), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("consent", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_medicine_notice")),
    )
    op.create_index(op.f("ix_medicine_notice_person_id"), "medicine_notice", ["person_id"], unique=False)
    op.create_table(
        "nrt_plan",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("enrolment_id", sa.String(length=36), nullable=True),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("previous_id", sa.String(length=36), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nrt_plan")),
    )
    op.create_index(op.f("ix_nrt_plan_person_id"), "nrt_plan", ["person_id"], unique=False)
    op.create_table(
        "nrt_step",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("plan_id", sa.String(length=36), nullable=False),
        sa.Column("product", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("from_week", sa.Integer(), nullable=False),
        sa.Column("to_week", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nrt_step")),
    )
    op.create_index(op.f("ix_nrt_step_person_id"), "nrt_step", ["person_id"], unique=False)
    op.create_index(op.f("ix_nrt_step_plan_id"), "nrt_step", ["plan_id"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("enrolment_id", sa.String(length=36), nullable=False),
        sa.Column("time_point", sa.String(length=20), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("smoke_free", sa.String(length=20), nullable=False),
        sa.Column("nicotine_free", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("self_report_on", sa.Date(), nullable=True),
        sa.Column("co_ppm", sa.Double(), nullable=True),
        sa.Column("cigarettes_per_day", sa.Double(), nullable=True),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("missing_reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
    )
    op.create_index(op.f("ix_outcome_enrolment_id"), "outcome", ["enrolment_id"], unique=False)
    op.create_index(op.f("ix_outcome_person_id"), "outcome", ["person_id"], unique=False)
    op.create_table(
        "outgoing_message",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("letter_row_id", sa.String(length=36), nullable=True),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("envelope_id", sa.String(length=60), nullable=False),
        sa.Column("letter_id", sa.String(length=60), nullable=False),
        sa.Column("receiver", sa.String(length=200), nullable=False),
        sa.Column("receiver_identifier", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=300), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("state_reason", sa.String(), nullable=False),
        sa.Column("written_at", sa.String(length=32), nullable=False),
        sa.Column("state_at", sa.String(length=32), nullable=True),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_message")),
    )
    op.create_index(op.f("ix_outgoing_message_letter_id"), "outgoing_message", ["letter_id"], unique=False)
    op.create_index(op.f("ix_outgoing_message_person_id"), "outgoing_message", ["person_id"], unique=False)
    op.create_table(
        "pause",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index(op.f("ix_pause_person_id"), "pause", ["person_id"], unique=False)
    op.create_table(
        "pharmacy_invoice",
        sa.Column("pharmacy", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("invoiced_on", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pharmacy_invoice")),
    )
    op.create_table(
        "place_cycle",
        sa.Column("team_id", sa.String(length=36), nullable=False),
        sa.Column("place_id", sa.String(length=36), nullable=False),
        sa.Column("programme_version_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_cycle")),
    )
    op.create_index(op.f("ix_place_cycle_place_id"), "place_cycle", ["place_id"], unique=False)
    op.create_index(op.f("ix_place_cycle_team_id"), "place_cycle", ["team_id"], unique=False)
    op.create_table(
        "place_cycle_step",
        sa.Column("team_id", sa.String(length=36), nullable=False),
        sa.Column("cycle_id", sa.String(length=36), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=True),
        sa.Column("course_id", sa.String(length=36), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_cycle_step")),
    )
    op.create_index(op.f("ix_place_cycle_step_cycle_id"), "place_cycle_step", ["cycle_id"], unique=False)
    op.create_table(
        "plan_step",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("plan_id", sa.String(length=36), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("target", sa.Double(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_step")),
    )
    op.create_index(op.f("ix_plan_step_person_id"), "plan_step", ["person_id"], unique=False)
    op.create_index(op.f("ix_plan_step_plan_id"), "plan_step", ["plan_id"], unique=False)
    op.create_table(
        "reduction_plan",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("enrolment_id", sa.String(length=36), nullable=True),
        sa.Column("approach", sa.String(length=30), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("start_value", sa.Double(), nullable=False),
        sa.Column("goal_value", sa.Double(), nullable=False),
        sa.Column("goal_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("previous_id", sa.String(length=36), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reduction_plan")),
    )
    op.create_index(op.f("ix_reduction_plan_person_id"), "reduction_plan", ["person_id"], unique=False)
    op.create_table(
        "rule_override",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("subject_entity", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=36), nullable=False),
        sa.Column("overridden_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_override")),
    )
    op.create_index(op.f("ix_rule_override_person_id"), "rule_override", ["person_id"], unique=False)
    op.create_table(
        "task_state",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("task_key", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_at", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=36), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_state")),
    )
    op.create_index(op.f("ix_task_state_person_id"), "task_state", ["person_id"], unique=False)
    op.create_table(
        "voucher",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("enrolment_id", sa.String(length=36), nullable=True),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("session_id", sa.String(length=36), nullable=True),
        sa.Column("contact_attempt_id", sa.String(length=36), nullable=True),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
    )
    op.create_index(op.f("ix_voucher_number"), "voucher", ["number"], unique=False)
    op.create_index(op.f("ix_voucher_person_id"), "voucher", ["person_id"], unique=False)
    op.create_table(
        "voucher_redemption",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("voucher_id", sa.String(length=36), nullable=False),
        sa.Column("redeemed_on", sa.Date(), nullable=False),
        sa.Column("pharmacy", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("invoice_line_id", sa.String(length=36), nullable=True),
        sa.Column("recorded_by", sa.String(length=36), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("server_position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_redemption")),
    )
    op.create_index(op.f("ix_voucher_redemption_person_id"), "voucher_redemption", ["person_id"], unique=False)
    op.add_column("attendance", sa.Column("minutes", sa.Integer(), nullable=True))
    op.add_column("consent", sa.Column("information_given", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("consent", sa.Column("note", sa.String(), nullable=False, server_default=""))
    op.add_column("contact_attempt", sa.Column("topics", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("contact_attempt", sa.Column("referral_id", sa.String(length=36), nullable=True))
    op.add_column("contact_attempt", sa.Column("enrolment_id", sa.String(length=36), nullable=True))
    op.add_column("contact_attempt", sa.Column("session_id", sa.String(length=36), nullable=True))
    op.add_column("course", sa.Column("starts_at", sa.String(length=5), nullable=False, server_default=""))
    op.add_column("course", sa.Column("setting", sa.String(length=20), nullable=False, server_default="place"))
    op.add_column("course", sa.Column("counsellor_id", sa.String(length=36), nullable=True))
    op.add_column("course", sa.Column("second_counsellor_id", sa.String(length=36), nullable=True))
    op.add_column("course", sa.Column("stop_date_policy", sa.String(length=20), nullable=False, server_default="none"))
    op.add_column("course", sa.Column("stop_on", sa.Date(), nullable=True))
    op.add_column("course", sa.Column("state", sa.String(length=20), nullable=False, server_default="running"))
    op.add_column("course", sa.Column("note", sa.String(), nullable=False, server_default=""))
    op.add_column("enrolment", sa.Column("goal", sa.String(length=30), nullable=False, server_default=""))
    op.add_column("enrolment", sa.Column("agreed_sessions", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("enrolment", sa.Column("referral_id", sa.String(length=36), nullable=True))
    op.add_column("enrolment", sa.Column("residence_municipality_id", sa.String(length=36), nullable=True))
    op.add_column("enrolment", sa.Column("moved_from_id", sa.String(length=36), nullable=True))
    op.add_column("enrolment", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column("enrolment", sa.Column("closed_by", sa.String(length=36), nullable=True))
    op.add_column("handout", sa.Column("enrolment_id", sa.String(length=36), nullable=True))
    op.add_column("handout", sa.Column("plan_id", sa.String(length=36), nullable=True))
    op.add_column("handout", sa.Column("place_id", sa.String(length=36), nullable=True))
    op.add_column("handout", sa.Column("note", sa.String(), nullable=False, server_default=""))
    op.add_column("measurement", sa.Column("measured_at", sa.String(length=32), nullable=True))
    op.add_column("measurement", sa.Column("product", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("measurement", sa.Column("meter", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("measurement", sa.Column("enrolment_id", sa.String(length=36), nullable=True))
    op.add_column("measurement", sa.Column("note", sa.String(), nullable=False, server_default=""))
    op.add_column("outreach_visit", sa.Column("leaflets", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outreach_visit", sa.Column("brief_advice", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outreach_visit", sa.Column("interested", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outreach_visit", sa.Column("minutes", sa.Integer(), nullable=True))
    op.add_column("outreach_visit", sa.Column("cycle_step_id", sa.String(length=36), nullable=True))
    op.add_column("outreach_visit", sa.Column("note", sa.String(), nullable=False, server_default=""))
    op.add_column("person", sa.Column("email", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("person", sa.Column("address", sa.String(length=300), nullable=False, server_default=""))
    op.add_column("person", sa.Column("preferred_contact", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("person", sa.Column("may_text", sa.String(length=10), nullable=False, server_default=""))
    op.add_column("person", sa.Column("gp_name", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("person", sa.Column("gp_number", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("person", sa.Column("deceased_on", sa.Date(), nullable=True))
    op.add_column("person", sa.Column("merged_into_id", sa.String(length=36), nullable=True))
    op.add_column("person", sa.Column("restricted_on", sa.Date(), nullable=True))
    op.add_column("person", sa.Column("anonymised_on", sa.Date(), nullable=True))
    op.create_index(op.f("ix_person_merged_into_id"), "person", ["merged_into_id"], unique=False)
    op.add_column("place", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column("place_contact", sa.Column("email", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("referral", sa.Column("received_at", sa.String(length=32), nullable=True))
    op.add_column("referral", sa.Column("programme_version_id", sa.String(length=36), nullable=True))
    op.add_column("referral", sa.Column("municipality_id", sa.String(length=36), nullable=True))
    op.add_column("referral", sa.Column("sender_identifier", sa.String(length=40), nullable=False, server_default=""))
    op.add_column(
        "referral", sa.Column("sender_identifier_kind", sa.String(length=40), nullable=False, server_default="")
    )
    op.add_column("referral", sa.Column("referrer_name", sa.String(length=200), nullable=False, server_default=""))
    op.add_column("referral", sa.Column("came_because", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("referral", sa.Column("message_id", sa.String(length=36), nullable=True))
    op.add_column("referral", sa.Column("wants_feedback", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("referral", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column("referral", sa.Column("closing_reason", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("session", sa.Column("kind", sa.String(length=20), nullable=False, server_default="ordinary"))
    op.add_column("session", sa.Column("holds_counselling", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("session", sa.Column("enrolment_id", sa.String(length=36), nullable=True))
    op.add_column("session", sa.Column("counsellor_id", sa.String(length=36), nullable=True))
    op.add_column("session", sa.Column("second_counsellor_id", sa.String(length=36), nullable=True))
    op.add_column("session", sa.Column("minutes", sa.Integer(), nullable=True))
    op.add_column("session", sa.Column("note", sa.String(), nullable=False, server_default=""))
    op.add_column("stock_movement", sa.Column("batch", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("stock_movement", sa.Column("expires_on", sa.Date(), nullable=True))
    op.add_column("stock_movement", sa.Column("price", sa.Integer(), nullable=True))
    op.add_column("user", sa.Column("phone", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("user", sa.Column("education", sa.String(length=60), nullable=False, server_default=""))
