"""A form that opens among other things, in the place of the one that was open there."""

from collections.abc import Callable

from PySide6.QtWidgets import QBoxLayout

from app.ui.contact.attempt_form import AttemptForm
from app.ui.desk import Desk
from app.ui.widgets import Form


class OneForm:
    """Opens one form at a time in `place`; what is refused is said in it, or by the desk where none is open.

    `on_cancel` is told that a form was put away with nothing done.
    """

    def __init__(self, place: QBoxLayout, desk: Desk, *, on_cancel: Callable[[], object] | None = None) -> None:
        self._place = place
        self._desk = desk
        self._on_cancel = on_cancel
        self.opened: AttemptForm | Form | None = None

    def open(self, form: AttemptForm | Form) -> None:
        """Show this form, with the keyboard in it, until it is closed."""
        self.close()
        if isinstance(form, Form):
            form.cancelled.connect(self.cancel)
        self.opened = form
        self._place.addWidget(form)
        form.setFocus()

    def cancel(self) -> None:
        """Take away the form that somebody thought better of."""
        self.close()
        if self._on_cancel is not None:
            self._on_cancel()

    def close(self) -> None:
        """Take away the form that is open, and what was written in it."""
        form, self.opened = self.opened, None
        if form is not None:
            form.hide()
            form.deleteLater()

    def refuse(self, problem: Exception) -> None:
        """Say why it was not done."""
        if self.opened is not None:
            self.opened.refuse(problem)
        else:
            self._desk.failed.emit(problem)
