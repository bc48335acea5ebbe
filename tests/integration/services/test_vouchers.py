from datetime import date, timedelta

import pytest

from app.errors import RuleRefusal
from app.ids import natural_id, new_id
from app.models.course import Attendance, Course, Enrolment
from app.models.medicine import Voucher, VoucherRedemption
from app.models.organisation import ProgrammeVersion
from app.models.person import ContactAttempt, RuleOverride
from app.models.smoking import Measurement
from app.services.issue_voucher import (
    CancelVoucher,
    IssueVoucher,
    RedeemVoucher,
    cancel_voucher,
    issue_voucher,
    redeem_voucher,
)
from app.services.record_invoice import LineWanted, RecordInvoice, record_invoice
from app.storage.queries.papers import open_vouchers
from app.storage.queries.vouchers import voucher_overview, voucher_story
from invented.cooperation import preset
from tests.integration.services.courses import TODAY, Office


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path, programme="roegfri_paa_tvaers")
    smokes(office, 20.0)
    yield office
    office.store.close()


def smokes(office, value, on=date(2026, 9, 2)):
    office.add(
        Measurement(
            id=new_id(office.clock), person_id=office.person, kind="cigarettes_per_day", value=value, measured_on=on,
            recorded_by=office.actor,
        )
    )  # fmt: skip


def issue(office, number, on=TODAY, **more):
    more = {"session_id": office.session} | more
    return office.do(issue_voucher, IssueVoucher(person_id=office.person, number=number, issued_on=on, **more))


def story(office, today=TODAY):
    return office.ask(voucher_story, office.person, today=today, user_id=office.actor)


def refused(office, code, number="A-9", **more):
    with pytest.raises(RuleRefusal, match=code) as refusal:
        issue(office, number, **more)
    return refusal.value.parameters


def test_four_vouchers_of_225_kroner_and_not_a_fifth(office):
    for number in range(4):
        issue(office, f"A-{number:03}")
    found = story(office)
    assert ([row.value for row in found.vouchers], found.left) == ([22500] * 4, 0)
    assert refused(office, "voucher-none-left")["overridable"] is True
    assert len(office.rows(Voucher)) == 4


def test_a_block_is_overridden_with_a_reason_that_stays_in_the_history(office):
    parameters = refused(office, "voucher-needs-contact", session_id=None)
    assert (parameters["source"], parameters["field"]) == ("S2", "contact")
    issued = issue(office, "A-1", session_id=None, override_reason="Glemt ved mødet i går")
    [override] = office.rows(RuleOverride)
    assert (override.rule, override.subject_id, override.reason) == (
        "voucher_needs_contact",
        issued.voucher_id,
        "Glemt ved mødet i går",
    )
    assert story(office).vouchers[0].override_reason == "Glemt ved mødet i går"


def test_who_smoked_fifteen_at_the_start_is_below_the_threshold_and_who_came_down_since_is_not(tmp_path):
    office = Office(tmp_path, programme="roegfri_paa_tvaers")
    refused(office, "voucher-smoking-unknown")
    smokes(office, 15.0)
    refused(office, "voucher-smokes-too-little")
    office.store.close()
    other = Office(tmp_path / "other", programme="roegfri_paa_tvaers")
    smokes(other, 25.0)
    smokes(other, 5.0, on=TODAY)
    issue(other, "B-1")
    other.store.close()


def test_a_number_used_twice_is_refused_beside_its_field_however_it_is_written(office):
    issue(office, "A-001")
    parameters = refused(office, "voucher-number-used", number="a 001")
    assert (parameters["field"], parameters["day"]) == ("number", TODAY)


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("voucher-needs-number", {"number": " - "}),
        ("future-date", {"on": TODAY + timedelta(days=1)}),
        ("voucher-before-enrolment", {"on": date(2026, 8, 31)}),
        ("voucher-without-value", {"value": 0}),
        ("voucher-ends-before-issue", {"valid_until": TODAY - timedelta(days=1)}),
        ("voucher-value-above", {"value": 30000}),
    ],
)
def test_a_voucher_that_cannot_be_is_refused(office, code, more):
    refused(office, code, **more)
    assert office.rows(Voucher) == []


def test_a_course_whose_programme_has_no_vouchers_gives_none(tmp_path):
    office = Office(tmp_path)
    refused(office, "no-voucher-programme")
    assert story(office).terms is None
    office.store.close()


def beside(office, programme, joined_on):
    """Let the person join a second course, under another programme."""
    fields = preset(programme)
    version, course = new_id(office.clock), new_id(office.clock)
    enrolment = natural_id("enrolment", office.person, course)
    office.add(
        ProgrammeVersion(
            id=version, key=fields["key"], name=fields["name"], valid_from=date(2026, 1, 1), rules=fields["rules"]
        ),
        Course(
            id=course, team_id=office.team, place_id=office.place, delivering_municipality_id=office.team,
            programme_version_id=version, title="Havnen", format="group", starts_on=joined_on,
        ),
        Enrolment(id=enrolment, person_id=office.person, course_id=course, joined_on=joined_on),
    )  # fmt: skip
    return enrolment


