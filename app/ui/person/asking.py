"""What the forms of a person's panels share: reading a day that is needed, and telling what was refused."""

from datetime import date

from app.errors import RuleRefusal
from app.ui.desk import Desk
from app.ui.widgets import DayField, Form


def needed_day(field: DayField) -> date:
    """Return the day that was written; RuleRefusal("not-a-day") where nothing is."""
    day = field.day()
    if day is None:
        raise RuleRefusal("not-a-day", field=field.input.objectName())
    return day


def tell(form: Form, problem: Exception, desk: Desk) -> None:
    """Tell a refusal beside its field, and anything else to the shell."""
    if isinstance(problem, RuleRefusal):
        form.refuse(problem)
    else:
        desk.failed.emit(problem)
