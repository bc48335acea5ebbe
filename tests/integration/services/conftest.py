"""An office with one person, and an office of several towns: each with a store of its own for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.services.courses import Office
from tests.integration.services.towns import Towns


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.store.close()


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[Towns]:
    towns = Towns(tmp_path)
    yield towns
    towns.store.close()
