from collections.abc import Iterator
from pathlib import Path

import pytest

from app import open_stage
from tests.empty_store import rekeyed_empty_store
from tests.security.test_standing import Laptop
from tests.server.laptops import Cooperation


@pytest.fixture(autouse=True)
def enrolled_with_a_copied_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop is enrolled with a copy of an empty store: making one takes ten times as long, and hundreds are made."""
    monkeypatch.setattr(open_stage, "create_store", rekeyed_empty_store)


@pytest.fixture
def laptops(tmp_path: Path, cooperation: Cooperation) -> Iterator[dict[str, Laptop]]:
    """Mette's and Jens's laptops of one team, and the coordinator's."""
    made = {name: Laptop(tmp_path / name, cooperation, name) for name in ("mette", "jens", "kirsten")}
    yield made
    for laptop in made.values():
        laptop.store.close()
