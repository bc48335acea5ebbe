"""What the documents say about what one is doing, opened where one is doing it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.programmes import Rule
from app.error_text import document_name
from app.i18n import _
from app.storage.queries.programmes import rules_said
from app.ui.desk import Desk
from app.ui.programmes.values import shown
from app.ui.programmes.words import rule_word
from app.ui.theme import current_metrics
from app.ui.widgets import Card, across_or_down, button, fill_anew, is_large_text, label


class DocumentsSay(QWidget):
    """A quiet line that opens the rules which ask for nothing and tell one something; read when it is opened.

    With a course they are those that it was begun under; elsewhere those of every programme. A widget `beside` stands
    in the line before it.
    """

    def __init__(
        self,
        desk: Desk,
        keys: Sequence[str],
        *,
        name: str,
        course_id: str = "",
        beside: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._desk = desk
        self._keys, self._course_id = tuple(keys), course_id
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._toggle = button(
            _("What the documents say"), name=f"{name}-open", kind="quiet", shows="book-open", on_click=self._turn
        )
        self._toggle.setCheckable(True)
        line = across_or_down()
        if beside is not None:
            line.addWidget(beside, 1)
        line.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(line)
        self.card = Card(name=f"{name}-card")
        self.card.hide()
        column.addWidget(self.card)

    def _turn(self) -> None:
        if not self._toggle.isChecked():
            self.card.hide()
            return
        keys, course_id, on = self._keys, self._course_id, today(self._desk.clock)
        self._desk.ask(
            lambda reading: rules_said(reading, keys, today=on, course_id=course_id), on_done=partial(self._show)
        )

    def _show(self, rules: tuple[Rule, ...]) -> None:
        fill_anew(self.card.body)
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_4)
        grid.setVerticalSpacing(current_metrics().space_2)
        before = ""
        for line, rule in enumerate(rules):
            where = " · ".join(part for part in (document_name(rule.source), rule.paragraph) if part)
            parts = (
                label("" if rule.key == before and not is_large_text() else rule_word(rule.key)),
                label(shown(rule), type="strong"),
                label(where, type="caption"),
            )
            for column, part in enumerate(parts):
                if is_large_text():
                    grid.addWidget(part, line * len(parts) + column, 0)
                else:
                    grid.addWidget(part, line, column, Qt.AlignmentFlag.AlignTop)
            before = rule.key
        if not is_large_text():
            for column in range(3):
                grid.setColumnStretch(column, 1)
        self.card.body.addLayout(grid)
        if not rules:
            self.card.body.addWidget(label(_("The documents say nothing about it."), type="soft"))
        self.card.setVisible(self._toggle.isChecked())
