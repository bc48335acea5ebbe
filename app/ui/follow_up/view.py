"""Whom to call six months after the stop date: done from the list, sorted by what is about to be lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.domain.access_chain import Action
from app.domain.outcomes import ClosingReason
from app.domain.rules import SHOWN
from app.i18n import _, format_day, ngettext
from app.services.close_enrolment import CloseEnrolment, close_enrolment
from app.services.record_follow_up_attempt import FollowUpAttemptRecorded
from app.services.record_outcome import OutcomeRecorded
from app.storage.access_log import Access
from app.storage.queries.follow_ups import EndedRow, FollowUpList, FollowUpRow, follow_ups
from app.ui.contact.task_row import dial
from app.ui.desk import Desk
from app.ui.follow_up.forms import call_form, missing_form, outcome_form, told
from app.ui.person.outcome_panel import follow_up_words
from app.ui.programmes.said import DocumentsSay
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    EmptyState,
    FilledPage,
    Flow,
    Form,
    PageHeader,
    RebuiltPage,
    across_or_down,
    button,
    fits,
    label,
    search_field,
)

SOON = 14
"""Days before the window closes from which a call is pressing."""


MOST_SHOWN = 12
"""Rows that are drawn of each list: more than one calls in a day, and the window answers at once."""


class FollowUpsView(RebuiltPage):
    """The work list; a form opens in the card that it is about."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.tasks, parent, name="follow-ups")
        self._desk = desk
        self._found: FollowUpList | None = None
        self._search = search_field(_("Search for a name or a course"), name="follow-ups-search", on_change=self._again)
        self._search.setParent(self)
        self._search.hide()

    def refresh(self) -> None:
        """Read the list anew."""
        if self.form is None:
            on = today(self._desk.clock)
            self._desk.ask(lambda reading: follow_ups(reading, today=on), on_done=self._show)

    def _again(self) -> None:
        if self._found is not None:
            self._show(self._found)

    def _show(self, found: FollowUpList) -> None:
        """Show what fits the search; the line itself stays as it is, with the cursor in it."""
        self._found = found
        self.show_anew(partial(self._fill, found, self._fitting(found)))

    def _fill(self, whole: FollowUpList, found: FollowUpList, page: FilledPage) -> Iterator[None]:
        due = len(whole.due) + len(whole.may_give_up)
        page.body.addWidget(
            PageHeader(
                _("Six-month follow-up"),
                ngettext("{n} person to call", "{n} people to call", due).format(n=due)
                if due
                else _("Nobody is due. Those whose window opens soon are below."),
            )
        )
        searching = QVBoxLayout()
        page.body.addLayout(searching)
        for title, rows in ((_("To call"), found.due), (_("Called often enough"), found.may_give_up)):
            if rows:
                page.body.addWidget(label(title, type="heading"))
            for row in rows[:MOST_SHOWN]:
                page.body.addWidget(self._card(row, page))
                yield
            if len(rows) > MOST_SHOWN:
                more = _("{n} more come up as these are settled.").format(n=len(rows) - MOST_SHOWN)
                page.body.addWidget(label(more, type="soft"))
        if found.ended:
            page.body.addWidget(label(_("Ended by themselves"), type="heading"))
            for ended in found.ended[:MOST_SHOWN]:
                page.body.addWidget(self._ended(ended))
            yield
        for title, rows in ((_("Opens within a month"), found.coming), (_("Closed lately"), found.missed)):
            if rows:
                page.body.addWidget(label(title, type="heading"))
                page.body.addWidget(self._list(rows))
                yield
        if not any((found.due, found.may_give_up, found.coming, found.missed, found.ended)):
            page.body.addWidget(self._emptiness())
        page.body.addWidget(DocumentsSay(self._desk, SHOWN["follow-ups"], name="follow-ups-documents"))
        # Only now, because it is the same line that one may be typing in on the page before.
        page.take_along(self._search, searching)
        self._search.setVisible(any((whole.due, whole.may_give_up, whole.coming, whole.missed, whole.ended)))

    def _emptiness(self) -> QWidget:
        if self._search.text():
            return label(_("Nothing in this list fits."), type="soft", name="follow-ups-nothing-fits")
        return EmptyState(
            "phone",
            _("Nobody to call"),
            _("People appear here five months after their stop date, if they said yes to being called."),
            name="follow-ups-empty",
        )

    def _fitting(self, whole: FollowUpList) -> FollowUpList:
        words = self._search.text()
        if not words.strip():
            return whole

        # Whom a form is open about stays, whatever one looks for.
        about = self._form_at if self.form is not None else ""

        def kept(rows: tuple[FollowUpRow, ...]) -> tuple[FollowUpRow, ...]:
            return tuple(
                row for row in rows if row.enrolment_id == about or fits(words, (row.name, row.course, row.phone))
            )

        return replace(
            whole,
            due=kept(whole.due),
            may_give_up=kept(whole.may_give_up),
            coming=kept(whole.coming),
            missed=kept(whole.missed),
            ended=tuple(row for row in whole.ended if fits(words, (row.name, row.course))),
        )

    def _card(self, row: FollowUpRow, page: FilledPage) -> Card:
        card = Card(name=f"follow-up-{row.enrolment_id}")
        metrics = current_metrics()
        # The name is a button, with room of its own above its letters.
        card.body.setContentsMargins(metrics.space_5, metrics.space_3, metrics.space_5, metrics.space_4)
        across = across_or_down()
        across.setSpacing(metrics.space_2)
        words = QVBoxLayout()
        words.setSpacing(0)
        name = button(
            row.name,
            name=f"person-{row.person_id}",
            kind="link",
            on_click=partial(self._desk.open, "person", row.person_id),
        )
        head = Flow(gap=current_metrics().space_3)
        head.addWidget(name)
        badge = self._badge(row)
        if badge is not None:
            head.addWidget(badge)
        words.addLayout(head)
        words.addWidget(label(f"{row.course} · {_counted(row)}", type="soft"))
        words.addWidget(label(follow_up_words(row.found)))
        across.addLayout(words, 1)
        if row.phone:
            dialling = button(
                row.phone, name=f"dial-{row.enrolment_id}", shows="phone", on_click=partial(dial, row.phone)
            )
            calling = _("Call {name}").format(name=row.name)
            dialling.setAccessibleName(f"{calling}: {row.phone}")
            across.addWidget(dialling)
        across.addWidget(self._button(row, _("Note the call"), "call", self._ask_call))
        across.addWidget(self._button(row, _("Answer"), "answer", self._ask_answer))
        across.addWidget(self._button(row, _("Give up"), "missing", self._ask_missing, kind="quiet"))
        card.body.addLayout(across)
        page.form_place(card.body, row.enrolment_id)
        return card

    def _badge(self, row: FollowUpRow) -> Badge | None:
        found = row.found
        on = today(self._desk.clock)
        if found.in_the_evening:
            return Badge(_("In the evening"), tone="info")
        if found.call_on is not None and found.call_on > on:
            return Badge(_("Called today"), tone="success")
        if found.window is not None and (found.window.closes_on - on).days <= SOON:
            days = (found.window.closes_on - on).days
            return Badge(ngettext("{n} day left", "{n} days left", days).format(n=days), tone="amber")
        return None

    def _ended(self, row: EndedRow) -> Card:
        card = Card(name=f"ended-{row.enrolment_id}")
        across = across_or_down()
        across.addWidget(
            label(
                _("{name}: no attendance for two months, {course} counts as ended on {day}.").format(
                    name=row.name, course=row.course, day=format_day(row.ended_on)
                )
            ),
            1,
        )
        across.addWidget(
            button(_("Close it"), name=f"close-ended-{row.enrolment_id}", on_click=partial(self._close_ended, row))
        )
        card.body.addLayout(across)
        return card

    def _list(self, rows: tuple[FollowUpRow, ...]) -> Card:
        card = Card(name="follow-up-list")
        for row in rows[:MOST_SHOWN]:
            across = across_or_down()
            across.addWidget(
                button(
                    row.name,
                    name=f"person-{row.person_id}",
                    kind="link",
                    on_click=partial(self._desk.open, "person", row.person_id),
                ),
                0,
                Qt.AlignmentFlag.AlignLeft,
            )
            across.addWidget(label(f"{row.course} · {follow_up_words(row.found)}", type="soft"), 1)
            card.body.addLayout(across)
        return card

    def _button(
        self, row: FollowUpRow, text: str, name: str, act: Callable[[FollowUpRow], None], *, kind: str = ""
    ) -> QWidget:
        made = button(text, name=f"{name}-{row.enrolment_id}", kind=kind, on_click=partial(act, row))
        made.setAccessibleName(f"{text}: {row.name}")
        return made

    def _ask_call(self, row: FollowUpRow) -> None:
        self._open(call_form(self._desk, row.enrolment_id, row.name, done=self._called), row)

    def _ask_answer(self, row: FollowUpRow) -> None:
        self._open(outcome_form(self._desk, row.enrolment_id, row.name, "six_months", done=self._recorded), row)

    def _ask_missing(self, row: FollowUpRow) -> None:
        self._open(missing_form(self._desk, row.enrolment_id, row.name, done=self._recorded), row)

    def _close_ended(self, row: EndedRow) -> None:
        command = CloseEnrolment(row.enrolment_id, row.ended_on, ClosingReason.NO_ATTENDANCE.value)
        self._desk.do(
            lambda work: close_enrolment(command, work=work),
            on_done=lambda _closed: self._done(_("The course is closed; who comes back gets a new one.")),
        )

    def _open(self, form: Form, row: FollowUpRow) -> None:
        self.notice.dismiss()
        self._desk.log(Access(Action.VIEW, row.person_id, "follow_up_attempt"))
        self.open_form(form, row.enrolment_id)

    def _called(self, recorded: FollowUpAttemptRecorded) -> None:
        self._done(follow_up_words(recorded.follow_up))

    def _recorded(self, recorded: OutcomeRecorded) -> None:
        tone, words = told(recorded)
        self._done(words, tone=tone)

    def _done(self, word: str, *, tone: str = "success") -> None:
        self.notice.show_notice(tone, word)
        self.put_form_away()


def _counted(row: FollowUpRow) -> str:
    word = _("stop date {day}") if row.counted_as == "stop_date" else _("closed {day}")
    return word.format(day=format_day(row.counted_on))
