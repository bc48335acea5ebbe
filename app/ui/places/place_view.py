"""One place: whom to call, the round that is under way step by step, what was counted, and its courses."""

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.place_cycle import VISIT_STEPS
from app.domain.rules import SHOWN
from app.i18n import _, format_day, ngettext
from app.services.run_place_cycle import end_cycle
from app.storage.queries.place_page import (
    ContactLine,
    Counts,
    CourseLine,
    PlaceChoices,
    PlacePage,
    RoundLine,
    StepLine,
    VisitLine,
    place_choices,
    place_page,
)
from app.ui.course.words import contact_role_word, step_state_word, step_word, visit_word
from app.ui.desk import Desk
from app.ui.places.contact_form import contact_form
from app.ui.places.place_form import place_form
from app.ui.places.round_forms import beginning_form, step_form
from app.ui.places.visit_form import visit_form
from app.ui.programmes.said import DocumentsSay
from app.ui.theme import current_metrics, icon
from app.ui.widgets import (
    Badge,
    Card,
    FilledPage,
    Form,
    IconButton,
    PageHeader,
    RebuiltPage,
    Slices,
    across_or_down,
    button,
    is_large_text,
    label,
)
from app.ui.words import place_kind_word

MOST_VISITS = 12
_STATE_ICONS = {"done": ("check-circle", "success"), "skipped": ("minus-circle", "ink_faint")}


