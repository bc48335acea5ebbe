"""The process is killed while a counsellor types in the real window; the file is opened again."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from app.models.base import synced_tables
from app.models.local import OutboxEntry, SessionDraft
from tests.trial_laptop import make_laptop, opened

ROOT = Path(__file__).resolve().parents[2]

TYPIST = """
import sys
from pathlib import Path
from PySide6.QtCore import Qt
from app.ui.session_sheet.sheet_model import Column
from tests.trial_laptop import CLOCK, PASSPHRASE
from tools.demo_day import Day, open_first_session

day = Day("en", folder=Path(sys.argv[1]), clock=CLOCK)
day.pusterum.start()
day.unlock(PASSPHRASE)
table = open_first_session(day)
day.press(Qt.Key.Key_F6, "Jonny", Qt.Key.Key_Return)
day.wait(lambda: table.model().rowCount() == 11, "the walk-in")
day.settle()
table.begin(0, Column.CIGARETTES)
for number in range(1, 100):
    row = table.currentIndex().row()
    typed = str(number)
    for letter in typed:
        day.press(letter)
        print("key", flush=True)
    day.press(Qt.Key.Key_Return)
    print("saved", table.model().rows[row].enrolment_id, typed, flush=True)
    if row == 10:
        table.begin(0, Column.CIGARETTES)
"""


LINES_MORE = (1, 1, 1, 1, 3, 5, 9, 12)
"""How many lines more the typist says before each power cut."""


@pytest.fixture(scope="module")
def power_cuts(tmp_path_factory):
    """What had been said at each power cut, and the folder as it was left.

    One typist is stopped for all of them but the last, at which it is killed: whoever is stopped leaves on the disk
    what whoever is killed does, and can go on afterwards.
    """
    home = tmp_path_factory.mktemp("typist")
    make_laptop(home / "data")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PUSTERUM_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    typist = subprocess.Popen(
        [sys.executable, "-c", TYPIST, str(home / "data")], stdout=subprocess.PIPE, env=environment
    )
    cuts, said = [], b""
    with typist:
        try:
            for number, more in enumerate(LINES_MORE, 1):
                enough = said.count(b"\n") + more
                while said.count(b"\n") < enough and (heard := typist.stdout.read1()):
                    said += heard
                if number < len(LINES_MORE):
                    typist.send_signal(signal.SIGSTOP)
                    os.waitpid(typist.pid, os.WUNTRACED)
                else:
                    typist.kill()
                    typist.wait()
                os.set_blocking(typist.stdout.fileno(), False)
                said += typist.stdout.read() or b""
                os.set_blocking(typist.stdout.fileno(), True)
                left = shutil.copytree(home / "data", tmp_path_factory.mktemp("left") / "data")
                cuts.append((said.decode().splitlines(keepends=True), left))
                typist.send_signal(signal.SIGCONT)
        finally:
            typist.kill()
    return cuts


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(LINES_MORE)))
def test_a_power_cut_after_any_key_costs_at_most_the_cell_being_typed(power_cuts, number):
    said, left = power_cuts[number]
    assert said[0].startswith("key")
    saved: dict[str, float] = {}
    for line in said:
        if line.startswith("saved") and line.endswith("\n"):
            _, enrolment_id, typed = line.split()
            saved[enrolment_id] = float(typed)

    store = opened(left)
    with store.session() as session:
        drafts = {draft.enrolment_id: draft.cells for draft in session.scalars(select(SessionDraft))}
        entries = list(session.scalars(select(OutboxEntry)))
        walk_ins = [entry for entry in entries if entry.entity == "person"]
        assert [entry.fields["nickname"] for entry in walk_ins] == ["Jonny"]
        for entry in entries:
            assert session.get(synced_tables()[entry.entity], entry.row_id) is not None
    store.close()
    for enrolment_id, typed in saved.items():
        # The cell that was being typed when the power went may already hold its newer number, never an older one.
        assert drafts[enrolment_id]["cigarettes_per_day"] >= typed
