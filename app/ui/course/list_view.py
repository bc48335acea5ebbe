"""All courses of the team: which run, who meets next; and making a new one."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_day, ngettext
from app.services.make_course import CourseMade, make_course
from app.storage.queries.courses import CourseChoices, CourseRow, course_choices, courses
from app.ui.course.course_form import CourseForm
from app.ui.course.words import check_words
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import NoticeBar, PageHeader, ScrollPage, SharedTable, across_or_down, button, dress_table

_Index = QModelIndex | QPersistentModelIndex


class CoursesModel(QAbstractTableModel):
    """A list of courses as a table."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[CourseRow, ...] = ()

    def show_rows(self, rows: tuple[CourseRow, ...]) -> None:
        """Show other courses."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many courses are shown."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many columns there are."""
        return 0 if parent.isValid() else 6

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's name."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (_("Course"), _("Place"), _("Next"), _("Sessions"), _("People"), _("Concept"))[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        if not index.isValid() or role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.rows[index.row()]
        if row.state == "closed":
            following = _("Closed")
        else:
            following = format_day(row.next_on) if row.next_on is not None else "–"
        held = f"{row.held} / {row.planned}" if row.planned else str(row.held)
        return (row.title, row.place, following, held, str(row.people), row.concept)[index.column()]


class CoursesView(QWidget):
    """The list; Enter or a click opens a course."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("courses")
        self._desk = desk
        room = current_metrics().space_5
        column = QVBoxLayout(self)
        column.setContentsMargins(room, room, room, room)
        column.setSpacing(current_metrics().space_3)
        making = button(
            _("New course"), name="new-course", kind="primary", shows="plus", on_click=self.ask_for_new_course
        )
        self._header = PageHeader(_("Courses"), "", actions=(making,))
        column.addWidget(self._header)
        self.notice = NoticeBar(name="courses-notice")
        column.addWidget(self.notice)
        self._form_page = ScrollPage(self, name="new-course-page", widest=current_metrics().body * 66, inset=0)
        self._form_page.hide()
        column.addWidget(self._form_page, 1)
        self.form: CourseForm | None = None
        self._finding = QWidget()
        across = across_or_down()
        across.setContentsMargins(0, 0, 0, 0)
        self._finding.setLayout(across)
        self.search = QLineEdit()
        self.search.setObjectName("courses-search")
        self.search.setAccessibleName(_("Search for a course or a place"))
        self.search.setPlaceholderText(_("Search for a course or a place"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self.refresh)
        self.search.returnPressed.connect(self._open_first)
        across.addWidget(self.search, 1)
        self.with_closed = QCheckBox(_("Closed ones too"))
        self.with_closed.setObjectName("courses-with-closed")
        self.with_closed.toggled.connect(self.refresh)
        across.addWidget(self.with_closed)
        column.addWidget(self._finding)
        self.model = CoursesModel()
        self.table = SharedTable((17, 14, 8, 7, 6))
        self.table.setObjectName("courses-table")
        self.table.setAccessibleName(_("Courses"))
        self.table.setModel(self.model)
        dress_table(self.table)
        self.table.activated.connect(self._open)
        self.table.clicked.connect(self._open)
        column.addWidget(self.table, 1)

    def refresh(self) -> None:
        """Read the courses that fit the search."""
        words, closed, on = self.search.text(), self.with_closed.isChecked(), today(self._desk.clock)
        self._desk.ask(lambda reading: courses(reading, search=words, with_closed=closed, today=on), on_done=self._show)

    def ask_for_new_course(self, place_id: str = "") -> None:
        """Open the form of a new course, at a place where one is named."""
        on = today(self._desk.clock)
        self._desk.ask(
            lambda reading: course_choices(reading, today=on), on_done=lambda found: self._open_form(found, place_id)
        )

    def _open_form(self, choices: CourseChoices, place_id: str) -> None:
        self._close_form()
        concepts = tuple(sorted({row.concept for row in self.model.rows if row.concept}))
        self.form = CourseForm(
            choices,
            today=today(self._desk.clock),
            submit=self._make,
            concepts=concepts,
            counsellor_id=self._desk.user_id,
            place_id=place_id,
        )
        self.form.cancelled.connect(self._close_form)
        self._form_page.body.addWidget(self.form)
        self._form_page.body.addStretch(1)
        self._form_page.show()
        self._finding.hide()
        self.table.hide()
        self.form.title.setFocus()

    def _make(self) -> None:
        assert self.form is not None  # noqa: S101 - it is the form that asks
        command = self.form.made()
        self._desk.do(lambda work: make_course(command, work=work), on_done=self._made, on_error=self.form.refuse)

    def _made(self, made: CourseMade) -> None:
        self._close_form()
        for check in made.checks:
            self.notice.show_notice("warning", check_words(check))
        self._desk.open("course", made.course_id)

    def _close_form(self) -> None:
        self._form_page.hide()
        self._finding.show()
        self.table.show()
        if self.form is not None:
            self._form_page.body.removeWidget(self.form)
            self.form.deleteLater()
            self.form = None
            self._form_page.body.takeAt(0)

    def _show(self, rows: tuple[CourseRow, ...]) -> None:
        self.model.show_rows(rows)
        people = sum(row.people for row in rows)
        count = ngettext("{n} course", "{n} courses", len(rows)).format(n=len(rows))
        with_people = ngettext("{n} person", "{n} people", people).format(n=people)
        self._header.show_text(_("Courses"), f"{count} · {with_people}" if rows else _("No course fits the search."))

    def _open(self, index: _Index) -> None:
        self._desk.open("course", self.model.rows[index.row()].course_id)

    def _open_first(self) -> None:
        if self.model.rows:
            self._desk.open("course", self.model.rows[0].course_id)
