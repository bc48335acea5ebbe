import shutil

import pytest

from tests.trial_laptop import CLOCK, COORDINATOR, PASSPHRASE, make_laptop


@pytest.fixture(scope="session")
def made_laptop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laptop") / "data"
    make_laptop(folder)
    return folder


@pytest.fixture(scope="session")
def coordinators_laptop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coordinator") / "data"
    make_laptop(folder, user=COORDINATOR)
    return folder


@pytest.fixture
def laptop(made_laptop, tmp_path, monkeypatch):
    """A laptop of one's own with the invented day on it; nothing outside is touched."""
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    shutil.copytree(made_laptop, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def day(laptop, qapp):
    """The window, open on the laptop and unlocked, with hands at its keyboard."""
    from PySide6.QtCore import Qt

    from tools.demo_day import Day

    day = Day("en", folder=laptop, clock=CLOCK)
    day.pusterum.start()
    day.find("unlock-passphrase")
    day.press(PASSPHRASE, Qt.Key.Key_Return)
    day.wait(lambda: day.pusterum.workspace is not None, "the store to open")
    day.settle()
    yield day
    day.pusterum.window.close()
    day.pusterum.window.deleteLater()
    qapp.processEvents()
