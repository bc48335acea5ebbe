"""The person's page: who it is and what is due, and beside it the sections with everything that is known."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.clock import today
from app.domain.tasks import Urgency
from app.i18n import _, ngettext
from app.storage.change_set import ChangeSet
from app.storage.queries.conflicts import has_conflict_cards
from app.storage.queries.person_head import PersonHead, person_head
from app.storage.queries.tasks import Due, due_of_person
from app.ui.contact.words import due_word, task_words
from app.ui.desk import Desk
from app.ui.person.panels import PANELS, SECTIONS, Panel, Section
from app.ui.theme import current_metrics, icon
from app.ui.widgets import (
    ChoiceBox,
    Flow,
    IconButton,
    LongBadge,
    PageHeader,
    ScrollPage,
    button,
    dress_list,
    fill_anew,
    is_large_beside_list,
    is_large_text,
    is_narrow,
    is_typed_in,
)

SHOW_KEY = "F9"
MOST_DUE = 3
MOST_UNSEEN = 3
"""Sections that one has left and that stand as they were: as many as one goes back and forth between."""


class PersonView(QWidget):
    """One person on one page; sections are made when they are first shown."""

    back = Signal()
    show_it = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, panels: Sequence[Panel] = PANELS) -> None:
        super().__init__(parent)
        self.setObjectName("person")
        self._desk = desk
        self._person_id = ""
        self._panels = panels
        self._made: dict[str, list[QWidget]] = {}
        self._pages: dict[str, ScrollPage] = {}
        self._fresh: set[str] = set()
        self._read_of: dict[str, str] = {}
        self._seen: list[str] = []
        metrics = current_metrics()
        column = QVBoxLayout(self)
        column.setContentsMargins(metrics.space_5, metrics.space_5, 0, 0)
        column.setSpacing(metrics.space_3)
        self._top = QHBoxLayout()
        self._top.setContentsMargins(0, 0, metrics.space_5, 0)
        going_back = IconButton("arrow-left", _("Back"), name="person-back")
        going_back.clicked.connect(self.back)
        self._top.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        words = _("Show to the person ({key})").format(key=SHOW_KEY)
        showing: QPushButton | IconButton
        if is_narrow():
            # Every line above the section is one less of it in sight.
            showing = IconButton("presentation", words, name="show-to-person")
            showing.clicked.connect(self.show_it)
            self._header = PageHeader("", "", type="heading")
            self._top.addWidget(self._header, 1)
            self._top.addWidget(showing, 0, Qt.AlignmentFlag.AlignTop)
        else:
            showing = button(
                words if not is_large_text() else _("Show"),
                name="show-to-person",
                shows="presentation",
                on_click=self.show_it.emit,
            )
            showing.setAccessibleName(words)
            self._header = PageHeader("", "", actions=(showing,))
            self._top.addWidget(self._header, 1)
        column.addLayout(self._top)
        self._next = Flow(gap=metrics.space_2)
        self._next_row = QWidget()
        self._next_row.setObjectName("next-due")
        self._next_row.setLayout(self._next)
        self._next_row.hide()
        self._has_next = False
        due = QHBoxLayout()
        due.setContentsMargins(0, 0, metrics.space_5, 0)
        due.addWidget(self._next_row)
        column.addLayout(due)
        sections = [section for section in SECTIONS if any(panel.section == section.key for panel in panels)]
        self._sections = SectionList(sections)
        self._sections.chosen.connect(self.show_section)
        self.setFocusProxy(self._sections)
        down_or_across = (
            QBoxLayout.Direction.TopToBottom if is_large_beside_list() else QBoxLayout.Direction.LeftToRight
        )
        self._beside = QBoxLayout(down_or_across)
        self._beside.setSpacing(metrics.space_4)
        self._beside.addWidget(self._sections)
        column.addLayout(self._beside, 1)
        self._section = sections[0].key
        for keys, way in (("Ctrl+PgDown", 1), ("Ctrl+PgUp", -1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda way=way: self._sections.step(way))
        desk.changed.connect(self._changed)
        desk.tasks.idle.connect(self._let_go_of_unseen)

    @property
    def person_id(self) -> str:
        """Return whose page it is."""
        return self._person_id

    @property
    def section(self) -> str:
        """Return which section is shown."""
        return self._section

    @property
    def section_keys(self) -> tuple[str, ...]:
        """Return the sections there are, in order."""
        return self._sections.keys

    def show_person(self, person_id: str, *, section: str = "") -> None:
        """Open a person's page, at a section or at their story."""
        is_other = person_id != self._person_id
        self._person_id = person_id
        self._fresh.clear()
        self._read_head()
        if section or is_other:
            section = section if section in self._sections.keys else self._sections.keys[0]
            self.show_section(section)
        else:
            self.show_section(self._section)

    def refresh(self) -> None:
        """Read the person anew."""
        if self._person_id:
            self.show_person(self._person_id)

    def show_section(self, key: str) -> None:
        """Show one section, making its panels where it is shown for the first time."""
        self._section = key
        self._seen = [*(other for other in self._seen if other != key), key]
        self._sections.show_chosen(key)
        self._place_next()
        if key not in self._pages:
            self._make(key)
        focused = self.window().focusWidget()
        if any(other != key and focused and page.isAncestorOf(focused) for other, page in self._pages.items()):
            # From within a section the keys come to the list, and not out of the page.
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        for other, page in self._pages.items():
            page.setVisible(other == key)
            if self._person_id != self._read_of.get(other):
                page.verticalScrollBar().setValue(0)
        if self._person_id and key not in self._fresh:
            self._fresh.add(key)
            self._read_of[key] = self._person_id
            for panel in self._made[key]:
                panel.show_person(self._person_id)  # type: ignore[attr-defined]

    def _make(self, key: str) -> None:
        page = ScrollPage(self, name=f"person-{key}", inset=0)
        page.layout_margins(right=current_metrics().space_5, bottom=current_metrics().space_5)
        made = []
        for panel in self._panels:
            if panel.section == key:
                widget = panel.factory(self._desk, page)
                if not widget.accessibleName():
                    widget.setAccessibleName(panel.title())
                page.body.addWidget(widget)
                made.append(widget)
        page.body.addStretch(1)
        self._made[key] = made
        self._pages[key] = page
        self._beside.addWidget(page, 1)

    def _let_go_of_unseen(self) -> None:
        """Let go of the sections that were not looked at for longest, unless something is typed in them.

        It happens where nothing is under way, so that no answer comes to a panel that is gone.
        """
        for key in self._seen[: -1 - MOST_UNSEEN]:
            page = self._pages[key]
            if not is_typed_in(page):
                self._seen.remove(key)
                self._fresh.discard(key)
                self._read_of.pop(key, None)
                del self._made[key], self._pages[key]
                self._beside.removeWidget(page)
                page.deleteLater()

    def _read_head(self) -> None:
        person_id, on = self._person_id, today(self._desk.clock)
        self._desk.ask(lambda reading: person_head(reading, person_id, today=on), on_done=self._show_head)

    def _show_head(self, head: PersonHead | None) -> None:
        if head is None:
            self.back.emit()
            return
        if head.person_id != self._person_id:
            return
        age = ngettext("{n} year", "{n} years", head.age).format(n=head.age) if head.age is not None else ""
        about = [age, head.municipality, head.phone, ", ".join(head.teams)]
        person_id, on = self._person_id, today(self._desk.clock)
        self._desk.ask(
            lambda reading: (due_of_person(reading, person_id, today=on), has_conflict_cards(reading, person_id)),
            on_done=lambda found: self._show_next(*found),
        )
        self._header.show_text(head.name, " · ".join(part for part in about if part))

    def _show_next(self, tasks: Due, has_cards: bool) -> None:
        """Say in one line what is to be done next for the person; the rest is in the sections."""
        fill_anew(self._next)
        if has_cards and is_narrow():
            # The sections are one box just below.
            self._next.addWidget(LongBadge(_("Colleagues disagree: choose"), tone="problem"))
        elif has_cards:
            self._next.addWidget(
                button(
                    _("Colleagues disagree: choose"),
                    name="go-to-conflicts",
                    shows="git-merge",
                    on_click=lambda: self.show_section("conflicts"),
                )
            )
        for row in tasks.rows[:MOST_DUE]:
            on = today(self._desk.clock)
            tone = "problem" if row.task.urgency(on) is Urgency.OVERDUE else "amber"
            due = due_word(row.task, on) if row.task.due is not None else ""
            words = " · ".join(part for part in (task_words(row.task), due) if part)
            self._next.addWidget(LongBadge(words, tone=tone))
        self._has_next = has_cards or bool(tasks.rows)
        self._place_next()

    def _place_next(self) -> None:
        """Show what is next; where there is no room for it and a form, on the page's first section alone."""
        self._next_row.setVisible(self._has_next and (not is_large_text() or self._section == self._sections.keys[0]))

    def _changed(self, changed: ChangeSet) -> None:
        """Read anew what is shown after something was written; other sections when they are shown next."""
        if len(changed) and self._person_id and self.isVisible():
            self._fresh.clear()
            self._read_head()
            self.show_section(self._section)


