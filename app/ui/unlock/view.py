"""One passphrase between the day's work and whoever finds the laptop."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.error_text import Sentence
from app.i18n import _, ngettext
from app.ui.widgets import BusyIndicator, Card, NoticeBar, PassphraseField, ScrollPage, button, label, tile


class UnlockView(QWidget):
    """Asks for the passphrase; Enter unlocks."""

    unlock = Signal(str)
    forgotten = Signal()
    recover = Signal(str)
    envelope_wanted = Signal(object)
    """The file in which the person at the laptop wants the sealed envelope with what was not sent."""

    def __init__(self, *, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unlock")
        self._hint = hint
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._page: ScrollPage | None = None
        self._build()

    def rebuild(self) -> None:
        """Say everything in the language and theme in use now; what was typed is forgotten."""
        self._build()

    def set_busy(self, text: str) -> None:
        """Say that it is being unlocked and take no input meanwhile; an empty text ends it."""
        self.passphrase.setEnabled(not text)
        self.go.setEnabled(not text)
        if text:
            self._busy.start(text)
        else:
            self._busy.stop()

    def show_problem(self, sentence: Sentence) -> None:
        """Say why it did not open, and let the person type over what was written."""
        self.set_busy("")
        self.notice.show_notice("problem", sentence)
        self.passphrase.input.setFocus(Qt.FocusReason.OtherFocusReason)
        self.passphrase.input.selectAll()

    def offer_recovery(self, sentence: Sentence) -> None:
        """Say that the records are damaged, and offer to bring the newest good state back."""
        self.set_busy("")
        self.notice.show_notice(
            "problem",
            sentence,
            action=_("Bring the newest good state back"),
            on_action=self._bring_back,
        )

    def offer_envelope(self) -> None:
        """Say that what was not sent lies in a sealed envelope, and offer it to whoever is at the laptop."""
        self.envelope.show_notice(
            "info",
            Sentence(
                _("What was not sent lies in a sealed envelope."),
                _("Nobody but the server can read it, and nothing is lost when it is delivered."),
                _("Save it on a stick or a shared drive, and give it to a colleague: “Take an envelope along”."),
            ),
            action=_("Save the envelope …"),
            on_action=self._ask_where,
            dismissible=False,
        )

    def tell_saved(self, names: Sequence[str]) -> None:
        """Say that the envelope is saved, or the envelopes are, and what to do with them."""
        saved = ngettext(
            "Saved as {file}. Give it to a colleague or to your coordinator.",
            "Saved as {file}. Give all {n} to a colleague or to your coordinator.",
            len(names),
        )
        self.envelope.show_notice(
            "success",
            saved.format(file=", ".join(names), n=len(names)),
            action=_("Save the envelope …"),
            on_action=self._ask_where,
            dismissible=False,
        )

    def clear(self) -> None:
        """Forget what was typed and said, as when the laptop is locked again."""
        self.set_busy("")
        self.notice.hide()
        self.passphrase.input.clear()
        self.passphrase.reveal(hidden_now=False)
        self.passphrase.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        if self._page is not None:
            self._whole.removeWidget(self._page)
            self._page.hide()
            self._page.deleteLater()
        self._page = ScrollPage(self, name="unlock-page", widest=520, centred=True)
        body = self._page.body
        body.addStretch(1)
        card = Card(name="unlock-card")
        card.body.addWidget(tile("lock-key"))
        card.body.addWidget(label(_("Welcome back"), type="title"))
        card.body.addWidget(label(_("Your passphrase opens the records on this laptop."), type="soft"))
        self.notice = NoticeBar(name="unlock-notice")
        card.body.addWidget(self.notice)
        self.envelope = NoticeBar(name="unlock-envelope")
        card.body.addWidget(self.envelope)
        self.passphrase = PassphraseField(_("Passphrase"), name="unlock-passphrase", advice=self._hint)
        self.passphrase.submitted.connect(self._go)
        card.body.addWidget(self.passphrase)
        self.go = button(_("Unlock"), name="unlock-go", kind="primary", shows="lock-key-open", on_click=self._go)
        card.body.addWidget(self.go)
        card.body.addWidget(
            button(_("Forgotten the passphrase?"), name="unlock-forgotten", kind="quiet", on_click=self.forgotten.emit)
        )
        self._busy = BusyIndicator(name="unlock-busy")
        body.addWidget(card)
        body.addWidget(self._busy)
        body.addStretch(2)
        self._whole.addWidget(self._page)
        self._page.show()
        self.setFocusProxy(self.passphrase.input)

    def _ask_where(self) -> None:
        from app.ui.door import ENVELOPES, ask_where  # noqa: PLC0415 - seldom done

        path = ask_where(self, _("Save the envelope …"), "pusterum.envelope", ENVELOPES)
        if path is not None:
            self.envelope_wanted.emit(path)

    def _bring_back(self) -> None:
        if self.passphrase.text():
            self.recover.emit(self.passphrase.text())
        else:
            self.passphrase.complain(_("Write your passphrase."))

    def _go(self) -> None:
        if self.passphrase.text():
            self.unlock.emit(self.passphrase.text())
        else:
            self.passphrase.complain(_("Write your passphrase."))
