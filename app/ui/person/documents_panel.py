"""What can be printed about somebody: papers to take home, letters, and what is typed into the national database."""

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _, format_day, language, newer_word
from app.services.make_document import Paper
from app.services.write_letter import DraftLetter, LetterDrafted, draft_letter
from app.storage.queries.papers import Papers, papers_of
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Card, EmptyState, ResultBar, across_or_down, button, fill_anew, focus_kept, label


class DocumentsPanel(QWidget):
    """A button for every paper there is something to print on."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("documents-panel")
        self._desk = desk
        self._person_id = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_4)
        self.notice = ResultBar(name="documents-notice")
        column.addWidget(self.notice)
        self._column = QVBoxLayout()
        self._column.setSpacing(current_metrics().space_4)
        column.addLayout(self._column)

    def show_person(self, person_id: str) -> None:
        """Read what there is to print."""
        self._person_id = person_id
        day = today(self._desk.clock)
        self._desk.ask(lambda reading: papers_of(reading, person_id, today=day), on_done=partial(self._show, person_id))

    def _show(self, person_id: str, papers: Papers) -> None:
        if person_id != self._person_id:
            return
        with focus_kept(self):
            fill_anew(self._column)
            self._column.addWidget(self._to_take_home(papers))
            if papers.enrolments:
                self._column.addWidget(self._letters(papers))
                self._column.addWidget(self._national(papers))
            else:
                self._column.addWidget(self._no_course())

    def _to_take_home(self, papers: Papers) -> Card:
        made = Card(name="take-home-card")
        made.body.addWidget(label(_("To take home"), type="heading"))
        if not papers.has_any:
            made.body.addWidget(
                EmptyState(
                    "file-text",
                    _("Nothing to print yet"),
                    _("A plan, a handout, a voucher, an appointment: each makes a paper to take home."),
                    action=_("Make a plan"),
                    on_action=partial(self._desk.open, "person", self._person_id, section="plan"),
                    name="papers-empty",
                )
            )
            return made
        for paper, title, about, without, shape, is_there in (
            (
                Paper.PLAN,
                _("My plan"),
                _("One page, large print, pictures first."),
                _("Here as soon as a plan is made."),
                "target",
                papers.has_plan,
            ),
            (
                Paper.NRT_CARD,
                _("My nicotine medicine"),
                _("What, how many, when to step down, and twelve boxes."),
                _("Here as soon as the nicotine replacement is planned or handed out."),
                "bandaids",
                papers.has_nrt,
            ),
            (
                Paper.APPOINTMENT,
                _("Appointment slip"),
                _("Where and when we meet next."),
                _("Here as soon as the next session is planned."),
                "calendar-blank",
                papers.has_appointment,
            ),
            (
                Paper.MONTHS,
                _("Your months"),
                _("The curve, days without smoke, and the money."),
                _("Here as soon as cigarettes a day are counted."),
                "chart-line",
                papers.has_measurements,
            ),
            (
                Paper.VOUCHERS,
                _("Vouchers"),
                _("Those that no pharmacy has taken yet."),
                _("Here while a voucher is issued and not used."),
                "ticket",
                papers.has_vouchers,
            ),
            (
                Paper.HANDOUTS,
                _("Handed out"),
                _("Everything that was given."),
                _("Here as soon as something is handed out."),
                "list-dashes",
                papers.has_handouts,
            ),
        ):
            said = about if is_there else without
            made.body.addLayout(self._line(f"{paper.value}:{self._person_id}", title, said, shape, is_there=is_there))
        return made

    def _line(self, key: str, title: str, about: str, shape: str, *, is_there: bool) -> "QVBoxLayout":
        row = across_or_down()
        words = QVBoxLayout()
        words.setSpacing(current_metrics().space_1)
        words.addWidget(label(title, type="strong"))
        words.addWidget(label(about, type="soft"))
        row.addLayout(words, 1)
        shown = button(
            _("Show"),
            name=f"paper-{key.partition(':')[0]}",
            shows=shape,
            on_click=partial(self._desk.open, "paper", key),
        )
        shown.setAccessibleName(_("Show {document}").format(document=title))
        shown.setEnabled(is_there)
        row.addWidget(shown)
        outer = QVBoxLayout()
        outer.addLayout(row)
        return outer

    def _no_course(self) -> Card:
        made = Card(name="letters-card")
        made.body.addWidget(label(_("Letters"), type="heading"))
        made.body.addWidget(
            EmptyState(
                "envelope-simple",
                _("No letters yet"),
                _("Letters and the forms of STOPbasen are about a course. Put the person on one, and they are here."),
                action=_("To a course"),
                on_action=partial(self._desk.open, "person", self._person_id, section="course"),
                name="letters-empty",
            )
        )
        return made

    def _letters(self, papers: Papers) -> Card:
        made = Card(name="letters-card")
        made.body.addWidget(label(_("Letters"), type="heading"))
        words = {"gp": _("Letter to the doctor"), "referrer": _("Feedback to the referrer")}
        states = {"draft": _("draft"), "finished": _("finished"), "given": _("given")}
        for letter_id, kind, written_on, state in papers.letters:
            about = f"{format_day(written_on)}, {states.get(state) or newer_word(state)}"
            line = self._line(
                f"letter:{letter_id}", words.get(kind) or newer_word(kind), about, "envelope-simple", is_there=True
            )
            made.body.addLayout(line)
        row = across_or_down()
        enrolment_id = papers.enrolments[0][0]
        for kind in ("gp", "referrer"):
            row.addWidget(
                button(
                    _("Write to the doctor") if kind == "gp" else _("Write to the referrer"),
                    name=f"write-{kind}",
                    shows="pencil-simple",
                    on_click=partial(self._draft, enrolment_id, kind),
                )
            )
        row.addStretch(1)
        made.body.addLayout(row)
        return made

    def _national(self, papers: Papers) -> Card:
        made = Card(name="national-card")
        made.body.addWidget(label("STOPbasen", type="heading"))
        for enrolment_id, title in papers.enrolments:
            row = across_or_down()
            row.addWidget(label(title, type="strong"), 1)
            row.addWidget(
                button(
                    _("Type into STOPbasen"),
                    name=f"type-{enrolment_id}",
                    shows="keyboard",
                    on_click=partial(self._desk.open, "typing", enrolment_id),
                )
            )
            made.body.addLayout(row)
        return made

    def _draft(self, enrolment_id: str, kind: str) -> None:
        self.notice.hide()
        command = DraftLetter(enrolment_id, kind, language())
        self._desk.do(lambda work: draft_letter(command, work=work), on_done=self._drafted, on_error=self._could_not)

    def _drafted(self, drafted: LetterDrafted) -> None:
        self._desk.open("letter", drafted.letter_id)

    def _could_not(self, problem: Exception) -> None:
        if isinstance(problem, AppError):
            self.notice.show_notice("problem", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)
