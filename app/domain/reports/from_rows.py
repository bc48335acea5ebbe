"""The facts of reports from rows as the wire has them: what the server computes from, and a second way to the same.

Days and moments are ISO text. A field that a row does not say has the value that its table would give it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Final

from app.clock import DENMARK
from app.domain.completion import OFFERED_KINDS
from app.domain.facts import what_stands_for
from app.domain.reports.as_of import Earlier, Fields, first_id_after, rows_then, without_orphans
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

ENTITIES: Final = (
    "municipality",
    "user",
    "place",
    "programme_version",
    "person",
    "course",
    "session",
    "enrolment",
    "attendance",
    "consent",
    "referral",
    "measurement",
    "handout",
    "stop_date",
    "outcome",
    "follow_up_attempt",
    "outreach_visit",
    "voucher",
    "voucher_redemption",
    "pharmacy_invoice",
    "invoice_line",
)
"""The kinds of rows that reports are computed from."""
_LAST: Final = "g"


def facts_from_rows(
    rows: Iterable[tuple[str, str, Fields]], *, as_of: datetime | None = None, earlier: Earlier | None = None
) -> Facts:
    """Return the facts of rows given as (entity, identifier, fields).

    `as_of` leaves out what was recorded later, and `earlier` says what fields were that were changed later.
    """
    if as_of is not None:
        rows = rows_then(rows, earlier or {}, as_of=as_of)
    by_entity: dict[str, dict[str, Fields]] = defaultdict(dict)
    for entity, row_id, fields in rows:
        by_entity[entity][row_id] = fields
    bound = _LAST if as_of is None else first_id_after(as_of)
    return without_orphans(_Rows(by_entity, bound).facts(as_of))


class _Rows:
    """All rows, with what several of the answers need."""

    def __init__(self, by_entity: Mapping[str, dict[str, Fields]], bound: str) -> None:
        self._by_entity = by_entity
        self._bound = bound
        into = {key: fields.get("merged_into_id") for key, fields in self._of("person").items()}
        self._whom = counts_for({key: kept for key, kept in into.items() if kept})

    def _of(self, entity: str) -> dict[str, Fields]:
        return self._by_entity.get(entity, {})

    def _standing(self, entity: str) -> list[tuple[str, Fields]]:
        known = {key: fields for key, fields in self._of(entity).items() if key < self._bound}
        corrected = {fields.get("corrects_id") for fields in known.values()}
        return sorted(
            (key, fields) for key, fields in known.items() if key not in corrected and not fields.get("taken_back")
        )

    def _corrected(self, entity: str) -> dict[str, str]:
        """Return which fact corrects each that was corrected; of several, the one recorded last."""
        known = sorted(
            (key, fields.get("corrects_id")) for key, fields in self._of(entity).items() if key < self._bound
        )
        return {corrects: key for key, corrects in known if corrects}

    def _same(self, person_id: str) -> str:
        return self._whom.get(person_id, person_id)

    def facts(self, as_of: datetime | None) -> Facts:
        """Return everything."""
        municipalities = sorted(self._of("municipality").items(), key=lambda row: row[1]["name"])
        outcomes = sorted(self._standing("outcome"), key=lambda row: (row[1]["assessed_on"], row[0]))
        corrected = self._corrected("voucher")
        dead = {key for key, fields in self._of("person").items() if fields.get("deceased_on")}
        dead |= {fields["person_id"] for _key, fields in outcomes if fields.get("missing_reason") == "deceased"}
        return Facts(
            municipalities={key: fields["name"] for key, fields in municipalities},
            municipality_codes={key: fields["code"] for key, fields in municipalities},
            counsellors={key: fields["name"] for key, fields in self._of("user").items()},
            places=tuple(
                PlaceRow(key, fields["name"], fields["municipality_id"]) for key, fields in self._of("place").items()
            ),
            programmes=tuple(
                ProgrammeRow(
                    key,
                    fields["key"],
                    fields["name"],
                    _day(fields["valid_from"]),
                    _day_or_none(fields.get("valid_to")),
                    fields["rules"],
                )
                for key, fields in self._of("programme_version").items()
            ),
            courses=tuple(_course(key, fields) for key, fields in self._of("course").items()),
            enrolments=self._enrolments,
            sessions=self._sessions(),
            meetings=self._meetings(),
            present=self._present(),
            outcomes=tuple(
                OutcomeRow(
                    key,
                    fields["enrolment_id"],
                    fields["time_point"],
                    _day(fields["assessed_on"]),
                    fields.get("smoke_free", "not_asked"),
                    fields.get("satisfaction"),
                    fields.get("missing_reason", ""),
                )
                for key, fields in outcomes
            ),
            attempts=tuple(
                AttemptRow(
                    fields["enrolment_id"],
                    datetime.fromisoformat(fields["attempted_at"]).astimezone(DENMARK),
                    fields["result"],
                )
                for _key, fields in self._standing("follow_up_attempt")
                if fields.get("channel", "phone") == "phone"
            ),
            stop_dates=tuple(
                (self._same(fields["person_id"]), _day(fields["stop_on"]), _day(fields["agreed_on"]))
                for _key, fields in self._standing("stop_date")
            ),
            cigarettes=tuple(
                (self._same(fields["person_id"]), _day(fields["measured_on"]), float(fields["value"]))
                for _key, fields in sorted(
                    self._standing("measurement"), key=lambda row: (row[1]["measured_on"], row[0])
                )
                if fields["kind"] == "cigarettes_per_day" and fields.get("value") is not None
            ),
            referrals=self._referrals(),
            handouts=self._handouts(),
            vouchers=tuple(
                VoucherRow(
                    key,
                    self._same(fields["person_id"]),
                    fields.get("enrolment_id") or "",
                    fields["number"],
                    fields["value"],
                    _day(fields["issued_on"]),
                    _day_or_none(fields.get("valid_until")),
                )
                for key, fields in self._standing("voucher")
            ),
            redemptions=tuple(
                used_once(
                    RedemptionRow(
                        what_stands_for(fields["voucher_id"], corrected),
                        _day(fields["redeemed_on"]),
                        fields["amount"],
                        fields.get("invoice_line_id") or "",
                    )
                    for _key, fields in self._standing("voucher_redemption")
                    if fields["amount"] > 0
                ).values()
            ),
            invoice_lines=self._invoice_lines(),
            visits=tuple(_visit(fields) for _key, fields in self._standing("outreach_visit")),
            deceased=frozenset(map(self._same, dead)),
            contact_consents=self._consents(),
            residences=self._residences(),
            as_of=as_of,
        )

    @cached_property
    def _enrolments(self) -> tuple[EnrolmentRow, ...]:
        return tuple(self._enrolment(key, fields) for key, fields in sorted(self._of("enrolment").items()))

    def _enrolment(self, key: str, fields: Fields) -> EnrolmentRow:
        return EnrolmentRow(
            id=key,
            person_id=self._same(fields["person_id"]),
            course_id=fields["course_id"],
            joined_on=_day(fields["joined_on"]),
            left_on=_day_or_none(fields.get("left_on")),
            closed_on=_day_or_none(fields.get("closed_on")),
            closing_reason=fields.get("closing_reason", ""),
            goal=fields.get("goal", ""),
            agreed_sessions=fields.get("agreed_sessions", 0),
            residence_id=fields.get("residence_municipality_id"),
            moved_from_id=fields.get("moved_from_id"),
        )

    def _sessions(self) -> tuple[SessionRow, ...]:
        return tuple(
            SessionRow(
                key,
                fields["course_id"],
                fields["place_id"],
                _day(fields["held_on"]),
                fields.get("minutes"),
                fields.get("kind", "ordinary") in OFFERED_KINDS and fields.get("holds_counselling", True),
                fields.get("enrolment_id"),
                fields.get("starts_at", ""),
            )
            for key, fields in self._of("session").items()
            if fields.get("state") == "closed"
        )

    def _meetings(self) -> dict[str, int]:
        uncounted = {
            key
            for key, fields in self._of("session").items()
            if fields.get("state") == "cancelled"
            or fields.get("kind") == "follow_up"
            or not fields.get("holds_counselling", True)
        }
        return dict(Counter(enrolment for enrolment, session in self._came() if self._counts(session, uncounted)))

    def _came(self) -> Sequence[tuple[str, str]]:
        came = [
            (fields["enrolment_id"], fields["session_id"])
            for fields in self._of("attendance").values()
            if fields["status"] == "present"
        ]
        return each_once(came, same_parts(self._enrolments))

    def _counts(self, session_id: str, uncounted: set[str]) -> bool:
        """Return whether coming to a session counts; seen from an earlier day, one that was not yet held does not."""
        return session_id not in uncounted and (self._bound == _LAST or session_id in self._of("session"))

    def _present(self) -> dict[str, int]:
        return dict(Counter(session for _enrolment, session in self._came() if self._counts(session, set())))

    def _referrals(self) -> tuple[ReferralRow, ...]:
        ordered = sorted(self._of("referral").items(), key=lambda row: (row[1]["received_on"], row[0]))
        return tuple(
            ReferralRow(
                key,
                self._same(fields["person_id"]),
                fields["channel"],
                fields.get("sender", ""),
                _day(fields["received_on"]),
                bool(fields.get("is_self_referral", False)),
                fields.get("came_because", ""),
                fields.get("municipality_id"),
            )
            for key, fields in ordered
        )

    def _handouts(self) -> tuple[MoneyRow, ...]:
        sessions = self._of("session")
        made = []
        for key, fields in self._standing("handout"):
            if fields["quantity"] <= 0:
                continue
            price = fields.get("price")
            at = sessions.get(fields.get("session_id") or "", {})
            made.append(
                MoneyRow(
                    key,
                    self._same(fields["person_id"]),
                    _day(fields["handed_on"]),
                    fields["product"],
                    fields["quantity"],
                    None if price is None else price * fields["quantity"],
                    fields.get("place_id") or at.get("place_id") or "",
                    fields.get("enrolment_id") or "",
                )
            )
        return tuple(made)

    def _invoice_lines(self) -> tuple[InvoiceLineRow, ...]:
        invoices = self._of("pharmacy_invoice")
        made = [
            InvoiceLineRow(
                key,
                invoices[fields["invoice_id"]]["pharmacy"],
                invoices[fields["invoice_id"]]["number"],
                _day(invoices[fields["invoice_id"]]["invoiced_on"]),
                fields["voucher_number"],
                fields["amount"],
                _day_or_none(fields.get("redeemed_on")),
            )
            for key, fields in self._of("invoice_line").items()
            if fields["invoice_id"] in invoices
        ]
        # In the order in which the vouchers' own page has them, for the first of them charges for a voucher.
        at = {key: (fields["invoice_id"], fields.get("row", 0)) for key, fields in self._of("invoice_line").items()}
        return tuple(sorted(made, key=lambda line: (line.invoiced_on, *at[line.id], line.id)))

    def _consents(self) -> dict[str, str]:
        ordered = sorted(self._standing("consent"), key=lambda row: (row[1]["answered_on"], row[0]))
        return {
            self._same(fields["person_id"]): fields["answer"]
            for _key, fields in ordered
            if fields["kind"] == "contact_six_months"
        }

    def _residences(self) -> dict[str, str]:
        found: dict[str, str] = {}
        # What the row says that counts for the person goes before what is said in those that were merged into it.
        ordered = sorted(self._of("person").items(), key=lambda row: (row[0] in self._whom, row[0]))
        for key, fields in ordered:
            if fields.get("residence_municipality_id"):
                found.setdefault(self._same(key), fields["residence_municipality_id"])
        return found


def _course(key: str, fields: Fields) -> CourseRow:
    return CourseRow(
        id=key,
        title=fields["title"],
        place_id=fields["place_id"],
        delivering_id=fields["delivering_municipality_id"],
        programme_id=fields["programme_version_id"],
        format=fields["format"],
        concept=fields.get("concept", ""),
        planned_sessions=fields.get("planned_sessions", 0),
        starts_on=_day(fields["starts_on"]),
        ends_on=_day_or_none(fields.get("ends_on")),
        counsellor_id=fields.get("counsellor_id") or "",
        state=fields.get("state", "running"),
        stop_on=_day_or_none(fields.get("stop_on")),
    )


def _visit(fields: Fields) -> VisitRow:
    return VisitRow(
        fields["place_id"],
        fields["kind"],
        _day(fields["visited_on"]),
        *(fields.get(name, 0) for name in ("visitors", "talks", "leaflets", "brief_advice", "interested")),
    )


_day = date.fromisoformat


def _day_or_none(written: str | None) -> date | None:
    return None if written is None else date.fromisoformat(written)
