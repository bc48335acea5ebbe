"""Words for the fields and codes of a person's history."""

from datetime import date
from typing import Any

from app.domain.baseline import is_money
from app.i18n import _, format_day, format_money, newer_word
from app.storage.queries.history import HistoryEntry
from app.ui.course.words import consent_word
from app.ui.record_words import code_word, measurement_word
from app.ui.record_words import value_word as record_value_word
from app.ui.words import entity_word, field_word, number_word

_MONEY = {"voucher", "voucher_redemption"}


def subject_word(entry: HistoryEntry) -> str:
    """Say which value it is about."""
    if entry.entity == "measurement":
        return {
            "readiness": _("Readiness"),
            "confidence": _("Confidence"),
            "price_per_day": _("Price of a day's smoking"),
        }.get(entry.kind) or measurement_word(entry.kind)
    if entry.entity == "consent":
        return _("Consent") + f" · {consent_word(entry.kind)}"
    if entry.fact_id:
        return _fact_word(entry.entity)
    named = field_word(entry.field)
    return named if entry.entity == "person" else f"{entity_word(entry.entity)}: {named}"


def _fact_word(entity: str) -> str:
    """Return what a fact says that happened."""
    return {
        "handout": _("Handed out"),
        "relapse": _("Smoked again"),
        "pause": _("Pause"),
        "contact_attempt": _("Contact"),
        "baseline": _("Base form"),
        "medicine_notice": _("Medicine told to"),
        "follow_up_attempt": _("Follow-up call"),
    }.get(entity) or entity_word(entity)


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
