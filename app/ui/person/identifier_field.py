"""The field for a CPR or replacement number: says birthday, age and sex as it understood them, or what is wrong."""

from datetime import date

from app.domain.identifiers import Identifier, age, read_identifier
from app.error_text import sentence_for
from app.errors import RuleRefusal
from app.i18n import _, format_day
from app.ui.widgets.identifier_field import UnderstoodField


def identifier_words(found: Identifier, *, today: date) -> str:
    """Return what a number says, and a hint where the digits should be looked at once more."""
    if found.kind == "none":
        return ""
    kinds = {
        "cpr": _("CPR number"),
        "replacement": _("Replacement number"),
        "ecpr": _("Regional replacement number") if found.is_local else _("Replacement number with letters (eCPR)"),
    }
    said = [kinds[found.kind]]
    if found.birth_date is not None:
        said.append(
            _("born {day}, {age} years").format(day=format_day(found.birth_date), age=age(found.birth_date, on=today))
        )
    if found.sex:
        said.append(_("woman") if found.sex == "female" else _("man"))
    sentence = ", ".join(said) + "."
    if "modulus-11" in found.hints:
        return sentence + " " + _("The check digit does not fit: look at the digits once more. It may still be right.")
    return sentence


class IdentifierField(UnderstoodField):
    """A number as the profession has it; empty is as good as any."""

    def __init__(self, question: str, *, name: str, today: date) -> None:
        self._today = today
        super().__init__(
            question, name=name, understand=self._judged, advice=_("Not needed. Age and sex follow from it.")
        )

    def _judged(self, text: str) -> tuple[str, bool]:
        try:
            return identifier_words(read_identifier(text, today=self._today), today=self._today), False
        except RuleRefusal as refusal:
            sentence = sentence_for(refusal)
            return f"{sentence.title} {sentence.advice}", True
