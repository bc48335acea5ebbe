"""Close a session: its drafts become facts, all in one transaction."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select

from app.clock import today
from app.domain.nrt import Caveat
from app.domain.roles import Right, may
from app.domain.same_person import said_of_all
from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.course import Attendance, Enrolment, Session
from app.models.local import Device, SessionDraft
from app.models.smoking import Measurement
from app.services.hand_out import HandOut, add_handouts, portions_in
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.at_the_table import THERE, at_the_table, seated_once
from app.storage.queries.same_person import owners

_FORGET: Final = delete(SessionDraft.__table__)  # type: ignore[arg-type]
MEASURED = ("cigarettes_per_day", "co_ppm")


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """How many came, and who did not and so is called before the next session (S2)."""

    present: int
    to_call: tuple[str, ...]
    changed: ChangeSet
    caveats: tuple[tuple[str, Caveat], ...] = ()
    """What to look at twice about the handouts, each with the enrolment."""


def close_session(session_id: str, *, work: UnitOfWork) -> SessionClosed:
    """Make attendance, measurements and handouts of everything typed; who has no status was absent.

    A session for one person is closed for that person alone, and also where they did not come. Raises RuleRefusal
    "session-closed", "future-date" (the session has not been held), "nobody-present", or "session-not-your-right" of a
    role that records nothing; the drafts are then untouched.
    """
    session = _session_to_close(session_id, work=work)
    drafts = _typed_at(session, work=work)
    at_table = select(Enrolment.id, Enrolment.person_id, Enrolment.joined_on, Enrolment.closing_reason)
    found = work.session.execute(at_table.where(at_the_table(session))).all()
    seated = seated_once(found, owners(work.session, [part.person_id for part in found]), drafts)
    enrolments = [enrolment for enrolment in found if enrolment.id in seated]
    there = {key: cells["status"] for key, cells in drafts.items() if cells.get("status") in THERE}
    handed = [enrolment for enrolment in enrolments if "handout" in drafts.get(enrolment.id, {})]
    commands = [
        _handout(enrolment.id, enrolment.person_id, str(drafts[enrolment.id]["handout"]), session=session)
        for enrolment in handed
    ]
    # Handouts come first: they read the store, and each reading would write what was added before it.
    caveats = [
        (enrolment.id, caveat)
        for enrolment, told in zip(handed, add_handouts(commands, work=work), strict=True)
        for caveat in told
    ]
    to_call = []
    came = set()
    for enrolment in enrolments:
        cells, others = drafts.get(enrolment.id, {}), seated[enrolment.id]
        status = cells.get("status", "absent")
        if status == "absent":
            # Of a person in two rows, the other row may say that they came.
            status = said_of_all((status, *(there[other] for other in others if other in there)))
        if status == "present":
            # Such a person is counted once.
            came.add(min((enrolment.id, *others)))
        if status == "absent":
            to_call.append(enrolment.person_id)
        work.session.add(
            Attendance(
                id=natural_id("attendance", enrolment.id, session_id),
                person_id=enrolment.person_id,
                enrolment_id=enrolment.id,
                session_id=session_id,
                status=status,
                small_step=cells.get("small_step", ""),
                note=cells.get("note", ""),
            )
        )
        work.session.add_all(_measurements(enrolment.person_id, cells, session=session, work=work))
    session.state = "closed"
    session.closed_at = work.clock.now()
    session.closed_by = work.actor
    work.session.connection().execute(_FORGET.where(SessionDraft.session_id == session_id))
    return SessionClosed(len(came), tuple(to_call), work.commit(), tuple(caveats))


def _session_to_close(session_id: str, *, work: UnitOfWork) -> Session:
    """Return the session, or refuse where it cannot be closed, or not by this role."""
    session = work.session.get(Session, session_id)
    if session is None or session.state != "planned":
        raise RuleRefusal("session-closed")
    if session.held_on > today(work.clock):
        raise RuleRefusal("future-date", field="held_on")
    role = work.session.scalar(select(Device.role))
    if role is not None and not may(role, Right.WRITE_RECORDS):
        raise RuleRefusal("session-not-your-right")
    return session


def _typed_at(session: Session, *, work: UnitOfWork) -> dict[str, dict[str, Any]]:
    """Return the cells of the sheet by enrolment; RuleRefusal "nobody-present" where nobody is said to have come."""
    typed = select(SessionDraft.enrolment_id, SessionDraft.cells).where(SessionDraft.session_id == session.id)
    drafts: dict[str, dict[str, Any]] = dict(work.session.execute(typed).all())
    # That one person stayed away is worth recording; a group of whom nobody came did not meet.
    settles = ("present", "excused", "absent") if session.enrolment_id else ("present",)
    if not any(cells.get("status") in settles for cells in drafts.values()):
        raise RuleRefusal("nobody-present")
    return drafts


def _measurements(
    person_id: str, cells: dict[str, str | float], *, session: Session, work: UnitOfWork
) -> list[Measurement]:
    return [
        Measurement(
            id=new_id(work.clock),
            person_id=person_id,
            session_id=session.id,
            kind=kind,
            value=float(cells[kind]),
            measured_on=session.held_on,
            recorded_by=work.actor,
        )
        for kind in MEASURED
        if kind in cells
    ]


def _handout(enrolment_id: str, person_id: str, cell: str, *, session: Session) -> HandOut:
    """Return the week to hand out: the next one that the person has coming, whatever the calendar says (S3)."""
    return HandOut(
        person_id=person_id,
        portions=portions_in(cell),
        handed_on=session.held_on,
        session_id=session.id,
        enrolment_id=enrolment_id,
        place_id=session.place_id,
    )
