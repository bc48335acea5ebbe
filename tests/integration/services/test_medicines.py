from datetime import timedelta

import pytest

from app.errors import RuleRefusal
from app.ids import new_id
from app.models.course import Enrolment
from app.models.medicine import Medicine, MedicineNotice
from app.models.smoking import Measurement
from app.services.record_medicine import (
    ChangeMedicine,
    RecordMedicine,
    TakeBackNotice,
    TellPrescriber,
    change_medicine,
    record_medicine,
    take_back_notice,
    tell_prescriber,
)
from app.services.record_smoking import RecordRelapse, RecordStopDate, record_relapse, record_stop_date
from app.storage.queries.medicines import medicine_story
from tests.integration.services.courses import TODAY

WEEK = timedelta(weeks=1)


def takes(office, name="Leponex 100 mg", **more):
    return office.do(record_medicine, RecordMedicine(person_id=office.person, name=name, **more))


def alerts(office):
    return [
        (alert.substance, alert.level, alert.trigger)
        for alert in office.ask(medicine_story, office.person, today=TODAY).alerts
    ]


def stop(office, on=TODAY + WEEK):
    office.do(record_stop_date, RecordStopDate(person_id=office.person, stop_on=on, agreed_on=TODAY))


def tell(office, medicine_id="", **changes):
    asked = {
        "medicine_id": medicine_id, "trigger": "stop_date", "trigger_on": TODAY + WEEK, "told_on": TODAY,
        "consent": "given", "told_whom": "Distriktspsykiatrien",
    } | changes  # fmt: skip
    return office.do(tell_prescriber, TellPrescriber(**asked))


def test_a_medicine_by_its_trade_name_gives_an_alert_when_a_stop_date_is_agreed(office):
    assert takes(office).substance == "clozapine"
    assert alerts(office) == []
    stop(office)
    assert alerts(office) == [("clozapine", "red", "stop_date")]


def test_telling_the_prescriber_answers_the_alert_until_smoking_changes_again(office):
    medicine = takes(office).medicine_id
    stop(office)
    tell(office, medicine)
    assert alerts(office) == []
    office.do(record_relapse, RecordRelapse(person_id=office.person, happened_on=TODAY))
    assert alerts(office) == [("clozapine", "red", "relapse")]
    [notice] = office.ask(medicine_story, office.person, today=TODAY).notices
    assert (notice.medicine, notice.told_whom, notice.consent) == ("Leponex 100 mg", "Distriktspsykiatrien", "given")


def test_a_declined_notice_answers_the_alert_and_names_nobody(office):
    medicine = takes(office).medicine_id
    stop(office)
    tell(office, medicine, consent="declined")
    assert alerts(office) == []
    assert [row.told_whom for row in office.rows(MedicineNotice)] == [""]


def test_a_notice_that_never_was_is_taken_back_and_the_alert_stands_again(office):
    medicine = takes(office).medicine_id
    stop(office)
    notice = tell(office, medicine).notice_id
    with pytest.raises(RuleRefusal, match="reason-missing"):
        office.do(take_back_notice, TakeBackNotice(notice, " "))
    office.do(take_back_notice, TakeBackNotice(notice, "Ringede forgæves"))
    assert len(alerts(office)) == 1
    for notice_id, code in ((notice, "corrected-already"), ("nothing", "no-such-fact")):
        with pytest.raises(RuleRefusal, match=code):
            office.do(take_back_notice, TakeBackNotice(notice_id, "x"))


def test_a_large_reduction_being_smoke_free_and_leaving_are_told_too(office):
    takes(office, "Serenase")
    office.add(
        *(
            Measurement(
                id=new_id(office.clock), person_id=office.person, kind="cigarettes_per_day", value=value,
                measured_on=TODAY - weeks * WEEK, recorded_by=office.actor,
            )
            for weeks, value in ((3, 20.0), (2, 9.0), (1, 0.0))
        )
    )  # fmt: skip
    with office.work() as work:
        work.session.get(Enrolment, office.enrolment).left_on = TODAY
        work.commit()
    assert alerts(office) == [
        ("haloperidol", "amber", "reduction"),
        ("haloperidol", "amber", "smoke_free"),
        ("haloperidol", "amber", "closure"),
    ]


def test_a_misspelling_is_recognised_and_says_so_and_the_two_may_say_what_it_is(office):
    medicine = takes(office, "leponxe").medicine_id
    takes(office, "den blå pille")
    rows = {
        row.name: (row.substance, row.guess) for row in office.ask(medicine_story, office.person, today=TODAY).medicines
    }
    assert rows == {"leponxe": ("clozapine", "Leponex"), "den blå pille": ("", "")}
    office.do(change_medicine, ChangeMedicine(medicine_id=medicine, substance="olanzapine", prescriber="Dr. Lund"))
    [row] = office.rows(Medicine, Medicine.id == medicine)
    assert (row.substance, row.prescriber) == ("olanzapine", "Dr. Lund")
    # A newer version may know a substance that this one does not.
    with office.store.unit_of_work(actor=office.actor, clock=office.clock) as work:
        work.session.get(Medicine, medicine).substance = "newsubstance"
        work.commit()
    office.do(change_medicine, ChangeMedicine(medicine_id=medicine, substance="newsubstance", prescriber="Dr. Holm"))
    [row] = office.rows(Medicine, Medicine.id == medicine)
    assert (row.substance, row.prescriber) == ("newsubstance", "Dr. Holm")


def test_a_medicine_that_was_stopped_before_gives_no_alert(office):
    medicine = takes(office, started_on=TODAY - 9 * WEEK).medicine_id
    office.do(change_medicine, ChangeMedicine(medicine_id=medicine, stopped_on=TODAY - WEEK))
    stop(office)
    assert alerts(office) == []
    with pytest.raises(RuleRefusal, match="medicine-ends-before-it-begins"):
        office.do(change_medicine, ChangeMedicine(medicine_id=medicine, stopped_on=TODAY - 10 * WEEK))


def test_what_cannot_be_is_refused(office):
    medicine = takes(office).medicine_id
    later = TODAY + WEEK
    refused = [
        (record_medicine, RecordMedicine(person_id="nobody", name="x"), "no-such-person"),
        (record_medicine, RecordMedicine(person_id=office.person, name=" "), "medicine-needs-name"),
        (record_medicine, RecordMedicine(person_id=office.person, name="x" * 201), "name-too-long"),
        (record_medicine, RecordMedicine(person_id=office.person, name="x", started_on=later), "future-date"),
        (record_medicine, RecordMedicine(person_id=office.person, name="x", substance="hay"), "unknown-substance"),
        (change_medicine, ChangeMedicine(medicine_id="nothing"), "no-such-medicine"),
        (change_medicine, ChangeMedicine(medicine_id=medicine, stopped_on=later), "future-date"),
        (change_medicine, ChangeMedicine(medicine_id=medicine, substance="hay"), "unknown-substance"),
    ]
    for use_case, command, code in refused:
        with pytest.raises(RuleRefusal, match=code):
            office.do(use_case, command)
    for changes, code in (
        ({"medicine_id": "nothing"}, "no-such-medicine"),
        ({"consent": "perhaps"}, "unknown-answer"),
        ({"trigger": "full_moon"}, "unknown-answer"),
        ({"told_on": later}, "future-date"),
        ({"told_whom": " "}, "told-whom-missing"),
    ):
        with pytest.raises(RuleRefusal, match=code):
            tell(office, **({"medicine_id": medicine} | changes))
    assert office.rows(MedicineNotice) == []
