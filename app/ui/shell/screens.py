"""Screens beside the first ones: how each is called, what it looks like in the navigation, and how it is made.

A screen is a QWidget made with `(desk)` that has `refresh()`, and where it is opened about something `open(key)` and
`about`, the key by which it can be opened there again. Its `objectName` is its key here. It is made when it is first
shown, a piece at a turn of the loop. `desk.open(key)` goes to it. What it connects to the desk is a method of its own,
because those of a screen that was let go of are not called any more.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from PySide6.QtWidgets import QWidget

from app.domain.roles import Right, who_may
from app.i18n import _
from app.ui.desk import Desk


class ScreenEntry(NamedTuple):
    """One screen; `in_navigation` gives it a button at the left, and Ctrl+K finds it in any case."""

    key: str
    title: Callable[[], str]
    shape: str
    factory: Callable[[Desk], QWidget]
    in_navigation: bool = True
    roles: tuple[str, ...] = ()
    stays: bool = False
    """Whether it shows what cannot be read again, so that it is kept however long nobody looks at it."""
    parts: tuple[str, ...] = ()
    """Modules of a large screen, each of which takes some ten milliseconds to import: one after another, before it."""

    def is_for(self, role: str) -> bool:
        """Return whether somebody of this role sees the screen; one that names no role is for everybody."""
        return not self.roles or role in self.roles


def _courses(desk: Desk) -> QWidget:
    from app.ui.course.list_view import CoursesView  # noqa: PLC0415 - imported when first shown

    return CoursesView(desk)


def _course(desk: Desk) -> QWidget:
    from app.ui.course.course_view import CourseView  # noqa: PLC0415 - as above

    return CourseView(desk)


def _place(desk: Desk) -> QWidget:
    from app.ui.places.place_view import PlaceView  # noqa: PLC0415 - as above

    return PlaceView(desk)


def _follow_ups(desk: Desk) -> QWidget:
    from app.ui.follow_up.view import FollowUpsView  # noqa: PLC0415 - as above

    return FollowUpsView(desk)


def _inbox(desk: Desk) -> QWidget:
    from app.ui.inbox.view import InboxView  # noqa: PLC0415 - the message readers are imported when first needed

    return InboxView(desk)


def _paper(desk: Desk) -> QWidget:
    from app.ui.documents.paper_view import PaperView  # noqa: PLC0415 - drawing paper is imported when first needed

    return PaperView(desk)


def _letter(desk: Desk) -> QWidget:
    from app.ui.documents.letter_view import LetterView  # noqa: PLC0415 - as above

    return LetterView(desk)


def _typing(desk: Desk) -> QWidget:
    from app.ui.documents.typing_view import TypingView  # noqa: PLC0415 - as above

    return TypingView(desk)


def _bag(desk: Desk) -> QWidget:
    from app.ui.bag.view import BagView  # noqa: PLC0415 - imported when first needed

    return BagView(desk)


def _vouchers(desk: Desk) -> QWidget:
    from app.ui.vouchers.view import VouchersView  # noqa: PLC0415 - imported when first needed

    return VouchersView(desk)


def _reports(desk: Desk) -> QWidget:
    from app.ui.reports.view import ReportsView  # noqa: PLC0415 - as above

    return ReportsView(desk)


def _referrals(desk: Desk) -> QWidget:
    from app.ui.referrals.view import ReferralsView  # noqa: PLC0415 - made when it is first shown

    return ReferralsView(desk)


def _programmes(desk: Desk) -> QWidget:
    from app.ui.programmes.view import ProgrammesView  # noqa: PLC0415 - made when it is first shown

    return ProgrammesView(desk)


def _safety(desk: Desk) -> QWidget:
    from app.ui.safety.view import SafetyView  # noqa: PLC0415 - seldom seen

    return SafetyView(desk)


def _oversight(desk: Desk) -> QWidget:
    from app.ui.oversight.view import OversightView  # noqa: PLC0415 - the coordinator's alone

    return OversightView(desk)


SCREENS: Final[tuple[ScreenEntry, ...]] = (
    ScreenEntry("referrals", lambda: _("Referrals"), "hand-waving", _referrals),
    ScreenEntry("courses", lambda: _("Courses"), "chalkboard-teacher", _courses),
    ScreenEntry("bag", lambda: _("The bag"), "handbag", _bag),
    ScreenEntry("follow-ups", lambda: _("Follow-up"), "phone-call", _follow_ups),
    ScreenEntry(
        "inbox",
        lambda: _("Inbox"),
        "tray",
        _inbox,
        parts=("app.exchange.medcom.edifact", "app.services.open_message", "app.ui.inbox.view"),
    ),
    ScreenEntry(
        "reports",
        lambda: _("Reports"),
        "chart-bar",
        _reports,
        roles=who_may(Right.SEE_COOPERATION),
        stays=True,
        parts=(
            "app.documents.report_pdf",
            "app.domain.reports.follow_up",
            "app.domain.reports.everything",
            "app.services.compute_reports",
            "app.ui.reports.view",
        ),
    ),
    ScreenEntry("programmes", lambda: _("Programmes"), "books", _programmes, in_navigation=False),
    ScreenEntry("paper", lambda: _("Document"), "file-text", _paper, in_navigation=False),
    ScreenEntry("letter", lambda: _("Letter"), "envelope-simple", _letter, in_navigation=False),
    ScreenEntry("oversight", lambda: _("Oversight"), "shield-check", _oversight, roles=who_may(Right.OVERSEE_LAPTOPS)),
    ScreenEntry("safety", lambda: _("Passphrases, backups and key"), "key", _safety, in_navigation=False, stays=True),
    ScreenEntry("typing", lambda: _("Type into STOPbasen"), "keyboard", _typing, in_navigation=False),
    ScreenEntry("vouchers", lambda: _("Vouchers"), "ticket", _vouchers, roles=who_may(Right.SEE_COOPERATION)),
    ScreenEntry("course", lambda: _("Course"), "chalkboard-teacher", _course, in_navigation=False),
    ScreenEntry("place", lambda: _("Place"), "map-pin", _place, in_navigation=False),
)
"""In the order of the navigation, between Places and Close the day."""
