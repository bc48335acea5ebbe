"""The small form in which a call is recorded: how it ended, what was talked about, and what comes of it."""

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.first_contact import CAME_BECAUSE, CONTACT_OUTCOMES
from app.domain.reports.words import because_word
from app.domain.tasks import Task
from app.i18n import _
from app.services.record_contact import RecordContact
from app.ui.contact.words import outcome_word, topic_word
from app.ui.theme import current_metrics
from app.ui.widgets import ChoiceField, Field, Form, NumberField, TickField, across_or_down, label


class AttemptForm(QWidget):
    """Asks how a call or message went and hands on the command; `topics` are a first call's checklist."""

    def __init__(
        self,
        name: str,
        *,
        title: str,
        submit: Callable[[RecordContact], object],
        close: Callable[[], object],
        topics: tuple[str, ...] = (),
        asks_why: bool = False,
    ) -> None:
        super().__init__()
        self._name = name
        self._hand_on = submit
        self._task: Task | None = None
        self._purpose, self._person_id, self._referral_id = "other", "", ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.form = Form(title, name=f"{name}-form", submit_text=_("Save the call"), submit=self._send)
        self.form.cancelled.connect(close)
        self._channel = ChoiceField(
            _("How"),
            name=f"{name}-channel",
            offers=[("phone", _("Phone")), ("sms", _("Text message")), ("visit", _("Visit")), ("mail", _("E-mail"))],
            chosen="phone",
        )
        self._outcome = ChoiceField(
            _("How it ended"),
            name=f"{name}-outcome",
            # Nothing is chosen beforehand: a call that was saved in a hurry would else have reached somebody.
            offers=[("", _("Choose …")), *((outcome, outcome_word(outcome)) for outcome in CONTACT_OUTCOMES)],
            as_box=True,
        )
        self.form.add_row(channel=self._channel, outcome=self._outcome)
        self._topics: dict[str, TickField] = {}
        self._result: ChoiceField | None = None
        if topics:
            self._add_checklist(topics)
        self._why: ChoiceField | None = None
        if asks_why:
            self._why = ChoiceField(
                _("What made the person come?"),
                name=f"{name}-why",
                offers=[(reason, because_word(reason)) for reason in ("", *CAME_BECAUSE)],
                as_box=True,
            )
            self.form.add_row(came_because=self._why)
        self._note = Field(_("Note"), name=f"{name}-note", placeholder=_("Optional"))
        self._readiness = NumberField(
            _("Ready to stop, 0 to 10"), name=f"{name}-readiness", advice=_("Empty where not asked")
        )
        self._confidence = NumberField(
            _("Sure of succeeding, 0 to 10"), name=f"{name}-confidence", advice=_("Empty where not asked")
        )
        self.form.add_row(note=self._note)
        self.form.add_row(readiness=self._readiness, confidence=self._confidence)
        column.addWidget(self.form)

    def show_task(self, task: Task) -> None:
        """Ask about the call that a task wants."""
        self._task = task
        self._person_id, self._purpose = task.person_id, task.purpose or "other"
        if task.detail("channel") in ("sms", "phone"):
            self._channel.choose(task.detail("channel"))

    def show_person(self, person_id: str, *, purpose: str = "other", referral_id: str = "") -> None:
        """Ask about a call that no task wanted."""
        self._task, self._person_id, self._purpose = None, person_id, purpose
        self._referral_id = referral_id

    def refuse(self, problem: Exception) -> None:
        """Say beside the field what is wrong."""
        self.form.refuse(problem)

    def _add_checklist(self, topics: tuple[str, ...]) -> None:
        self.form.body.insertWidget(self.form.body.count() - 1, label(_("Talked about"), type="strong"))
        across = across_or_down()
        across.setSpacing(current_metrics().space_4)
        for topic in topics:
            tick = TickField(topic_word(topic), name=f"{self._name}-topic-{topic}")
            self._topics[topic] = tick
            across.addWidget(tick)
        across.addStretch(1)
        self.form.body.insertLayout(self.form.body.count() - 1, across)
        self._result = ChoiceField(
            _("What comes of it"),
            name=f"{self._name}-result",
            offers=[("accepted", _("Wants help")), ("", _("Still thinking")), ("declined", _("Says no"))],
            chosen="",
        )
        self.form.add_row(state=self._result)

    def _send(self) -> None:
        task = self._task
        outcome = self._outcome.value()
        if not outcome:
            self._outcome.complain(_("Choose how it ended."))
            return
        is_spoken = outcome in ("reached", "declined")
        self._hand_on(
            RecordContact(
                person_id=self._person_id,
                channel=self._channel.value(),
                purpose=self._purpose,
                outcome=outcome,
                note=self._note.text(),
                topics=tuple(topic for topic, tick in self._topics.items() if tick.is_ticked()),
                referral_id=task.referral_id if task else self._referral_id,
                enrolment_id=task.enrolment_id if task else "",
                session_id=task.session_id if task else "",
                referral_state=self._result.value() if self._result is not None and is_spoken else "",
                came_because=self._why.value() if self._why is not None else "",
                readiness=self._readiness.value(),
                confidence=self._confidence.value(),
            )
        )
