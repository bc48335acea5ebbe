"""One PDF on the screen, a page at a time; printing and saving take the same bytes that are shown."""

from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QPageLayout, QPageSize, QPainter, QPixmap, QResizeEvent, QShortcut
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.documents.preview import PagePicture, PageSizes, page_picture, page_sizes
from app.error_text import sentence_for
from app.errors import AppError, KnownProblem
from app.i18n import _
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Flow, IconButton, NoticeBar, PageHeader, across_or_down, button, label

PREVIEW_SCALE = 2.0
PRINT_SCALE = 300 / 72


class PdfPreview(QWidget):
    """Shows one PDF; `name` begins the names of its parts. Page Up and Page Down turn the pages."""

    back = Signal()
    taken = Signal(str)
    """The PDF was "printed" or "saved"."""

    def __init__(self, desk: Desk, *, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._desk = desk
        self._pdf = b""
        self._file_name = ""
        self._sizes = PageSizes(())
        self._page = 0
        self._pixmap = QPixmap()
        metrics = current_metrics()
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.space_5, metrics.space_5, metrics.space_5, metrics.space_5)
        column.setSpacing(metrics.space_3)
        top = QHBoxLayout()
        going_back = IconButton("arrow-left", _("Back"), name=f"{name}-back")
        going_back.clicked.connect(self.back)
        top.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        self.header = PageHeader(title, "")
        beside = across_or_down()
        beside.addWidget(self.header, 1)
        self.tools = Flow(gap=current_metrics().space_2)
        self._save = button(_("Save as PDF"), name=f"{name}-save", shows="download-simple", on_click=self.save)
        self._print = button(_("Print"), name=f"{name}-print", kind="primary", shows="printer", on_click=self.print_out)
        self.tools.addWidget(self._save)
        self.tools.addWidget(self._print)
        beside.addLayout(self.tools)
        top.addLayout(beside, 1)
        column.addLayout(top)
        self.notice = NoticeBar(name=f"{name}-notice")
        column.addWidget(self.notice)
        self._picture = QLabel()
        self._picture.setObjectName(f"{name}-picture")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setMinimumSize(200, 140)
        column.addWidget(self._picture, 1)
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
        self._save.setEnabled(False)
        self._print.setEnabled(False)
        self._show_where()

    def show_pdf(self, pdf: bytes, *, title: str, subtitle: str, file_name: str, said: str) -> None:
        """Show a PDF from its first page; `said` is what a screen reader says of it."""
        self._pdf = pdf
        self._file_name = file_name
        self._sizes = page_sizes(pdf)
        self._page = 0
        self.header.show_text(title, subtitle)
        self._picture.setAccessibleName(said)
        self._save.setEnabled(True)
        self._print.setEnabled(True)
        self._print.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_page()

    def turn(self, way: int) -> None:
        """Go some pages on or back."""
        page = min(max(self._page + way, 0), max(0, self.pages - 1))
        if page != self._page:
            self._page = page
            self._show_page()

    def write(self, path: Path) -> None:
        """Write the PDF to a file."""
        if not self._pdf:
            return
        try:
            path.write_bytes(self._pdf)
        except OSError:
            self.notice.show_notice("problem", sentence_for(KnownProblem("read-only")))
            return
        self.taken.emit("saved")
        self.notice.show_notice("success", _("Saved as {file}").format(file=path.name))

    def save(self) -> None:
        """Ask where to save, and save."""
        if self._pdf:
            path, _kind = QFileDialog.getSaveFileName(self, _("Save as PDF"), self._file_name, "PDF (*.pdf)")
            if path:
                self.write(Path(path))

    def print_out(self) -> None:
        """Ask for a printer, and print the very PDF."""
        if not self._pdf:
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        self.dress_printer(printer)
        if QPrintDialog(printer, self).exec() == QPrintDialog.DialogCode.Accepted:
            self.print_on(printer)

    def dress_printer(self, printer: QPrinter, page: int = 0) -> None:
        """Give a printer the size and the way of a page."""
        width, height = self._sizes.pages[page]
        across = width > height
        size = QSizeF(height, width) if across else QSizeF(width, height)
        printer.setPageSize(QPageSize(size, QPageSize.Unit.Point, matchPolicy=QPageSize.SizeMatchPolicy.FuzzyMatch))
        way = QPageLayout.Orientation.Landscape if across else QPageLayout.Orientation.Portrait
        printer.setPageOrientation(way)
        printer.setFullPage(True)
        printer.setPageMargins(QMarginsF(0, 0, 0, 0))

    def print_on(self, printer: QPrinter) -> None:
        """Paint the PDF's pages on a printer."""
        if not self._pdf:
            return
        painter = QPainter(printer)
        for number in range(self.pages):
            if number:
                printer.newPage()
            paper = printer.pageRect(QPrinter.Unit.DevicePixel)
            picture = image_of(page_picture(self._pdf, number, PRINT_SCALE))
            painter.drawImage(QRectF(0, 0, paper.width(), paper.height()), picture)
        painter.end()
        self.taken.emit("printed")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the picture fill what room there is."""
        super().resizeEvent(event)
        self._fill()

    def could_not(self, problem: Exception) -> None:
        """Say why there is nothing to show."""
        if isinstance(problem, AppError):
            self.notice.show_notice("problem", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)

    def _show_page(self) -> None:
        self._pixmap = QPixmap.fromImage(image_of(page_picture(self._pdf, self._page, PREVIEW_SCALE)))
        self._show_where()
        self._fill()

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
                self._picture.size() * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            fitted.setDevicePixelRatio(ratio)
            self._picture.setPixmap(fitted)


def image_of(picture: PagePicture) -> QImage:
    """Return a page as Qt paints it."""
    return QImage(picture.rgba, picture.width, picture.height, picture.width * 4, QImage.Format.Format_RGBA8888).copy()