class PlaceView(RebuiltPage):
    """The page of one place; a form that is open stays open while others write."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.tasks, parent, name="place")
        self._desk = desk
        self._place_id = ""
        self._found: PlacePage | None = None
        self._wanted_step = ""

    @property
    def about(self) -> str:
        """Return which place is shown."""
        return self._place_id

    def open(self, place_id: str) -> None:
        """Show a place; after a colon, the step whose visit is to be counted."""
        place_id, _colon, self._wanted_step = place_id.partition(":")
        self.begin_anew(is_other=place_id != self._place_id)
        self._place_id = place_id
        self.notice.dismiss()

    def refresh(self) -> None:
        """Read the place anew."""
        if self._place_id and self.form is None:
            place_id, on = self._place_id, today(self._desk.clock)
            self._desk.ask(lambda reading: place_page(reading, place_id, today=on), on_done=self._show)

    def _show(self, found: PlacePage | None) -> None:
        if found is None:
            self._desk.open("places")
            return
        self._found = found
        self.show_anew(partial(self._fill, found))

    def _fill(self, found: PlacePage, page: FilledPage) -> Iterator[None]:
        top = QHBoxLayout()
        going_back = IconButton("arrow-left", _("Back to the places"), name="place-back")
        going_back.clicked.connect(lambda: self._desk.open("places"))
        top.addWidget(going_back, 0, Qt.AlignmentFlag.AlignTop)
        about = [place_kind_word(found.kind), found.address or found.municipality, found.note]
        if found.closed_on is not None:
            about.insert(0, _("Closed {day}").format(day=format_day(found.closed_on)))
        papers = []
        for paper, shows, words, about_it in (
            ("poster", "printer", _("Poster"), _("Poster for the café visits")),
            ("place_handouts", "list-dashes", _("Handed out"), _("What was handed out here, on paper")),
        ):
            made = button(
                words,
                name=f"place-{paper}",
                shows=shows,
                on_click=partial(self._desk.open, "paper", f"{paper}:{self._place_id}"),
            )
            made.setToolTip(about_it)
            made.setAccessibleName(about_it)
            papers.append(made)
        changing = button(_("Change"), name="change-place", shows="pencil-simple", on_click=self._ask_about_place)
        changing.setAccessibleName(_("Change the place"))
        header = PageHeader(found.name, " · ".join(part for part in about if part), actions=(*papers, changing))
        top.addWidget(header, 1)
        page.body.addLayout(top)
        page.form_place(page.body, "place")
        yield
        beside = across_or_down(letter=current_metrics().title)
        # The numbers and their heading are the wider of the two.
        beside.addWidget(self._contacts(found), 2, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(self._counts(found), 3, Qt.AlignmentFlag.AlignTop)
        page.body.addLayout(beside)
        # Across the page, where its fields stand beside each other.
        for at in ("contacts", "counts"):
            page.form_place(page.body, at)
        yield
        page.body.addWidget(self._round(found, page))
        yield
        page.body.addWidget(self._courses(found))
        yield
        page.body.addWidget(self._visits(found, page))
        page.body.addWidget(DocumentsSay(self._desk, SHOWN["place"], name="place-documents"))
        if self._wanted_step:
            self._count_wanted(found)

    def _count_wanted(self, found: PlacePage) -> None:
        """Open the form of the visit that somebody came to count."""
        wanted, self._wanted_step = self._wanted_step, ""
        for known in found.rounds:
            for step in known.steps:
                if step.step_id == wanted and step.state == "planned":
                    self._ask_to_count(step)

    def _ask_about_place(self) -> None:
        self._desk.ask(place_choices, on_done=self._open_place_form)

    def _open_place_form(self, choices: PlaceChoices) -> None:
        if self._found is not None:
            form = place_form(self._desk, choices, self._found, done=lambda _kept: self._done(_("The place is saved.")))
            self._open_form(form, "place")

    # Contact persons

    def _contacts(self, found: PlacePage) -> Card:
        card = Card(name="place-contacts")
        top = QHBoxLayout()
        top.addWidget(label(_("Contact persons"), type="heading"), 1)
        adding = button(_("Add"), name="add-contact", shows="plus", on_click=lambda: self._ask_for_contact(None))
        adding.setAccessibleName(_("Add a contact person"))
        top.addWidget(adding)
        card.body.addLayout(top)
        if not found.has_tovholder:
            card.body.addWidget(label(_("The place has not named its tovholder yet."), type="error"))
        for contact in found.contacts:
            across = QHBoxLayout()
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(label(contact.name, type="strong"))
            reached = " · ".join(
                part for part in (contact_role_word(contact.role), contact.phone, contact.email) if part
            )
            words.addWidget(label(reached, type="soft"))
            across.addLayout(words, 1)
            changing = IconButton(
                "pencil-simple", _("Change {name}").format(name=contact.name), name=f"contact-{contact.contact_id}"
            )
            changing.clicked.connect(partial(self._ask_for_contact, contact))
            across.addWidget(changing, 0, Qt.AlignmentFlag.AlignTop)
            card.body.addLayout(across)
        return card

    def _ask_for_contact(self, contact: ContactLine | None) -> None:
        self._open_form(contact_form(self._desk, self._place_id, contact, done=self._done), "contacts")

    # What was counted

    def _counts(self, found: PlacePage) -> Card:
        card = Card(name="place-counts")
        top = QHBoxLayout()
        top.addWidget(label(_("Counted this year, without names"), type="heading"), 1)
        counting = button(_("Count a visit"), name="count-visit", shows="plus", on_click=lambda: self._ask_to_count())
        top.addWidget(counting, 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(top)
        card.body.addLayout(_count_grid(found.this_year))
        return card

    def _ask_to_count(self, step: StepLine | None = None, *, corrects: VisitLine | None = None) -> None:
        form = visit_form(self._desk, self._place_id, step, corrects=corrects, done=self._done)
        self._open_form(form, "visits" if corrects else "round" if step else "counts")

    def _visits(self, found: PlacePage, page: FilledPage) -> Card:
        card = Card(name="place-visits")
        card.body.addWidget(label(_("Visits"), type="heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_4)
        grid.setVerticalSpacing(current_metrics().space_1)
        for row, visit in enumerate(found.visits[:MOST_VISITS]):
            words = _visit_words(visit)
            if is_large_text():
                grid.addWidget(label(f"{format_day(visit.visited_on)} · {visit_word(visit.kind)} · {words}"), row, 1)
            else:
                grid.addWidget(label(format_day(visit.visited_on), type="strong", wrap=False), row, 0)
                grid.addWidget(label(visit_word(visit.kind), wrap=False), row, 1)
                grid.addWidget(label(words, type="soft"), row, 2)
            correcting = IconButton(
                "pencil-simple",
                _("Correct the count"),
                name=f"visit-{visit.visit_id}",
                about=f"{visit_word(visit.kind)}, {format_day(visit.visited_on)}",
            )
            correcting.clicked.connect(partial(self._ask_to_count, corrects=visit))
            grid.addWidget(correcting, row, 3)
        grid.setColumnStretch(2, 1)
        card.body.addLayout(grid)
        if not found.visits:
            card.body.addWidget(label(_("No visit has been counted yet."), type="soft"))
        page.form_place(card.body, "visits")
        return card

    # The round

    def _round(self, found: PlacePage, page: FilledPage) -> Card:
        card = Card(name="place-round")
        running = next((known for known in found.rounds if known.state == "running"), None)
        top = across_or_down()
        title = _("Round {n}").format(n=running.number) if running else _("Rounds")
        top.addWidget(label(title, type="heading"))
        if running is not None:
            done = sum(step.state != "planned" for step in running.steps)
            top.addWidget(Badge(_("{n} of {of} steps").format(n=done, of=len(running.steps)), tone="accent"))
        top.addStretch(1)
        if running is None:
            top.addWidget(
                button(_("Begin a round"), name="start-round", shows="flag", kind="primary", on_click=self._start_round)
            )
        else:
            top.addWidget(
                button(_("End the round"), name="end-round", kind="quiet", on_click=partial(self._end_round, running))
            )
        card.body.addLayout(top)
        if running is not None:
            self._steps(card, running)
        for known in found.rounds:
            if known is not running:
                card.body.addWidget(label(_round_words(known), type="soft"))
        if not found.rounds:
            card.body.addWidget(
                label(
                    _("A round goes from mapping over café visits and the course to the follow-up meeting."),
                    type="soft",
                )
            )
        page.form_place(card.body, "round")
        return card

    def _steps(self, card: Card, running: RoundLine) -> None:
        on = today(self._desk.clock)
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_3)
        grid.setVerticalSpacing(current_metrics().space_1)
        size = current_metrics().icon
        following = next((step.step_id for step in running.steps if step.state == "planned"), "")
        for row, step in enumerate(running.steps):
            shape, colour = _STATE_ICONS.get(step.state, ("circle", "ink_faint"))
            if step.step_id == following:
                shape, colour = "arrow-circle-right", "accent"
            mark = label("", wrap=False)
            mark.setPixmap(icon(shape, colour=colour).pixmap(size, size))
            mark.setAccessibleName(step_state_word(step.state))
            grid.addWidget(mark, row, 0)
            kind = "strong" if step.step_id == following else "soft" if step.state == "skipped" else "body"
            grid.addWidget(label(step_word(step.step, step.number, step.of), type=kind), row, 1)
            grid.addWidget(label(_step_when(step), type="soft"), row, 2)
            late = step.state == "planned" and step.planned_on is not None and step.planned_on < on
            if late and not is_large_text():
                grid.addWidget(Badge(_("Day has passed"), tone="amber"), row, 3)
            actions = QHBoxLayout()
            actions.addStretch(1)
            if step.state == "planned" and step.step in VISIT_STEPS:
                actions.addWidget(
                    button(
                        _("Count"),
                        name=f"count-{step.step_id}",
                        kind="quiet",
                        on_click=partial(self._ask_to_count, step),
                    )
                )
            elif step.course_id:
                actions.addWidget(
                    button(
                        _("Open the course"),
                        name=f"course-of-{step.step_id}",
                        kind="quiet",
                        on_click=partial(self._desk.open, "course", step.course_id),
                    )
                )
            noting = IconButton(
                "pencil-simple",
                _("Note: {step}").format(step=step_word(step.step, step.number, step.of)),
                name=f"step-{step.step_id}",
            )
            noting.clicked.connect(partial(self._ask_about_step, step))
            actions.addWidget(noting)
            grid.addLayout(actions, row, 4)
        grid.setColumnStretch(1, 2)
        grid.setColumnStretch(2, 2)
        card.body.addLayout(grid)

    def _start_round(self) -> None:
        self._open_form(beginning_form(self._desk, self._place_id, done=self._done), "round")

    def _end_round(self, running: RoundLine) -> None:
        on = today(self._desk.clock)
        left = sum(step.state == "planned" for step in running.steps)
        word = (
            ngettext(
                "The round is stopped; {n} step was not done.", "The round is stopped; {n} steps were not done.", left
            )
            if left
            else _("The round is finished.")
        )
        self._desk.do(
            lambda work: end_cycle(running.cycle_id, on, work=work),
            on_done=lambda _changed: self._done(word.format(n=left)),
        )

    def _ask_about_step(self, step: StepLine) -> None:
        if self._found is not None:
            self._open_form(step_form(self._desk, self._found, step, done=self._done), "round")

    # Courses

    def _courses(self, found: PlacePage) -> Card:
        card = Card(name="place-courses")
        top = across_or_down()
        top.addWidget(label(_("Courses"), type="heading"), 1)
        top.addWidget(
            button(_("All courses"), name="all-courses", kind="quiet", on_click=lambda: self._desk.open("courses"))
        )
        card.body.addLayout(top)
        if found.courses:
            card.body.addWidget(Slices(found.courses, self._course_line, name="place-courses-list"))
        else:
            card.body.addWidget(label(_("No course has been held here yet."), type="soft"))
        return card

    def _course_line(self, line: CourseLine) -> QWidget:
        made = QWidget()
        across = across_or_down()
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(
            button(
                line.title,
                name=f"course-{line.course_id}",
                kind="link",
                on_click=partial(self._desk.open, "course", line.course_id),
            ),
            0,
            Qt.AlignmentFlag.AlignLeft,
        )
        held = (
            _("{n} of {of} sessions held").format(n=line.held, of=line.planned)
            if line.planned
            else ngettext("{n} session held", "{n} sessions held", line.held).format(n=line.held)
        )
        people = ngettext("{n} person", "{n} people", line.people).format(n=line.people)
        across.addWidget(label(f"{held} · {people}", type="soft"), 1)
        if line.state == "closed":
            across.addWidget(Badge(_("Closed")))
        made.setLayout(across)
        return made

    # Forms

    def _open_form(self, form: Form, at: str) -> None:
        self.notice.dismiss()
        self.open_form(form, at)

    def _done(self, word: str) -> None:
        self.notice.show_notice("success", word)
        self.put_form_away()


def _count_grid(counted: Counts) -> QGridLayout:
    """Return the sums as large figures over their words, three beside each other."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(current_metrics().space_5)
    grid.setVerticalSpacing(current_metrics().space_3)
    figures = (
        (counted.visits, _("Visits")),
        (counted.visitors, _("People there")),
        (counted.talks, _("Talks")),
        (counted.brief_advice, _("Brief advice")),
        (counted.leaflets, _("Leaflets")),
        (counted.interested, _("Interested")),
    )
    beside = 2 if is_large_text() else 3
    for place, (figure, word) in enumerate(figures):
        cell = QVBoxLayout()
        cell.setSpacing(0)
        cell.addWidget(label(str(figure), type="title", wrap=False))
        cell.addWidget(label(word, type="soft"))
        grid.addLayout(cell, *divmod(place, beside))
    return grid


def _visit_words(visit: VisitLine) -> str:
    parts = [
        ngettext("{n} person there", "{n} people there", visit.visitors).format(n=visit.visitors),
        ngettext("{n} talk", "{n} talks", visit.talks).format(n=visit.talks),
        ngettext("{n} interested", "{n} interested", visit.interested).format(n=visit.interested),
        visit.note,
        _("corrected") if visit.is_correction else "",
    ]
    return " · ".join(part for part in parts if part)


def _step_when(step: StepLine) -> str:
    if step.done_on is not None:
        return format_day(step.done_on)
    if step.state == "skipped":
        return step_state_word(step.state)
    planned = "" if step.planned_on is None else _("planned {day}").format(day=format_day(step.planned_on))
    return " · ".join(part for part in (planned, step.note) if part)


def _round_words(known: RoundLine) -> str:
    when = (
        f"{format_day(known.started_on)} – {format_day(known.ended_on)}"
        if known.ended_on
        else format_day(known.started_on)
    )
    counted = ngettext("{n} person met at visits", "{n} people met at visits", known.counted.visitors)
    number = _("Round {n}").format(n=known.number)
    return f"{number} · {when} · {counted.format(n=known.counted.visitors)}"
