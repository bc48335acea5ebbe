"""Two hundred known names, notes and numbers are planted and every screen is used; then they are hunted in every file
there is: database, log, journal, backups, settings, courier envelope, temporary folder, output and crash report. A
message in the gateway's folder is clear text by its nature, and is not hunted.

At every point the process stands still while what it has written by then is hunted: just that would lie on the disk if
it were killed there. At the last one it is killed.
"""

import base64
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.security.counting import count
from tests.trial_laptop import COORDINATOR, PASSPHRASE, make_laptop

ROOT = Path(__file__).parents[2]
SYLLABLES = ("ka", "lo", "mi", "ru", "ve", "so", "ny", "ta", "bø", "gå")


def planted():
    """Two hundred words that stand nowhere else: names, notes and numbers."""
    names = [f"Zq{SYLLABLES[n % 10]}{SYLLABLES[n // 10]}{n:03d}xw" for n in range(80)]
    notes = [f"note-{n:03d}-qzx-{SYLLABLES[n % 10]}æble" for n in range(60)]
    numbers = [f"{61 + n % 30:02d}0{1 + n % 9}{50 + n % 50}-{7000 + n * 13:04d}" for n in range(60)]
    return names, notes, numbers


WORKER = """
import base64
import sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from PySide6.QtCore import Qt
from sqlalchemy import select
from app.bootstrap import say_bug
from app.security.core_dumps import leave_no_core
from app.ids import natural_id, new_id
from app.models.course import Course, Enrolment
from app.models.person import ContactAttempt, Membership, Person
from app.models.smoking import Measurement
from app.models.local import Device
from app.settings import KEY_FILE_NAME
from app.storage.backup import make_backup
from app.sync.courier import make_envelopes
from app.ui.person.panels import PANELS
from app.ui.session_sheet.sheet_model import Column
from app.ui.shell.screens import SCREENS
from tests.security.test_no_clear_text import planted
from tests.trial_laptop import CLOCK, PASSPHRASE
from tools.demo_day import Day, open_first_session

def at(point):
    if point == "crash":
        sys.excepthook(ValueError, ValueError(planted()[0][0]), None)
    print("at", point, flush=True)
    sys.stdin.readline()

leave_no_core()
names, notes, numbers = planted()
day = Day("en", folder=Path(sys.argv[1]), clock=CLOCK)
day.pusterum.start()
sys.excepthook = say_bug
day.unlock(PASSPHRASE)
store, device = day.pusterum.store, day.pusterum._device
with store.unit_of_work(actor=device.user_id, clock=CLOCK) as work:
    course = work.session.scalars(select(Course)).first()
    team = course.team_id
    keys = []
    for n, name in enumerate(names):
        key = new_id(CLOCK)
        keys.append(key)
        work.session.add(Person(id=key, person_id=key, given_name=name, identifier=numbers[n % 60],
            identifier_kind="replacement", note=notes[n % 60], registered_at=CLOCK.now()))
        work.session.add(Membership(id=natural_id("membership", key, team), person_id=key, team_id=team,
            joined_on=CLOCK.now().date()))
        work.session.add(Enrolment(id=natural_id("enrolment", key, course.id), person_id=key, course_id=course.id,
            joined_on=CLOCK.now().date()))
        work.session.add(Measurement(id=new_id(CLOCK), person_id=key, kind="cigarettes_per_day", value=9.0,
            measured_on=CLOCK.now().date(), recorded_by=device.user_id, note=notes[n % 60]))
    at("before-commit")
    work.commit()
at("committed")
make_backup(store, Path(sys.argv[1]) / KEY_FILE_NAME, clock=CLOCK)
at("backed-up")
table = open_first_session(day)
table.begin(0, Column.NOTE)
day.press(notes[0], Qt.Key.Key_Return)
table.begin(0, Column.CIGARETTES)
day.press("7", Qt.Key.Key_Return)
at("typed")
day.click("go-people")
day.find("people-search").setFocus()
day.press(names[3][:5])
day.settle()
day.pusterum.workspace._open_person(keys[3])
day.settle()
for section in day.pusterum.workspace.person.section_keys:
    day.pusterum.workspace.person.show_section(section)
    day.settle()
assert {panel.section for panel in PANELS} == set(day.pusterum.workspace.person.section_keys)
at("looked")
enrolment = natural_id("enrolment", keys[3], course.id)
about = {"course": course.id, "place": course.place_id, "typing": enrolment, "paper": f"typing:{enrolment}"}
for entry in SCREENS:
    if entry.is_for(device.role):
        day.pusterum.workspace._desk.open(entry.key, about.get(entry.key, ""))
        day.settle()
        assert day.pusterum.workspace.screen_called(entry.key) is not None
at("screens")
day.pusterum.workspace._desk.open("person", keys[3])
day.settle()
with store.session() as session:
    session.scalars(select(Device)).one().envelope_key = base64.b64encode(
        X25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    session.commit()
    [content] = make_envelopes(session, clock=CLOCK)
(Path(sys.argv[1]) / "pusterum.envelope").write_bytes(content)
at("envelope")
day.pusterum.workspace._open_diplomas((enrolment,))
day.settle()
at("diploma")
at("crash")
day.press((Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier))
day.find("unlock-passphrase")
at("locked")
day.pusterum.window.close()
at("closed")
"""

