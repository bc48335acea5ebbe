"""What is copied here stays out of the histories that systems keep, and goes when it locks or ends."""

from typing import Final

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtGui import QClipboard, QGuiApplication

_SECRET: Final = {
    "x-kde-passwordManagerHint": b"secret",
    "ExcludeClipboardContentFromMonitorProcessing": b"1",
    "application/x-nspasteboard-concealed-type": b"1",
}
"""By what Klipper, Windows and programs on macOS know what they shall not keep; password managers say the same."""


class Copied(QObject):
    """Marks whatever is copied, by a button or by Ctrl+C in a field, as nothing to be kept."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._clipboard = QGuiApplication.clipboard()
        self._clipboard.dataChanged.connect(self._mark)

    def empty(self) -> None:
        """Empty it, and what was marked and is pasted with the middle button: not every system says whose it is."""
        for mode in QClipboard.Mode:
            self._clipboard.clear(mode)

    def _mark(self) -> None:
        copied = self._clipboard.mimeData()
        if not self._clipboard.ownsClipboard() or not copied.hasText() or copied.hasFormat(next(iter(_SECRET))):
            return
        marked = QMimeData()
        marked.setText(copied.text())
        for name, value in _SECRET.items():
            marked.setData(name, value)
        self._clipboard.setMimeData(marked)
