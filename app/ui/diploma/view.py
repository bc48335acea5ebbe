"""The diploma: drawn, then issued, once, and shown as the very PDF."""

from functools import partial

from PySide6.QtWidgets import QWidget

from app.errors import KnownProblem
from app.i18n import _, language
from app.ids import new_id
from app.services.issue_diploma import DiplomaMade, IssueDiploma, draft_diploma, issue_diploma
from app.services.let_out import Leaving
from app.ui.desk import Desk
from app.ui.documents.preview import PdfPreview


class DiplomaView(PdfPreview):
    """Shows one diploma."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, name="diploma", title=_("Diploma"), parent=parent)
        self.issued: DiplomaMade | None = None
        self._command: IssueDiploma | None = None

    def show_diploma(self, enrolment_id: str) -> None:
        """Make or find the diploma of an enrolment and show it."""
        self.issued = None
        self.show_nothing()
        self.header.show_text(_("Diploma"), "")
        self._command = command = IssueDiploma(enrolment_id, language(), new_id(self._desk.clock))
        self._desk.note(
            lambda work: draft_diploma(command, work=work),
            on_done=partial(self._have_drawn, command),
            on_error=partial(self._could_not_make, command),
        )

    def refresh(self) -> None:
        """Keep what is shown: a diploma does not change."""

    def _have_drawn(self, command: IssueDiploma, made: DiplomaMade) -> None:
        self._desk.draw(
            made.drawing,
            on_done=partial(self._issue, command, made),
            on_error=partial(self._could_not_make, command),
        )

    def _issue(self, command: IssueDiploma, drawn: DiplomaMade, pdf: bytes) -> None:
        """Issue what was drawn, where somebody still waits for it."""
        if command is self._command:
            self._desk.do(
                lambda work: issue_diploma(command, work=work),
                on_done=partial(self._show, command, drawn, pdf),
                on_error=partial(self._could_not_make, command),
            )

    def _show(self, command: IssueDiploma, drawn: DiplomaMade, pdf: bytes, issued: DiplomaMade) -> None:
        if command is not self._command:
            return
        if issued != drawn:
            # Something was recorded meanwhile, or it was issued in another window: what counts is what was issued.
            self._have_drawn(command, issued)
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

    def _could_not_make(self, command: IssueDiploma, problem: Exception) -> None:
        if command is not self._command:
            return
        if isinstance(problem, KnownProblem) and problem.code == "apart-ended":
            problem = KnownProblem("diploma-not-drawn")
        self.could_not(problem, again=partial(self.show_diploma, command.enrolment_id))
