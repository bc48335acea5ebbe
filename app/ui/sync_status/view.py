"""Close the day: what to look through first, what is only on this laptop and why, sending it, and the receipt."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QVBoxLayout, QWidget

from app.clock import today
from app.documents.receipt import receipt_pdf
from app.errors import KnownProblem
from app.i18n import NO_BREAK, _, format_day, in_language, language, ngettext
from app.services.let_out import Leaving
from app.services.mend_refused import offer_again, retype
from app.storage.engine import UnitOfWork
from app.storage.erased import PERSON_ERASED
from app.storage.queries.close_the_day import DayToClose, day_to_close
from app.storage.queries.conflicts import ConflictCard, team_conflict_cards
from app.storage.queries.unsent import Quarantined, SyncState, UnsentRow, sync_state
from app.sync.report import SyncProgress, SyncReport, SyncStep
from app.ui.desk import Desk
from app.ui.door import Door
from app.ui.sync_status.envelopes import Envelopes
from app.ui.sync_status.receipt_words import receipt_content
from app.ui.sync_status.standing import MAY_BE_RESTORED, NEEDS_A_CODE, Standing, reason, standing
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    BusyIndicator,
    Card,
    Field,
    FilledPage,
    PageHeader,
    RebuiltPage,
    Slices,
    across_or_down,
    button,
    is_large_text,
    label,
    tile,
)
from app.ui.words import entity_word, product_word

if TYPE_CHECKING:
    from app.ui.person.conflicts_panel import ConflictsPanel

CLOCK_TOLERANCE_SECONDS = 120
TOLD_FOR = timedelta(days=14)
"""How long it is told that something was taken back because it was about somebody erased."""
MOST_SUBJECTS = 30
"""People and places that are named of those whom unsent changes are about."""
_TILES = {"success": "success", "problem": "problem"}


class SyncView(RebuiltPage):
    """`send` asks for a synchronisation; green is shown from a receipt and from nothing else."""

    send = Signal()
    stop = Signal()
    stood = Signal(object)
    open_session = Signal(str)
    open_person = Signal(str)
    make_diplomas = Signal(object)
    say_restored = Signal()
    give_code = Signal(str)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.tasks, parent, name="sync")
        self._desk = desk
        self.door = Door(desk, self)
        self.envelopes = Envelopes(desk, self.door, self)
        self.envelopes.said.connect(self._say_of_envelopes)
        self._problem: Exception | None = None
        self._progress: SyncProgress | None = None
        self._report: SyncReport | None = None
        self._team_cards: ConflictsPanel | None = None
        self._state: SyncState | None = None
        self.receipt_text = ""

    def refresh(self) -> None:
        """Read anew what is unsent and what is still open on this day."""
        on = today(self._desk.clock)
        who = self._desk.user_id
        self._desk.ask(
            lambda reading: (
                sync_state(reading),
                day_to_close(reading, who, today=on),
                team_conflict_cards(reading),
            ),
            on_done=lambda found: self._show(*found),
        )

    def set_sending(self) -> None:
        """Say that sending is under way."""
        self._progress = SyncProgress(SyncStep.HELLO)
        self._problem = None
        self.refresh()

    def show_progress(self, progress: SyncProgress) -> None:
        """Say how far sending has come, without building the page anew."""
        if self._progress is None or self._state is None:
            return
        self._progress = progress
        now = self.standing_of(self._state)
        if self._page is not None:
            self._busy.start(now.title, on_stop=self.stop.emit)
            self._title.setText(now.title)
            if progress.total:
                self._busy.show_progress(progress.done, progress.total)
        self.stood.emit(now)

    def sent(self, report: SyncReport) -> None:
        """Show how it went."""
        self._progress = None
        self._report = report
        self._problem = None if report.receipt is not None else KnownProblem("count-differs")
        self.refresh()

    def failed(self, problem: Exception) -> None:
        """Say why it could not be sent; nothing is lost."""
        self._progress = None
        self._problem = problem
        self.refresh()

    def standing_of(self, state: SyncState) -> Standing:
        """Return the one thing to say now."""
        return standing(state, today=today(self._desk.clock), progress=self._progress, problem=self._problem)

    def _show(self, state: SyncState, day: DayToClose, of_teams: tuple[ConflictCard, ...] = ()) -> None:
        self._state = state
        self.stood.emit(self.standing_of(state))
        # What was begun is shown all the same: progress is said in its parts until the next page has others.
        self._say(day)
        self.finish_making()
        self.show_anew(partial(self._fill, state, day, of_teams))

    def _fill(
        self, state: SyncState, day: DayToClose, of_teams: tuple[ConflictCard, ...], page: FilledPage
    ) -> Iterator[None]:
        now = self.standing_of(state)
        is_received = now.kind == "received"
        about = (
            _("Everything is at the server. You can close the laptop.")
            if is_received
            else _("Everything is saved on this laptop. Send it, and get a receipt.")
        )
        page.body.addWidget(PageHeader(_("Close the day"), about))
        page.body.addWidget(self._answer(state, now))
        yield
        on = today(self._desk.clock)
        told = tuple(one for one in state.quarantine if not one.taken_back_on or on - one.taken_back_on < TOLD_FOR)
        if told:
            # The answer above says that it stands below.
            page.body.addWidget(self._quarantine(told))
        look_through = self._look_through(day, is_received=is_received)
        if look_through is not None:
            page.body.addWidget(look_through)
        if state.conflict_people:
            page.body.addWidget(self._conflicts(state.conflict_people))
        if of_teams:
            self._add_team_cards(page, of_teams)
        else:
            self._team_cards = None
        if state.unsent:
            page.body.addWidget(_unsent(state.unsent))
            yield
        page.body.addWidget(self._courier(state))
        yield

    def _show_page(self, page: FilledPage) -> None:
        """Put the keyboard on what sends, for whoever comes by a key or waited for an answer: Enter goes on."""
        super()._show_page(page)
        if self.window().focusWidget() is self and self.send_button.isEnabled():
            self.send_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self, day: DayToClose) -> None:
        self.notice.dismiss()
        report = self._report
        if day.drafts:
            words = (
                _("Not closed yet: {places}. What is typed there is safe and is sent when the session is closed.")
                if day.may_record
                else _(
                    "Not closed yet: {places}. Your role does not record sessions any more, and what is typed there"
                    " stays on this laptop. Ask your coordinator for the role in which you typed it, if only for a"
                    " day: then close the session and send."
                )
            )
            self.notice.show_notice("warning", words.format(places=", ".join(draft.place for draft in day.drafts)))
        elif report is not None and abs(report.clock_ahead.total_seconds()) > CLOCK_TOLERANCE_SECONDS:
            self.notice.show_notice("warning", _clock_sentence(report.clock_ahead.total_seconds()))
        elif report is not None and report.unreadable:
            self.notice.show_notice(
                "warning",
                ngettext(
                    "{n} entry from the server cannot be read by this version.",
                    "{n} entries from the server cannot be read by this version.",
                    len(report.unreadable),
                ).format(n=len(report.unreadable))
                + " "
                + _("Everything else arrived. Install the newest version, or tell your coordinator."),
            )

    def _answer(self, state: SyncState, now: Standing) -> Card:
        card = Card(name="sync-answer")
        across = across_or_down()
        across.addWidget(tile(now.shape, tone=_TILES.get(now.tone, now.tone)), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(current_metrics().space_1)
        self._title = label(now.title, type="title", name="sync-title")
        words.addWidget(self._title)
        if now.text:
            words.addWidget(label(now.text, type="lead", name="sync-text"))
        if now.kind == "received" and state.received_at is not None:
            words.addWidget(
                label(
                    _("Receipt of {day}, signed by {server}").format(
                        day=format_day(state.received_at), server=state.server_url
                    ),
                    type="caption",
                )
            )
        across.addLayout(words, 1)
        card.body.addLayout(across)
        self._busy = BusyIndicator(name="sync-busy")
        if self._progress is not None:
            self._busy.start(now.title, on_stop=self.stop.emit)
        card.body.addLayout(self._actions(state, now))
        if now.kind in NEEDS_A_CODE:
            code = Field(_("New one-time code from your coordinator"), name="new-code")
            card.body.addWidget(code)
            card.body.addWidget(
                button(
                    _("Let this laptop in again"), name="give-code", on_click=lambda: self.give_code.emit(code.text())
                ),
                0,
                Qt.AlignmentFlag.AlignLeft,
            )
        return card

    def _actions(self, state: SyncState, now: Standing) -> QBoxLayout:
        actions = across_or_down()
        is_again = self._problem is not None
        self.send_button = button(
            _("Try again") if is_again else _("Close the day and send"),
            name="send",
            kind="primary",
            shows="paper-plane-tilt",
            on_click=self.send.emit,
        )
        self.send_button.setEnabled(self._progress is None)
        actions.addWidget(self.send_button)
        if now.kind in MAY_BE_RESTORED:
            actions.addWidget(
                button(
                    _("This laptop was set back to a backup"),
                    name="say-restored",
                    on_click=self.say_restored.emit,
                    gives_way=True,
                )
            )
        self.receipt_text = state.receipt
        if state.receipt:
            # Beside what is unsent it is the one before.
            words = _("Save the receipt") if now.kind == "received" else _("Save the last receipt")
            actions.addWidget(button(words, name="save-receipt", shows="download-simple", on_click=self._save_receipt))
        # It keeps its place beside what was pressed: nothing moves when sending begins, and no room is empty before.
        actions.addWidget(self._busy, 1)
        return actions

    def _look_through(self, day: DayToClose, *, is_received: bool) -> Card | None:
        if not (day.drafts or day.absentees or day.diplomas or day.bag):
            return None
        card = Card(name="look-through")
        card.body.addWidget(label(_("Before you go home") if is_received else _("Before you send"), type="heading"))
        for draft in day.drafts:
            text = ngettext(
                "{place}: {n} person has something typed that is not closed",
                "{place}: {n} people have something typed that is not closed",
                draft.people,
            ).format(place=draft.place, n=draft.people)
            card.body.addLayout(
                self._line(text, _("Open the session"), lambda to=draft.session_id: self.open_session.emit(to))  # type: ignore[misc]
            )
        if day.absentees:
            names = ", ".join(
                _("{name} (excused)").format(name=who.name) if who.is_excused else who.name for who in day.absentees
            )
            card.body.addWidget(label(_("Did not come: {names}").format(names=names), name="absentees"))
        made = [due.enrolment_id for due in day.diplomas if due.is_made]
        if len(made) > 1:
            every = ngettext("All {n} diploma", "All {n} diplomas", len(made)).format(n=len(made))
            across = self._line(_("Diplomas"), every, partial(self.make_diplomas.emit, tuple(made)))
            card.body.addLayout(across)
        for due in day.diplomas:
            text = (
                _("Diploma to print: {name}, {course}") if due.is_made else _("No diploma yet: {name}, {course}")
            ).format(name=due.name, course=due.course)
            card.body.addLayout(
                self._line(text, _("Open the diploma"), partial(self.make_diplomas.emit, (due.enrolment_id,)))
            )
        if day.bag:
            said = QVBoxLayout()
            said.setSpacing(current_metrics().space_1)
            held = ", ".join(
                # A line breaks between two products, never between a product and how many there are.
                _("{product} × {n}").format(product=product_word(line.product), n=line.left).replace(" ", NO_BREAK)
                for line in day.bag
                if line.left > 0
            )
            if held:
                said.addWidget(label(_("Should be in the bag: {held}").format(held=held), name="bag-left"))
            for line in day.bag:
                if line.left < 0:
                    said.addWidget(
                        label(
                            _("{product}: {n} more handed out than packed. Count the bag and say why.").format(
                                product=product_word(line.product), n=-line.left
                            ),
                            type="error",
                        )
                    )
            across = across_or_down()
            across.addLayout(said, 1)
            counting = partial(self._desk.open, "bag")
            across.addWidget(button(_("Count the bag"), name="count-bag", kind="quiet", on_click=counting))
            card.body.addLayout(across)
        return card

    def _line(self, text: str, verb: str, on_click: Callable[[], object]) -> QBoxLayout:
        across = across_or_down()
        across.addWidget(label(text), 1)
        opening = button(verb, name="open-it", kind="quiet", on_click=on_click)
        opening.setAccessibleName(f"{verb}: {text}")
        across.addWidget(opening)
        return across

    def _quarantine(self, refused: tuple[Quarantined, ...]) -> Card:
        card = Card(name="quarantine")
        head = across_or_down()
        head.addWidget(label(_("Refused by the server"), type="heading"), 1)
        if any(change.taken_back_on is None for change in refused):
            # Beside the heading, for it is about all of them.
            head.addWidget(
                button(
                    _("Send what was refused again"), name="offer-again", gives_way=True,
                    on_click=lambda: self._mend(lambda work: offer_again(work=work)),
                )
            )  # fmt: skip
        card.body.addLayout(head)
        card.body.addWidget(Slices(list(enumerate(refused)), self._refused, name="refused"))
        return card

    def _refused(self, numbered: tuple[int, Quarantined]) -> QWidget:
        number, change = numbered
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        what = _("{who}: {what} of {day}").format(
            who=change.subject or _("This laptop"), what=entity_word(change.entity), day=format_day(change.made_on)
        )
        column.addWidget(label(what, type="strong"))
        why = reason(change.code)
        if change.entity == "incoming_message" and change.code == PERSON_ERASED:
            why += " " + _("The letter itself is still here, on nobody's page.")
        column.addWidget(label(why, name=f"reason-{number}"))
        actions = across_or_down()
        if change.person_id and change.code != PERSON_ERASED:
            opening = button(
                _("Open the person"),
                name=f"open-refused-{number}",
                on_click=lambda: self.open_person.emit(change.person_id),
            )
            opening.setAccessibleName(f"{opening.text()}: {what}")
            actions.addWidget(opening)
        if change.code == "unstorable":
            actions.addWidget(
                button(
                    _("Take the character out and send"), name=f"retype-{number}",
                    on_click=lambda: self._mend(lambda work: retype(change.change_id, work=work)),
                )
            )  # fmt: skip
        actions.addStretch(1)
        column.addLayout(actions)
        return made

    def _mend(self, mend: Callable[[UnitOfWork], object]) -> None:
        self._desk.do(mend, on_done=lambda _done: self.send.emit())

    def _conflicts(self, people: tuple[tuple[str, str], ...]) -> Card:
        card = Card(name="conflicts")
        card.body.addWidget(label(_("Somebody has to choose"), type="heading"))
        card.body.addWidget(label(_("Two colleagues wrote different things. Both are kept on the person's page.")))
        card.body.addWidget(Slices(people, self._conflict, name="conflict-people"))
        return card

    def _add_team_cards(self, page: FilledPage, cards: tuple[ConflictCard, ...]) -> None:
        """Let one choose here what is about nobody's own page; a third value that is being typed goes along."""
        from app.ui.person.conflicts_panel import ConflictsPanel  # noqa: PLC0415 - few days have such a card

        above = Card(name="team-conflicts")
        above.body.addWidget(label(_("Somebody has to choose: what you share"), type="heading"))
        above.body.addWidget(
            label(_("Two colleagues wrote different things about a place, a course or a session. Choose here."))
        )
        page.body.addWidget(above)
        place = QVBoxLayout()
        page.body.addLayout(place)
        if self._team_cards is None:
            self._team_cards = ConflictsPanel(self._desk)
            self._team_cards.answered.connect(self.refresh)
        self._team_cards.show_of_teams(cards)
        page.take_along(self._team_cards, place)

    def _conflict(self, person: tuple[str, str]) -> QWidget:
        made = QWidget()
        made.setLayout(
            self._line(person[1], _("Choose"), lambda: self._desk.open("person", person[0], section="conflicts"))
        )
        made.layout().setContentsMargins(0, 0, 0, 0)  # type: ignore[union-attr]
        return made

    def _courier(self, state: SyncState) -> Card:
        card = Card(name="courier")
        card.body.addWidget(label(_("Without a network"), type="heading"))
        card.body.addWidget(
            label(
                _(
                    "Put what is unsent into a sealed envelope on a stick. Anybody can carry it; only the server reads"
                    " it. A colleague's laptop takes it along and brings the receipt back."
                )
            )
        )
        actions = across_or_down()
        making = button(_("Save an envelope"), name="make-envelope", on_click=self.envelopes.ask_to_make)
        making.setEnabled(state.pending > 0)
        actions.addWidget(making)
        actions.addWidget(
            button(_("Take an envelope along"), name="take-envelope", on_click=self.envelopes.ask_to_take)
        )
        actions.addWidget(button(_("Read a receipt"), name="read-answer", on_click=self.envelopes.ask_to_read))
        if state.answers_to_carry_back:
            actions.addWidget(
                button(_("Save the receipts for others"), name="carry-back", on_click=self.envelopes.ask_to_carry_back)
            )
        actions.addStretch(1)
        card.body.addLayout(actions)
        self._courier_said = label("", name="courier-said")
        self._courier_said.hide()
        card.body.addWidget(self._courier_said)
        return card

    def _say_of_envelopes(self, said: str) -> None:
        """Say on the page as it is now what was done with envelopes."""
        self._courier_said.setText(said)
        self._courier_said.show()
        self._desk.ask(sync_state, on_done=lambda state: self.stood.emit(self.standing_of(state)))

    def _save_receipt(self) -> None:
        path = self.door.ask_where(_("Save the receipt"), _("Receipt") + ".pdf", "PDF (*.pdf);;JSON (*.json)")
        if path is not None:
            self.write_receipt(path)

    def write_receipt(self, path: Path) -> None:
        """Write the receipt: as a page to print, or as the server signed it where the name ends in .json."""
        signed, is_page, spoken = self.receipt_text, path.suffix.lower() == ".pdf", language()

        def content() -> bytes:
            if not is_page:
                return signed.encode("utf-8")
            with in_language(spoken):
                return self._desk.papers.do(partial(receipt_pdf, receipt_content(signed)))

        self.door.save(path, content, Leaving("receipt"), on_done=lambda: None, on_error=self._desk.failed.emit)


