"""A letter to the person's own doctor or to whoever referred, in the words that the counsellor finished."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment
from app.documents.palette import QUIET
from app.documents.sheet import Sheet
from app.i18n import _, format_day, in_language

_SIGNATURE: Final = 70.0
"""How high the greeting and the name are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContent:
    """A letter; `kind` is gp or referrer. The identifier stands on it only where it is given here."""

    kind: str
    language: str
    recipient: str
    name: str
    identifier: str
    birth_date: date | None
    text: str
    written_on: date
    writer: str
    writer_phone: str = ""
    cooperation: str = ""
    is_draft: bool = False


def letter_pdf(content: LetterContent) -> bytes:
    """Return the letter as a PDF, A4."""
    with in_language(content.language):
        about = _("Help to stop smoking")
        sheet = Sheet(
            title=f"{about} · {content.name}",
            language=content.language,
            margin=64,
            foot=content.cooperation,
            page_word=_("Page {n} of {of}"),
        )
        if content.is_draft:
            sheet.text(_("Draft, not sent"), size=11, face=Face.BOLD, colour=QUIET, align=Alignment.RIGHT)
        sheet.text(content.cooperation, size=10, colour=QUIET, after=26)
        to = _("To the person's own doctor") if content.kind == "gp" else _("To the referrer")
        sheet.text(content.recipient or to, size=12, after=2)
        if content.recipient:
            sheet.text(to, size=10, colour=QUIET)
        sheet.text(format_day(content.written_on), size=11, align=Alignment.RIGHT, after=22)
        sheet.text(_("About {who}").format(who=content.name), size=13, face=Face.BOLD, after=2)
        # On a line of its own: beside a name that runs to the left, the parts of a number would change places.
        if content.identifier:
            sheet.text(content.identifier, size=11.5, face=Face.BOLD)
        elif content.birth_date is not None:
            sheet.text(_("born {day}").format(day=format_day(content.birth_date)), size=11.5)
        sheet.skip(10)
        sheet.text(content.text, size=11.5, after=26, line_height=1.5, below=_SIGNATURE)
        sheet.text(_("Kind regards"), size=11.5, after=20)
        sheet.text(content.writer, size=11.5, face=Face.BOLD, after=1)
        sheet.text(
            " · ".join(part for part in (_("counsellor"), content.writer_phone) if part), size=10.5, colour=QUIET
        )
        return sheet.finish()
