"""What the sheet says of cells that were not taken, and of the keys that fill them."""

from collections.abc import Iterable

from app.error_text import Sentence, sentence_for
from app.i18n import _, format_number
from app.storage.queries.session_sheet import SheetRow
from app.ui.session_sheet.sheet_model import Refused
from app.ui.session_sheet.sheet_table import LONGEST_WRITTEN
from app.ui.widgets import is_large_text


def refused_sentence(refused: Refused) -> Sentence:
    """Return of whom something typed was not taken: whoever fills a column is already at the next person."""
    said = sentence_for(refused.problem)
    return Sentence(refused.about, said.title, said.text)


def unsaid_sentence(rows: Iterable[SheetRow]) -> Sentence:
    """Return of whom something is typed, but not whether they came."""
    return Sentence(
        _("Something is typed of {names}, but not whether they came.").format(
            names=", ".join(row.name for row in rows)
        ),
        _("Everything typed is saved."),
        _("Say whether they came, then close the session."),
    )


def no_room_sentence() -> Sentence:
    """Return that more was written into a cell than it holds."""
    return Sentence(
        _("A cell holds {most} characters.").format(most=format_number(LONGEST_WRITTEN)),
        _("As much as there is room for stands in it, and the rest does not."),
        _("Put the rest into the note on the person's page, under Who it is."),
    )


def keys_words(*, is_closed: bool) -> str:
    """Return what the keys do; where the text is large there is room for what follows a closed session alone."""
    if not is_closed:
        return _(
            "Grey is not from today. Typing replaces, F2 edits, Enter goes down. Attendance: {keys}. "
            "Space hands out. Ctrl+Z takes back."
        ).format(keys=attendance_keys())
    if is_large_text():
        return _("A number is corrected on the person's page, under History.")
    return _("The session is closed. Typing over a cell corrects it, Ctrl+Z takes back; the old value is kept.")


def attendance_keys() -> str:
    """Return the letters that stand for attendance."""
    return _("C came, E excused, D did not come")
