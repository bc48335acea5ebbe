"""What this laptop can be told about its window, and the way to lock it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _, format_percent
from app.settings import IDLE_MINUTES, TEXT_SIZES, DeviceSettings
from app.ui.settings.messages_card import MessagesCard
from app.ui.theme import current_metrics
from app.ui.widgets import Card, Flow, PageHeader, ScrollPage, across_or_down, button, focus_kept, label


class SettingsView(QWidget):
    """Shows the settings and says which one was chosen; each takes effect at once."""

    language_chosen = Signal(str)
    text_size_chosen = Signal(int)
    theme_chosen = Signal(str)
    messages_chosen = Signal(dict)
    lock_now = Signal()
    programmes = Signal()
    idle_chosen = Signal(int)
    open_safety = Signal()

    def __init__(self, settings: DeviceSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings")
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._page: ScrollPage | None = None
        self.show_settings(settings)

    def show_settings(self, settings: DeviceSettings) -> None:
        """Show these settings, in the language and theme in use now."""
        self._settings = settings
        with focus_kept(self):
            self._show_page()

    def _show_page(self) -> None:
        if self._page is not None:
            self._whole.removeWidget(self._page)
            self._page.hide()
            self._page.deleteLater()
        self._page = ScrollPage(self, name="settings-page", widest=760)
        body = self._page.body
        body.addWidget(PageHeader(_("Settings"), _("They belong to this laptop and take effect at once.")))
        body.addWidget(self._appearance())
        body.addWidget(MessagesCard(self._settings, self.messages_chosen))
        body.addWidget(self._server())
        body.addWidget(self._programmes())
        body.addWidget(self._lock())
        body.addStretch(1)
        self._whole.addWidget(self._page)
        self._page.show()

    def rebuild(self) -> None:
        """Say everything in the language and theme in use now."""
        self.show_settings(self._settings)

    def _appearance(self) -> Card:
        card = Card(name="appearance-card")
        now = self._settings
        languages = [("system", _("As the system")), ("da", "Dansk"), ("en", "English")]
        sizes = [(size, format_percent(size / 100)) for size in TEXT_SIZES]
        themes = [("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))]
        card.body.addWidget(_Choice(_("Language"), "language", languages, now.language, self.language_chosen))
        card.body.addWidget(_Choice(_("Text size"), "text-size", sizes, now.text_size, self.text_size_chosen))
        card.body.addWidget(_Choice(_("Theme"), "theme", themes, now.theme, self.theme_chosen))
        return card

    def _programmes(self) -> Card:
        card = Card(name="programmes-card")
        card.body.addWidget(label(_("Programmes and days off"), type="heading"))
        card.body.addWidget(
            label(_("Deadlines, numbers and definitions, each with its document. They belong to the cooperation."))
        )
        across = QHBoxLayout()
        across.addWidget(
            button(_("See the programmes"), name="see-programmes", shows="books", on_click=self.programmes.emit)
        )
        across.addStretch(1)
        card.body.addLayout(across)
        return card

    def _server(self) -> Card:
        card = Card(name="server-card")
        card.body.addWidget(label(_("Server"), type="heading"))
        address = self._settings.server_url or _("This laptop is not enrolled at any server.")
        card.body.addWidget(label(address, name="server-shown"))
        card.body.addWidget(label(_("The address is set when a laptop is enrolled."), type="caption"))
        return card

    def _lock(self) -> Card:
        card = Card(name="lock-card")
        card.body.addWidget(label(_("Lock"), type="heading"))
        card.body.addWidget(label(_("Everything is already saved. Your passphrase opens it again."), type="soft"))
        minutes = [(minutes, _("{n} min").format(n=minutes)) for minutes in IDLE_MINUTES]
        card.body.addWidget(
            _Choice(
                _("Lock by itself when nobody has touched it for"),
                "idle",
                minutes,
                self._settings.idle_minutes,
                self.idle_chosen,
            )
        )
        across = across_or_down()
        across.addWidget(button(_("Lock now"), name="lock-now", shows="lock-key", on_click=self.lock_now.emit))
        across.addWidget(
            button(
                _("Passphrases, backups and key"),
                name="open-safety",
                shows="shield-check",
                on_click=self.open_safety.emit,
                gives_way=True,
            )
        )
        across.addStretch(1)
        card.body.addLayout(across)
        return card


class _Choice(QWidget):
    """One setting: its name above a row of buttons of which one is down."""

    def __init__(
        self, title: str, name: str, offers: Sequence[tuple[object, str]], now: object, chosen: SignalInstance
    ) -> None:
        super().__init__()
        metrics = current_metrics()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(metrics.space_2)
        column.addWidget(label(title, type="strong"))
        across = Flow(gap=metrics.space_2)
        self._group = QButtonGroup(self)
        for value, text in offers:
            made = button(text, name=f"{name}-{value}", on_click=partial(chosen.emit, value))
            made.setAccessibleName(f"{title}: {text}")
            made.setCheckable(True)
            made.setChecked(value == now)
            self._group.addButton(made)
            across.addWidget(made)
        column.addLayout(across)
