"""Plan, nicotine replacement, vouchers, medicine and bag on the person's page and their own screens: hands and keys."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPlainTextEdit, QPushButton, QWidget
from sqlalchemy import func, select

from app.clock import today
from app.domain.reduction import PlannedStep
from app.domain.vouchers import OverIssue
from app.i18n import use_language
from app.ids import new_id
from app.models.medicine import Medicine, MedicineNotice, PharmacyInvoice, Voucher
from app.models.organisation import ProgrammeVersion
from app.models.person import Person
from app.models.plan import Baseline, NrtPlan, NrtStep, PlanStep, ReductionPlan
from app.models.smoking import Handout, Relapse, StockMovement, StopDate
from app.services.pack_bag import PackBag, pack_bag
from app.storage.queries.medicines import medicine_story
from app.storage.queries.nrt import nrt_story
from app.storage.queries.vouchers import OverIssued, issued_to, voucher_overview
from app.ui.bag.view import BagView
from app.ui.desk import Desk
from app.ui.person.baseline_panel import BaselinePanel
from app.ui.person.events_panel import EventsPanel
from app.ui.person.medicine_panel import MedicinePanel
from app.ui.person.nrt_panel import NrtPanel
from app.ui.person.plan_panel import PlanPanel
from app.ui.person.plan_picture import PlanPicture
from app.ui.person.voucher_panel import VoucherPanel
from app.ui.tasks import TaskRunner
from app.ui.theme import apply_theme
from app.ui.vouchers.view import VouchersView
from invented import accounts
from tests.trial_laptop import CLOCK, COORDINATOR, opened

KEY = Qt.Key
TODAY = today(CLOCK)


class Panel:
    """A panel on an open store, with hands at it."""

    def __init__(self, laptop, qtbot, qapp, user):
        use_language("en")
        apply_theme(qapp, "light", 100)
        self.store = opened(laptop)
        self.tasks = TaskRunner()
        self.owner = QObject()
        self.qtbot = qtbot
        self.failures = []
        self.desk = Desk(
            self.store, tasks=self.tasks, clock=CLOCK, user_id=user.id, user_name=user.name, parent=self.owner
        )
        self.desk.failed.connect(self.failures.append)

    def show(self, factory, person_id=None):
        self.widget = factory(self.desk)
        self.qtbot.addWidget(self.widget)
        self.widget.resize(900, 1400)
        self.widget.show()
        if person_id:
            self.widget.show_person(person_id)
        else:
            self.widget.refresh()
        self.settle()
        return self.widget

    def settle(self):
        QApplication.processEvents()
        self.qtbot.waitUntil(lambda: not self.tasks.is_busy)
        for _ in range(3):
            QApplication.processEvents()
        assert self.failures == []

    def find(self, name, kind=QWidget):
        # What was put in a layout is shown when Qt is back in its loop.
        QApplication.processEvents()
        return next(found for found in self.widget.findChildren(kind, name) if not found.isHidden())

    def click(self, name):
        QTest.mouseClick(self.find(name), Qt.MouseButton.LeftButton)
        self.settle()

    def write(self, name, text):
        field = self.find(name)
        field.setFocus()
        field.clear()
        QTest.keyClicks(field, text)

    def said(self):
        return " ".join(
            label.text() for label in self.widget.findChildren(QWidget) if hasattr(label, "text") and label.isVisible()
        )

    def rows(self, table, *where):
        with self.store.session() as reading:
            return list(reading.scalars(select(table).where(*where).order_by(table.id)))

    def ask(self, question):
        with self.store.session() as reading:
            return question(reading)


@pytest.fixture
def panel(laptop, qtbot, qapp):
    with open_panel(laptop, qtbot, qapp, accounts().users[0]) as panel:
        yield panel


@pytest.fixture
def coordinators_panel(coordinators_laptop, qtbot, qapp):
    with open_panel(coordinators_laptop, qtbot, qapp, accounts().users[COORDINATOR]) as panel:
        yield panel


@contextmanager
def open_panel(laptop, qtbot, qapp, user):
    panel = Panel(laptop, qtbot, qapp, user)
    yield panel
    panel.desk.close()
    panel.tasks.shutdown()
    panel.store.close()


def somebody_with_a_plan(panel):
    with panel.store.session() as reading:
        plan = reading.scalars(
            select(ReductionPlan)
            .where(ReductionPlan.state == "active", ReductionPlan.approach == "small_steps")
            .order_by(ReductionPlan.id.desc())
        ).first()
        return plan.person_id, plan.id


def somebody_without(panel, table):
    with panel.store.session() as reading:
        return reading.scalars(
            select(Person.id).where(Person.id.not_in(select(table.person_id))).order_by(Person.id)
        ).first()


def test_a_step_is_dragged_by_hand_and_saved(panel):
    person, plan = somebody_with_a_plan(panel)
    shown = panel.show(PlanPanel, person)
    picture = shown.picture
    before = picture.steps
    at = picture.place(1)
    QTest.mousePress(picture, Qt.MouseButton.LeftButton, pos=at.toPoint())
    QTest.mouseMove(picture, (at + QPointF(12, 0)).toPoint())
    QTest.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=(at + QPointF(12, 0)).toPoint())
    assert picture.steps[1].due_on > before[1].due_on
    panel.click("plan-save")
    saved = [row.due_on for row in panel.rows(PlanStep, PlanStep.plan_id == plan, PlanStep.state != "dropped")]
    assert sorted(saved) == [step.due_on for step in picture.steps]
    assert saved != [step.due_on for step in before]


def test_a_step_is_moved_by_keys_and_says_in_words_where_it_is(panel):
    person, _plan = somebody_with_a_plan(panel)
    picture = panel.show(PlanPanel, person).picture
    picture.setFocus()
    QTest.keyClick(picture, KEY.Key_PageDown)
    before = picture.steps[1]
    QTest.keyClick(picture, KEY.Key_Right)
    assert picture.steps[1].due_on == before.due_on + timedelta(days=1)
    QTest.keyClick(picture, KEY.Key_Up)
    assert picture.steps[1].target == min(before.target + 1, picture.steps[0].target)
    assert picture.accessibleName().startswith("Step 2 of ")


def test_what_was_dragged_is_taken_back_with_one_click(panel):
    person, _plan = somebody_with_a_plan(panel)
    shown = panel.show(PlanPanel, person)
    before = shown.picture.steps
    shown.picture.setFocus()
    QTest.keyClick(shown.picture, KEY.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert shown.picture.steps != before
    panel.click("plan-cancel")
    assert [step.due_on for step in shown.picture.steps] == [step.due_on for step in before]


def test_a_plan_is_made_from_where_the_person_is_with_a_step_added_and_one_taken_out(panel):
    person = somebody_without(panel, ReductionPlan)
    shown = panel.show(PlanPanel, person)
    panel.click("plan-empty-action")
    count = len(shown.picture.steps)
    panel.click("plan-add-step")
    panel.click("plan-remove-0")
    assert len(shown.picture.steps) == count
    panel.click("plan-save")
    [plan] = panel.rows(ReductionPlan, ReductionPlan.person_id == person)
    assert (plan.approach, plan.state) == ("small_steps", "active")
    assert len(panel.rows(PlanStep, PlanStep.plan_id == plan.id)) == count


def test_a_step_is_written_in_the_person_s_own_words_and_stands_where_its_day_is(panel):
    person, plan = somebody_with_a_plan(panel)
    shown = panel.show(PlanPanel, person)
    before = [step.due_on for step in shown.picture.steps]
    panel.click("plan-word-step")
    panel.click("plan-words-form-submit")
    assert "says nothing yet" in panel.find("plan-words-advice").text()
    panel.write("plan-words", "Ikke i bilen")
    panel.write("plan-words-day", f"{before[0]:%d-%m-%Y}")
    panel.click("plan-words-form-submit")
    assert panel.find("plan-words-day-advice").text()
    between = before[0] + timedelta(days=1)
    panel.write("plan-words-day", f"{between:%d-%m-%Y}")
    panel.click("plan-words-form-submit")
    panel.click("plan-save")
    steps = [row for row in panel.rows(PlanStep, PlanStep.plan_id == plan) if row.state != "dropped"]
    written = next(row for row in steps if row.text == "Ikke i bilen")
    assert (written.target, written.due_on, len(steps)) == (None, between, len(before) + 1)
    assert "Ikke i bilen" in panel.said()


def test_another_way_suggests_other_steps(panel):
    shown = panel.show(PlanPanel, somebody_without(panel, ReductionPlan))
    panel.click("plan-empty-action")
    panel.click("plan-approach-smoke_free_time")
    assert [step.hours for step in shown.picture.steps] == [1, 2, 4, 8, 12, 24]
    panel.click("plan-save")
    assert "2 hours without smoking" in panel.said()


def test_planning_anew_names_the_plan_before_and_speaks_of_no_failure(panel):
    person, plan = somebody_with_a_plan(panel)
    panel.show(PlanPanel, person)
    panel.click("plan-anew")
    panel.click("plan-save")
    newest = panel.rows(ReductionPlan, ReductionPlan.person_id == person, ReductionPlan.state == "active")[-1]
    assert newest.previous_id == plan
    assert "fail" not in panel.said().casefold()


def test_a_decision_about_a_step_is_one_click_and_another_takes_it_back(panel):
    person, plan = somebody_with_a_plan(panel)
    panel.show(PlanPanel, person)
    panel.click("step-0-reached")
    assert "reached" in {row.state for row in panel.rows(PlanStep, PlanStep.plan_id == plan)}
    panel.click("step-0-reached")
    assert "reached" not in {row.state for row in panel.rows(PlanStep, PlanStep.plan_id == plan)}


def test_a_picture_without_a_plan_says_so(qtbot, qapp):
    use_language("en")
    picture = PlanPicture()
    qtbot.addWidget(picture)
    picture.show_plan([], start=0, starts_on=TODAY)
    picture.resize(600, 300)
    picture.show()
    picture.grab()
    assert picture.accessibleName() == "No plan yet"
    picture.show_plan([PlannedStep(TODAY, None, 4)], start=10, starts_on=TODAY)
    picture.grab()
    assert "4 hours" in picture.accessibleName()


def test_stop_date_relapse_and_pause_are_written_and_one_is_taken_back(panel):
    person = somebody_without(panel, StopDate)
    panel.show(EventsPanel, person)
    panel.click("event-stop-date")
    panel.write("stop-on", "08-12-2026")
    panel.click("stop-date-form-submit")
    assert [row.stop_on for row in panel.rows(StopDate, StopDate.person_id == person)] == [date(2026, 12, 8)]
    assert "Holds now" in panel.said()
    before = len(panel.rows(Relapse, Relapse.person_id == person))
    panel.click("event-relapse")
    panel.write("relapse-note", "En fest")
    panel.click("relapse-form-submit")
    assert len(panel.rows(Relapse, Relapse.person_id == person)) == before + 1
    panel.click("event-back-0")
    panel.click("take-back-form-submit")
    assert "A reason is needed" in panel.said()
    panel.write("take-back-reason", "Forkert person")
    panel.click("take-back-form-submit")
    taken = panel.rows(StopDate, StopDate.person_id == person) + panel.rows(Relapse, Relapse.person_id == person)
    assert sum(row.taken_back for row in taken) == 1


def test_a_day_in_the_future_is_refused_beside_its_field(panel):
    panel.show(EventsPanel, somebody_without(panel, StopDate))
    panel.click("event-pause")
    panel.write("began-on", "01-01-2027")
    panel.click("pause-form-submit")
    assert "The day lies in the future." in panel.find("began-on-advice").text()


def somebody_with_weeks_left(panel):
    with panel.store.session() as reading:
        for person in reading.scalars(select(NrtPlan.person_id).order_by(NrtPlan.id.desc())):
            story = nrt_story(reading, person)
            if story.due is not None and len(story.due.portions) == 1:
                return person, story.due
    raise AssertionError


def test_the_next_week_is_handed_out_with_two_clicks_and_taken_back_with_a_reason(panel):
    person, due = somebody_with_weeks_left(panel)
    panel.show(NrtPanel, person)
    assert f"Hand out week {due.week}" in panel.find("nrt-hand-out").text()
    panel.click("nrt-hand-out")
    panel.click("handout-form-submit")
    newest = panel.rows(Handout, Handout.person_id == person)[-1]
    assert (newest.week, newest.product, newest.session_id) == (due.week, due.portions[0].product, None)
    assert f"Hand out week {due.week + 1}" in panel.find("nrt-hand-out").text() or due.week == 12
    panel.click("nrt-take-back-0")
    panel.write("nrt-reason", "Blev glemt på bordet")
    panel.click("nrt-take-back-form-submit")
    assert f"Hand out week {due.week}" in panel.find("nrt-hand-out").text()


def test_batch_expiry_and_price_follow_the_product_that_is_chosen(panel):
    person, due = somebody_with_weeks_left(panel)
    expires_on = TODAY + timedelta(days=400)
    packed = PackBag(product="inhaler-15", quantity=3, batch="NY1", expires_on=expires_on, price=9950)
    with panel.store.unit_of_work(actor=panel.desk.user_id, clock=CLOCK) as work:
        pack_bag(packed, work=work)
    panel.show(NrtPanel, person)
    panel.click("nrt-hand-out")
    box = panel.find("handout-product-0")
    for product, batch, price in (("inhaler-15", "NY1", "99,5"), ("microtab-2", "", "")):
        box.setCurrentIndex(box.findData(product))
        panel.settle()
        assert (panel.find("handout-batch").text(), panel.find("handout-price").text()) == (batch, price)
        assert bool(panel.find("handout-expires").text()) == bool(batch)
    assert due.portions[0].product not in ("inhaler-15", "microtab-2")


def test_a_handout_is_undone_with_one_click_and_a_second_week_of_the_day_is_looked_at_twice(panel):
    person, due = somebody_with_weeks_left(panel)
    shown = panel.show(NrtPanel, person)
    panel.click("nrt-hand-out")
    panel.click("handout-form-submit")
    assert f"Week {due.week} is handed out." in shown.notice.shown_text
    panel.click("nrt-notice-action")
    assert f"Hand out week {due.week}" in panel.find("nrt-hand-out").text()
    panel.click("nrt-hand-out")
    panel.click("handout-form-submit")
    panel.click("nrt-hand-out")
    panel.click("handout-form-submit")
    assert "on the same day" in shown.notice.shown_text or due.week == 12


def test_a_handout_before_the_course_is_refused_beside_the_day_with_the_day_that_would_be_right(panel):
    person, _due = somebody_with_weeks_left(panel)
    panel.show(NrtPanel, person)
    panel.click("nrt-hand-out")
    panel.write("handout-day", "01-01-2020")
    panel.click("handout-form-submit")
    assert "or a later day" in panel.find("handout-day-advice").text()


def test_a_plan_from_a_schedule_with_a_spray_beside_it_is_saved_and_says_what_to_look_at_twice(panel):
    person, _due = somebody_with_weeks_left(panel)
    shown = panel.show(NrtPanel, person)
    panel.click("nrt-plan")
    schedule = panel.find("nrt-schedule", QComboBox)
    schedule.setCurrentIndex(schedule.findData("patch-16h-above-20"))
    panel.settle()
    beside = panel.find("nrt-beside", QComboBox)
    beside.setCurrentIndex(beside.findData("mouth-spray-1"))
    panel.settle()
    assert "at most 32 a day" in panel.said()
    assert "Pregnancy" in panel.said()
    panel.click("nrt-plan-save")
    plan = panel.rows(NrtPlan, NrtPlan.person_id == person)[-1]
    assert (plan.weeks, plan.state) == (12, "active")
    assert plan.previous_id is not None
    assert shown._story.plan.plan_id == plan.id


def test_a_new_plan_has_as_many_weeks_as_the_programme_of_the_course_gives(panel):
    """The number of weekly handouts is a rule of the programme (S3: twelve): another version, another number."""
    person, _due = somebody_with_weeks_left(panel)
    with panel.store.unit_of_work(actor=panel.desk.user_id, clock=CLOCK) as work:
        for version in work.session.scalars(select(ProgrammeVersion)):
            version.rules = {**version.rules, "nrt_weeks": {**NRT_WEEKS, "value": 10}}
        for plan in work.session.scalars(select(NrtPlan).where(NrtPlan.person_id == person)):
            plan.state = "stopped"
        work.commit()
    panel.show(NrtPanel, person)
    panel.click("nrt-plan")
    panel.click("nrt-plan-save")
    assert panel.rows(NrtPlan, NrtPlan.person_id == person)[-1].weeks <= 10
    panel.click("nrt-plan")
    schedule = panel.find("nrt-schedule", QComboBox)
    schedule.setCurrentIndex(schedule.findData("patch-16h-above-20"))
    panel.settle()
    panel.click("nrt-plan-save")
    newest = panel.rows(NrtPlan, NrtPlan.person_id == person)[-1]
    steps = panel.rows(NrtStep, NrtStep.plan_id == newest.id)
    assert (newest.weeks, max(step.to_week for step in steps)) == (10, 10)


NRT_WEEKS = {"unit": "handouts", "source": "own", "valid_from": "2018-01-01"}


def test_a_medicine_is_recognised_while_it_is_typed_and_the_alert_is_answered_once_for_every_change(panel):
    with panel.store.session() as reading:
        people = reading.scalars(
            select(StopDate.person_id).where(StopDate.person_id.not_in(select(Medicine.person_id)))
        )
        person = people.first()
    shown = panel.show(MedicinePanel, person)
    panel.write("medicine-name", "leponxe")
    assert "Clozapine, if Leponex is meant: Before the stop date" in panel.find("medicine-name-advice").text()
    panel.click("medicine-add")
    alerts = panel.ask(lambda reading: medicine_story(reading, person, today=TODAY).alerts)
    assert alerts
    assert {alert.level for alert in alerts} == {"red"}
    panel.click("medicine-told-0")
    panel.click("notice-form-submit")
    assert "Write who was told" in panel.find("notice-whom-advice").text()
    panel.write("notice-whom", "Distriktspsykiatrien")
    panel.click("notice-form-submit")
    assert panel.ask(lambda reading: medicine_story(reading, person, today=TODAY).alerts) == ()
    notices = panel.rows(MedicineNotice, MedicineNotice.person_id == person)
    assert {notice.told_whom for notice in notices} == {"Distriktspsykiatrien"}
    assert len(notices) == len(alerts)
    assert shown._story.alerts == ()


def test_no_medicine_without_a_name(panel):
    panel.show(MedicinePanel, somebody_without(panel, Medicine))
    panel.click("medicine-add")
    assert "The medicine needs a name." in panel.find("medicine-name-advice").text()


def test_a_voucher_too_many_asks_for_the_reason_and_keeps_it(panel):
    with panel.store.session() as reading:
        person = reading.execute(
            select(Voucher.person_id, func.count()).group_by(Voucher.person_id).order_by(func.count().desc())
        ).first()[0]
    panel.show(VoucherPanel, person)
    assert "Nothing is deleted" in panel.said() or panel.widget.findChild(QWidget, "voucher-over") is not None
    before = len(panel.rows(Voucher))
    panel.click("voucher-issue")
    panel.write("voucher-number", "NY-1")
    panel.click("voucher-form-submit")
    assert len(panel.rows(Voucher)) == before
    for _ in range(4):
        panel.write("voucher-form-override", "Aftalt med koordinatoren")
        panel.click("voucher-form-submit")
        if len(panel.rows(Voucher)) > before:
            break
    assert len(panel.rows(Voucher)) == before + 1
    assert "Aftalt med koordinatoren" in panel.said()


def test_a_voucher_says_until_when_it_is_valid_and_never_before_it_was_issued(panel):
    with panel.store.session() as reading:
        person = reading.scalars(
            select(Voucher.person_id).group_by(Voucher.person_id).having(func.count() == 1)
        ).first()
    panel.show(VoucherPanel, person)
    panel.click("voucher-issue")
    panel.write("voucher-number", "NY-2")
    panel.write("voucher-valid", f"{TODAY - timedelta(days=1):%d-%m-%Y}")
    panel.click("voucher-form-submit")
    assert panel.find("voucher-valid-advice").text()
    until = TODAY + timedelta(days=90)
    panel.write("voucher-valid", f"{until:%d-%m-%Y}")
    panel.click("voucher-form-submit")
    if not panel.rows(Voucher, Voucher.number == "NY-2"):
        panel.write("voucher-form-override", "Aftalt med koordinatoren")
        panel.click("voucher-form-submit")
    (issued,) = panel.rows(Voucher, Voucher.number == "NY-2")
    assert issued.valid_until == until


def test_the_value_of_a_voucher_is_offered_with_its_oere_and_one_too_large_is_told_as_that(panel):
    with panel.store.unit_of_work(actor="c", clock=CLOCK) as work:
        for version in work.session.scalars(select(ProgrammeVersion)):
            if "voucher_value" in version.rules:
                rule = {**version.rules["voucher_value"], "value": 22_550}
                version.rules = {**version.rules, "voucher_value": rule}
        work.commit()
    panel.show(VoucherPanel, panel.rows(Voucher)[0].person_id)
    panel.click("voucher-issue")
    assert panel.find("voucher-value").text() == "225,50"
    panel.write("voucher-value", "99999999")
    panel.click("voucher-form-submit")
    assert panel.find("voucher-value-advice").text().startswith("The amount is too large.")


def test_a_voucher_number_that_was_used_is_refused_beside_its_field(panel):
    used = panel.rows(Voucher)[0]
    panel.show(VoucherPanel, used.person_id)
    panel.click("voucher-issue")
    panel.write("voucher-number", used.number.lower().replace("-", " "))
    panel.click("voucher-form-submit")
    assert "was used on" in panel.find("voucher-number-advice").text()


def test_the_base_form_fills_its_fourth_question_and_reckons_while_it_is_answered(panel):
    person = somebody_without(panel, Baseline)
    panel.show(BaselinePanel, person)
    if panel.widget.findChild(QPushButton, "baseline-empty-action"):
        panel.click("baseline-empty-action")
    panel.write("baseline-products-cigarettes", "25")
    box = panel.find("baseline-ftnd_4", QComboBox)
    assert box.currentText() == "21 to 30"
    first = panel.find("baseline-ftnd_1", QComboBox)
    first.setCurrentIndex(first.findData("within_5"))
    assert "HSI 5 of 6, high" in panel.find("baseline-score").text()
    for no_number in ("²", "9" * 400):
        panel.write("baseline-readiness-number", no_number)
        panel.click("baseline-form-submit")
        assert "number" in panel.find("baseline-readiness-advice").text()
    panel.write("baseline-readiness-number", "11")
    panel.click("baseline-form-submit")
    assert "from 0 to 10" in panel.find("baseline-readiness-advice").text()
    panel.write("baseline-readiness-number", "8")
    panel.click("baseline-form-submit")
    [form] = panel.rows(Baseline, Baseline.person_id == person)
    assert form.answers["products"]["value"] == {"cigarettes": 25.0}
    assert form.answers["education"] == {"answer": "not_asked", "value": None}


def test_a_base_form_of_a_newer_version_is_never_written_over_with_the_first_answers(panel):
    person = somebody_without(panel, Baseline)
    newer = {
        "ftnd_1": {"answer": "given", "value": "before_waking"},
        "education": {"answer": "given", "value": "folkeskole"},
        "future": {"answer": "given", "value": "bright"},
    }
    actor = accounts().users[0].id
    with panel.store.unit_of_work(actor=actor, clock=CLOCK) as work:
        work.session.add(
            Baseline(
                id=new_id(CLOCK), person_id=person, form_version=2, filled_on=TODAY, answers=newer, recorded_by=actor
            )
        )
        work.commit()
    panel.show(BaselinePanel, person)
    panel.click("baseline-correct")
    assert panel.find("baseline-ftnd_1", QComboBox).placeholderText() == "Something else"
    panel.write("baseline-reason", "Slip")
    panel.click("baseline-form-submit")
    assert "one of the answers" in panel.find("baseline-ftnd_1-advice").text()
    [form] = panel.rows(Baseline, Baseline.person_id == person)
    assert form.answers == newer


def test_the_bag_is_packed_counted_and_a_difference_explained_on_its_line(panel):
    view = panel.show(BagView)
    panel.click("bag-pack")
    panel.write("pack-quantity", "5")
    panel.click("pack-form-submit")
    assert 5 in {row.quantity for row in panel.rows(StockMovement)}
    panel.click("bag-count")
    product, line = next(iter(view._counting.items()))
    line.counted.setValue(line.counted.value() - 1)
    panel.click("bag-count-save")
    assert "choose a reason" in panel.said()
    reason = panel.find(f"count-reason-{product}", QComboBox)
    reason.setCurrentIndex(reason.findData("broken"))
    panel.click("bag-count-save")
    moved = {(row.product, row.quantity, row.kind, row.reason) for row in panel.rows(StockMovement)}
    assert (product, -1, "explained", "broken") in moved
    assert "1 difference explained." in view.notice.shown_text

    def said_of_moves():
        around = view._moves.parentWidget().findChildren(QWidget)
        return next(part for part in around if view._moves.indexOf(part) == 0).findChildren(QLabel)

    before = len(said_of_moves())
    view._moves_search.setText("broken")
    assert 0 < len(said_of_moves()) < before


def test_a_pasted_invoice_is_read_while_it_is_written_and_matched_by_number(coordinators_panel, tmp_path):
    panel = coordinators_panel
    number = panel.rows(Voucher, Voucher.value > 0)[-1].number
    view = panel.show(VouchersView)
    lines = panel.find("invoice-lines", QPlainTextEdit)
    lines.setPlainText(f"{number};225,00;23-11-2026\nukendt;225")
    assert "2 lines" in panel.find("invoice-said").text()
    panel.write("invoice-pharmacy", "Løveapoteket")
    panel.click("invoice-save")
    assert "The invoice needs its number." in panel.find("invoice-number-advice").text()
    panel.write("invoice-number", "F-77")
    panel.click("invoice-save")
    assert panel.rows(PharmacyInvoice)[-1].number == "F-77"
    assert "1 line to ask about" in view.notice.shown_text
    file = tmp_path / "faktura.csv"
    file.write_bytes("Nummer;Beløb\nB-1;199,50\n".encode("cp1252"))
    view.entry.read_file(file)
    assert "1 line" in panel.find("invoice-said").text()
    view.entry.read_file(tmp_path / "nothing.csv")
    assert "cannot be read" in panel.find("invoice-said").text()
    lines.setPlainText("A1;225\nA2;abc\nA3;1;x")
    assert "the amount cannot be read" in panel.find("invoice-said").text()


def test_people_with_a_voucher_too_many_are_a_dozen_and_the_next_when_asked(coordinators_panel):
    panel = coordinators_panel
    view = panel.show(VouchersView)
    person_id = panel.rows(Voucher, Voucher.value > 0)[0].person_id
    issued = tuple(panel.ask(lambda reading: issued_to(reading, person_id)))
    over = OverIssue(TODAY, TODAY, issued, allowed=0)
    many = tuple(OverIssued(f"person-{number:02d}", f"Person {number:02d}", over) for number in range(15))
    view._show(replace(panel.ask(voucher_overview), over=many))
    panel.settle()
    shown = [link.text() for link in view.findChildren(QPushButton) if link.objectName().startswith("over-person")]
    assert shown == [found.name for found in many[:12]]
    more = view.findChild(QPushButton, "voucher-reported-more")
    assert "3" in more.text()
    panel.click("voucher-reported-more")
    assert panel.find("over-person-14").text() == "Person 14"
