"""Laptops of two teams and of a coordinator, with real stores, and one real server process for all tests of syncing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sync.desk import Desk, a_desk
from tests.server.laptops import Cooperation, ServerProcess


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def cooperation(server: ServerProcess) -> Iterator[Cooperation]:
    with server.connect() as connection:
        made = Cooperation.make(connection, server)
    yield made
    made.http.clear()


def _enrolled(folder: Path, cooperation: Cooperation, user: str) -> Iterator[Desk]:
    desk = a_desk(folder, cooperation, user)
    yield desk
    desk.store.close()


@pytest.fixture
def mette(tmp_path: Path, cooperation: Cooperation) -> Iterator[Desk]:
    yield from _enrolled(tmp_path, cooperation, "mette")


@pytest.fixture
def jens(tmp_path: Path, cooperation: Cooperation) -> Iterator[Desk]:
    yield from _enrolled(tmp_path, cooperation, "jens")


@pytest.fixture
def sara(tmp_path: Path, cooperation: Cooperation) -> Iterator[Desk]:
    yield from _enrolled(tmp_path, cooperation, "sara")


@pytest.fixture
def kirsten(tmp_path: Path, cooperation: Cooperation) -> Iterator[Desk]:
    yield from _enrolled(tmp_path, cooperation, "kirsten")
