"""What is settled for somebody of several rows by what stands in another of them: calls, courses, referrals.

Every question looks at the row that it finds something in; of somebody whom two laptops wrote down each, the call may
stand in the other one. There are few of them, so that what they did is read apart, and judged as the questions do.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, select

from app.clock import day_of
from app.domain.first_contact import SPOKEN_WITH
from app.domain.same_person import said_of_all, same_parts
from app.domain.tasks import ASKED_AGAIN_DAYS, THINKING, Kind, Task
from app.models.course import Attendance, Session
from app.models.person import ContactAttempt, Referral
from app.storage.listed import among
from app.storage.queries.at_the_table import THERE
from app.storage.queries.task_contacts import DAYS_BEFORE_JOINING, SETTLE_NO_SHOW
from app.storage.queries.task_desk import TaskDesk, parts_of, stands


class _Known(NamedTuple):
    """What stands in all rows of one person: calls that were not corrected, parts in courses, referrals, sessions."""

    calls: Sequence[Any]
    parts: Sequence[Any]
    referrals: Sequence[Any]
    there: Sequence[Any]

    @property
    def came(self) -> Iterable[Any]:
        """Return what they came to, without what they sent word of."""
        return (row for row in self.there if row.status == "present")

    def talked(self, since: date, *purposes: str) -> bool:
        """Return whether anybody spoke with them on that day or after it."""
        return any(_talked(call, since, purposes) for call in self.calls)


def without_settled_by_twin(desk: TaskDesk, tasks: list[Task]) -> list[Task]:
    """Leave out what was settled under the other name of somebody who was merged."""
    whom = {task.person_id for task in tasks if task.kind in _SETTLED and task.person_id in desk.twins}
    if not whom:
        return tasks
    rows = desk.with_twins(whom)
    found = [desk.known_of_each(question, rows) for question in (_calls(), parts_of(), _referrals(), _there())]
    known = {person: _Known(*(rows_of[person] for rows_of in found)) for person in whom}
    return [
        task
        for task in tasks
        if task.kind not in _SETTLED
        or task.person_id not in known
        or not _SETTLED[task.kind](task, known[task.person_id], desk.today)
    ]


def _talked(call: Any, since: date, purposes: Collection[str]) -> bool:
    return call.purpose in purposes and call.outcome in SPOKEN_WITH and day_of(call.attempted_at) >= since


def _day(task: Task, name: str = "day") -> date:
    return date.fromisoformat(task.detail(name))


def _first_call(task: Task, known: _Known, _today: date) -> bool:
    return any(row.held_on >= _day(task, "received") for row in known.came) or any(
        call.referral_id in (None, task.referral_id)
        and _talked(call, date.min if call.referral_id else _day(task, "received"), ("first_call",))
        for call in known.calls
    )


def _before_first_session(task: Task, known: _Known, _today: date) -> bool:
    part = next((part for part in known.parts if part.id == task.enrolment_id), None)
    if part is None:
        return False
    # Whoever has been to the course under their other name comes to no first session.
    if part.id in same_parts(known.parts) or any(row.course_id == part.course_id for row in known.came):
        return True
    since = part.joined_on - timedelta(days=DAYS_BEFORE_JOINING)
    return any(
        _talked(call, since, ("before_first_session",))
        or (call.outcome == "reached" and _talked(call, since, ("first_call",)))
        for call in known.calls
    )


def _reminder(task: Task, known: _Known, _today: date) -> bool:
    # On the day on which they are joined both parts may still be open.
    return task.enrolment_id in same_parts(known.parts) or any(
        call.purpose == "reminder" and call.session_id == task.session_id for call in known.calls
    )


def _no_show(task: Task, known: _Known, _today: date) -> bool:
    # Whoever came to the course under their other name did not stay away from it, nor without a word who sent it so.
    course = next((part.course_id for part in known.parts if part.id == task.enrolment_id), None)
    came = (row for row in known.came if row.course_id == course and row.enrolment_id != task.enrolment_id)
    told = said_of_all(row.status for row in known.there if row.session_id == task.session_id)
    return (
        (told != "")
        or any(row.held_on >= _day(task) for row in came)
        or any(
            call.session_id in (None, task.session_id)
            and _talked(call, date.min if call.session_id else _day(task), SETTLE_NO_SHOW)
            for call in known.calls
        )
    )


def _waiting(task: Task, known: _Known, today: date) -> bool:
    # Whether they still think is asked of all rows from the first.
    if task.detail(THINKING):
        return False
    joined = any(part.left_on is None or part.joined_on >= _day(task) for part in known.parts)
    return joined or known.talked(today - timedelta(days=ASKED_AGAIN_DAYS), "other")


def _new_course(task: Task, known: _Known, _today: date) -> bool:
    return any(
        part.id != task.enrolment_id and (part.left_on is None or part.joined_on >= _day(task)) for part in known.parts
    ) or any(referral.received_on >= _day(task) for referral in known.referrals)


_SETTLED: Final[Mapping[Kind, Callable[[Task, _Known, date], bool]]] = {
    Kind.FIRST_CALL: _first_call,
    Kind.BEFORE_FIRST_SESSION: _before_first_session,
    Kind.REMINDER: _reminder,
    Kind.NO_SHOW: _no_show,
    Kind.WAITING: _waiting,
    Kind.NEW_COURSE: _new_course,
}


@cache
def _calls() -> Select[*tuple[Any, ...]]:
    return select(
        ContactAttempt.person_id,
        ContactAttempt.purpose,
        ContactAttempt.outcome,
        ContactAttempt.attempted_at,
        ContactAttempt.session_id,
        ContactAttempt.referral_id,
    ).where(among(ContactAttempt.person_id, "people"), stands(ContactAttempt))


@cache
def _referrals() -> Select[*tuple[Any, ...]]:
    return select(Referral.person_id, Referral.received_on).where(among(Referral.person_id, "people"))


@cache
def _there() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Attendance.person_id,
            Attendance.enrolment_id,
            Attendance.session_id,
            Attendance.status,
            Session.held_on,
            Session.course_id,
        )
        .join(Session, Session.id == Attendance.session_id)
        .where(among(Attendance.person_id, "people"), Attendance.status.in_(THERE))
    )
