"""What rules and units are called on the screen, in the user's language."""

from app.domain.rules import RULES, SECTIONS
from app.i18n import _, language

_ROW_OF = {key: rule for rule in RULES for key in rule.keys}


def rule_word(key: str) -> str:
    """Return what a rule is called; one that has a line of its own in the documents is called as that line."""
    found = _words().get(key)
    if found is not None:
        return found
    row = _ROW_OF.get(key)
    if row is None:
        return key.replace("_", " ")
    return row.title_da if language() == "da" else row.title


def section_of(key: str) -> str:
    """Return the section that a rule stands in; the last one for a rule that no document has."""
    row = _ROW_OF.get(key)
    return row.section if row is not None else next(reversed(SECTIONS))


def section_word(section: str) -> str:
    """Return what a section is called."""
    return {
        "intake": _("From referral to first contact"),
        "course": _("Courses and sessions"),
        "place": _("At a place"),
        "medicine": _("Nicotine replacement and vouchers"),
        "closure": _("Closing and follow-up"),
        "reports": _("Reports and targets"),
    }[section]


def unit_word(unit: str) -> str:
    """Return what a unit is called, empty where the value says it all."""
    return {
        "working_days": _("working days"),
        "weeks": _("weeks"),
        "days": _("days"),
        "months": _("months"),
        "sessions": _("sessions"),
        "minutes": _("minutes"),
        "people": _("people"),
        "visits": _("visits"),
        "vouchers": _("vouchers"),
        "calls": _("calls"),
        "years": _("years"),
        "cigarettes_per_day": _("cigarettes a day"),
        "hours_per_session": _("hours a session"),
        "handouts": _("handouts"),
        "oere": _("kroner"),
        "oere_per_person": _("kroner a person"),
        "oere_per_participant": _("kroner a participant"),
        "share": "%",
        "share_of_sessions": _("% of the sessions"),
        "share_of_smokers": _("% of the smokers"),
        "share_of_completers": _("% of the completers"),
        "share_of_ex_smokers": _("% of ex-smokers"),
        "counsellors": _("counsellors"),
        "times": _("times"),
        "times_per_year": _("times a year"),
        "seconds": _("seconds"),
        "participants_per_year": _("participants a year"),
    }.get(unit, "")


