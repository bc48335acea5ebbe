"""What happened to one person, in the order of time: whatever was recorded of them, under whichever row it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as Reading

from app.clock import DENMARK
from app.domain.facts import standing
from app.models.course import Attendance, Diploma, Session
from app.models.medicine import Medicine, MedicineNotice, Voucher, VoucherRedemption
from app.models.outcome import FollowUpAttempt, Outcome
from app.models.person import Consent, ContactAttempt, Person
from app.models.smoking import Handout, Relapse, StopDate
from app.storage.queries.same_person import rows_of


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline.

    `kind`: attendance, handout, stop_date, relapse, diploma, contact, follow_up, consent, voucher, voucher_used,
    medicine_notice or outcome. `text` says what of it: a product, a number, a code; `codes` how it went; `amount` is
    money in øre.
    """

    on: date
    kind: str
    text: str
    note: str = ""
    codes: tuple[str, ...] = ()
    amount: int = 0


def person_timeline(reading: Reading, person_id: str) -> tuple[Event, ...] | None:
    """Return what happened, the newest first, or None where this laptop does not hold the person.

    What was corrected or taken back did not happen. Rows that were merged into the person are read with theirs.
    """
    if reading.get(Person, person_id) is None:
        return None
    people = rows_of(reading, person_id)
    events = [
        *_attended(reading, people),
        *_smoked(reading, people),
        *_talked(reading, people),
        *_bought(reading, people),
        *_told(reading, people),
    ]
    return tuple(sorted(events, key=lambda event: event.on, reverse=True))


def _of(reading: Reading, fact: Any, people: Sequence[str]) -> list[Any]:
    """Return the facts of one kind that count."""
    return standing(reading.scalars(select(fact).where(fact.person_id.in_(people)).order_by(fact.id)).all())


def _attended(reading: Reading, people: Sequence[str]) -> list[Event]:
    attended = reading.execute(
        select(Attendance, Session.held_on)
        .join(Session, Session.id == Attendance.session_id)
        .where(Attendance.person_id.in_(people))
    )
    events = [
        Event(held_on, "attendance", row.status, " · ".join(part for part in (row.small_step, row.note) if part))
        for row, held_on in attended
    ]
    diplomas = reading.scalars(select(Diploma).where(Diploma.person_id.in_(people)))
    return events + [Event(row.issued_on, "diploma", row.serial) for row in diplomas]


def _smoked(reading: Reading, people: Sequence[str]) -> list[Event]:
    return [
        *(Event(row.handed_on, "handout", row.product) for row in _of(reading, Handout, people) if row.quantity > 0),
        *(Event(row.stop_on, "stop_date", "") for row in _of(reading, StopDate, people)),
        *(Event(row.happened_on, "relapse", "", row.note) for row in _of(reading, Relapse, people)),
    ]


def _talked(reading: Reading, people: Sequence[str]) -> list[Event]:
    return [
        *(
            Event(_day(row.attempted_at), "contact", row.purpose, row.note, (row.channel, row.outcome))
            for row in _of(reading, ContactAttempt, people)
        ),
        *(
            Event(_day(row.attempted_at), "follow_up", row.channel, row.note, (row.result,))
            for row in _of(reading, FollowUpAttempt, people)
        ),
        *(
            Event(row.answered_on, "consent", row.kind, row.note, (row.answer,))
            for row in _of(reading, Consent, people)
        ),
    ]


def _bought(reading: Reading, people: Sequence[str]) -> list[Event]:
    vouchers = [row for row in _of(reading, Voucher, people) if row.value > 0]
    numbers = {row.id: row.number for row in vouchers}
    return [
        *(Event(row.issued_on, "voucher", row.number, amount=row.value) for row in vouchers),
        *(
            Event(row.redeemed_on, "voucher_used", numbers.get(row.voucher_id, ""), row.pharmacy, amount=row.amount)
            for row in _of(reading, VoucherRedemption, people)
            if row.amount > 0
        ),
    ]


def _told(reading: Reading, people: Sequence[str]) -> list[Event]:
    medicines: dict[str, str] = dict(
        reading.execute(select(Medicine.id, Medicine.name).where(Medicine.person_id.in_(people))).all()
    )
    return [
        *(
            Event(
                row.told_on,
                "medicine_notice",
                medicines.get(row.medicine_id, ""),
                " · ".join(part for part in (row.told_whom, row.note) if part),
                (row.consent, row.trigger),
            )
            for row in _of(reading, MedicineNotice, people)
        ),
        *(
            Event(row.assessed_on, "outcome", row.time_point, row.note, (row.smoke_free, row.missing_reason))
            for row in _of(reading, Outcome, people)
        ),
    ]


def _day(at: datetime) -> date:
    return at.astimezone(DENMARK).date()
