"""What a citizen may ask for: that data are corrected, restricted, erased or anonymised (GDPR articles 16 to 18)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from app.clock import today
from app.domain.roles import Right, may
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.base import to_wire
from app.models.local import Device
from app.models.organisation import User
from app.models.oversight import Correction, Erasure
from app.models.person import Person
from app.services.edit_person import check_has_a_name, set_field
from app.storage.change_set import ChangeSet
from app.storage.engine import UnitOfWork
from app.storage.queries.rights import KEEP_UNTIL
from app.storage.queries.same_person import rows_of

CORRECTABLE = (
    "given_name",
    "family_name",
    "nickname",
    "identifier",
    "birth_date",
    "sex",
    "phone",
    "email",
    "address",
    "language",
    "gp_name",
    "gp_number",
    "note",
)
"""Fields of a person's own record; a fact is corrected by a new fact where it is recorded."""

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class CorrectField:
    """Which field of whose record says what from now on, and why."""

    person_id: str
    field: str
    value: str
    reason: str
    asked_by_citizen: bool = False


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Whose data go, how (anonymise or erase), on which ground (request, retention, mistake), and why."""

    person_id: str
    manner: str
    ground: str
    reason: str


def require(work: UnitOfWork, right: Right) -> None:
    """Raise RuleRefusal("not-your-right") where whoever is at the laptop may not do this."""
    device = work.session.scalars(select(Device)).first()
    role = device.role if device is not None and device.user_id == work.actor else None
    if role is None:
        user = work.session.get(User, work.actor)
        role = user.role if user is not None else ""
    if not may(role, right):
        raise RuleRefusal("not-your-right", right=right.value)


def correct_field(command: CorrectField, *, work: UnitOfWork) -> ChangeSet:
    """Correct one field, by the rules by which it is edited; what it said before stays in the history, on every laptop.

    Raises RuleRefusal "not-your-right", "no-such-person", "not-correctable", "reason-missing", "not-a-date",
    "empty-name" where no name would be left, or what :func:`set_field` refuses.
    """
    require(work, Right.WRITE_RECORDS)
    person = _person(command.person_id, work=work)
    if command.field not in CORRECTABLE:
        raise RuleRefusal("not-correctable", field="field")
    reason = _reason(command.reason)
    before = getattr(person, command.field)
    value: Any = command.value.strip()
    if command.field == "birth_date":
        try:
            value = date.fromisoformat(value) if value else None
        except ValueError:
            raise RuleRefusal("not-a-date", field="value") from None
    set_field(person, command.field, value, work=work)
    check_has_a_name(person, field="value")
    after = getattr(person, command.field)
    _note_correction(
        command.field, before, after, person, asked_by_citizen=command.asked_by_citizen, reason=reason, work=work
    )
    return work.commit()


def restrict(person_id: str, *, is_restricted: bool, reason: str, work: UnitOfWork) -> ChangeSet:
    """Restrict the use of somebody's data from today, or lift it, in every row of theirs.

    Both stand in the history with the reason; a row that was restricted before keeps its day. Raises RuleRefusal
    "not-your-right", "no-such-person", "reason-missing", or "already-erased" where nothing of them is left.
    """
    require(work, Right.RESTRICT)
    rows = _left(person_id, work=work)
    why = _reason(reason)
    for person in rows:
        before = person.restricted_on
        if (before is not None) == is_restricted:
            continue
        person.restricted_on = today(work.clock) if is_restricted else None
        _note_correction(
            "restricted_on", before, person.restricted_on, person, asked_by_citizen=True, reason=why, work=work
        )
    return work.commit()


def erase_person(command: ErasePerson, *, work: UnitOfWork) -> ChangeSet:
    """Ask the server to erase or anonymise somebody, every row of theirs; it happens with the next sending, everywhere.

    Raises RuleRefusal "not-your-right", "no-such-person", "unknown-manner", "reason-missing", or
    "already-erased" where nothing of them is left to erase.
    """
    require(work, Right.ERASE)
    person = _person(command.person_id, work=work)
    if command.manner not in ("anonymise", "erase") or command.ground not in ("request", "retention", "mistake"):
        raise RuleRefusal("unknown-manner")
    rows = _left(person.id, work=work)
    work.despite_restriction()
    for row in rows:
        work.session.add(
            Erasure(
                id=new_id(work.clock),
                person_id=row.id,
                manner=command.manner,
                ground=command.ground,
                decided_on=today(work.clock),
                recorded_by=work.actor,
                reason=_reason(command.reason),
            )
        )
    return work.commit()


def keep_until(person_id: str, until: date, reason: str, *, work: UnitOfWork) -> ChangeSet:
    """Decide that somebody's records are kept up to a day although their time is up; it stands among the corrections.

    Raises RuleRefusal "not-your-right", "no-such-person", "keep-until-past" or "reason-missing".
    """
    require(work, Right.REVIEW_RETENTION)
    person = _person(person_id, work=work)
    if until <= today(work.clock):
        raise RuleRefusal("keep-until-past", field="until")
    _note_correction(KEEP_UNTIL, None, until, person, asked_by_citizen=False, reason=_reason(reason), work=work)
    return work.commit()


def _person(person_id: str, *, work: UnitOfWork) -> Person:
    person = work.session.get(Person, person_id)
    if person is None:
        raise RuleRefusal("no-such-person")
    return person


def _left(person_id: str, *, work: UnitOfWork) -> Sequence[Person]:
    """Return every row of the person but those that are erased, or are to be: nothing is written about them any more.

    Raises RuleRefusal "no-such-person", or "already-erased" where none is left.
    """
    person = _person(person_id, work=work)
    rows = work.session.scalars(
        select(Person).where(
            Person.id.in_(rows_of(work.session, person.id)),
            Person.anonymised_on.is_(None),
            Person.id.not_in(select(Erasure.person_id)),
        )
    ).all()
    if not rows:
        raise RuleRefusal("already-erased")
    return rows


def _note_correction(
    field: str, before: Any, after: Any, person: Person, *, asked_by_citizen: bool, reason: str, work: UnitOfWork
) -> None:
    """Keep what a field of the person said before, beside what it says now, who changed it and why."""
    work.despite_restriction()
    work.session.add(
        Correction(
            id=new_id(work.clock),
            person_id=person.id,
            subject_entity="person",
            subject_id=person.id,
            field=field,
            old_value=str(to_wire(before) or ""),
            new_value=str(to_wire(after) or ""),
            corrected_on=today(work.clock),
            asked_by_citizen=asked_by_citizen,
            recorded_by=work.actor,
            reason=reason,
        )
    )


def _reason(reason: str) -> str:
    written = " ".join(reason.split())[:LONGEST_REASON]
    if not written:
        raise RuleRefusal("reason-missing", field="reason")
    return written