def _words() -> dict[str, str]:
    return {
        "heavy_smoker_least": _("Heavy smoker: at least"),
        "heavy_smoker_above": _("Heavy smoker: more than"),
        "heavy_smokers": _("Heavy smokers in the municipalities"),
        "statistics_age_least": _("Statistics from the age of"),
        "youth_age_least": _("Youth effort from the age of"),
        "youth_age_most": _("Youth effort up to the age of"),
        "referral_channels": _("Counts as a referral"),
        "self_referral_channels": _("Counts as coming by oneself"),
        "first_contact_deadline": _("First call within"),
        "first_contact_channel": _("First call by"),
        "start_as_soon_as_possible": _("Start as soon as possible"),
        "bridge_while_waiting": _("While waiting"),
        "very_brief_advice_steps": _("Very brief advice: steps"),
        "very_brief_advice_chance": _("Chance with help, times"),
        "very_brief_advice_seconds": _("Very brief advice takes"),
        "very_brief_advice_products": _("Very brief advice asks about"),
        "no_show_call_before": _("Call those who did not come before"),
        "no_show_contact": _("Those who did not come are contacted by"),
        "no_show_talk": _("Talk after not coming"),
        "dropout_talk": _("Talk after dropping out"),
        "group_sessions_least": _("Sessions of a group, at least"),
        "group_sessions_planned": _("Sessions of a group, planned"),
        "participants_per_counsellor_most": _("Participants to one counsellor, at most"),
        "counsellors_per_group_observed": _("Counsellors in a group, observed"),
        "group_size_least": _("People in a group, at least"),
        "group_size_most": _("People in a group, at most"),
        "session_minutes": _("A session lasts"),
        "session_interval": _("Between sessions"),
        "session_setting": _("Where sessions are held"),
        "session_structure": _("How sessions are structured"),
        "course_formats": _("Forms of course"),
        "contact_forms": _("Forms of contact"),
        "outreach_settings": _("Where one goes out to people"),
        "concepts": _("Concepts"),
        "stop_date_required": _("A stop date is required"),
        "groups_created_at": _("Groups are created at"),
        "stopbasen_unit": _("Unit number in STOPbasen"),
        "consent_age_least": _("People consent themselves from the age of"),
        "consent_information_at": _("Written information is handed over at"),
        "steps": _("Steps at a place"),
        "steps_are_repeated": _("The steps are repeated"),
        "counsellor_training_sessions": _("Counsellor training, sessions"),
        "counsellor_training_hours": _("Counsellor training, hours each"),
        "counsellor_training_topics": _("Counsellor training, topics"),
        "house_meeting_visit": _("A visit at the house meeting"),
        "staff_course_offered": _("A course for the staff is offered"),
        "cafe_visits": _("Café visits"),
        "cafe_visit_interval": _("Between café visits"),
        "cafe_visit_minutes": _("A café visit lasts"),
        "voucher_value": _("Value of a voucher"),
        "voucher_number": _("Vouchers for each person"),
        "voucher_total": _("Vouchers, sum for each person"),
        "voucher_period": _("Once within"),
        "voucher_year": _("How the year is counted"),
        "voucher_cigarettes_above": _("Only above"),
        "voucher_needs_course": _("Only on a course"),
        "medicine_free": _("Medicine is free"),
        "medicine_needs_course": _("Only while a course is followed"),
        "voucher_pharmacies": _("Pharmacies that take vouchers"),
        "voucher_invoice_municipality": _("Invoices go to the municipality"),
        "voucher_recharge_period": _("Charged on every"),
        "medicine_settled_separately": _("Medicine is settled separately"),
        "nrt_weeks": _("Weekly handouts"),
        "nrt_interval": _("Between handouts"),
        "nrt_handed_out_at": _("Handed out at"),
        "medicine_share_expected_most": _("Share that uses medicine, up to"),
        "medicine_spend_least": _("Spent on each person, from"),
        "medicine_spend_most": _("Spent on each person, up to"),
        "completed_sessions_least": _("Completed: sessions at least"),
        "completed_sessions_above": _("Completed by footnote 5: more than"),
        "completed_share_least": _("Completed: share of the sessions"),
        "national_completed_share_least": _("Completed, nationally: share of the sessions"),
        "kom_og_kvit_completed_sessions_least": _("Completed Kom & Kvit: sessions at least"),
        "completed_definition": _("Completed: definition"),
        "follow_up_after": _("Follow-up after"),
        "follow_up_margin": _("Before or after that, at most"),
        "follow_up_attempts_least": _("Attempts on different days, at least"),
        "follow_up_evening_attempts_least": _("Of these in the evening, at least"),
        "follow_up_evening_from": _("Evening begins at"),
        "follow_up_channel": _("Followed up by"),
        "follow_up_population": _("Who is called"),
        "follow_up_standard_population": _("Who is called, by the list of standards"),
        "follow_up_by": _("Who calls"),
        "follow_up_meeting_at_place": _("Follow-up meeting at the place"),
        "supervision_sessions_least": _("Supervision, at least"),
        "supervision_sessions_most": _("Supervision, at most"),
        "indicators": _("Indicators"),
        "indicator_period": _("Indicators every"),
        "quality_target_completed": _("Target: completed"),
        "quality_target_smoke_free_at_end": _("Target: smoke-free at the end"),
        "quality_target_followed_up": _("Target: followed up"),
        "quality_target_smoke_free_at_six_months": _("Target: smoke-free after six months"),
        "quality_target_satisfied": _("Target: satisfied"),
        "publish_base_forms_least": _("To publish: base forms, at least"),
        "publish_completers_least": _("To publish: completers, at least"),
        "publish_follow_up_least": _("To publish: followed up, at least"),
        "settlement_rate": _("Rate of the settlement"),
        "settlement_period": _("Settled every"),
        "reach_target": _("Smokers to reach each year"),
        "reach_target_municipal": _("Of these by the municipality, of all smokers"),
        "reach_share_municipal": _("Share of the municipality"),
        "reach_share_national": _("Share of the national offers"),
        "participants_target_municipal": _("Target of each municipality"),
        "participants_target_national": _("Target of the national offers"),
        "smokers": _("Daily smokers over 16"),
        "referrals_growth_target": _("Referrals grow by"),
        "completed_target": _("Complete the agreed course, at least"),
        "stopped_target": _("Stop during the course, at least"),
        "smoke_free_at_six_months_target": _("Still stopped after six months, at least"),
        "smoke_free_at_end_observed_least": _("Smoke-free at the end, from"),
        "smoke_free_at_end_observed_most": _("Smoke-free at the end, up to"),
        "smoke_free_at_end_usual_least": _("On average, from"),
        "smoke_free_at_end_usual_most": _("On average, up to"),
        "steering_meetings": _("Steering group"),
        "operations_meetings": _("Operations group"),
        "working_group_meetings_least": _("Working groups, at least"),
        "working_group_meetings_most": _("Working groups, at most"),
        "agenda_before_meeting": _("Agenda before the meeting"),
    }
