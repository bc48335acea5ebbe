"""Somebody forgot their passphrase: a recovery code from paper, or a help code that the coordinator reads aloud."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.error_text import Sentence
from app.i18n import _
from app.ui.unlock.passphrase_advice import advise_on, complaint_about
from app.ui.widgets import (
    BusyIndicator,
    Card,
    Field,
    NoticeBar,
    PassphraseField,
    ScrollPage,
    button,
    complain_to_all,
    label,
    tile,
)


class LetInView(QWidget):
    """Asks for the code and for a new passphrase; `let_in` carries both."""

    let_in = Signal(str, str)
    back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("let-in")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        page = ScrollPage(self, name="let-in-page", widest=560, centred=True)
        page.body.addStretch(1)
        card = Card(name="let-in-card")
        card.body.addWidget(tile("key"))
        card.body.addWidget(label(_("Forgotten the passphrase?"), type="title"))
        card.body.addWidget(
            label(
                _(
                    "Use the recovery code that you printed when this laptop was enrolled. If you do not have it, call"
                    " your coordinator: they can read a help code to you. Either works once."
                ),
                type="soft",
            )
        )
        self.notice = NoticeBar(name="let-in-notice")
        card.body.addWidget(self.notice)
        self.code = Field(
            _("Recovery code or help code"), name="let-in-code", placeholder="ABCD-EFGH-JKLM-NPQR-STUV-WXYZ"
        )
        self.passphrase = PassphraseField(_("Choose a new passphrase"), name="let-in-passphrase")
        self.again = PassphraseField(_("The same once more"), name="let-in-again")
        for field in (self.code, self.passphrase, self.again):
            card.body.addWidget(field)
        self.code.submitted.connect(self.passphrase.setFocus)
        self.passphrase.submitted.connect(self.again.setFocus)
        self.passphrase.changed.connect(lambda: advise_on(self.passphrase))
        self.again.submitted.connect(self._go)
        across = QHBoxLayout()
        self.go = button(_("Unlock"), name="let-in-go", kind="primary", shows="lock-key-open", on_click=self._go)
        across.addWidget(self.go)
        across.addWidget(
            button(_("Back"), name="let-in-back", kind="quiet", shows="arrow-left", on_click=self.back.emit)
        )
        across.addStretch(1)
        card.body.addLayout(across)
        page.body.addWidget(card)
        self._busy = BusyIndicator(name="let-in-busy")
        page.body.addWidget(self._busy)
        page.body.addStretch(2)
        whole.addWidget(page)
        self.setFocusProxy(self.code.input)

    def set_busy(self, text: str) -> None:
        """Say that it is being tried; an empty text ends it."""
        self.go.setEnabled(not text)
        if text:
            self._busy.start(text)
        else:
            self._busy.stop()

    def show_problem(self, sentence: Sentence) -> None:
        """Say why it did not open."""
        self.set_busy("")
        self.notice.show_notice("problem", sentence)
        self.code.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go(self) -> None:
        complaints = {
            self.code: "" if self.code.text() else _("Write the code."),
            self.passphrase: complaint_about(self.passphrase.text()),
            self.again: "" if self.again.text() == self.passphrase.text() else _("They are not the same yet."),
        }
        if not complain_to_all(complaints):
            self.let_in.emit(self.code.text(), self.passphrase.text())
