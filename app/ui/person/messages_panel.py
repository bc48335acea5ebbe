"""Electronic letters about somebody: those that came, those that went out, and sending the next."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.clock import DENMARK
from app.error_text import sentence_for
from app.errors import AppError
from app.i18n import _, format_day, format_time
from app.settings import DeviceSettings
from app.storage.queries.messages import PersonMessages, SendableLetter, person_messages
from app.ui.desk import Desk
from app.ui.theme import current_metrics
from app.ui.widgets import Badge, Card, Field, NoticeBar, across_or_down, button, fill_anew, label

_FORMATS = ("XDIS15", "XDIS91", "CareCommunication")
_PARTY_KINDS = ("ydernummer", "sygehusafdelingsnummer", "lokationsnummer", "sorkode", "kommunenummer")


class MessagesPanel(QWidget):
    """Shows the letters, and a form below the one that is being sent."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messages-panel")
        self._desk = desk
        self._person_id = ""
        self._sending = ""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(current_metrics().space_3)
        self.notice = NoticeBar(name="messages-notice")
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
        fill_anew(self._place)
        card = Card(name="messages-card")
        card.body.addWidget(label(_("Electronic letters"), type="heading"))
        if not (found.incoming or found.outgoing or found.sendable):
            card.body.addWidget(label(_("None yet. Letters that came in are found in the inbox."), type="soft"))
        for letter in found.sendable:
            card.body.addLayout(self._sendable(letter, card))
        for message in found.outgoing:
            row = across_or_down()
            to = _("To {receiver}, {when}").format(receiver=message.receiver, when=_when(message.at))
            words = label("\n".join(part for part in (to, message.reason) if part))
            row.addWidget(words, 1)
            word, tone = _state_word(message.state)
            row.addWidget(Badge(word, tone=tone, name=f"outgoing-{message.message_id}"), 0, Qt.AlignmentFlag.AlignTop)
            if message.state == "prepared":
                row.addWidget(button(_("Try again"), name=f"deliver-{message.message_id}", on_click=self._deliver))
            card.body.addLayout(row)
        for came_in in found.incoming:
            row = across_or_down()
            came = _("From {sender}, {when}").format(sender=came_in.sender, when=_when(came_in.at))
            row.addWidget(label("\n".join(part for part in (came, came_in.subject) if part)), 1)
            going = partial(self._desk.open, "inbox", came_in.message_id)
            row.addWidget(button(_("Read"), name=f"read-{came_in.message_id}", on_click=going))
            card.body.addLayout(row)
        self._place.addWidget(card)
        self._notice_taken(found)

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
            on_done=lambda receiver: card.body.addWidget(self._form(letter, receiver)),
        )

    def _form(self, letter: SendableLetter, receiver: Any) -> QWidget:
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        kinds = QComboBox()
        kinds.setObjectName("send-format")
        kinds.setAccessibleName(_("Kind of message"))
        for code, text in zip(
            _FORMATS,
            (
                _("Closing note from the municipality (XDIS15)"),
                _("Correspondence (XDIS91)"),
                _("Correspondence, new standard (CareCommunication)"),
            ),
            strict=True,
        ):
            kinds.addItem(text, code)
        column.addWidget(label(_("Kind of message"), type="strong"))
        column.addWidget(kinds)
        known = receiver is not None
        fields = {
            "name": Field(_("Receiver"), name="send-receiver", advice=_("At most 35 characters.")),
            "location_number": Field(_("Location number (EAN)"), name="send-location", advice=_("13 digits.")),
            "id": Field(_("Number"), name="send-number", advice=_("For a practice its provider number.")),
        }
        fields["name"].input.setText(receiver.name if known else letter.recipient)
        fields["location_number"].input.setText(receiver.location_number if known else "")
        fields["id"].input.setText(receiver.id if known else letter.recipient_identifier)
        row = across_or_down()
        for field in fields.values():
            row.addWidget(field, 1)
        column.addLayout(row)
        party_kind = QComboBox()
        party_kind.setObjectName("send-number-kind")
        party_kind.setAccessibleName(_("Kind of number"))
        party_kind.addItems(_PARTY_KINDS)
        party_kind.setCurrentText(receiver.id_type if known and receiver.id_type else _PARTY_KINDS[0])
        column.addWidget(label(_("Kind of number"), type="strong"))
        column.addWidget(party_kind)
        buttons = across_or_down()
        buttons.addWidget(
            button(
                _("Send"),
                name="send-now",
                kind="primary",
                shows="paper-plane-tilt",
                on_click=lambda: self._send(
                    letter.letter_id,
                    kinds.currentData(),
                    {name: field.text() for name, field in fields.items()},
                    party_kind.currentText(),
                ),
            )
        )
        buttons.addWidget(button(_("Cancel"), name="send-cancel", kind="quiet", on_click=self._cancel))
        buttons.addStretch(1)
        column.addLayout(buttons)
        return form

    def _cancel(self) -> None:
        self._sending = ""
        self.show_person(self._person_id)

    def _send(self, letter_id: str, kind: str, receiver: dict[str, str], id_type: str) -> None:
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
        to = Correspondent(**receiver, id_type=id_type)
        self._desk.do(
            lambda work: send_letter(
                SendLetter(
                    letter_id=letter_id,
                    format=kind,
                    sender=replace(sender, id=municipality_number(work.session, letter_id)),
                    receiver=to,
                ),
                work=work,
            ),
            on_done=lambda sent: self._sent(sent.outside),
            on_error=self._refused,
        )

    def _sent(self, outside: tuple[str, ...]) -> None:
        self._sending = ""
        if outside:
            text = _("These signs may be shown as question marks by older systems: {signs}")
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


def _when(at: Any) -> str:
    local = at.astimezone(DENMARK)
    return f"{format_day(local.date())} {format_time(local)}"


def _state_word(state: str) -> tuple[str, str]:
    return {
        "prepared": (_("Waits for the folder"), "amber"),
        "written": (_("In the folder"), "info"),
        "taken": (_("Taken by the gateway"), "info"),
        "receipt_positive": (_("Received"), "success"),
        "receipt_negative": (_("Refused"), "problem"),
    }.get(state, (state, "neutral"))
