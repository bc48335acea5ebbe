"""One course: its sessions, its people, and what can be done with both."""

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.rules import SHOWN
from app.i18n import _, format_clock, format_day, ngettext
from app.services.close_enrolment import EnrolmentReopened, reopen_enrolment
from app.services.make_course import CourseEdited, EditCourse, edit_course
from app.services.plan_session import cancel_session, plan_weeks, restore_session
from app.storage.queries.courses import (
    CourseChoices,
    CoursePage,
    ParticipantLine,
    SessionLine,
    course_choices,
    course_page,
    people_to_add,
)
from app.ui.course.closing_form import closing_form
from app.ui.course.course_form import CourseForm
from app.ui.course.joining_form import joining_form
from app.ui.course.session_forms import counselling_form, extra_session_form, moving_form
from app.ui.course.words import (
    check_words,
    closing_word,
    counselling_word,
    format_word,
    reopened_words,
    session_state_word,
    session_word,
    setting_word,
)
from app.ui.desk import Desk
from app.ui.programmes.said import DocumentsSay
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    EmptyState,
    FilledPage,
    FilteredList,
    Flow,
    Form,
    IconButton,
    NoticeBar,
    PageHeader,
    RebuiltPage,
    across_or_down,
    button,
    fill_anew,
    fits,
    is_large_text,
    is_narrow,
    label,
    search_field,
)

WEEKS_AT_ONCE = 6
MANY_PEOPLE = 8
"""People from which on there is a line to find one of them."""
PEOPLE_AT_ONCE = 40
MANY_SESSIONS = 8
"""Sessions from which on there is a line to find one of them."""
HELD_SHOWN = 3
"""Sessions that are over and shown unasked; the earlier ones are a click away."""