def test_who_is_on_another_course_too_whose_programme_has_no_vouchers_keeps_those_of_the_first(office):
    second = beside(office, "faa_hjaelp_til_rygestop", TODAY - timedelta(days=7))
    for number in range(5):
        issue(office, f"A-{number}", override_reason="" if number < 4 else "Én for meget")
    assert {row.enrolment_id for row in office.rows(Voucher)} == {office.enrolment}
    found = story(office)
    assert (found.terms.number, found.left, found.enrolment_id) == (4, 0, office.enrolment)
    assert [over.over.allowed for over in office.ask(voucher_overview).over] == [4]
    # Over where the first course is: what goes on has none.
    with office.work() as work:
        work.session.get(Enrolment, office.enrolment).left_on = TODAY - timedelta(days=1)
        work.commit()
    assert (story(office).terms, story(office).enrolment_id) == (None, second)
    refused(office, "no-voucher-programme")


def test_a_voucher_of_a_day_before_a_second_course_belongs_to_the_first(office):
    second = beside(office, "roegfri_paa_tvaers", TODAY)
    issue(office, "A-1", on=TODAY - timedelta(days=1))
    issue(office, "A-2")
    assert [row.enrolment_id for row in office.rows(Voucher)] == [office.enrolment, second]


def test_a_cancelled_voucher_gives_its_place_back_and_stays_in_the_history(office):
    issued = issue(office, "A-1")
    with pytest.raises(RuleRefusal, match="reason-missing"):
        office.do(cancel_voucher, CancelVoucher(issued.voucher_id, ""))
    office.do(cancel_voucher, CancelVoucher(issued.voucher_id, "Revet i stykker"))
    found = story(office)
    assert (found.vouchers, found.left, found.cancelled[0].override_reason) == ((), 4, "Revet i stykker")
    with pytest.raises(RuleRefusal, match="corrected-already"):
        office.do(cancel_voucher, CancelVoucher(issued.voucher_id, "igen"))
    with pytest.raises(RuleRefusal, match="no-such-fact"):
        office.do(cancel_voucher, CancelVoucher("nothing", "igen"))


def test_a_voucher_is_redeemed_once_for_at_most_its_value(office):
    issued = issue(office, "A-1")
    for command, code in (
        (RedeemVoucher(voucher_id=issued.voucher_id, redeemed_on=TODAY, amount=22501), "redeemed-above-value"),
        (RedeemVoucher(voucher_id=issued.voucher_id, redeemed_on=date(2026, 11, 1), amount=1), "redeemed-before-issue"),
        (RedeemVoucher(voucher_id=issued.voucher_id, redeemed_on=date(2027, 1, 1), amount=1), "future-date"),
    ):
        with pytest.raises(RuleRefusal, match=code):
            office.do(redeem_voucher, command)
    office.do(
        redeem_voucher,
        RedeemVoucher(voucher_id=issued.voucher_id, redeemed_on=TODAY, amount=19950, pharmacy="Løveapoteket"),
    )
    row = story(office).vouchers[0]
    assert (row.redeemed, row.pharmacy) == (19950, "Løveapoteket")
    for use_case, command in (
        (redeem_voucher, RedeemVoucher(voucher_id=issued.voucher_id, redeemed_on=TODAY, amount=1)),
        (cancel_voucher, CancelVoucher(issued.voucher_id, "fejl")),
    ):
        with pytest.raises(RuleRefusal, match="voucher-redeemed"):
            office.do(use_case, command)


def synced(office, number, on=TODAY, person=None):
    """A voucher that a colleague's laptop issued while it was apart."""
    office.add(
        Voucher(
            id=new_id(office.clock), person_id=person or office.person, number=number, value=22500, issued_on=on,
            session_id=office.session, recorded_by=new_id(office.clock),
        )
    )  # fmt: skip


def test_an_over_issue_found_after_two_laptops_met_is_reported_and_nothing_is_deleted(office):
    for number in range(3):
        issue(office, f"A-{number}")
    for number in range(2):
        synced(office, f"B-{number}")
    [over] = story(office).over
    assert (len(over.vouchers), over.allowed) == (5, 4)
    [listed] = office.ask(voucher_overview).over
    assert (listed.person_id, listed.name, len(listed.over.vouchers)) == (office.person, "Kaptajnen", 5)
    assert len(office.rows(Voucher)) == 5


def test_the_vouchers_of_a_merged_duplicate_count_for_the_person(office):
    duplicate = new_id(office.clock)
    office.merge(duplicate)
    for number in range(3):
        synced(office, f"B-{number}", person=duplicate)
    issue(office, "A-1")
    refused(office, "voucher-none-left")
    synced(office, "B-9")
    assert [over.person_id for over in office.ask(voucher_overview).over] == [office.person]


