"""Server address, one-time code and a passphrase of one's own, with advice while one types."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _
from app.security.passphrase import SHORTEST_PASSPHRASE
from app.ui.theme import current_metrics
from app.ui.unlock.passphrase_advice import advise_on, complaint_about
from app.ui.widgets import Field, PassphraseField, button, complain_to_all, label


class EnrolForm(QWidget):
    """Asks for what an enrolment needs; says what is missing beside each field, and only when asked to go on."""

    enrol = Signal(str, str, str)
    back = Signal()

    def __init__(self, *, server_url: str = "") -> None:
        super().__init__()
        self.setObjectName("enrol-form")
        metrics = current_metrics()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(metrics.space_3)
        column.addWidget(label(_("Enrol this laptop"), type="title"))
        column.addWidget(label(_("Your coordinator gave you a server address and a one-time code."), type="soft"))
        column.addSpacing(metrics.space_2)
        self.setMaximumWidth(max(600, metrics.body * 36))
        self.server = Field(_("Server address"), name="server-url", placeholder="https://pusterum.example.dk")
        self.server.input.setText(server_url)
        self.code = Field(_("One-time code"), name="one-time-code", advice=_("It can be used once, on this laptop."))
        self.passphrase = PassphraseField(_("Choose a passphrase"), name="passphrase", advice=_passphrase_advice())
        self.again = PassphraseField(_("The same once more"), name="passphrase-again")
        for field in self._fields():
            column.addWidget(field)
        column.addWidget(
            label(
                _("Nobody can look it up: without it, nobody reads what is on this laptop."),
                type="caption",
            )
        )
        column.addSpacing(metrics.space_2)
        self.go = button(_("Enrol this laptop"), name="enrol", kind="primary", on_click=self._go)
        self.go_back = button(_("Back"), name="back", kind="quiet", shows="arrow-left", on_click=self.back.emit)
        across = QHBoxLayout()
        across.addWidget(self.go)
        across.addWidget(self.go_back)
        across.addStretch(1)
        column.addLayout(across)
        self.passphrase.changed.connect(self._advise)
        self.again.changed.connect(self._advise)
        self.server.submitted.connect(self.code.setFocus)
        self.code.submitted.connect(self.passphrase.setFocus)
        self.passphrase.submitted.connect(self.again.setFocus)
        self.again.submitted.connect(self._go)
        self.setFocusProxy(self.server)

    def take_over(self, other: "EnrolForm") -> None:
        """Keep what was written in the form that this one replaces."""
        for mine, theirs in zip(self._fields(), other._fields(), strict=True):
            mine.input.setText(theirs.input.text())

    def _fields(self) -> tuple[Field, ...]:
        return (self.server, self.code, self.passphrase, self.again)

    def _advise(self) -> None:
        written, again = self.passphrase.text(), self.again.text()
        advise_on(self.passphrase)
        if again and again == written:
            self.again.advise(_("They are the same."))
        elif again and not written.startswith(again):
            self.again.complain(_("They are not the same yet."))
        else:
            self.again.advise()

    def _go(self) -> None:
        complaints = {
            self.server: "" if self.server.text() else _("Write the address of the server."),
            self.code: "" if self.code.text() else _("Write the code you were given."),
            self.passphrase: complaint_about(self.passphrase.text()),
            self.again: "" if self.again.text() == self.passphrase.text() else _("They are not the same yet."),
        }
        if not complain_to_all(complaints):
            self.enrol.emit(_in_full(self.server.text()), self.code.text(), self.passphrase.text())


def _in_full(address: str) -> str:
    """Return an address as a server is asked at it: people say it, and write it down, without its beginning."""
    return address if "://" in address else f"https://{address}"


def _passphrase_advice() -> str:
    return _("At least {shortest} characters. Three or four ordinary words are easy to remember.").format(
        shortest=SHORTEST_PASSPHRASE
    )
