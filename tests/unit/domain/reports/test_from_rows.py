"""The facts of reports from plain rows, field by field: what counts, what was corrected, who turned out to be whom."""

from datetime import UTC, date, datetime
from typing import Any

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
from app.domain.reports.from_rows import ENTITIES, facts_from_rows, first_id_after

ROWS: dict[str, dict[str, dict[str, Any]]] = {
    "municipality": {
        "m1": {"name": "Hvidovre", "code": "0167"},
        "m0": {"name": "Brøndby", "code": "0153"},
    },
    "user": {"u": {"name": "Mette Holm"}},
    "place": {"place": {"name": "Rådhuset", "municipality_id": "m0"}},
    "programme_version": {"s2": {"key": "s2", "name": "På Tværs", "valid_from": "2012-01-01", "rules": {}}},
    "person": {
        "p": {"residence_municipality_id": "m1"},
        "q": {"merged_into_id": "p", "residence_municipality_id": "m0"},
        "ring-a": {"merged_into_id": "ring-b"},
        "ring-b": {"merged_into_id": "ring-a"},
        "r": {"deceased_on": "2026-05-01"},
    },
    "course": {
        "c": {
            "title": "Hold",
            "place_id": "place",
            "delivering_municipality_id": "m0",
            "programme_version_id": "s2",
            "format": "group",
            "starts_on": "2026-02-01",
            "ends_on": "2026-04-01",
        }
    },
    "session": {
        "s1": {"course_id": "c", "place_id": "place", "held_on": "2026-02-01", "state": "closed", "minutes": 90},
        "s2": {"course_id": "c", "place_id": "place", "held_on": "2026-02-08", "state": "cancelled"},
        "s3": {"course_id": "c", "place_id": "place", "held_on": "2026-02-15", "state": "closed", "kind": "follow_up"},
        "s4": {
            "course_id": "c",
            "place_id": "place",
            "held_on": "2026-02-22",
            "state": "closed",
            "holds_counselling": False,
        },
        "s5": {"course_id": "c", "place_id": "place", "held_on": "2026-03-01"},
    },
    "enrolment": {"e": {"person_id": "q", "course_id": "c", "joined_on": "2026-02-01"}},
    "attendance": {
        key: {"session_id": session, "enrolment_id": "e", "status": status}
        for key, session, status in (
            ("a1", "s1", "present"),
            ("a2", "s2", "present"),
            ("a3", "s3", "present"),
            ("a4", "s4", "present"),
            ("a5", "s5", "absent"),
        )
    },
    "consent": {
        "c1": {"person_id": "p", "kind": "contact_six_months", "answer": "given", "answered_on": "2026-02-01"},
        "c2": {"person_id": "q", "kind": "contact_six_months", "answer": "withdrawn", "answered_on": "2026-03-01"},
        "c3": {"person_id": "p", "kind": "stopbasen", "answer": "given", "answered_on": "2026-04-01"},
    },
    "referral": {"f": {"person_id": "q", "channel": "hospital", "received_on": "2026-01-20"}},
    "measurement": {
        "b1": {"person_id": "p", "kind": "cigarettes_per_day", "measured_on": "2026-02-01", "value": 20},
        "b2": {
            "person_id": "p",
            "kind": "cigarettes_per_day",
            "measured_on": "2026-02-01",
            "value": 22,
            "corrects_id": "b1",
        },
        "b3": {"person_id": "p", "kind": "co", "measured_on": "2026-02-01", "value": 9},
        "b4": {"person_id": "p", "kind": "cigarettes_per_day", "measured_on": "2026-03-01", "value": None},
    },
    "handout": {
        "d1": {
            "person_id": "q",
            "handed_on": "2026-02-01",
            "product": "gum-2",
            "quantity": 2,
            "price": 100,
            "session_id": "s1",
        },
        "d2": {"person_id": "p", "handed_on": "2026-02-08", "product": "gum-2", "quantity": 0},
        "d3": {"person_id": "p", "handed_on": "2026-02-09", "product": "gum-2", "quantity": 1, "place_id": "elsewhere"},
        "d4": {"person_id": "p", "handed_on": "2026-02-10", "product": "gum-2", "quantity": 1},
    },
    "stop_date": {"d": {"person_id": "q", "stop_on": "2026-03-01", "agreed_on": "2026-02-01"}},
    "outcome": {
        "0a": {"enrolment_id": "e", "person_id": "p", "time_point": "end", "assessed_on": "2026-04-01"},
        "0b": {
            "enrolment_id": "e",
            "person_id": "ring-a",
            "time_point": "six_months",
            "assessed_on": "2026-03-31",
            "missing_reason": "deceased",
        },
    },
    "follow_up_attempt": {
        "a1": {"enrolment_id": "e", "attempted_at": "2026-08-01T15:30:00+00:00", "result": "reached"},
        "a2": {"enrolment_id": "e", "attempted_at": "2026-08-02T15:30:00+00:00", "result": "reached", "channel": "sms"},
    },
    "outreach_visit": {"b": {"place_id": "place", "kind": "cafe", "visited_on": "2026-02-03", "visitors": 9}},
    "voucher": {"e1": {"person_id": "q", "number": "1000", "value": 22500, "issued_on": "2026-02-01"}},
    "voucher_redemption": {
        "f1": {"voucher_id": "e1", "redeemed_on": "2026-02-02", "amount": 20000},
        "f2": {"voucher_id": "e1", "redeemed_on": "2026-02-03", "amount": 0},
    },
    "pharmacy_invoice": {"i": {"pharmacy": "Apoteket", "number": "F-1", "invoiced_on": "2026-03-01"}},
    "invoice_line": {
        "l2": {"invoice_id": "i", "voucher_number": "1000", "amount": 20000},
        "l1": {"invoice_id": "i", "voucher_number": "1001", "amount": 100},
        "l3": {"invoice_id": "not-here", "voucher_number": "1002", "amount": 100},
    },
}


