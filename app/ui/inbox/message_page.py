"""One letter: what it is, whom it is about, what it says, and what can be made of it."""

from collections.abc import Callable
from datetime import date
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.identifiers import shown
from app.domain.incoming import Match, Relation
from app.exchange.medcom.letter import Attachment, Letter, Person
from app.exchange.medcom.sentences import sentence_of
from app.i18n import _, format_day, format_day_long, format_moment, format_number, language
from app.services.let_out import Leaving
from app.services.open_message import OpenedMessage, open_message
from app.services.use_message import MakeReferral, ReferralMade, attach_message, decide_message, make_referral
from app.storage.queries.inbox import ShownCandidate
from app.ui.desk import Desk
from app.ui.door import Door
from app.ui.inbox.original_file import OriginalFile
from app.ui.inbox.words import kind_word, match_sentence, party_kind_word, relation_sentence, state_word
from app.ui.inbox.written_text import WrittenText
from app.ui.theme import current_metrics, icon
from app.ui.widgets import Badge, Card, NoticeBar, ScrollPage, across_or_down, button, fill_anew, focus_kept, label

_REFERRALS = ("XREF01", "REF01", "XREF15", "REF15", "XDIS91", "DIS91", "CareCommunication")


class MessagePage(QWidget):
    """Shows a letter and what can be done with it; what came of it is told in the `notice` of the inbox."""

    def __init__(self, desk: Desk, notice: NoticeBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self._desk = desk
        self.door = Door(desk, self)
        self.message_id = ""
        self._on = date.min
        self._shown: OpenedMessage | None = None
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self.notice = notice
        self._page = ScrollPage(self, name="message-page", widest=None, inset=0)
        whole.addWidget(self._page, 1)

    def show_nothing(self) -> None:
        """Show no letter; what was said of the one before stays."""
        self.message_id, self._shown = "", None
        fill_anew(self._page.body)

    def show_message(self, message_id: str, *, on: date) -> None:
        """Read and show a letter; one that is shown already is not drawn anew where nothing of it changed."""
        if self.message_id not in ("", message_id):
            self.notice.dismiss()
        self.message_id, self._on = message_id, on
        self._desk.ask(lambda reading: open_message(reading, message_id, today=on), on_done=self._show)

    def _show(self, opened: OpenedMessage | None) -> None:
        if opened is None or opened.message_id != self.message_id or opened == self._shown:
            return
        is_other = self._shown is None or self._shown.message_id != opened.message_id
        self._shown = opened
        with focus_kept(self):
            self._fill(opened)
        if is_other:
            self._page.verticalScrollBar().setValue(0)

    def _fill(self, opened: OpenedMessage) -> None:
        fill_anew(self._page.body)
        card = Card(name="message-card")
        self._page.body.addWidget(card)
        self._head(card, opened)
        if opened.letter is not None:
            self._person(card, opened, opened.letter)
            self._texts(card, opened.letter)
            self._attachments(card, opened.letter)
        self._below(card, opened)
        self._page.body.addStretch(1)

    def _head(self, card: Card, opened: OpenedMessage) -> None:
        letter, refused = opened.letter, opened.refused
        across = QHBoxLayout()
        type_code = letter.type if letter else refused.type if refused else ""
        across.addWidget(label(kind_word(type_code), type="heading", name="message-kind"), 1)
        word, tone = state_word(opened.state)
        across.addWidget(Badge(word, tone=tone, name="message-state"), 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(across)
        if letter is not None:
            number = f"{party_kind_word(letter.sender.id_type)} {letter.sender.id}".strip()
            sender = ", ".join(part for part in (letter.sender.name, number) if part)
            card.body.addWidget(label(_("From {sender}").format(sender=sender), name="message-sender"))
        came = _("Came in {when}, file {file}").format(when=format_moment(opened.received_at), file=opened.file_name)
        sent = _("Sent {when}").format(when=format_moment(opened.sent_at)) + " · " if opened.sent_at else ""
        card.body.addWidget(label(sent + came, type="caption"))
        for relation in opened.relations:
            tone = "info" if relation.relation in (Relation.CORRECTS, Relation.SAME_THREAD) else "amber"
            card.body.addLayout(_remark(relation_sentence(relation), tone))
        if letter is not None:
            for warning in letter.warnings:
                tone = "problem" if warning.code == "person-dead" else "amber"
                card.body.addLayout(_remark(sentence_of(warning, language()), tone))
        if refused is not None:
            card.body.addLayout(_remark(sentence_of(refused, language()), "amber"))

    def _person(self, card: Card, opened: OpenedMessage, letter: Letter) -> None:
        if letter.receipt is not None:
            return
        said = letter.person
        card.body.addWidget(label(_("About"), type="strong"))
        card.body.addWidget(label(_person_line(said), type="heading", name="message-person"))
        if opened.linked_person_id:
            card.body.addLayout(self._linked(opened))
            if opened.state == "referral_made":
                return
        else:
            for candidate in opened.candidates:
                card.body.addLayout(self._candidate(candidate, may_refer=_may_refer(letter)))
        if _may_refer(letter):
            self._new_person(card, opened)

    def _linked(self, opened: OpenedMessage) -> QHBoxLayout:
        across = QHBoxLayout()
        across.addWidget(label(opened.linked_person, type="strong"), 1)
        going = partial(self._desk.open, "person", opened.linked_person_id or "")
        across.addWidget(button(_("Open the person"), name="message-open-person", shows="user", on_click=going))
        return across

    def _candidate(self, candidate: ShownCandidate, *, may_refer: bool) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(current_metrics().space_1)
        born = format_day(candidate.birth_date) if candidate.birth_date else ""
        facts = " · ".join(part for part in (shown(candidate.identifier), born) if part)
        column.addWidget(label(candidate.name, type="strong"))
        if facts:
            column.addWidget(label(facts, type="caption"))
        column.addWidget(label(match_sentence(candidate), type="soft"))
        if candidate.is_dead:
            column.addWidget(label(_("Recorded as dead here."), type="error"))
        row, person_id = across_or_down(), candidate.person_id
        if may_refer and not candidate.is_dead:
            is_sure = candidate.match is Match.SAME_NUMBER
            referring = partial(self._refer, person_id)
            row.addWidget(
                button(
                    _("Make the referral"),
                    name=f"refer-{person_id}",
                    kind="primary" if is_sure else "",
                    on_click=referring,
                )
            )
        attaching = partial(self._attach, person_id)
        row.addWidget(
            button(_("Only put it on their page"), name=f"attach-{person_id}", kind="quiet", on_click=attaching)
        )
        row.addStretch(1)
        column.addSpacing(current_metrics().space_1)
        column.addLayout(row)
        return column

    def _new_person(self, card: Card, opened: OpenedMessage) -> None:
        if opened.linked_person_id:
            return
        if opened.due_on:
            is_late = opened.due_on < self._on
            due = _("The first call should have been made by {day}.") if is_late else _("First call by {day}.")
            due = due.format(day=format_day_long(opened.due_on))
            card.body.addWidget(label(due, type="error" if is_late else "soft", name="message-due"))
        row = across_or_down()
        text = _("Somebody else: new person and referral") if opened.candidates else _("New person and referral")
        kind = "" if opened.candidates else "primary"
        row.addWidget(
            button(text, name="message-new-person", kind=kind, shows="user-plus", on_click=partial(self._refer, None))
        )
        row.addStretch(1)
        card.body.addLayout(row)

    def _texts(self, card: Card, letter: Letter) -> None:
        if letter.subject:
            card.body.addWidget(label(letter.subject, type="strong", name="message-subject"))
        for name, title, text, styles in (
            ("message-referral-text", _("Why they are referred"), letter.referral_text, letter.referral_styles),
            ("message-clinical-text", _("What the letter says"), letter.clinical_text, letter.clinical_styles),
        ):
            if text:
                card.body.addWidget(label(title, type="strong"))
                card.body.addWidget(WrittenText(text, styles, name=name, spoken=title))
        if letter.receipt is not None:
            answer = _("Received.") if letter.receipt.positive else _("Refused by the receiver.")
            words = " ".join(part for part in (answer, letter.receipt.refuse_code, letter.receipt.refuse_text) if part)
            card.body.addWidget(label(words, name="message-receipt"))
        if letter.other:
            rest = label("\n".join(f"{_last(path)}: {text}" for path, text in letter.other), type="caption")
            rest.setObjectName("message-other")
            rest.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            rest.hide()
            more = button(_("Everything else it says"), name="message-more", kind="quiet", shows="caret-down")
            more.setCheckable(True)
            more.toggled.connect(rest.setVisible)
            card.body.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
            card.body.addWidget(rest)

    def _attachments(self, card: Card, letter: Letter) -> None:
        if letter.attachments:
            card.body.addWidget(label(_("Attachments"), type="strong"))
        for number, attachment in enumerate(letter.attachments):
            across = across_or_down()
            across.addWidget(label(_attachment_line(attachment), name=f"attachment-{number}"), 1)
            if attachment.content is not None:
                saving = partial(self._warn_then_save, _file_name(attachment), attachment.content)
                across.addWidget(button(_("Save …"), name=f"attachment-save-{number}", on_click=saving))
            card.body.addLayout(across)

    def _below(self, card: Card, opened: OpenedMessage) -> None:
        original = OriginalFile(self._desk, opened.message_id, self._warn_then_save)
        row = across_or_down()
        row.addWidget(original.toggle)
        row.addWidget(original.save)
        row.addStretch(1)
        card.body.addLayout(row)
        card.body.addWidget(original)
        decisions = across_or_down()
        if opened.state in ("new", "unreadable"):
            offers = [("not_for_us", _("Not for us")), ("done", _("Done"))]
        elif opened.state != "referral_made":
            offers = [("new", _("Put back among the new ones"))]
        else:
            offers = []
        for state, text in offers:
            deciding = partial(self._decide, state)
            decisions.addWidget(button(text, name=f"message-{state}", kind="quiet", on_click=deciding))
        decisions.addStretch(1)
        card.body.addLayout(decisions)

    def _refer(self, person_id: str | None) -> None:
        command = MakeReferral(self.message_id, person_id)
        self._desk.do(lambda work: make_referral(command, work=work), on_done=self._tell_made)

    def _tell_made(self, made: ReferralMade) -> None:
        text = _("The person and the referral are made.") if made.is_new_person else _("The referral is made.")
        self.notice.show_notice(
            "success",
            text,
            action=_("Open the person"),
            on_action=partial(self._desk.open, "person", made.person_id),
        )

    def _attach(self, person_id: str) -> None:
        message_id = self.message_id
        self._desk.do(
            lambda work: attach_message(message_id, person_id, work=work),
            on_done=lambda _changed: self.notice.show_notice("success", _("The letter is on the person's page.")),
        )

    def _decide(self, state: str) -> None:
        message_id = self.message_id
        self._desk.do(
            lambda work: decide_message(message_id, state, work=work),
            on_done=lambda _changed: self._tell_decided(message_id, state),
        )

    def _tell_decided(self, message_id: str, state: str) -> None:
        undo: Callable[[], None] = partial(self._undo, message_id)
        word, _tone = state_word(state)
        if state != "new":
            text = _("Marked as: {state}. The letter is kept under “Show all”.").format(state=word)
            self.notice.show_notice("success", text, action=_("Undo"), on_action=undo)

    def _undo(self, message_id: str) -> None:
        self.notice.dismiss()
        self.message_id = message_id
        self._desk.do(lambda work: decide_message(message_id, "new", work=work), on_done=lambda _changed: None)

    def _warn_then_save(self, name: str, content: bytes) -> None:
        self.notice.show_notice(
            "warning",
            _("The copy will not be encrypted: whoever has the laptop or the folder can read it."),
            action=_("Save anyway …"),
            on_action=partial(self._save, name, content, self._shown.linked_person_id if self._shown else None),
        )

    def _save(self, name: str, content: bytes, person_id: str | None) -> None:
        self.notice.dismiss()
        chosen = self.door.ask_where(_("Save a copy"), name, "")
        if chosen is None:
            return
        self.door.save(
            chosen,
            lambda: content,
            Leaving(f"message: {name}", (person_id,)),
            on_done=lambda: self.notice.show_notice("success", _("The copy is saved.")),
            on_error=self._desk.failed.emit,
        )


def _may_refer(letter: Letter) -> bool:
    """Return whether a referral can be made of it: not of a file or receipt, and not for the dead."""
    return letter.type in _REFERRALS and all(warning.code != "person-dead" for warning in letter.warnings)


def _person_line(person: Person | None) -> str:
    if person is None:
        return _("The letter does not say whom it is about.")
    numbers = [person.identifier, *(number for _kind, number in person.other_identifiers)]
    return " · ".join(part for part in (person.name, *(shown(number) for number in numbers)) if part)


def _attachment_line(attachment: Attachment) -> str:
    size = attachment.size if attachment.size is not None else len(attachment.content or b"")
    facts = [attachment.name or attachment.id, attachment.extension, _size_word(size), attachment.url]
    if attachment.content is None and not attachment.url:
        facts.append(_("comes in a message of its own"))
    return " · ".join(fact for fact in facts if fact)


def _size_word(size: int) -> str:
    return "" if not size else f"{size} B" if size < 1024 else f"{format_number(size // 1024)} kB"


def _file_name(attachment: Attachment) -> str:
    name = "".join(sign if sign.isalnum() or sign in " -_." else "_" for sign in attachment.name or attachment.id)
    extension = "".join(sign for sign in attachment.extension if sign.isalnum())
    name = name.strip(". ") or _("attachment")
    return f"{name}.{extension}" if extension else name


def _last(path: str) -> str:
    return path.replace("/", " / ")


def _remark(sentence: str, tone: str) -> QHBoxLayout:
    across = QHBoxLayout()
    across.setSpacing(current_metrics().space_2)
    sign = label("", wrap=False)
    size = current_metrics().icon
    sign.setPixmap(icon("info" if tone == "info" else "warning", colour=tone).pixmap(size, size))
    across.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    across.addWidget(label(sentence), 1)
    return across
