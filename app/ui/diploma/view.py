"""The diploma: made once, and shown as the very PDF."""

from functools import partial

from PySide6.QtWidgets import QWidget

from app.i18n import _, language
from app.services.issue_diploma import DiplomaIssued, IssueDiploma, issue_diploma
from app.services.let_out import Leaving
from app.ui.desk import Desk
from app.ui.documents.preview import PdfPreview


class DiplomaView(PdfPreview):
    """Shows one diploma."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, name="diploma", title=_("Diploma"), parent=parent)
        self.issued: DiplomaIssued | None = None
        self._enrolment_id = ""

    def show_diploma(self, enrolment_id: str) -> None:
        """Make or find the diploma of an enrolment and show it."""
        self.issued, self._enrolment_id = None, enrolment_id
        self.show_nothing()
        command = IssueDiploma(enrolment_id, language())
        self._desk.do(
            lambda work: issue_diploma(command, work=work),
            on_done=partial(self._have_drawn, enrolment_id),
            on_error=self.could_not,
        )

    def refresh(self) -> None:
        """Keep what is shown: a diploma does not change."""

    def _have_drawn(self, enrolment_id: str, issued: DiplomaIssued) -> None:
        self._desk.draw(issued.drawing, on_done=partial(self._show, enrolment_id, issued), on_error=self.could_not)

    def _show(self, enrolment_id: str, issued: DiplomaIssued, pdf: bytes) -> None:
        if enrolment_id != self._enrolment_id:
            return
        self.issued = issued
        self.show_pdf(
            pdf,
            title=_("Diploma for {name}").format(name=issued.name),
            subtitle=issued.serial,
            file_name=f"diploma {issued.serial}.pdf",
            said=_("Diploma for {name}, serial number {serial}").format(name=issued.name, serial=issued.serial),
            leaving=Leaving("paper: diploma", (issued.person_id,)),
        )
