"""Two people wrote different things: both values, who and when, and no default. One chooses, or writes a third."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.domain.courses import clock_time
from app.error_text import sentence_for
from app.errors import AppError, RuleRefusal
from app.i18n import _, format_day, format_time
from app.services.resolve_conflict import ResolveConflict, resolve_conflict
from app.storage.column_kinds import ColumnKind
from app.storage.queries.conflicts import CORRECTS, ConflictCard, conflict_cards
from app.ui.desk import Desk
from app.ui.person.conflict_words import (
    both_ways_words,
    corrected_twice_words,
    deleted_words,
    gone_words,
    heading_words,
    late_words,
    subject_words,
    third_kind,
    third_offers,
    value_words,
)
from app.ui.person.identifier_field import IdentifierField
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Card,
    ChoiceField,
    DayField,
    EmptyState,
    Field,
    NumberField,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    label,
)

_Third = Field | DayField | NumberField | ChoiceField
_LONGEST = 20_000


class ConflictsPanel(QWidget):
    """Reads the cards about a person and shows them; a card goes when somebody has chosen.

    `answered` tells that somebody has; cards about what a team shares are then read anew by whoever gave them.
    """

    answered = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("conflicts-panel")
        self._desk = desk
        self._person_id = ""
        self._shown: tuple[ConflictCard, ...] | None = None
        self._made: dict[ConflictCard, Card] = {}
        self._number = 0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(current_metrics().space_4)

    def show_person(self, person_id: str) -> None:
        """Read the cards about this person."""
        if person_id != self._person_id:
            self._shown = None
        self._person_id = person_id
        self._desk.ask(lambda reading: conflict_cards(reading, person_id), on_done=self._show)

    def show_of_teams(self, cards: tuple[ConflictCard, ...]) -> None:
        """Show cards about what a team shares."""
        self._show(cards)

    def _show(self, cards: tuple[ConflictCard, ...]) -> None:
        if cards == self._shown:
            return
        if self._shown is None:
            self._made.clear()
            self._number = 0
        self._shown = cards
        with focus_kept(self):
            self._fill(cards)

    def _fill(self, cards: tuple[ConflictCard, ...]) -> None:
        """Show the cards in their order; one that stays is the same as before, with the third value typed in it."""
        for made in [made for card, made in self._made.items() if card in cards]:
            self._column.removeWidget(made)
        fill_anew(self._column)
        if cards and self._person_id:
            self._column.addWidget(
                label(
                    _("Colleagues wrote different things. Both are kept, and what came first holds until you choose."),
                    type="soft",
                    name="conflicts-intro",
                )
            )
        self._made = {card: self._made.get(card) or self._card(card) for card in cards}
        for made in self._made.values():
            self._column.addWidget(made)
        if not cards and self._person_id:
            self._column.addWidget(
                EmptyState(
                    "check-circle",
                    _("Nothing to choose"),
                    _("When two colleagues write different things about this person, both stand here."),
                    name="no-conflicts",
                )
            )

    def _card(self, card: ConflictCard) -> Card:
        made = Card(name=f"conflict-{self._number}")
        self._number += 1
        if card.field == "late":
            words = late_words(card, is_of_person=bool(self._person_id))
            self._add_notice(made, card, _("Recorded without access"), words)
        elif card.is_both_ways:
            self._add_notice(made, card, _("Joined both ways round"), both_ways_words(card))
        elif card.field == "deleted":
            self._add_notice(made, card, heading_words(card), deleted_words(card))
        elif card.field == CORRECTS:
            heading = _("{entity}: corrected twice").format(entity=subject_words(card))
            self._add_notice(made, card, heading, corrected_twice_words(card))
        elif card.is_gone:
            self._add_notice(made, card, heading_words(card), gone_words(card))
        else:
            self._add_choice(made, card)
        return made

    def _add_notice(self, made: Card, card: ConflictCard, heading: str, words: str) -> None:
        """Say what happened where there is nothing to choose."""
        made.body.addWidget(label(heading, type="heading"))
        made.body.addWidget(label(words))
        seen = button(
            _("I have seen it"),
            name=f"{made.objectName()}-seen",
            shows="check",
            on_click=partial(self._choose, card, keep=True),
        )
        seen.setAccessibleName(f"{seen.text()}: {heading}")
        made.body.addWidget(seen, 0, Qt.AlignmentFlag.AlignLeft)

    def _add_choice(self, made: Card, card: ConflictCard) -> None:
        name = made.objectName()
        heading = heading_words(card)
        made.body.addWidget(label(heading, type="heading"))
        both = across_or_down()
        someone = _("a colleague")
        standing = value_words(card, card.standing, card.standing_row)
        by = _("Written by {name}").format(name=card.standing_by or someone)
        side = self._value(_("Stands now"), standing, by, f"{name}-standing")
        self._add_button(side, _("Keep this"), standing, heading, partial(self._choose, card, keep=True))
        both.addWidget(side, 1)
        contender = value_words(card, card.contender, card.contender_row)
        by = _("Written by {name}").format(name=card.contender_by or someone)
        when = ""
        if card.contender_at is not None:
            when = _("{day} at {time}, by that laptop's clock").format(
                day=format_day(card.contender_at), time=format_time(card.contender_at)
            )
        side = self._value(_("Came later"), contender, f"{by}\n{when}".strip(), f"{name}-contender")
        if card.can_take:
            take = partial(self._choose, card, value=card.contender)
            self._add_button(side, _("Take this"), contender, heading, take)
        both.addWidget(side, 1)
        made.body.addLayout(both)
        if card.field == "merged_into_id" and not card.can_take:
            self._add_where_to_join(made)
        elif third_kind(card) is not None:
            self._add_third(made, card, heading)

    def _add_where_to_join(self, made: Card) -> None:
        """Say where two people are joined otherwise: it takes more than a choice between two names."""
        made.body.addWidget(
            label(_("To change it, go where people are joined: a joining is taken back there, and two are joined."))
        )
        there = button(
            _("Contacts and referral"),
            name=f"{made.objectName()}-where",
            kind="link",
            on_click=lambda: self._desk.open("person", self._person_id, section="contacts"),
        )
        made.body.addWidget(there, 0, Qt.AlignmentFlag.AlignLeft)

    def _add_third(self, made: Card, card: ConflictCard, heading: str) -> None:
        name = made.objectName()
        third = self._third(card, f"{name}-third")
        save = button(
            _("Save this instead"),
            name=f"{name}-save",
            on_click=partial(self._save_third, card, third),
        )
        save.setAccessibleName(f"{save.text()}: {heading}")
        if isinstance(third, Field):
            third.submitted.connect(save.click)
        across = across_or_down()
        across.addWidget(third, 1)
        across.addWidget(save)
        made.body.addLayout(across)

    def _third(self, card: ConflictCard, name: str) -> _Third:
        """Return a field that fits what the column holds."""
        question = _("Or write what is right")
        on = today(self._desk.clock)
        if card.kind is ColumnKind.DAY:
            return DayField(question, name=name, today=on)
        if card.kind in (ColumnKind.WHOLE, ColumnKind.NUMBER):
            return NumberField(question, name=name, decimals=card.kind is ColumnKind.NUMBER)
        if card.field == "identifier":
            return IdentifierField(question, name=name, today=on)
        if offers := third_offers(card):
            # An answer may be empty, and none is chosen before somebody chooses.
            choices = [("", _("Choose")), *((f"={code}", word) for code, word in offers)]
            return ChoiceField(_("Or choose what is right"), name=name, offers=choices, as_box=True)
        field = Field(question, name=name)
        field.input.setMaxLength(_LONGEST)
        return field

    def _save_third(self, card: ConflictCard, third: _Third) -> None:
        try:
            value = _written(card, third)
        except RuleRefusal as refusal:
            _complain(third, refusal)
            return
        self._choose(card, value=value, third=third)

    def _value(self, title: str, shown: str, by: str, name: str) -> QWidget:
        side = QWidget()
        side.setObjectName(name)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label(title, type="caption"))
        column.addWidget(label(shown, type="strong", name=f"{name}-value"))
        column.addWidget(label(by, type="caption"))
        # The two buttons stand on one line, however long either value is.
        column.addStretch(1)
        return side

    def _add_button(self, side: QWidget, verb: str, shown: str, heading: str, choose: Callable[[], None]) -> None:
        made = button(verb, name=side.objectName(), on_click=choose)
        made.setAccessibleName(_("{button}: {value} ({heading})").format(button=verb, value=shown, heading=heading))
        column = side.layout()
        assert isinstance(column, QVBoxLayout)  # noqa: S101 - it was made so
        column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        side.setObjectName("")

    def _choose(
        self, card: ConflictCard, *, value: str | None = None, keep: bool = False, third: _Third | None = None
    ) -> None:
        command = ResolveConflict(card.conflict_id, value=value, keep_standing=keep)

        def refused(problem: Exception) -> None:
            if third is not None and isinstance(problem, RuleRefusal) and "field" in problem.parameters:
                _complain(third, problem)
            else:
                self._desk.failed.emit(problem)

        self._desk.do(
            lambda work: resolve_conflict(command, work=work),
            on_done=lambda _done: self._tell_answered(),
            on_error=refused,
        )

    def _tell_answered(self) -> None:
        if self._person_id:
            self.show_person(self._person_id)
        self.answered.emit()


def _written(card: ConflictCard, third: _Third) -> str:
    """Return what is written or chosen as the text of a card; RuleRefusal where it is nothing, or none of its kind."""
    if isinstance(third, DayField):
        day = third.day()
        return day.isoformat()
    if isinstance(third, NumberField):
        number = third.value()
        if number is None:
            raise RuleRefusal("nothing-written", field="value")
        return str(int(number)) if card.kind is ColumnKind.WHOLE else str(number)
    if isinstance(third, ChoiceField):
        if not third.value():
            raise RuleRefusal("nothing-written", field="value")
        return third.value().removeprefix("=")
    if not third.text():
        raise RuleRefusal("nothing-written", field="value")
    return clock_time(third.text()) if card.field == "starts_at" else third.text()


def _complain(third: _Third, problem: AppError) -> None:
    sentence = sentence_for(problem)
    third.complain(f"{sentence.title} {sentence.advice}".strip())
    third.setFocus()
