"""What rows are called where something is said about them: by a name, by a day, or by both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.models.course import Course, Session
from app.models.organisation import Place, PlaceCycle, Team
from app.storage.engine import Reading
from app.storage.queries.names import shown_name


@dataclass(frozen=True, slots=True)
class RowName:
    """What a row is called: by a name, by a day, or by both; `name` is empty and `on` None where it has neither."""

    name: str
    on: date | None = None


def row_name(reading: Reading, entity: str, row: Any) -> RowName | None:
    """Return what a row is called, None where there is none."""
    if row is None:
        return None
    called = _CALLED.get(entity)
    return called(reading, row) if called is not None else RowName(str(getattr(row, "name", "")))


def _title(reading: Reading, course_id: str) -> str:
    course = reading.get(Course, course_id)
    return course.title if course is not None else ""


def _session(reading: Reading, row: Any) -> RowName:
    return RowName(_title(reading, row.course_id), row.held_on)


def _attendance(reading: Reading, row: Any) -> RowName:
    session = reading.get(Session, row.session_id)
    return RowName("") if session is None else _session(reading, session)


def _team_of(reading: Reading, row: Any) -> RowName:
    team = reading.get(Team, row.team_id)
    return RowName(team.name if team is not None else "")


def _step(reading: Reading, row: Any) -> RowName:
    cycle = reading.get(PlaceCycle, row.cycle_id)
    return RowName("") if cycle is None else _round(reading, cycle)


def _round(reading: Reading, row: Any) -> RowName:
    place = reading.get(Place, row.place_id)
    return RowName(place.name if place is not None else "", row.started_on)


def _visit(reading: Reading, row: Any) -> RowName:
    place = reading.get(Place, row.place_id)
    return RowName(place.name if place is not None else "", row.visited_on)


_CALLED: Final[Mapping[str, Callable[[Reading, Any], RowName]]] = {
    "person": lambda _reading, row: RowName(shown_name(row)),
    "membership": _team_of,
    "course": lambda _reading, row: RowName(row.title),
    "session": _session,
    "enrolment": lambda reading, row: RowName(_title(reading, row.course_id)),
    "attendance": _attendance,
    "referral": lambda _reading, row: RowName(row.sender, row.received_on),
    "reduction_plan": lambda _reading, row: RowName("", row.made_on),
    "plan_step": lambda _reading, row: RowName(row.text, row.due_on),
    "nrt_plan": lambda _reading, row: RowName("", row.made_on),
    "letter": lambda _reading, row: RowName(row.recipient, row.written_on),
    "incoming_message": lambda _reading, row: RowName(row.sender, row.received_at),
    "outgoing_message": lambda _reading, row: RowName(row.receiver, row.written_at),
    "place_cycle": _round,
    "place_cycle_step": _step,
    # Facts that two have corrected; the first three by the code of what it was.
    "measurement": lambda _reading, row: RowName(row.kind, row.measured_on),
    "handout": lambda _reading, row: RowName(row.product, row.handed_on),
    "consent": lambda _reading, row: RowName(row.kind, row.answered_on),
    "baseline": lambda _reading, row: RowName("", row.filled_on),
    "outcome": lambda _reading, row: RowName("", row.assessed_on),
    "contact_attempt": lambda _reading, row: RowName("", row.attempted_at),
    "follow_up_attempt": lambda _reading, row: RowName("", row.attempted_at),
    "relapse": lambda _reading, row: RowName("", row.happened_on),
    "voucher": lambda _reading, row: RowName(row.number, row.issued_on),
    "outreach_visit": _visit,
    "pharmacy_invoice": lambda _reading, row: RowName(row.pharmacy, row.invoiced_on),
}
"""Entity -> what one of its rows is called; a row of any other has its name, or none."""
