"""Enrolling through the window, at a real server and at addresses that are none."""

import http.server
import threading
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from sqlalchemy import func, select

from app.clock import today
from app.i18n import format_day
from app.models.person import Person
from app.settings import DATABASE_NAME, KEY_FILE_NAME
from server.accounts import new_enrolment_code
from tests.server.laptops import Cooperation, ServerProcess
from tools.demo_day import Day

PASSPHRASE = "tre almindelige ord"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("server"), "--invented") as running:
        yield running


@pytest.fixture
def new_laptop(tmp_path, monkeypatch, qapp):
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    day = Day("en", folder=tmp_path / "data")
    day.pusterum.start()
    day.click("choose-enrol")
    yield day
    day.end()


def fill(day, address, code):
    form = day.pusterum.window.centralWidget().form
    form.server.input.setText(address)
    form.code.input.setText(code)
    form.passphrase.input.setText(PASSPHRASE)
    form.again.input.setText(PASSPHRASE)
    day.press(Qt.Key.Key_Return)
    form.again.input.setFocus()
    day.press(Qt.Key.Key_Return)
    day.settle()


def test_an_address_and_a_code_bring_the_teams_people(server, new_laptop):
    day = new_laptop
    fill(day, server.about["url"], server.about["enrolment_code"])
    code = day.find("recovery-code").text()
    sheet = day.find("recovery-code-view").sheet()
    day.find("recovery-end").setText(code[-4:])
    day.click("recovery-confirm")
    day.wait(lambda: day.pusterum.workspace is not None, "the workspace")
    # Whose it is tells it from the other sheets in the locker at the office.
    ((_, whose), (_, made_on), _how) = sheet.sections[0].lines
    assert (sheet.code, whose) == (code, day.pusterum.workspace._desk.user_name)
    assert made_on == format_day(today(day.pusterum.clock))
    with day.pusterum.store.session() as session:
        assert session.scalar(select(func.count()).select_from(Person)) > 50
    day.settle()
    assert day.find("status-line").text().startswith("Everything received")


class Portal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<html>Welcome to the library's network</html>")

    def do_POST(self):
        self.do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture
def portal():
    listening = http.server.HTTPServer(("127.0.0.1", 0), Portal)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


def refused(day):
    day.wait(lambda: day.find("welcome-notice").shown_text, "the refusal")
    # Nothing half-made is left behind, and what was written is still in the form.
    assert not (day.pusterum.folder / KEY_FILE_NAME).exists()
    assert not (day.pusterum.folder / DATABASE_NAME).exists()
    assert day.pusterum.window.centralWidget().form.passphrase.text() == PASSPHRASE
    return day.find("welcome-notice").shown_text


def test_an_address_that_is_no_server_is_said_and_leaves_nothing_behind(new_laptop, portal):
    fill(new_laptop, portal, "ABCD-EFGH")
    said = refused(new_laptop)
    assert "not a Pusterum server" in said or "sign in" in said
    assert "Nothing was stored on this laptop" in said
    # There is nothing saved yet, and no settings.
    assert "saved" not in said
    assert "settings" not in said


def test_nobody_at_the_address_is_said(new_laptop):
    fill(new_laptop, "http://127.0.0.1:9", "ABCD-EFGH")
    assert "does not answer" in refused(new_laptop)
    assert "Check the server address" in refused(new_laptop)
    assert "lost" not in refused(new_laptop)


def test_a_code_that_has_expired_or_was_used_is_said(server, new_laptop):
    with server.connect() as connection:
        cooperation = Cooperation.make(connection, server)
        code = new_enrolment_code(connection, cooperation.users["mette"], life=timedelta(seconds=-1))
    fill(new_laptop, server.about["url"], code)
    assert "expired" in refused(new_laptop)
    fill(new_laptop, server.about["url"], "ZZZZ-ZZZZ")
    assert "code" in refused(new_laptop)
