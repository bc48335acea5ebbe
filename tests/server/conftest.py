"""One real PostgreSQL and one real server process for all tests of the server; a cooperation of its own for each."""

from collections.abc import Iterator

import pytest

from tests.server.laptops import Cooperation, ServerProcess


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """`python -m server serve` on a free port of loopback, with its embedded PostgreSQL."""
    with ServerProcess(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def cooperation(server: ServerProcess) -> Iterator[Cooperation]:
    """Two teams, a counsellor in each, a second one in the north, and a coordinator."""
    with server.connect() as connection:
        made = Cooperation.make(connection, server)
    yield made
    made.http.clear()
