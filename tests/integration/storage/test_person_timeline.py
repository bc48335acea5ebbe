"""What happened to a person is told whole: every kind of fact, of every row that is theirs, and nothing taken back."""

from datetime import UTC, date, datetime

import pytest

from app.ids import new_id
from app.models.medicine import Medicine, MedicineNotice, Voucher, VoucherRedemption
from app.models.outcome import FollowUpAttempt, Outcome
from app.models.person import Consent, ContactAttempt
from app.models.smoking import Relapse
from app.storage.queries.person_timeline import person_timeline
from tests.integration.services.courses import Office

AT = datetime(2026, 3, 3, 22, 30, tzinfo=UTC)


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path)
    yield office
    office.store.close()


def fact(office, entity, /, **fields):
    fields = {"id": new_id(office.clock), "person_id": office.person, "recorded_by": office.actor, **fields}
    office.add(entity(**fields))
    return fields["id"]


def told(office):
    with office.store.session() as reading:
        return [(event.kind, event.text, event.codes) for event in person_timeline(reading, office.person)]


def test_contacts_consents_vouchers_notices_and_outcomes_are_told_newest_first(office):
    fact(office, ContactAttempt, attempted_at=AT, channel="phone", purpose="first_call", outcome="reached")
    fact(office, Consent, kind="sms", answer="given", answered_on=date(2026, 3, 5))
    voucher = fact(office, Voucher, number="7-1", value=50_000, issued_on=date(2026, 3, 6))
    fact(office, VoucherRedemption, voucher_id=voucher, redeemed_on=date(2026, 3, 9), pharmacy="Løven", amount=48_000)
    medicine = new_id(office.clock)
    office.add(
        Medicine(
            id=medicine,
            person_id=office.person,
            name="Clozapin",
            recorded_on=date(2026, 3, 1),
            recorded_by=office.actor,
        )
    )
    fact(
        office, MedicineNotice, medicine_id=medicine, trigger="stop_date", trigger_on=date(2026, 3, 10),
        told_on=date(2026, 3, 10), told_whom="Praksis Vest", consent="given",
    )  # fmt: skip
    fact(office, Outcome, enrolment_id="one", time_point="end", assessed_on=date(2026, 4, 1), smoke_free="yes")
    called_at = datetime(2026, 9, 1, 8, tzinfo=UTC)
    fact(office, FollowUpAttempt, enrolment_id="one", attempted_at=called_at, result="reached")
    assert told(office) == [
        ("follow_up", "phone", ("reached",)),
        ("outcome", "end", ("yes", "")),
        ("medicine_notice", "Clozapin", ("given", "stop_date")),
        ("voucher_used", "7-1", ()),
        ("voucher", "7-1", ()),
        ("consent", "sms", ("given",)),
        ("contact", "first_call", ("phone", "reached")),
    ]


def test_what_stands_under_a_row_that_was_merged_into_the_person_is_told_with_theirs(office):
    duplicate = new_id(office.clock)
    office.merge(duplicate)
    fact(office, Consent, person_id=duplicate, kind="sms", answer="given", answered_on=date(2026, 3, 5))
    assert told(office) == [("consent", "sms", ("given",))]


def test_what_was_corrected_or_taken_back_did_not_happen(office):
    wrong = fact(office, Consent, kind="sms", answer="given", answered_on=date(2026, 3, 5))
    fact(office, Consent, kind="sms", answer="declined", answered_on=date(2026, 3, 5), corrects_id=wrong)
    again = fact(office, Relapse, happened_on=date(2026, 3, 7))
    fact(office, Relapse, happened_on=date(2026, 3, 7), corrects_id=again, taken_back=True)
    cancelled = fact(office, Voucher, number="7-1", value=50_000, issued_on=date(2026, 3, 6))
    fact(office, Voucher, number="7-1", value=0, issued_on=date(2026, 3, 6), corrects_id=cancelled)
    assert told(office) == [("consent", "sms", ("declined",))]


def test_an_evening_stands_on_its_danish_day(office):
    fact(
        office, ContactAttempt, attempted_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC), channel="phone",
        purpose="other", outcome="reached",
    )  # fmt: skip
    with office.store.session() as reading:
        assert [event.on for event in person_timeline(reading, office.person)] == [date(2026, 7, 2)]
