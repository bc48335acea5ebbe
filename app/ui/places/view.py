"""The places of the team, with whom to call there."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import _, ngettext
from app.services.keep_place import PlaceKept
from app.storage.queries.lists import PlaceRow, places
from app.storage.queries.place_page import PlaceChoices, place_choices
from app.ui.desk import Desk
from app.ui.places.place_form import place_form
from app.ui.tasks import Pieces
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    EmptyState,
    FilteredList,
    Form,
    IconButton,
    PageHeader,
    ScrollPage,
    across_or_down,
    button,
    fill_anew,
    label,
    tile,
)
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
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        page = ScrollPage(self, name="places-page")
        whole.addWidget(page)
        making = button(_("New place"), name="new-place", kind="primary", shows="plus", on_click=self._ask_for_place)
        page.body.addWidget(PageHeader(_("Places"), _("Where your team meets people."), actions=(making,)))
        self._form_place = QVBoxLayout()
        page.body.addLayout(self._form_place)
        self._list = FilteredList(_("Search for a place or a contact person"), name="places-list")
        page.body.addWidget(self._list)
        self._none = EmptyState(
            "map-pin",
            _("No places yet"),
            _("Write down the first one, or synchronise to get your team's."),
            name="places-empty",
        )
        self._none.hide()
        page.body.addWidget(self._none)
        page.body.addStretch(1)
        self.form: Form | None = None
        self._filling = Pieces(iter(()))

    def refresh(self) -> None:
        """Read the places anew; a form that is open stays."""
        if self.form is None:
            self._desk.ask(places, on_done=self._show)

    def _show(self, rows: tuple[PlaceRow, ...]) -> None:
        self._filling.drop()
        self._filling = self._desk.tasks.in_pieces(self._filled(rows))

    def _filled(self, rows: tuple[PlaceRow, ...]) -> Iterator[None]:
        self._list.begin()
        badges = _widest_badges(rows)
        for row in rows:
            made = partial(_card, row, badges_wide=badges, on_click=partial(self._desk.open, "place", row.place_id))
            told = (row.name, place_kind_word(row.kind), row.address, row.municipality, row.contacts)
            self._list.add(told, made)
        yield from self._list.end_in_pieces()
        self._none.setVisible(not rows)

    def _ask_for_place(self) -> None:
        self._desk.ask(place_choices, on_done=self._open_form)

    def _open_form(self, choices: PlaceChoices) -> None:
        self.form = place_form(self._desk, choices, None, done=self._made)
        self.form.cancelled.connect(self._put_away)
        fill_anew(self._form_place)
        self._form_place.addWidget(self.form)
        self.form.fields["name"].setFocus()  # type: ignore[attr-defined]

    def _made(self, kept: PlaceKept) -> None:
        self._put_away()
        self._desk.open("place", kept.place_id)

    def _put_away(self) -> None:
        self.form = None
        fill_anew(self._form_place)
        self.refresh()


def _badges(row: PlaceRow) -> list[Badge]:
    made = [Badge(ngettext("{n} person", "{n} people", row.people).format(n=row.people))]
    if row.is_closed:
        made.append(Badge(_("Closed")))
    return made


def _widest_badges(rows: Sequence[PlaceRow]) -> int:
    """Return how wide the badges are at most, so that what stands left of them is in line on all cards."""
    widest = 0
    for one_of_each in {(len(str(row.people)), row.people == 1, row.is_closed): row for row in rows}.values():
        badges = _badges(one_of_each)
        for badge in badges:
            badge.ensurePolished()
        wide = sum(badge.sizeHint().width() for badge in badges) + current_metrics().space_2 * (len(badges) - 1)
        widest = max(widest, wide)
    return widest


def _card(row: PlaceRow, *, badges_wide: int, on_click: Callable[[], object]) -> Card:
    card = Card(name="place-card")
    across = across_or_down()
    across.addWidget(tile(_ICONS.get(row.kind, "map-pin")), 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(current_metrics().space_1)
    words.addWidget(label(row.name, type="heading"))
    words.addWidget(label(" · ".join(part for part in (place_kind_word(row.kind), row.address) if part), type="soft"))
    words.addStretch(1)
    across.addLayout(words, 1)
    if row.contacts:
        contacts = QVBoxLayout()
        contacts.setSpacing(current_metrics().space_1)
        contacts.addWidget(label(_("Contact persons"), type="caption"))
        contacts.addWidget(label(row.contacts))
        contacts.addStretch(1)
        across.addLayout(contacts, 1)
    end = QHBoxLayout()
    end.setSpacing(current_metrics().space_2)
    place = QWidget()
    place.setMinimumWidth(badges_wide)
    badges = QHBoxLayout(place)
    badges.setContentsMargins(0, 0, 0, 0)
    badges.setSpacing(current_metrics().space_2)
    for badge in _badges(row):
        badges.addWidget(badge)
    badges.addStretch(1)
    end.addWidget(place)
    opening = IconButton("arrow-right", _("Open {place}").format(place=row.name), name=f"place-{row.place_id}")
    opening.clicked.connect(lambda: on_click())
    end.addStretch(1)
    end.addWidget(opening)
    across.addLayout(end)
    card.body.addLayout(across)
    return card
