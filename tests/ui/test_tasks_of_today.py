"""The list of what is due, through the real window: what is noted leaves the list, and can be taken back."""

from collections import Counter
from threading import Event

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget
from sqlalchemy import select

from app.clock import today
from app.domain.place_cycle import VISIT_STEPS
from app.domain.tasks import Kind, Urgency
from app.models.organisation import PlaceCycleStep, TeamTaskState
from app.models.person import ContactAttempt, Referral, TaskState
from app.storage.queries.tasks import due_and_papers
from app.ui.contact.task_row import TaskRowView, settling
from app.ui.today import tasks_panel
from app.ui.today.tasks_panel import PaperLine, TasksPanel
from tests.trial_laptop import CLOCK, PASSPHRASE


def panel(day):
    day.wait(lambda: day.pusterum.window.findChild(TasksPanel), "the panel")
    found = day.pusterum.window.findChild(TasksPanel)
    day.wait(lambda: found.findChildren(TaskRowView), "the tasks")
    day.settle()
    return found


def rows(day, kind=None):
    shown = [row for row in panel(day).findChildren(TaskRowView) if not row.isHidden()]
    return [row for row in shown if kind is None or row.row.task.kind is kind]


def show_more_until(day, wanted):
    """Ask for more until what is wanted is there, and return it."""
    day.click("tasks-more")
    while not (found := wanted()):
        day.click("tasks-entries-more")
    return found


def stored(day, table):
    day.settle()
    with day.pusterum.store.session() as session:
        return list(session.scalars(select(table)))


def test_what_is_late_comes_first_and_every_task_says_who_asks_for_it(day):
    found = rows(day)
    urgencies = [row.row.task.urgency(today(CLOCK)) for row in found]
    assert urgencies[0] is Urgency.OVERDUE
    for row in found:
        assert day.find(f"asked-by-{row.row.task.key}").text()


def say_reached(day, key):
    box = day.find(f"attempt-{key}-outcome", QComboBox)
    box.setCurrentIndex(box.findData("reached"))


def test_a_call_is_noted_from_the_list_with_its_checklist_and_the_task_is_gone(day):
    row = rows(day, Kind.FIRST_CALL)[0]
    key, person = row.row.task.key, row.row.task.person_id
    before = len(stored(day, ContactAttempt))
    row.record()
    day.find(f"attempt-{key}-topic-motivation").setChecked(True)
    day.click(f"attempt-{key}-result-accepted")
    day.click(f"attempt-{key}-form-submit")
    assert day.find(f"attempt-{key}-outcome-advice").text() == "Choose how it ended."
    assert len(stored(day, ContactAttempt)) == before
    say_reached(day, key)
    day.click(f"attempt-{key}-form-submit")
    day.wait(lambda: len(stored(day, ContactAttempt)) == before + 1, "the fact")
    attempt = max(stored(day, ContactAttempt), key=lambda fact: fact.id)
    assert (attempt.person_id, attempt.purpose, attempt.topics) == (person, "first_call", ["motivation"])
    referral = next(found for found in stored(day, Referral) if found.id == row.row.task.referral_id)
    assert referral.state == "accepted"
    day.wait(lambda: all(shown.row.task.key != key for shown in rows(day)), "the task to go")


def test_a_task_is_put_off_and_taken_back(day):
    row = rows(day)[0]
    key = row.row.task.key
    row.decide("done")
    day.wait(lambda: all(shown.row.task.key != key for shown in rows(day)), "the task to go")
    day.click("tasks-notice-action")
    day.wait(lambda: any(shown.row.task.key == key for shown in rows(day)), "the task to come back")
    assert [state.state for state in stored(day, TaskState)] == ["open"]


def test_leaving_a_task_undone_needs_a_reason_beside_the_field(day):
    row = rows(day)[0]
    key = row.row.task.key
    row.dismiss()
    day.click(f"dismiss-{key}-submit")
    day.wait(lambda: "reason" in day.find(f"dismiss-{key}-reason-advice").text(), "the sentence")
    day.find(f"dismiss-{key}-reason").setText("Flyttet til Jylland")
    day.click(f"dismiss-{key}-submit")
    day.wait(lambda: stored(day, TaskState), "the decision")
    assert stored(day, TaskState)[0].reason == "Flyttet til Jylland"


