"""The form that counts a visit at a place, without names: of a step of the round, of any other, or of a correction."""

from collections.abc import Callable

from app.clock import today
from app.domain.place_cycle import VISIT_KINDS, VISIT_STEPS, VisitSaid
from app.i18n import _
from app.services.count_visit import CountVisit, count_visit
from app.storage.queries.place_page import StepLine, VisitLine
from app.ui.course.words import visit_word
from app.ui.desk import Desk
from app.ui.places.round_forms import day_offered
from app.ui.widgets import ChoiceField, DayField, Field, Form, NumberField


def visit_form(
    desk: Desk, place_id: str, step: StepLine | None, *, corrects: VisitLine | None, done: Callable[[str], object]
) -> Form:
    """Return the form, of a visit of this step or of one that is counted apart, filled with what it corrects."""
    on = today(desk.clock)
    usual = VISIT_STEPS.get(step.step, "other") if step else corrects.kind if corrects else "cafe_visit"
    kind = ChoiceField(
        _("What it was"),
        name="visit-kind",
        offers=[(key, visit_word(key)) for key in VISIT_KINDS],
        chosen=usual,
        as_box=True,
    )
    day = DayField(_("Day"), name="visit-day", today=on, day=corrects.visited_on if corrects else day_offered(step, on))
    counts = {
        key: NumberField(question, name=f"visit-{key}", value=_was(corrects, key))
        for key, question in (
            ("visitors", _("People there")),
            ("talks", _("Talks")),
            ("brief_advice", _("Brief advice")),
            ("leaflets", _("Leaflets")),
            ("interested", _("Interested")),
            ("minutes", _("Minutes")),
        )
    }
    note = Field(_("Note"), name="visit-note", advice=_("Nobody's name belongs here"))
    reason = Field(_("What was wrong"), name="visit-reason")

    def submit() -> None:
        visited_on = day.day()
        said = VisitSaid(
            kind.value(),
            visited_on,
            **{
                key: counts[key].whole() or 0 for key in ("visitors", "talks", "leaflets", "brief_advice", "interested")
            },
            minutes=counts["minutes"].whole(),
        )
        command = CountVisit(
            place_id,
            said,
            cycle_step_id=step.step_id if step else corrects.step_id if corrects else None,
            note=note.text(),
            corrects_id=corrects.visit_id if corrects else None,
            reason=reason.text(),
        )
        desk.do(
            lambda work: count_visit(command, work=work),
            on_done=lambda _counted: done(_("The visit is counted.")),
            on_error=form.refuse,
        )

    title = _("Correct the count") if corrects else _("Count a visit")
    form = Form(title, name="visit-form", submit_text=_("Save the count"), submit=submit)
    form.add_row(kind=kind, visited_on=day)
    form.add_row(visitors=counts["visitors"], talks=counts["talks"], brief_advice=counts["brief_advice"])
    form.add_row(leaflets=counts["leaflets"], interested=counts["interested"], minutes=counts["minutes"])
    if corrects is not None:
        note.input.setText(corrects.note)
        form.add_row(note=note, reason=reason)
    else:
        form.add_row(note=note)
    form.begin_in(counts["visitors"])
    return form


def _was(visit: VisitLine | None, key: str) -> float | None:
    value = getattr(visit, key) if visit is not None else None
    return None if value is None else float(value)