def test_a_number_used_on_two_laptops_is_reported_after_they_met(office):
    issue(office, "A-1")
    synced(office, "a1")
    assert story(office).twice == ("A1",)
    [twice] = office.ask(voucher_overview).twice
    assert (twice.number, len(twice.vouchers)) == ("A1", 2)


def test_contacts_of_late_are_offered_newest_first(office):
    office.add(
        Attendance(
            id=natural_id("attendance", office.enrolment, office.session), person_id=office.person,
            enrolment_id=office.enrolment, session_id=office.session, status="present",
        ),
        *(
            ContactAttempt(
                id=new_id(office.clock), person_id=office.person, attempted_at=office.clock.now() - timedelta(days),
                channel="phone", purpose="other", outcome=outcome, recorded_by=office.actor,
            )
            for days, outcome in ((1, "reached"), (2, "not_reached"), (40, "reached"))
        ),
    )  # fmt: skip
    assert [(contact.kind, contact.on) for contact in story(office).contacts] == [
        ("session", TODAY),
        ("contact_attempt", TODAY - timedelta(days=1)),
    ]


def test_the_next_number_follows_the_last_one_and_passes_over_those_that_are_taken(office):
    assert story(office).next_number == ""
    issue(office, "HV-0009")
    synced(office, "HV-0010")
    assert story(office).next_number == "HV-0011"
    issue(office, "uden tal")
    assert story(office).next_number == ""


def invoice(office, *lines, total=None, number="F1", **more):
    command = RecordInvoice(
        pharmacy="Løveapoteket",
        number=number,
        invoiced_on=TODAY,
        total=sum(line.amount for line in lines) if total is None else total,
        lines=lines,
        **more,
    )
    return office.do(record_invoice, command)


def test_an_invoice_redeems_what_fits_and_lists_what_does_not(office):
    issue(office, "A-1")
    issue(office, "A-2")
    done = invoice(office, LineWanted("A1", 22500), LineWanted("A-2", 25000), LineWanted("Z-9", 22500), total=80000)
    assert (done.redeemed, done.differing) == (1, 2)
    [row] = office.ask(voucher_overview).invoices
    assert [matched.differences for matched in row.reconciliation.lines] == [
        (),
        ("amount_above_value",),
        ("unknown_number",),
    ]
    assert (row.reconciliation.accepted, row.reconciliation.sum_differs) == (22500, 10000)
    [redeemed] = office.rows(VoucherRedemption)
    assert (redeemed.amount, redeemed.pharmacy) == (22500, "Løveapoteket")


def test_the_same_voucher_on_a_second_invoice_differs_and_is_not_redeemed_again(office):
    issue(office, "A-1")
    invoice(office, LineWanted("A-1", 20000))
    again = invoice(office, LineWanted("A-1", 20000), number="F2")
    assert (again.redeemed, again.differing) == (0, 1)
    overview = office.ask(voucher_overview)
    assert [row.number for row in overview.invoices] == ["F2", "F1"]
    assert overview.redeemed_value == 20000
    assert len(office.rows(VoucherRedemption)) == 1


def test_of_a_voucher_that_the_counsellor_marked_as_used_the_invoice_has_the_last_word(office):
    issued = issue(office, "A-1")
    office.do(redeem_voucher, RedeemVoucher(voucher_id=issued.voucher_id, redeemed_on=TODAY, amount=15000))
    assert invoice(office, LineWanted("A-1", 22500)).redeemed == 0
    noted, charged = office.rows(VoucherRedemption)
    assert (charged.corrects_id, charged.amount, charged.reason) == (noted.id, 22500, "Løveapoteket F1")
    assert story(office).vouchers[0].redeemed == office.ask(voucher_overview).redeemed_value == 22500


def test_a_voucher_whose_last_day_has_passed_is_not_printed_again(office):
    issue(office, "A-1", on=TODAY - timedelta(days=9), valid_until=TODAY - timedelta(days=1))
    assert office.ask(open_vouchers, office.person, today=TODAY) == ()
    assert len(office.ask(open_vouchers, office.person, today=TODAY - timedelta(days=1))) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pharmacy": " "}, "invoice-needs-pharmacy"),
        ({"number": ""}, "invoice-needs-number"),
        ({"invoiced_on": TODAY + timedelta(days=1)}, "future-date"),
        ({"lines": ()}, "invoice-without-lines"),
        ({"lines": (LineWanted("", 1),)}, "line-without-number"),
        ({"lines": (LineWanted("A", 0),)}, "line-out-of-range"),
    ],
)
def test_an_invoice_that_cannot_be_is_refused(office, changes, code):
    asked = {
        "pharmacy": "Løveapoteket", "number": "F1", "invoiced_on": TODAY, "total": 1, "lines": (LineWanted("A", 1),),
    } | changes  # fmt: skip
    with pytest.raises(RuleRefusal, match=code):
        office.do(record_invoice, RecordInvoice(**asked))


def test_an_invoice_is_entered_once(office):
    invoice(office, LineWanted("A-1", 1))
    with pytest.raises(RuleRefusal, match="invoice-known"):
        invoice(office, LineWanted("A-1", 1))