class SectionList(QWidget):
    """The sections: a list at the side, or one box that opens where the text is large."""

    chosen = Signal(str)

    def __init__(self, sections: Sequence[Section], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = tuple(section.key for section in sections)
        across = QVBoxLayout(self)
        metrics = current_metrics()
        across.setContentsMargins(0, 0, metrics.space_5 if is_large_beside_list() else 0, 0)
        self._list: QListWidget | None = None
        self._box: QComboBox | None = None
        if is_large_beside_list():
            self._box = ChoiceBox()
            self._box.setIconSize(QSize(current_metrics().icon, current_metrics().icon))
            for section in sections:
                self._box.addItem(icon(section.shape), section.title(), section.key)
            self._box.currentIndexChanged.connect(lambda row: self.chosen.emit(self.keys[row]))
            picker: QWidget = self._box
        else:
            self._list = QListWidget()
            dress_list(self._list)
            self._list.setProperty("plain", True)
            for section in sections:
                item = QListWidgetItem(icon(section.shape), section.title())
                item.setSizeHint(QSize(0, metrics.control))
                self._list.addItem(item)
            self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            widest = max(self._list.fontMetrics().horizontalAdvance(section.title()) for section in sections)
            self._list.setFixedWidth(widest + metrics.icon + metrics.space_3 * 2 + metrics.space_6)
            self._list.currentRowChanged.connect(lambda row: self.chosen.emit(self.keys[row]))
            picker = self._list
        picker.setObjectName("person-sections")
        self.setFocusProxy(picker)
        picker.setAccessibleName(_("Sections of the page"))
        across.addWidget(picker)

    def show_chosen(self, key: str) -> None:
        """Mark the section that is shown."""
        row = self.keys.index(key)
        picker = self._list or self._box
        assert picker is not None  # noqa: S101 - one of the two was made
        picker.blockSignals(True)
        if self._list is not None:
            self._list.setCurrentRow(row)
        elif self._box is not None:
            self._box.setCurrentIndex(row)
        picker.blockSignals(False)

    def step(self, way: int) -> None:
        """Go to the next section or the one before."""
        now = self._list.currentRow() if self._list is not None else self._box.currentIndex() if self._box else 0
        self.chosen.emit(self.keys[(now + way) % len(self.keys)])