POINTS = (
    "before-commit",
    "committed",
    "backed-up",
    "typed",
    "looked",
    "screens",
    "envelope",
    "diploma",
    "crash",
    "locked",
    "closed",
)


def written_ways(secret):
    """The bytes that a secret may stand as."""
    for text in {secret, secret.lower(), secret.upper()}:
        for encoding in ("utf-8", "utf-16-le", "latin-1"):
            yield text.encode(encoding)
    yield base64.b64encode(secret.encode())[:-4]


def hunted(folder, secrets):
    """Every (file, secret) that can be read without a key."""
    ways = {way: secret for secret in secrets for way in written_ways(secret)}
    # Four letters first: a pattern of whole secrets is ten times as slow.
    beginnings = re.compile(b"|".join(sorted({re.escape(way[:4]) for way in ways})))
    found = set()
    for file in (file for file in folder.rglob("*") if file.is_file()):
        content = file.read_bytes()
        begun = beginnings.search(content)
        while begun:
            at = begun.start()
            found.update((file.name, secret) for way, secret in ways.items() if content.startswith(way, at))
            begun = beginnings.search(content, at + 1)
    return sorted(found)


class Worker:
    """The program in a process of its own, with a home, a temporary folder and an output that are all hunted."""

    def __init__(self, folder):
        self.home, temporary, self.output = folder / "home", folder / "temporary", folder / "output"
        # The coordinator has every screen.
        make_laptop(self.home / "data", user=COORDINATOR)
        temporary.mkdir()
        self.output.mkdir()
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PUSTERUM_HOME": str(self.home),
            "HOME": str(self.home),
            "TMPDIR": str(temporary),
            "SQLITE_TMPDIR": str(temporary),
            "QT_QPA_PLATFORM": "offscreen",
        }
        with (self.output / "stdout").open("wb") as out, (self.output / "stderr").open("wb") as err:
            self._process = psutil.Popen(
                [sys.executable, "-c", WORKER, str(self.home / "data")],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                env=environment,
                cwd=temporary,
            )

    def wait_at(self, point):
        while f"at {point}\n".encode() not in (self.output / "stdout").read_bytes():
            try:
                self._process.wait(0.05)
            except psutil.TimeoutExpired:
                continue
            pytest.fail((self.output / "stderr").read_text())

    @contextmanager
    def standing_still(self):
        """No thread of it writes, renames or takes away anything."""
        self._process.suspend()
        yield
        self._process.resume()

    def go_on(self):
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()


@pytest.mark.slow
def test_nothing_planted_can_be_read_whenever_the_process_is_killed(tmp_path):
    secrets = [secret for kind in planted() for secret in kind]
    assert len(set(secrets)) == 200
    worker = Worker(tmp_path)
    found = {}
    try:
        for point in POINTS:
            worker.wait_at(point)
            with worker.standing_still():
                found[point] = hunted(tmp_path, secrets)
            if point != POINTS[-1]:
                worker.go_on()
    finally:
        worker.kill()
    found["killed"] = hunted(tmp_path, secrets)
    count(planted=len(secrets), found=sum(map(len, found.values())), faults=1)
    assert not any(found.values()), found
    # What was committed is there, and opens with the passphrase: the hunt looked at the real thing.
    assert (worker.home / "data" / "pusterum.db").stat().st_size > 1_000_000


def test_the_hunt_finds_what_is_there(tmp_path):
    names, _, numbers = planted()
    (tmp_path / "left").write_text(f"somebody {names[5]}")
    (tmp_path / "wide").write_bytes(numbers[7].encode("utf-16-le"))
    assert {secret for _, secret in hunted(tmp_path, [names[5], names[6], numbers[7]])} == {names[5], numbers[7]}


def test_the_log_of_a_bug_names_its_kind_and_nobody():
    from app.errors import KnownProblem

    problem = KnownProblem("wrong-passphrase", name=planted()[0][0])
    assert planted()[0][0] not in str(problem)
    assert PASSPHRASE not in repr(problem)
