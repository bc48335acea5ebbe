"""The coordinator's oversight: every laptop and what it held, who searched without a reason, whose time is up."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.roles import MAY_REVOKE, Right, may
from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _, format_day, format_moment, format_number, ngettext
from app.services.let_out import Leaving
from app.storage.queries.extract import searches
from app.storage.queries.review import DuePerson, due_for_review
from app.sync.oversight import laptop_report, laptops, revoke
from app.sync.wire.oversight import Laptop, LaptopReport
from app.ui.desk import Desk
from app.ui.door import Door
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    FilteredList,
    PageHeader,
    ResultBar,
    ScrollPage,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    is_large_text,
    label,
)
from app.ui.words import entity_word, has_word

MOST_SHOWN = 60
SEARCHES_READ = 200
"""How many searches are read at once; older ones for the asking."""
MANY = 6
"""Rows of a list from which on there is a line to find one of them."""


class OversightView(QWidget):
    """Laptops come from the server and need a network; the log and the review list are on this laptop."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("oversight")
        self._desk = desk

        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        page = ScrollPage(self, name="oversight-page")
        whole.addWidget(page)
        page.body.addWidget(PageHeader(_("Oversight"), _("Laptops, searches, and records whose time is up.")))
        self.notice = ResultBar(name="oversight-notice")
        page.body.addWidget(self.notice)
        self._laptops = Card(name="laptops-card")
        self._report = Card(name="laptop-report-card")
        self._report.hide()
        self._searches = Card(name="searches-card")
        self._searches_said = QVBoxLayout()
        self._searches_list = _list(_("Search for a name, a day or a reason"), "searches-list")
        self._due = Card(name="due-card")
        self._due_list = _list(_("Search for a name"), "due-list")
        self._older = button(
            _("Read older searches"),
            name="searches-older",
            kind="quiet",
            shows="clock-counter-clockwise",
            on_click=self._read_older,
        )
        self._older.hide()
        self._searches_wanted = SEARCHES_READ
        self._due_nobody = label(_("There is nobody whose time is up."), type="soft", name="due-nobody")
        self._searches.body.addWidget(label(_("Searches"), type="heading"))
        self._searches.body.addLayout(self._searches_said)
        self._searches.body.addWidget(self._searches_list)
        self._searches.body.addWidget(self._older, 0, Qt.AlignmentFlag.AlignLeft)
        self._due.body.addWidget(label(_("Records whose time is up"), type="heading"))
        self._due.body.addWidget(
            label(_("Nothing is deleted by itself. Open the person, and anonymise or keep with a reason."), type="soft")
        )
        self._due.body.addWidget(self._due_list)
        self._due.body.addWidget(self._due_nobody)
        self._due_nobody.hide()
        for card in (self._laptops, self._report, self._due, self._searches):
            page.body.addWidget(card)
        page.body.addStretch(1)
        self._fill_laptops(())

    def refresh(self) -> None:
        """Ask the server about laptops, and this laptop about the rest."""
        store, day = self._desk.store, today(self._desk.clock)
        self._desk.tasks.run_network(lambda: laptops(store), on_done=self._fill_laptops, on_error=self._could_not)
        self._read_searches()
        if may(self._desk.role, Right.REVIEW_RETENTION):
            self._desk.ask(lambda reading: due_for_review(reading, today=day), on_done=self._fill_due)
        else:
            self._due.hide()

    def _read_searches(self) -> None:
        # One more than is shown says whether there are older ones.
        wanted = self._searches_wanted
        self._desk.ask(lambda reading: searches(reading, most=wanted + 1), on_done=partial(self._fill_searches, wanted))

    def _read_older(self) -> None:
        self._searches_wanted += SEARCHES_READ
        self._read_searches()

    def _could_not(self, problem: Exception) -> None:
        if isinstance(problem, AppError):
            self.notice.show_notice("problem", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)

    def _fill_laptops(self, found: Any) -> None:
        body = self._laptops.body
        fill_anew(body)
        body.addWidget(label(_("Laptops"), type="heading"))
        body.addWidget(
            label(
                _("If one is lost: take its access away, and look at what it held. Both can be done now."), type="soft"
            )
        )
        laptops_shown = FilteredList(_("Search for a laptop or a name"), name="laptops-list", at_least=MANY)
        body.addWidget(laptops_shown)
        for laptop in found:
            laptops_shown.add((laptop.name, laptop.user_name), partial(self._laptop_line, laptop))
        laptops_shown.end()
        if not found:
            body.addWidget(label(_("None seen yet; the list comes from the server."), type="soft"))

    def _laptop_line(self, laptop: Laptop) -> QWidget:
        line, row = _line()
        words = label(f"{laptop.name} · {laptop.user_name}", type="strong")
        row.addWidget(words, 2)
        row.addWidget(label(_last_seen(laptop), type="soft"), 2)
        row.addWidget(_state_badge(laptop, self._desk.clock.now()))
        if laptop.log_broken:
            said = _("Access log broken at entry {n}").format(n=format_number(laptop.log_broken))
            row.addWidget(Badge(said, tone="problem"))
        row.addWidget(
            button(
                _("What it holds"),
                name=f"report-{laptop.device_id}",
                on_click=partial(self.show_report, laptop.device_id),
            )
        )
        if self._desk.role in MAY_REVOKE:
            row.addWidget(
                button(
                    _("Let in again") if laptop.revoked_at else _("Take its access away"),
                    name=f"revoke-{laptop.device_id}",
                    kind="" if laptop.revoked_at else "danger",
                    on_click=partial(self.revoke, laptop.device_id, is_revoked=not laptop.revoked_at),
                )
            )
        return line

    def show_report(self, device_id: str) -> None:
        """Show what a laptop held."""
        store = self._desk.store
        self._desk.tasks.run_network(
            lambda: laptop_report(store, device_id), on_done=self._fill_report, on_error=self._could_not
        )

    def revoke(self, device_id: str, *, is_revoked: bool) -> None:
        """Take a laptop's access away, or let it in again."""
        store = self._desk.store

        def done(found: list[Laptop]) -> None:
            self.notice.show_notice(
                "success",
                _("Its access is taken away; it locks when it next meets a network, or when its lease ends.")
                if is_revoked
                else _("It may come in again; whoever has it needs a help code where its passphrases were sealed."),
            )
            self._fill_laptops(found)

        self._desk.tasks.run_network(
            lambda: revoke(store, device_id, is_revoked=is_revoked), on_done=done, on_error=self._could_not
        )

    def _fill_report(self, report: LaptopReport) -> None:
        body = self._report.body
        fill_anew(body)
        body.addWidget(
            label(
                _("What {name} of {user} holds").format(name=report.laptop.name, user=report.laptop.user_name),
                type="heading",
            )
        )
        people = ngettext("{n} person", "{n} people", len(report.people)).format(n=format_number(len(report.people)))
        numbers = ngettext(
            "{n} with a CPR or replacement number", "{n} with a CPR or replacement number", report.with_identifier
        ).format(n=format_number(report.with_identifier))
        body.addWidget(label(f"{people}, {numbers}", type="lead", name="report-people"))
        body.addWidget(
            label(_("As it last confirmed: {moment}").format(moment=_moment(report.confirmed_at)), type="soft")
        )
        body.addWidget(label(kinds_held(report.kinds), name="report-kinds"))
        if report.in_other_names:
            names = ", ".join(f"{name} {format_number(count)}" for name, count in report.in_other_names.items())
            said = _("Changes written on it in another's name, as where several share it: {names}").format(names=names)
            body.addWidget(label(said, name="report-others"))
        shown = ", ".join(person.name for person in report.people[:MOST_SHOWN])
        more = len(report.people) - MOST_SHOWN
        body.addWidget(label(shown + (f" + {format_number(more)}" if more > 0 else ""), type="caption"))
        across = across_or_down()
        across.addWidget(
            button(
                _("Copy the notification of the breach"),
                name="report-copy",
                shows="copy",
                on_click=partial(self._copy, report),
            )
        )
        across.addStretch(1)
        body.addLayout(across)
        self._report.show()

    def _copy(self, report: LaptopReport) -> None:
        from app.sync.wire.notification import notification_text  # noqa: PLC0415 - hopefully never

        said = _("Copied. It goes to Datatilsynet within 72 hours; what stands in brackets is for you to write.")
        Door(self._desk, self).copy(
            notification_text(report, known_at=self._desk.clock.now()),
            Leaving("notification of a breach"),
            on_done=lambda: self.notice.show_notice("info", said),
        )

    def _fill_searches(self, wanted: int, read: tuple[tuple[datetime, str, str, str], ...]) -> None:
        found = read[:wanted]
        self._older.setVisible(len(read) > wanted)
        fill_anew(self._searches_said)
        without = sum(not reason for *_rest, reason in found)
        counted = ngettext(
            "{n} of the newest {of} searches was made without a reason.",
            "{n} of the newest {of} searches were made without a reason.",
            without,
        ).format(n=format_number(without), of=format_number(len(found)))
        said = counted if found else _("Nobody has searched yet.")
        self._searches_said.addWidget(label(said, type="soft", name="searches-without"))
        with focus_kept(self):
            self._searches_list.begin()
            for at, user, what, reason in found:
                when = format_moment(at)
                number = _("{n} found").format(n=what.rpartition(": ")[2])
                why = reason or _("No reason given")
                self._searches_list.add((when, user, why), partial(_search_line, when, user, number, reason))
            self._searches_list.end()

    def _fill_due(self, found: tuple[DuePerson, ...]) -> None:
        with focus_kept(self):
            self._due_list.begin()
            for one in found:
                self._due_list.add((one.name,), partial(self._due_line, one))
            self._due_list.end()
        self._due_nobody.setVisible(not found)

    def _due_line(self, one: DuePerson) -> QWidget:
        line, row = _line()
        row.addWidget(label(one.name, type="strong"), 2)
        row.addWidget(label(_("Last recorded {day}").format(day=format_day(one.last_on)), type="soft"), 2)
        if one.kept_until is None:
            until = label(_("Due since {day}").format(day=format_day(one.due_on)), type="soft")
        else:
            until = label(_("Kept until {day}").format(day=format_day(one.kept_until)), type="soft")
        until.setObjectName(f"until-{one.person_id}")
        row.addWidget(until, 2)
        row.addWidget(
            button(
                _("Open"),
                name=f"due-{one.person_id}",
                on_click=partial(self._desk.open, "person", one.person_id, section="rights"),
            )
        )
        return line


