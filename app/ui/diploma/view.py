"""Diplomas: drawn, then issued, once, and shown as the very PDF."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from app.clock import today
from app.errors import KnownProblem
from app.i18n import _, language, ngettext
from app.ids import new_id
from app.services.issue_diploma import DiplomaMade, IssueDiploma, draft_diplomas, drawing_of, issue_diplomas
from app.services.let_out import Leaving
from app.ui.desk import Desk
from app.ui.documents.preview import PdfPreview

MOST_NAMED = 20
"""Names that stand above the pages; more would leave no room for these."""
_Commands = tuple[IssueDiploma, ...]
_Diplomas = tuple[DiplomaMade, ...]


class DiplomaView(PdfPreview):
    """Shows one diploma, or those of a whole table, a page each."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, name="diploma", title=_("Diploma"), parent=parent)
        self.issued: _Diplomas = ()
        self._commands: _Commands = ()

    @property
    def about(self) -> str:
        """Return whose diplomas are shown, by their enrolments."""
        return " ".join(command.enrolment_id for command in self._commands)

    def show_diplomas(self, enrolment_ids: Sequence[str]) -> None:
        """Make or find the diplomas of these enrolments and show them."""
        self.issued = ()
        self.show_nothing()
        self.header.show_text(_("Diploma"), "")
        self._commands = commands = tuple(
            IssueDiploma(enrolment_id, language(), new_id(self._desk.clock)) for enrolment_id in enrolment_ids
        )
        self._desk.note(
            lambda work: draft_diplomas(commands, work=work),
            on_done=partial(self._have_drawn, commands),
            on_error=partial(self._could_not_make, commands),
        )

    def refresh(self) -> None:
        """Keep what is shown: a diploma does not change."""

    def _have_drawn(self, commands: _Commands, made: _Diplomas) -> None:
        self._desk.draw(
            drawing_of(made),
            on_done=partial(self._issue, commands, made),
            on_error=partial(self._could_not_make, commands),
        )

    def _issue(self, commands: _Commands, drawn: _Diplomas, pdf: bytes) -> None:
        """Issue what was drawn, where somebody still waits for it."""
        if commands is self._commands:
            self._desk.do(
                lambda work: issue_diplomas(commands, work=work),
                on_done=partial(self._show, commands, drawn, pdf),
                on_error=partial(self._could_not_make, commands),
            )

    def _show(self, commands: _Commands, drawn: _Diplomas, pdf: bytes, issued: _Diplomas) -> None:
        if commands is not self._commands:
            return
        if issued != drawn:
            # Something was recorded meanwhile, or it was issued in another window: what counts is what was issued.
            self._have_drawn(commands, issued)
            return
        self.issued = issued
        self.show_pdf(
            pdf,
            **self._told_of(issued),
            said=", ".join(
                _("Diploma for {name}, serial number {serial}").format(name=made.name, serial=made.serial)
                for made in issued
            ),
            leaving=Leaving("paper: diploma", tuple(made.person_id for made in issued)),
        )

    def _told_of(self, issued: _Diplomas) -> dict[str, str]:
        """Return what stands above the pages, and what their file is called."""
        if len(issued) == 1:
            (made,) = issued
            return {
                "title": _("Diploma for {name}").format(name=made.name),
                "subtitle": made.serial,
                "file_name": _("Diploma") + f" {made.serial}.pdf",
            }
        return {
            "title": ngettext("{n} diploma", "{n} diplomas", len(issued)).format(n=len(issued)),
            "subtitle": ", ".join([made.name for made in issued[:MOST_NAMED]] + ["…"] * (len(issued) > MOST_NAMED)),
            "file_name": _("Diplomas") + f" {today(self._desk.clock).isoformat()}.pdf",
        }

    def _could_not_make(self, commands: _Commands, problem: Exception) -> None:
        if commands is not self._commands:
            return
        if isinstance(problem, KnownProblem) and problem.code == "apart-ended":
            problem = KnownProblem("diploma-not-drawn")
        self.could_not(problem, again=partial(self.show_diplomas, tuple(command.enrolment_id for command in commands)))