def found(*, as_of: datetime | None = None, **changed: dict[str, dict[str, Any]]) -> Facts:
    """Return the facts of the rows above, some kinds of them changed."""
    rows = ROWS | changed
    return facts_from_rows(
        ((entity, key, fields) for entity, known in rows.items() for key, fields in known.items()), as_of=as_of
    )


def test_the_rows_hold_every_kind_that_reports_are_computed_from() -> None:
    assert set(ROWS) == set(ENTITIES)


def test_who_and_where_is_named_as_it_is_called() -> None:
    facts = found()
    assert list(facts.municipalities.items()) == [("m0", "Brøndby"), ("m1", "Hvidovre")]
    assert facts.municipality_codes == {"m0": "0153", "m1": "0167"}
    assert facts.counsellors == {"u": "Mette Holm"}
    assert facts.places == (PlaceRow("place", "Rådhuset", "m0"),)
    assert facts.programmes == (ProgrammeRow("s2", "s2", "På Tværs", date(2012, 1, 1), None, {}),)


def test_what_a_row_does_not_say_has_its_tables_value() -> None:
    facts = found()
    assert facts.courses == (
        CourseRow(
            "c", "Hold", "place", "m0", "s2", "group", "", 0, date(2026, 2, 1), date(2026, 4, 1), "", "running", None
        ),
    )
    assert facts.enrolments == (EnrolmentRow("e", "p", "c", date(2026, 2, 1), None, None, "", "", 0, None, None),)
    assert facts.referrals == (ReferralRow("f", "p", "hospital", "", date(2026, 1, 20), False, "", None),)
    assert facts.visits == (VisitRow("place", "cafe", date(2026, 2, 3), 9, 0, 0, 0, 0),)


def test_only_sessions_that_were_held_count_and_follow_up_is_no_meeting() -> None:
    facts = found()
    assert facts.sessions == (
        SessionRow("s1", "c", "place", date(2026, 2, 1), 90, True, None),
        SessionRow("s3", "c", "place", date(2026, 2, 15), None, False, None),
        SessionRow("s4", "c", "place", date(2026, 2, 22), None, False, None),
    )
    assert facts.meetings == {"e": 1}
    assert facts.present == {"s1": 1, "s2": 1, "s3": 1, "s4": 1}


