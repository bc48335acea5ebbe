"""What a screen works with: it asks questions and does things, off the UI thread, and hears what changed."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from app.clock import Clock
from app.storage.change_set import ChangeSet
from app.storage.engine import Reading, Store, UnitOfWork
from app.ui.tasks import TaskRunner

_Answer = TypeVar("_Answer")


class Desk(QObject):
    """An open store, the person at it, and the tasks that reach it; `changed` carries a ChangeSet after every write.

    `opened` asks the shell to go somewhere: what kind of thing, its key, the section of its page (both may be empty).
    """

    changed = Signal(object)
    failed = Signal(object)
    opened = Signal(str, str, str)

    def __init__(
        self, store: Store, *, tasks: TaskRunner, clock: Clock, user_id: str, user_name: str, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.store = store
        self.tasks = tasks
        self.clock = clock
        self.user_id = user_id
        self.user_name = user_name
        self._is_closed = False

    def close(self) -> None:
        """Answer nobody any more, as when the screens that asked are gone."""
        self._is_closed = True

    def open(self, kind: str, key: str = "", *, section: str = "") -> None:
        """Go to a "person", "session", "diploma" (of an enrolment) or to a screen by its name ("people", "sync")."""
        if not self._is_closed:
            self.opened.emit(kind, key, section)

    def ask(self, question: Callable[[Reading], _Answer], *, on_done: Callable[[_Answer], object]) -> None:
        """Read from the store; whatever fails is told by `failed`."""

        def read() -> _Answer:
            with self.store.session() as reading:
                return question(reading)

        self.tasks.run(read, on_done=self._while_open(on_done), on_error=self._while_open(self.failed.emit))

    def do(
        self,
        use_case: Callable[[UnitOfWork], _Answer],
        *,
        on_done: Callable[[_Answer], object],
        on_error: Callable[[Exception], object] | None = None,
    ) -> None:
        """Run a use case in its own transaction, then say what it changed."""

        def write() -> tuple[_Answer, ChangeSet]:
            with self.store.unit_of_work(actor=self.user_id, clock=self.clock) as work:
                return use_case(work), work.changed

        def tell(outcome: tuple[_Answer, ChangeSet]) -> None:
            answer, changed = outcome
            on_done(answer)
            self.changed.emit(changed)

        self.tasks.run(write, on_done=self._while_open(tell), on_error=self._while_open(on_error or self.failed.emit))

    def _while_open(self, tell: Callable[[_Answer], object]) -> Callable[[_Answer], None]:
        def answer(outcome: _Answer) -> None:
            if not self._is_closed:
                tell(outcome)

        return answer
