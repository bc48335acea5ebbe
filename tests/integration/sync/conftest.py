"""Laptops of two teams and of a coordinator, with real stores, of a cooperation at the one real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.models.organisation import Place
from tests.integration.sync.desk import Desk, a_desk
from tests.integration.sync.server_backup import Backup
from tests.server.laptops import Cooperation


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


@pytest.fixture
def place(mette: Desk, jens: Desk) -> Place:
    """A place that Mette wrote down, and that both colleagues of its team have."""
    place = mette.place()
    mette.sync()
    jens.sync()
    return place


@pytest.fixture
def backup(cooperation: Cooperation) -> Backup:
    return Backup(cooperation)
