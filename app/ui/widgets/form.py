"""The form that opens where it is needed, and tells what was refused beside its field."""

from collections.abc import Callable, Iterator
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.error_text import document_name, sentence_for
from app.errors import RuleRefusal
from app.i18n import _
from app.ui.theme import current_metrics
from app.ui.widgets.buttons import button
from app.ui.widgets.fields import Field
from app.ui.widgets.labels import label
from app.ui.widgets.room import across_or_down


class FormField(Protocol):
    """What a form asks of a field."""

    def complain(self, sentence: str) -> None:
        """Say what is wrong."""

    def advise(self, sentence: str = "") -> None:
        """Say something helpful, or the field's usual advice."""


class Form(QFrame):
    """A small form that opens where it is needed: fields in rows, what was refused beside its field, two buttons.

    What is sent twice as it is, within a double click, is sent once. The form comes into sight with the keyboard in it;
    when it goes, the keyboard is back on the button that opened it.

    `submit` is what the first button does, Enter in a line and Ctrl+Enter anywhere in the form. Escape leaves a form in
    which nothing was changed; where something was, it goes to the button that leaves it. A RuleRefusal that `submit`
    raises (a field that cannot be read) or that is handed to `refuse` later is told beside the field that it names, or
    above the buttons.
    """

    cancelled = Signal()

    def __init__(
        self,
        title: str,
        *,
        name: str,
        submit_text: str,
        submit: Callable[[], object],
        is_part_of_page: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("sunken", True)
        self.setAccessibleName(title)
        metrics = current_metrics()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(metrics.space_4, metrics.space_4, metrics.space_4, metrics.space_4)
        self.body.setSpacing(metrics.space_3)
        if title:
            self.body.addWidget(label(title, type="strong", name=f"{name}-title"))
        self.fields: dict[str, FormField] = {}
        self._submit = submit
        self._sent: tuple[str | int, ...] = ()
        self._as_opened: tuple[str | int, ...] = ()
        # As long as a second click or Enter is the first one's.
        self._just_sent = QTimer(self)
        self._just_sent.setSingleShot(True)
        self._said = label("", type="error", name=f"{name}-refusal")
        self._said.hide()
        self._override: Field | None = None
        self._begins_in: QWidget | None = None
        self.submit_button = button(submit_text, name=f"{name}-submit", kind="primary", on_click=self.send)
        self.cancel_button: QPushButton = button(
            _("Cancel"), name=f"{name}-cancel", kind="quiet", on_click=self._cancel
        )
        self._foot = QVBoxLayout()
        self._foot.setSpacing(metrics.space_2)
        self._foot.addWidget(self._said)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(metrics.space_2)
        self._buttons.addWidget(self.submit_button)
        self._buttons.addWidget(self.cancel_button)
        self._buttons.addStretch(1)
        self._foot.addLayout(self._buttons)
        self.body.addLayout(self._foot)
        self._opener = QApplication.focusWidget()
        self.setProperty("opened_by", self._opener.objectName() if self._opener is not None else "")
        self.is_part_of_page = is_part_of_page
        # One that stands on its page unasked neither scrolls it nor takes the keyboard.
        self._was_seen = is_part_of_page

    def showEvent(self, event: QShowEvent) -> None:
        """Come into sight once the page has made room."""
        super().showEvent(event)
        if not self._was_seen:
            self._was_seen = True
            self._as_opened = self._written()
            QTimer.singleShot(0, self, self._come_into_sight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send on Ctrl+Enter; on Escape leave, or come to the button that takes away what was written."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier and not event.isAutoRepeat():
            self.send()
        elif event.key() == Qt.Key.Key_Escape and not self.is_part_of_page:
            if self._written() == self._as_opened:
                self._cancel()
            else:
                self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Give the keyboard back to the button that opened the form."""
        super().hideEvent(event)
        focused = QApplication.focusWidget()
        if event.spontaneous() or focused is None or not self.isAncestorOf(focused):
            return
        for opener in self._openers():
            if opener.isVisible() and opener.isEnabled():
                opener.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def _openers(self) -> Iterator[QWidget]:
        """Yield the button that opened the form, and those of its name: it may have been made anew meanwhile."""
        if self._opener is not None and isValid(self._opener):
            yield self._opener
        if name := self.property("opened_by"):
            yield from self.window().findChildren(QWidget, name)

    def _come_into_sight(self) -> None:
        """Scroll to the form, and put the keyboard where it begins, unless that is somewhere in it already."""
        if not self.isVisible():
            return
        focused = self.window().focusWidget()
        first = next((field for field in self.fields.values() if isinstance(field, QWidget)), None)
        begins_in = self._begins_in or first
        # The form itself is of no use to whoever types.
        if begins_in is not None and (focused is None or focused is self or not self.isAncestorOf(focused)):
            begins_in.setFocus(Qt.FocusReason.OtherFocusReason)
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is None or (page := above.widget()) is None:
            return
        # Qt lays out when it is back in its loop; where the form stands must be known now.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        room = current_metrics().space_4
        top = self.mapTo(page, QPoint(0, 0)).y() - room
        needed = top + self.height() + 2 * room - above.viewport().height()
        bar = above.verticalScrollBar()
        # Where not all of it fits, its beginning is what is read first.
        bar.setValue(min(top, max(needed, bar.value())) if top > bar.value() else top)
        typed_in = self.window().focusWidget()
        if first is not None and typed_in is not None and typed_in.visibleRegion().isEmpty():
            # Nobody types where they cannot see it; Enter does in the first field what it does on the button.
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def add_row(self, **fields: QWidget) -> None:
        """Add fields beside each other (below each other where the text is large), by the name refusals call them."""
        across = across_or_down(of_fields=True)
        for name, field in fields.items():
            # Every field of a form complains and advises.
            self.fields[name] = field  # type: ignore[assignment]
            across.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
            if isinstance(field, Field):
                field.submitted.connect(self.send)
        self.body.insertLayout(self.body.count() - 1, across)

    def begin_in(self, field: QWidget) -> None:
        """Have the keyboard in this field when the form opens, where what stands before it is seldom changed."""
        self._begins_in = field

    def add_action(self, action: QPushButton) -> None:
        """Add a button at the right of the form's own."""
        self._buttons.addWidget(action)

    def on_submit(self, submit: Callable[[], object]) -> None:
        """Do this from now on, where it needs fields that are made after the form."""
        self._submit = submit

    def send(self) -> None:
        """Do what the form is for; an unreadable field complains instead."""
        written = self._written()
        if self._just_sent.isActive() and self._sent == written:
            return
        self._sent = written
        # The form may stay where it is, and be sent again.
        self._just_sent.start(QApplication.doubleClickInterval())
        for field in self.fields.values():
            field.advise()
        self._said.hide()
        try:
            self._submit()
        except RuleRefusal as refusal:
            self.refuse(refusal)

    def _written(self) -> tuple[str | int, ...]:
        """Return what is written, chosen and ticked in all fields."""
        return (
            *(line.text() for line in self.findChildren(QLineEdit)),
            *(box.toPlainText() for box in self.findChildren(QPlainTextEdit)),
            *(box.currentIndex() for box in self.findChildren(QComboBox)),
            *(tick.isChecked() for tick in self.findChildren(QAbstractButton)),
        )

    @property
    def override_reason(self) -> str:
        """Return the reason for overriding a rule, empty where none was asked for or given."""
        return "" if self._override is None else self._override.text()

    def refuse(self, problem: Exception) -> None:
        """Tell a refusal beside its field; where the rule can be overridden, ask for the reason."""
        self._just_sent.stop()
        if not isinstance(problem, RuleRefusal):
            raise problem
        sentence = sentence_for(problem)
        said = f"{sentence.title} {sentence.advice}".strip()
        name = str(problem.parameters.get("field", ""))
        if problem.parameters.get("overridable"):
            source = str(problem.parameters.get("source", ""))
            self._ask_for_reason(f"{said} ({document_name(source)})" if source else said)
            return
        field = self.fields.get(name) or self._by_object_name(name)
        if field is None:
            self._said.setText(said)
            self._said.show()
        else:
            field.complain(said)
            if isinstance(field, QWidget):
                field.setFocus()

    def _by_object_name(self, name: str) -> FormField | None:
        for field in self.fields.values():
            if isinstance(field, Field) and field.input.objectName() == name:
                return field
        return None

    def _ask_for_reason(self, said: str) -> None:
        self._said.setText(said)
        self._said.show()
        if self._override is None:
            self._override = Field(_("Why it is right here all the same"), name=f"{self.objectName()}-override")
            self._override.submitted.connect(self.send)
            self._foot.insertWidget(1, self._override)
        self._override.setFocus()

    def _cancel(self) -> None:
        self.cancelled.emit()
        self.hide()
