"""The second stage of putting together: enrolling, the open store, the desk and its screens, synchronising.

It is a module of its own because importing it takes longer than showing the first screen.
"""

import contextlib
import logging
from pathlib import Path

from PySide6.QtCore import QObject
from sqlalchemy import select

from app.clock import Clock
from app.companion_server import is_trial
from app.errors import KnownProblem
from app.ids import new_id
from app.models.local import Device
from app.security.attempts import unlock_slowly
from app.security.key_store import create_key_file
from app.services.rekey_store import open_after_rekeying
from app.settings import DATABASE_NAME, KEY_FILE_NAME, DeviceSettings
from app.storage.access_log import offer
from app.storage.engine import Store, create_store, known_disk_problems
from app.sync.client import SyncClient
from app.sync.engine import SyncReport, synchronise
from app.sync.enrol import enrol
from app.ui.desk import Desk
from app.ui.shell.main_window import Workspace
from app.ui.tasks import TaskRunner

_log = logging.getLogger(__name__)


def enrolled(folder: Path, url: str, code: str, passphrase: str, *, clock: Clock) -> tuple[Store, Device]:
    """Enrol this laptop, make key and store in `folder`, and fetch the team's records.

    Raises what enrolling, the key file and the disk raise; a laptop that could not be set up can be enrolled again.
    """
    device = enrol(url, code, device_name=_machine_name(), database_id=new_id(clock))
    key = create_key_file(folder / KEY_FILE_NAME, passphrase, user_id=device.user_id, is_invented=is_trial(folder))
    try:
        store = create_store(folder / DATABASE_NAME, key)
        with store.session() as session, known_disk_problems():
            session.add(device)
            session.commit()
    except KnownProblem:
        # A key without a store would lock the laptop out of enrolling again.
        for made in (KEY_FILE_NAME, DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm"):
            (folder / made).unlink(missing_ok=True)
        raise
    try:
        synchronised(store, device, clock=clock)
    except KnownProblem as problem:
        # The laptop is enrolled; what is missing comes with the next sending.
        _log.info("first synchronisation: %s", problem.code)
    return store, device


def unlocked(folder: Path, passphrase: str, *, clock: Clock) -> tuple[Store, Device]:
    """Open the store in `folder` by its passphrase; KnownProblem "not-enrolled" where it belongs to no server."""
    opened = unlock_slowly(folder / KEY_FILE_NAME, passphrase, clock=clock)
    store = open_after_rekeying(folder, opened)
    with store.session() as session:
        device = session.scalars(select(Device)).one_or_none()
    if device is None:
        store.close()
        raise KnownProblem("not-enrolled")
    return store, device


def synchronised(store: Store, device: Device, *, clock: Clock) -> SyncReport:
    """Synchronise once with the laptop's server; what was looked at since the last time goes along."""
    with store.session() as session, known_disk_problems():
        offer(session, clock=clock)
        session.commit()
    with contextlib.closing(SyncClient(device.server_url, device.token, device.database_id)) as client:
        return synchronise(store, client, clock=clock)


def set_up_desk(
    store: Store, device: Device, settings: DeviceSettings, *, tasks: TaskRunner, clock: Clock, parent: QObject
) -> tuple[Desk, Workspace]:
    """Return the desk of whoever the laptop belongs to, and the screens around it."""
    desk = Desk(store, tasks=tasks, clock=clock, user_id=device.user_id, user_name=device.user_name, parent=parent)
    return desk, Workspace(desk, settings)


def _machine_name() -> str:
    import platform  # noqa: PLC0415 - asked once in a laptop's life

    return (platform.node() or "laptop")[:120]
