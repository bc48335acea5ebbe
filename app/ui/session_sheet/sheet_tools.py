"""The buttons over the sheet: what is done with everybody at once, each with its key."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton

from app.i18n import _
from app.ui.theme import current_metrics
from app.ui.widgets import Flow, button, is_large_text, is_narrow, label, tip

EVERYONE_KEY = "F5"
WALK_IN_KEY = "F6"
HAND_OUT_KEY = "F7"
CLOSE_KEY = "Ctrl+Return"


class SheetTools(QHBoxLayout):
    """A row of buttons, and how many came; where the text is large a button says its key alone."""

    everyone_came = Signal()
    somebody_new = Signal()
    everyone_handed_out = Signal()
    closing = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(current_metrics().space_3)
        across = Flow(gap=current_metrics().space_2)
        self._everyone = _tool(
            _("Everyone ({key})"),
            EVERYONE_KEY,
            name="everyone-present",
            shows="users-three",
            act=self.everyone_came.emit,
        )
        self._somebody = _tool(
            _("Somebody new ({key})"), WALK_IN_KEY, name="walk-in", shows="user-plus", act=self.somebody_new.emit
        )
        self._hand_out = _tool(
            _("Hand out ({key})"),
            HAND_OUT_KEY,
            name="everyone-handed-out",
            shows="hand-palm",
            act=self.everyone_handed_out.emit,
        )
        self._hand_out.setToolTip(_("Hand out what is due to everybody who came"))
        self._close = button(
            _("Close") if is_narrow() else _("Close the session"),
            name="close-session",
            kind="primary",
            shows="" if is_large_text() else "check",
            on_click=self.closing.emit,
        )
        self._close.setAccessibleName(_("Close the session"))
        self._close.setToolTip("Ctrl+Enter")
        across.addWidget(self._everyone)
        across.addWidget(self._somebody)
        across.addWidget(self._hand_out)
        self._count = label("", type="soft", wrap=False, name="sheet-count")
        self._count.setMinimumHeight(current_metrics().control)
        across.addWidget(self._count)
        if is_large_text():
            self._count.hide()
        self.addLayout(across, 1)
        self.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)

    def offer(self, *, hands_out: bool) -> None:
        """Show the buttons, the one that hands out where the programme does."""
        for tool in (self._everyone, self._somebody, self._close):
            tool.show()
        self._hand_out.setVisible(hands_out)

    def put_away(self) -> None:
        """Hide the buttons, on a closed session and where there is no room for them."""
        for tool in (self._everyone, self._somebody, self._hand_out, self._close):
            tool.hide()

    def show_count(self, came: int, *, of: int) -> None:
        """Say how many of all came."""
        self._count.setText(_("{came} of {all} came").format(came=came, all=of))


def _tool(words: str, key: str, *, name: str, shows: str, act: Callable[[], object]) -> QPushButton:
    """Return a button of the sheet that says its key; where the text is large the key and the icon are enough."""
    full = words.format(key=key)
    made = button(key if is_large_text() else full, name=name, shows=shows, on_click=act)
    made.setAccessibleName(full)
    if is_large_text():
        made.setToolTip(tip(full))
    return made
