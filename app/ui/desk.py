"""What a screen works with: it asks questions and does things, off the UI thread, and hears what changed."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from app.apart import Apart
from app.clock import Clock
from app.domain.access_chain import Action
from app.errors import KnownProblem
from app.storage.access_log import Access, noted
from app.storage.change_set import ChangeSet
from app.storage.engine import Reading, Store, UnitOfWork, known_disk_problems
from app.ui.tasks import TaskRunner

_Answer = TypeVar("_Answer")
_log = logging.getLogger(__name__)
SEEN_ONCE_IN = timedelta(minutes=10)
"""How long looking at the same page of the same person again is the same look."""
TYPING_ON = timedelta(seconds=5)
"""A search that comes sooner after the last one is the same search, typed further."""


class Desk(QObject):
    """An open store, the person at it, and the tasks that reach it; `changed` carries a ChangeSet after every write.

    `opened` asks the shell to go somewhere: what kind of thing, its key, the section of its page or the
    cell of its sheet (both may be empty).
    """

    changed = Signal(object)
    failed = Signal(object)
    opened = Signal(str, str, str)
    closing_asked = Signal(str, object)
    tip_seen = Signal(str)

    def __init__(
        self,
        store: Store | None,
        *,
        tasks: TaskRunner,
        clock: Clock,
        user_id: str = "",
        user_name: str = "",
        parent: QObject,
        role: str = "counsellor",
    ) -> None:
        """Sit somebody down at an open store; without one the desk is empty, and screens can be put around it."""
        super().__init__(parent)
        self._store = store
        self.role = role
        self.tasks = tasks
        self.clock = clock
        self.user_id = user_id
        self.user_name = user_name
        # Papers are drawn in one process and reports computed in another, so that a paper waits for no report.
        self.papers = Apart()
        self.figures = Apart()
        self.search_reason = ""
        self.tips_seen: frozenset[str] = frozenset()
        self._is_closed = False
        self._logged: dict[tuple[str | None, str], datetime] = {}
        self._searched: Access | None = None
        self._searched_at = clock.now()

    @property
    def store(self) -> Store:
        """Return the open store; KnownProblem("locked") at a desk that nobody has sat down at."""
        if self._store is None:
            raise KnownProblem("locked")
        return self._store

    @property
    def is_empty(self) -> bool:
        """Return whether nobody has sat down yet."""
        return self._store is None

    def sit_down(self, store: Store, *, user_id: str, user_name: str, role: str) -> None:
        """Take an empty desk; whoever gets up leaves it for good, see :meth:`close`."""
        assert self._store is None, "somebody sits there"  # noqa: S101 - a desk is used once
        self._store, self.user_id, self.user_name, self.role = store, user_id, user_name, role

    def close(self) -> None:
        """Answer nobody any more, as when the screens that asked are gone."""
        if not self._is_closed:
            self._is_closed = True
            self.tasks.drop_pieces()
            self.papers.stop()
            self.figures.stop()
            searched, self._searched = self._searched, None
            if searched is not None:
                self._write([searched])

    def ask_to_close(self, kind: str, argument: object) -> None:
        """Ask the shell for what is done while the store is closed: "rekey" (a passphrase) or "restore" (a backup)."""
        if not self._is_closed:
            self.closing_asked.emit(kind, argument)

    def log(self, *accesses: Access) -> None:
        """Write to the access log that something was printed, exported or shown without being asked for."""
        self.tasks.run(lambda: self._write(accesses), on_done=lambda _: None, on_error=self.failed.emit)

    def give_search_reason(self, reason: str) -> None:
        """Say why one searches; the search that is being typed carries it too."""
        self.search_reason = " ".join(reason.split())
        if self._searched is not None and self.search_reason:
            self._searched = replace(self._searched, reason=self.search_reason)

    def see_tip(self, key: str) -> None:
        """Note that a tip is known; the settings remember it."""
        self.tips_seen |= {key}
        self.tip_seen.emit(key)

    def open(self, kind: str, key: str = "", *, section: str = "") -> None:
        """Go to a "person", "session", "diploma" (of enrolments) or to a screen by its name ("people", "sync")."""
        if not self._is_closed:
            self.opened.emit(kind, key, section)

    def ask(self, question: Callable[[Reading], _Answer], *, on_done: Callable[[_Answer], object]) -> None:
        """Read from the store; whatever fails is told by `failed`. A widget that is gone by then is not told."""

        def read() -> _Answer:
            with known_disk_problems(), self.store.session() as reading:
                answer = question(reading)
                shown = noted(reading)
            self._log_shown(shown)
            return answer

        self.tasks.run(read, on_done=self._while_open(on_done), on_error=self._while_open(self.failed.emit))

    def ask_in_parts(
        self, question: Callable[[Reading], Iterator[_Answer]], *, on_part: Callable[[_Answer], object]
    ) -> None:
        """Read from the store what is of one moment, and tell each part of it as soon as it is found."""

        def read() -> Iterator[_Answer]:
            with known_disk_problems(), self.store.session() as reading:
                for part in question(reading):
                    self._log_shown(noted(reading))
                    yield part

        self.tasks.run_in_parts(read, on_part=self._while_open(on_part), on_error=self._while_open(self.failed.emit))

    def do(
        self,
        use_case: Callable[[UnitOfWork], _Answer],
        *,
        on_done: Callable[[_Answer], object],
        on_error: Callable[[Exception], object] | None = None,
    ) -> None:
        """Run a use case in its own transaction, then say what it changed.

        Where the form that asked is gone by then, what failed is told by `failed`.
        """

        def write() -> tuple[_Answer, ChangeSet]:
            with self.store.unit_of_work(actor=self.user_id, clock=self.clock) as work:
                return use_case(work), work.changed

        def tell(outcome: tuple[_Answer, ChangeSet]) -> None:
            answer, changed = outcome
            if not _is_gone(on_done):
                on_done(answer)
            self.changed.emit(changed)

        def refuse(problem: Exception) -> None:
            if on_error is None or _is_gone(on_error):
                self.failed.emit(problem)
            else:
                on_error(problem)

        self.tasks.run(write, on_done=self._while_open(tell), on_error=self._while_open(refuse))

    def note(
        self,
        use_case: Callable[[UnitOfWork], _Answer],
        *,
        on_done: Callable[[_Answer], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """Write what is no change of a record, such as an entry of the access log; no screen is told of it."""

        def write() -> _Answer:
            with self.store.unit_of_work(actor=self.user_id, clock=self.clock) as work:
                return use_case(work)

        self.tasks.run(write, on_done=self._while_open(on_done), on_error=self._while_open(on_error))

    def beside(
        self,
        job: Callable[[], _Answer],
        *,
        on_done: Callable[[_Answer], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """Do something that takes a while beside the window and the store; nobody is answered once it is closed."""
        self.tasks.run_network(job, on_done=self._while_open(on_done), on_error=self._while_open(on_error))

    def draw(
        self,
        drawing: Callable[[], _Answer],
        *,
        on_done: Callable[[_Answer], object],
        on_error: Callable[[Exception], object],
    ) -> None:
        """Have a paper, a picture of one or a spreadsheet made in the process for it, from plain data."""
        self.beside(lambda: self.papers.do(drawing), on_done=on_done, on_error=on_error)

    def expect(self, apart: Apart, get_ready: Callable[[], None]) -> None:
        """Have a process started and what it needs imported: somebody is about to want it, and should not wait."""
        # Where it cannot be, whoever wants something of it is told.
        self.beside(lambda: apart.do(get_ready), on_done=lambda _ready: None, on_error=lambda _problem: None)

    @property
    def is_closed(self) -> bool:
        """Return whether the screens that asked are gone; a job that runs on looks at it."""
        return self._is_closed

    def _log_shown(self, shown: Sequence[Access]) -> None:
        """Write down who was seen before the answer is out; runs on the store's worker.

        The same person on the same page is seen once in ten minutes, however often the page is read anew; a search is
        written when something else is done than typing on.
        """
        entries: list[Access] = []
        now = self.clock.now()
        for access in shown:
            if access.action is Action.SEARCH:
                if self._searched is not None and now - self._searched_at > TYPING_ON:
                    entries.append(self._searched)
                self._searched, self._searched_at = replace(access, reason=self.search_reason), now
                continue
            before = self._logged.get((access.subject_id, access.what))
            if before is None or abs(now - before) > SEEN_ONCE_IN:
                self._logged[access.subject_id, access.what] = now
                entries.append(access)
        if entries:
            searched, self._searched = self._searched, None
            self._write([*([] if searched is None else [searched]), *entries])

    def _write(self, accesses: Sequence[Access]) -> None:
        """Write entries in a transaction of their own; a disk that refuses keeps nobody from reading."""
        try:
            with self.store.unit_of_work(actor=self.user_id, clock=self.clock) as work:
                for access in accesses:
                    work.log(access)
                work.commit()
        except KnownProblem as problem:
            _log.warning("the access log could not be written: %s", problem.code)

    def _while_open(self, tell: Callable[[_Answer], object]) -> Callable[[_Answer], None]:
        def answer(outcome: _Answer) -> None:
            if not self._is_closed and not _is_gone(tell):
                tell(outcome)

        return answer


def _is_gone(tell: Callable[..., object]) -> bool:
    """Whether `tell` belongs to a widget that Qt has deleted: its form was closed while the answer was on its way."""
    owner = getattr(tell, "__self__", None)
    return isinstance(owner, QObject) and not isValid(owner)
