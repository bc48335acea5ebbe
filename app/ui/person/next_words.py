"""What comes next for a person, in a few words and a picture."""

from app.i18n import _, format_day
from app.storage.queries.person_story import NextStep
from app.ui.words import number_word, product_word

_SHAPES = {"session": "users-three", "plan_step": "target", "stop_date": "flag", "handout": "bandaids"}


def next_shape(step: NextStep) -> str:
    """Return the picture of what comes."""
    return _SHAPES.get(step.kind, "arrow-right")


def next_word(step: NextStep) -> str:
    """Say what comes and when."""
    day = format_day(step.on) if step.on is not None else ""
    if step.kind == "session":
        return _("Session at {place}, {day}").format(place=step.text, day=day)
    if step.kind == "stop_date":
        return _("Stop date {day}").format(day=day)
    if step.kind == "plan_step":
        if step.number is not None:
            return _("At most {n} a day from {day}").format(n=number_word(step.number), day=day)
        return f"{step.text} · {day}"
    return _("Week {n}: {product}").format(n=number_word(step.number), product=product_word(step.text))
