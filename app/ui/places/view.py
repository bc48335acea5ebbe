"""The places of the team, with whom to call there."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.storage.queries.lists import PlaceRow, places
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Badge, Card, EmptyState, IconButton, PageHeader, ScrollPage, across_or_down, label, tile
from app.ui.words import place_kind_word

_ICONS = {
    "vaerested": "coffee",
    "bosted": "house-line",
    "rusmiddelcenter": "first-aid-kit",
    "herberg": "bed",
    "varmestue": "fire",
    "krisecenter": "umbrella",
    "socialpsykiatri": "brain",
}


class PlacesView(QWidget):
    """A card for every place."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("places")
        self._desk = desk
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._page: ScrollPage | None = None

    def refresh(self) -> None:
        """Read the places anew."""
        self._desk.ask(places, on_done=self._show)

    def _show(self, rows: tuple[PlaceRow, ...]) -> None:
        page = ScrollPage(self, name="places-page", widest=current_metrics().body * 58)
        page.body.addWidget(PageHeader(_("Places"), _("Where your team meets people.")))
        for row in rows:
            page.body.addWidget(_card(row, on_click=partial(self._desk.open, "place", row.place_id)))
        if not rows:
            page.body.addWidget(
                EmptyState("map-pin", _("No places yet"), _("The places of your team come with the next sending."))
            )
        page.body.addStretch(1)
        if self._page is not None:
            self._whole.removeWidget(self._page)
            self._page.deleteLater()
        self._page = page
        self._whole.addWidget(page)


def _card(row: PlaceRow, *, on_click: Callable[[], object]) -> Card:
    card = Card(name="place-card")
    across = across_or_down()
    across.addWidget(tile(_ICONS.get(row.kind, "map-pin")), 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(current_metrics().space_1)
    words.addWidget(label(row.name, type="heading"))
    words.addWidget(label(" · ".join(part for part in (place_kind_word(row.kind), row.address) if part), type="soft"))
    across.addLayout(words, 1)
    if row.contacts:
        contacts = QVBoxLayout()
        contacts.setSpacing(current_metrics().space_1)
        contacts.addWidget(label(_("Contact persons"), type="caption"))
        contacts.addWidget(label(row.contacts))
        across.addLayout(contacts, 1)
    across.addWidget(Badge(ngettext("{n} person", "{n} people", row.people).format(n=row.people)))
    opening = IconButton("arrow-right", _("Open {place}").format(place=row.name), name=f"place-{row.place_id}")
    opening.clicked.connect(lambda: on_click())
    across.addWidget(opening, 0, Qt.AlignmentFlag.AlignVCenter)
    card.body.addLayout(across)
    return card
