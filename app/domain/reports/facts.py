"""The plain rows that every report is computed from, whoever fetched them.

Corrected facts are left out by whoever fetches, and so are those recorded after the moment that the report is made as
of; a person who turned out to be another is counted as that other one.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple


class EnrolmentRow(NamedTuple):
    """Somebody's part in a course."""

    id: str
    person_id: str
    course_id: str
    joined_on: date
    left_on: date | None
    closed_on: date | None
    closing_reason: str
    goal: str
    agreed_sessions: int
    residence_id: str | None
    moved_from_id: str | None


class CourseRow(NamedTuple):
    """A course; `planned_sessions` 0 means open-ended."""

    id: str
    title: str
    place_id: str
    delivering_id: str
    programme_id: str
    format: str
    concept: str
    planned_sessions: int
    starts_on: date
    ends_on: date | None
    counsellor_id: str
    state: str
    stop_on: date | None = None


class SessionRow(NamedTuple):
    """A session that was held; `counts` where a course is made up of it, as it is not of an extra one."""

    id: str
    course_id: str
    place_id: str
    held_on: date
    minutes: int | None
    counts: bool
    enrolment_id: str | None
    starts_at: str = ""


class OutcomeRow(NamedTuple):
    """How it stood at the end, or six months after the stop date."""

    id: str
    enrolment_id: str
    time_point: str
    assessed_on: date
    smoke_free: str
    satisfaction: int | None
    missing_reason: str


class AttemptRow(NamedTuple):
    """A call six months after, `at` by the clock in Denmark."""

    enrolment_id: str
    at: datetime
    result: str


class ReferralRow(NamedTuple):
    """How somebody came."""

    id: str
    person_id: str
    channel: str
    sender: str
    received_on: date
    is_self: bool
    came_because: str
    municipality_id: str | None


class MoneyRow(NamedTuple):
    """Something that cost money: a handout or a voucher; `amount` is in øre, None where nobody wrote a price."""

    id: str
    person_id: str
    on: date
    product: str
    quantity: int
    amount: int | None
    place_id: str
    enrolment_id: str


class RedemptionRow(NamedTuple):
    """A voucher that a pharmacy took; `amount` is in øre."""

    voucher_id: str
    redeemed_on: date
    amount: int
    invoice_line_id: str


class InvoiceLineRow(NamedTuple):
    """A line of a pharmacy's invoice; `amount` is in øre."""

    id: str
    pharmacy: str
    invoice: str
    invoiced_on: date
    voucher_number: str
    amount: int
    redeemed_on: date | None = None


class VoucherRow(NamedTuple):
    """A voucher as it was issued; `value` is in øre, 0 where it was cancelled."""

    id: str
    person_id: str
    enrolment_id: str
    number: str
    value: int
    issued_on: date
    valid_until: date | None = None


class VisitRow(NamedTuple):
    """A visit at a place without named people."""

    place_id: str
    kind: str
    visited_on: date
    visitors: int
    talks: int
    leaflets: int
    brief_advice: int
    interested: int


class PlaceRow(NamedTuple):
    """A place and the municipality it lies in."""

    id: str
    name: str
    municipality_id: str


class ProgrammeRow(NamedTuple):
    """One version of a programme's rules."""

    id: str
    key: str
    name: str
    valid_from: date
    valid_to: date | None
    rules: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that reports are computed from; `municipalities` and `counsellors` are names by identifier."""

    municipalities: dict[str, str] = field(default_factory=dict)
    municipality_codes: dict[str, str] = field(default_factory=dict)
    counsellors: dict[str, str] = field(default_factory=dict)
    places: tuple[PlaceRow, ...] = ()
    programmes: tuple[ProgrammeRow, ...] = ()
    courses: tuple[CourseRow, ...] = ()
    enrolments: tuple[EnrolmentRow, ...] = ()
    sessions: tuple[SessionRow, ...] = ()
    meetings: dict[str, int] = field(default_factory=dict)
    """How many sessions each enrolment came to, by the enrolment's identifier."""
    present: dict[str, int] = field(default_factory=dict)
    """How many came to each session, by the session's identifier."""
    outcomes: tuple[OutcomeRow, ...] = ()
    attempts: tuple[AttemptRow, ...] = ()
    stop_dates: tuple[tuple[str, date, date], ...] = ()
    """(person, stop date, day it was agreed on)."""
    cigarettes: tuple[tuple[str, date, float], ...] = ()
    """(person, day, cigarettes a day)."""
    referrals: tuple[ReferralRow, ...] = ()
    handouts: tuple[MoneyRow, ...] = ()
    vouchers: tuple[VoucherRow, ...] = ()
    redemptions: tuple[RedemptionRow, ...] = ()
    invoice_lines: tuple[InvoiceLineRow, ...] = ()
    visits: tuple[VisitRow, ...] = ()
    deceased: frozenset[str] = frozenset()
    contact_consents: dict[str, str] = field(default_factory=dict)
    """The answer that stands to being called after six months, by person."""
    residences: dict[str, str] = field(default_factory=dict)
    """Where a person lives now, by person."""
    as_of: datetime | None = None
    """The moment up to which facts were counted, or None for all."""
