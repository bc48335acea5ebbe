import pytest

from app import open_stage
from tests.empty_store import rekeyed_empty_store


@pytest.fixture(autouse=True)
def enrolled_with_a_copied_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop is enrolled with a copy of an empty store: making one takes ten times as long, and hundreds are made."""
    monkeypatch.setattr(open_stage, "create_store", rekeyed_empty_store)
