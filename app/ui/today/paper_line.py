"""One line of the list of tasks, for all papers of a kind."""

from collections.abc import Callable

from app.domain.tasks import Kind
from app.i18n import _
from app.ui.contact.words import kind_word
from app.ui.widgets import Badge, PagePart, button, label, short_row


class PaperLine(PagePart):
    """One kind of paper: how many wait, and the way to their names."""

    def __init__(self) -> None:
        super().__init__()
        self._toggle: Callable[[], object] | None = None
        across = short_row()
        across.setContentsMargins(0, 0, 0, 0)
        self.setLayout(across)
        self._words, self._counted = label("", type="strong"), Badge("")
        self._names = button("", name="paper", kind="quiet", on_click=lambda: self._toggle() if self._toggle else None)
        across.addWidget(self._words, 1)
        across.addWidget(self._counted)
        across.addWidget(self._names)

    def show_kind(self, kind: Kind, count: int, *, key: str, is_open: bool, toggle: Callable[[], object]) -> None:
        """Be about this kind."""
        self._toggle = toggle
        self._words.setText(kind_word(kind))
        self._counted.setText(str(count))
        self._names.setObjectName(key)
        self._names.setText(_("Hide") if is_open else _("Show"))
        self._names.setAccessibleName(f"{self._names.text()}: {kind_word(kind)}")
