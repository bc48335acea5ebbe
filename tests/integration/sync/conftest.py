"""Laptops of two teams and of a coordinator, with real stores, and one real server process for all tests of syncing."""

from collections.abc import Iterator

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


@pytest.fixture
def mette(tmp_path, cooperation: Cooperation) -> Iterator[Desk]:
    desk = a_desk(tmp_path, cooperation, "mette")
    yield desk
    desk.store.close()


@pytest.fixture
def jens(tmp_path, cooperation: Cooperation) -> Iterator[Desk]:
    desk = a_desk(tmp_path, cooperation, "jens")
    yield desk
    desk.store.close()


@pytest.fixture
def sara(tmp_path, cooperation: Cooperation) -> Iterator[Desk]:
    desk = a_desk(tmp_path, cooperation, "sara")
    yield desk
    desk.store.close()


@pytest.fixture
def kirsten(tmp_path, cooperation: Cooperation) -> Iterator[Desk]:
    desk = a_desk(tmp_path, cooperation, "kirsten")
    yield desk
    desk.store.close()
