"""What stands in the window while nothing is open: welcome, passphrase, codes, an envelope for what was not sent."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.clock import Clock
from app.companion_server import DEMO_PASSPHRASE, CompanionServer, is_trial
from app.error_text import sentence_at_enrolment, sentence_for, sentence_of
from app.errors import KnownProblem
from app.i18n import _
from app.settings import unsent_in
from app.ui.shell.window import MainWindow
from app.ui.tasks import TaskRunner
from app.ui.unlock.view import UnlockView

if TYPE_CHECKING:
    from app.models.local import Device
    from app.storage.backup import Recovered
    from app.storage.engine import Store
    from app.ui.welcome.view import WelcomeView

OPEN_MARK = "open"
"""An empty file that lies beside the store while it is open: found at the next start, nobody closed it."""
_DAMAGED = ("damaged-store", "missing-store", "foreign-store")


class Entrance(QObject):
    """Shows the screens at which a laptop is enrolled, unlocked or brought back, and opens its store.

    `opened` carries the store, the device, and what was brought back (or None); `let_in` carries a new recovery code,
    the store and the device, after which the code is shown before anything else. `invent` starts the server of the
    invented cooperation. Whoever finds a page that is not as it was written sets `is_damaged`: nothing is opened unread
    then.
    """

    opened = Signal(object, object, object)
    let_in = Signal(str, object, object)
    language_chosen = Signal(str)

    def __init__(
        self,
        window: MainWindow,
        tasks: TaskRunner,
        *,
        folder: Path,
        clock: Clock,
        invent: Callable[[], CompanionServer],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.is_damaged = False
        self._window = window
        self._tasks = tasks
        self._folder = folder
        self._clock = clock
        self._invent = invent

    def wait(self, words: str) -> UnlockView:
        """Say what is waited for, and take no input; return the screen that says it."""
        view = UnlockView()
        view.set_busy(words)
        self._window.show_alone(view)
        return view

    def welcome(self) -> None:
        """Greet on a new laptop: try it with invented data, or enrol."""
        from app.ui.welcome.view import WelcomeView  # noqa: PLC0415 - seen once in a laptop's life

        view = WelcomeView()
        view.try_invented.connect(lambda passphrase: self._try_invented(view, passphrase))
        view.enrol.connect(lambda url, code, passphrase: self._enrol(view, url, code, passphrase))
        view.language_chosen.connect(self.language_chosen)
        self._window.show_alone(view)

    def ask_passphrase(self, why: KnownProblem | None = None) -> None:
        """Ask for the passphrase of a laptop that has records, and say why where it was locked for a reason."""
        hint = (
            _("Invented data: the passphrase is {passphrase}").format(passphrase=DEMO_PASSPHRASE)
            if is_trial(self._folder)
            else ""
        )
        view = UnlockView(hint=hint)
        view.unlock.connect(lambda passphrase: self._unlock(view, passphrase))
        view.recover.connect(lambda passphrase: self._recover(view, passphrase))
        view.forgotten.connect(self._show_let_in)
        view.envelope_wanted.connect(lambda path: self._save_envelope(view, path))
        self._window.show_alone(view)
        if why is not None and why.code in _DAMAGED:
            view.offer_recovery(sentence_for(why))
        elif why is not None:
            view.show_problem(sentence_for(why))
        self._offer_envelope(view)

    def _show_let_in(self) -> None:
        """Ask for a recovery or help code and a new passphrase."""
        from app.ui.unlock.let_in_view import LetInView  # noqa: PLC0415 - seen once in a while

        view = LetInView()
        view.back.connect(self.ask_passphrase)

        def go(code: str, passphrase: str) -> None:
            view.set_busy(_("Unlocking …"))

            def open_it() -> "tuple[Store, Device, str]":
                from app.open_stage import let_in  # noqa: PLC0415 - the first screen does not wait for it

                return let_in(self._folder, code, passphrase, clock=self._clock)

            self._tasks.run_network(
                open_it,
                on_done=lambda made: self.let_in.emit(made[2], *made[:2]),
                on_error=lambda problem: view.show_problem(sentence_of(problem)),
            )

        view.let_in.connect(go)
        self._window.show_alone(view)

    def _recover(self, view: UnlockView, passphrase: str) -> None:
        """Bring the newest good state of a damaged store back."""
        view.set_busy(_("Looking for the newest good state …"))

        def bring_back() -> "tuple[Store, Device, Recovered]":
            from app.open_stage import recovered  # noqa: PLC0415 - needed once in a while

            return recovered(self._folder, passphrase, clock=self._clock)

        def tell(made: "tuple[Store, Device, Recovered]") -> None:
            store, device, report = made
            self.opened.emit(store, device, report)

        self._tasks.run_network(
            bring_back, on_done=tell, on_error=lambda problem: view.show_problem(sentence_of(problem))
        )

    def _try_invented(self, view: "WelcomeView", passphrase: str) -> None:
        view.set_busy(_("Inventing a cooperation and starting its server …"))

        def make() -> "tuple[Store, Device]":
            companion = self._invent()
            return self._enrolled(companion.url, companion.enrolment_code, passphrase)

        self._tasks.run_network(
            make,
            on_done=lambda made: self.opened.emit(*made, None),
            on_error=lambda problem: view.show_problem(sentence_of(problem)),
        )

    def _enrol(self, view: "WelcomeView", url: str, code: str, passphrase: str) -> None:
        view.set_busy(_("Enrolling this laptop and fetching your team's records …"))

        def make() -> "tuple[Store, Device, str]":
            from app.open_stage import first_recovery_code  # noqa: PLC0415 - once in a laptop's life

            return *self._enrolled(url, code, passphrase), first_recovery_code(self._folder, passphrase)

        self._tasks.run_network(
            make,
            on_done=lambda made: self.let_in.emit(made[2], *made[:2]),
            on_error=lambda problem: view.show_problem(sentence_at_enrolment(problem)),
        )

    def _enrolled(self, url: str, code: str, passphrase: str) -> "tuple[Store, Device]":
        from app.open_stage import enrolled  # noqa: PLC0415 - the first screen does not wait for it

        return enrolled(self._folder, url, code, passphrase, clock=self._clock)

    def _unlock(self, view: UnlockView, passphrase: str) -> None:
        view.set_busy(_("Unlocking …"))
        # Nobody closed it the last time, or a page was found that is not as written: then nothing is opened unread.
        every_page = self.is_damaged or (self._folder / OPEN_MARK).exists()

        def unlock() -> "tuple[Store, Device]":
            from app.open_stage import unlocked  # noqa: PLC0415 - imported while the passphrase is typed

            return unlocked(self._folder, passphrase, clock=self._clock, every_page=every_page)

        self._tasks.run_network(
            unlock,
            on_done=lambda made: self.opened.emit(*made, None),
            on_error=lambda problem: self._could_not_unlock(view, problem),
        )

    def _could_not_unlock(self, view: UnlockView, problem: Exception) -> None:
        if isinstance(problem, KnownProblem) and problem.code in _DAMAGED:
            view.offer_recovery(sentence_for(problem))
        else:
            view.show_problem(sentence_of(problem))
            self._offer_envelope(view)

    def _offer_envelope(self, view: UnlockView) -> None:
        """Offer what was not sent, where this laptop was locked for good and it lies sealed beside the store."""
        if unsent_in(self._folder):
            view.offer_envelope()

    def _save_envelope(self, view: UnlockView, path: Path) -> None:
        from app.security.whole_file import write_whole  # noqa: PLC0415 - seldom done
        from app.sync.courier import names_for  # noqa: PLC0415 - seldom done

        def copy() -> list[str]:
            sealed = unsent_in(self._folder)
            places = names_for(path, len(sealed))
            for place, one in zip(places, sealed, strict=True):
                write_whole(place, one.read_bytes())
            return [place.name for place in places]

        self._tasks.run_network(
            copy,
            on_done=view.tell_saved,
            on_error=lambda problem: view.show_problem(sentence_of(problem)),
        )