def test_a_corrected_figure_stands_as_it_was_corrected() -> None:
    assert found().cigarettes == (("p", date(2026, 2, 1), 22.0),)


def test_whoever_turned_out_to_be_another_is_counted_as_that_one() -> None:
    facts = found()
    assert facts.stop_dates == (("p", date(2026, 3, 1), date(2026, 2, 1)),)
    assert facts.contact_consents == {"p": "withdrawn"}
    assert facts.residences == {"p": "m1"}


def test_where_somebody_lives_is_what_the_row_says_that_counts_for_them_however_old_the_others_are() -> None:
    people = {
        "a": {"merged_into_id": "p", "residence_municipality_id": "m0"},
        "p": {"residence_municipality_id": "m1"},
        "b": {"merged_into_id": "q", "residence_municipality_id": "m0"},
        "q": {},
    }
    assert found(person=people).residences == {"p": "m1", "q": "m0"}


def test_of_two_people_merged_into_each_other_the_oldest_counts_and_the_dead_are_known() -> None:
    assert found().deceased == {"r", "ring-a"}


def test_outcomes_and_calls_stand_in_their_order_and_only_calls_are_attempts() -> None:
    facts = found()
    assert facts.outcomes == (
        OutcomeRow("0b", "e", "six_months", date(2026, 3, 31), "not_asked", None, "deceased"),
        OutcomeRow("0a", "e", "end", date(2026, 4, 1), "not_asked", None, ""),
    )
    assert facts.attempts == (AttemptRow("e", datetime(2026, 8, 1, 17, 30, tzinfo=DENMARK), "reached"),)


def test_money_is_what_was_handed_out_where_and_a_price_that_nobody_wrote_stays_unknown() -> None:
    facts = found()
    assert facts.handouts == (
        MoneyRow("d1", "p", date(2026, 2, 1), "gum-2", 2, 200, "place", ""),
        MoneyRow("d3", "p", date(2026, 2, 9), "gum-2", 1, None, "elsewhere", ""),
        MoneyRow("d4", "p", date(2026, 2, 10), "gum-2", 1, None, "", ""),
    )
    assert facts.vouchers == (VoucherRow("e1", "p", "", "1000", 22500, date(2026, 2, 1)),)
    assert facts.redemptions == (RedemptionRow("e1", date(2026, 2, 2), 20000, ""),)
    assert facts.invoice_lines == (
        InvoiceLineRow("l1", "Apoteket", "F-1", date(2026, 3, 1), "1001", 100),
        InvoiceLineRow("l2", "Apoteket", "F-1", date(2026, 3, 1), "1000", 20000),
    )


def test_what_a_pharmacy_took_counts_also_where_the_voucher_was_cancelled_elsewhere_meanwhile() -> None:
    voucher = {"person_id": "p", "number": "1000", "value": 22500, "issued_on": "2026-02-01"}
    cancelled = {"e1": voucher, "e2": voucher | {"value": 0, "corrects_id": "e1"}}
    facts = found(voucher=cancelled)
    assert facts.vouchers == (VoucherRow("e2", "p", "", "1000", 0, date(2026, 2, 1)),)
    assert facts.redemptions == (RedemptionRow("e2", date(2026, 2, 2), 20000, ""),)


def test_a_moment_leaves_out_what_was_recorded_after_it() -> None:
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    before, after = first_id_after(datetime(2026, 5, 1, tzinfo=UTC)), first_id_after(datetime(2026, 7, 1, tzinfo=UTC))
    assert before < first_id_after(moment) < after
    measured = {"person_id": "p", "kind": "cigarettes_per_day", "measured_on": "2026-02-01"}
    rows = {before: measured | {"value": 20}, after: measured | {"value": 2, "corrects_id": before}}
    assert found(as_of=moment, measurement=rows).cigarettes == (("p", date(2026, 2, 1), 20.0),)
    assert found(measurement=rows).cigarettes == (("p", date(2026, 2, 1), 2.0),)
    assert found(as_of=moment).as_of == moment