def kinds_held(kinds: Mapping[str, int]) -> str:
    """Return how many there are of each kind of record; what only the program knows is left out."""
    return ", ".join(f"{entity_word(name)} {format_number(count)}" for name, count in kinds.items() if has_word(name))


def _list(words: str, name: str) -> FilteredList:
    metrics = current_metrics()
    # Where the text is large a row takes several lines, and the next one begins at a distance.
    spacing = metrics.space_5 if is_large_text() else metrics.space_2
    return FilteredList(words, name=name, at_once=MOST_SHOWN, at_least=MANY, spacing=spacing)


def _line() -> tuple[QWidget, QBoxLayout]:
    line = QWidget()
    row = across_or_down()
    row.setContentsMargins(0, 0, 0, 0)
    line.setLayout(row)
    return line, row


def _search_line(when: str, user: str, number: str, reason: str) -> QWidget:
    line, row = _line()
    row.addWidget(label(when, type="soft"), 3)
    row.addWidget(label(user), 3)
    row.addWidget(label(number, type="soft"), 2)
    if reason:
        row.addWidget(label(reason), 4)
    else:
        why = QHBoxLayout()
        why.addWidget(Badge(_("No reason given"), tone="amber"))
        why.addStretch(1)
        row.addLayout(why, 4)
    return line


def _last_seen(laptop: Laptop) -> str:
    return _("Last seen {moment}").format(moment=_moment(laptop.last_seen_at))


def _state_badge(laptop: Laptop, now: datetime) -> Badge:
    if laptop.revoked_at:
        return Badge(_("Access taken away"), tone="problem")
    if laptop.lease_ends_at and datetime.fromisoformat(laptop.lease_ends_at) <= now:
        return Badge(_("Locked: lease ended"), tone="amber")
    return Badge(_("In use"), tone="success")


def _moment(text: str) -> str:
    if not text:
        return _("never")
    at = datetime.fromisoformat(text)
    return format_moment(at)
