"""What Today is made of, from the top.

A panel is a QWidget made with `(desk, parent)` that has `refresh()`: it reads and shows anew, and hides itself where it
has nothing to say. It is called whenever Today is shown and after every write while it is. A panel of the day's
sessions has `show_day(day)` instead: they are read once for all. It goes elsewhere with `desk.open(...)`.

Panels are made while nobody has unlocked yet, `make_ready()` included where a panel has it: they hold nothing then.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol, runtime_checkable

from PySide6.QtWidgets import QWidget

from app.i18n import _
from app.storage.queries.today import Day
from app.ui.desk import Desk
from app.ui.today.inbox_panel import InboxPanel
from app.ui.today.sessions_panel import ComingPanel, SessionsPanel
from app.ui.today.tasks_panel import TasksPanel
from app.ui.today.tips_panel import TipsPanel


@runtime_checkable
class Refreshed(Protocol):
    """A panel that reads by itself."""

    def refresh(self) -> None:
        """Read and show anew; what is being typed stays."""


@runtime_checkable
class OfTheDay(Protocol):
    """A panel of the day's sessions."""

    def show_day(self, found: Day) -> None:
        """Show the day anew."""


@runtime_checkable
class MadeReady(Protocol):
    """A panel that can make more of itself than its head before there is anything to show."""

    def make_ready(self) -> None:
        """Make rows without words."""


class Panel(NamedTuple):
    """A panel: its key, what it is called, and how it is made."""

    key: str
    title: Callable[[], str]
    factory: Callable[[Desk, QWidget], QWidget]


PANELS: Final[tuple[Panel, ...]] = (
    Panel("sessions", lambda: _("Today's sessions"), SessionsPanel),
    Panel("tips", lambda: _("Tips"), TipsPanel),
    Panel("inbox", lambda: _("Inbox"), InboxPanel),
    Panel("tasks", lambda: _("To do"), TasksPanel),
    Panel("coming", lambda: _("The coming week"), ComingPanel),
)
