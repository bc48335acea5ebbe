"""The citizen's rights on the person's page: extracts, what was corrected, restriction, and being forgotten."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QGridLayout, QMessageBox, QVBoxLayout, QWidget

from app.clock import today
from app.documents.record_pages import RecordDocument, record_pdf
from app.domain.roles import Right, may
from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _, format_day
from app.services.citizens_rights import CorrectField, ErasePerson, correct_field, erase_person, keep_until, restrict
from app.services.let_out import Leaving
from app.services.make_extract import Words, access_paper, extract_json, extract_of, extract_paper
from app.storage.queries.extract import PersonExtract
from app.storage.queries.rights import RightsCard, rights_card
from app.ui.desk import Desk
from app.ui.door import Door
from app.ui.record_words import value_word
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceField,
    DayField,
    Field,
    Flow,
    ResultBar,
    TickField,
    across_or_down,
    button,
    fill_anew,
    label,
    note_as_made,
)
from app.ui.widgets.form_fields import read_day
from app.ui.words import entity_word, field_word

_Content = RecordDocument | bytes
"""A paper that is yet to be drawn, or what is written as it is."""
IN_WORDS = (
    "given_name",
    "family_name",
    "nickname",
    "identifier",
    "birth_date",
    "phone",
    "email",
    "address",
    "gp_name",
    "gp_number",
    "note",
)
"""What is corrected here as text; what one chooses from a few answers is changed where it stands."""


class RightsPanel(QWidget):
    """What somebody can ask for about their own data; each paper that leaves is warned of and logged."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.door = Door(desk, self)
        self._person_id = ""
        self._name = ""
        self._shown = ""
        self._current: Mapping[str, str] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_4)
        self.notice = ResultBar(name="rights-notice")
        column.addWidget(self.notice)
        column.addWidget(self._papers())
        self._state = Card(name="restriction-card")
        column.addWidget(self._state)
        self._history = Card(name="corrections-card")
        column.addWidget(self._history)
        column.addWidget(self._correcting())

    def show_person(self, person_id: str) -> None:
        """Read and show this person."""
        if person_id != self._person_id:
            self.notice.hide()
        self._person_id = person_id
        self._desk.ask(lambda reading: rights_card(reading, person_id), on_done=self._show)

    def _papers(self) -> Card:
        card = Card(name="extract-card")
        card.body.addWidget(label(_("Give the citizen their data"), type="heading"))
        card.body.addWidget(
            label(
                _(
                    "The papers can be read by anyone who finds them: hand them over, and keep no copy on the laptop."
                    " That they were made stands in the access log."
                ),
                type="soft",
            )
        )
        across = Flow(gap=current_metrics().space_2)
        for name, text, make in (
            ("extract-pdf", _("Everything, as PDF"), self._extract_pdf),
            ("extract-json", _("Everything, as JSON"), self._extract_json),
            ("access-pdf", _("Who looked, without names"), partial(self._access_pdf, with_names=False)),
            ("access-named-pdf", _("Who looked, with names"), partial(self._access_pdf, with_names=True)),
        ):
            across.addWidget(button(text, name=name, shows="download-simple", on_click=make))
        card.body.addLayout(across)
        return card

    def _correcting(self) -> Card:
        card = Card(name="correct-card")
        card.body.addWidget(label(_("Correct what is wrong"), type="heading"))
        card.body.addWidget(label(_("What it said before stays in the history, on every laptop."), type="soft"))
        self.field = ChoiceField(
            _("What is wrong?"),
            name="correct-field",
            offers=[(name, field_word(name)) for name in IN_WORDS],
            as_box=True,
        )
        self.field.changed.connect(self._show_current)
        self.value = Field(_("What it should say"), name="correct-value")
        self.why = Field(_("Why is it corrected?"), name="correct-reason")
        self.asked = TickField(_("The citizen asked for it"), name="correct-asked", ticked=True)
        for part in (self.field, self.value, self.why, self.asked):
            card.body.addWidget(part)
        across = across_or_down()
        across.addWidget(button(_("Correct"), name="correct-save", shows="check", on_click=self.correct))
        across.addStretch(1)
        card.body.addLayout(across)
        return card

    def _show_current(self, name: str) -> None:
        now = self._current.get(name, "")
        if name == "birth_date" and now:
            now = date.fromisoformat(now).strftime("%d-%m-%Y")
        self.value.input.setText(now)
        note_as_made(self.value.input)
        self.value.advise()

    def correct(self) -> None:
        """Correct one field of the person's own record."""
        for part in (self.value, self.why):
            part.advise()
        name, value, person_id = self.field.value(), self.value.text(), self._person_id
        if name == "birth_date" and value:
            day = read_day(value, today=today(self._desk.clock))
            value = day.isoformat() if day else value
        command = CorrectField(person_id, name, value, self.why.text(), asked_by_citizen=self.asked.is_ticked())

        def done(_changed: Any) -> None:
            self.why.input.clear()
            self.notice.show_notice("success", _("It is corrected; what it said before stands below."))
            self.show_person(person_id)

        self._desk.do(lambda work: correct_field(command, work=work), on_done=done, on_error=self._not_corrected)

    def _not_corrected(self, problem: Exception) -> None:
        if not isinstance(problem, AppError):
            self._desk.failed.emit(problem)
            return
        part = self.why if problem.parameters.get("field") == "reason" else self.value
        part.complain(sentence_for(problem).title)
        part.input.setFocus()

    def _extract_pdf(self) -> None:
        self._make(False, lambda found: (extract_paper(found, _WORDS), "extract"), "PDF (*.pdf)", ".pdf")

    def _extract_json(self) -> None:
        self._make(False, lambda found: (extract_json(found, _WORDS), "extract"), "JSON (*.json)", ".json")

    def _access_pdf(self, *, with_names: bool) -> None:
        self._make(
            with_names,
            lambda found: (access_paper(found.name, found.accesses, _WORDS), "access_log"),
            "PDF (*.pdf)",
            ".pdf",
        )

    def _make(
        self, with_names: bool, put_together: Callable[[PersonExtract], tuple[_Content, str]], kinds: str, ending: str
    ) -> None:
        person_id = self._person_id

        def question(reading: Any) -> tuple[_Content, str] | None:
            found = extract_of(reading, person_id, with_names=with_names)
            return None if found is None else put_together(found)

        def save(made: tuple[_Content, str] | None) -> None:
            if made is None:
                return
            content, what = made
            path = self.door.ask_where(_("Save"), f"{what}{ending}", kinds)
            if path is not None:
                self.write(path, content, what)

        self._desk.ask(question, on_done=save)

    def write(self, path: Path, content: _Content, what: str) -> None:
        """Write a paper, drawn where it is one to be drawn, and say that it can be read by anyone."""
        papers = self._desk.papers
        said = _("Saved as {file}, readable by anyone. Delete it when the citizen has it.").format(file=path.name)
        self.door.save(
            path,
            lambda: content if isinstance(content, bytes) else papers.do(partial(record_pdf, content)),
            Leaving(what, (self._person_id,), Right.EXPORT_PERSON),
            on_done=lambda: self.notice.show_notice("warning", said),
            on_error=self._could_not,
        )

    def _show(self, card: RightsCard | None) -> None:
        if card is None:
            return
        self._name = card.name
        # What is being typed stays, unless it is about somebody else or the field says something else by now.
        field, before = self.field.value(), self._current
        is_other, self._shown = self._shown != self._person_id, self._person_id
        self._current = card.current
        if is_other or before.get(field) != self._current.get(field):
            self._show_current(field)
        self._fill_state(card)
        fill_anew(self._history.body)
        self._history.body.addWidget(label(_("What was corrected"), type="heading"))
        grid = QGridLayout()
        grid.setColumnStretch(2, 1)
        grid.setHorizontalSpacing(current_metrics().space_4)
        for number, one in enumerate(card.corrections):
            grid.addWidget(label(format_day(one.corrected_on), type="soft", wrap=False), number, 0)
            grid.addWidget(label(field_word(one.field), type="strong"), number, 1)
            old, new = (value_word("person", one.field, said) or "–" for said in (one.old_value, one.new_value))
            change = _("{before} → {after}").format(before=old, after=new)
            grid.addWidget(label(f"{change}\n{one.reason}"), number, 2)
        self._history.body.addLayout(grid)
        if not card.corrections:
            self._history.body.addWidget(label(_("Nothing has been corrected."), type="soft"))

    def _fill_state(self, card: RightsCard) -> None:
        body = self._state.body
        fill_anew(body)
        body.addWidget(label(_("Restrict or forget"), type="heading"))
        if card.is_erasing:
            body.addWidget(Badge(_("Is being erased with the next sending"), tone="amber"))
            return
        if card.restricted_on is not None:
            body.addWidget(Badge(_("Restricted since {day}").format(day=format_day(card.restricted_on)), tone="amber"))
        self.reason = Field(_("Why? It stays in the history."), name="rights-reason")
        body.addWidget(self.reason)
        across = across_or_down()
        is_restricted = card.restricted_on is not None
        across.addWidget(
            button(
                _("Lift the restriction") if is_restricted else _("Restrict the use"),
                name="rights-restrict",
                shows="prohibit",
                on_click=partial(self.restrict, is_restricted=not is_restricted),
            )
        )
        if may(self._desk.role, Right.ERASE):
            across.addWidget(
                button(_("Anonymise"), name="rights-anonymise", on_click=partial(self._ask_to_erase, "anonymise"))
            )
            across.addWidget(
                button(_("Erase"), name="rights-erase", kind="danger", on_click=partial(self._ask_to_erase, "erase"))
            )
        across.addStretch(1)
        body.addLayout(across)
        if may(self._desk.role, Right.REVIEW_RETENTION):
            day = today(self._desk.clock)
            self.until = DayField(_("Keep until"), name="rights-until", today=day)
            body.addWidget(self.until)
            keeping = across_or_down()
            keeping.addWidget(button(_("Keep until that day"), name="rights-keep", on_click=self.keep))
            keeping.addStretch(1)
            body.addLayout(keeping)

    def keep(self) -> None:
        """Decide that the records are kept up to a day, although their time is up."""
        person_id, reason = self._person_id, self.reason.text()
        try:
            until = self.until.day_if_any() or today(self._desk.clock)
        except AppError as problem:
            self.until.complain(sentence_for(problem).title)
            return
        self._desk.do(
            lambda work: keep_until(person_id, until, reason, work=work),
            on_done=lambda _changed: self.show_person(person_id),
            on_error=self._could_not,
        )

    def restrict(self, *, is_restricted: bool) -> None:
        """Restrict the use of the data, or lift it."""
        person_id, reason = self._person_id, self.reason.text()
        self._desk.do(
            lambda work: restrict(person_id, is_restricted=is_restricted, reason=reason, work=work),
            on_done=lambda _changed: self.show_person(person_id),
            on_error=self._could_not,
        )

    def _ask_to_erase(self, manner: str) -> None:
        question = (
            _("Erase everything about {name} for good, on the server and on every laptop?")
            if manner == "erase"
            else _("Make everything about {name} anonymous for good, on the server and on every laptop?")
        ).format(name=self._name)
        box = QMessageBox(QMessageBox.Icon.Warning, _("This cannot be undone"), question, parent=self)
        sure = box.addButton(
            _("Erase") if manner == "erase" else _("Anonymise"), QMessageBox.ButtonRole.DestructiveRole
        )
        box.addButton(_("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.exec()
        if box.clickedButton() is sure:
            self.erase(manner)

    def erase(self, manner: str) -> None:
        """Ask the server to erase or anonymise the person."""
        command = ErasePerson(self._person_id, manner, "request", self.reason.text())
        person_id = self._person_id
        self._desk.do(
            lambda work: erase_person(command, work=work),
            on_done=lambda _changed: self.show_person(person_id),
            on_error=self._could_not,
        )

    def _could_not(self, problem: Exception) -> None:
        if not isinstance(problem, AppError):
            self._desk.failed.emit(problem)
        elif problem.parameters.get("field") == "reason":
            self.reason.complain(sentence_for(problem).title)
            self.reason.input.setFocus()
        elif problem.parameters.get("field") == "until":
            self.until.complain(sentence_for(problem).title)
        else:
            self.notice.show_notice("problem", sentence_for(problem))


_WORDS = Words(entity=entity_word, field=field_word, value=value_word)
