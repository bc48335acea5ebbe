"""What one synchronisation carries from step to step: the server, the store, where both stand, what is done so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from app.clock import Clock
from app.errors import KnownProblem
from app.storage.engine import Store
from app.sync.apply import UnreadableRow
from app.sync.client import SyncClient
from app.sync.report import Reporting, SyncProgress, SyncStep
from app.sync.standpoint import Standpoint
from app.sync.transaction import Transaction
from app.sync.under_way import UnderWay
from app.sync.wire.messages import (
    Handshake,
    Hello,
    PullReply,
    PushReply,
    Receipt,
    RepairReply,
    StandingReply,
)

_Question = TypeVar("_Question")
_Reply = TypeVar("_Reply")


class ServersClock:
    """The server's time, as far as this laptop's clock was measured against it; what is kept for days counts by it."""

    def __init__(self, clock: Clock) -> None:
        self.ahead = timedelta()
        """How far the laptop's clock runs ahead of the server's."""
        self._clock = clock

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return self._clock.now() - self.ahead

    def measure(self, said: Hello | Handshake) -> None:
        """Compare the two clocks; KnownProblem "server-fault" where the server says no moment."""
        try:
            moment = datetime.fromisoformat(said.time)
        except ValueError:
            raise KnownProblem("server-fault") from None
        if moment.tzinfo is None:
            raise KnownProblem("server-fault")
        self.ahead = self._clock.now() - moment


@dataclass(slots=True)
class Totals:
    """What was done so far, as :class:`app.sync.report.SyncReport` names it.

    `freed` changes were refused for want of a row, and are pending again because the server has taken that row.
    """

    sent: int = 0
    conflicts: int = 0
    freed: int = 0
    changed: set[tuple[str, str]] = field(default_factory=set)
    unreadable: list[UnreadableRow] = field(default_factory=list)
    removed: int = 0
    repaired: int = 0
    differing: tuple[str, ...] = ()
    handed_in: int = 0


class Run:
    """The state of one synchronisation.

    The steps (:mod:`app.sync.handshake`, :mod:`app.sync.push`, :mod:`app.sync.pull`, :mod:`app.sync.repair`) read and
    change it in the order in which :mod:`app.sync.engine` calls them. They ask the server through :meth:`ask`, which
    ends the store's transaction first, so that the store is never held while the server is waited for.
    """

    def __init__(
        self,
        store: Store,
        client: SyncClient,
        *,
        clock: Clock,
        progress: Callable[[SyncProgress], None] | None,
        reporting: Reporting | None,
    ) -> None:
        self.store = store
        self.client = client
        self.clock = clock
        self.servers_clock = ServersClock(clock)
        self.reporting = reporting
        self.transaction = Transaction(store)
        self.totals = Totals()
        self.device: Standpoint
        """Where this laptop stands; :meth:`find_device` finds it before anything else is done."""
        self.is_set_back = False
        """Whether the server or this store was set back to a backup: what is here may then be older than it says."""
        self.turn = ""
        """The turn that the handshake of this run gave; a server that shakes no hands gives none."""
        self.own: list[tuple[int, int]] = []
        """First and last position of each run of this laptop's own changes, of which no page need tell it again."""
        self.page: PullReply | None = None
        self.receipt: Receipt | None = None
        """What the request of the handshake brought along beside it; true only until something more is sent."""
        self.standing: StandingReply | None = None
        """The server's answer to the report that went along with the handshake; written down with the receipt."""
        self.is_page_announced = False
        """Whether the listener was told already of the page that comes next."""
        self._progress = progress
        self._under_way: UnderWay[Any] | None = None

    def find_device(self) -> None:
        """Find out where this laptop stands; KnownProblem "not-enrolled"."""
        found = self.transaction.standpoint()
        if found is None:
            raise KnownProblem("not-enrolled")
        self.device = found
        self.is_set_back = found.must_adopt or found.is_restored

    def tell(self, step: SyncStep, done: int = 0, total: int = 0) -> None:
        """Tell the listener where the run is, before something is waited for.

        The transaction is ended first, because the listener may write to the store, or end the run by an exception.
        """
        self.transaction.settle()
        if self._progress is not None:
            self._progress(SyncProgress(step, done, total))

    def announce_page(self) -> None:
        """Tell the listener that a page comes, before what came along with it is written."""
        self.tell(SyncStep.PULL)
        self.is_page_announced = True

    def forget_what_came_along(self) -> None:
        """Let go of page and receipt of the handshake: what is sent or offered now is not in them."""
        self.page = self.receipt = None

    def ask(self, question: Callable[[_Question], _Reply], request: _Question) -> _Reply:
        """Ask the server and return its answer; what was written is in the store before."""
        self.transaction.settle()
        return question(request)

    def begin_to_ask(self, question: Callable[[_Question], _Reply], request: _Question) -> UnderWay[_Reply]:
        """Ask the server on another thread and go on working; :meth:`answered` waits for the answer.

        What was written since the last question need not be in the store yet: nothing in this request rests on it.
        """
        asked = UnderWay(lambda: question(request))
        self._under_way = asked
        return asked

    def answered(self, asked: UnderWay[_Reply]) -> _Reply:
        """Wait for the answer to what :meth:`begin_to_ask` asked, and return it."""
        self.transaction.settle()
        self._under_way = None
        return asked.answer()

    def check_speaker(self, reply: PushReply | PullReply | RepairReply) -> None:
        """Raise KnownProblem "wrong-server" or "server-restored" where another server, or another epoch, answers."""
        if reply.server_id != self.device.server_id:
            raise KnownProblem("wrong-server")
        if reply.epoch != self.device.epoch:
            raise KnownProblem("server-restored")

    def give_up(self) -> None:
        """End the run: nothing that is not settled is written, and an answer that still comes is nobody's."""
        self.transaction.give_up()
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.wait()