def _clock_sentence(seconds: float) -> str:
    off = _("This laptop's clock is {span} ahead.") if seconds > 0 else _("This laptop's clock is {span} behind.")
    kept = _("Nothing is decided by it, but the times you see are wrong. Set the clock in the system's settings.")
    return f"{off.format(span=_span(abs(seconds)))} {kept}"


def _span(seconds: float) -> str:
    """Return a span of time in the unit that one would say it in."""
    minutes, hours, days = max(1, round(seconds / 60)), round(seconds / 3_600), round(seconds / 86_400)
    if minutes < 120:
        return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    if hours < 48:
        return ngettext("{n} hour", "{n} hours", hours).format(n=hours)
    return ngettext("{n} day", "{n} days", days).format(n=days)


def _unsent(rows: tuple[UnsentRow, ...]) -> Card:
    card = Card(name="unsent-card")
    card.body.addWidget(label(_("Waiting to be received"), type="heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(current_metrics().space_5)
    grid.setVerticalSpacing(current_metrics().space_2)
    by_subject: dict[str, list[UnsentRow]] = {}
    for row in rows:
        by_subject.setdefault(row.subject, []).append(row)
    # Where the text is large, a badge stands under what it is about: three columns are wider than the page.
    badge_below = int(is_large_text())
    for place, (subject, changes) in enumerate(list(by_subject.items())[:MOST_SUBJECTS]):
        number = place * (1 + badge_below)
        what = ", ".join(
            f"{entity_word(change.entity)} × {change.count}" if change.count > 1 else entity_word(change.entity)
            for change in changes
        )
        grid.addWidget(label(subject or _("This laptop"), type="strong"), number, 0)
        grid.addWidget(label(what), number, 1)
        if any(change.state == "refused" for change in changes):
            badge = Badge(_("Refused by the server"), tone="problem")
            grid.addWidget(badge, number + badge_below, 2 - badge_below)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 2)
    card.body.addLayout(grid)
    more = len(by_subject) - MOST_SUBJECTS
    if more > 0:
        text = ngettext("and {n} more person or place", "and {n} more people and places", more).format(n=more)
        card.body.addWidget(label(text, type="soft", name="unsent-more"))
    return card
