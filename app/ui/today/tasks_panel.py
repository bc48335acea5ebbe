"""Today's tasks: whom to call, remind, meet and ask, most at risk first; the paper in one line until it is wanted."""

from collections.abc import Callable, Generator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.domain.tasks import Kind, Task
from app.i18n import _, ngettext
from app.services.record_contact import RecordContact, record_contacts
from app.storage.queries.tasks import Due, TaskRow, due_and_papers, papers_named
from app.ui.contact.task_row import TaskRowView, settling
from app.ui.contact.words import asked_by, task_words
from app.ui.desk import Desk
from app.ui.tasks import Pieces
from app.ui.theme import current_metrics
from app.ui.today.entries import (
    IN_ONE_LINE,
    OF_A_KIND_AT_FIRST,
    SHOWN_AT_FIRST,
    at_first,
    entries_of,
    fitting,
    in_one_line,
)
from app.ui.today.paper_line import PaperLine
from app.ui.today.tasks_heading import TasksHeading
from app.ui.widgets import (
    EmptyState,
    PageCard,
    PagePart,
    ResultBar,
    Slices,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    label,
    laid_out_once,
)

PAPER_COMES_WITHIN_MS = 30
"""So long people wait for the paper, to be drawn together with it; where it takes longer it comes after them."""
LINES_READY = 6
"""Kinds of paper whose lines are made before it is known which of them wait."""
ASKED_FOR = 12
"""Rows that are shown to whoever asks for more; there may be hundreds, and the next come for the asking."""
_Shown = TypeVar("_Shown")
_Returned = TypeVar("_Returned")
Pieced = Generator[None, None, _Returned]
"""Work in pieces that ends with an answer."""


