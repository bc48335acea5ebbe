"""Referrals: those who wait for a first call at the top, and a new one in a few words."""

from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.first_contact import SELF_CHANNELS
from app.domain.rules import SHOWN
from app.i18n import _, format_day, ngettext
from app.services.record_contact import RecordContact, record_contact
from app.services.register_referral import CloseReferral, ReferralRegistered, close_referral
from app.storage.change_set import ChangeSet
from app.storage.queries.referrals import Choices, ReferralRow, choices, referrals
from app.ui.contact.attempt_form import AttemptForm
from app.ui.contact.task_row import TOPICS, dial
from app.ui.contact.words import channel_word, outcome_word, referral_state_word, since_word
from app.ui.desk import Desk
from app.ui.programmes.said import DocumentsSay
from app.ui.referrals.new_referral import NewReferral
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceField,
    EmptyState,
    Flow,
    Hung,
    IconButton,
    PageHeader,
    ResultBar,
    ScrollPage,
    Slices,
    across_or_down,
    button,
    fill_anew,
    label,
    search_field,
)


class ReferralsView(QWidget):
    """The list and the form above it; `open("new")` opens the form at once."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("referrals")
        self._desk = desk
        self._choices: Choices | None = None
        self._form: NewReferral | None = None
        self._opens_form = False
        self._calling = ""
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        page = ScrollPage(self, name="referrals-page")
        whole.addWidget(page)
        self._new = button(_("New referral"), name="referral-new", kind="primary", shows="plus", on_click=self.take_in)
        self._new.setToolTip("Ctrl+N")
        self._header = PageHeader(_("Referrals"), "", actions=(self._new,))
        page.body.addWidget(self._header)
        self.notice = ResultBar(name="referrals-notice")
        page.body.addWidget(self.notice)
        self._place = QVBoxLayout()
        page.body.addLayout(self._place)
        across = across_or_down()
        self.search = search_field(_("Search for a name or sender"), name="referrals-search", on_change=self._read)
        # What is asked for is read whole; where that leaves no room for the choice, it stands below.
        asked = self.search.fontMetrics().horizontalAdvance(self.search.placeholderText())
        self.search.setMinimumWidth(asked + current_metrics().space_3 * 3 + current_metrics().icon)
        across.addWidget(self.search, 1)
        self._state = ChoiceField(
            "",
            name="referrals-state",
            offers=[("open", _("Waiting")), ("accepted", _("Wants help")), ("", _("All"))],
            chosen="open",
        )
        self._state.changed.connect(lambda _state: self._read())
        across.addWidget(self._state)
        page.body.addLayout(across)
        self._list = QVBoxLayout()
        self._list.setSpacing(current_metrics().space_3)
        page.body.addLayout(self._list)
        page.body.addWidget(DocumentsSay(desk, SHOWN["referrals"], name="referrals-documents"))
        page.body.addStretch(1)
        QShortcut(QKeySequence("Ctrl+N"), self).activated.connect(self.take_in)
        desk.changed.connect(self._changed)

    def open(self, key: str = "") -> None:
        """Open the form of a new referral where `key` is "new"."""
        self._opens_form = key == "new"
        self.refresh()

    def refresh(self) -> None:
        """Read the referrals anew; a form that is open stays."""
        on = today(self._desk.clock)
        self._desk.ask(lambda reading: choices(reading, today=on), on_done=self._know)
        self._read()

    def take_in(self) -> None:
        """Open the form of a new referral, ready to type."""
        if self._choices is None:
            self._opens_form = True
            return
        if self._form is None:
            self._form = NewReferral(
                self._desk, self._choices, open_person=lambda person_id: self._desk.open("person", person_id)
            )
            self._form.registered.connect(self._registered)
            self._form.closed.connect(self._close_form)
            self._place.addWidget(self._form)
        self._form.setFocus()

    def _know(self, found: Choices) -> None:
        self._choices = found
        if self._opens_form:
            self._opens_form = False
            self.take_in()

    def _changed(self, _changed: ChangeSet) -> None:
        if self.isVisible():
            self._read()

    def _read(self) -> None:
        on, state, words = today(self._desk.clock), self._state.value(), self.search.text()
        self._desk.ask(lambda reading: referrals(reading, today=on, state=state, search=words), on_done=self._show)

    def _show(self, rows: tuple[ReferralRow, ...]) -> None:
        if self._calling and any(not form.isHidden() for form in self.findChildren(AttemptForm)):
            return
        fill_anew(self._list)
        count = ngettext("{n} referral", "{n} referrals", len(rows)).format(n=len(rows))
        self._header.show_text(_("Referrals"), count)
        if rows:
            made = Slices(rows, self._card, name="referrals-list", spacing=current_metrics().space_3)
            self._list.addWidget(made)
        elif self.search.text():
            self._list.addWidget(label(_("Nothing in this list fits."), type="soft", name="referrals-nothing-fits"))
        else:
            self._list.addWidget(
                EmptyState(
                    "tray",
                    _("Nobody is waiting"),
                    _("Referrals and people who come by themselves stand here until the first call is made."),
                    name="referrals-empty",
                )
            )

    def _card(self, row: ReferralRow) -> Card:
        metrics = current_metrics()
        card = Card(name=f"referral-{row.referral_id}")
        card.body.setContentsMargins(metrics.space_5, metrics.space_3, metrics.space_4, metrics.space_3)
        across = across_or_down()
        words = QVBoxLayout()
        words.setSpacing(0)
        line = Flow(gap=metrics.space_3)
        name = button(
            row.name,
            name=f"referral-person-{row.referral_id}",
            kind="quiet",
            on_click=partial(self._desk.open, "person", row.person_id, section="contacts"),
            gives_way=True,
        )
        name.setProperty("link", True)
        line.addWidget(name)
        line.addWidget(self._badge(row))
        words.addLayout(Hung(line))
        came = [channel_word(row.channel), row.sender, format_day(row.received_on)]
        words.addWidget(label(" · ".join(part for part in came if part)))
        if row.text:
            words.addWidget(label(row.text, type="caption"))
        if row.attempts:
            tried = ngettext("tried {n} time", "tried {n} times", row.attempts).format(n=row.attempts)
            words.addWidget(label(f"{tried} · {outcome_word(row.last_outcome)}", type="caption"))
        across.addLayout(words, 1)
        if row.state == "open":
            across.addLayout(self._actions(row, card))
        card.body.addLayout(across)
        return card

    def _badge(self, row: ReferralRow) -> Badge:
        if row.state != "open":
            return Badge(referral_state_word(row.state), tone="success" if row.state == "accepted" else "neutral")
        if row.since:
            return Badge(since_word(row.since), tone="neutral")
        if row.due is None:
            return Badge(_("Waiting"))
        late = (today(self._desk.clock) - row.due).days
        if late > 0:
            return Badge(ngettext("{n} day late", "{n} days late", late).format(n=late), tone="problem")
        if late == 0:
            return Badge(_("Call today"), tone="amber")
        return Badge(_("Call by {day}").format(day=format_day(row.due)))

    def _actions(self, row: ReferralRow, card: Card) -> QHBoxLayout:
        across = QHBoxLayout()
        across.setSpacing(current_metrics().space_2)
        if row.phone:
            calling = IconButton(
                "phone-call", _("Call {phone}").format(phone=row.phone), name=f"dial-{row.referral_id}"
            )
            calling.clicked.connect(partial(dial, row.phone))
            across.addWidget(calling)
        noting = button(
            _("Note the call"),
            name=f"call-{row.referral_id}",
            shows="note-pencil",
            on_click=partial(self._note_call, row, card),
        )
        noting.setAccessibleName(f"{noting.text()}: {row.name}")
        across.addWidget(noting)
        ways: dict[str, tuple[str, str]] = {}
        if row.since:
            ways = {"accepted": ("accept", _("Wants help")), "declined": ("decline", _("Says no"))}
        elif row.attempts:
            ways = {"not_reached": ("give-up", _("Not reached: close"))}
        for state, (verb, words) in ways.items():
            across.addWidget(
                button(
                    words,
                    name=f"{verb}-{row.referral_id}",
                    kind="quiet",
                    on_click=partial(self._settle, row, state),
                )
            )
        across.addStretch(1)
        return across

    def _note_call(self, row: ReferralRow, card: Card) -> None:
        if self._calling == row.referral_id:
            return
        form = AttemptForm(
            f"attempt-{row.referral_id}",
            title=_("How did it go?"),
            topics=TOPICS,
            asks_why=row.channel in SELF_CHANNELS,
            submit=lambda command: self._record(command, form),
            close=self._end_call,
        )
        form.show_person(row.person_id, purpose="first_call", referral_id=row.referral_id)
        self._calling = row.referral_id
        card.body.addWidget(form)
        form.setFocus()

    def _record(self, command: RecordContact, form: AttemptForm) -> None:
        self._desk.do(
            lambda work: record_contact(command, work=work),
            on_done=lambda _made: self._end_call(),
            on_error=form.refuse,
        )

    def _end_call(self) -> None:
        self._calling = ""
        self._read()

    def _settle(self, row: ReferralRow, state: str) -> None:
        command = CloseReferral(row.referral_id, state)
        back = CloseReferral(row.referral_id, "open")
        self._desk.do(
            lambda work: close_referral(command, work=work),
            on_done=lambda _changed: self.notice.show_notice(
                "success",
                _("{name}: {state}. The referral is closed.").format(
                    name=row.name, state=referral_state_word(state).lower()
                ),
                action=_("Take it back"),
                on_action=lambda: self._take_back(back),
            ),
        )

    def _take_back(self, command: CloseReferral) -> None:
        self.notice.dismiss()
        self._desk.do(lambda work: close_referral(command, work=work), on_done=lambda _changed: None)

    def _registered(self, made: ReferralRegistered) -> None:
        self._close_form()
        self.notice.show_notice(
            "success",
            _("The referral is taken in. The first call is on today's list."),
            action=_("Open the person"),
            on_action=lambda: self._desk.open("person", made.person_id, section="contacts"),
        )
        self._new.setFocus()

    def _close_form(self) -> None:
        if self._form is not None:
            self._form.hide()
            self._form.deleteLater()
            self._form = None