def test_what_is_being_typed_stays_when_the_list_is_computed_anew(day):
    row = rows(day, Kind.FIRST_CALL)[0]
    row.record()
    note = day.find(f"attempt-{row.row.task.key}-note")
    note.setText("Ringer igen fredag")
    panel(day).refresh()
    day.settle()
    assert day.find(f"attempt-{row.row.task.key}-note") is note
    assert note.text() == "Ringer igen fredag"


def test_a_whole_session_is_reminded_at_once(day):
    task = next(row.task for row in panel(day)._due.rows if row.task.kind is Kind.REMINDER)
    show_more_until(day, lambda: panel(day).findChildren(QPushButton, f"reminders-{task.session_id}-all"))
    expected = sum(row.task.session_id == task.session_id for row in panel(day)._due.rows)
    before = len(stored(day, ContactAttempt))
    day.click(f"reminders-{task.session_id}-all")
    day.wait(lambda: len(stored(day, ContactAttempt)) > before, "the facts")
    new = sorted(stored(day, ContactAttempt), key=lambda fact: fact.id)[before:]
    assert len(new) >= 1
    assert {fact.purpose for fact in new} == {"reminder"}
    assert {fact.session_id for fact in new} == {task.session_id}
    assert expected >= len(new)


def test_a_text_message_is_copied_only_for_those_who_agreed_and_says_nothing_of_smoking(day):

    def texted():
        called = [row for row in rows(day) if row.row.task.purpose and row.row.task.kind is not Kind.MEDICINE]
        return next((row for row in called if row.row.may_text), None)

    texting = show_more_until(day, texted)
    day.click(f"copy-{texting.row.task.key}")
    said = QGuiApplication.clipboard().text()
    assert texting.row.name.split(" ")[0] in said
    assert "smok" not in said.lower()
    silent = next(row for row in rows(day) if not row.row.may_text)
    assert silent.findChild(object, f"copy-{silent.row.task.key}") is None


def test_a_step_at_a_place_is_done_from_the_list_and_taken_back(day):
    def without_a_visit():
        return [row for row in rows(day, Kind.PLACE_STEP) if row.row.task.detail("step") not in VISIT_STEPS]

    row = show_more_until(day, without_a_visit)[0]
    key, step = row.row.task.key, row.row.task.detail("step_id")
    assert row.row.phone in row.findChild(QWidget, f"dial-{key}").accessibleName(), "the place can be called"
    day.click(f"done-{key}")
    day.wait(lambda: all(shown.row.task.key != key for shown in rows(day)), "the step to go")
    (noted,) = [found for found in stored(day, PlaceCycleStep) if found.id == step]
    assert (noted.state, noted.done_on) == ("done", today(CLOCK))
    day.click("tasks-notice-action")
    day.wait(lambda: any(shown.row.task.key == key for shown in rows(day)), "the step to come back")
    (noted,) = [found for found in stored(day, PlaceCycleStep) if found.id == step]
    assert (noted.state, noted.planned_on) == ("planned", row.row.task.due)


def test_a_visit_that_is_due_is_counted_from_the_list_at_its_place(day):
    task = show_more_until(day, lambda: rows(day, Kind.PLACE_STEP))[0].row.task
    with day.pusterum.store.unit_of_work(actor="mette", clock=CLOCK) as work:
        work.session.get(PlaceCycleStep, task.detail("step_id")).step = "cafe_visits"
        work.commit()
    panel(day).refresh()
    day.wait(lambda: day.pusterum.window.findChild(QWidget, f"count-{task.key}"), "the visit")
    day.click(f"count-{task.key}")
    assert day.find("visit-visitors").isVisible()


def test_a_group_is_created_on_the_site_and_ticked_off_for_the_team(day):
    panel(day)._toggle("paper-group")
    row = rows(day, Kind.GROUP)[0]
    assert "616" in row.accessibleName()
    day.click(f"done-{row.row.task.key}")
    day.wait(lambda: any(found.task_key == row.row.task.key for found in stored(day, TeamTaskState)), "the decision")