class TasksPanel(PagePart):
    """What is due, computed anew whenever Today is shown or something was written."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tasks-panel")
        self._desk = desk
        self._page = parent or self
        # What was read: people and, counted, their papers; of some kinds of paper also whose they are.
        self._due: Due | None = None
        self._papers: Due | None = None
        self._named: frozenset[Kind] = frozenset()
        self._reads_names = False
        self._day: date | None = None
        # What somebody asked to see besides what is shown at first.
        self._shows_all = False
        self._open_groups: set[str] = set()
        self._is_asked_for = False
        # What is drawn, and what draws it where that is done in pieces.
        self._drawn: tuple[object, ...] = ()
        self._has_people = False
        self._drawing: Pieces | None = None
        self._alone = QTimer(self, singleShot=True, interval=PAPER_COMES_WITHIN_MS)
        self._alone.timeout.connect(self._draw)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(current_metrics().space_3)
        self._heading = TasksHeading()
        self._heading.searched.connect(self._draw_all_the_same)
        column.addLayout(self._heading)
        self.notice = ResultBar(name="tasks-notice")
        column.addWidget(self.notice)
        self._lists: list[QWidget] = []
        self._list, self._paper_list = self._place_of_list(column), self._place_of_list(column)
        # What was made before it was known what is due (make_ready), and is not used yet.
        self._ready: list[TaskRowView] = []
        self._ready_rules: list[QWidget] = []
        self._ready_lines: list[PaperLine] = []

    def _place_of_list(self, column: QVBoxLayout) -> QVBoxLayout:
        """Return where a list goes; it is not shown before it is filled."""
        place = PagePart()
        made = QVBoxLayout(place)
        made.setContentsMargins(0, 0, 0, 0)
        made.setSpacing(current_metrics().space_3)
        column.addWidget(place)
        self._lists.append(place)
        return made

    def make_ready(self) -> None:
        """Make the cards with their rows before it is known what is due; what is not used goes with the first list."""
        card, paper = _tasks_card(), PageCard(name="paper-card")
        self._ready = [TaskRowView(None, self._desk) for _number in range(SHOWN_AT_FIRST)]
        self._ready_lines = [PaperLine() for _number in range(LINES_READY)]
        self._ready_rules = [_rule(card) for _number in range(SHOWN_AT_FIRST - 1)]
        for row in self._ready:
            card.body.addWidget(row)
        for line in self._ready_lines:
            paper.body.addWidget(line)
        self._list.addWidget(card)
        self._paper_list.addWidget(paper)

    def refresh(self) -> None:
        """Compute what is due; a form that is open stays as it is until it is closed."""
        on, named = today(self._desk.clock), self._wanted_names()
        # Papers are counted first; whose they are is read for the kinds that somebody has opened.
        showing = iter((self._show_due, partial(self._show_papers, named=named, on=on)))
        self._desk.ask_in_parts(
            lambda reading: due_and_papers(reading, today=on, named=named), on_part=lambda found: next(showing)(found)
        )

    def _wanted_names(self) -> frozenset[Kind]:
        """Return the kinds of paper that one wants to see the names of: who searches, of all."""
        if self._heading.is_searching:
            return IN_ONE_LINE
        return frozenset(kind for kind in IN_ONE_LINE if f"paper-{kind}" in self._open_groups)

    def _show_due(self, found: Due) -> None:
        self._due = found
        # Drawing now would slow down the reading of the papers, and be slowed down by it: wait a moment for them.
        self._alone.start()

    def _show_names(self, found: tuple[TaskRow, ...], *, counted: Due, named: frozenset[Kind]) -> None:
        if self._papers is counted:
            self._show_papers(replace(counted, rows=found), named=named, on=self._day)
            return
        # Something was written meanwhile, and the papers were counted anew.
        self._reads_names = False
        self._draw()

    def _show_papers(self, found: Due, *, named: frozenset[Kind], on: date | None) -> None:
        if self._day not in (None, on):
            # Of another day the list is drawn though a form is open: what is late or due has changed in all of it.
            self._is_asked_for = True
        self._day = on
        self._papers, self._named = found, named
        self._reads_names = False
        self._alone.stop()
        self._draw()

    def _draw_all_the_same(self) -> None:
        """Draw what somebody asked for, though a form is open: the row that it is in goes along as it is."""
        self._is_asked_for = True
        self._draw()

    def _draw(self) -> None:
        """Draw what is not drawn yet: people when they are known, and the paper below them when it is counted.

        What one sees at first is drawn at once; where one asked for more, it is made out of sight and shown together.
        While a form is open nothing moves that nobody asked for.
        """
        if self._drawing is not None:
            self._drawing.drop()
        is_typing = self._is_typing()
        if self._due is None or (is_typing and not self._is_asked_for) or not self._page.isVisible():
            return
        if self._papers is not None and self._papers.counted and not self._wanted_names() <= self._named:
            self._read_names(self._papers)
            return
        words = self._heading.words
        people = (self._due, today(self._desk.clock), self._shows_all, frozenset(self._open_groups), words)
        paper = (*people, self._papers)
        if self._drawn == paper:
            self._is_asked_for = False
            return
        if is_typing or self._shows_all or self._open_groups or self._heading.is_searching:
            self._drawing = self._desk.tasks.in_pieces(self._draw_more(self._due, paper))
            return
        # The first time it is filled before it is shown, and laid out once.
        with laid_out_once(self.parentWidget() or self), nullcontext() if self.isHidden() else focus_kept(self):
            if self._drawn[: len(people)] != people:
                self._fill_people(self._due)
            if self._papers is not None:
                self._fill_paper()
            else:
                self._lists[1].hide()
            self.show()
        self._drawn, self._is_asked_for = paper, False

    def _read_names(self, counted: Due) -> None:
        if self._reads_names:
            return
        self._reads_names = True
        on, named = today(self._desk.clock), self._wanted_names()
        self._desk.ask(
            lambda reading: papers_named(reading, today=on, named=named),
            on_done=partial(self._show_names, counted=counted, named=named),
        )

    def _is_typing(self) -> bool:
        return bool(self._typed_in())

    def _typed_in(self) -> list[TaskRowView]:
        """Return the rows in which a form is open."""
        return [row for row in self.findChildren(TaskRowView) if row.is_typing and not row.isHidden()]

    def _draw_more(self, found: Due, paper: tuple[object, ...]) -> Pieced[None]:
        """Draw what one asked for, a row at a time behind what is shown, and show it unless somebody began to type."""
        cards = people_card, paper_card = _tasks_card(), PageCard(name="paper-card")
        for card in cards:
            card.setParent(self)
        try:
            entries = yield from self._people_and_names(people_card, found)
            kinds = 0 if self._papers is None else (yield from self._paper_and_names(paper_card))
            typed_in = self._typed_in()
            if typed_in and not self._is_asked_for:
                return
            with focus_kept(self):
                self._count_anew(found)
                for row in [row for row in typed_in if not _takes_its_place(row, cards)]:
                    # Whoever types in a row that is in the list no longer goes on at its head.
                    _put_first(row, people_card, is_only=not entries)
                    entries += 1
                # What was made ready and not used yet goes with what is taken out now.
                self._ready, self._ready_rules, self._ready_lines = [], [], []
                self._put_in(self._lists[0], self._list, people_card if entries else None)
                self._put_in(self._lists[1], self._paper_list, paper_card if kinds else None)
                for row in typed_in:
                    row.show_day()
                    row.show()
                self._has_people = entries > 0
                if self._papers is not None and not kinds and not entries:
                    self._show_nothing()
            self._drawn, self._is_asked_for = paper, False
        finally:
            for card in cards:
                if card.parent() is self:
                    card.deleteLater()

    def _people_and_names(self, card: PageCard, found: Due) -> Pieced[int]:
        """Put in calls, and reminders with the names that one wants; return how many entries there are."""
        entries = entries_of(fitting(found.rows, self._heading.words))
        hidden = 0
        if not self._shows_all and not self._heading.is_searching:
            shown = at_first(entries)
            hidden = len(entries) - len(shown) + found.left_out
            entries = shown
        yield from self._add_slices(
            card, list(enumerate(entries)), self._entry, name="tasks-entries", at_least=self._up_to(entries)
        )
        for names in card.findChildren(Slices):
            if not names.shown:
                yield from names.go_on_in_pieces()
        self._add_more(card, hidden)
        return len(entries)

    def _put_in(self, place: QWidget, layout: QVBoxLayout, card: PageCard | None) -> None:
        """Put a card in the place of the one before."""
        fill_anew(layout)
        place.setVisible(card is not None)
        if card is not None:
            layout.addWidget(card)
            card.show()

    def _add_slices(
        self, card: PageCard, rows: Sequence[_Shown], make: Callable[[_Shown], QWidget], *, name: str, at_least: int
    ) -> Pieced[None]:
        slices = Slices(
            rows,
            make,
            name=name,
            # Of every kind some, where one looks at many of them.
            at_once=max(OF_A_KIND_AT_FIRST, ASKED_FOR // max(1, self._looked_at())),
            at_first=max(at_least, self._asked_for(name)),
            spacing=card.body.spacing(),
            tasks=self._desk.tasks,
            is_filled=False,
        )
        card.body.addWidget(slices)
        yield from slices.go_on_in_pieces()

    def _asked_for(self, name: str) -> int:
        """Return how many rows of a list are shown: whoever asked for the next ones keeps them when it is read anew."""
        if self._heading.is_searching:
            return 0
        return max((found.shown for found in self.findChildren(Slices, name) if found.isVisible()), default=0)

    def _up_to(self, groups: Sequence[Sequence[TaskRow]]) -> int:
        """Return how many must be made, so that the row in which one types is among them."""
        keys = {row.row.task.key for row in self._typed_in()}
        return max(
            (n for n, rows in enumerate(groups, start=1) if any(row.task.key in keys for row in rows)), default=0
        )

    def _looked_at(self) -> int:
        """Return at how many lists one looks: of all kinds where one searches."""
        return len(IN_ONE_LINE) if self._heading.is_searching else len(self._open_groups)

    def _entry(self, numbered: tuple[int, list[TaskRow]]) -> QWidget:
        """Return a call, or the reminders of a session, under a line that parts it from the one above."""
        number, rows = numbered
        made = PagePart()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if number:
            column.addWidget(_rule())
        if rows[0].task.kind is Kind.REMINDER:
            column.addWidget(self._reminders(rows))
        else:
            column.addWidget(self._row(rows[0]))
        return made

    def _row(self, row: TaskRow) -> TaskRowView:
        view = TaskRowView(None, self._desk)
        self._show_row(view, row)
        return view

    def _show_row(self, view: TaskRowView, row: TaskRow) -> None:
        view.show_row(row, say=partial(self._say, row.task), on_cancel=self._draw)

    def _count_anew(self, found: Due) -> None:
        self._heading.show_counts(found, on=today(self._desk.clock))
        self._heading.offer_search(is_long=len(entries_of(found.rows)) > OF_A_KIND_AT_FIRST)

    def _fill_people(self, found: Due) -> None:
        self._count_anew(found)
        ready, rules, self._ready, self._ready_rules = self._ready, self._ready_rules, [], []
        card = _card_in(self._list) if ready else None
        if card is None:
            fill_anew(self._list)
        self._has_people = bool(self._people(found, card, ready, rules))
        self._lists[0].setVisible(self._has_people)

    def _fill_paper(self) -> None:
        ready, self._ready_lines = self._ready_lines, []
        card = _card_in(self._paper_list) if ready else None
        if card is None:
            fill_anew(self._paper_list)
        if self._paper(card, ready) or self._has_people:
            self._lists[1].setVisible(self._paper_list.count() > 0)
            return
        self._show_nothing()

    def _show_nothing(self) -> None:
        if self._heading.words:
            nothing: QWidget = label(_("Nothing in this list fits."), type="soft", name="tasks-nothing-fits")
        else:
            nothing = EmptyState(
                "check-circle",
                _("Nothing is waiting"),
                _("Calls, reminders, handouts and forms show up here by themselves when they are due."),
                name="tasks-empty",
            )
        self._paper_list.addWidget(nothing)
        self._lists[1].show()

    def _people(self, found: Due, card: PageCard | None, ready: list[TaskRowView], rules: list[QWidget]) -> int:
        """Show calls one by one, reminders by session; return how many entries there are.

        `card` holds rows that were made ready; what is too much of them goes.
        """
        entries = entries_of(found.rows)
        if not entries:
            fill_anew(self._list)
            return 0
        if card is None:
            card = _tasks_card()
            self._list.addWidget(card)
        shown = at_first(entries)
        # Rows that were made ready stay where they are: whatever else there is comes in between.
        place = 0
        for number, rows in enumerate(shown):
            if number:
                card.body.insertWidget(place, rules.pop() if rules else _rule())
                place += 1
            if rows[0].task.kind is Kind.REMINDER:
                card.body.insertWidget(place, self._reminders(rows))
            else:
                if not ready:
                    ready.append(TaskRowView(None, self._desk))
                    card.body.insertWidget(place, ready[0])
                self._show_row(ready.pop(0), rows[0])
            place += 1
        self._add_more(card, len(entries) - len(shown) + found.left_out)
        _let_go([*rules, *ready], card)
        return len(entries)

    def _add_more(self, card: PageCard, hidden: int) -> None:
        if hidden > 0:
            text = ngettext("Show {n} more", "Show {n} more", hidden).format(n=hidden)
            card.body.addSpacing(current_metrics().space_2)
            more = button(text, name="tasks-more", kind="quiet", shows="caret-down", on_click=self._show_all)
            card.body.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)

    def _reminders(self, rows: list[TaskRow]) -> QWidget:
        task = rows[0].task
        key = f"reminders-{task.session_id}"
        across = across_or_down()
        words = QVBoxLayout()
        words.setSpacing(0)
        people = ngettext("{n} person", "{n} people", len(rows)).format(n=len(rows))
        texting = sum(row.may_text for row in rows)
        words.addWidget(label(f"{task_words(task)} · {people}", type="strong"))
        words.addWidget(label(_("{n} may be texted, the others are called").format(n=texting)))
        words.addWidget(label(asked_by(task), type="caption"))
        across.addLayout(words, 1)
        is_open = key in self._open_groups or self._heading.is_searching
        across.addWidget(
            button(
                _("Hide names") if is_open else _("Show names"),
                name=f"{key}-names",
                kind="quiet",
                on_click=partial(self._toggle, key),
            )
        )
        across.addWidget(
            button(_("All reminded"), name=f"{key}-all", shows="checks", on_click=partial(self._remind_all, rows))
        )
        made = PagePart()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, current_metrics().space_2, 0, 0 if is_open else current_metrics().space_2)
        column.setSpacing(0)
        column.addLayout(across)
        if is_open:
            column.addSpacing(current_metrics().space_2)
            column.addWidget(self._names_of_reminders(rows, f"{key}-rows"))
        return made

    def _names_of_reminders(self, rows: list[TaskRow], name: str) -> QWidget:
        """Return the names, the first by now; more that somebody had asked for are left to whoever draws in pieces."""
        wanted = max(self._asked_for(name), self._up_to([[row] for row in rows]))
        return Slices(
            rows,
            self._row,
            name=name,
            at_first=wanted,
            spacing=0,
            tasks=self._desk.tasks,
            is_filled=wanted <= ASKED_FOR,
        )

    def _paper(self, card: PageCard | None, ready: list[PaperLine]) -> int:
        """Show consents, forms, letters and diplomas as one line each; return how many lines there are.

        `card` holds lines that were made ready; what is too much of them goes.
        """
        kinds = self._kinds_of_paper()
        if not kinds:
            fill_anew(self._paper_list)
            return 0
        if card is None:
            card = PageCard(name="paper-card")
            self._paper_list.addWidget(card)
        for place, (kind, (count, _rows)) in enumerate(kinds.items()):
            if not ready:
                ready.append(PaperLine())
                card.body.insertWidget(place, ready[0])
            self._say_kind(ready.pop(0), kind, count, is_open=False)
        _let_go(ready, card)
        return len(kinds)

    def _paper_and_names(self, card: PageCard) -> Pieced[int]:
        """Put in the lines of the papers with the names that one wants; return how many lines there are."""
        kinds = self._kinds_of_paper()
        for kind, (count, rows) in kinds.items():
            is_open = f"paper-{kind}" in self._open_groups or self._heading.is_searching
            line = PaperLine()
            self._say_kind(line, kind, count, is_open=is_open)
            card.body.addWidget(line)
            if is_open:
                least = self._up_to([[row] for row in rows])
                yield from self._add_slices(card, rows, self._row, name=f"paper-{kind}-rows", at_least=least)
        return len(kinds)

    def _kinds_of_paper(self) -> dict[Kind, tuple[int, list[TaskRow]]]:
        return in_one_line([found for found in (self._due, self._papers) if found], self._heading.words)

    def _say_kind(self, line: PaperLine, kind: Kind, count: int, *, is_open: bool) -> None:
        key = f"paper-{kind}"
        line.show_kind(kind, count, key=key, is_open=is_open, toggle=partial(self._toggle, key))

    def _toggle(self, key: str) -> None:
        self._open_groups ^= {key}
        self._draw_all_the_same()

    def _show_all(self) -> None:
        self._shows_all = True
        self._draw_all_the_same()

    def _remind_all(self, rows: list[TaskRow]) -> None:
        commands = tuple(
            RecordContact(
                person_id=row.task.person_id,
                channel="sms" if row.may_text else "phone",
                purpose=row.task.purpose,
                outcome="reached",
                enrolment_id=row.task.enrolment_id,
                session_id=row.task.session_id,
            )
            for row in rows
        )
        said = ngettext("{n} person is reminded.", "{n} people are reminded.", len(rows)).format(n=len(rows))
        self._desk.do(
            lambda work: record_contacts(commands, work=work),
            on_done=lambda _changed: self.notice.show_notice("success", said),
        )

    def _say(self, task: Task, said: str) -> None:
        self.notice.show_notice("success", said, action=_("Take it back"), on_action=partial(self._take_back, task))

    def _take_back(self, task: Task) -> None:
        self.notice.dismiss()
        self._desk.do(settling(task, "open"), on_done=lambda _changed: None)


def _tasks_card() -> PageCard:
    card = PageCard(name="tasks-card")
    # Each row brings room of its own above and below.
    metrics = current_metrics()
    card.body.setContentsMargins(metrics.space_5, metrics.space_3, metrics.space_5, metrics.space_3)
    card.body.setSpacing(0)
    return card


def _card_in(layout: QVBoxLayout) -> PageCard | None:
    around = layout.parentWidget()
    cards = [] if around is None else around.findChildren(PageCard)
    return next((card for card in cards if layout.indexOf(card) == 0), None)


def _takes_its_place(row: TaskRowView, cards: Sequence[PageCard]) -> bool:
    """Put a row that somebody types in where its task's row in the new cards stands; False where there is none."""
    made = next((found for card in cards for found in card.findChildren(TaskRowView, row.objectName())), None)
    parent = made.parentWidget() if made is not None else None
    layout = parent.layout() if parent is not None else None
    if made is None or layout is None:
        return False
    layout.replaceWidget(made, row)
    made.hide()
    made.deleteLater()
    return True


def _put_first(row: TaskRowView, card: PageCard, *, is_only: bool) -> None:
    if not is_only:
        card.body.insertWidget(0, _rule())
    card.body.insertWidget(0, row)


def _let_go(unused: Sequence[QWidget], card: PageCard) -> None:
    """Take what was made ready and is not needed out of a card."""
    for left in unused:
        card.body.removeWidget(left)
        left.hide()
        left.deleteLater()


def _rule(parent: QWidget | None = None) -> QWidget:
    line = QWidget(parent)
    line.setProperty("rule", True)
    line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    line.setFixedHeight(1)
    return line
