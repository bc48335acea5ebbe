"""The sync page and the cards of a person, in a real window over a real store."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pypdfium2
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QFileDialog, QWidget
from sqlalchemy import delete, select, update

from app.clock import today
from app.documents.receipt import receipt_pdf
from app.i18n import use_language
from app.models.local import OutboxEntry, StoredReceipt
from app.models.person import Person
from app.models.smoking import Conflict
from app.services.mend_refused import retype
from app.services.resolve_conflict import ResolveConflict, resolve_conflict
from app.storage.queries.close_the_day import OpenSession, day_to_close
from app.storage.queries.unsent import sync_state
from app.sync.report import SyncProgress, SyncReport, SyncStep
from app.sync.wire.messages import Receipt
from app.ui.desk import Desk
from app.ui.person.conflicts_panel import ConflictsPanel
from app.ui.sync_status.receipt_words import receipt_content
from app.ui.sync_status.view import SyncView
from app.ui.tasks import TaskRunner
from tests.integration.sync.test_apply import desk as laptop

laptop = pytest.fixture(laptop.__wrapped__ if hasattr(laptop, "__wrapped__") else laptop)


@pytest.fixture
def desk(laptop, qtbot):
    tasks = TaskRunner()
    made = Desk(
        laptop.store, tasks=tasks, clock=laptop.clock, user_id=laptop.device.user_id, user_name="Mette", parent=tasks
    )
    yield made
    made.close()
    tasks.shutdown()


def settle(qtbot, desk: Desk) -> None:
    qtbot.waitUntil(lambda: not desk.tasks.is_busy)


def shown(qtbot, desk: Desk) -> SyncView:
    view = SyncView(desk)
    qtbot.addWidget(view)
    view.resize(1000, 700)
    view.show()
    view.refresh()
    settle(qtbot, desk)
    return view


def text(view, name: str) -> str:
    return [found for found in view.findChildren(object) if found.objectName() == name][-1].text()


def a_card(laptop, person: Person, field: str = "note", standing: str | None = "A", contender: str | None = "B") -> str:
    key = str(uuid.uuid4())
    with laptop.store.session() as session:
        session.add(
            Conflict(
                id=key, person_id=person.id, team_id=None, subject_entity="person", row_id=person.id, field=field,
                standing_value=standing, standing_actor=None, contender_value=contender, contender_actor=None,
                contender_at="2026-11-24T09:00:00Z", change_id=key, server_position=9,
            )
        )  # fmt: skip
        session.commit()
    return key


def test_the_page_says_how_far_sending_has_come_and_how_it_ended(laptop, desk, qtbot):
    laptop.person()
    view = shown(qtbot, desk)
    assert text(view, "sync-title") == "2 changes only on this laptop"
    view.set_sending()
    settle(qtbot, desk)
    said = []
    view.stood.connect(lambda now: said.append(now.line))
    view.show_progress(SyncProgress(SyncStep.PUSH, 1, 2))
    assert said == ["Sending 1 of 2 …"]
    view.sent(SyncReport(2, 0, 0, 0, 0, None, clock_ahead=timedelta(days=2)))
    settle(qtbot, desk)
    assert text(view, "sync-title") == "The server's count does not add up yet."
    notices = [found for found in view.findChildren(object) if found.objectName() == "sync-notice"]
    assert "2 days ahead" in notices[-1].shown_text


def test_what_is_written_after_midnight_is_of_the_new_day(laptop, desk, qtbot):
    laptop.clock.at = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    laptop.person()
    with laptop.store.session() as session:
        session.execute(update(OutboxEntry).values(state="refused", code="unstorable"))
        session.commit()
        state = sync_state(session)
    assert state.since == date(2026, 11, 25)
    assert {change.made_on for change in state.quarantine} == {date(2026, 11, 25)}
    with laptop.store.session() as session:
        session.execute(update(OutboxEntry).values(state="pending"))
        session.commit()
    assert text(shown(qtbot, desk), "sync-title") == "2 changes only on this laptop"


def test_what_was_taken_back_of_somebody_erased_is_told_for_a_fortnight_and_waits_for_nothing(laptop, desk, qtbot):
    laptop.person()
    with laptop.store.session() as session:
        session.execute(
            update(OutboxEntry).values(
                state="refused", code="person-erased", fields={}, acknowledged_at=laptop.clock.now()
            )
        )
        session.commit()
        state = sync_state(session)
    assert (state.refused, state.waiting, state.unsent) == (0, 0, ())
    view = shown(qtbot, desk)
    assert "refused" not in text(view, "sync-title")
    assert "nothing for you to do" in text(view, "reason-0")
    assert not [found for found in view.findChildren(object) if found.objectName() in ("offer-again", "open-refused-0")]
    laptop.clock.at += timedelta(days=14)
    assert shown(qtbot, desk).findChild(QWidget, "quarantine") is None
    # What is not emptied yet is still somebody's work.
    with laptop.store.session() as session:
        session.execute(update(OutboxEntry).values(fields={"nickname": "Bo"}))
        session.commit()
        assert sync_state(session).refused > 0


def test_what_was_refused_stands_there_with_its_reason_and_can_be_mended(laptop, desk, qtbot):
    person = laptop.person("x\x00y")
    with laptop.store.session() as session:
        session.execute(update(OutboxEntry).values(state="refused", code="no-such-row"))
        session.execute(update(OutboxEntry).where(OutboxEntry.entity == "person").values(code="unstorable"))
        session.commit()
    view = shown(qtbot, desk)
    assert text(view, "sync-title") == "2 changes were refused"
    assert "cannot be stored" in text(view, "reason-0")
    answer, below = view.findChild(QWidget, "sync-answer"), view.findChild(QWidget, "quarantine")
    column = answer.parentWidget().layout()
    assert (column.indexOf(answer), column.indexOf(below)) == (1, 2), "the answer says that it stands below"
    sent = []
    view.send.connect(lambda: sent.append(True))
    with laptop.store.session() as session:
        change_id = session.scalars(select(OutboxEntry.change_id).where(OutboxEntry.entity == "person")).one()
    with laptop.store.unit_of_work(actor=person.id, clock=laptop.clock) as work:
        assert retype(change_id, work=work)
    assert laptop.states() == ["pending", "refused"]
    assert laptop.get(Person, person.id).nickname == "xy"
    [button] = [found for found in view.findChildren(object) if found.objectName() == "offer-again"]
    button.click()
    settle(qtbot, desk)
    assert (laptop.states(), sent) == (["pending", "pending"], [True])


def test_a_card_shows_both_values_and_offers_no_default(laptop, desk, qtbot):
    person = laptop.person()
    a_card(laptop, person)
    panel = ConflictsPanel(desk)
    qtbot.addWidget(panel)
    panel.show()
    panel.show_person(person.id)
    settle(qtbot, desk)
    assert text(panel, "conflict-0-standing-value") == "A"
    assert text(panel, "conflict-0-contender-value") == "B"
    buttons = {found.objectName(): found for found in panel.findChildren(object) if hasattr(found, "isDefault")}
    assert {"conflict-0-standing", "conflict-0-contender", "conflict-0-save"} <= set(buttons)
    assert not any(made.isDefault() or made.autoDefault() for made in buttons.values())
    buttons["conflict-0-contender"].click()
    settle(qtbot, desk)
    assert laptop.get(Person, person.id).note == "B"
    assert laptop.all(Conflict) == []
    with laptop.store.session() as session:
        last = session.scalars(select(OutboxEntry).order_by(OutboxEntry.sequence)).all()[-2:]
    assert {(entry.entity, entry.operation, entry.base) for entry in last} == {
        ("person", "update", 9),
        ("conflict", "delete", 9),
    }


def test_a_third_value_is_an_ordinary_change_and_one_that_does_not_fit_is_refused(laptop):
    from app.errors import RuleRefusal

    person = laptop.person()
    note, born = a_card(laptop, person), a_card(laptop, person, "birth_date", "1950-01-01", "1951-01-01")
    with laptop.store.unit_of_work(actor=person.id, clock=laptop.clock) as work:
        resolve_conflict(ResolveConflict(note, value="C"), work=work)
    with (
        laptop.store.unit_of_work(actor=person.id, clock=laptop.clock) as work,
        pytest.raises(RuleRefusal, match="value-does-not-fit"),
    ):
        resolve_conflict(ResolveConflict(born, value="yesterday"), work=work)
    with (
        laptop.store.unit_of_work(actor=person.id, clock=laptop.clock) as work,
        pytest.raises(RuleRefusal, match="conflict-gone"),
    ):
        resolve_conflict(ResolveConflict(note, keep_standing=True), work=work)
    assert laptop.get(Person, person.id).note == "C"
    assert [card.field for card in laptop.all(Conflict)] == ["birth_date"]


def test_progress_is_said_while_the_page_is_made_anew(qtbot, desk):
    view = shown(qtbot, desk)
    with desk.store.session() as reading:
        state = sync_state(reading)
        found = day_to_close(reading, desk.user_id, today=today(desk.clock))
    view.set_sending()
    settle(qtbot, desk)
    for _again in range(2):
        view._show(state, found)
        view._making.go_on()
    view._show(state, found)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    view.show_progress(SyncProgress(SyncStep.PUSH, 3, 7))
    settle(qtbot, desk)
    qtbot.wait(1)
    assert text(view, "sync-title") == "Sending 3 of 7 …"
    assert len(view.findChildren(QWidget, "sync-page")) == 1


def test_who_may_not_close_what_is_typed_any_more_hears_that_it_stays_and_whom_to_ask(qtbot, desk):
    view = shown(qtbot, desk)
    with desk.store.session() as reading:
        state = sync_state(reading)
        found = day_to_close(reading, desk.user_id, today=today(desk.clock))
    typed = replace(found, drafts=(OpenSession("session", "Café Nord", 1),))
    view._show(state, typed)
    assert "is sent when the session is closed" in view.notice._title.text()
    view._show(state, replace(typed, may_record=False))
    said = view.notice._title.text()
    assert said.startswith("Not closed yet: Café Nord. Your role does not record sessions any more")
    assert "Ask your coordinator for the role in which you typed it" in said


def test_what_was_received_is_counted_as_it_was_when_it_was_only_here(laptop):
    with laptop.store.session() as session:
        session.execute(delete(OutboxEntry))
        for number, entity in enumerate(("place", "access_log", "person", "access_log", "person", "person"), start=1):
            session.add(
                OutboxEntry(
                    sequence=number, change_id=str(number), entity=entity, row_id=str(number), operation="insert",
                    fields={}, actor="mette", at=laptop.clock.now(), state="refused" if number == 6 else "acknowledged",
                )
            )  # fmt: skip
        for through, minute in ((1, 30), (6, 42)):
            at = datetime(2026, 11, 24, 15, minute, tzinfo=UTC)
            content = json.dumps({"through_sequence": through})
            session.add(StoredReceipt(id=str(through), received_at=at, changes=through, content=content))
        session.commit()
        assert sync_state(session, named=False).received == 2


def test_the_page_asks_for_sending_and_calls_the_receipt_the_last_one_until_everything_is_received(laptop, desk, qtbot):
    laptop.person()
    with laptop.store.session() as session:
        through = json.dumps({"through_sequence": 99})
        session.add(StoredReceipt(id="r", received_at=laptop.clock.now(), changes=2, content=through))
        session.commit()
    view = shown(qtbot, desk)
    assert text(view, "page-subtitle") == "Everything is saved on this laptop. Send it, and get a receipt."
    assert text(view, "save-receipt") == "Save the last receipt"
    with laptop.store.session() as session:
        session.execute(update(OutboxEntry).values(state="acknowledged"))
        session.commit()
    view.refresh()
    settle(qtbot, desk)
    assert text(view, "page-subtitle") == "Everything is at the server. You can close the laptop."
    assert text(view, "save-receipt") == "Save the receipt"


def test_the_file_of_a_receipt_is_named_in_the_language_spoken(laptop, desk, qtbot, monkeypatch):
    with laptop.store.session() as session:
        session.add(StoredReceipt(id="r", received_at=laptop.clock.now(), changes=2, content="{}"))
        session.commit()
    proposed = []

    def ask(_window, _title, name, _kinds):
        proposed.append(name)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    for language in ("da", "en"):
        use_language(language)
        view = shown(qtbot, desk)
        view.findChild(QWidget, "save-receipt").click()
    assert proposed == ["Kvittering.pdf", "Receipt.pdf"]


def test_the_printed_receipt_says_in_words_what_the_server_holds():
    receipt, server, epoch, device, database = (str(uuid.uuid4()) for _ in range(5))
    signed = Receipt(
        receipt_id=receipt, server_id=server, epoch=epoch, device_id=device, database_id=database, position=9,
        through_sequence=1476, held=1476, refused=0, received_at="2026-11-24T15:42:00.000Z",
        rows={"attendance": 1413, "person": 63, "place_cycle": 4},
    )  # fmt: skip
    content = receipt_content(msgspec.json.encode(signed).decode())
    assert content.sentence.startswith("1,476 changes received")
    assert ("Received", "1,476") in content.facts
    assert content.holds == (("Attendance", "1,413"), ("Person", "63"))
    with pypdfium2.PdfDocument(receipt_pdf(content)) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert "Held by the server" in text
    assert "Attendance 1,413 · Person 63" in text
