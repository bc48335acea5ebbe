"""What the documents say, written down a second time from the documents themselves, beside what the presets hold."""

import pytest

from app.domain.programmes import presets

ALL = ("S0", "S1", "S2", "S3", "S4")
SAID = [
    ("S0", "target_group", ("mental_illness", "homeless", "substance_dependence", "socially_vulnerable")),
    ("S1", "target_group", ("heavy_smoker", "motivated_pregnant")),
    ("S2", "target_group", ("daily_smoker", "heavy_smoker", "motivated_pregnant")),
    ("S1", "heavy_smoker_above", 15), ("S2", "heavy_smoker_least", 15), ("S2", "heavy_smokers", 20_000),
    ("S2", "statistics_age_least", 16), ("S2", "youth_age_least", 16), ("S2", "youth_age_most", 25),
    ("S2", "referral_channels", ("hospital", "correspondence", "mail", "staff")),
    ("S2", "self_referral_channels", ("website", "own_contact", "stoplinien")),
    ("S1", "referral_channels", ("ref01", "hospital", "gp", "staff", "stoplinien")),
    ("S2", "first_contact_deadline", (2, "working_days")), ("S1", "first_contact_deadline", (1, "weeks")),
    ("S4", "first_contact_deadline", (1, "weeks")), ("S2", "first_contact_channel", "phone"),
    ("S2", "first_contact_topics", ("motivation", "wishes", "options", "subsidy")),
    ("S4", "start_as_soon_as_possible", True), ("S4", "bridge_while_waiting", "stoplinien"),
    ("S2", "very_brief_advice_steps", ("ask", "advise", "refer")), ("S2", "very_brief_advice_chance", 5),
    ("S4", "very_brief_advice_steps", ("ask", "inform", "refer")), ("S0", "very_brief_advice_seconds", 30),
    ("S2", "self_referral_reason_asked", "spot_check"),
    ("S2", "contact_before_first_session", True), ("S2", "reminder_before_session", "sms"),
    ("S1", "reminder_before_session", "sms_or_mail"), ("S4", "reminder_before_session", "sms"),
    ("S2", "no_show_call_before", "next_session"), ("S2", "no_show_contact", "phone"),
    ("S1", "no_show_talk", "phone_or_meeting"), ("S1", "dropout_talk", "phone_or_meeting"),
    ("S4", "calls_interval", (1, "weeks")),
    ("S1", "group_sessions_least", 5), ("S2", "group_sessions_least", 6), ("S3", "group_sessions_least", 10),
    ("S3", "group_sessions_planned", 10), ("S3", "session_minutes", 60), ("S3", "session_interval", (1, "weeks")),
    ("S2", "extra_sessions_allowed", True), ("S2", "participants_per_counsellor_most", 12),
    ("S0", "counsellors_per_group_observed", 2), ("S0", "stop_date_required", False),
    ("S0", "concepts", ("Små skridt", "Røgfri tid", "Preloading", "ACT")),
    ("S3", "start_at_once_if_motivated", True),
    ("S2", "stopbasen_form_for", "every_participant"), ("S2", "stopbasen_unit", "616"),
    ("S2", "groups_created_at", "rsiden.dk"), ("S2", "e_kvit_introduced_to", "every_participant"),
    ("S2", "diploma_at", "last_session"), ("S2", "counsellor_education", "kraeftens_bekaempelse"),
    ("S1", "cross_municipal", True), ("S2", "cross_municipal", True), ("S2", "different_days_and_times", True),
    ("S3", "counsellor_training_sessions", 2), ("S3", "counsellor_training_hours", (3, "hours_per_session")),
    ("S3", "counsellor_training_topics", ("attention", "psychiatric_medicine", "cognitive_therapy")),
    ("S3", "place_needs_contact_person", True), ("S3", "house_meeting_visit", True), ("S3", "cafe_visits", 3),
    ("S3", "cafe_visit_interval", (1, "weeks")), ("S3", "cafe_visit_minutes", 60),
    ("S3", "supervision_sessions_least", 1), ("S3", "supervision_sessions_most", 2),
    ("S3", "follow_up_meeting_at_place", True), ("S3", "staff_course_offered", True),
    ("S2", "voucher_value", (22_500, "oere")), ("S2", "voucher_number", 4), ("S2", "voucher_total", 90_000),
    ("S2", "voucher_period", (12, "months")), ("S2", "voucher_cigarettes_above", 15),
    ("S2", "voucher_needs_course", True), ("S2", "voucher_needs_contact", True),
    ("S2", "voucher_invoice_municipality", "0187"), ("S2", "voucher_recharge_period", (12, "months")),
    ("S2", "medicine_settled_separately", True), ("S0", "medicine_free", True), ("S1", "medicine_free", True),
    ("S3", "medicine_free", True), ("S4", "medicine_free", True), ("S1", "medicine_needs_course", True),
    ("S4", "medicine_needs_course", True), ("S1", "medicine_share_expected_most", 0.8),
    ("S0", "medicine_spend_least", 42_000), ("S0", "medicine_spend_most", 385_000),
    ("S3", "nrt_weeks", (12, "handouts")), ("S3", "nrt_interval", (1, "weeks")),
    ("S3", "nrt_handed_out_at", "meetings"),
    ("S2", "completed_sessions_least", 3), ("S2", "completed_sessions_above", 3),
    ("S1", "completed_definition", "agreed_course"), ("S2", "letter_to_gp", "with_consent"),
    ("S1", "feedback_to_referrer", True), ("S1", "follow_up_after", (6, "months")),
    ("S2", "follow_up_after", (6, "months")), ("S2", "follow_up_population", "every_participant"),
    ("S2", "follow_up_standard_population", "completed"), ("S2", "follow_up_by", "stoplinien"),
    ("S2", "offer_new_course_after_relapse", True), ("S0", "reduction_is_outcome", True),
    ("S3", "reduction_is_outcome", True),
    ("S2", "settlement_rate", (123_000, "oere_per_participant")), ("S2", "settlement_period", (6, "months")),
    ("S2", "indicator_period", (6, "months")), ("S2", "referral_report_period", (3, "months")),
    ("S2", "management_report_period", (6, "months")), ("S2", "reach_target", 0.05),
    ("S2", "reach_target_municipal", 0.0175), ("S2", "reach_share_municipal", 0.35),
    ("S2", "reach_share_national", 0.65),
    ("S1", "referrals_growth_target", 0.25), ("S1", "completed_target", 0.6), ("S1", "stopped_target", 0.5),
    ("S1", "smoke_free_at_six_months_target", 0.3),
    ("S0", "smoke_free_at_end_observed_least", 0.21), ("S0", "smoke_free_at_end_observed_most", 0.62),
    ("S0", "smoke_free_at_end_usual_least", 0.3), ("S0", "smoke_free_at_end_usual_most", 0.4),
    ("S2", "steering_meetings", 4), ("S2", "operations_meetings", 4), ("S2", "working_group_meetings_least", 4),
    ("S2", "working_group_meetings_most", 6), ("S2", "agenda_before_meeting", (1, "weeks")),
    *((code, "national_completed_share_least", 0.75) for code in ALL),
    *((code, "kom_og_kvit_completed_sessions_least", 4) for code in ALL),
    *((code, "follow_up_margin", (1, "months")) for code in ALL),
    *((code, "follow_up_attempts_least", 4) for code in ALL),
    *((code, "follow_up_evening_attempts_least", 1) for code in ALL),
    *((code, "follow_up_evening_from", "17:00") for code in ALL),
    *((code, "quality_target_completed", 0.8) for code in ALL),
    *((code, "quality_target_smoke_free_at_end", 0.8) for code in ALL),
    *((code, "quality_target_followed_up", 0.8) for code in ALL),
    *((code, "quality_target_smoke_free_at_six_months", 0.5) for code in ALL),
    *((code, "quality_target_satisfied", 0.9) for code in ALL),
    *((code, "publish_base_forms_least", 20) for code in ALL),
    *((code, "publish_completers_least", 20) for code in ALL),
    *((code, "publish_follow_up_least", 0.5) for code in ALL),
]  # fmt: skip


@pytest.mark.parametrize(("document", "key", "said"), SAID)
def test_the_presets_hold_what_the_documents_say(document, key, said):
    (preset,) = [preset for preset in presets().values() if preset.document == document]
    rule = preset.rule(key)
    with_unit = isinstance(said, tuple) and len(said) == 2 and isinstance(said[0], int)
    assert ((rule.value, rule.unit) if with_unit else rule.value) == said


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ("S3", "first_contact_deadline"), ("S0", "first_contact_deadline"), ("S1", "voucher_number"),
        ("S3", "voucher_number"), ("S2", "nrt_weeks"), ("S3", "no_show_call_before"), ("S2", "medicine_free"),
    ],
)  # fmt: skip
def test_what_a_document_does_not_say_its_preset_does_not_hold(document, key):
    (preset,) = [preset for preset in presets().values() if preset.document == document]
    assert not preset.has(key)
