"""A real server process for each module that attacks or uses one, and a cooperation of its own for each test."""

from collections.abc import Iterator

import pytest

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
