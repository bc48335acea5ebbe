"""The form of a new referral: a name and a sender are enough, and whoever is known already shows up while one types."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.clock import today
from app.domain.duplicates import Known
from app.domain.first_contact import CAME_BECAUSE, REFERRAL_CHANNELS, SELF_CHANNELS
from app.domain.identifiers import tidy
from app.domain.reports.words import because_word
from app.i18n import _
from app.services.register_referral import ReferralRegistered, RegisterReferral, register_referral
from app.storage.queries.referrals import Choices, Duplicate, duplicates
from app.ui.contact.words import channel_word
from app.ui.desk import Desk
from app.ui.person.identifier_field import IdentifierField
from app.ui.referrals.likeness_list import LikenessList
from app.ui.widgets import ChoiceField, DayField, Field, Form, TickField, button, label

_AFTER_TYPING_MS = 250


class NewReferral(QWidget):
    """Takes a referral in; `registered` carries what was made."""

    registered = Signal(object)
    closed = Signal()

    def __init__(self, desk: Desk, offers: Choices, *, open_person: Callable[[str], object]) -> None:
        super().__init__()
        self.setObjectName("new-referral")
        self._desk = desk
        self._known_id = ""
        on = today(desk.clock)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.form = Form(
            _("New referral"), name="referral-form", submit_text=_("Take the referral in"), submit=self._send
        )
        self.form.cancelled.connect(self.closed)
        self.given = Field(_("First name or nickname"), name="referral-given")
        self.family = Field(_("Family name"), name="referral-family", placeholder=_("Optional"))
        self.phone = Field(_("Phone"), name="referral-phone", placeholder=_("Optional"))
        self.form.add_row(given_name=self.given, family_name=self.family, phone=self.phone)
        self._known = label("", type="strong", name="referral-known")
        self._known.hide()
        self._other = button(_("Somebody else"), name="referral-somebody-new", kind="quiet", on_click=self._forget)
        self._other.hide()
        self.likeness = LikenessList(
            _("Is it one of these?"), _("It is this one"), choose=self._take_known, look=open_person
        )
        for widget in (self._known, self._other, self.likeness):
            self.form.body.insertWidget(self.form.body.count() - 1, widget)
        self.channel = ChoiceField(
            _("How it came"),
            name="referral-channel",
            offers=[(channel, channel_word(channel)) for channel in (*REFERRAL_CHANNELS, *SELF_CHANNELS)],
            chosen="staff",
            as_box=True,
        )
        self.channel.changed.connect(self._ask_why)
        self.came_from = Field(_("From whom"), name="referral-sender", placeholder=_("Ward, practice, colleague"))
        self.received = DayField(_("Received"), name="referral-received", today=on, day=on)
        self.form.add_row(channel=self.channel, sender=self.came_from, received_on=self.received)
        self.why = ChoiceField(
            _("What made the person come?"),
            name="referral-why",
            offers=[(reason, because_word(reason)) for reason in ("", *CAME_BECAUSE)],
            as_box=True,
        )
        self.team = ChoiceField(
            _("Team"), name="referral-team", offers=offers.teams, chosen=offers.own_team_id, as_box=True
        )
        self.programme = ChoiceField(
            _("Programme"),
            name="referral-programme",
            offers=[("", _("As the agreement says")), *offers.programmes],
            as_box=True,
            advice=_("It says by when the first call is due."),
        )
        self.form.add_row(came_because=self.why, team_id=self.team, programme=self.programme)
        self.identifier = IdentifierField(_("CPR or replacement number"), name="referral-identifier", today=on)
        self.text = Field(_("What the referral says"), name="referral-text", placeholder=_("Optional"))
        self.form.add_row(identifier=self.identifier, text=self.text)
        self.feedback = TickField(_("The sender would like to hear how it went"), name="referral-feedback")
        self.form.add_row(feedback=self.feedback)
        column.addWidget(self.form)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._look_for_known)
        for field in (self.given, self.family, self.phone, self.identifier):
            field.changed.connect(lambda _text: self._soon.start(_AFTER_TYPING_MS))
        self._ask_why("staff")
        self.setFocusProxy(self.given)

    def _ask_why(self, channel: str) -> None:
        self.why.setVisible(channel in SELF_CHANNELS)

    def _look_for_known(self) -> None:
        if self._known_id:
            return
        asked = Known(
            given_name=self.given.text(),
            family_name=self.family.text(),
            phone=self.phone.text(),
            identifier=tidy(self.identifier.text()).upper(),
        )
        on = today(self._desk.clock)
        self._desk.ask(lambda reading: duplicates(reading, asked, today=on), on_done=self._show_known)

    def _show_known(self, found: tuple[Duplicate, ...]) -> None:
        self._found = {duplicate.likeness.person_id: duplicate for duplicate in found}
        self.likeness.show_people(() if self._known_id else found)

    def _take_known(self, person_id: str) -> None:
        self._known_id = person_id
        self._known.setText(_("For {name}, who is known already").format(name=self._found[person_id].name))
        self._known.show()
        self._other.show()
        self.likeness.hide()
        for field in (self.given, self.family, self.phone, self.identifier):
            field.setEnabled(False)
        self.came_from.setFocus()

    def _forget(self) -> None:
        self._known_id = ""
        self._known.hide()
        self._other.hide()
        for field in (self.given, self.family, self.phone, self.identifier):
            field.setEnabled(True)
        self._look_for_known()

    def _send(self) -> None:
        day = self.received.day()
        command = RegisterReferral(
            channel=self.channel.value(),
            received_on=day,
            team_id=self.team.value(),
            person_id=self._known_id,
            given_name=self.given.text() if self.family.text() else "",
            nickname="" if self.family.text() else self.given.text(),
            family_name=self.family.text(),
            phone=self.phone.text(),
            identifier=self.identifier.text(),
            sender=self.came_from.text(),
            text=self.text.text(),
            came_because=self.why.value() if self.channel.value() in SELF_CHANNELS else "",
            wants_feedback=self.feedback.is_ticked(),
            programme_version_id=self.programme.value(),
        )
        self._desk.do(lambda work: register_referral(command, work=work), on_done=self._made, on_error=self.form.refuse)

    def _made(self, made: ReferralRegistered) -> None:
        self.registered.emit(made)
