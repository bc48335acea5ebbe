"""Settle a computed task: done, put off until a day, or dismissed with a reason; open takes the decision back.

A task is somebody's or, where it concerns a course, a colleague or a report, a team's.
"""

from dataclasses import dataclass
from datetime import date

from app.clock import today
from app.domain.tasks import Kind
from app.errors import RuleRefusal
from app.ids import natural_id
from app.models.organisation import Team, TeamTaskState
from app.models.person import Person, TaskState
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

STATES = ("done", "put_off", "dismissed", "open")


@dataclass(frozen=True, slots=True)
class DecideTask:
    """Which task of whom, and what about it; `until` only where it is put off. `team_id` where it is no person's.

    `reason` is why it is left undone, or which education a colleague has.
    """

    person_id: str
    task_key: str
    state: str
    until: date | None = None
    reason: str = ""
    team_id: str = ""


def decide_task(command: DecideTask, *, work: UnitOfWork) -> ChangeSet:
    """Keep the decision; the task itself is never stored.

    Raises RuleRefusal with the field: "dismissal-needs-reason", "education-needs-words", "put-off-until-later",
    "unknown-answer", "no-such-person", "no-such-team".
    """
    if command.state not in STATES:
        raise RuleRefusal("unknown-answer", field="state")
    reason = " ".join(command.reason.split())
    if command.state == "dismissed" and not reason:
        raise RuleRefusal("dismissal-needs-reason", field="reason")
    if command.state == "done" and command.task_key.startswith(f"{Kind.EDUCATION}:") and not reason:
        raise RuleRefusal("education-needs-words", field="reason")
    if command.state == "put_off" and (command.until is None or command.until <= today(work.clock)):
        raise RuleRefusal("put-off-until-later", field="until")
    row = _of_team(command, work=work) if command.team_id else _of_person(command, work=work)
    row.state = command.state
    row.until = command.until if command.state == "put_off" else None
    row.reason = reason
    row.decided_at = work.clock.now()
    row.decided_by = work.actor
    return work.commit()


def _of_person(command: DecideTask, *, work: UnitOfWork) -> TaskState:
    if work.session.get(Person, command.person_id) is None:
        raise RuleRefusal("no-such-person")
    key = natural_id("task_state", command.person_id, command.task_key)
    row = work.session.get(TaskState, key)
    if row is None:
        row = TaskState(id=key, person_id=command.person_id, task_key=command.task_key)
        work.session.add(row)
    return row


def _of_team(command: DecideTask, *, work: UnitOfWork) -> TeamTaskState:
    if work.session.get(Team, command.team_id) is None:
        raise RuleRefusal("no-such-team")
    key = natural_id("team_task_state", command.team_id, command.task_key)
    row = work.session.get(TeamTaskState, key)
    if row is None:
        row = TeamTaskState(id=key, team_id=command.team_id, task_key=command.task_key)
        work.session.add(row)
    return row
