"""Trying it out with invented data: the server beside the application comes and goes, the work stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt

from app.companion_server import start_companion
from app.error_text import sentence_for
from app.errors import KnownProblem
from app.settings import KEY_FILE_NAME
from app.ui.welcome.view import DEMO_PASSPHRASE
from server.escrow import help_code_from, sealed_in
from server.invention import INVENTED_HELP_KEY, INVENTED_PASSPHRASE
from tools.demo_day import Day, open_first_session

KEY = Qt.Key
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    return tmp_path / "data"


def test_work_done_while_the_server_is_dead_arrives_when_it_is_there_again(home, qapp):
    day = Day("en", folder=home)
    day.pusterum.start()
    day.click("try-invented")
    day.wait(lambda: day.pusterum.workspace is not None, "the invented cooperation")
    open_first_session(day)
    day.press(KEY.Key_F6, "Jonny", KEY.Key_Return)
    day.settle()
    os.kill(day.pusterum.companion._process.pid, signal.SIGKILL)
    day.pusterum.companion._process.wait()
    day.click("go-sync")
    assert day.find("sync-title").text() == "3 changes only on this laptop"
    day.click("send")
    day.wait(lambda: "received" in day.find("sync-title").text(), "the receipt")
    assert day.find("sync-text").text() == "Nothing is left only on this laptop."
    day.end()

    again = Day("en", folder=home)
    again.pusterum.start()
    again.unlock(DEMO_PASSPHRASE)
    open_first_session(again)
    again.press(KEY.Key_F6, "Rita", KEY.Key_Return)
    again.settle()
    again.click("go-sync")
    again.click("send")
    again.wait(lambda: "received" in again.find("sync-title").text(), "the second receipt")
    again.end()
    # Somebody who forgets the passphrase can be helped here too, as in a real cooperation.
    private = (home / "invented-server" / INVENTED_HELP_KEY).read_bytes()
    assert help_code_from(sealed_in(home / KEY_FILE_NAME), private, INVENTED_PASSPHRASE)


APPLICATION = """
import sys, time
from pathlib import Path
from tools.demo_day import Day
day = Day("en", folder=Path(sys.argv[1]))
day.pusterum.start()
day.click("try-invented")
day.wait(lambda: day.pusterum.workspace is not None, "the invented cooperation")
print(day.pusterum.companion._process.pid, flush=True)
while True:
    time.sleep(1)
"""


@pytest.mark.slow
def test_the_trial_server_goes_when_the_application_is_killed(home):
    application = subprocess.Popen(
        [sys.executable, "-c", APPLICATION, str(home)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        text=True,
    )
    server = psutil.Process(int(application.stdout.readline()))
    application.kill()
    application.wait()
    application.stdout.close()
    psutil.wait_procs([server], timeout=60)
    assert not server.is_running()


def test_where_the_trial_server_does_not_start_it_is_said_where_the_reason_stands(tmp_path):
    (tmp_path / "invented-server").write_text("a file where its folder should be")
    with pytest.raises(KnownProblem, match="trial-server-down") as caught:
        start_companion(tmp_path)
    log = tmp_path / "invented-server.log"
    assert str(log) in sentence_for(caught.value).advice
    assert "File exists" in log.read_text().splitlines()[-1]
