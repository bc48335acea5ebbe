import pytest

from tests.trial_laptop import COORDINATOR, make_laptop


@pytest.fixture
def coordinators_laptop(tmp_path, monkeypatch):
    """The coordinator's laptop, who has every screen; a test file whose `laptop` it is says so."""
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    make_laptop(tmp_path / "data", user=COORDINATOR)
    return tmp_path / "data"
