"""Whether anything in a page is yet to be saved: such a page is kept when one leaves it."""

from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from app.ui.widgets.form import Form
from app.ui.widgets.searching import SearchLine


def note_as_made(control: QWidget | None) -> None:
    """Let what is written, ticked or chosen keep its page where it is another than now, see :func:`is_typed_in`."""
    if control is not None:
        control.setProperty("as_made", _chosen(control))


def is_as_made(control: QWidget) -> bool:
    """Return whether the same is written, ticked or chosen as was noted."""
    return bool(control.property("as_made") == _chosen(control))


def _chosen(control: QWidget) -> int | bool | str | None:
    """Return what is written, ticked or chosen; None of what is neither a line nor a text nor a box nor a button."""
    if isinstance(control, QPlainTextEdit):
        return control.toPlainText()
    if isinstance(control, QLineEdit):
        return control.text()
    if isinstance(control, QComboBox):
        return control.currentIndex()
    return control.isChecked() if isinstance(control, QAbstractButton) else None


def is_typed_in(page: QWidget, *, even_searched: bool = True) -> bool:
    """Return whether something in a page is yet to be saved: typed, ticked, chosen, in an open form or put together.

    What is searched for is typed, too, unless `even_searched` says otherwise. A part that holds something which stands
    in no field has the property "unsaved".
    """
    # One that always stands on its page is as any other part of it.
    forms = [form for form in page.findChildren(Form) if not form.is_part_of_page]
    if any(not form.isHidden() for form in forms):
        return True
    if any(part.property("unsaved") for part in page.findChildren(QWidget)):
        return True
    controls: list[QWidget] = [*page.findChildren(QComboBox), *page.findChildren(QAbstractButton)]
    written: list[QWidget] = [
        *(
            line
            for line in page.findChildren(QLineEdit)
            if line.text() != (line.property("as_made") or "")
            and not line.isReadOnly()
            and (even_searched or not isinstance(line, SearchLine))
        ),
        *(
            box
            for box in page.findChildren(QPlainTextEdit)
            if box.toPlainText() != (box.property("as_made") or "") and not box.isReadOnly()
        ),
        *(control for control in controls if control.property("as_made") not in (None, _chosen(control))),
    ]
    # What stands in a form that was closed is given up.
    return any(not any(form.isAncestorOf(field) for form in forms) for field in written)
