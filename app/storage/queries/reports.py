"""The plain rows of every report, fetched set by set; nothing is computed here but what the database counts faster.

A fact's identifier carries the moment it was recorded (UUIDv7), and so "as of" a moment is a comparison of identifiers:
later facts are left out, and so are later corrections, with what they corrected standing again. Rows that can
be changed are as the history of their values says that they were (:mod:`app.domain.reports.as_of`).
"""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from app.clock import DENMARK
from app.domain.completion import OFFERED_KINDS
from app.domain.facts import what_stands_for
from app.domain.reports.as_of import CHANGED, Earlier, earlier_values, first_id_after, row_then, without_orphans
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
from app.domain.same_person import counts_for, each_once, same_parts
from app.domain.vouchers import used_once
from app.storage.driver import driver_of
from app.storage.engine import Reading

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
    return without_orphans(Facts(**made, deceased=frozenset(map(fetch.same, deceased))))


class _Fetch:
    """One reading: the moment, and who turned out to be whom.

    Rows come straight from the driver: two hundred thousand rows of the mapper's would take longer than all reports.
    """

    def __init__(self, reading: Reading, as_of: datetime | None) -> None:
        self._driver = driver_of(reading)
        self.reading = reading
        self.as_of = as_of
        self.bound = _LAST if as_of is None else first_id_after(as_of)
        self._earlier = {} if as_of is None else self._values_before(as_of)
        self.places: dict[str, str] = {}
        """Where each session is held, planned ones too."""
        self.uncounted: set[str] = set()
        """Sessions at which being present is no meeting."""
        self.same_parts: dict[str, str] = {}
        """Parts that somebody turned out to have twice in a course, and in which they go on."""
        people = self.changeable("person", "merged_into_id", "merged_into_id IS NOT NULL")
        self.merged = counts_for({row[0]: row[1] for row in people if row[1] is not None})
        """Who somebody turned out to be, where they are merged."""

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement as they are stored, days and moments as text."""
        found: list[tuple[Any, ...]] = self._driver.execute(statement).fetchall()
        return found

    def changeable(self, table: str, columns: str, where: str = "1") -> list[tuple[Any, ...]]:
        """Return the rows of a table that can be changed, identifiers first, ordered by them, as they stood.

        `where` narrows what is fetched now; seen from an earlier day all of them are, and whoever asks narrows again.
        """
        fetched = where if self.as_of is None else "1"
        rows = self.rows(f"SELECT id, {columns} FROM {table} WHERE {fetched} ORDER BY id")  # noqa: S608 - as above
        if self.as_of is None:
            return rows
        then = row_then(table, columns.split(", "), self._earlier, as_of=self.as_of)
        return [row for row in map(then, rows) if row is not None]

    def _values_before(self, as_of: datetime) -> Earlier:
        entities = ", ".join(f"'{entity}'" for entity in CHANGED)
        found = self.rows(
            f"SELECT entity, row_id, at, field, before FROM value_history WHERE entity IN ({entities}) ORDER BY at, id"  # noqa: S608 - as above
        )
        changes = ((row[0], row[1], f"{row[2]}", {row[3]: json.loads(row[4] or "null")}) for row in found)
        return earlier_values(changes, as_of=as_of)

    def facts_of(self, table: str, columns: str, where: str = "1") -> list[tuple[Any, ...]]:
        """Return the facts that stand, identifiers first and in their order: recorded by the moment and not corrected.

        `where` must hold for a correction as it does for what it corrects.
        """
        rows = self.each_fact_of(table, columns, where).fetchall()
        corrected = {row[-1] for row in rows if row[-1] is not None}
        return [row for row in rows if row[0] not in corrected] if corrected else rows

    def each_fact_of(self, table: str, columns: str, where: str = "1", *, order: str = "+id") -> Any:
        """Return the driver's cursor over the facts of :meth:`facts_of`, and over those that were corrected too.

        What each corrects comes last. Of a large table all rows at once would be more than what is made of them.
        """
        # The plus keeps SQLite from finding row after row by its identifier: in a large store each is on another page,
        # which is then read and decrypted anew. From end to end every page is read once. SQLite puts them in order,
        # because Python would hold the window meanwhile.
        statement = f"SELECT id, {columns}, corrects_id FROM {table} WHERE +id < ? AND {where} ORDER BY {order}"  # noqa: S608 - names of ours
        return self._driver.execute(statement, (self.bound,))

    def same(self, person_id: str) -> str:
        """Return the person that somebody turned out to be."""
        return self.merged.get(person_id, person_id)


_day = lru_cache(maxsize=20_000)(date.fromisoformat)


def _day_or_none(written: str | None) -> date | None:
    return None if written is None else _day(written)


def _read(rules: Any) -> dict[str, Any]:
    """Return rules as they are stored, as JSON, or as the history has them."""
    found: dict[str, Any] = json.loads(rules) if isinstance(rules, str) else rules
    return found


def _organisation(fetch: _Fetch) -> dict[str, Any]:
    municipalities = fetch.rows("SELECT id, name, code FROM municipality ORDER BY name")
    programmes = fetch.changeable("programme_version", "key, name, valid_from, valid_to, rules")
    return {
        "municipalities": {row[0]: row[1] for row in municipalities},
        "municipality_codes": {row[0]: row[2] for row in municipalities},
        "counsellors": {row[0]: row[1] for row in fetch.rows('SELECT id, name FROM "user"')},
        "places": tuple(PlaceRow(*row) for row in fetch.changeable("place", "name, municipality_id")),
        "programmes": tuple(
            ProgrammeRow(row[0], row[1], row[2], _day(row[3]), _day_or_none(row[4]), _read(row[5]))
            for row in programmes
        ),
    }


def _people(fetch: _Fetch) -> dict[str, Any]:
    people = fetch.changeable(
        "person",
        "residence_municipality_id, deceased_on",
        "residence_municipality_id IS NOT NULL OR deceased_on IS NOT NULL",
    )
    residences: dict[str, str] = {}
    dead: set[str] = set()
    # What the row says that counts for the person goes before what is said in those that were merged into it.
    for person_id, residence, deceased_on in sorted(people, key=lambda row: row[0] in fetch.merged):
        if residence is not None:
            residences.setdefault(fetch.same(person_id), residence)
        if deceased_on is not None:
            dead.add(person_id)
    return {"residences": residences, "dead": dead}


def _courses(fetch: _Fetch) -> dict[str, Any]:
    courses = fetch.changeable(
        "course",
        "title, place_id, delivering_municipality_id, programme_version_id, format, concept, "
        "planned_sessions, starts_on, ends_on, counsellor_id, state, stop_on",
    )
    enrolments = fetch.changeable(
        "enrolment",
        "person_id, course_id, joined_on, left_on, closed_on, closing_reason, goal, agreed_sessions, "
        "residence_municipality_id, moved_from_id",
    )
    same, day, day_or_none = fetch.same, _day, _day_or_none
    parts = tuple(
        EnrolmentRow._make(
            (row[0], same(row[1]), row[2], day(row[3]), day_or_none(row[4]), day_or_none(row[5]), *row[6:])
        )
        for row in enrolments
    )
    fetch.same_parts = same_parts(parts)
    return {
        "courses": tuple(
            CourseRow._make((*row[:8], day(row[8]), day_or_none(row[9]), row[10] or "", row[11], day_or_none(row[12])))
            for row in courses
        ),
        "enrolments": parts,
    }


def _sessions(fetch: _Fetch) -> dict[str, Any]:
    sessions = fetch.changeable(
        "session", "course_id, place_id, held_on, minutes, kind, holds_counselling, enrolment_id, state, starts_at"
    )
    fetch.places = {row[0]: row[2] for row in sessions}
    fetch.uncounted = {row[0] for row in sessions if row[8] == "cancelled" or row[5] == "follow_up" or not row[6]}
    return {
        "sessions": tuple(
            SessionRow(
                row[0],
                row[1],
                row[2],
                _day(row[3]),
                row[4],
                row[5] in OFFERED_KINDS and bool(row[6]),
                row[7],
                row[9] or "",
            )
            for row in sessions
            if row[8] == "closed"
        )
    }


def _meetings(fetch: _Fetch) -> dict[str, Any]:
    uncounted, known = fetch.uncounted, fetch.places
    if fetch.as_of is None:
        came = fetch.rows("SELECT enrolment_id, session_id FROM attendance WHERE status = 'present'")
    else:
        rows = fetch.changeable("attendance", "enrolment_id, session_id, status")
        came = [(row[1], row[2]) for row in rows if row[3] == "present" and row[2] in known]
    once = each_once(came, fetch.same_parts)
    return {
        "meetings": dict(Counter(enrolment for enrolment, session in once if session not in uncounted)),
        "present": dict(Counter(session for _enrolment, session in once)),
    }


def _outcomes(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of(
        "outcome", "enrolment_id, time_point, assessed_on, smoke_free, satisfaction, missing_reason, person_id"
    )
    rows = sorted(found, key=lambda row: (row[3], row[0]))
    return {
        "outcomes": tuple(OutcomeRow._make((*row[:3], _day(row[3]), *row[4:7])) for row in rows),
        "died_at_follow_up": {row[7] for row in rows if row[6] == "deceased"},
    }


def _attempts(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of("follow_up_attempt", "enrolment_id, attempted_at, result, channel")
    return {
        "attempts": tuple(
            AttemptRow(row[1], datetime.fromisoformat(row[2]).astimezone(DENMARK), row[3])
            for row in found
            if row[4] == "phone"
        )
    }


def _stop_dates(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of("stop_date", "person_id, stop_on, agreed_on, taken_back")
    return {"stop_dates": tuple((fetch.same(row[1]), _day(row[2]), _day(row[3])) for row in found if not row[4])}


def _cigarettes(fetch: _Fetch) -> dict[str, Any]:
    """Return what everybody smoked; it is by far the largest set, so that rows are made smaller as they are read."""
    corrected: set[str] = set()
    people: dict[str, str] = {}
    rows = []
    merged, day = fetch.merged, _day
    measured = fetch.each_fact_of(
        "measurement", "measured_on, person_id, value", "kind = 'cigarettes_per_day'", order="measured_on, +id"
    )
    for row_id, measured_on, person_id, value, corrects_id in measured:
        if corrects_id is not None:
            corrected.add(corrects_id)
        # A correction may say that nobody knows: it takes away what it corrects, and is left out itself.
        if value is not None:
            whom = merged.get(person_id) or people.setdefault(person_id, person_id)
            rows.append((row_id, (whom, day(measured_on), value)))
    return {"cigarettes": tuple([said for row_id, said in rows if row_id not in corrected])}


def _consents(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of("consent", "person_id, answer, answered_on", "kind = 'contact_six_months'")
    rows = sorted(found, key=lambda row: (row[3], row[0]))
    return {"contact_consents": {fetch.same(row[1]): row[2] for row in rows}}


def _referrals(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.changeable(
        "referral", "person_id, channel, sender, received_on, is_self_referral, came_because, municipality_id"
    )
    found.sort(key=lambda row: (row[4], row[0]))
    return {
        "referrals": tuple(
            ReferralRow(row[0], fetch.same(row[1]), row[2], row[3], _day(row[4]), bool(row[5]), row[6], row[7])
            for row in found
        )
    }


def _handouts(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of(
        "handout", "person_id, handed_on, product, quantity, price, place_id, session_id, enrolment_id"
    )
    merged, day, places = fetch.merged, _day, fetch.places
    return {
        "handouts": tuple(
            [
                MoneyRow(
                    row[0],
                    merged.get(row[1], row[1]),
                    day(row[2]),
                    row[3],
                    row[4],
                    None if row[5] is None else row[5] * row[4],
                    row[6] or places.get(row[7], ""),
                    row[8] or "",
                )
                for row in found
                if row[4] > 0
            ]
        )
    }


def _vouchers(fetch: _Fetch) -> dict[str, Any]:
    columns = "person_id, coalesce(enrolment_id, ''), number, value, issued_on, valid_until"
    issued = fetch.each_fact_of("voucher", columns).fetchall()
    corrected = {row[-1]: row[0] for row in issued if row[-1] is not None}
    vouchers = [row for row in issued if row[0] not in corrected]
    redeemed = fetch.facts_of("voucher_redemption", "voucher_id, redeemed_on, amount, coalesce(invoice_line_id, '')")
    invoices = {row[0]: row[1:] for row in fetch.changeable("pharmacy_invoice", "pharmacy, number, invoiced_on")}
    lines = [
        (
            row[1],
            row[5],
            InvoiceLineRow(row[0], found[0], found[1], _day(found[2]), row[2], row[3], _day_or_none(row[4])),
        )
        for row in fetch.changeable("invoice_line", "invoice_id, voucher_number, amount, redeemed_on, row")
        if (found := invoices.get(row[1])) is not None
    ]
    # In the order in which the vouchers' own page has them, for the first of them charges for a voucher.
    lines.sort(key=lambda known: (known[2].invoiced_on, known[0], known[1], known[2].id))
    return {
        "vouchers": tuple(
            VoucherRow(row[0], fetch.same(row[1]), row[2], row[3], row[4], _day(row[5]), _day_or_none(row[6]))
            for row in vouchers
        ),
        # A pharmacy may have taken a voucher that another laptop cancelled meanwhile: it is paid for all the same.
        "redemptions": tuple(
            used_once(
                RedemptionRow(what_stands_for(row[1], corrected), _day(row[2]), row[3], row[4])
                for row in redeemed
                if row[3] > 0
            ).values()
        ),
        "invoice_lines": tuple(line for _invoice, _row, line in lines),
    }


def _visits(fetch: _Fetch) -> dict[str, Any]:
    found = fetch.facts_of(
        "outreach_visit", "place_id, kind, visited_on, visitors, talks, leaflets, brief_advice, interested"
    )
    return {"visits": tuple(VisitRow(row[1], row[2], _day(row[3]), *row[4:9]) for row in found)}