class CourseView(RebuiltPage):
    """The page of one course; a form that is open stays open while others write."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.tasks, parent, name="course")
        self._desk = desk
        self._course_id = ""
        self._found: CoursePage | None = None
        self._shows_all = False
        self._people_written = ""
        self._sessions_written = ""

    @property
    def about(self) -> str:
        """Return which course is shown."""
        return self._course_id

    def open(self, course_id: str) -> None:
        """Show a course."""
        self.begin_anew(is_other=course_id != self._course_id)
        self._people_written = self._sessions_written = ""
        self._course_id = course_id
        self.notice.dismiss()
        self._shows_all = False

    def refresh(self) -> None:
        """Read the course anew."""
        if self._course_id and self.form is None:
            course_id = self._course_id
            self._desk.ask(lambda reading: course_page(reading, course_id), on_done=self._show)

    def _show(self, found: CoursePage | None) -> None:
        if found is None:
            self._desk.open("courses")
            return
        self._found = found
        self.show_anew(partial(self._fill, found))

    def _fill(self, found: CoursePage, page: FilledPage) -> Iterator[None]:
        page.body.addLayout(self._head(found))
        warned = QVBoxLayout()
        warned.setSpacing(page.body.spacing())
        page.body.addLayout(warned)
        page.form_place(page.body)
        yield
        page.body.addWidget(self._sessions(found))
        yield
        yield from self._people(found, page.body)
        page.body.addWidget(
            DocumentsSay(self._desk, SHOWN["course"], name="course-documents", course_id=self._course_id)
        )
        for check in found.checks:
            bar = NoticeBar(name=f"course-check-{check.code}")
            warned.addWidget(bar)
            bar.show_notice("warning", check_words(check), dismissible=False)

    # The head

    def _head(self, found: CoursePage) -> QHBoxLayout:
        top = QHBoxLayout()
        going_back = IconButton("arrow-left", _("Back to the courses"), name="course-back")
        going_back.clicked.connect(lambda: self._desk.open("courses"))
        top.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        said = found.said
        about = [
            found.place,
            found.programme,
            found.concept,
            format_word(said.format),
            _("Open-ended") if not said.planned_sessions else "",
            found.counsellors,
        ]
        changing = button(_("Change"), name="change-course", shows="pencil-simple", on_click=self._ask_to_change)
        state = (
            button(_("Open it again"), name="reopen-course", on_click=partial(self._set_state, "running"))
            if found.state == "closed"
            else button(_("Close the course"), name="close-course", on_click=partial(self._set_state, "closed"))
        )
        top.addWidget(PageHeader(said.title, " · ".join(part for part in about if part), actions=(changing, state)), 1)
        return top

    def _ask_to_change(self) -> None:
        on = today(self._desk.clock)
        self._desk.ask(lambda reading: course_choices(reading, today=on), on_done=self._open_course_form)

    def _open_course_form(self, choices: CourseChoices) -> None:
        found = self._found
        if found is None:
            return
        form = CourseForm(
            choices,
            today=today(self._desk.clock),
            submit=lambda: self._change(form),
            said=found.said,
            concept=found.concept,
            note=found.note,
        )
        self._open_form(form)

    def _change(self, form: CourseForm) -> None:
        assert self._found is not None  # noqa: S101 - the form is of a course that is shown
        command = form.edited(self._course_id, state=self._found.state)
        self._desk.do(lambda work: edit_course(command, work=work), on_done=self._edited, on_error=form.refuse)

    def _edited(self, _done: CourseEdited) -> None:
        self._done(_("The course is saved."))

    def _set_state(self, state: str) -> None:
        found = self._found
        if found is None:
            return
        command = EditCourse(
            course_id=self._course_id, said=found.said, concept=found.concept, note=found.note, state=state
        )
        word = (
            _("The course is closed. Its people keep their places until each is closed.")
            if state == "closed"
            else _("The course runs again.")
        )
        self._desk.do(lambda work: edit_course(command, work=work), on_done=lambda _edited: self._done(word))

    # Sessions

    def _sessions(self, found: CoursePage) -> Card:
        card = Card(name="course-sessions")
        top = across_or_down()
        top.addWidget(label(_("Sessions"), type="heading"), 1)
        if found.state != "closed":
            top.addWidget(
                button(_("Extra session"), name="extra-session", shows="plus", on_click=self._ask_for_extra_session)
            )
            if not found.said.planned_sessions:
                more = ngettext("{n} week more", "{n} weeks more", WEEKS_AT_ONCE).format(n=WEEKS_AT_ONCE)
                top.addWidget(button(more, name="more-weeks", shows="calendar-plus", on_click=self._plan_weeks))
        card.body.addLayout(top)
        rows = QVBoxLayout()
        rows.setSpacing(card.body.spacing())

        def filter_rows() -> None:
            self._sessions_written = search.text()
            fill_anew(rows)
            self._fill_sessions(rows, found.sessions)

        search = search_field(_("Search for a session"), name="course-sessions-search", on_change=filter_rows)
        card.body.addWidget(search)
        search.setVisible(len(found.sessions) >= MANY_SESSIONS)
        card.body.addLayout(rows)
        if self._sessions_written:
            search.setText(self._sessions_written)
        else:
            self._fill_sessions(rows, found.sessions)
        if not found.sessions:
            card.body.addWidget(label(_("No session is planned yet."), type="soft"))
        return card

    def _fill_sessions(self, rows: QVBoxLayout, sessions: tuple[SessionLine, ...]) -> None:
        """Show the sessions that fit what is written, or where nothing is, those that one asks for first."""
        written = self._sessions_written
        fitting = [line for line in sessions if fits(written, _session_texts(line))]
        hidden = 0 if self._shows_all or written else _first_shown(sessions)
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_4)
        grid.setVerticalSpacing(current_metrics().space_1)
        for row, line in enumerate(fitting[hidden:]):
            self._session_row(grid, row, line)
        grid.setColumnStretch(2, 1)
        rows.addLayout(grid)
        if hidden:
            earlier = ngettext("Show {n} earlier session", "Show {n} earlier sessions", hidden).format(n=hidden)
            rows.addWidget(
                button(earlier, name="all-sessions", kind="link", on_click=self._show_all),
                0,
                Qt.AlignmentFlag.AlignLeft,
            )
        if sessions and not fitting:
            rows.addWidget(label(_("Nothing in this list fits."), type="soft", name="course-sessions-nothing-fits"))

    def _show_all(self) -> None:
        self._shows_all = True
        if self._found is not None:
            self._show(self._found)

    def _session_row(self, grid: QGridLayout, row: int, line: SessionLine) -> None:
        when, about, _state = _session_texts(line)
        if line.state == "closed":
            came = ngettext("{n} came", "{n} came", line.present).format(n=line.present)
            badge = Badge(came, tone="success")
        elif line.state == "cancelled":
            badge = Badge(session_state_word(line.state))
        else:
            badge = Badge(
                _("Begun") if line.has_drafts else session_state_word(line.state),
                tone="amber" if line.has_drafts else "neutral",
            )
        if is_large_text():
            cell = QVBoxLayout()
            cell.setSpacing(0)
            cell.addWidget(label(when, type="strong"))
            cell.addWidget(label(about))
            last = QHBoxLayout()
            last.addWidget(badge)
            last.addLayout(self._session_actions(line), 1)
            cell.addLayout(last)
            grid.addLayout(cell, row, 2)
            return
        quiet = "soft" if line.state == "cancelled" else "strong"
        grid.addWidget(label(when, type=quiet, wrap=False), row, 0)
        grid.addWidget(label(about, type="soft" if line.state == "cancelled" else "body"), row, 2)
        grid.addWidget(badge, row, 3)
        grid.addLayout(self._session_actions(line), row, 4)

    def _session_actions(self, line: SessionLine) -> QHBoxLayout:
        across = QHBoxLayout()
        across.setSpacing(current_metrics().space_1)
        across.addStretch(1)
        key, day = line.session_id, format_day(line.held_on)
        if line.kind == "intake" and line.state != "cancelled":
            saying = IconButton("pencil-simple", _("Change whether it counts"), name=f"counselling-{key}", about=day)
            saying.clicked.connect(partial(self._ask_about_counselling, line))
            across.addWidget(saying)
        if line.state == "planned":
            moving = IconButton("calendar-blank", _("Move the session"), name=f"move-{key}", about=day)
            moving.clicked.connect(partial(self._ask_to_move, line))
            across.addWidget(moving)
            cancelling = IconButton("prohibit", _("Cancel the session"), name=f"cancel-{key}", about=day)
            cancelling.clicked.connect(partial(self._cancel, key))
            across.addWidget(cancelling)
        if line.state == "cancelled":
            restoring = button(
                _("Hold it after all"), name=f"restore-{key}", kind="quiet", on_click=partial(self._restore, key)
            )
            across.addWidget(restoring)
        else:
            opening = IconButton("arrow-right", _("Open the session"), name=f"open-{key}", about=day)
            opening.clicked.connect(partial(self._desk.open, "session", key))
            across.addWidget(opening)
        return across

    def _ask_for_extra_session(self) -> None:
        if self._found is not None:
            self._open_form(extra_session_form(self._desk, self._found, done=self._done))

    def _ask_to_move(self, line: SessionLine) -> None:
        self._open_form(moving_form(self._desk, line, done=self._done))

    def _ask_about_counselling(self, line: SessionLine) -> None:
        self._open_form(counselling_form(self._desk, line, done=self._done))

    def _cancel(self, session_id: str) -> None:
        self._desk.do(
            lambda work: cancel_session(session_id, work=work),
            on_done=lambda _changed: self._done(_("The session is cancelled; it stays in the list.")),
        )

    def _restore(self, session_id: str) -> None:
        self._desk.do(
            lambda work: restore_session(session_id, work=work),
            on_done=lambda _changed: self._done(_("The session is planned.")),
        )

    def _plan_weeks(self) -> None:
        course_id = self._course_id
        self._desk.do(
            lambda work: plan_weeks(course_id, WEEKS_AT_ONCE, work=work),
            on_done=lambda _changed: self._done(_("More weeks are planned.")),
        )

    # People

    def _people(self, found: CoursePage, body: QBoxLayout) -> Iterator[None]:
        card = Card(name="course-people")
        body.addWidget(card)
        here = sum(line.left_on is None for line in found.participants)
        top = across_or_down()
        top.addWidget(label(_("People"), type="heading"))
        top.addWidget(Badge(ngettext("{n} person", "{n} people", here).format(n=here)))
        top.addStretch(1)
        if found.state != "closed":
            top.addWidget(button(_("Add a person"), name="add-person", shows="user-plus", on_click=self._ask_whom))
        card.body.addLayout(top)
        people = FilteredList(
            _("Search for a name"),
            name="course-people-list",
            at_once=PEOPLE_AT_ONCE,
            at_least=MANY_PEOPLE,
            written=self._people_written,
        )
        people.search.textChanged.connect(self._remember_written)
        for line in found.participants:
            people.add((line.name,), partial(self._person_row, line))
        card.body.addWidget(people)
        yield from people.end_in_pieces()
        if not found.participants:
            card.body.addWidget(
                EmptyState(
                    "users", _("Nobody yet"), _("Add those who signed up; others sit down at the first session.")
                )
            )

    def _remember_written(self, text: str) -> None:
        self._people_written = text

    def _person_row(self, line: ParticipantLine) -> QWidget:
        name = button(
            line.name,
            name=f"person-{line.person_id}",
            kind="link",
            on_click=partial(self._desk.open, "person", line.person_id),
        )
        came = ngettext("Came {n} time, {needed} to complete", "Came {n} times, {needed} to complete", line.attended)
        came = came.format(n=line.attended, needed=line.needed)
        badge = Badge(_("Completed"), tone="success") if line.is_completed else None
        if line.left_on is not None:
            state = f"{closing_word(line.closing_reason)}, {format_day(line.left_on)}"
            action = button(
                _("Take back"), name=f"reopen-{line.enrolment_id}", kind="quiet", on_click=partial(self._reopen, line)
            )
        else:
            state = _("Since {day}").format(day=format_day(line.joined_on))
            action = button(
                _("Leaves"), name=f"leave-{line.enrolment_id}", kind="quiet", on_click=partial(self._ask_why, line)
            )
        action.setAccessibleName(f"{action.text()}: {line.name}")
        # A name may be as long as names are, so it has a line of its own.
        made = QWidget()
        grid = QGridLayout(made)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(current_metrics().space_4)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 1)
        grid.addWidget(name, 0, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        words = Flow(gap=current_metrics().space_3)
        words.addWidget(label(came, wrap=False))
        words.addWidget(label(state, type="soft", wrap=False))
        if badge is not None:
            words.addWidget(badge)
        if is_narrow():
            words.addWidget(action)
            grid.addLayout(words, 1, 0, 1, 2)
        else:
            grid.addLayout(words, 1, 0)
            grid.addWidget(action, 1, 1, Qt.AlignmentFlag.AlignTop)
        return made

    def _ask_whom(self) -> None:
        course_id = self._course_id

        def offer(people: tuple[tuple[str, str], ...]) -> None:
            self._open_form(joining_form(self._desk, course_id, people, done=self._done))

        self._desk.ask(lambda reading: people_to_add(reading, course_id, ""), on_done=offer)

    def _ask_why(self, line: ParticipantLine) -> None:
        self._open_form(closing_form(self._desk, line.enrolment_id, line.name, done=self._done))

    def _reopen(self, line: ParticipantLine) -> None:
        def told(reopened: EnrolmentReopened) -> None:
            tone, words = reopened_words(_("{name} is on the course again.").format(name=line.name), reopened)
            self._done(words, tone=tone)

        self._desk.do(lambda work: reopen_enrolment(line.enrolment_id, work=work), on_done=told)

    # Forms

    def _open_form(self, form: Form) -> None:
        """Show a form below the head; the page stays as it is until it is sent or cancelled."""
        self.notice.dismiss()
        self.open_form(form)
        if self._page is not None:
            self._page.verticalScrollBar().setValue(0)

    def _done(self, word: str, *, tone: str = "success") -> None:
        self.notice.show_notice(tone, word)
        self.put_form_away()


def _session_texts(line: SessionLine) -> tuple[str, str, str]:
    """Return when a session is, what it is, and how far it has come: it is shown and found by these."""
    when = f"{format_day(line.held_on)} {format_clock(line.starts_at)}".strip()
    named = session_word(line.kind, line.number)
    held = counselling_word(holds_counselling=line.holds_counselling) if line.kind == "intake" else ""
    about = " · ".join(part for part in (named, held, line.for_whom, setting_word(line.setting)) if part)
    return when, about, _("Begun") if line.has_drafts else session_state_word(line.state)


def _first_shown(sessions: tuple[SessionLine, ...]) -> int:
    """Return the first session that is shown unasked: the last few that were held, and everything to come."""
    over = sum(line.state != "planned" for line in sessions)
    return over - HELD_SHOWN if over > HELD_SHOWN + 1 else 0
