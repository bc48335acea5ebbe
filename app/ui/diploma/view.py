"""The diploma: a picture of the very PDF, and the ways to take it along."""

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPixmap, QResizeEvent
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.documents.preview import PagePicture, page_pictures
from app.error_text import Sentence, sentence_for
from app.errors import AppError, KnownProblem
from app.i18n import _, language
from app.services.issue_diploma import DiplomaIssued, IssueDiploma, issue_diploma
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import IconButton, NoticeBar, PageHeader, button

PREVIEW_SCALE = 2.0
PRINT_SCALE = 300 / 72


class DiplomaView(QWidget):
    """Shows one diploma; printing and saving take the same bytes that are shown."""

    back = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("diploma")
        self._desk = desk
        self.issued: DiplomaIssued | None = None
        self._pixmap = QPixmap()
        room = current_metrics().space_5
        column = QVBoxLayout(self)
        column.setContentsMargins(room, room, room, room)
        column.setSpacing(current_metrics().space_3)
        top = QHBoxLayout()
        going_back = IconButton("arrow-left", _("Back"), name="diploma-back")
        going_back.clicked.connect(self.back)
        top.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        self._header = PageHeader(_("Diploma"), "")
        top.addWidget(self._header, 1)
        self._save = button(_("Save as PDF"), name="diploma-save", shows="download-simple", on_click=self.save)
        self._print = button(_("Print"), name="diploma-print", kind="primary", shows="printer", on_click=self.print_out)
        top.addWidget(self._save, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self._print, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        self.notice = NoticeBar(name="diploma-notice")
        column.addWidget(self.notice)
        self._picture = QLabel()
        self._picture.setObjectName("diploma-picture")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setMinimumSize(200, 140)
        column.addWidget(self._picture, 1)

    def show_diploma(self, enrolment_id: str) -> None:
        """Make or find the diploma of an enrolment and show it."""
        self.issued = None
        self._pixmap = QPixmap()
        self._picture.clear()
        self.notice.hide()
        self._save.setEnabled(False)
        self._print.setEnabled(False)
        command = IssueDiploma(enrolment_id, language())
        self._desk.do(
            lambda work: _with_picture(issue_diploma(command, work=work)),
            on_done=lambda made: self._show(*made),
            on_error=self._could_not,
        )

    def refresh(self) -> None:
        """Keep what is shown: a diploma does not change."""

    def write(self, path: Path) -> None:
        """Write the PDF to a file."""
        if self.issued is not None:
            try:
                path.write_bytes(self.issued.pdf)
            except OSError:
                self.notice.show_notice("problem", sentence_for(KnownProblem("read-only")))
                return
            self.notice.show_notice("success", _("Saved as {file}").format(file=path.name))

    def save(self) -> None:
        """Ask where to save, and save."""
        if self.issued is not None:
            suggested = f"diploma {self.issued.serial}.pdf"
            path, _kind = QFileDialog.getSaveFileName(self, _("Save as PDF"), suggested, "PDF (*.pdf)")
            if path:
                self.write(Path(path))

    def print_out(self) -> None:
        """Ask for a printer, and print the very PDF."""
        if self.issued is None:
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        printer.setPageOrientation(QPageLayout.Orientation.Landscape)
        printer.setFullPage(True)
        if QPrintDialog(printer, self).exec() == QPrintDialog.DialogCode.Accepted:
            self.print_on(printer)

    def print_on(self, printer: QPrinter) -> None:
        """Paint the PDF's page on a printer."""
        if self.issued is None:
            return
        painter = QPainter(printer)
        page = printer.pageRect(QPrinter.Unit.DevicePixel)
        painter.drawImage(
            QRectF(0, 0, page.width(), page.height()), _image(page_pictures(self.issued.pdf, PRINT_SCALE)[0])
        )
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the picture fill what room there is."""
        super().resizeEvent(event)
        self._fill()

    def _show(self, issued: DiplomaIssued, picture: PagePicture) -> None:
        self.issued = issued
        self._header.show_text(_("Diploma for {name}").format(name=issued.name), issued.serial)
        self._pixmap = QPixmap.fromImage(_image(picture))
        self._picture.setAccessibleName(
            _("Diploma for {name}, serial number {serial}").format(name=issued.name, serial=issued.serial)
        )
        self._save.setEnabled(True)
        self._print.setEnabled(True)
        self._print.setFocus(Qt.FocusReason.OtherFocusReason)
        self._fill()

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

    def _could_not(self, problem: Exception) -> None:
        if isinstance(problem, AppError):
            sentence: Sentence = sentence_for(problem)
            self.notice.show_notice("problem", sentence)
        else:
            self._desk.failed.emit(problem)


def _with_picture(issued: DiplomaIssued) -> tuple[DiplomaIssued, PagePicture]:
    return issued, page_pictures(issued.pdf, PREVIEW_SCALE)[0]


def _image(picture: PagePicture) -> QImage:
    return QImage(picture.rgba, picture.width, picture.height, picture.width * 4, QImage.Format.Format_RGBA8888).copy()
