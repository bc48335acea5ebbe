"""One PDF on the screen, a page at a time; printing and saving take the same bytes that are shown.

Papers and their pages are drawn in a process of their own: a page that is ready later than another was asked for is not
shown.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QPixmap, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.documents.preview import PagePicture, PageSizes, first_page, page_within
from app.documents.readiness import ready_to_draw
from app.error_text import sentence_for
from app.errors import AppError, KnownProblem, StoppedError
from app.i18n import _
from app.services.let_out import Leaving
from app.ui.desk import Desk
from app.ui.door import Door, image_of
from app.ui.theme import current_metrics
from app.ui.widgets import (
    BusyIndicator,
    Flow,
    IconButton,
    NoticeBar,
    PageHeader,
    across_or_down,
    button,
    is_large_text,
    label,
)

RESIZED_MS: Final = 200
"""A page is drawn anew when the window was not resized for so long; until then its picture is stretched."""
_READABLE: Final = 80
"""A page of this many letters' height across is read with ease, upright or across; wider, one would lose the line."""
_TALLEST: Final = 20_000
_Paper = TypeVar("_Paper")


class PdfPreview(QWidget):
    """Shows one PDF; `name` begins the names of its parts. Page Up and Page Down turn the pages, Escape goes back.

    A page is shown whole, or so large that it can be read: that at once where the text of the window is large.
    """

    back = Signal()

    def __init__(self, desk: Desk, *, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._desk = desk
        self.door = Door(desk, self)
        self._pdf = b""
        self._file_name = ""
        self._leaving = Leaving("")
        self._sizes = PageSizes(())
        self._page = 0
        self._pixmap = QPixmap()
        self._is_larger = is_large_text()
        self._resized = QTimer(self, singleShot=True, interval=RESIZED_MS)
        self._resized.timeout.connect(self._draw)
        metrics = current_metrics()
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.space_5, metrics.space_5, metrics.space_5, metrics.space_5)
        column.setSpacing(metrics.space_3)
        top = QHBoxLayout()
        going_back = IconButton("arrow-left", _("Back"), name=f"{name}-back")
        going_back.clicked.connect(self.back)
        top.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        self.header = PageHeader(title, "")
        beside = across_or_down(letter=metrics.title)
        beside.addWidget(self.header, 1)
        self.tools = Flow(gap=current_metrics().space_2)
        self._save = button(_("Save as PDF"), name=f"{name}-save", shows="download-simple", on_click=self.save)
        self._print = button(_("Print"), name=f"{name}-print", kind="primary", shows="printer", on_click=self.print_out)
        self._size = button("", name=f"{name}-size", on_click=self._change_size)
        self._size.setCheckable(True)
        self._size.setChecked(self._is_larger)
        self._size.setText(_("Larger"))
        self._size.setAccessibleName(_("Larger"))
        self.tools.addWidget(self._size)
        self.tools.addWidget(self._save)
        self.tools.addWidget(self._print)
        top.addLayout(beside, 1)
        column.addLayout(top)
        # Where the text is large the tools take a line of their own, as wide as the page.
        (column if is_large_text() else beside).addLayout(self.tools)
        self.busy = BusyIndicator(name=f"{name}-busy")
        self.door.told.connect(self.busy.show_progress)
        self._picture = QLabel()
        self._picture.setObjectName(f"{name}-picture")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # A notice needs its lines more than the page needs to be large.
        self._picture.setMinimumSize(200, 1)
        self._frame = QScrollArea()
        self._frame.setObjectName(f"{name}-frame")
        self._frame.setProperty("page", True)
        self._frame.setWidgetResizable(True)
        self._frame.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._frame.setMinimumHeight(1)
        # Page Up and Page Down scroll it from wherever the keyboard is.
        self._frame.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._frame.setWidget(self._picture)
        column.addWidget(self._frame, 1)
        column.addWidget(self.busy)
        self.notice = NoticeBar(name=f"{name}-notice")
        column.addWidget(self.notice)
        turning = QHBoxLayout()
        self._earlier = IconButton("caret-left", _("Page before"), name=f"{name}-earlier")
        self._later = IconButton("caret-right", _("Next page"), name=f"{name}-later")
        self._earlier.clicked.connect(lambda: self.turn(-1))
        self._later.clicked.connect(lambda: self.turn(1))
        self._where = label("", type="soft", wrap=False, name=f"{name}-page")
        turning.addStretch(1)
        for part in (self._earlier, self._where, self._later):
            turning.addWidget(part)
        turning.addStretch(1)
        column.addLayout(turning)
        for keys, way in ((QKeySequence(Qt.Key.Key_PageUp), -1), (QKeySequence(Qt.Key.Key_PageDown), 1)):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda way=way: self.turn(way))
        self.show_nothing()

    @property
    def pdf(self) -> bytes:
        """Return the PDF that is shown, empty where there is none."""
        return self._pdf

    @property
    def pages(self) -> int:
        """Return how many pages there are."""
        return len(self._sizes.pages)

    def show_nothing(self) -> None:
        """Empty the view, as while something is being made."""
        self._pdf = b""
        self._sizes = PageSizes(())
        self._pixmap = QPixmap()
        self._picture.clear()
        self.notice.hide()
        self._allow(False)
        self._show_where()

    def show_pdf(self, pdf: bytes, *, title: str, subtitle: str, file_name: str, said: str, leaving: Leaving) -> None:
        """Show a PDF from its first page; `said` is what a screen reader says of it, `leaving` what the log does."""
        self._pdf = pdf
        self._file_name = file_name
        self._leaving = leaving
        self._sizes = PageSizes(())
        self._page = 0
        self.header.show_text(title, subtitle)
        self._picture.setAccessibleName(said)
        self._draw_first()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.back.emit()
        else:
            super().keyPressEvent(event)

    def turn(self, way: int) -> None:
        """Go some pages on or back; what is left of a page that is larger than the window comes first."""
        bar = self._frame.verticalScrollBar()
        before = bar.value()
        bar.setValue(before + way * bar.pageStep())
        if bar.value() != before:
            return
        page = min(max(self._page + way, 0), max(0, self.pages - 1))
        if page != self._page:
            self._page = page
            self._show_where()
            bar.setValue(0)
            self._draw()

    def write(self, path: Path) -> None:
        """Write the PDF to a file."""
        pdf = self._pdf
        if pdf:
            self.door.save(
                path,
                lambda: pdf,
                self._leaving,
                on_done=lambda: self.notice.show_notice("success", _("Saved as {file}").format(file=path.name)),
                on_error=self.could_not,
            )

    def save(self) -> None:
        """Ask where to save, and save."""
        if self._pdf:
            path = self.door.ask_where(_("Save as PDF"), self._file_name, "PDF (*.pdf)")
            if path is not None:
                self.write(path)

    def print_out(self) -> None:
        """Ask for a printer and print the very PDF; stop where that is under way."""
        if self.door.is_printing:
            self.door.stop()
        elif self.pages:
            printer = self.door.ask_for_printer(self._sizes)
            if printer is not None:
                self.print_on(printer)

    def print_on(self, printer: QPrinter) -> None:
        """Paint the PDF's pages on a printer, beside the window."""
        if not self.pages or self.door.is_printing:
            return
        self.busy.start(_("Printing …"), on_stop=self.door.stop)
        self._print.setText(_("Stop"))
        self.door.print_on(
            printer, self._pdf, self._sizes, self._leaving, on_done=self._printed, on_error=self._not_printed
        )

    def _printed(self) -> None:
        self.busy.stop()
        self._print.setText(_("Print"))

    def _not_printed(self, problem: Exception) -> None:
        self._printed()
        self.could_not(problem)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the picture fill what room there is."""
        super().resizeEvent(event)
        self._fill()
        if self.pages and self.isVisible():
            self._resized.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the picture, which takes as much memory as many screens; the PDF stays."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._resized.stop()
            self._pixmap = QPixmap()
            self._picture.clear()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw anew what was let go of, or be ready for the paper that is about to come."""
        super().showEvent(event)
        if event.spontaneous():
            return
        if self.pages and self._pixmap.isNull():
            self._draw()
        else:
            self._desk.expect(self._desk.papers, ready_to_draw)

    def could_not(self, problem: Exception, *, again: Callable[[], object] | None = None) -> None:
        """Say why there is nothing to show, and offer to try `again` where the surroundings failed."""
        if isinstance(problem, StoppedError):
            return
        if isinstance(problem, AppError):
            may_again = again is not None and isinstance(problem, KnownProblem)
            self.notice.show_notice(
                "problem", sentence_for(problem), action=_("Try again") if may_again else "", on_action=again
            )
        else:
            self._desk.failed.emit(problem)

    def _draw_first(self) -> None:
        """Have another document measured, and its first page drawn."""
        self.notice.hide()
        pdf = self._pdf

        def show(drawn: tuple[PageSizes, PagePicture]) -> None:
            if pdf is self._pdf:
                self._sizes = drawn[0]
                self._allow(True)
                self._print.setFocus(Qt.FocusReason.OtherFocusReason)
                self._show_where()
                self._show_page(pdf, 0, drawn[1])

        def fail(problem: Exception) -> None:
            if pdf is self._pdf:
                self.could_not(problem, again=self._draw_first)

        self._desk.draw(partial(first_page, pdf, self._room()), on_done=show, on_error=fail)

    def _draw(self) -> None:
        """Have the page drawn that one looks at."""
        pdf, page = self._pdf, self._page
        self._desk.draw(
            partial(page_within, pdf, page, self._room()),
            on_done=partial(self._show_page, pdf, page),
            on_error=self.could_not,
        )

    def _show_page(self, pdf: bytes, page: int, picture: PagePicture) -> None:
        # Whoever left meanwhile has it drawn anew on coming back.
        if pdf is self._pdf and page == self._page and self.isVisible():
            self._pixmap = QPixmap.fromImage(image_of(picture))
            self._fill()

    def _change_size(self) -> None:
        self._is_larger = self._size.isChecked()
        self._fill()
        self._frame.verticalScrollBar().setValue(0)
        if self.pages:
            self._draw()

    def _fitted(self) -> QSize:
        """Return how large a page may be on the screen."""
        frame = self._frame.maximumViewportSize()
        if not self._is_larger:
            return frame
        wide = frame.width() - self._frame.verticalScrollBar().sizeHint().width()
        return QSize(min(wide, current_metrics().body * _READABLE), _TALLEST)

    def _room(self) -> tuple[int, int]:
        """Return how many pixels there are for a page."""
        room = self._fitted() * self.devicePixelRatioF()
        return room.width(), room.height()

    def _allow(self, allowed: bool) -> None:
        self._save.setEnabled(allowed)
        self._print.setEnabled(allowed)

    def _show_where(self) -> None:
        several = self.pages > 1
        for part in (self._earlier, self._where, self._later):
            part.setVisible(several)
        self._where.setText(_("Page {n} of {of}").format(n=self._page + 1, of=self.pages))
        self._earlier.setEnabled(self._page > 0)
        self._later.setEnabled(self._page < self.pages - 1)

    def _fill(self) -> None:
        if not self._pixmap.isNull():
            ratio = self.devicePixelRatioF()
            fitted = self._pixmap.scaled(
                self._fitted() * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            fitted.setDevicePixelRatio(ratio)
            self._picture.setPixmap(fitted)
            self._picture.setMinimumHeight(round(fitted.height() / ratio) if self._is_larger else 1)
