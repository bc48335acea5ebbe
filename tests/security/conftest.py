"""A real server process for each module that attacks or uses one, and a cooperation of its own for each test."""

from collections.abc import Iterator

import pytest

from app import open_stage
from tests.empty_store import rekeyed_empty_store
from tests.server.laptops import Cooperation, ServerProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def cooperation(server: ServerProcess) -> Iterator[Cooperation]:
    with server.connect() as connection:
        made = Cooperation.make(connection, server)
    yield made
    made.http.clear()


@pytest.fixture(autouse=True)
def enrolled_with_a_copied_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop is enrolled with a copy of an empty store: making one takes ten times as long, and hundreds are made."""
    monkeypatch.setattr(open_stage, "create_store", rekeyed_empty_store)
