"""What somebody said yes and no to: four questions as one asks them, and what was answered before."""

from datetime import date
from functools import partial

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from app.clock import today
from app.domain.consents import Answer, Capacity, Kind, Standing
from app.i18n import _, format_day
from app.services.record_consent import ConsentRecorded, RecordConsent, record_consent
from app.storage.engine import Reading
from app.storage.queries.person_course import ConsentLine, PersonConsents, person_consents
from app.ui.course.words import answer_word, consent_question, consent_word, giver_word, manner_word, stopped_word
from app.ui.person.asking import CardPanel
from app.ui.theme import current_metrics
from app.ui.widgets import (
    Badge,
    Card,
    ChoiceField,
    DayField,
    Field,
    Flow,
    Form,
    IconButton,
    NoticeBar,
    TickField,
    across_or_down,
    button,
    is_large_text,
    is_narrow,
    label,
)

_TONES = {Answer.GIVEN: "success", Answer.DECLINED: "neutral", Answer.WITHDRAWN: "amber", Answer.NOT_ASKED: "info"}
HISTORY = "history"


class ConsentsPanel(CardPanel[PersonConsents]):
    """Reads a person's consents, shows how they stand, and records an answer where it is given."""

    NAME = "consents"

    def _read(self, reading: Reading, person_id: str, on: date) -> PersonConsents | None:
        return person_consents(reading, person_id, today=on)

    def _add_cards(self, found: PersonConsents) -> None:
        if found.capacity is not Capacity.SELF:
            young = NoticeBar(name="consents-young")
            self._column.addWidget(young)
            young.show_notice("info", _capacity_sentence(found), dismissible=False)
        for kind in Kind:
            self._column.addWidget(self._question(found.standings[kind]))
        self._column.addWidget(self._history(found.history))

    def _question(self, stands: Standing) -> Card:
        card = Card(name=f"consent-{stands.kind.value}")
        across = across_or_down(letter=current_metrics().title)
        words = QVBoxLayout()
        words.setSpacing(current_metrics().space_1)
        head = Flow(gap=current_metrics().space_3)
        head.addWidget(label(consent_word(stands.kind.value), type="heading", wrap=is_narrow()))
        head.addWidget(Badge(answer_word(stands.answer.value), tone=_TONES[stands.answer]))
        words.addLayout(head)
        words.addWidget(label(consent_question(stands.kind.value), type="soft"))
        words.addWidget(label(_since(stands), type="caption"))
        across.addLayout(words, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(current_metrics().space_2)
        for answer, text in _answers(stands):
            made = button(
                text,
                name=f"consent-{stands.kind.value}-{answer}",
                on_click=partial(self._ask, stands, answer),
            )
            made.setAccessibleName(f"{consent_word(stands.kind.value)}: {text}")
            buttons.addWidget(made)
        across.addLayout(buttons)
        card.body.addLayout(across)
        if stands.answer is Answer.GIVEN and stands.kind is Kind.STOPBASEN and not stands.information_given:
            card.body.addWidget(
                label(
                    _("The written information has not been handed over yet; until then no form is typed."),
                    type="error",
                )
            )
        if stands.answer is Answer.WITHDRAWN and stands.kind is Kind.STOPBASEN and self._found and self._found.is_typed:
            card.body.addWidget(
                label(
                    _("Forms were typed into STOPbasen before: ask its secretariat to delete them."),
                    type="error",
                    name="consent-typed-before",
                )
            )
        self._place_form(card, stands.kind.value)
        return card

    def _ask(self, stands: Standing, answer: str) -> None:
        """Ask how and when; what is usual is filled in, so that Enter is enough, but nothing that was to be done."""
        on = today(self._desk.clock)
        day = DayField(_("On"), name="consent-day", today=on, day=on)
        manner = ChoiceField(
            _("How"),
            name="consent-manner",
            offers=[(key, manner_word(key)) for key in ("oral", "written")],
            chosen=stands.manner or "oral",
        )
        informed = TickField(
            _("The written information was handed over"),
            name="consent-informed",
            ticked=stands.information_given,
        )
        note = Field(_("Note"), name="consent-note")
        giver = self._giver()

        def submit() -> None:
            answered_on = day.day()
            command = RecordConsent(
                self._person_id,
                stands.kind.value,
                answer,
                answered_on,
                manner=manner.value() or "oral",
                information_given=informed.is_ticked(),
                given_by=giver.value() if giver else "self",
                note=note.text(),
            )
            self._desk.do(lambda work: record_consent(command, work=work), on_done=self._recorded, on_error=form.refuse)

        title = f"{consent_word(stands.kind.value)}: {answer_word(answer)}"
        form = Form(title, name="consent-form", submit_text=_("Save the answer"), submit=submit)
        if giver is None or answer != "given":
            form.add_row(answered_on=day, manner=manner)
        else:
            form.add_row(answered_on=day, manner=manner, given_by=giver)
        form.add_row(information_given=informed, note=note)
        self._open(form, stands.kind.value)
        form.submit_button.setFocus()

    def _giver(self, chosen: str = "") -> ChoiceField | None:
        """Return the question who gives the consent of somebody under 18, None of whoever is older."""
        givers = {
            Capacity.SELF: (),
            Capacity.SELF_IF_MATURE: ("self_judged_mature", "guardian"),
            Capacity.GUARDIAN: ("guardian",),
        }[self._found.capacity if self._found else Capacity.SELF]
        if not givers:
            return None
        offers = [(key, giver_word(key)) for key in givers]
        known = chosen if chosen in givers else givers[0]
        return ChoiceField(_("Given by"), name="consent-giver", offers=offers, chosen=known, as_box=True)

    def _history(self, lines: tuple[ConsentLine, ...]) -> Card:
        card = Card(name="consent-history")
        card.body.addWidget(label(_("Everything that was answered"), type="heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(current_metrics().space_4)
        grid.setVerticalSpacing(current_metrics().space_1)
        for row, line in enumerate(lines):
            by = "" if line.given_by == "self" else giver_word(line.given_by)
            about = " · ".join(part for part in (manner_word(line.manner), by, line.note, line.recorded_by) if part)
            said = (format_day(line.answered_on), consent_word(line.kind), answer_word(line.answer), about)
            if is_large_text():
                grid.addWidget(label(" · ".join(said)), row, 0, 1, 4)
            else:
                grid.addWidget(label(said[0], type="soft", wrap=False), row, 0)
                grid.addWidget(label(said[1]), row, 1)
                grid.addWidget(label(said[2], type="strong", wrap=False), row, 2)
                grid.addWidget(label(about, type="soft"), row, 3)
            correcting = IconButton(
                "pencil-simple",
                _("Correct: {what}").format(what=f"{said[1]}, {said[0]}"),
                name=f"correct-consent-{line.consent_id}",
            )
            correcting.clicked.connect(partial(self._ask_to_correct, line))
            grid.addWidget(correcting, row, 4)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        card.body.addLayout(grid)
        if not lines:
            card.body.addWidget(label(_("Nothing has been answered yet."), type="soft"))
        self._place_form(card, HISTORY)
        return card

    def _ask_to_correct(self, line: ConsentLine) -> None:
        """Ask what was really said; the wrong answer stays in the history of the facts."""
        on = today(self._desk.clock)
        answer = ChoiceField(
            _("What was said"),
            name="consent-answer",
            offers=[(key, answer_word(key)) for key in ("given", "declined", "withdrawn")],
            chosen=line.answer,
            as_box=True,
        )
        day = DayField(_("On"), name="consent-day", today=on, day=line.answered_on)
        informed = TickField(
            _("The written information was handed over"), name="consent-informed", ticked=line.information_given
        )
        giver = self._giver(line.given_by)
        reason = Field(_("What was wrong"), name="consent-reason")

        def submit() -> None:
            answered_on = day.day()
            command = RecordConsent(
                self._person_id,
                line.kind,
                answer.value(),
                answered_on,
                manner=line.manner,
                information_given=informed.is_ticked(),
                given_by=giver.value() if giver else line.given_by,
                note=line.note,
                corrects_id=line.consent_id,
                reason=reason.text(),
            )
            self._desk.do(lambda work: record_consent(command, work=work), on_done=self._recorded, on_error=form.refuse)

        title = _("Correct: {what}").format(what=consent_word(line.kind))
        form = Form(title, name="consent-form", submit_text=_("Save the answer"), submit=submit)
        if giver is None:
            form.add_row(answer=answer, answered_on=day)
        else:
            form.add_row(answer=answer, answered_on=day, given_by=giver)
        form.add_row(information_given=informed, reason=reason)
        self._open(form, HISTORY)
        reason.setFocus()

    def _recorded(self, recorded: ConsentRecorded) -> None:
        stopped = " ".join(stopped_word(use) for use in recorded.stopped)
        if stopped:
            self._done(stopped, tone="info")
        else:
            self._done(_("The answer is saved."))


def _answers(stands: Standing) -> tuple[tuple[str, str], ...]:
    """Return what can be answered now: a yes is withdrawn, anything else is yes or no."""
    if stands.answer is Answer.GIVEN:
        return (("withdrawn", _("Withdraw")),)
    if stands.answer is Answer.DECLINED:
        return (("given", _("Says yes")),)
    if stands.answer is Answer.WITHDRAWN:
        return (("given", _("Says yes again")),)
    return (("given", _("Says yes")), ("declined", _("Says no")))


def _since(stands: Standing) -> str:
    if stands.since is None:
        return _("Nobody has asked yet.")
    parts = [format_day(stands.since), manner_word(stands.manner)]
    if stands.information_given:
        parts.append(_("information handed over"))
    return " · ".join(parts)


def _capacity_sentence(found: PersonConsents) -> str:
    if found.capacity is Capacity.GUARDIAN:
        return _("The person is {age}: a parent or guardian gives consent.").format(age=found.age)
    return _("The person is {age}: they may consent themselves where you judge them mature enough.").format(
        age=found.age
    )
