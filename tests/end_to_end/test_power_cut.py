"""The process is killed while a counsellor types in the real window; the file is opened again."""

import os
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


@pytest.mark.slow
@pytest.mark.parametrize("lines", [1, 2, 3, 4, 7, 12, 21, 33])
def test_a_power_cut_after_any_key_costs_at_most_the_cell_being_typed(tmp_path, lines):
    make_laptop(tmp_path / "data")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PUSTERUM_HOME": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
    }
    typist = subprocess.Popen(
        [sys.executable, "-c", TYPIST, str(tmp_path / "data")], stdout=subprocess.PIPE, text=True, env=environment
    )
    said = [typist.stdout.readline() for _ in range(lines)]
    typist.kill()
    said += typist.stdout.readlines()
    typist.wait()
    typist.stdout.close()
    assert said[0].startswith("key")
    saved: dict[str, float] = {}
    for line in said:
        if line.startswith("saved") and line.endswith("\n"):
            _, enrolment_id, number = line.split()
            saved[enrolment_id] = float(number)

    store = opened(tmp_path / "data")
    with store.session() as session:
        drafts = {draft.enrolment_id: draft.cells for draft in session.scalars(select(SessionDraft))}
        entries = list(session.scalars(select(OutboxEntry)))
        walk_ins = [entry for entry in entries if entry.entity == "person"]
        assert [entry.fields["nickname"] for entry in walk_ins] == ["Jonny"]
        for entry in entries:
            assert session.get(synced_tables()[entry.entity], entry.row_id) is not None
    store.close()
    for enrolment_id, number in saved.items():
        # The cell that was being typed when the power went may already hold its newer number, never an older one.
        assert drafts[enrolment_id]["cigarettes_per_day"] >= number
