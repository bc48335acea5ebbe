"""Correct one cell of a session that was closed: the old fact stays, a new one points at it and says why."""

from dataclasses import dataclass

from sqlalchemy import select

from app.domain.facts import standing
from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.course import Attendance, Enrolment, Session
from app.models.smoking import Handout, Measurement
from app.services.hand_out import HandOut, new_handouts, portions_in, taken_back
from app.services.session_draft import Cell, understood
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork

AT_THE_SHEET = "at-the-sheet"
"""The reason where the counsellor typed another value over the old one on the closed sheet."""
TAKEN_BACK = "taken-back"
"""The reason where it was undone with Ctrl+Z."""


@dataclass(frozen=True, slots=True)
class CorrectCell:
    """One cell of a closed session as it is typed anew; an empty text takes the value back."""

    session_id: str
    enrolment_id: str
    cell: Cell
    text: str
    reason: str = AT_THE_SHEET


def correct_session_cell(command: CorrectCell, *, work: UnitOfWork) -> ChangeSet:
    """Write what corrects the cell.

    Raises RuleRefusal "session-not-closed", "no-such-course", or what :func:`understood` refuses; nothing is written.
    """
    session = work.session.get(Session, command.session_id)
    if session is None or session.state != "closed":
        raise RuleRefusal("session-not-closed")
    enrolment = work.session.get(Enrolment, command.enrolment_id)
    if enrolment is None:
        raise RuleRefusal("no-such-course", field="enrolment_id")
    value = understood(command.cell, command.text)
    if command.cell in (Cell.STATUS, Cell.SMALL_STEP, Cell.NOTE):
        _attendance(command.cell, str(value), session=session, enrolment=enrolment, work=work)
    elif command.cell is Cell.HANDOUT:
        _handouts(str(value), command.reason, session=session, enrolment=enrolment, work=work)
    else:
        number = float(value) if value != "" else None
        _measurement(command.cell, number, command.reason, session=session, enrolment=enrolment, work=work)
    return work.commit()


def _attendance(cell: Cell, value: str, *, session: Session, enrolment: Enrolment, work: UnitOfWork) -> None:
    key = natural_id("attendance", enrolment.id, session.id)
    row = work.session.get(Attendance, key)
    if row is None:
        row = Attendance(
            id=key, person_id=enrolment.person_id, enrolment_id=enrolment.id, session_id=session.id, status="absent"
        )
        work.session.add(row)
    setattr(row, cell.value, value or ("absent" if cell is Cell.STATUS else ""))


def _measurement(
    cell: Cell, value: float | None, reason: str, *, session: Session, enrolment: Enrolment, work: UnitOfWork
) -> None:
    facts = work.session.scalars(
        select(Measurement)
        .where(
            Measurement.person_id == enrolment.person_id,
            Measurement.session_id == session.id,
            Measurement.kind == cell.value,
        )
        .order_by(Measurement.id)
    ).all()
    corrected = {fact.corrects_id for fact in facts}
    old = next((fact for fact in reversed(facts) if fact.id not in corrected), None)
    if old is None and value is None:
        return
    work.session.add(
        Measurement(
            id=new_id(work.clock),
            person_id=enrolment.person_id,
            session_id=session.id,
            enrolment_id=enrolment.id,
            kind=cell.value,
            answer="given" if value is not None else "not_asked",
            value=value,
            measured_on=session.held_on,
            recorded_by=work.actor,
            corrects_id=old.id if old else None,
            reason=reason if old else "",
        )
    )


def _handouts(value: str, reason: str, *, session: Session, enrolment: Enrolment, work: UnitOfWork) -> None:
    """Take back what is not meant any more, and hand out what is meant in the place of it, in the same week."""
    facts = standing(work.session.scalars(select(Handout).where(Handout.person_id == enrolment.person_id)).all())
    here = [fact for fact in facts if fact.quantity > 0 and fact.session_id == session.id]
    wanted = portions_in(value)
    meant = {(portion.product, portion.quantity) for portion in wanted}
    standing_here = {(fact.product, fact.quantity) for fact in here}
    given_back = [taken_back(fact, reason, work=work) for fact in here if (fact.product, fact.quantity) not in meant]
    work.session.add_all(given_back)
    added = tuple(portion for portion in wanted if (portion.product, portion.quantity) not in standing_here)
    if added:
        command = HandOut(
            person_id=enrolment.person_id,
            portions=added,
            handed_on=session.held_on,
            week=here[0].week if here else None,
            session_id=session.id,
            enrolment_id=enrolment.id,
            place_id=session.place_id,
        )
        rows, _caveats = new_handouts(command, work=work)
        # What comes in the place of another corrects it, so that of two laptops that do so apart only one counts.
        for gone, row in zip(given_back, rows, strict=False):
            row.corrects_id, row.reason = gone.id, reason
        work.session.add_all(rows)
