"""Who is behind a number of a report."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.i18n import _
from app.storage.access_log import note_view
from app.storage.engine import Reading
from app.storage.queries.names import names_of
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import IconButton, dress_list, fits, label, search_field

MOST_NAMED: Final = 500
"""Names of one figure that are listed at once; more are counted, and the search line reaches them all."""

_Names = list[tuple[str, str]]
"""Who is behind a figure, and what they are called, in the order of names."""


class BehindNumber(QWidget):
    """Lists the people whom a number counts, with a line to find one; that they were seen is in the access log.

    Out of sight until a number is asked about; `left` is told when one has seen enough.
    """

    left = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._named: _Names = []
        self._seen: set[str] = set()
        self._asked: object = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        top = QHBoxLayout()
        top.addWidget(label(_("Behind the number"), type="heading"), 1)
        leaving = IconButton("x", _("Back to the tables"), name="reports-people-leave")
        leaving.clicked.connect(self.left)
        top.addWidget(leaving, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        self._of = label("", type="soft")
        column.addWidget(self._of)
        self.search = search_field(_("Search for a name"), name="reports-people-search", on_change=self._filter)
        self.search.setPlaceholderText(_("Find"))
        column.addWidget(self.search)
        self.people = wrapping_list(_("Behind the number"), name="reports-people")
        self.people.itemActivated.connect(self._open_person)
        self.people.itemClicked.connect(self._open_person)
        column.addWidget(self.people, 1)
        column.addStretch(0)
        self.put_away()

    def put_away(self) -> None:
        """Forget who was listed."""
        self._forget()
        self.hide()

    def show_people(self, people: Sequence[str], said: str) -> None:
        """List these people of a number, and say what it is the number of."""
        self._forget()
        self.show()
        self._of.setText(said if people else said + "\n" + _("This number counts no people."))
        if not people:
            return
        written = self.search.text()

        def names(reading: Reading) -> tuple[_Names, list[str]]:
            by_id = names_of(reading, list(people))
            found = sorted(by_id.items(), key=lambda named: named[1].casefold())
            shown = [person_id for person_id, _name in _fitting(found, written)[:MOST_NAMED]]
            note_view(reading, shown, what="report")
            return found, shown

        self._asked = names
        self._desk.ask(names, on_done=partial(self._show_answer, names))

    def show_names(self, named: _Names, *, seen: Sequence[str]) -> None:
        """List names that fit what is searched for; `seen` are those whom the access log has."""
        self._named, self._seen = named, set(seen)
        self._allow_looking(True)
        self._filter()

    def _show_answer(self, question: object, found: tuple[_Names, list[str]]) -> None:
        # Another number may have been asked about meanwhile.
        if question is self._asked:
            self.show_names(found[0], seen=found[1])

    def _forget(self) -> None:
        self._asked = None
        self.people.clear()
        self._named, self._seen = [], set()
        self._allow_looking(False)

    def _allow_looking(self, allowed: bool) -> None:
        """Show the list of names and its search line where there is somebody to look for."""
        self.search.setVisible(allowed)
        self.people.setVisible(allowed)

    def _filter(self) -> None:
        """List the names that fit, the first of them; who comes into sight now is in the access log too."""
        if not self._named:
            return
        fitting = _fitting(self._named, self.search.text())
        shown = fitting[:MOST_NAMED]
        self.people.clear()
        for person_id, name in shown:
            item = QListWidgetItem(name)
            item.setToolTip(name)
            item.setData(Qt.ItemDataRole.UserRole, person_id)
            self.people.addItem(item)
        if len(fitting) > len(shown):
            self.people.addItem(_("and {n} more").format(n=len(fitting) - len(shown)))
        unseen = [person_id for person_id, _name in shown if person_id not in self._seen]
        self._seen.update(unseen)
        if unseen:
            self._desk.ask(lambda reading: note_view(reading, unseen, what="report"), on_done=lambda _noted: None)

    def _open_person(self, item: QListWidgetItem) -> None:
        person_id = item.data(Qt.ItemDataRole.UserRole)
        if person_id:
            self._desk.open("person", person_id)


def wrapping_list(title: str, *, name: str) -> QListWidget:
    """Return a list of which what lacks the width goes on in the next line."""
    made = QListWidget()
    made.setObjectName(name)
    made.setAccessibleName(title)
    dress_list(made)
    made.setWordWrap(True)
    made.setUniformItemSizes(False)
    made.setSpacing(current_metrics().space_1 // 2)
    made.setResizeMode(QListWidget.ResizeMode.Adjust)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


def _fitting(named: _Names, written: str) -> _Names:
    return [one for one in named if fits(written, (one[1],))]
