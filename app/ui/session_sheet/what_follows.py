"""What a closed session asks for."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.i18n import _, format_day, ngettext
from app.storage.queries.session_sheet import Sheet, SheetRow
from app.ui.desk import Desk
from app.ui.session_sheet.sheet_model import SheetModel
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Card,
    Flow,
    PagePart,
    ScrollPage,
    Slices,
    across_or_down,
    button,
    fill_anew,
    is_large_text,
    label,
)

_PAIRS_AT_ONCE: Final = 6
"""Pairs who may be one that are said at once: among sixty people there may be hundreds, and most are not."""


class WhatFollows(ScrollPage):
    """Says what a closed session asks for: calls to those who did not come, and diplomas at the last session.

    Hidden while the session is open. `make_diplomas` carries the enrolments whose diplomas are asked for.
    """

    make_diplomas = Signal(object)

    def __init__(self, desk: Desk, model: SheetModel, parent: QWidget | None = None) -> None:
        super().__init__(parent, name="after-closing", widest=None, inset=0)
        self._desk = desk
        self._model = model
        self._card = Card(name="what-follows")
        self.body.addWidget(self._card)
        self.body.addStretch(1)
        self.hide()

    def show_sheet(self, sheet: Sheet) -> None:
        """Say what follows from what the model holds of this sheet now."""
        body = self._card.body
        fill_anew(body)
        self.setVisible(self._model.is_closed)
        if not self._model.is_closed:
            return
        people = self._model.people()
        came = [row for row, status in people if status == "present"]
        stayed_away = [row for row, status in people if status == "absent"]
        body.addWidget(
            label(
                ngettext("Closed: {n} person came.", "Closed: {n} people came.", len(came)).format(n=len(came)),
                type="heading",
            )
        )
        if stayed_away:
            names = ", ".join(row.name for row in stayed_away)
            # No session comes after the last one, unless one was planned.
            is_the_end = sheet.is_last and sheet.next_on is None
            words = _("Call: {names}") if is_the_end else _("Call before the next session: {names}")
            body.addWidget(label(words.format(names=names)))
        if sheet.next_on is not None:
            body.addWidget(label(_("Next session: {day}").format(day=format_day(sheet.next_on))))
        if sheet.is_last and came:
            body.addWidget(label(_("It was the last session. Make the diplomas:"), type="strong"))
            body.addWidget(self._diploma_buttons(came, sheet.held_on))
        self._say_who_may_be_one(body)

    def take_keyboard(self) -> None:
        """Put the keyboard on what comes next after closing: in the table the next digit would be a correction."""
        # From the top, for Qt finds those first that lie in no other widget.
        for first in sorted(self._offered(), key=self._height_of)[:1]:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self, room: int) -> None:
        """Take no more height than is needed in this width: the rest is the sheet's."""
        page = self.widget()
        layout = None if page is None else page.layout()
        if self._model.is_closed and not is_large_text() and layout is not None:
            self.setMaximumHeight(max(layout.totalMinimumHeightForWidth(room), layout.minimumSize().height()))

    def _offered(self) -> list[QPushButton]:
        return [found for found in self._card.findChildren(QPushButton) if not found.isHidden()]

    def _height_of(self, part: QWidget) -> int:
        return part.mapTo(self, QPoint()).y()

    def _say_who_may_be_one(self, body: QVBoxLayout) -> None:
        """Say who of the table may be one person in two rows; their page says why, and joins them."""
        # The row that was made first is the one to keep; keys are in the order in which they were made.
        pairs = [
            (row, other)
            for row in self._model.rows
            for other in self._model.rows
            if row.person_id < other.person_id and other.person_id in row.may_be
        ]
        if pairs:
            room = body.spacing()
            body.addWidget(Slices(pairs, self._may_be_one, name="may-be-one", at_once=_PAIRS_AT_ONCE, spacing=room))

    def _may_be_one(self, pair: tuple[SheetRow, SheetRow]) -> QWidget:
        row, other = pair
        made = PagePart()
        across = across_or_down()
        across.setContentsMargins(0, 0, 0, 0)
        made.setLayout(across)
        across.addWidget(
            label(
                _("{one} and {other} may be the same person.").format(one=row.name, other=other.name),
                name=f"may-be-{row.person_id}-{other.person_id}",
            ),
            1,
        )
        looking = button(
            _("Look"),
            name=f"look-{row.person_id}-{other.person_id}",
            kind="quiet",
            on_click=partial(self._desk.open, "person", row.person_id, section="contacts"),
        )
        looking.setAccessibleName(_("Open {name}").format(name=row.name))
        across.addWidget(looking)
        return made

    def _diploma_buttons(self, came: Sequence[SheetRow], day: date) -> QWidget:
        made = QWidget()
        across = Flow(made, gap=current_metrics().space_2)
        # Whoever sat down for the first time today gets one for the asking alone.
        together = tuple(row.enrolment_id for row in came if row.joined_on < day)
        if len(together) > 1:
            across.addWidget(
                button(
                    ngettext("All {n} diploma", "All {n} diplomas", len(together)).format(n=len(together)),
                    name="all-diplomas",
                    kind="primary",
                    shows="printer",
                    on_click=partial(self.make_diplomas.emit, together),
                )
            )
        for row in came:
            one = button(
                row.name,
                name=f"diploma-{row.person_id}",
                shows="medal" if not row.has_diploma else "check-circle",
                on_click=partial(self.make_diplomas.emit, (row.enrolment_id,)),
                gives_way=True,
            )
            words = _("Diploma for {name}") if row.has_diploma else _("Make the diploma for {name}")
            one.setAccessibleName(words.format(name=row.name))
            across.addWidget(one)
        return made
