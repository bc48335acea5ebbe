"""Words for the fields and codes of a person's history."""

from datetime import date
from typing import Any

from app.domain.baseline import is_money
from app.i18n import _, format_day, format_money, newer_word
from app.storage.queries.history import HistoryEntry
from app.ui import words
from app.ui.course.words import consent_word
from app.ui.record_words import code_word, measurement_word
from app.ui.record_words import value_word as record_value_word
from app.ui.words import entity_word, number_word

_MONEY = {"voucher", "voucher_redemption"}


def subject_word(entry: HistoryEntry) -> str:
    """Say which value it is about."""
    if entry.entity == "measurement":
        return {
            "cigarettes_per_day": _("Cigarettes a day"),
            "co_ppm": _("CO, ppm"),
            "readiness": _("Readiness"),
            "confidence": _("Confidence"),
            "smoke_free_days": _("Days without smoking"),
            "price_per_day": _("Price of a day's smoking"),
        }.get(entry.kind) or measurement_word(entry.kind)
    if entry.entity == "consent":
        return _("Consent") + f" · {consent_word(entry.kind)}"
    facts = {
        "handout": _("Handed out"),
        "stop_date": _("Stop date"),
        "relapse": _("Smoked again"),
        "pause": _("Pause"),
        "contact_attempt": _("Contact"),
        "voucher": _("Voucher"),
        "voucher_redemption": _("Voucher used"),
        "outcome": _("Outcome"),
        "diploma": _("Diploma"),
        "baseline": _("Base form"),
        "medicine_notice": _("Medicine told to"),
        "follow_up_attempt": _("Follow-up call"),
        "form_typed": _("Form typed in"),
        "rule_override": _("Rule overridden"),
    }
    if entry.entity in facts:
        return facts[entry.entity]
    named = field_word(entry.field)
    return named if entry.entity == "person" else f"{entity_word(entry.entity)}: {named}"


def field_word(field: str) -> str:
    """Return what a field of a row is called."""
    return {
        "given_name": _("First name"),
        "family_name": _("Family name"),
        "nickname": _("Nickname"),
        "identifier": _("CPR or replacement number"),
        "identifier_kind": _("Kind of number"),
        "birth_date": _("Born"),
        "sex": _("Sex"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "address": _("Address"),
        "language": _("Language"),
        "residence_municipality_id": _("Lives in"),
        "preferred_contact": _("Wants to be reached by"),
        "may_text": _("May we text?"),
        "gp_name": _("General practitioner"),
        "gp_number": _("The practice's number"),
        "note": _("Note"),
        "status": _("Attendance"),
        "small_step": _("Next small step"),
        "left_on": _("Left on"),
        "joined_on": _("Joined on"),
        "goal": _("Goal"),
        "closing_reason": _("Why it was closed"),
        "closed_on": _("Closed on"),
        "state": _("State"),
        "stopped_on": _("Stopped on"),
        "started_on": _("Started on"),
        "name": _("Name"),
        "merged_into_id": _("Joined with another"),
    }.get(field) or words.field_word(field)


def value_word(entry: HistoryEntry, value: Any) -> str:
    """Return a value as one reads it; a code that has no word of its own is not shown as a code."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if (entry.entity in _MONEY or is_money(entry.kind)) and isinstance(value, int | float):
        return format_money(round(value))
    if isinstance(value, int | float):
        is_measured = entry.entity == "measurement"
        return record_value_word(entry.entity, entry.kind, value) if is_measured else number_word(float(value))
    if isinstance(value, date):
        return format_day(value)
    return _text_word(entry, str(value))


_PLAIN_TEXT = frozenset(
    {"given_name", "family_name", "nickname", "identifier", "phone", "email", "address", "language", "gp_name", "name",
     "gp_number", "note", "small_step", "told_whom", "serial"}
)  # fmt: skip


def _text_word(entry: HistoryEntry, text: str) -> str:
    try:
        return format_day(date.fromisoformat(text))
    except ValueError:
        pass
    if entry.field in _PLAIN_TEXT:
        return code_word(entry.entity, entry.field, text) or text
    said = code_word(entry.entity, entry.field, text)
    return _("changed") if said in (None, "", text, newer_word(text)) else str(said)


def reason_word(reason: str) -> str:
    """Return why something was corrected; the reasons that a key gives have words of their own."""
    return {
        "at-the-sheet": _("typed over on the session sheet"),
        "taken-back": _("taken back with Ctrl+Z"),
    }.get(reason, reason)
