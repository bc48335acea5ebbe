"""The forms of a round at a place: its beginning, and how each step stands."""

from collections.abc import Callable
from datetime import date

from app.clock import today
from app.i18n import _
from app.services.run_place_cycle import NoteStep, StartCycle, note_step, start_cycle
from app.storage.queries.place_page import PlacePage, StepLine
from app.ui.course.words import step_state_word, step_word
from app.ui.desk import Desk
from app.ui.widgets import ChoiceField, DayField, Field, Form


def beginning_form(desk: Desk, place_id: str, *, done: Callable[[str], object]) -> Form:
    """Return the form that begins a round, from which each of its steps gets a day."""
    on = today(desk.clock)
    day = DayField(_("Begins on"), name="round-day", today=on, day=on)

    def submit() -> None:
        started_on = day.day()
        command = StartCycle(place_id, started_on)
        desk.do(
            lambda work: start_cycle(command, work=work),
            on_done=lambda _started: done(_("The round has begun; every step has a day that you can move.")),
            on_error=form.refuse,
        )

    form = Form(_("Begin a round"), name="round-form", submit_text=_("Begin the round"), submit=submit)
    form.add_row(started_on=day)
    return form


def step_form(desk: Desk, found: PlacePage, step: StepLine, *, done: Callable[[str], object]) -> Form:
    """Return the form of one step: how it stands, when it is, and with whom or which course."""
    on = today(desk.clock)
    state = ChoiceField(
        _("How it stands"),
        name="step-state",
        offers=[(key, step_state_word(key)) for key in ("planned", "done", "skipped")],
        chosen="done" if step.state == "planned" else step.state,
    )
    planned = DayField(_("Planned for"), name="step-planned", today=on, day=step.planned_on)
    done_on = DayField(_("Done on"), name="step-done", today=on, day=step.done_on or day_offered(step, on))
    contacts = {line.contact_id: line.name for line in found.contacts}
    contact = ChoiceField(
        _("Contact person"),
        name="step-contact",
        offers=[("", _("Nobody")), *contacts.items()],
        # Who was taken off the place since is nobody any more.
        chosen=step.contact_id if step.contact_id in contacts else "",
        as_box=True,
        advice="" if found.has_tovholder else _("The place has not named its tovholder yet."),
    )
    course = ChoiceField(
        _("Course"),
        name="step-course",
        offers=[("", _("None yet")), *((line.course_id, line.title) for line in found.courses)],
        chosen=step.course_id or "",
        as_box=True,
    )
    note = Field(_("Note"), name="step-note")
    note.input.setText(step.note)

    def submit() -> None:
        command = NoteStep(
            step.step_id,
            state.value(),
            planned_on=planned.day_if_any(),
            done_on=done_on.day_if_any(),
            contact_id=contact.value() or None,
            course_id=course.value() or None,
            note=note.text(),
        )
        desk.do(
            lambda work: note_step(command, work=work),
            on_done=lambda _changed: done(_("The step is noted.")),
            on_error=form.refuse,
        )

    form = Form(
        step_word(step.step, step.number, step.of), name="step-form", submit_text=_("Save the step"), submit=submit
    )
    form.add_row(state=state, planned_on=planned, done_on=done_on)
    if step.step == "course":
        form.add_row(contact_id=contact, course_id=course)
    else:
        form.add_row(contact_id=contact, note=note)
    state.changed.connect(lambda value: done_on.setVisible(value == "done"))
    done_on.setVisible(state.value() == "done")
    return form


def day_offered(step: StepLine | None, on: date) -> date:
    """Return the day that is offered: the planned one where it has come, else today."""
    return on if step is None or step.planned_on is None else min(step.planned_on, on)
