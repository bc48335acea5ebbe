"""How a person came to us, what is due for them, every contact, and whether they are here twice."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.clock import today
from app.domain.first_contact import CONTACT_OUTCOMES
from app.errors import RuleRefusal
from app.i18n import _, format_day, format_moment
from app.services.merge_people import MergePeople, merge_people, unmerge_people
from app.services.record_contact import CorrectContact, RecordContact, correct_contact, record_contact
from app.storage.queries.referrals import ContactRow, ContactsOfPerson, ReferralRow, contacts_of_person
from app.storage.queries.search import PersonFound, find_people
from app.storage.queries.tasks import Due, due_of_person
from app.ui.contact.attempt_form import AttemptForm
from app.ui.contact.one_form import OneForm
from app.ui.contact.task_row import TaskRowView
from app.ui.contact.words import channel_word, outcome_word, purpose_word, referral_state_word, topic_word
from app.ui.desk import Desk
from app.ui.referrals.likeness_list import LikenessList
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceField,
    EmptyState,
    Field,
    Form,
    ResultBar,
    across_or_down,
    button,
    fill_anew,
    focus_kept,
    label,
    short_row,
)

MOST_CONTACTS = 30


class ContactsPanel(QWidget):
    """Referrals and contacts at the left hand of the counsellor: what is due is done here too."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("contacts-panel")
        self._desk = desk
        self._person_id = ""
        self._found: ContactsOfPerson | None = None
        self._due: Due | None = None
        self._rows: list[TaskRowView] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(current_metrics().space_4)
        self.notice = ResultBar(name="contacts-notice")
        self._column.addWidget(self.notice)
        place = QVBoxLayout()
        self._column.addLayout(place)
        self._forms = OneForm(place, desk)
        self._body = QVBoxLayout()
        self._body.setSpacing(current_metrics().space_4)
        self._column.addLayout(self._body)

    def show_person(self, person_id: str) -> None:
        """Read and show this person; a form that is open stays."""
        if person_id != self._person_id:
            self._forms.close()
            self.notice.hide()
            # With the form that may be open in a task of whoever was shown before.
            for row in self._rows:
                row.close_form()
            fill_anew(self._body)
            self._rows, self._due = [], None
        self._person_id = person_id
        on = today(self._desk.clock)
        self._desk.ask(
            lambda reading: due_of_person(reading, person_id, today=on), on_done=partial(self._know_due, person_id)
        )
        self._desk.ask(lambda reading: contacts_of_person(reading, person_id, today=on), on_done=self._show)

    def _know_due(self, person_id: str, found: Due) -> None:
        if person_id == self._person_id:
            self._due = found

    def _show(self, found: ContactsOfPerson | None) -> None:
        if found is None or found.person_id != self._person_id:
            return
        if any(row.is_typing for row in self._rows):
            return
        self._found = found
        with focus_kept(self):
            fill_anew(self._body)
            self._rows = []
            if self._due is not None and self._due.rows:
                self._body.addWidget(self._tasks(self._due))
            self._body.addWidget(self._referrals(found))
            self._body.addWidget(self._contacts(found))
            self._body.addWidget(self._sameness(found))

    def _read_anew(self) -> None:
        self.show_person(self._person_id)

    def _tasks(self, due: Due) -> Card:
        card = Card(name="person-tasks")
        card.body.addWidget(label(_("To do"), type="heading"))
        for row in due.rows:
            say = partial(self.notice.show_notice, "success")
            self._rows.append(TaskRowView(row, self._desk, with_name=False, say=say, on_cancel=self._read_anew))
            card.body.addWidget(self._rows[-1])
        return card

    def _referrals(self, found: ContactsOfPerson) -> Card:
        card = Card(name="person-referrals")
        card.body.addWidget(label(_("Referrals"), type="heading"))
        for row in found.referrals:
            card.body.addWidget(_referral(row))
        if not found.referrals:
            card.body.addWidget(label(_("Nobody referred this person; they came by themselves."), type="soft"))
        return card

    def _contacts(self, found: ContactsOfPerson) -> Card:
        card = Card(name="person-contacts")
        head = across_or_down()
        head.addWidget(label(_("Contacts"), type="heading"), 1)
        if found.contacts:
            head.addWidget(
                button(_("Note a contact"), name="note-contact", shows="note-pencil", on_click=self._note_contact)
            )
        card.body.addLayout(head)
        for row in found.contacts[:MOST_CONTACTS]:
            card.body.addLayout(self._contact(row))
        if not found.contacts:
            nothing = EmptyState(
                "phone",
                _("No calls or messages yet"),
                _("Calls, text messages and visits stand here with how they went, also those that reached nobody."),
                action=_("Note a contact"),
                on_action=self._note_contact,
                name="contacts-empty",
            )
            nothing.action.setObjectName("note-contact")
            card.body.addWidget(nothing)
        return card

    def _contact(self, row: ContactRow) -> QBoxLayout:
        across = short_row()
        across.setSpacing(current_metrics().space_3)
        when = label(format_moment(row.at), type="soft", wrap=False)
        across.addWidget(when)
        words = QVBoxLayout()
        words.setSpacing(0)
        said = [purpose_word(row.purpose), channel_word(row.channel), row.by]
        words.addWidget(label(" · ".join(part for part in said if part)))
        extra = [*(topic_word(topic) for topic in row.topics), row.note]
        if row.corrected:
            extra.append(_("corrected: {reason}").format(reason=row.corrected))
        if any(extra):
            words.addWidget(label(" · ".join(part for part in extra if part), type="caption"))
        across.addLayout(words, 1)
        tone = "success" if row.outcome == "reached" else "neutral"
        across.addWidget(Badge(outcome_word(row.outcome), tone=tone))
        correcting = button(
            _("Correct"), name=f"correct-{row.attempt_id}", kind="quiet", on_click=partial(self._correct, row)
        )
        across.addWidget(correcting)
        return across

    def _sameness(self, found: ContactsOfPerson) -> QWidget:
        card = Card(name="person-sameness")
        card.body.addWidget(label(_("Is this person here twice?"), type="heading"))
        for duplicate_id, name in found.merged:
            across = across_or_down()
            across.addWidget(label(_("{name} was joined with this person.").format(name=name)), 1)
            across.addWidget(
                button(
                    _("Take it back"),
                    name=f"unmerge-{duplicate_id}",
                    kind="quiet",
                    on_click=partial(self._unmerge, duplicate_id),
                )
            )
            card.body.addLayout(across)
        proposals = LikenessList(
            _("These may be the same person"),
            _("Join with this one"),
            choose=self._merge,
            look=lambda person_id: self._desk.open("person", person_id),
        )
        card.body.addWidget(proposals)
        proposals.show_people(found.duplicates)
        if not found.duplicates and not found.merged:
            card.body.addWidget(label(_("Nobody on this laptop is like them."), type="soft"))
        anybody = button(
            _("This is the same person as …"), name="merge-anybody", shows="magnifying-glass", on_click=self._ask_who
        )
        card.body.addWidget(anybody, 0, Qt.AlignmentFlag.AlignLeft)
        return card

    def _ask_who(self) -> None:
        """Look anybody up by name, for those whom no likeness gives away."""
        person_id = self._person_id
        search = Field(_("Name"), name="merge-search", advice=_("Names may be spelt otherwise."))
        whom = ChoiceField(_("Which one"), name="merge-whom", offers=[("", _("Type a name first"))], as_box=True)

        def look(words: str) -> None:
            self._desk.ask(
                lambda reading: tuple(row for row in find_people(reading, words) if row.person_id != person_id),
                on_done=offer,
            )

        def offer(found: tuple[PersonFound, ...]) -> None:
            whom.show_offers(
                [
                    (row.person_id, " · ".join(part for part in (row.name, row.places, row.phone) if part))
                    for row in found
                ]
                or [("", _("Nobody found"))]
            )

        def submit() -> None:
            if not whom.value():
                raise RuleRefusal("no-such-person", field="whom")
            self._merge(whom.value(), form.override_reason)

        form = Form(_("The same person as …"), name="merge-form", submit_text=_("Join the two"), submit=submit)
        form.add_row(search=search, whom=whom)
        search.changed.connect(look)
        self._forms.open(form)
        search.setFocus()

    def _note_contact(self) -> None:
        form = AttemptForm("person-attempt", title=_("Note a contact"), submit=self._record, close=self._forms.close)
        form.show_person(self._person_id)
        self._forms.open(form)

    def _record(self, command: RecordContact) -> None:
        self._desk.do(
            lambda work: record_contact(command, work=work),
            on_done=lambda _made: self._forms.close(),
            on_error=self._forms.refuse,
        )

    def _correct(self, row: ContactRow) -> None:
        form = Form(
            _("Correct the contact of {day}").format(day=format_day(row.at)),
            name="correct-contact",
            submit_text=_("Correct"),
            submit=lambda: self._send_correction(row, outcome, reason),
        )
        outcome = ChoiceField(
            _("How it really ended"),
            name="correct-outcome",
            offers=[(code, outcome_word(code)) for code in CONTACT_OUTCOMES],
            chosen=row.outcome,
            as_box=True,
        )
        reason = Field(_("Why it is corrected"), name="correct-reason")
        form.add_row(outcome=outcome, reason=reason)
        self._forms.open(form)

    def _send_correction(self, row: ContactRow, outcome: ChoiceField, reason: Field) -> None:
        command = CorrectContact(row.attempt_id, outcome.value(), reason.text())
        self._desk.do(
            lambda work: correct_contact(command, work=work),
            on_done=lambda _made: self._forms.close(),
            on_error=self._forms.refuse,
        )

    def _merge(self, duplicate_id: str, reason: str = "") -> None:
        known = self._found.duplicates if self._found is not None else ()
        name = next((found.name for found in known if found.likeness.person_id == duplicate_id), _("Somebody"))
        command = MergePeople(self._person_id, duplicate_id, reason)
        self._desk.do(
            lambda work: merge_people(command, work=work),
            on_done=lambda _changed: self._merged(duplicate_id, name),
            on_error=partial(self._ask_reason, duplicate_id),
        )

    def _merged(self, duplicate_id: str, name: str) -> None:
        self._forms.close()
        self.notice.show_notice(
            "success",
            _("{name} and this person are one now. Nothing was deleted.").format(name=name),
            action=_("Take it back"),
            on_action=partial(self._unmerge, duplicate_id),
        )

    def _ask_reason(self, duplicate_id: str, problem: Exception) -> None:
        parameters = getattr(problem, "parameters", {})
        if isinstance(self._forms.opened, Form) and self._forms.opened.objectName() == "merge-form":
            self._forms.refuse(problem)
            return
        if not parameters.get("overridable"):
            self._desk.failed.emit(problem)
            return
        form = Form(
            _("Join the two"),
            name="merge-form",
            submit_text=_("Join them"),
            submit=lambda: self._merge(duplicate_id, form.override_reason),
        )
        self._forms.open(form)
        form.refuse(problem)

    def _unmerge(self, duplicate_id: str) -> None:
        self.notice.dismiss()
        self._desk.do(
            lambda work: unmerge_people(duplicate_id, work=work),
            on_done=lambda _changed: self.notice.show_notice("success", _("The two are two again.")),
        )


def _referral(row: ReferralRow) -> QWidget:
    holder = QWidget()
    across = short_row()
    holder.setLayout(across)
    across.setContentsMargins(0, 0, 0, 0)
    words = QVBoxLayout()
    words.setSpacing(0)
    came = [channel_word(row.channel), row.sender, format_day(row.received_on)]
    words.addWidget(label(" · ".join(part for part in came if part)))
    if row.text:
        words.addWidget(label(row.text, type="caption"))
    across.addLayout(words, 1)
    if row.state == "open" and row.due is not None:
        across.addWidget(Badge(_("Call by {day}").format(day=format_day(row.due)), tone="amber"))
    else:
        across.addWidget(Badge(referral_state_word(row.state)))
    return holder
