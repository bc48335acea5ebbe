"""The forms of the six-month call: one call, and what came of it."""

from collections.abc import Callable
from datetime import datetime

from app.clock import DENMARK, today
from app.domain.checks import Caution
from app.domain.courses import clock_time
from app.domain.follow_up import MISSING_REASONS, RESULTS
from app.domain.outcomes import ANSWERS, OutcomeSaid
from app.errors import RuleRefusal
from app.i18n import _, format_clock
from app.services.record_follow_up_attempt import (
    FollowUpAttemptRecorded,
    RecordFollowUpAttempt,
    record_follow_up_attempt,
)
from app.services.record_outcome import OutcomeRecorded, RecordOutcome, record_outcome
from app.storage.queries.person_course import AttemptLine
from app.ui.course.words import check_words, missing_word, result_word, said_word, time_point_word, verification_word
from app.ui.desk import Desk
from app.ui.widgets import ChoiceField, DayField, Field, Form, NumberField

LOWEST, HIGHEST = 1, 5


def call_form(
    desk: Desk,
    enrolment_id: str,
    name: str,
    *,
    done: Callable[[FollowUpAttemptRecorded], object],
    corrects: AttemptLine | None = None,
) -> Form:
    """Return the form of one call: now, unless it was another day or hour; or an earlier one to be put right."""
    now = desk.clock.now().astimezone(DENMARK)
    when = now if corrects is None else corrects.at.astimezone(DENMARK)
    day = DayField(_("Day"), name="call-day", today=now.date(), day=when.date())
    at = Field(_("Time"), name="call-at")
    at.input.setText(format_clock(f"{when:%H:%M}"))
    result = ChoiceField(
        _("How it went"),
        name="call-result",
        offers=[("", _("Choose …")), *((key, result_word(key)) for key in RESULTS)],
        chosen=corrects.result if corrects else "",
        as_box=True,
    )
    note = Field(_("Note"), name="call-note")
    reason = Field(_("What was wrong"), name="call-reason")
    if corrects is not None:
        note.input.setText(corrects.note)

    def submit() -> None:
        called_on = day.day()
        if not result.value():
            result.complain(_("Choose how it ended."))
            return
        if not at.text():
            raise RuleRefusal("not-a-time", field="starts_at")
        hour, minute = clock_time(at.text()).split(":")
        moment = datetime(called_on.year, called_on.month, called_on.day, int(hour), int(minute), tzinfo=DENMARK)
        command = RecordFollowUpAttempt(
            enrolment_id,
            moment,
            result.value(),
            note=note.text(),
            corrects_id=corrects.attempt_id if corrects else None,
            reason=reason.text(),
        )
        desk.do(lambda work: record_follow_up_attempt(command, work=work), on_done=done, on_error=form.refuse)

    title = _("A call to {name}") if corrects is None else _("Correct the call: {name}")
    form = Form(title.format(name=name), name="call-form", submit_text=_("Save the call"), submit=submit)
    form.add_row(attempted_at=day, starts_at=at, result=result)
    if corrects is None:
        form.add_row(note=note)
    else:
        form.add_row(note=note, reason=reason)
    result.setFocus()
    return form


def missing_form(desk: Desk, enrolment_id: str, name: str, *, done: Callable[[OutcomeRecorded], object]) -> Form:
    """Return the form that says why there is no follow-up."""
    on = today(desk.clock)
    reason = ChoiceField(
        _("Why there is no answer"),
        name="missing-reason",
        offers=[("", _("Choose …")), *((key, missing_word(key)) for key in MISSING_REASONS)],
        as_box=True,
        advice=_("Unknown counts as smoking in the reports; the dead are taken out."),
    )

    def submit() -> None:
        if not reason.value():
            reason.complain(_("Choose why there is no answer."))
            return
        command = RecordOutcome(
            enrolment_id,
            OutcomeSaid("six_months", on, missing_reason=reason.value()),
            override_reason=form.override_reason,
        )
        desk.do(lambda work: record_outcome(command, work=work), on_done=done, on_error=form.refuse)

    form = Form(
        _("Give up calling {name}").format(name=name),
        name="missing-form",
        submit_text=_("Save the reason"),
        submit=submit,
    )
    form.add_row(missing_reason=reason)
    return form


