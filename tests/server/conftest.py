from collections.abc import Iterator

import pytest

from tests.server.laptops import ServerProcess


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that no test sets back: here its whole backup is looked at."""
    with ServerProcess(tmp_path_factory.mktemp("server")) as running:
        yield running