def test_whose_paper_it_is_stands_there_for_the_asking_and_as_long_as_one_looks(day):
    found = panel(day)

    def seen():
        return [row.row for row in rows(day, Kind.FORM) if row.isVisible()]

    found._toggle("paper-form")
    named = seen()
    assert named
    found.refresh()
    assert seen() == named
    found._toggle("paper-form")
    found.refresh()
    assert seen() == []
    found.findChild(QLineEdit, "tasks-search").setText(named[0].name)
    assert named[0] in seen()


def test_people_do_not_wait_for_the_paper_where_it_takes_long(day):
    found = panel(day)
    whole = found._due
    assert whole.rows
    found.hide()
    found._due = found._papers = None
    found._drawn = ()
    found._show_due(whole)
    assert found.isHidden()
    day.wait(lambda: not found.isHidden(), "the people, without the paper")
    assert [row for row in found.findChildren(TaskRowView) if row.isVisible()]
    assert not found._lists[1].isVisible()


def test_people_and_paper_that_come_one_after_the_other_are_drawn_once(day):
    found = panel(day)
    whole, papers = found._due, found._papers
    found._due = found._papers = None
    found._drawn = ()
    drawn = []
    found._fill_people = lambda due, fill=found._fill_people: (drawn.append("people"), fill(due))
    found._fill_paper = lambda fill=found._fill_paper: (drawn.append("paper"), fill())
    found._show_due(whole)
    assert drawn == []
    found._show_papers(papers, named=frozenset(), on=today(CLOCK))
    assert drawn == ["people", "paper"]
    day.settle()
    assert not found._alone.isActive()
    assert drawn == ["people", "paper"]


def test_whoever_asked_for_all_names_of_a_session_keeps_them_when_the_list_is_read_anew(day):
    day.click("tasks-more")
    reminded = Counter(row.task.session_id for row in panel(day)._due.rows if row.task.kind is Kind.REMINDER)
    ((session, count),) = reminded.most_common(1)
    assert count > 12
    while not panel(day).findChildren(QPushButton, f"reminders-{session}-names"):
        day.click("tasks-entries-more")
    day.click(f"reminders-{session}-names")
    day.click(f"reminders-{session}-rows-more")

    def named():
        shown = [found for found in rows(day, Kind.REMINDER) if found.isVisible()]
        return {found.row.task.person_id for found in shown if found.row.task.session_id == session}

    assert len(named()) == count
    last = rows(day, Kind.REMINDER)[-1].row.task.key
    day.find(f"done-{last}").setFocus()
    other = next(row.task for row in panel(day)._due.rows if row.task.kind is Kind.FIRST_CALL)
    settle_elsewhere(day, other)
    assert other.key not in {row.row.task.key for row in rows(day)}, "the list was drawn anew"
    assert len(named()) == count
    assert day.find(f"done-{last}").hasFocus()


def settle_elsewhere(day, task):
    """Let another hand settle a task, as when it comes with what others sent."""
    app = day.pusterum
    with app.store.unit_of_work(actor=app._device.user_id, clock=app.clock) as work:
        settling(task, "done")(work)
        changed = work.changed
    app._desk.changed.emit(changed)
    day.settle()


def test_a_form_that_is_cancelled_lets_the_list_show_what_came_while_it_was_open(day):
    first, second = rows(day)[:2]
    first.dismiss()
    settle_elsewhere(day, second.row.task)
    assert second.isVisible(), "nothing moves while a form is open"
    day.click(f"dismiss-{first.row.task.key}-cancel")
    shown = [row.row.task.key for row in rows(day) if row.isVisible()]
    assert first.row.task.key in shown
    assert second.row.task.key not in shown


def begin_a_note(day, words="Ringer igen fre"):
    """Open the form of a call and write in it; return the row, and the line with the keyboard in it."""
    row = rows(day, Kind.FIRST_CALL)[0]
    row.record()
    note = day.find(f"attempt-{row.row.task.key}-note")
    note.setText(words)
    note.setFocus()
    note.setCursorPosition(6)
    day.settle()
    return row, note


def assert_as_it_was(day, row, note):
    """The form is the same and open, once, with the words and the cursor where they were."""
    assert day.find(f"attempt-{row.row.task.key}-note") is note
    assert row.is_typing
    assert [found for found in rows(day) if found.row.task.key == row.row.task.key] == [row]
    assert (note.text(), note.cursorPosition()) == ("Ringer igen fre", 6)


