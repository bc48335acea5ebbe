import pytest

from app.settings import DeviceSettings
from app.ui.theme import apply_theme, current_metrics, is_dark, note_width
from app.ui.theme.tokens import metrics_for
from tests.trial_laptop import COORDINATOR, PASSPHRASE, make_laptop
from tests.ui.screens_seen import StrayWindows
from tools.tour import before_enrolling, opened, whole_day


@pytest.fixture(autouse=True)
def as_usual(qapp):
    """In whatever look and width a test of another file left the application: each begins in the usual ones."""
    note_width(1280)
    if is_dark() or current_metrics() != metrics_for(100):
        apply_theme(qapp, "light", 100)


@pytest.fixture
def dressed(qapp):
    """The application, light and with text as large as usual, afterwards too, whatever a test dresses it in."""
    apply_theme(qapp, "light", 100)
    yield qapp
    apply_theme(qapp, "light", 100)


@pytest.fixture
def coordinators_laptop(tmp_path, monkeypatch):
    """The coordinator's laptop, who has every screen; a test file whose `laptop` it is says so."""
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    make_laptop(tmp_path / "data", user=COORDINATOR)
    return tmp_path / "data"


class Tour:
    """Opens the application in one look and stops at every screen."""

    def __init__(self, home):
        self._home = home

    def stops(self, *, language, theme="light", text_size=100, with_forms=True, size=(1280, 720)):
        """Yield (name, day) at each stop."""
        DeviceSettings(language=language, theme=theme, text_size=text_size).save()
        empty = opened(self._home / "empty", size=size)
        for name in before_enrolling(empty):
            empty.settle()
            yield name, empty
        empty.end()
        make_laptop(self._home / "data")
        day = opened(self._home / "data", size=size)
        for name in whole_day(day, PASSPHRASE, with_forms=with_forms):
            day.settle()
            yield name, day
        day.end()


@pytest.fixture
def tour(tmp_path, monkeypatch, qapp, caplog):
    """A walk past every screen there is; on the way no window strays and no bug is logged."""
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    stray = StrayWindows(qapp)
    yield Tour(tmp_path)
    qapp.removeEventFilter(stray)
    assert stray.found == []
    bugs = [record.getMessage() for record in caplog.get_records("call") if record.levelname == "ERROR"]
    assert not bugs, "\n".join(bugs)
