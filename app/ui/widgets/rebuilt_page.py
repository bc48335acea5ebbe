"""A screen whose page is built anew from what was read, without a jump and without taking a form away."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.theme import current_metrics
from app.ui.widgets.surfaces import ScrollPage, focus_kept


class RebuiltPage(QWidget):
    """Holds one scrolling page; `show_page` puts another in its place and stays where one had scrolled to."""

    def __init__(self, parent: QWidget | None = None, *, name: str, letters_wide: int = 66) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._letters_wide = letters_wide
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._page: ScrollPage | None = None

    def new_page(self) -> ScrollPage:
        """Return an empty page to fill and show."""
        return ScrollPage(self, name=f"{self.objectName()}-page", widest=current_metrics().body * self._letters_wide)

    def show_page(self, page: ScrollPage) -> None:
        """Show a filled page in place of the one before."""
        page.body.addStretch(1)
        before = self._page
        where = before.verticalScrollBar().value() if before is not None else 0
        with focus_kept(self):
            if before is not None:
                self._whole.removeWidget(before)
                before.hide()
                before.deleteLater()
            self._page = page
            self._whole.addWidget(page)
        page.widget().layout().activate()  # type: ignore[union-attr]
        page.verticalScrollBar().setValue(where)
