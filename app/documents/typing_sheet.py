"""What is to be typed into the national database, in the order of its forms, with a box for what was typed."""

from dataclasses import dataclass

from app.documents.glyph_drawing import Alignment
from app.documents.sheet import Column, Sheet, TableRow
from app.i18n import _, in_language


@dataclass(frozen=True, slots=True)
class FormField:
    """One question of a form, its number there where it is known, and the answer to type."""

    number: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form: registration, base, completion or follow_up; `typed` says when it was typed, or is empty."""

    key: str
    title: str
    fields: tuple[FormField, ...]
    typed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypingContent:
    """Everything to type about one person's part in a course."""

    language: str
    name: str
    course: str
    forms: tuple[Form, ...]
    cooperation: str = ""


def typing_pdf(content: TypingContent) -> bytes:
    """Return the sheet as a PDF, A4."""
    with in_language(content.language):
        sheet = Sheet(
            title=f"STOPbasen · {content.name}",
            language=content.language,
            margin=44,
            foot=_("Contains personal data. Shred it when it is typed."),
            page_word=_("Page {n} of {of}"),
        )
        sheet.title(content.name, over=_("To be typed into STOPbasen"), under=content.course, size=20)
        columns = (
            Column(_("No."), 0.6),
            Column(_("Question"), 3),
            Column(_("Answer"), 4),
            Column(_("Typed"), 1.0, Alignment.CENTRE),
        )
        for form in content.forms:
            words = form.title if not form.typed else f"{form.title} ({form.typed})"
            sheet.heading(words, size=13)
            box = "☑" if form.typed else "☐"
            rows = [TableRow((field.number, field.question, field.answer, box)) for field in form.fields]
            sheet.table(columns, rows, size=10)
        return sheet.finish()
