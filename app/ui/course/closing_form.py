"""The form that closes somebody's part in a course, on the course's page and on the person's."""

from typing import Protocol

from app.clock import today
from app.i18n import _
from app.services.close_enrolment import CloseEnrolment, EnrolmentClosed, close_enrolment
from app.ui.course.words import check_words, closing_word
from app.ui.desk import Desk
from app.ui.widgets import ChoiceField, DayField, Form

CLOSING_REASONS = (
    "completed",
    "dropped_out",
    "no_attendance",
    "not_reached",
    "moved_away",
    "moved_abroad",
    "deceased",
    "consent_withdrawn",
    "other",
)


class Telling(Protocol):
    """Says how something went on the page that asked."""

    def __call__(self, word: str, *, tone: str = "success") -> None:
        """Show this sentence."""


def closing_form(desk: Desk, enrolment_id: str, name: str, *, done: Telling) -> Form:
    """Return the form, with the reason that reports count by; `done` says what follows from it."""
    on = today(desk.clock)
    day = DayField(_("Last day"), name="leave-day", today=on, day=on)
    reason = ChoiceField(
        _("Reason"),
        name="leave-reason",
        offers=[("", _("Choose …")), *((key, closing_word(key)) for key in CLOSING_REASONS)],
        as_box=True,
        advice=_("Reports count by it: the dead and those who left the country are not counted as smoking."),
    )

    def told(closed: EnrolmentClosed) -> None:
        words = " ".join(check_words(check) for check in closed.checks)
        if words:
            done(words, tone="warning")
        else:
            done(_("{name}'s part in the course is closed.").format(name=name))

    def submit() -> None:
        left_on = day.day()
        command = CloseEnrolment(enrolment_id, left_on, reason.value())
        desk.do(lambda work: close_enrolment(command, work=work), on_done=told, on_error=form.refuse)

    form = Form(
        _("{name} leaves the course").format(name=name),
        name="leave-form",
        submit_text=_("Close their part"),
        submit=submit,
    )
    form.add_row(left_on=day, reason=reason)
    return form
