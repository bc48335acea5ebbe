import gc
import os
import shutil
import sys
import tempfile
import threading

import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot
from sqlalchemy.util import LRUCache

from app import i18n
from app.security import key_store
from app.storage import compiled, engine
from tools.demo_day import PATIENCE_SECONDS

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The same examples in every run, so that a red run is the change's doing; long random runs are asked for by name. Nor
# is one red because the machine stood still for a while.
UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("same-every-time", derandomize=True, **UNTIMED)
settings.register_profile("long", max_examples=2_000, **UNTIMED)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same-every-time"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Let each run write into a folder of its own, with a short name: sockets lie in it.

    The one that a user's runs share is closed to everybody else whenever one begins. To root's runs that is PostgreSQL,
    which never runs as root: a second run took the files of the first one's away from it.
    """
    if config.option.basetemp is None:
        config.stash[_made] = folder = tempfile.mkdtemp(prefix="pt-")
        config.option.basetemp = os.path.join(folder, "t")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    """Take the run's folder away where nothing failed, of which something is to be looked at in it."""
    if _made in session.config.stash and exitstatus == 0:
        shutil.rmtree(session.config.stash[_made], ignore_errors=True)


_made = pytest.StashKey()  # the folder, where this process made it


@pytest.fixture(autouse=True)
def english():
    """Whatever a test of another file left spoken: each begins in English."""
    i18n.use_language("en")


@pytest.fixture(scope="session", autouse=True)
def cheap_keys():
    """What a derived key costs a thief, it costs each laptop that a test opens: here a thousandth of the memory.

    That is still more than an invented laptop's key costs, which is wrapped anew at its first unlocking as ever.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_store, "DEFAULT", key_store.Parameters(memory_kib=64))
        yield


@pytest.fixture(scope="session", autouse=True)
def patience():
    """What a window is waited for may take as long as in `Day.wait`: the machine stands still for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for wait in (QtBot.waitUntil, QtBot.waitSignal, QtBot.waitSignals):
            patch.setitem(wait.__kwdefaults__, "timeout", PATIENCE_SECONDS * 1_000)
        yield


@pytest.fixture(scope="session", autouse=True)
def put_together_once():
    """A statement that one store has heard all others have: they are asked the same, a few things each.

    In the application each store forgets what it was asked when it is closed.
    """
    known = LRUCache(10_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "LRUCache", lambda _most: known)
        yield


@pytest.fixture(autouse=True)
def no_disk_to_wait_for(request, monkeypatch):
    """A commit waits for no disk: a test that ends a process, as a power cut does, leaves the computer on.

    Whoever asks which commits wait has `disk_to_wait_for`.
    """
    if "disk_to_wait_for" not in request.fixturenames:
        monkeypatch.setattr(engine, "_TO_THE_DISK", "PRAGMA synchronous = OFF")


@pytest.fixture
def disk_to_wait_for():
    """Commits wait for the disk, as in the application."""


@pytest.fixture
def laptop(tmp_path, monkeypatch):
    """A laptop of one's own with the invented day on it; nothing outside is touched."""
    from tests.trial_laptop import make_laptop

    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    make_laptop(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def day(laptop, qapp):
    """The window, open on the laptop and unlocked, with hands at its keyboard."""
    from tests.trial_laptop import PASSPHRASE, window_on

    with window_on(laptop) as day:
        day.unlock(PASSPHRASE)
        yield day


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """`python -m server serve` on a free port of loopback, with its embedded PostgreSQL: one for most tests."""
    from tests.server.laptops import ServerProcess

    with ServerProcess(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def cooperation(server):
    """Two teams, a counsellor in each, a second one in the north, and a coordinator; none but this test has it."""
    from tests.server.laptops import Cooperation

    with server.connect() as connection:
        made = Cooperation.make(connection, server)
    yield made
    made.http.clear()


_standing = pytest.StashKey()  # the windows that are held


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """Hold the windows that a test made until they were taken down.

    One that only a button in it still knows would end while that button's card is being deleted, and delete it again.
    """
    try:
        return (yield)
    finally:
        if "PySide6.QtWidgets" in sys.modules:
            from PySide6.QtWidgets import QApplication

            if QApplication.instance() is not None:
                pyfuncitem.stash[_standing] = QApplication.topLevelWidgets()


@pytest.fixture(autouse=True)
def nothing_left_behind(request):
    """Windows that a test let go of are gone after it, and nothing of Qt's is collected on another thread than Qt's.

    Qt keeps what is to be deleted until an event loop ends, and there is none around a test; left there, every window
    is dressed anew with each one that follows. What a test leaves in circles is collected here, once, and what stays
    then is looked at no more.
    """
    if "PySide6.QtWidgets" not in sys.modules:
        yield
        return
    elsewhere = []

    def watch(phase, _found):
        if phase == "start" and threading.current_thread() is not threading.main_thread():
            elsewhere.append(threading.current_thread().name)

    gc.disable()
    gc.callbacks.append(watch)
    yield
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    request.node.stash[_standing] = []
    gc.collect()
    gc.freeze()
    gc.callbacks.remove(watch)
    assert elsewhere == [], "another thread than Qt's collected what belongs to Qt"
