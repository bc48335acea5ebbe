"""A letter's text as its writer saw it: lines, bold, italic, underline, fixed width; as tall as it is long."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QSizePolicy, QTextEdit, QWidget

from app.exchange.medcom.letter import Style


class WrittenText(QTextEdit):
    """Shows text that can be selected and copied but not changed, without a scroll bar of its own."""

    def __init__(
        self, text: str, styles: Sequence[Style] = (), *, name: str, spoken: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setReadOnly(True)
        self.setProperty("written", True)
        self.setAcceptDrops(False)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setPlainText(text)
        positions = _utf16_positions(text)
        for style in styles:
            self._set(style.kind, positions(style.start), positions(style.end))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Grow with the text when the lines become shorter."""
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        """Return the height that the text needs at this width."""
        return QSize(super().sizeHint().width(), self.height())

    def _fit(self) -> None:
        margins = self.contentsMargins()
        height = round(self.document().size().height()) + margins.top() + margins.bottom() + 2
        if height != self.height():
            self.setFixedHeight(height)

    def _set(self, kind: str, start: int, end: int) -> None:
        cursor = QTextCursor(self.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        if kind in ("center", "right"):
            block = QTextBlockFormat()
            block.setAlignment(Qt.AlignmentFlag.AlignHCenter if kind == "center" else Qt.AlignmentFlag.AlignRight)
            cursor.mergeBlockFormat(block)
            return
        shape = QTextCharFormat()
        if kind == "bold":
            shape.setFontWeight(QFont.Weight.Bold)
        elif kind == "italic":
            shape.setFontItalic(True)
        elif kind == "underline":
            shape.setFontUnderline(True)
        elif kind == "fixed":
            shape.setFontFamilies([QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()])
        cursor.mergeCharFormat(shape)


class _utf16_positions:  # noqa: N801 - used as a function
    """Qt counts UTF-16 units; a letter with signs beyond the first plane would otherwise be styled beside its place."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_plain = all(sign <= "\uffff" for sign in text)

    def __call__(self, position: int) -> int:
        return position if self._is_plain else len(self._text[:position].encode("utf-16-le", "surrogatepass")) // 2
