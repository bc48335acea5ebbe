"""What a person's page is made of: sections in order, and the panels that stand in each.

A panel is a QWidget made with `(desk, parent)` that has `show_person(person_id)`: it reads and shows that person. It is
called again with the same person whenever something was written, so a panel keeps what is being typed in it. A panel is
made when its section is first shown, and let go of when others were looked at since and nothing is typed in it. It goes
elsewhere with `desk.open(...)`.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from PySide6.QtWidgets import QWidget

from app.i18n import _
from app.ui.desk import Desk
from app.ui.person.baseline_panel import BaselinePanel
from app.ui.person.conflicts_panel import ConflictsPanel
from app.ui.person.consents_panel import ConsentsPanel
from app.ui.person.contacts_panel import ContactsPanel
from app.ui.person.details_panel import DetailsPanel
from app.ui.person.documents_panel import DocumentsPanel
from app.ui.person.events_panel import EventsPanel
from app.ui.person.history_panel import HistoryPanel
from app.ui.person.medicine_panel import MedicinePanel
from app.ui.person.messages_panel import MessagesPanel
from app.ui.person.nrt_panel import NrtPanel
from app.ui.person.outcome_panel import OutcomePanel
from app.ui.person.plan_panel import PlanPanel
from app.ui.person.rights_panel import RightsPanel
from app.ui.person.story_panel import StoryPanel
from app.ui.person.timeline_panel import TimelinePanel
from app.ui.person.voucher_panel import VoucherPanel


class Section(NamedTuple):
    """One entry of the list beside the page."""

    key: str
    title: Callable[[], str]
    shape: str


class Panel(NamedTuple):
    """A panel: the section it stands in, what it is called, and how it is made.

    `show_person(person_id)` of what is made reads and shows this person; what is being typed stays.
    """

    section: str
    title: Callable[[], str]
    factory: Callable[[Desk, QWidget], QWidget]


SECTIONS: Final = (
    Section("story", lambda: _("Story"), "chart-line"),
    Section("timeline", lambda: _("Timeline"), "clock-counter-clockwise"),
    Section("details", lambda: _("Who it is"), "identification-card"),
    Section("plan", lambda: _("Plan"), "target"),
    Section("nrt", lambda: _("Nicotine replacement"), "bandaids"),
    Section("medicine", lambda: _("Medicine"), "pill"),
    Section("contacts", lambda: _("Contacts and referral"), "phone"),
    Section("course", lambda: _("Course and outcome"), "flag"),
    Section("consents", lambda: _("Consents"), "handshake"),
    Section("documents", lambda: _("Documents"), "file-text"),
    Section("conflicts", lambda: _("Conflicts"), "git-merge"),
    Section("rights", lambda: _("Rights and log"), "scales"),
    Section("history", lambda: _("History"), "list-dashes"),
)
"""A section without panels is not shown."""

PANELS: Final[tuple[Panel, ...]] = (
    Panel("story", lambda: _("Story"), StoryPanel),
    Panel("rights", lambda: _("Rights and log"), RightsPanel),
    Panel("timeline", lambda: _("Timeline"), TimelinePanel),
    Panel("details", lambda: _("Who it is"), DetailsPanel),
    Panel("plan", lambda: _("The plan"), PlanPanel),
    Panel("plan", lambda: _("Stop dates, smoking again, breaks"), EventsPanel),
    Panel("plan", lambda: _("Where the person began"), BaselinePanel),
    Panel("nrt", lambda: _("Nicotine replacement"), NrtPanel),
    Panel("nrt", lambda: _("Vouchers for medicine"), VoucherPanel),
    Panel("medicine", lambda: _("Other medicines"), MedicinePanel),
    Panel("contacts", lambda: _("Contacts and referral"), ContactsPanel),
    Panel("course", lambda: _("Courses"), OutcomePanel),
    Panel("consents", lambda: _("Consents"), ConsentsPanel),
    Panel("documents", lambda: _("Documents"), DocumentsPanel),
    Panel("documents", lambda: _("Electronic letters"), MessagesPanel),
    Panel("conflicts", lambda: _("Conflicts"), ConflictsPanel),
    Panel("history", lambda: _("History"), HistoryPanel),
)
"""In order from the top of their section."""
