"""Sending beside whoever works, asked for or by itself; how it goes is shown in the screens that are there then."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.clock import Clock
from app.errors import KnownProblem
from app.sync.hang_up import HangUp
from app.sync.kept_line import KeptLine
from app.ui.tasks import TaskRunner

if TYPE_CHECKING:
    from app.models.local import Device
    from app.storage.engine import Store
    from app.sync.report import SyncProgress, SyncReport
    from app.ui.desk import Desk
    from app.ui.shell.main_window import Workspace
    from app.ui.sync_status.automatic import AutomaticSending


class Sending(QObject):
    """Synchronises the open store with its server, one sending at a time, from `begin` to `end`.

    `prepare` is called before each, on its thread. `revoked` says that the server took the laptop's access away.
    """

    revoked = Signal(object)
    _progressed = Signal(object)

    def __init__(self, tasks: TaskRunner, *, clock: Clock, prepare: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self.goes_by_itself = False
        self.is_under_way = False
        self._tasks = tasks
        self._clock = clock
        self._prepare = prepare
        self._store: Store | None = None
        self._device: Device | None = None
        self._workspace: Workspace | None = None
        self._automatic: AutomaticSending | None = None
        self._hang_up = HangUp()
        self.line = KeptLine()
        self._progressed.connect(self._show_progress)

    def begin(self, store: "Store", device: "Device", desk: "Desk", workspace: "Workspace") -> None:
        """Send from this store, as these screens ask for it; they may be made anew while it stays open."""
        self._store, self._device, self._workspace = store, device, workspace
        workspace.send.connect(self.send)
        workspace.stop_sending.connect(self.stop)
        workspace.sync.say_restored.connect(self._say_restored)
        workspace.sync.give_code.connect(self._let_in_again)
        if self.goes_by_itself:
            self._begin_by_itself(desk)

    def end(self) -> None:
        """Let go of the store, which is about to be closed, and of the line: what is under way finds it closed."""
        self._store = self._device = self._workspace = None
        self.line.close()
        self.line = KeptLine()

    def send(self) -> None:
        """Synchronise with the server, beside the window; pressing again while it runs changes nothing."""
        store, device, workspace = self._store, self._device, self._workspace
        if store is None or device is None or workspace is None or self.is_under_way:
            return
        self.is_under_way = True
        self._hang_up = hang_up = HangUp()
        line = self.line
        workspace.sending()

        def tell(progress: "SyncProgress") -> None:
            if hang_up.is_done:
                raise KnownProblem("locked")
            self._progressed.emit(progress)

        def run() -> "SyncReport":
            from app.open_stage import synchronised  # noqa: PLC0415 - the first screen does not wait for it

            self._prepare()
            return synchronised(store, device, clock=self._clock, progress=tell, hang_up=hang_up, line=line)

        self._tasks.run_network(run, on_done=self._ended, on_error=self._failed)

    def stop(self) -> None:
        """End sending where it is; what was answered so far is sent, and the rest goes the next time."""
        self._hang_up.now()

    def leave(self) -> None:
        """End what is under way, and begin nothing by itself any more."""
        self.stop()
        if self._automatic is not None:
            self._automatic.stop()

    def _begin_by_itself(self, desk: "Desk") -> None:
        """Send without being asked: when the machine comes online, after writing, and after a failure."""
        from app.ui.sync_status.automatic import AutomaticSending  # noqa: PLC0415 - after the first screen

        if self._automatic is None:
            self._automatic = AutomaticSending(self)
            self._automatic.due.connect(self.send)
        desk.changed.connect(self._automatic.written)
        self._automatic.start()

    def _ended(self, report: "SyncReport") -> None:
        self.is_under_way = False
        if self._automatic is not None:
            self._automatic.succeeded()
        self._show(lambda now: now.sync.sent(report))

    def _failed(self, problem: Exception) -> None:
        self.is_under_way = False
        if self._hang_up.is_done:
            problem = KnownProblem("sending-stopped")
        if isinstance(problem, KnownProblem) and problem.code == "laptop-revoked":
            self.revoked.emit(problem)
            return
        if self._automatic is not None:
            self._automatic.failed(problem)
        self._show(lambda now: now.sync.failed(problem))

    def _show(self, ending: "Callable[[Workspace], None]") -> None:
        """Show how it ended in the screens there are now; they may have been locked or made anew meanwhile."""
        workspace = self._workspace
        if workspace is not None:
            workspace.sent(lambda: ending(workspace))

    def _show_progress(self, progress: "SyncProgress") -> None:
        if self._workspace is not None and self.is_under_way:
            self._workspace.show_progress(progress)

    def _say_restored(self) -> None:
        store = self._store
        if store is None:
            return
        from app.open_stage import say_restored  # noqa: PLC0415 - needed once in a while

        self._tasks.run(
            lambda: say_restored(store),
            on_done=lambda _done: self.send(),
            on_error=lambda problem: self._show(lambda now: now.sync.failed(problem)),
        )

    def _let_in_again(self, code: str) -> None:
        store, device = self._store, self._device
        if store is None or device is None:
            return
        from app.open_stage import let_in_again  # noqa: PLC0415 - needed once in a while

        self._tasks.run_network(
            lambda: let_in_again(store, device, code),
            on_done=lambda _device: self.send(),
            on_error=lambda problem: self._show(lambda now: now.sync.failed(problem)),
        )
