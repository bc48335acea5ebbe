"""Screens beside the first ones: how each is called, what it looks like in the navigation, and how it is made.

A screen is a QWidget made with `(desk)` that has `refresh()`, and where it is opened about something `open(key)`. Its
`objectName` is its key here. It is made when it is first shown. `desk.open(key)` goes to it.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from PySide6.QtWidgets import QWidget

from app.i18n import _
from app.ui.desk import Desk


class ScreenEntry(NamedTuple):
    """One screen; `in_navigation` gives it a button at the left, and Ctrl+K finds it in any case."""

    key: str
    title: Callable[[], str]
    shape: str
    factory: Callable[[Desk], QWidget]
    in_navigation: bool = True


def _inbox(desk: Desk) -> QWidget:
    from app.ui.inbox.view import InboxView  # noqa: PLC0415 - the message readers are imported when first needed

    return InboxView(desk)


def _referrals(desk: Desk) -> QWidget:
    from app.ui.referrals.view import ReferralsView  # noqa: PLC0415 - made when it is first shown

    return ReferralsView(desk)


SCREENS: Final[tuple[ScreenEntry, ...]] = (
    ScreenEntry("referrals", lambda: _("Referrals"), "hand-waving", _referrals),
    ScreenEntry("inbox", lambda: _("Inbox"), "tray", _inbox),
)
"""In the order of the navigation, between Places and Close the day."""
