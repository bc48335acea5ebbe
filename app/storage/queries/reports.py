"""The plain rows of every report, fetched set by set; nothing is computed here but what the database counts faster.

A fact's identifier carries the moment it was recorded (UUIDv7), and so "as of" a moment is a comparison of identifiers:
later facts are left out, and so are later corrections, with what they corrected standing again.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session as Reading

from app.clock import DENMARK
from app.domain.reports.facts import (
    AttemptRow,
    CourseRow,
    EnrolmentRow,
    Facts,
    InvoiceLineRow,
    MoneyRow,
    OutcomeRow,
    PlaceRow,
    ProgrammeRow,
    RedemptionRow,
    ReferralRow,
    SessionRow,
    VisitRow,
    VoucherRow,
)
from app.domain.reports.from_rows import first_id_after
from app.models.organisation import ProgrammeVersion
from app.models.person import Person
from app.storage.queries.names import shown_as

_LAST = "g"
"""Sorts after every identifier."""
STEPS = 14
"""How many times `progress` is told."""


def facts(reading: Reading, *, as_of: datetime | None = None, progress: Callable[[], None] = lambda: None) -> Facts:
    """Return everything that reports are computed from; `progress` is told after each set, and may stop by raising."""
    fetch = _Fetch(reading, as_of)
    made: dict[str, Any] = {"as_of": as_of}
    for step in (
        _organisation,
        _people,
        _courses,
        _sessions,
        _meetings,
        _outcomes,
        _attempts,
        _stop_dates,
        _cigarettes,
        _consents,
        _referrals,
        _handouts,
        _vouchers,
        _visits,
    ):
        made.update(step(fetch))
        progress()
    deceased = made.pop("dead") | made.pop("died_at_follow_up")
    return Facts(**made, deceased=frozenset(map(fetch.same, deceased)))


def names_of(reading: Reading, person_ids: list[str] | None = None) -> dict[str, str]:
    """Return what people are called on a screen, by identifier: all of them, or those asked for."""
    statement = select(Person.id, Person.given_name, Person.family_name, Person.nickname)
    if person_ids is not None:
        statement = statement.where(Person.id.in_(person_ids))
    return {row[0]: shown_as(row[1], row[2], row[3]) for row in reading.execute(statement)}


class _Fetch:
    """One reading: the moment, and who turned out to be whom."""

    def __init__(self, reading: Reading, as_of: datetime | None) -> None:
        self._connection = reading.connection()
        self.reading = reading
        self.bound = _LAST if as_of is None else first_id_after(as_of)
        self._merged: dict[str, str] = {
            row[0]: row[1]
            for row in self.rows("SELECT id, merged_into_id FROM person WHERE merged_into_id IS NOT NULL")
        }

    def rows(self, statement: str) -> Iterator[Any]:
        """Yield the rows of a statement as they are stored, days and moments as text."""
        return iter(self._connection.execute(text(statement)))

    def facts_of(self, table: str, columns: str, where: str = "1") -> Iterator[Any]:
        """Yield the facts that stand: recorded by the moment and not corrected by then."""
        statement = (
            f"SELECT {columns} FROM {table} AS f WHERE f.id < :bound AND {where} AND f.id NOT IN "  # noqa: S608 - names of ours
            f"(SELECT corrects_id FROM {table} WHERE corrects_id IS NOT NULL AND id < :bound)"
        )
        return iter(self._connection.execute(text(statement), {"bound": self.bound}))

    def same(self, person_id: str) -> str:
        """Return the person that somebody turned out to be."""
        seen = {person_id}
        while person_id in self._merged and self._merged[person_id] not in seen:
            person_id = self._merged[person_id]
            seen.add(person_id)
        return person_id


_day = date.fromisoformat


def _day_or_none(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)


def _organisation(fetch: _Fetch) -> dict[str, Any]:
    municipalities = list(fetch.rows("SELECT id, name, code FROM municipality ORDER BY name"))
    programmes = fetch.reading.query(ProgrammeVersion).all()
    return {
        "municipalities": {row.id: row.name for row in municipalities},
        "municipality_codes": {row.id: row.code for row in municipalities},
        "counsellors": {row.id: row.name for row in fetch.rows('SELECT id, name FROM "user"')},
        "places": tuple(PlaceRow(*row) for row in fetch.rows("SELECT id, name, municipality_id FROM place")),
        "programmes": tuple(
            ProgrammeRow(row.id, row.key, row.name, row.valid_from, row.valid_to, row.rules) for row in programmes
        ),
    }


def _people(fetch: _Fetch) -> dict[str, Any]:
    people = fetch.rows(
        "SELECT id, residence_municipality_id, deceased_on FROM person "
        "WHERE residence_municipality_id IS NOT NULL OR deceased_on IS NOT NULL ORDER BY id"
    )
    residences: dict[str, str] = {}
    dead: set[str] = set()
    for person_id, residence, deceased_on in people:
        if residence is not None:
            residences.setdefault(fetch.same(person_id), residence)
        if deceased_on is not None:
            dead.add(person_id)
    return {"residences": residences, "dead": dead}


def _courses(fetch: _Fetch) -> dict[str, Any]:
    courses = fetch.rows(
        "SELECT id, title, place_id, delivering_municipality_id, programme_version_id, format, concept, "
        "planned_sessions, starts_on, ends_on, coalesce(counsellor_id, ''), state, stop_on FROM course"
    )
    enrolments = fetch.rows(
        "SELECT id, person_id, course_id, joined_on, left_on, closed_on, closing_reason, goal, agreed_sessions, "
        "residence_municipality_id, moved_from_id FROM enrolment ORDER BY id"
    )
    return {
        "courses": tuple(
            CourseRow._make((*row[:8], _day(row[8]), _day_or_none(row[9]), row[10], row[11], _day_or_none(row[12])))
            for row in courses
        ),
        "enrolments": tuple(
            EnrolmentRow(
                row[0],
                fetch.same(row[1]),
                row[2],
                _day(row[3]),
                _day_or_none(row[4]),
                _day_or_none(row[5]),
                *row[6:],
            )
            for row in enrolments
        ),
    }


def _sessions(fetch: _Fetch) -> dict[str, Any]:
    held = fetch.rows(
        "SELECT id, course_id, place_id, held_on, minutes, kind <> 'follow_up' AND holds_counselling, enrolment_id "
        "FROM session WHERE state = 'closed'"
    )
    return {
        "sessions": tuple(
            SessionRow(row[0], row[1], row[2], _day(row[3]), row[4], bool(row[5]), row[6]) for row in held
        )
    }


def _meetings(fetch: _Fetch) -> dict[str, Any]:
    uncounted = "SELECT id FROM session WHERE state = 'cancelled' OR kind = 'follow_up' OR NOT holds_counselling"
    came = fetch.rows(
        f"SELECT enrolment_id, count(*) FROM attendance WHERE status = 'present' AND session_id NOT IN ({uncounted}) "  # noqa: S608 - a statement of ours
        "GROUP BY enrolment_id"
    )
    present = fetch.rows("SELECT session_id, count(*) FROM attendance WHERE status = 'present' GROUP BY session_id")
    return {"meetings": {row[0]: row[1] for row in came}, "present": {row[0]: row[1] for row in present}}


def _outcomes(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of(
        "outcome",
        "f.id, f.enrolment_id, f.time_point, f.assessed_on, f.smoke_free, f.satisfaction, f.missing_reason, "
        "f.person_id",
    )
    rows = sorted(found, key=lambda row: (row[3], row[0]))
    return {
        "outcomes": tuple(OutcomeRow._make((*row[:3], _day(row[3]), *row[4:7])) for row in rows),
        "died_at_follow_up": {row[7] for row in rows if row[6] == "deceased"},
    }


def _attempts(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of("follow_up_attempt", "f.enrolment_id, f.attempted_at, f.result", "f.channel = 'phone'")
    rows = []
    for enrolment_id, attempted_at, result in found:
        rows.append(AttemptRow(enrolment_id, datetime.fromisoformat(attempted_at).astimezone(DENMARK), result))
    return {"attempts": tuple(rows)}


def _stop_dates(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of("stop_date", "f.person_id, f.stop_on, f.agreed_on")
    return {"stop_dates": tuple((fetch.same(row[0]), _day(row[1]), _day(row[2])) for row in found)}


def _cigarettes(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of(
        "measurement",
        "f.person_id, f.measured_on, f.value, f.id",
        "f.kind = 'cigarettes_per_day' AND f.value IS NOT NULL",
    )
    rows = sorted(found, key=lambda row: (row[1], row[3]))
    return {"cigarettes": tuple((fetch.same(row[0]), _day(row[1]), row[2]) for row in rows)}


def _consents(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of("consent", "f.person_id, f.answer, f.answered_on, f.id", "f.kind = 'contact_six_months'")
    rows = sorted(found, key=lambda row: (row[2], row[3]))
    return {"contact_consents": {fetch.same(row[0]): row[1] for row in rows}}


def _referrals(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.rows(
        "SELECT id, person_id, channel, sender, received_on, is_self_referral, came_because, municipality_id "
        "FROM referral ORDER BY received_on, id"
    )
    return {
        "referrals": tuple(
            ReferralRow(row[0], fetch.same(row[1]), row[2], row[3], _day(row[4]), bool(row[5]), row[6], row[7])
            for row in found
        )
    }


def _handouts(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of(
        "handout",
        "f.id, f.person_id, f.handed_on, f.product, f.quantity, f.price, coalesce(f.place_id, "
        "(SELECT place_id FROM session WHERE session.id = f.session_id), ''), coalesce(f.enrolment_id, '')",
        "f.quantity > 0",
    )
    return {
        "handouts": tuple(
            MoneyRow(
                row[0],
                fetch.same(row[1]),
                _day(row[2]),
                row[3],
                row[4],
                None if row[5] is None else row[5] * row[4],
                row[6],
                row[7],
            )
            for row in found
        )
    }


def _vouchers(fetch: _Fetch) -> dict[str, Any]:
    vouchers = fetch.facts_of(
        "voucher", "f.id, f.person_id, coalesce(f.enrolment_id, ''), f.number, f.value, f.issued_on, f.corrects_id"
    )
    redeemed = fetch.facts_of(
        "voucher_redemption", "f.voucher_id, f.redeemed_on, f.amount, coalesce(f.invoice_line_id, '')", "f.amount > 0"
    )
    lines = fetch.rows(
        "SELECT l.id, i.pharmacy, i.number, i.invoiced_on, l.voucher_number, l.amount FROM invoice_line AS l "
        "JOIN pharmacy_invoice AS i ON i.id = l.invoice_id ORDER BY i.invoiced_on, l.id"
    )
    return {
        "vouchers": tuple(
            VoucherRow(row[0], fetch.same(row[1]), row[2], row[3], row[4], _day(row[5])) for row in vouchers
        ),
        "redemptions": tuple(RedemptionRow(row[0], _day(row[1]), row[2], row[3]) for row in redeemed),
        "invoice_lines": tuple(InvoiceLineRow._make((*row[:3], _day(row[3]), *row[4:])) for row in lines),
    }


def _visits(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of(
        "outreach_visit",
        "f.place_id, f.kind, f.visited_on, f.visitors, f.talks, f.leaflets, f.brief_advice, f.interested",
    )
    return {"visits": tuple(VisitRow(row[0], row[1], _day(row[2]), *row[3:]) for row in found)}
