"""What the panels that ask in forms share: one form at a time, what was refused, and taking back with a reason."""

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.errors import RuleRefusal
from app.i18n import _
from app.storage.engine import UnitOfWork
from app.ui.desk import Desk
from app.ui.widgets import DayField, Field, Form, fill_anew


def needed_day(field: DayField) -> date:
    """Return the day that was written; RuleRefusal("not-a-day") where nothing is."""
    day = field.day()
    if day is None:
        raise RuleRefusal("not-a-day", field=field.input.objectName())
    return day


def tell(form: Form, problem: Exception, desk: Desk) -> None:
    """Tell a refusal beside its field, and anything else to the shell."""
    if isinstance(problem, RuleRefusal):
        form.refuse(problem)
    else:
        desk.failed.emit(problem)


class AskingPanel(QWidget):
    """A panel of one person whose forms open in `_forms`, which the panel places."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._person_id = ""
        self._forms = QVBoxLayout()

    def show_person(self, person_id: str) -> None:
        """Read the person anew."""
        raise NotImplementedError

    def _open(self, form: Form, first: QWidget) -> None:
        fill_anew(self._forms)
        self._forms.addWidget(form)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _do(self, use_case: Callable[[UnitOfWork], object], form: Form) -> None:
        self._desk.do(
            use_case,
            on_done=lambda _outcome: self._done(),
            on_error=lambda problem: tell(form, problem, self._desk),
        )

    def _done(self) -> None:
        fill_anew(self._forms)
        self.show_person(self._person_id)

    def _ask_why(
        self,
        title: str,
        question: Field,
        use_case: Callable[[str, UnitOfWork], object],
        *,
        name: str,
        submit_text: str = "",
    ) -> None:
        """Ask why something is taken back, and hand the reason to the use case."""

        def submit() -> None:
            reason = question.text()
            self._do(lambda work: use_case(reason, work), form)

        form = Form(title, name=name, submit_text=submit_text or _("Take back"), submit=submit)
        form.add_row(reason=question)
        self._open(form, question)
