"""Messages through the real window: files dropped, a folder watched, a letter sent."""

import os
import sys
from datetime import timedelta

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox
from sqlalchemy import select

from app.clock import today
from app.errors import RuleRefusal
from app.i18n import in_language
from app.ids import new_id
from app.models.letter import IncomingMessage, Letter, OutgoingMessage
from app.models.person import Consent, Person, Referral
from app.services import receive_message
from app.ui.person.messages_panel import _format_offers
from app.ui.theme import apply_theme
from app.ui.widgets import ChoiceField
from tests.ui.screens_seen import cut
from tests.unit.exchange import medcom_messages as messages

NO_MODIFIER = Qt.KeyboardModifier.NoModifier


def drop(day, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    workspace = day.pusterum.workspace
    where = QPointF(400, 300)
    entering = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NO_MODIFIER)
    QApplication.sendEvent(workspace, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(
        workspace, QDropEvent(where, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, NO_MODIFIER)
    )
    day.wait(lambda: bool(workspace.notice.shown_text), "the notice")
    day.settle()
    return workspace.notice.shown_text


def rows(day, table, *where):
    with day.pusterum.store.session() as session:
        return list(session.scalars(select(table).where(*where)))


@pytest.fixture
def letters(tmp_path):
    folder = tmp_path / "ind"
    folder.mkdir()
    (folder / "henvisning.xml").write_bytes(messages.oioxml().encode("cp1252"))
    (folder / "ødelagt.xml").write_bytes(messages.oioxml().encode("cp1252")[:700])
    (folder / "under-vejs.part").write_bytes(b"<")
    return folder


def test_a_dropped_folder_becomes_letters_and_a_letter_a_referral(day, letters):
    said = drop(day, letters)
    assert said == "1 letter came in. 1 file cannot be read: it is kept in the inbox, with the reason."
    assert day.pusterum.workspace.notice.property("tone") == "amber"
    day.click("workspace-notice-action")
    day.settle()
    inbox = day.pusterum.workspace.shown
    assert inbox.objectName() == "inbox"
    names = [row.file_name for row in inbox.model.rows]
    assert sorted(names) == ["henvisning.xml", "ødelagt.xml"]
    inbox.table.selectRow(names.index("ødelagt.xml"))
    day.settle()
    assert day.find("message-state").text() == "Cannot be read"
    inbox.table.selectRow(names.index("henvisning.xml"))
    day.settle()
    assert day.find("message-person").text() == "Bodil Ærø Sørensen · 611255-9996"
    assert day.find("message-clinical-text").toPlainText() == messages.PLAIN
    before = len(rows(day, Person))
    day.click("message-new-person")
    day.settle()
    assert len(rows(day, Person)) == before + 1
    (person,) = rows(day, Person, Person.identifier == "6112559996")
    assert rows(day, Referral, Referral.person_id == person.id)[0].text.endswith(messages.PLAIN)
    day.click("message-notice-action")
    day.settle()
    assert day.pusterum.workspace.shown is day.pusterum.workspace.person


def test_what_came_in_is_told_until_one_goes_on_and_a_problem_until_it_is_put_away(day, letters):
    workspace = day.pusterum.workspace
    said = drop(day, letters / "henvisning.xml")
    assert said.startswith("1 letter came in.")
    workspace._desk.open("today")
    assert workspace.notice.shown_text == said
    day.click("go-places")
    assert not workspace.notice.shown_text
    drop(day, letters / "henvisning.xml")
    workspace.fail(RuleRefusal("too-many-files", most=2))
    day.click("go-people")
    assert workspace.notice.shown_text


def test_dropping_the_same_file_again_says_so(day, letters):
    drop(day, letters / "henvisning.xml")
    assert drop(day, letters / "henvisning.xml").startswith("1 file was here already.")
    assert len(rows(day, IncomingMessage)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the name of a file is always text")
def test_a_file_whose_name_is_no_text_is_read_like_any_other(day, letters):
    os.rename(bytes(letters / "henvisning.xml"), bytes(letters) + b"/henv\xe6\xf8.xml")
    (letters / "ødelagt.xml").unlink()
    day.pusterum.workspace.arrivals.take([str(letters)])
    day.settle()
    assert day.pusterum.workspace.notice.shown_text.startswith("1 letter came in.")
    assert [row.file_name for row in rows(day, IncomingMessage)] == ["henv??.xml"]


def test_a_file_that_the_program_stumbles_over_is_named_and_the_others_come_in(day, letters, monkeypatch):
    read = receive_message.read_letters

    def stumble(content):
        if len(content) == 700:
            raise ZeroDivisionError("Bodil")
        return read(content)

    monkeypatch.setattr(receive_message, "read_letters", stumble)
    said = drop(day, letters)
    assert said.startswith("1 letter came in.")
    assert "ødelagt.xml could not be read" in said


def test_a_letter_set_aside_comes_back_by_undo(day, letters):
    drop(day, letters / "henvisning.xml")
    day.pusterum.workspace._desk.open("inbox")
    day.settle()
    day.click("message-not_for_us")
    day.settle()
    assert [row.state for row in rows(day, IncomingMessage)] == ["not_for_us"]
    assert day.pusterum.workspace.shown.model.rows == ()
    day.click("inbox-scope")
    day.settle()
    day.click("message-new")
    day.settle()
    assert [row.state for row in rows(day, IncomingMessage)] == ["new"]


def open_inbox(day, folder):
    drop(day, folder)
    workspace = day.pusterum.workspace
    workspace.notice.dismiss()
    workspace._desk.open("inbox")
    day.settle()
    return workspace.shown


def test_what_became_of_a_letter_is_told_and_can_be_undone_when_the_next_one_moves_up(day, tmp_path):
    folder = tmp_path / "ind"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.xml").write_bytes(messages.oioxml(letter_id=f"Brev{number}").encode())
    inbox = open_inbox(day, folder)
    inbox.table.selectRow(1)
    day.settle()
    read, next_one = inbox.model.rows[1].message_id, inbox.model.rows[2].message_id
    day.click("message-not_for_us")
    assert day.find("message-notice").shown_text.startswith("Marked as: Not for us.")
    assert inbox.page.message_id == next_one
    assert inbox.table.currentIndex().row() == 1
    assert inbox.window().focusWidget() is inbox.table
    day.click("message-notice-action")
    assert inbox.page.message_id == read
    assert not inbox.notice.shown_text
    assert [row.state for row in rows(day, IncomingMessage)] == ["new"] * 4


def test_the_last_letter_that_is_made_a_referral_leaves_the_way_to_the_person(day, letters):
    (letters / "ødelagt.xml").unlink()
    inbox = open_inbox(day, letters)
    day.click("message-new-person")
    assert inbox.model.rows == ()
    assert day.find("message-notice").shown_text == "The person and the referral are made."
    day.click("message-notice-action")
    assert day.pusterum.workspace.shown is day.pusterum.workspace.person


def test_a_search_that_no_letter_fits_says_so_instead_of_showing_an_empty_list(day, letters):
    inbox = open_inbox(day, letters)
    inbox.search.setText("findes ikke")
    assert day.find("inbox-none-fits").accessibleName().startswith("No letter fits the search.")
    assert not inbox.table.isVisible()
    assert not inbox.page.isVisible()
    inbox.search.setText("henvis")
    day.settle()
    assert day.find("message-person").text() == "Bodil Ærø Sørensen · 611255-9996"
    assert not inbox._none_fits.isVisible()


def test_with_large_text_the_letter_takes_the_place_of_the_list_and_gives_it_back(day, letters):
    day.pusterum._choose(text_size=200)
    day.settle()
    inbox = open_inbox(day, letters)
    assert not inbox.page.isVisible()
    inbox.table.selectRow([row.file_name for row in inbox.model.rows].index("henvisning.xml"))
    day.press(Qt.Key.Key_Return)
    assert day.find("message-person").text() == "Bodil Ærø Sørensen · 611255-9996"
    assert not inbox.table.isVisible()
    assert inbox.page.height() > inbox.height() * 0.7
    day.click("inbox-back")
    assert inbox.table.isVisible()
    assert inbox.window().focusWidget() is inbox.table


def test_a_letter_whose_first_call_is_overdue_says_so(day, letters):
    (letters / "henvisning.xml").write_bytes(messages.oioxml().replace("2026-03-02", "2026-11-23").encode())
    (letters / "ødelagt.xml").write_bytes(messages.oioxml(letter_id="Old").encode())
    inbox = open_inbox(day, letters)
    said = {}
    for place, row in enumerate(inbox.model.rows):
        inbox.table.selectRow(place)
        day.settle()
        said[row.file_name] = day.find("message-due").text().partition(" Wednesday")[0]
    assert said == {"henvisning.xml": "First call by", "ødelagt.xml": "The first call should have been made by"}


def test_a_file_that_is_no_letter_is_called_a_file_in_the_list_one_that_cannot_be_read(day, letters):
    inbox = open_inbox(day, letters)
    place = [row.file_name for row in inbox.model.rows].index("ødelagt.xml")
    inbox.table.selectRow(place)
    day.settle()
    assert day.find("message-kind").text() == "A file"
    assert inbox.model.data(inbox.model.index(place, 0)).endswith(" · Cannot be read")


def test_the_original_is_shown_in_the_window_alone_and_saved_only_after_a_warning(day, letters):
    drop(day, letters / "henvisning.xml")
    day.pusterum.workspace._desk.open("inbox")
    day.settle()
    day.click("message-original")
    day.settle()
    assert "<PersonSurnameName>Ærø Sørensen" in day.find("message-original-text").toPlainText()
    day.click("message-save")
    day.settle()
    assert "will not be encrypted" in day.find("message-notice").shown_text


def test_a_watched_folder_is_read_and_its_files_stay_where_they_are(day, letters):
    for file in letters.iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    arrivals = day.pusterum.workspace.arrivals
    arrivals.watch(str(letters))
    day.wait(lambda: len(rows(day, IncomingMessage)) == 2, "the letters")
    day.settle()
    assert len(list(letters.iterdir())) == 3
    another = letters / "brev 2.xml"
    another.write_bytes(messages.oioxml(letter_id="Brev2").encode())
    os.utime(another, (1_700_000_000, 1_700_000_000))
    arrivals.look()
    day.wait(lambda: len(rows(day, IncomingMessage)) == 3, "the new letter")
    day.settle()
    # Listed and then gone: taken by somebody else, or the drive is away. No news, and read when it is there again.
    gone = letters / "væk.xml"
    arrivals._take_found({gone.name: (1, 1)})
    day.settle()
    assert "væk" not in day.pusterum.workspace.notice.shown_text
    gone.write_bytes(messages.oioxml(letter_id="Brev3").encode())
    os.utime(gone, (1_700_000_000, 1_700_000_000))
    arrivals.look()
    day.wait(lambda: len(rows(day, IncomingMessage)) == 4, "the letter that was away")
    arrivals.watch("")


def test_a_watched_folder_that_is_away_is_no_fault_of_the_program_and_is_read_when_it_is_there(day, letters, caplog):
    away = letters.rename(letters.with_name("away"))
    arrivals = day.pusterum.workspace.arrivals
    arrivals.watch(str(letters))
    day.settle()
    assert "bug" not in caplog.text
    for file in away.iterdir():
        os.utime(file, (1_700_000_000, 1_700_000_000))
    away.rename(letters)
    arrivals.look()
    day.wait(lambda: len(rows(day, IncomingMessage)) == 2, "the letters")
    arrivals.watch("")


def test_a_finished_letter_goes_out_from_the_persons_page_with_consent(day, tmp_path):
    outbox = tmp_path / "ud"
    outbox.mkdir()
    day.pusterum._choose_messages(
        {"outbox_folder": str(outbox), "sender_name": "Hvidovre Kommune", "sender_location": "5790000201389"}
    )
    clock = day.pusterum.clock
    (person, *_others) = rows(day, Person, Person.identifier != "", Person.given_name != "")
    user = day.pusterum.workspace._desk.user_id
    with day.pusterum.store.unit_of_work(actor=user, clock=clock) as work:
        on = today(clock)
        letter = new_id(clock)
        work.session.add(
            Letter(id=letter, person_id=person.id, kind="gp", text="Kære læge", state="finished", written_on=on,
                   written_by=user)
        )  # fmt: skip
        work.session.add(
            Consent(id=new_id(clock), person_id=person.id, kind="letter_gp", answer="declined", recorded_by=user,
                    answered_on=on - timedelta(days=1))
        )  # fmt: skip
        work.commit()
    day.pusterum.workspace._desk.open("person", person.id, section="documents")
    day.settle()
    day.click(f"send-{letter}")
    day.settle()
    for name, text in (
        ("send-receiver", "Lægehuset"), ("send-location", "5790000121526"), ("send-number", "079741")
    ):  # fmt: skip
        day.find(name).setText(text)
    kinds, numbers = day.find("send-format"), day.find("send-number-kind")
    assert kinds.currentText() == "Closing note (XDIS15, XD1530L)"
    assert [kinds.itemData(row) for row in range(kinds.count())] == [
        "XDIS15 XD1530L", "XDIS15 XD1531L", "XDIS91 XD9134L", "XDIS91 XD9135L", "CareCommunication 5.0"
    ]  # fmt: skip
    assert numbers.currentText() == "provider number"
    day.find("send-location").setText("12")
    day.click("send-now")
    day.settle()
    assert "no consent" in day.find("messages-notice").shown_text
    kinds.setCurrentIndex(kinds.findData("XDIS91 XD9135L"))
    day.find("send-location").setText("5790000121526")
    day.click("send-now")
    day.settle()
    assert "no consent" in day.find("messages-notice").shown_text
    assert list(outbox.iterdir()) == []
    with day.pusterum.store.unit_of_work(actor=user, clock=clock) as work:
        work.session.add(
            Consent(id=new_id(clock), person_id=person.id, kind="letter_gp", answer="given", answered_on=on,
                    recorded_by=user)
        )  # fmt: skip
        work.commit()
    day.find("send-receiver").setText("")
    day.click("send-now")
    assert day.find("send-receiver-advice").text().startswith("It is not known who receives the message.")
    day.find("send-receiver").setText("Lægehuset")
    day.find("send-location").setText("12")
    day.click("send-now")
    day.settle()
    assert "not 13 digits" in day.find("send-location-advice").text()
    day.find("send-location").setText("5790000121526")
    day.click("send-now")
    day.settle()
    (message,) = rows(day, OutgoingMessage)
    assert message.state == "written"
    (file,) = outbox.iterdir()
    assert (message.type, message.version) == ("XDIS91", "XD9135L")
    assert b"<ClinicalEmail>" in file.read_bytes()
    assert day.find(f"outgoing-{message.id}").text() == "In the folder"
    # Whoever sent it is where it was sent from, and not at the head of the window.
    assert day.pusterum.window.focusWidget().objectName() == f"send-{letter}"


@pytest.mark.parametrize("spoken", ["da", "en"])
def test_every_kind_of_message_is_read_whole_in_the_smallest_window_with_the_largest_text(spoken, qapp, qtbot):
    apply_theme(qapp, "light", 200)
    with in_language(spoken):
        kinds = ChoiceField("?", name="send-format", offers=_format_offers(), as_box=True)
    qtbot.addWidget(kinds)
    kinds.resize(760, 200)  # what the form gives it on a person's page of 1280 pixels
    kinds.show()
    assert cut(kinds.findChild(QComboBox)) == ""
