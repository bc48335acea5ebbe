"""Input fields with the question above and advice or complaint below."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout

from app.i18n import _
from app.ui.theme import current_metrics
from app.ui.widgets.buttons import IconButton
from app.ui.widgets.flowing import Asking
from app.ui.widgets.labels import label
from app.ui.widgets.surfaces import set_property


class _Line(QLineEdit):
    """A line in which Enter held down is pressed once."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the Enter that repeats itself alone."""
        if not (event.isAutoRepeat() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)):
            super().keyPressEvent(event)


class Field(Asking):
    """A question, its line of input, and a line below that advises or complains; the line is always there."""

    changed = Signal(str)
    submitted = Signal()

    def __init__(self, question: str, *, name: str, advice: str = "", placeholder: str = "") -> None:
        super().__init__()
        self._advice = advice
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_1)
        self.asked = label(question, type="strong", name=f"{name}-question")
        self.input = _Line(self)
        self.input.setObjectName(name)
        self.input.setMinimumWidth(current_metrics().body * 9)
        self.input.setAccessibleName(question)
        self.input.setAccessibleDescription(advice)
        self.input.setPlaceholderText(placeholder)
        self.asked.setBuddy(self.input)
        self._below = label(advice or " ", type="caption", name=f"{name}-advice")
        column.addWidget(self.asked)
        self.line = QHBoxLayout()
        self.line.setSpacing(current_metrics().space_2)
        self.line.addWidget(self.input, 1)
        column.addLayout(self.line)
        column.addWidget(self._below)
        self.input.textChanged.connect(self.changed)
        self.input.returnPressed.connect(self.submitted)
        self.setFocusProxy(self.input)

    def text(self) -> str:
        """Return what was written, without blanks around it."""
        return self.input.text().strip()

    def complain(self, sentence: str) -> None:
        """Say what is wrong with the input."""
        self._say(sentence, "error", wrong=True)

    def advise(self, sentence: str = "") -> None:
        """Say something helpful, or the field's usual advice."""
        self._say(sentence or self._advice, "caption", wrong=False)

    def _say(self, sentence: str, kind: str, *, wrong: bool) -> None:
        self._below.setText(sentence or " ")
        set_property(self._below, "type", kind)
        set_property(self.input, "wrong", wrong)
        self.input.setAccessibleDescription(sentence)


def complain_to_all(complaints: Mapping[Field, str]) -> bool:
    """Say what is wrong with each field, nothing where nothing is, and go to the first of them; return if any is."""
    wrong = [field for field, sentence in complaints.items() if sentence]
    for field in wrong:
        field.complain(complaints[field])
    if wrong:
        wrong[0].input.setFocus()
    return bool(wrong)


class PassphraseField(Field):
    """A passphrase, hidden until its eye is pressed; blanks around it belong to it."""

    def __init__(self, question: str, *, name: str, advice: str = "") -> None:
        super().__init__(question, name=name, advice=advice)
        self.input.setEchoMode(QLineEdit.EchoMode.Password)
        self._eye = IconButton("eye", "", name=f"{name}-reveal")
        self._say_what_the_eye_does()
        self._eye.clicked.connect(lambda: self.reveal(hidden_now=self.is_hidden_text()))
        self.line.addWidget(self._eye)

    def text(self) -> str:
        """Return what was written, to the letter."""
        return self.input.text()

    def is_hidden_text(self) -> bool:
        """Return whether the passphrase is shown as dots."""
        return self.input.echoMode() is QLineEdit.EchoMode.Password

    def reveal(self, *, hidden_now: bool = True) -> None:
        """Show the passphrase where it is hidden now, and hide it otherwise."""
        mode = QLineEdit.EchoMode.Normal if hidden_now else QLineEdit.EchoMode.Password
        self.input.setEchoMode(mode)
        self._say_what_the_eye_does()

    def _say_what_the_eye_does(self) -> None:
        is_hidden = self.is_hidden_text()
        text = _("Show the passphrase") if is_hidden else _("Hide the passphrase")
        # There may be another such field beside it.
        self._eye.show_as("eye" if is_hidden else "eye-slash", text, about=self.input.accessibleName())
