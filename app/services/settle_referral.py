"""Say how a referral ended, within a transaction under way."""

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import select

from app.clock import today
from app.domain.moves import began_with, moved_into
from app.domain.outcomes import ClosingReason
from app.errors import RuleRefusal
from app.models.course import Enrolment
from app.models.person import Referral
from app.storage.engine import UnitOfWork
from app.storage.queries.same_person import rows_of

BROUGHT: Final = "referral_id"
_ACCEPTED: Final = "state"


def settle_referral(referral: Referral, state: str, *, reason: str, on: date) -> None:
    """Give a referral its state; RuleRefusal "unknown-answer" where there is none such."""
    if state not in ("open", "accepted", "declined", "not_reached", "withdrawn"):
        raise RuleRefusal("unknown-answer", field="state")
    referral.state = state
    referral.closed_on = None if state == "open" else on
    referral.closing_reason = reason.strip()[:40]


def came_by(person_id: str, joined_on: date, *, work: UnitOfWork) -> str | None:
    """Return the newest referral by somebody else that brought a person to a course, None where none did.

    One that brought them to an earlier course did not.
    """
    rows = rows_of(work.session, person_id)
    return _brought(rows, joined_on, parts_of=rows, work=work)


def _brought(rows: Collection[str], joined_on: date, *, parts_of: Collection[str], work: UnitOfWork) -> str | None:
    """Return the newest referral of these rows that can have brought somebody, and none of the parts of those rows."""
    used = select(Enrolment.referral_id).where(Enrolment.person_id.in_(parts_of), Enrolment.referral_id.is_not(None))
    return work.session.scalars(
        select(Referral.id)
        .where(
            Referral.person_id.in_(rows),
            Referral.received_on <= joined_on,
            Referral.is_self_referral.is_(False),
            Referral.state.in_(("open", "accepted")),
            Referral.id.not_in(used),
        )
        .order_by(Referral.received_on.desc(), Referral.id.desc())
        .limit(1)
    ).first()


def accept_referrals(person_id: str, joined_on: date, *, work: UnitOfWork) -> None:
    """Close what is open of the referrals of somebody who takes part from that day: they want that help."""
    _accept(rows_of(work.session, person_id), joined_on, work=work)


def _accept(rows: Collection[str], joined_on: date, *, work: UnitOfWork) -> list[str]:
    """Accept what is open of the referrals of these rows, and return which."""
    theirs = select(Referral).where(
        Referral.person_id.in_(rows), Referral.state == "open", Referral.received_on <= joined_on
    )
    accepted = work.session.scalars(theirs).all()
    for referral in accepted:
        settle_referral(referral, "accepted", reason="", on=today(work.clock))
    return [referral.id for referral in accepted]


def bring_to_courses(own: Collection[str], theirs: Collection[str], *, work: UnitOfWork) -> list[str]:
    """Let referrals of either side have brought the other to the courses that they came to afterwards.

    The sides are the rows of two who turn out to be one: what joining the course would have done, had they been one
    then. Return what that wrote, for :func:`part_from_referrals`.
    """
    rows = (*own, *theirs)
    parts = work.session.scalars(select(Enrolment).where(Enrolment.person_id.in_(rows))).all()
    wrote = []
    began = {part.id: began_with(part, moved_into(part, parts)).joined_on for part in parts}
    for part in sorted(parts, key=lambda part: (began[part.id], part.id)):
        if part.closing_reason == ClosingReason.MOVED_COURSE:
            continue
        others = theirs if part.person_id in own else own
        if part.referral_id is None:
            part.referral_id = _brought(others, began[part.id], parts_of=rows, work=work)
            if part.referral_id is not None:
                wrote.append(f"{BROUGHT}:{part.id}:{part.referral_id}")
        wrote += [f"{_ACCEPTED}:{referral_id}" for referral_id in _accept(others, began[part.id], work=work)]
    return wrote


def part_from_referrals(took: Collection[str], *, work: UnitOfWork) -> None:
    """Take back what joining two people wrote of referrals, where it still stands: see :func:`bring_to_courses`."""
    for what, key, *value in (wrote.split(":") for wrote in took if ":" in wrote):
        if what == BROUGHT:
            part = work.session.get(Enrolment, key)
            if part is not None and [part.referral_id] == value:
                part.referral_id = None
        elif what == _ACCEPTED:
            referral = work.session.get(Referral, key)
            if referral is not None and referral.state == "accepted":
                settle_referral(referral, "open", reason="", on=today(work.clock))
