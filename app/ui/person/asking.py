"""What the panels that ask in forms share: one form at a time, what was refused, and taking back with a reason."""

from collections.abc import Callable
from datetime import date
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.errors import RuleRefusal
from app.i18n import _
from app.storage.engine import Reading, UnitOfWork
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Card, Field, Form, ResultBar, fill_anew, focus_kept


class _OfPerson(Protocol):
    @property
    def person_id(self) -> str: ...


_Found = TypeVar("_Found", bound=_OfPerson)


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


class CardPanel(QWidget, Generic[_Found]):
    """Cards about one person; a form opens inside the card that it is about, and what is being written there stays."""

    NAME: str

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{self.NAME}-panel")
        self._desk = desk
        self._person_id = ""
        self._found: _Found | None = None
        self._form: Form | None = None
        self._form_at = ""
        self.notice = ResultBar(self, name=f"{self.NAME}-notice")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(current_metrics().space_4)

    def show_person(self, person_id: str) -> None:
        """Read the person anew; what is being written stays."""
        if person_id != self._person_id:
            self._form = None
            self.notice.hide()
        self._person_id = person_id
        if self._form is None:
            on = today(self._desk.clock)
            self._desk.ask(lambda reading: self._read(reading, person_id, on), on_done=self._show)

    def _read(self, reading: Reading, person_id: str, on: date) -> _Found | None:
        """Return what stands on the cards, or nothing where the person is gone."""
        raise NotImplementedError

    def _add_cards(self, found: _Found) -> None:
        """Put the cards into the column."""
        raise NotImplementedError

    def _show(self, found: _Found | None) -> None:
        if found is None or found.person_id != self._person_id:
            return
        self._found = found
        with focus_kept(self):
            if self._form is not None:
                self._form.setParent(self)
            fill_anew(self._column)
            self._add_cards(found)

    def _open(self, form: Form, at: str) -> None:
        """Let a form stand in the card of this name."""
        self._form, self._form_at = form, at
        self.notice.hide()
        form.cancelled.connect(self._put_away)
        if self._found is not None:
            self._show(self._found)

    def _place_form(self, card: Card, at: str) -> None:
        if self._form is not None and self._form_at == at:
            card.body.addWidget(self._form)

    def _done(self, word: str, *, tone: str = "success") -> None:
        self.notice.show_notice(tone, word)
        self._put_away()

    def _put_away(self) -> None:
        self._form = None
        self.show_person(self._person_id)
