"""All courses of the team: which run, who meets next; and making a new one."""

from typing import Final

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from app.clock import today
from app.i18n import _, format_day, ngettext
from app.services.make_course import CourseMade, make_course
from app.storage.queries.courses import CourseChoices, CourseRow, course_choices, courses
from app.ui.course.course_form import CourseForm
from app.ui.course.words import check_words
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import (
    EmptyState,
    NoticeBar,
    PageHeader,
    RowModel,
    RowTable,
    ScrollPage,
    across_or_down,
    button,
    note_as_made,
    search_field,
)

COLUMNS_BODY: Final = 20
"""Text up to this many pixels tall leaves room for six columns in a window of 1280 pixels."""


def _in_two_lines() -> bool:
    return current_metrics().body > COLUMNS_BODY


def courses_model() -> RowModel[CourseRow]:
    """Return the columns of the list; of large text two, in two lines, for six would be wider than the window."""
    if _in_two_lines():
        return RowModel((_("Course"), _("Next")), _two_lines)
    headings = (_("Course"), _("Place"), _("Next"), _("Sessions"), _("People"), _("Concept"))
    return RowModel(headings, _cells, figures=(3, 4))


def _cells(row: CourseRow) -> tuple[str, ...]:
    coming = format_day(row.next_on) if row.next_on is not None else "–"
    following = _("Closed") if row.state == "closed" else coming
    held = f"{row.held} / {row.planned}" if row.planned else str(row.held)
    return row.title, row.place, following, held, str(row.people), row.concept


def _two_lines(row: CourseRow) -> tuple[str, ...]:
    title, place, following, held, people, _concept = _cells(row)
    with_people = ngettext("{n} person", "{n} people", row.people).format(n=people)
    return f"{title}\n{place}", f"{following}\n{held} · {with_people}"


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
        self._form_page = ScrollPage(self, name="new-course-page", inset=0)
        self._form_page.hide()
        column.addWidget(self._form_page, 1)
        self.form: CourseForm | None = None
        self._finding = QWidget()
        across = across_or_down()
        across.setContentsMargins(0, 0, 0, 0)
        self._finding.setLayout(across)
        self.model = courses_model()
        in_two_lines = _in_two_lines()
        self.table = RowTable(
            self.model,
            (16, 12) if in_two_lines else (15, 15, 8, 7, 6, 9),
            name="courses-table",
            words=_("Courses"),
            open_row=lambda row: desk.open("course", row.course_id),
            letters=(10, 10) if in_two_lines else (10, 10, 8),
            lines=2 if in_two_lines else 1,
        )
        self.search = search_field(
            _("Search for a course or a place"),
            name="courses-search",
            on_change=self.refresh,
            on_enter=self.table.open_first,
        )
        across.addWidget(self.search, 1)
        self.with_closed = QCheckBox(_("Closed ones too"))
        self.with_closed.setObjectName("courses-with-closed")
        note_as_made(self.with_closed)
        self.with_closed.toggled.connect(self.refresh)
        across.addWidget(self.with_closed)
        column.addWidget(self._finding)
        column.addWidget(self.table, 1)
        self._none = EmptyState(
            "users-three",
            _("No courses yet"),
            _("A course has its sessions, its people and its place. Make the first one, or synchronise."),
            name="courses-empty",
        )
        self._none.hide()
        column.addWidget(self._none, 1)
        self.notice = NoticeBar(name="courses-notice")
        column.addWidget(self.notice)

    def refresh(self) -> None:
        """Read the courses that fit the search."""
        words, closed, on = self.search.text(), self.with_closed.isChecked(), today(self._desk.clock)
        self._desk.ask(lambda reading: courses(reading, search=words, with_closed=closed, today=on), on_done=self._show)

    def ask_for_new_course(self) -> None:
        """Open the form of a new course."""
        on = today(self._desk.clock)
        self._desk.ask(lambda reading: course_choices(reading, today=on), on_done=self._open_form)

    def _open_form(self, choices: CourseChoices) -> None:
        self._close_form()
        concepts = tuple(sorted({row.concept for row in self.model.rows if row.concept}))
        self.form = CourseForm(
            choices,
            today=today(self._desk.clock),
            submit=self._make,
            concepts=concepts,
            counsellor_id=self._desk.user_id,
        )
        self.form.cancelled.connect(self._close_form)
        self._form_page.body.addWidget(self.form)
        self._form_page.body.addStretch(1)
        self._form_page.show()
        self._finding.hide()
        self.table.hide()
        self._none.hide()
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
        if self.form is not None:
            self._form_page.body.removeWidget(self.form)
            self.form.deleteLater()
            self.form = None
            self._form_page.body.takeAt(0)
        self._tell_emptiness()

    def _show(self, rows: tuple[CourseRow, ...]) -> None:
        self.model.show_rows(rows)
        self._tell_emptiness()
        people = sum(row.people for row in rows)
        count = ngettext("{n} course", "{n} courses", len(rows)).format(n=len(rows))
        with_people = ngettext("{n} person", "{n} people", people).format(n=people)
        self._header.show_text(_("Courses"), f"{count} · {with_people}" if rows else self._why_empty())

    def _why_empty(self) -> str:
        return _("No course fits the search.") if self.search.text() else ""

    def _tell_emptiness(self) -> None:
        is_empty = not self.model.rows and not self.search.text() and self.form is None
        self._none.setVisible(is_empty)
        self.table.setVisible(not is_empty and self.form is None)
