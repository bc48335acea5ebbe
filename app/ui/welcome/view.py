"""The first screen: look around with invented people, or enrol this laptop."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.companion_server import DEMO_PASSPHRASE
from app.error_text import Sentence
from app.i18n import _, use_language
from app.ui.theme import current_metrics, icon
from app.ui.welcome.choice_card import ChoiceCard
from app.ui.welcome.enrol_form import EnrolForm
from app.ui.welcome.language_switch import LanguageSwitch
from app.ui.widgets import BusyIndicator, NoticeBar, ScrollPage, across_or_down, label


class WelcomeView(QWidget):
    """Two ways in; it asks and shows, and leaves the doing to whoever listens."""

    try_invented = Signal(str)
    enrol = Signal(str, str, str)
    language_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._page: ScrollPage | None = None
        self._had_keyboard: QWidget | None = None
        self._build()

    def rebuild(self) -> None:
        """Say everything in the language and theme in use now."""
        on_form, before = self.form.isVisibleTo(self), self.form
        self._build()
        self.form.take_over(before)
        if on_form:
            self._show_form()

    def set_busy(self, text: str) -> None:
        """Say what is under way and take no input meanwhile; an empty text ends it."""
        if text:
            # Qt takes the keyboard from what takes no input.
            self._had_keyboard = self.focusWidget()
        self._choices.setEnabled(not text)
        self.form.setEnabled(not text)
        self._languages.setEnabled(not text)
        if text:
            self.notice.hide()
            self._busy.start(text)
        else:
            self._busy.stop()

    def show_problem(self, sentence: Sentence) -> None:
        """Say what went wrong; the form keeps what was written and the keyboard, so that Enter tries again."""
        self.set_busy("")
        if self._had_keyboard is not None and self.isAncestorOf(self._had_keyboard):
            self._had_keyboard.setFocus(Qt.FocusReason.OtherFocusReason)
        self.notice.show_notice("problem", sentence)
        if self._page is not None:
            self._page.ensureWidgetVisible(self.notice)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin at the first way in, not at the languages above it."""
        super().showEvent(event)
        if not self.form.isVisibleTo(self):
            self.invented.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        if self._page is not None:
            self._whole.removeWidget(self._page)
            self._page.hide()
            self._page.deleteLater()
        self._had_keyboard = None
        self._page = ScrollPage(self, name="welcome-page", widest=860, centred=True)
        body = self._page.body
        self._languages = LanguageSwitch()
        self._languages.chosen.connect(self._speak)
        top = QHBoxLayout()
        top.addLayout(_brand())
        top.addStretch(1)
        top.addWidget(self._languages)
        body.addLayout(top)
        self.notice = NoticeBar(name="welcome-notice")
        body.addWidget(self.notice)
        body.addStretch(1)
        self._choices = self._offer_ways()
        body.addWidget(self._choices)
        self.form = EnrolForm()
        self.form.enrol.connect(self.enrol)
        self.form.back.connect(self._show_choices)
        self.form.hide()
        body.addWidget(self.form)
        self._busy = BusyIndicator(name="welcome-busy")
        body.addWidget(self._busy)
        body.addStretch(2)
        self._whole.addWidget(self._page)
        self._page.show()

    def _offer_ways(self) -> QWidget:
        metrics = current_metrics()
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(metrics.space_3)
        column.addWidget(label(_("Room to breathe, also for the one who helps."), type="display"))
        column.addWidget(
            label(
                _("Record at the table, without a network. Send when the day is over. How will you begin?"), type="lead"
            )
        )
        column.addSpacing(metrics.space_3)
        self.invented = ChoiceCard(
            "leaf",
            _("Try with invented data"),
            _("Look around with invented people and places. Nothing leaves this laptop, and nothing can go wrong."),
            name="try-invented",
        )
        self.enrolling = ChoiceCard(
            "laptop",
            _("Enrol this laptop"),
            _("You have a server address and a one-time code from your coordinator, and want to begin for real."),
            name="choose-enrol",
            tone="amber",
        )
        ways = across_or_down()
        ways.addWidget(self.invented, 1)
        ways.addWidget(self.enrolling, 1)
        column.addLayout(ways)
        self.invented.clicked.connect(lambda: self.try_invented.emit(DEMO_PASSPHRASE))
        self.enrolling.clicked.connect(self._show_form)
        return made

    def _show_form(self) -> None:
        self._choices.hide()
        self.form.show()
        self.form.server.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_choices(self) -> None:
        self.notice.hide()
        self.form.hide()
        self._choices.show()
        self.enrolling.setFocus(Qt.FocusReason.OtherFocusReason)

    def _speak(self, code: str) -> None:
        use_language(code)
        self.rebuild()
        self.language_chosen.emit(code)


def _brand() -> QHBoxLayout:
    metrics = current_metrics()
    across = QHBoxLayout()
    across.setSpacing(metrics.space_2)
    mark = QLabel()
    size = QSize(metrics.title, metrics.title)
    mark.setPixmap(icon("wind", colour="accent").pixmap(size, mark.devicePixelRatioF()))
    across.addWidget(mark)
    across.addWidget(label("Pusterum", type="heading", wrap=False))
    return across
