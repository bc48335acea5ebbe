"""Say how a referral ended, within a transaction under way."""

from datetime import date

from sqlalchemy import select

from app.clock import today
from app.errors import RuleRefusal
from app.models.course import Enrolment
from app.models.person import Referral
from app.storage.engine import UnitOfWork
from app.storage.queries.same_person import rows_of


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
    used = select(Enrolment.referral_id).where(Enrolment.person_id.in_(rows), Enrolment.referral_id.is_not(None))
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
    theirs = select(Referral).where(
        Referral.person_id.in_(rows_of(work.session, person_id)),
        Referral.state == "open",
        Referral.received_on <= joined_on,
    )
    for referral in work.session.scalars(theirs).all():
        settle_referral(referral, "accepted", reason="", on=today(work.clock))
