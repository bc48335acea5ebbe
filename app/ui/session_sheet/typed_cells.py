"""What is typed at the sheet on its way into the store."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.errors import KnownProblem
from app.services.session_draft import Cell, TypeCell, type_cell, understood, with_cell
from app.storage.queries.session_sheet import Sheet
from app.ui.desk import Desk

_Where = tuple[str, str, Cell]
"""At which session, of whom, and in which column."""


class TypedCells(QObject):
    """Saves each cell as it is typed; one that could not be saved waits, and is tried again with the next.

    `saved` tells that every cell is saved, `not_saved` carries why one could not be.
    """

    saved = Signal()
    not_saved = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._under_way: dict[_Where, TypeCell] = {}
        self._waiting: dict[_Where, TypeCell] = {}
        self._then: Callable[[], object] | None = None
        self.count = 0
        """How many were typed: what was read before one of them does not show it."""

    def keep(self, command: TypeCell) -> None:
        """Save a cell; what it held before is not tried again."""
        self.count += 1
        self._waiting.pop(_where(command), None)
        self._send(command)

    @property
    def are_waiting(self) -> bool:
        """Return whether something could not be saved."""
        return bool(self._waiting)

    @property
    def are_saved(self) -> bool:
        """Return whether nothing waits, and nothing is on its way."""
        return not self._waiting and not self._under_way

    def save_waiting(self, *, then: Callable[[], object] | None = None) -> None:
        """Try what waits: the disk may have room again. `then` is done once everything is saved, and else never."""
        self._then = then or self._then
        waiting, self._waiting = self._waiting, {}
        for command in waiting.values():
            self._send(command)

    def over(self, sheet: Sheet) -> Sheet:
        """Return an open sheet with what is typed and not saved in its cells: where it was read, it is not yet."""
        unsaved = [*self._waiting.values(), *self._under_way.values()]
        rows = {row.enrolment_id: row for row in sheet.rows}
        for command in unsaved if sheet.state != "closed" else ():
            if command.session_id == sheet.session_id and command.enrolment_id in rows:
                row = rows[command.enrolment_id]
                rows[command.enrolment_id] = replace(
                    row, cells=with_cell(row.cells, command.cell, understood(command.cell, command.text))
                )
        return replace(sheet, rows=tuple(rows.values()))

    def _send(self, command: TypeCell) -> None:
        self._under_way[_where(command)] = command
        self._desk.do(
            lambda work: type_cell(command, work=work),
            on_done=partial(self._is_saved, command),
            on_error=partial(self._is_not_saved, command),
        )

    def _is_saved(self, command: TypeCell, _value: object) -> None:
        self._arrived(command)
        if self._waiting:
            self.save_waiting()
        elif not self._under_way:
            self.saved.emit()
            then, self._then = self._then, None
            if then is not None:
                then()

    def _is_not_saved(self, command: TypeCell, problem: Exception) -> None:
        self._then = None
        # What was typed over meanwhile must not come back over what is right.
        if self._arrived(command) and isinstance(problem, KnownProblem):
            self._waiting[_where(command)] = command
        self.not_saved.emit(problem)

    def _arrived(self, command: TypeCell) -> bool:
        """Note that a cell is not on its way any more; return whether it is the last that was typed there."""
        is_last = self._under_way.get(_where(command)) is command
        if is_last:
            del self._under_way[_where(command)]
        return is_last


def _where(command: TypeCell) -> _Where:
    return command.session_id, command.enrolment_id, command.cell
