"""Danish or English, each named in its own language."""

from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from app.i18n import language
from app.ui.theme import current_metrics
from app.ui.widgets import button

NAMES: Final = {"da": "Dansk", "en": "English"}


class LanguageSwitch(QWidget):
    """Two buttons of which one is down."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("language-switch")
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(current_metrics().space_1)
        self._group = QButtonGroup(self)
        for code, name in NAMES.items():
            made = button(name, name=f"language-{code}", kind="quiet", on_click=partial(self._choose, code))
            made.setCheckable(True)
            made.setChecked(code == language())
            self._group.addButton(made)
            across.addWidget(made)

    def _choose(self, code: str) -> None:
        if code != language():
            self.chosen.emit(code)
