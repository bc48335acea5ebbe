"""The session on paper, where the laptop stays in the bag: the columns of the session sheet, to be typed later."""

from dataclasses import dataclass
from datetime import date

from app.documents.glyph_drawing import Alignment
from app.documents.sheet import A4_ACROSS, Column, Sheet, TableRow
from app.i18n import _, format_clock, format_day_long, in_language

EMPTY_LINES = 5
"""Lines for people who sit down without being on the list."""
FEWEST_EMPTY = 2
_LINE = 27.0


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody on the list; the latest numbers help to ask, the week is the next handout's."""

    name: str
    cigarettes: str = ""
    next_handout: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceContent:
    """Everything on the list."""

    language: str
    title: str
    place: str
    on: date
    starts_at: str
    kind: str
    number: int
    people: tuple[Expected, ...]
    counsellor: str = ""


def _session(content: AttendanceContent) -> str:
    """Return what the session is called: only the ordinary ones are counted."""
    return {
        "extra": _("Extra session"),
        "intake": _("First talk"),
        "follow_up": _("Follow-up meeting"),
    }.get(content.kind, _("Session {n}").format(n=content.number))


def attendance_pdf(content: AttendanceContent) -> bytes:
    """Return the list as a PDF, A4 across, as many pages as it needs."""
    with in_language(content.language):
        sheet = Sheet(
            title=_("Attendance list") + f" · {content.title}",
            language=content.language,
            size=A4_ACROSS,
            margin=36,
            foot=_("Type it into the session sheet afterwards, then shred it."),
            page_word=_("Page {n} of {of}"),
        )
        about = [content.place, format_day_long(content.on), format_clock(content.starts_at), content.counsellor]
        sheet.title(
            f"{content.title} · {_session(content)}",
            over=_("Attendance list"),
            under=" · ".join(part for part in about if part),
            size=20,
        )
        columns = (
            Column(_("Name"), 3.2),
            Column(_("Came"), 0.8, Alignment.CENTRE),
            Column(_("Excused"), 0.9, Alignment.CENTRE),
            Column(_("Cigarettes a day"), 1.2),
            Column(_("CO"), 0.8),
            Column(_("Handed out"), 3.4),
            Column(_("Next small step"), 2.8),
        )
        box = "☐"
        rows = [
            TableRow(
                (
                    person.name,
                    box,
                    box,
                    _("last: {n}").format(n=person.cigarettes) if person.cigarettes else "",
                    "",
                    f"{box} {person.next_handout}" if person.next_handout else "",
                    "",
                )
            )
            for person in content.people
        ]
        sheet.table(columns, rows, size=10, least_height=_LINE, has_grid=True)
        # As many empty lines as the page still holds; a page of its own only where it holds hardly any.
        fitting = int(sheet.room // _LINE)
        lines = min(EMPTY_LINES, fitting) if fitting >= FEWEST_EMPTY else EMPTY_LINES
        bare = columns if fitting < FEWEST_EMPTY else [Column("", column.share, column.align) for column in columns]
        sheet.table(
            bare, [TableRow(("", box, box, "", "", "", ""))] * lines, size=10, least_height=_LINE, has_grid=True
        )
        return sheet.finish()
