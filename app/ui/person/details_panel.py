"""Who somebody is: every field is edited where it stands, saved on leaving it, and taken back with one key."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.domain.identifiers import shown
from app.error_text import sentence_for
from app.errors import AppError, RuleRefusal
from app.i18n import _, language_name
from app.services.edit_person import PREFERRED, EditPerson, PersonEdited, edit_person
from app.storage.queries.person_details import PersonDetails, person_details
from app.ui.contact.words import reach_word
from app.ui.desk import Desk
from app.ui.person.identifier_field import IdentifierField
from app.ui.theme import current_metrics
from app.ui.widgets import Card, ChoiceField, DayField, Field, ResultBar, across_or_down, note_as_made
from app.ui.words import field_word


class DetailsPanel(QWidget):
    """Reads the fields of a person and keeps what is written in them."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("details-panel")
        self._desk = desk
        self._details: PersonDetails | None = None
        self._fields: dict[str, Field | DayField | ChoiceField] = {}
        self._undo: list[dict[str, Any]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.notice = ResultBar(name="details-notice")
        column.addWidget(self.notice)
        self._card = Card(name="details-card")
        self._card.body.setSpacing(current_metrics().space_3)
        column.addWidget(self._card)
        undo = QShortcut(QKeySequence("Ctrl+Z"), self)
        undo.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        undo.activated.connect(self.take_back)

    def show_person(self, person_id: str) -> None:
        """Read the person anew; the field that somebody is writing in stays as it is."""
        if self._details is not None and self._details.person_id != person_id:
            self._undo.clear()
            self.notice.hide()
        self._desk.ask(lambda reading: person_details(reading, person_id), on_done=self._show)

    def take_back(self) -> None:
        """Give the fields that were changed last what they held before."""
        if self._undo and self._details is not None:
            self._write(self._undo.pop(), can_undo=False)

    def _show(self, details: PersonDetails | None) -> None:
        if details is None:
            return
        is_other = self._details is None or self._details.person_id != details.person_id
        self._details = details
        if not self._fields:
            self._make_fields(details)
        for name, field in self._fields.items():
            if is_other or not field.isAncestorOf(self.focusWidget() or self):
                self._fill(name, field)

    def _make_fields(self, details: PersonDetails) -> None:
        on = today(self._desk.clock)
        made: dict[str, Field | DayField | ChoiceField] = {}
        for name in ("given_name", "family_name", "nickname", "phone", "email", "address", "gp_name", "gp_number"):
            made[name] = Field(field_word(name), name=f"detail-{name}")
        made["language"] = Field(_("Language that we speak together"), name="detail-language")
        made["identifier"] = IdentifierField(field_word("identifier"), name="detail-identifier", today=on)
        made["birth_date"] = DayField(field_word("birth_date"), name="detail-birth_date", today=on)
        made["deceased_on"] = DayField(field_word("deceased_on"), name="detail-deceased_on", today=on)
        made["sex"] = ChoiceField(
            field_word("sex"),
            name="detail-sex",
            offers=[("", _("As the number says, or not known")), ("female", _("Woman")), ("male", _("Man"))],
            as_box=True,
        )
        made["residence_municipality_id"] = ChoiceField(
            field_word("residence_municipality_id"),
            name="detail-residence_municipality_id",
            offers=[("", _("Not known")), *details.municipalities],
            as_box=True,
        )
        made["preferred_contact"] = ChoiceField(
            field_word("preferred_contact"),
            name="detail-preferred_contact",
            offers=[(way, reach_word(way)) for way in PREFERRED],
            as_box=True,
        )
        made["may_text"] = ChoiceField(
            field_word("may_text"),
            name="detail-may_text",
            offers=[("", _("Not asked")), ("yes", _("Yes")), ("no", _("No"))],
            as_box=True,
        )
        made["note"] = Field(field_word("note"), name="detail-note")
        order = (
            ("given_name", "family_name"),
            ("nickname", "birth_date"),
            ("identifier", "language"),
            ("phone", "email"),
            ("address", "residence_municipality_id"),
            ("preferred_contact", "may_text"),
            ("gp_name", "gp_number"),
            ("sex", "deceased_on"),
            ("note",),
        )
        for names in order:
            row = across_or_down(of_fields=True)
            for name in names:
                self._fields[name] = made[name]
                row.addWidget(made[name], 1, Qt.AlignmentFlag.AlignTop)
            self._card.body.addLayout(row)
        for name, field in self._fields.items():
            if isinstance(field, ChoiceField):
                field.changed.connect(partial(self._left, name))
            else:
                field.input.setMaxLength(20_000)
                field.input.editingFinished.connect(partial(self._left, name))
                escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), field)
                escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                escape.activated.connect(partial(self._fill, name, field))

    def _fill(self, name: str, field: Field | DayField | ChoiceField) -> None:
        """Show what is stored."""
        assert self._details is not None  # noqa: S101 - fields are made from details
        value = self._details.values[name]
        field.blockSignals(True)
        if isinstance(field, ChoiceField):
            field.choose(value or "")
        elif isinstance(field, DayField):
            field.show_day(value)
        else:
            field.input.setText(_as_read(name, value))
        field.blockSignals(False)
        _note_as_stored(field)
        _say_usual(field)

    def _left(self, name: str, *_chosen: object) -> None:
        """Save a field that was left, where it says something else than is stored."""
        if self._details is None:
            return
        field = self._fields[name]
        if isinstance(field, DayField):
            try:
                value: Any = field.day_if_any()
            except RuleRefusal as refusal:
                self._refused(name, refusal)
                return
        elif isinstance(field, ChoiceField):
            value = field.value()
        else:
            value = field.text()
        stored = self._details.values[name]
        if value != (stored if isinstance(field, DayField) else _as_read(name, stored)):
            self._write({name: value})

    def _write(self, changes: dict[str, Any], *, can_undo: bool = True) -> None:
        assert self._details is not None  # noqa: S101 - there is something to edit
        command = EditPerson(self._details.person_id, changes)
        self._desk.do(
            lambda work: edit_person(command, work=work),
            on_done=partial(self._written, changes, can_undo=can_undo),
            on_error=partial(self._refused, next(iter(changes))),
        )

    def _written(self, changes: dict[str, Any], edited: PersonEdited, *, can_undo: bool) -> None:
        if self._details is None:
            return
        self._details.values.update(changes)
        for name in changes:
            _note_as_stored(self._fields[name])
            _say_usual(self._fields[name])
            if not can_undo:
                self._fill(name, self._fields[name])
        if can_undo:
            self._undo.append(dict(edited.before))
        action: Callable[[], object] | None = self.take_back if can_undo else None
        self.notice.show_notice(
            "success",
            _("Saved.") if can_undo else _("Taken back."),
            action=_("Take back") if can_undo else "",
            on_action=action,
        )

    def _refused(self, name: str, problem: Exception) -> None:
        if isinstance(problem, AppError):
            sentence = sentence_for(problem)
            self._fields[name].complain(f"{sentence.title} {sentence.advice}")
        else:
            self._desk.failed.emit(problem)


def _as_read(name: str, value: str | None) -> str:
    """Return what a field of text shows of what is stored: a number with its hyphen, a language by its name."""
    if name == "identifier":
        return shown(value or "")
    return language_name(value) if name == "language" and value else value or ""


def _note_as_stored(field: Field | DayField | ChoiceField) -> None:
    """Let what stands in a field keep its page no longer: it is stored."""
    if isinstance(field, ChoiceField):
        field.note_as_made()
    else:
        note_as_made(field.input)


def _say_usual(field: Field | DayField | ChoiceField) -> None:
    """Say below a field what it usually says; below a number, what it tells."""
    if isinstance(field, IdentifierField):
        field.judge()
    else:
        field.advise()
