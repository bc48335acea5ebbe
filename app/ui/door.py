"""The door of the window: a screen saves, prints and copies through it, and what leaves is in the access log first.

Everything happens beside the window, and drawing in a process of its own. Printing tells how far it is, can be stopped,
and stops when the program locks.
"""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMarginsF, QObject, QRectF, QSizeF, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QWidget

from app.documents.preview import PagePicture, PageSizes, page_picture
from app.domain.access_chain import Action
from app.errors import KnownProblem, StoppedError
from app.services.let_out import Leaving, note_leaving, write_out
from app.ui.desk import Desk

PRINT_SCALE: Final = 300 / 72
ENVELOPES: Final = "Pusterum (*.envelope)"
_ENDING: Final = re.compile(r"\*(\.\w+)")
"""In the words of a file dialog: "PDF (*.pdf);;JSON (*.json)"."""


class Door(QObject):
    """What one screen lets out; `told` says (done, of) while it prints."""

    told = Signal(int, int)

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._window = parent
        self._is_printing = self._is_stopped = False

    @property
    def is_printing(self) -> bool:
        """Return whether something is being printed."""
        return self._is_printing

    def ask_where(self, title: str, suggested: str, kinds: str) -> Path | None:
        """Ask where to save; None where nobody wants to."""
        return ask_where(self._window, title, suggested, kinds)

    def save(
        self,
        path: Path,
        content: Callable[[], bytes],
        leaving: Leaving,
        *,
        on_done: Callable[[], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """Write a file; `content` is made beside the window. StoppedError comes to `on_error`, and no file is left."""
        self._is_stopped = False

        def write() -> None:
            made = content()
            if self._is_stopped or self._desk.is_closed:
                raise StoppedError
            write_out(path, made)

        self._note(
            leaving,
            Action.EXPORT,
            lambda: self._desk.beside(write, on_done=lambda _done: on_done(), on_error=on_error),
            on_error,
        )

    def copy(self, text: str, leaving: Leaving, *, on_done: Callable[[], object]) -> None:
        """Put text on the clipboard, where every program can read it until the next lock."""

        def put() -> None:
            QGuiApplication.clipboard().setText(text)
            on_done()

        self._note(leaving, Action.EXPORT, put, self._desk.failed.emit)

    def ask_for_printer(self, sizes: PageSizes) -> QPrinter | None:
        """Ask for a printer, set to the first page's size; None where nobody wants to print."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dress_printer(printer, sizes)
        accepted = QPrintDialog(printer, self._window).exec() == QPrintDialog.DialogCode.Accepted
        return printer if accepted else None

    def print_on(
        self,
        printer: QPrinter,
        pdf: bytes,
        sizes: PageSizes,
        leaving: Leaving,
        *,
        on_done: Callable[[], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """Print the very PDF, each page in its own size; `on_done` comes where it was stopped too."""
        if self._is_printing:
            return
        self._is_printing, self._is_stopped = True, False

        def ended(_done: object = None) -> None:
            self._is_printing = False
            on_done()

        def failed(problem: Exception) -> None:
            self._is_printing = False
            if isinstance(problem, StoppedError):
                on_done()
            else:
                on_error(problem)

        def paint() -> None:
            self._paint(printer, pdf, sizes)

        self._note(leaving, Action.PRINT, lambda: self._desk.beside(paint, on_done=ended, on_error=failed), failed)

    def stop(self) -> None:
        """Print no further page, and write no file."""
        self._is_stopped = True

    def _note(
        self, leaving: Leaving, action: Action, then: Callable[[], object], on_error: Callable[[Exception], object]
    ) -> None:
        self._desk.note(
            lambda work: note_leaving(leaving, action, work=work), on_done=lambda _done: then(), on_error=on_error
        )

    def _paint(self, printer: QPrinter, pdf: bytes, sizes: PageSizes) -> None:
        """Paint page after page; runs on a worker."""
        of = len(sizes.pages)
        painter = QPainter()
        try:
            for number in range(of):
                if self._is_stopped or self._desk.is_closed:
                    raise StoppedError
                picture = image_of(self._desk.papers.do(partial(page_picture, pdf, number, PRINT_SCALE)))
                dress_printer(printer, sizes, number)
                # A printer that was taken away, or a file to print to that cannot be.
                if not (printer.newPage() if number else painter.begin(printer)):
                    raise KnownProblem("not-printed")
                paper = printer.pageRect(QPrinter.Unit.DevicePixel)
                painter.drawImage(QRectF(0, 0, paper.width(), paper.height()), picture)
                if not self._desk.is_closed:
                    self.told.emit(number + 1, of)
        finally:
            if painter.isActive():
                painter.end()


def ask_where(window: QWidget, title: str, suggested: str, kinds: str) -> Path | None:
    """Ask where to save a file of one of the kinds; its name gets the chosen kind's ending where it has none of theirs.

    Not every system's dialog adds it. Where a file of the whole name is there, the dialog opens once more with it: only
    the dialog asks whether to replace one.
    """
    while True:
        path, kind = QFileDialog.getSaveFileName(window, title, suggested, kinds)
        if not path:
            return None
        whole = Path(path)
        endings = _ENDING.findall(kind) or _ENDING.findall(kinds)
        if not endings or whole.name.lower().endswith(tuple(_ENDING.findall(kinds))):
            return whole
        whole = whole.with_name(whole.name + endings[0])
        if not whole.exists():
            return whole
        suggested = str(whole)


def dress_printer(printer: QPrinter, sizes: PageSizes, page: int = 0) -> None:
    """Give a printer the size and the way of a page."""
    width, height = sizes.pages[page]
    across = width > height
    size = QSizeF(height, width) if across else QSizeF(width, height)
    printer.setPageSize(QPageSize(size, QPageSize.Unit.Point, matchPolicy=QPageSize.SizeMatchPolicy.FuzzyMatch))
    way = QPageLayout.Orientation.Landscape if across else QPageLayout.Orientation.Portrait
    printer.setPageOrientation(way)
    printer.setFullPage(True)
    printer.setPageMargins(QMarginsF(0, 0, 0, 0))


def image_of(picture: PagePicture) -> QImage:
    """Return a page as Qt paints it."""
    return QImage(picture.rgba, picture.width, picture.height, picture.width * 4, QImage.Format.Format_RGBA8888).copy()
