"""What is typed at the sheet on its way into the store."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.errors import KnownProblem
from app.services.session_draft import Cell, TypeCell, type_cell
from app.ui.desk import Desk


class TypedCells(QObject):
    """Saves each cell as it is typed; one that could not be saved waits, and is tried again with the next.

    `saved` tells that every cell is saved, `not_saved` carries why one could not be.
    """

    saved = Signal()
    not_saved = Signal(object)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._waiting: dict[tuple[str, Cell], TypeCell] = {}
        self._then: Callable[[], object] | None = None
        self.count = 0
        """How many were typed: what was read before one of them does not show it."""

    def save(self, command: TypeCell) -> None:
        """Save a cell; what it held before is not tried again."""
        self.count += 1
        self._waiting.pop((command.enrolment_id, command.cell), None)
        self._send(command)

    @property
    def are_waiting(self) -> bool:
        """Return whether something could not be saved."""
        return bool(self._waiting)

    def save_waiting(self, *, then: Callable[[], object] | None = None) -> None:
        """Try what waits: the disk may have room again. `then` is done once all of it is saved, and else never."""
        self._then = then or self._then
        waiting, self._waiting = self._waiting, {}
        for command in waiting.values():
            self._send(command)

    def _send(self, command: TypeCell) -> None:
        self._desk.do(
            lambda work: type_cell(command, work=work),
            on_done=self._is_saved,
            on_error=partial(self._is_not_saved, command),
        )

    def _is_saved(self, _value: object) -> None:
        if self._waiting:
            self.save_waiting()
            return
        self.saved.emit()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _is_not_saved(self, command: TypeCell, problem: Exception) -> None:
        self._then = None
        if isinstance(problem, KnownProblem):
            self._waiting[command.enrolment_id, command.cell] = command
        self.not_saved.emit(problem)
