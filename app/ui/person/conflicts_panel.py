"""Two people wrote different things: both values, who and when, and no default. One chooses, or writes a third."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _, format_day, format_time
from app.services.resolve_conflict import ResolveConflict, resolve_conflict
from app.storage.queries.conflicts import ConflictCard, conflict_cards
from app.ui.desk import Desk
from app.ui.widgets import Card, EmptyState, Field, across_or_down, button, fill_anew, focus_kept, label
from app.ui.words import entity_word, field_word


class ConflictsPanel(QWidget):
    """Reads the cards about a person and shows them; a card goes when somebody has chosen."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("conflicts-panel")
        self._desk = desk
        self._person_id = ""
        self._shown: tuple[ConflictCard, ...] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def show_person(self, person_id: str) -> None:
        """Read the cards about this person."""
        if person_id != self._person_id:
            self._shown = None
        self._person_id = person_id
        self._desk.ask(lambda reading: conflict_cards(reading, person_id), on_done=self._show)

    def _show(self, cards: tuple[ConflictCard, ...]) -> None:
        if cards == self._shown:
            return  # A third value that is being typed stays.
        self._shown = cards
        with focus_kept(self):
            self._fill(cards)

    def _fill(self, cards: tuple[ConflictCard, ...]) -> None:
        fill_anew(self._column)
        for number, card in enumerate(cards):
            self._column.addWidget(self._card(number, card))
        if not cards:
            self._column.addWidget(
                EmptyState(
                    "check-circle",
                    _("Nothing to choose"),
                    _("When two colleagues write different things about this person, both stand here."),
                    name="no-conflicts",
                )
            )

    def _card(self, number: int, card: ConflictCard) -> Card:
        made = Card(name=f"conflict-{number}")
        if card.field == "late":
            made.body.addWidget(label(_("Recorded without access"), type="heading"))
            made.body.addWidget(
                label(
                    _(
                        "{name} recorded something about this person after leaving the team. It was taken, so that"
                        " nothing is lost. Look through the latest entries."
                    ).format(name=card.contender_by or _("A colleague"))
                )
            )
            seen = button(
                _("I have seen it"),
                name=f"conflict-{number}-seen",
                shows="check",
                on_click=lambda: self._choose(card, keep=True),
            )
            made.body.addWidget(seen, 0, Qt.AlignmentFlag.AlignLeft)
            return made
        heading = _("{entity}: {field}").format(entity=entity_word(card.entity), field=field_word(card.field))
        made.body.addWidget(label(heading, type="heading"))
        both = across_or_down()
        someone = _("a colleague")
        standing_by = _("Written by {name}").format(name=card.standing_by or someone)
        name = f"conflict-{number}-standing"
        keep = self._value(
            _("Stands now"), card.standing, standing_by, _("Keep this"), name, lambda: self._choose(card, keep=True)
        )
        both.addWidget(keep, 1)
        when = ""
        if card.contender_at is not None:
            when = _("{day} at {time}, by that laptop's clock").format(
                day=format_day(card.contender_at), time=format_time(card.contender_at)
            )
        by = _("Written by {name}").format(name=card.contender_by or someone)
        if card.field != "deleted":
            both.addWidget(
                self._value(
                    _("Came later"), card.contender, f"{by}\n{when}".strip(), _("Take this"),
                    f"conflict-{number}-contender", lambda: self._choose(card, value=card.contender),
                ), 1,
            )  # fmt: skip
        made.body.addLayout(both)
        if card.field != "deleted":
            self._add_third(made, number, card)
        return made

    def _add_third(self, made: Card, number: int, card: ConflictCard) -> None:
        third = Field(_("Or write what is right"), name=f"conflict-{number}-third")
        across = across_or_down()
        across.addWidget(third, 1)
        across.addWidget(
            button(
                _("Save this instead"),
                name=f"conflict-{number}-save",
                on_click=lambda: self._choose(card, value=third.text(), field=third),
            )
        )
        made.body.addLayout(across)

    def _value(
        self, title: str, value: str | None, by: str, verb: str, name: str, choose: Callable[[], None]
    ) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label(title, type="caption"))
        shown = value if value else _("(empty)")
        column.addWidget(label(shown, type="strong", name=f"{name}-value"))
        column.addWidget(label(by, type="caption"))
        # The two buttons stand on one line, however long either value is.
        column.addStretch(1)
        column.addWidget(button(verb, name=name, on_click=choose), 0, Qt.AlignmentFlag.AlignLeft)
        return side

    def _choose(
        self, card: ConflictCard, *, value: str | None = None, keep: bool = False, field: Field | None = None
    ) -> None:
        command = ResolveConflict(card.conflict_id, value=value, keep_standing=keep)

        def refused(problem: Exception) -> None:
            if field is not None and isinstance(problem, AppError) and problem.code == "value-does-not-fit":
                field.complain(sentence_for(problem).title)
            else:
                self._desk.failed.emit(problem)

        self._desk.do(
            lambda work: resolve_conflict(work, command),
            on_done=lambda _done: self.show_person(self._person_id),
            on_error=refused,
        )