def outcome_form(
    desk: Desk,
    enrolment_id: str,
    name: str,
    time_point: str,
    *,
    done: Callable[[OutcomeRecorded], object],
    corrects_id: str | None = None,
) -> Form:
    """Return the form of an outcome: smoke-free and nicotine-free apart, satisfaction, and CO where they meet."""
    on = today(desk.clock)
    day = DayField(_("Day"), name="outcome-day", today=on, day=on)
    answers = [(key, said_word(key)) for key in ANSWERS]
    smoke_free = ChoiceField(
        _("Smoke-free?"), name="outcome-smoke-free", offers=answers, chosen="not_asked", as_box=True
    )
    nicotine_free = ChoiceField(
        _("Free of nicotine too?"),
        name="outcome-nicotine-free",
        offers=answers,
        chosen="not_asked",
        as_box=True,
        advice=_("Patches, gum, snus and e-cigarettes count as nicotine, not as smoke."),
    )
    cigarettes = NumberField(_("Cigarettes a day"), name="outcome-cigarettes", decimals=True)
    carbon_monoxide = NumberField(
        _("CO, ppm"), name="outcome-co", decimals=True, advice=_("Verifies a yes; never takes one away")
    )
    satisfied = ChoiceField(
        _("Satisfaction"),
        name="outcome-satisfaction",
        offers=[("", _("No answer")), *((str(number), str(number)) for number in range(LOWEST, HIGHEST + 1))],
        as_box=True,
        advice=_("1 very dissatisfied, 5 very satisfied"),
    )
    note = Field(_("Note"), name="outcome-note")
    reason = Field(_("What was wrong"), name="outcome-reason")

    def submit() -> None:
        assessed_on = day.day()
        said = OutcomeSaid(
            time_point,
            assessed_on,
            smoke_free=smoke_free.value(),
            nicotine_free=nicotine_free.value(),
            # The person says it in this talk: the day of the talk is the day of the self-report.
            self_report_on=assessed_on if smoke_free.value() in ("yes", "no") else None,
            co_ppm=carbon_monoxide.value(),
            cigarettes_per_day=cigarettes.value(),
            satisfaction=int(satisfied.value()) if satisfied.value() else None,
        )
        command = RecordOutcome(enrolment_id, said, note=note.text(), corrects_id=corrects_id, reason=reason.text())
        desk.do(lambda work: record_outcome(command, work=work), on_done=done, on_error=form.refuse)

    form = Form(
        f"{time_point_word(time_point)}: {name}", name="outcome-form", submit_text=_("Save the outcome"), submit=submit
    )
    form.add_row(assessed_on=day, smoke_free=smoke_free)
    form.add_row(nicotine_free=nicotine_free, cigarettes_per_day=cigarettes)
    if time_point == "six_months":
        # The call is by telephone: nobody can blow into a meter.
        form.add_row(satisfaction=satisfied)
    else:
        form.add_row(co_ppm=carbon_monoxide, satisfaction=satisfied)
    if corrects_id is None:
        form.add_row(note=note)
    else:
        form.add_row(note=note, reason=reason)
    return form


def told(recorded: OutcomeRecorded) -> tuple[str, str]:
    """Return the tone and the words of what was recorded."""
    words = [verification_word(recorded.verification) + "."]
    cautions = [check for check in recorded.checks if isinstance(check, Caution)]
    words += [check_words(check) for check in cautions]
    if recorded.offer_new_course:
        words.append(_("Offer a new course: many stop at a later try."))
    return ("warning" if cautions else "success"), " ".join(words)