def test_show_shows_though_a_form_is_open_and_the_form_stays_as_it_is(day):
    row, note = begin_a_note(day)
    day.click("paper-form")
    assert rows(day, Kind.FORM)
    assert_as_it_was(day, row, note)
    day.click("paper-form")
    assert not rows(day, Kind.FORM)
    show_more_until(day, lambda: len(rows(day)) > 50)
    assert_as_it_was(day, row, note)
    say_reached(day, row.row.task.key)
    day.click(f"attempt-{row.row.task.key}-form-submit")
    (fact,) = [fact for fact in stored(day, ContactAttempt) if fact.note == "Ringer igen fre"]
    assert fact.person_id == row.row.task.person_id
    day.wait(lambda: all(shown.row.task.key != row.row.task.key for shown in rows(day)), "the task to go")


def test_one_searches_though_a_form_is_open_and_goes_on_in_it(day):
    row, note = begin_a_note(day)
    before = rows(day)
    other = next(found.row for found in before if " " in found.row.name and found.row.name != row.row.name)
    search = day.find("tasks-search")
    search.setFocus()
    search.setText(other.name)
    day.settle()
    found = sorted(
        (found for found in rows(day) if found.isVisible()), key=lambda found: found.mapTo(panel(day), QPoint()).y()
    )
    shown = [row.row.name for row in found]
    assert shown[0] == row.row.name, "who is typed about stands at the head, whoever is searched for"
    assert set(shown) == {row.row.name, other.name}
    assert search.hasFocus()
    assert_as_it_was(day, row, note)
    search.clear()
    day.settle()
    assert_as_it_was(day, row, note)
    assert len(rows(day)) == len(before)


def test_the_keyboard_stays_in_the_form_when_the_list_around_it_is_drawn_anew(day):
    _row, note = begin_a_note(day)
    panel(day)._toggle("paper-form")
    day.settle()
    assert rows(day, Kind.FORM)
    assert note.hasFocus()
    day.press(" (")
    assert note.text() == "Ringer ( igen fre"


def test_paper_that_is_counted_while_one_searches_is_there_when_the_search_is_cleared(day, monkeypatch):
    may_be_counted = Event()

    def slowly(reading, **asked):
        found = due_and_papers(reading, **asked)
        yield next(found)
        may_be_counted.wait(30)
        yield from found

    monkeypatch.setattr(tasks_panel, "due_and_papers", slowly)
    day.pusterum.lock()
    day.find("unlock-passphrase").setText(PASSPHRASE)
    QTest.keyClick(day.find("unlock-passphrase"), Qt.Key.Key_Return)
    day.wait(lambda: day.pusterum.workspace is not None, "the store to open")
    search = day.find("tasks-search")
    search.setText("o")
    found = day.pusterum.workspace.today.findChild(TasksPanel)
    day.wait(lambda: found._drawing is not None and found._drawing.is_done, "what fits")
    may_be_counted.set()
    day.settle()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    search.clear()
    day.settle()
    shown = [line for line in found.findChildren(PaperLine) if line.isVisible()]
    assert len(shown) == len(found._kinds_of_paper())
    assert found._drawn[-2:] == ("", found._papers)


def test_the_page_of_another_person_shows_nothing_of_the_one_before_though_a_form_was_open(day):
    workspace = day.pusterum.workspace

    def shown():
        page = workspace.person._pages["contacts"]
        return [row for row in page.findChildren(TaskRowView) if row.isVisible()]

    calls = [row.row for row in day.pusterum.window.findChildren(TaskRowView) if row.row.task.purpose == "first_call"]
    one, other = (
        calls[0].task.person_id,
        next(row.task.person_id for row in calls if row.task.person_id != calls[0].task.person_id),
    )
    workspace._open_person(one, "contacts")
    day.settle()
    next(row for row in shown() if row.row.task.purpose == "first_call").record()
    workspace._open_person(other, "contacts")
    day.settle()
    assert {row.row.task.person_id for row in shown()} == {other}
    assert not any(row.is_typing for row in shown())
