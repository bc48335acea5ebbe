"""Electronic letters about somebody: those that came, those that went out, and sending the next."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.error_text import sentence_for
from app.errors import AppError, RuleRefusal
from app.i18n import _, format_day, format_moment
from app.settings import DeviceSettings
from app.storage.queries.messages import CameIn, PersonMessages, SendableLetter, person_messages
from app.ui.desk import Desk
from app.ui.inbox.words import party_kind_word
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceField,
    Field,
    Form,
    ResultBar,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    label,
)

_PARTY_KINDS = ("ydernummer", "sygehusafdelingsnummer", "lokationsnummer", "sorkode", "kommunenummer")


class MessagesPanel(QWidget):
    """Shows the letters, and a form below the one that is being sent."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messages-panel")
        self._desk = desk
        self._person_id = ""
        self._sending = ""
        self._open_form: Form | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(current_metrics().space_3)
        self.notice = ResultBar(name="messages-notice")
        self._column.addWidget(self.notice)
        self._place = QVBoxLayout()
        self._column.addLayout(self._place)

    def show_person(self, person_id: str) -> None:
        """Read and show this person; a form that is being filled in stays."""
        if person_id == self._person_id and self._sending:
            return
        self._person_id, self._sending = person_id, ""
        self._desk.ask(lambda reading: person_messages(reading, person_id), on_done=self._show)

    def _show(self, found: PersonMessages) -> None:
        with focus_kept(self):
            self._fill(found)
        self._notice_taken(found)

    def _fill(self, found: PersonMessages) -> None:
        fill_anew(self._place)
        card = Card(name="messages-card")
        card.body.addWidget(label(_("Electronic letters"), type="heading"))
        if not (found.incoming or found.outgoing or found.sendable):
            card.body.addWidget(label(_("None yet. Letters that came in are found in the inbox."), type="soft"))
        for letter in found.sendable:
            card.body.addLayout(self._sendable(letter, card))
        for message in found.outgoing:
            row = across_or_down()
            to = _("To {receiver}, {when}").format(receiver=message.receiver, when=format_moment(message.at))
            words = label("\n".join(part for part in (to, message.reason) if part))
            row.addWidget(words, 1)
            word, tone = _state_word(message.state)
            row.addWidget(Badge(word, tone=tone, name=f"outgoing-{message.message_id}"), 0, Qt.AlignmentFlag.AlignTop)
            if message.state == "prepared":
                row.addWidget(button(_("Try again"), name=f"deliver-{message.message_id}", on_click=self._deliver))
            card.body.addLayout(row)
        for came_in in found.incoming:
            row = across_or_down()
            came = _("From {sender}, {when}").format(sender=came_in.sender, when=format_moment(came_in.at))
            parts = (came, came_in.subject, _correction_sentence(came_in))
            row.addWidget(label("\n".join(part for part in parts if part), name=f"came-{came_in.message_id}"), 1)
            going = partial(self._desk.open, "inbox", came_in.message_id)
            row.addWidget(button(_("Read"), name=f"read-{came_in.message_id}", on_click=going))
            card.body.addLayout(row)
        self._place.addWidget(card)

    def _sendable(self, letter: SendableLetter, card: Card) -> Any:
        row = across_or_down()
        text = _("Letter to {recipient}, {day}").format(
            recipient=letter.recipient or _("the doctor"), day=format_day(letter.written_on)
        )
        row.addWidget(label(text), 1)
        again = _("Send again as a correction …") if letter.was_sent else _("Send as a message …")
        row.addWidget(
            button(
                again,
                name=f"send-{letter.letter_id}",
                kind="" if letter.was_sent else "primary",
                shows="paper-plane-tilt",
                on_click=partial(self._begin, letter, card),
            )
        )
        return row

    def _begin(self, letter: SendableLetter, card: Card) -> None:
        from app.services.send_letter import known_receiver  # noqa: PLC0415 - read on demand

        if self._sending:
            return
        self._sending = letter.letter_id
        person_id = self._person_id
        self._desk.ask(
            lambda reading: known_receiver(reading, person_id),
            on_done=lambda receiver: self._open(self._form(letter, receiver), card, is_known=receiver is not None),
        )

    def _form(self, letter: SendableLetter, receiver: Any) -> Form:
        known = receiver is not None
        kinds = ChoiceField(
            _("Kind of message"),
            name="send-format",
            offers=_format_offers(),
            advice=_(
                "Ask the municipality's IT which kind and version the receiver takes. The first is the usual one."
            ),
            as_box=True,
        )
        name = Field(_("Receiver"), name="send-receiver", advice=_("At most 35 characters."))
        location = Field(_("Location number (EAN)"), name="send-location", advice=_("13 digits."))
        number = Field(_("Number"), name="send-number", advice=_("For a practice its provider number."))
        number_kind = ChoiceField(
            _("Kind of number"),
            name="send-number-kind",
            offers=[(kind, party_kind_word(kind)) for kind in _PARTY_KINDS],
            chosen=receiver.id_type if known and receiver.id_type else _PARTY_KINDS[0],
            as_box=True,
        )
        name.input.setText(receiver.name if known else letter.recipient)
        location.input.setText(receiver.location_number if known else "")
        number.input.setText(receiver.id if known else letter.recipient_identifier)

        def submit() -> None:
            kind, _space, version = kinds.value().partition(" ")
            to = {
                "name": name.text(),
                "department": receiver.department if known and name.text() == receiver.name else "",
                "location_number": location.text(),
                "id": number.text(),
                "id_type": number_kind.value(),
            }
            self._send(letter.letter_id, kind, version, to)

        title = _("Send again as a correction") if letter.was_sent else _("Send as a message")
        form = Form(title, name="send", submit_text=_("Send"), submit=submit)
        form.submit_button.setObjectName("send-now")
        form.add_row(format=kinds)
        form.add_row(receiver=name, location=location)
        form.add_row(number=number, number_kind=number_kind)
        form.cancelled.connect(self._cancel)
        self._open_form = form
        return form

    def _open(self, form: Form, card: Card, *, is_known: bool) -> None:
        """Show the form with the pen where it is needed: at the receiver, or where that is known at the button."""
        card.body.addWidget(form)
        form.show()
        where = form.submit_button if is_known else form.fields["receiver"]
        assert isinstance(where, QWidget)  # noqa: S101 - every field is one
        where.setFocus()

    def _cancel(self) -> None:
        self._sending = ""
        self.show_person(self._person_id)

    def _send(self, letter_id: str, kind: str, version: str, receiver: dict[str, str]) -> None:
        from app.exchange.medcom.outgoing import Correspondent  # noqa: PLC0415 - read on demand
        from app.services.send_letter import SendLetter, municipality_number, send_letter  # noqa: PLC0415

        settings = DeviceSettings.load()
        sender = Correspondent(
            name=settings.sender_name,
            department=settings.sender_department,
            location_number=settings.sender_location,
            phone=settings.sender_phone,
            id="",
            id_type="kommunenummer",
        )
        to = Correspondent(**receiver)
        self._desk.do(
            lambda work: send_letter(
                SendLetter(
                    letter_id=letter_id,
                    format=kind,
                    version=version,
                    sender=replace(sender, id=municipality_number(work.session, letter_id)),
                    receiver=to,
                ),
                work=work,
            ),
            on_done=lambda sent: self._sent(sent.outside),
            on_error=self._refused_in_form,
        )

    def _sent(self, outside: tuple[str, ...]) -> None:
        self._sending = ""
        if outside:
            text = _("These characters may be shown as question marks by older systems: {signs}")
            self.notice.show_notice("warning", text.format(signs=" ".join(outside)))
        else:
            self.notice.dismiss()
        self._deliver()

    def _deliver(self) -> None:
        from app.services.send_letter import deliver  # noqa: PLC0415 - read on demand

        folder = Path(DeviceSettings.load().outbox_folder)
        self._desk.do(
            lambda work: deliver(folder, work=work),
            on_done=lambda _count: self.show_person(self._person_id),
            on_error=self._refused,
        )

    def _refused_in_form(self, problem: Exception) -> None:
        """Tell beside the field what is wrong with the receiver, and at the top what is wrong with anything else."""
        is_receivers = isinstance(problem, RuleRefusal) and problem.parameters.get("field") == "receiver"
        if self._open_form is None or not is_receivers or not isinstance(problem, RuleRefusal):
            self._refused(problem)
        elif problem.code == "message-location":
            sentence = sentence_for(problem)
            self._open_form.fields["location"].complain(f"{sentence.title} {sentence.advice}".strip())
        else:
            self._open_form.refuse(problem)

    def _refused(self, problem: Exception) -> None:
        if isinstance(problem, AppError):
            self.notice.show_notice("problem", sentence_for(problem))
        else:
            self._desk.failed.emit(problem)
        if not self._sending:
            self.show_person(self._person_id)

    def _notice_taken(self, found: PersonMessages) -> None:
        """Ask the folder whether the gateway has been there; a folder that is away says nothing."""
        if not any(message.state == "written" for message in found.outgoing):
            return
        from app.services.send_letter import notice_taken  # noqa: PLC0415 - read on demand

        folder = Path(DeviceSettings.load().outbox_folder)
        self._desk.do(
            lambda work: notice_taken(folder, work=work), on_done=lambda _n: None, on_error=lambda _problem: None
        )


def _format_offers() -> list[tuple[str, str]]:
    """Return what can be written, in words; version by version because receivers change over at different times."""
    from app.services.send_letter import FORMATS  # noqa: PLC0415 - read on demand

    words = {
        "XDIS15": _("Closing note (XDIS15, {version})"),
        "XDIS91": _("Correspondence (XDIS91, {version})"),
        "CareCommunication": _("Correspondence (CareCommunication {version})"),
    }
    return [(f"{kind} {version}", words[kind].format(version=version)) for kind, version in FORMATS]


def _correction_sentence(letter: CameIn) -> str:
    if letter.corrects is not None:
        return _("Corrects the letter that came {when}.").format(when=format_moment(letter.corrects))
    if letter.corrected is not None:
        return _("Has been corrected by the letter that came {when}.").format(when=format_moment(letter.corrected))
    return ""


def _state_word(state: str) -> tuple[str, str]:
    return {
        "prepared": (_("Waits for the folder"), "amber"),
        "written": (_("In the folder"), "info"),
        "taken": (_("Taken by the message system"), "info"),
        "receipt_positive": (_("Received"), "success"),
        "receipt_negative": (_("Refused"), "problem"),
    }.get(state, (state, "neutral"))
