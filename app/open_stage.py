"""The second stage of putting together: enrolling, the open store, the desk and its screens, synchronising.

It is a module of its own because importing it takes longer than showing the first screen.
"""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from sqlalchemy import select, update

from app.clock import Clock
from app.companion_server import is_trial
from app.errors import KnownProblem
from app.ids import new_id
from app.models.local import Device
from app.models.organisation import User
from app.security.attempts import recover_slowly, unlock_slowly
from app.security.key_store import create_key_file, new_recovery_code, open_key_file, slots_of
from app.services.forget_erased import forget_erased
from app.services.join_parts import join_parts_made_apart
from app.services.rekey_store import open_after_rekeying, rekey_store
from app.settings import DATABASE_NAME, KEY_FILE_NAME, DeviceSettings, unsent_in
from app.storage.access_log import offer
from app.storage.backup import Backup, Recovered, is_backup_due, lost_commits, make_backup, recover
from app.storage.change_set import ChangeSet
from app.storage.driver import driver_of
from app.storage.engine import Store, create_store, known_disk_problems, open_store
from app.sync.client import SyncClient
from app.sync.engine import synchronise
from app.sync.enrol import enrol
from app.sync.hang_up import HangUp
from app.sync.kept_line import KeptLine
from app.sync.receipt import forget_repeated
from app.sync.report import SyncProgress, SyncReport
from app.sync.standing import Reporting, forget_deposit, lease_of, note_clock, report_in, seal_unsent
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
    store: Store | None = None
    try:
        store = create_store(folder / DATABASE_NAME, key)
        with store.session() as session, known_disk_problems():
            session.add(device)
            session.commit()
    except KnownProblem:
        if store is not None:
            store.close()
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


def unlocked(folder: Path, passphrase: str, *, clock: Clock, every_page: bool = True) -> tuple[Store, Device]:
    """Open the store in `folder` by somebody's passphrase; the device returned names whoever that is.

    Without `every_page` the pages are to be looked at afterwards: see :func:`app.storage.engine.open_store`.

    Raises KnownProblem "not-enrolled" where it belongs to no server; "lease-ended" or "laptop-revoked" where the server
    has to agree first and was asked in vain.
    """
    opened = unlock_slowly(folder / KEY_FILE_NAME, passphrase, clock=clock)
    store = open_after_rekeying(folder, opened, every_page=every_page)
    return _opened(folder, store, opened.user_id, clock=clock)


def let_in(folder: Path, code: str, passphrase: str, *, clock: Clock) -> tuple[Store, Device, str]:
    """Open with a recovery code or the coordinator's help, and return the next recovery code with the open store.

    The passphrase is the new one. Raises as :func:`unlocked`, "wrong-code" and "weak-passphrase".
    """
    key_file = folder / KEY_FILE_NAME
    opened = recover_slowly(key_file, code, passphrase, clock=clock)
    next_code = new_recovery_code(key_file, passphrase)
    store = open_after_rekeying(folder, open_key_file(key_file, passphrase))
    if not slots_of(key_file).has_escrow:
        forget_deposit(store)
    return *_opened(folder, store, opened.user_id, clock=clock), next_code


def first_recovery_code(folder: Path, passphrase: str) -> str:
    """Return the recovery code of a laptop that was just enrolled; it is stored nowhere."""
    return new_recovery_code(folder / KEY_FILE_NAME, passphrase)


def recovered(folder: Path, passphrase: str, *, clock: Clock) -> tuple[Store, Device, Recovered]:
    """Set a damaged store aside and open the newest good state, with everything unsent in it."""
    opened = unlock_slowly(folder / KEY_FILE_NAME, passphrase, clock=clock)
    store, report = recover(folder, opened.next_key or opened.key, clock=clock)
    return *_opened(folder, store, opened.user_id, clock=clock), report


def rekeyed(store: Store, folder: Path, passphrase: str, *, clock: Clock) -> tuple[Store, Device]:
    """Close the store, give it a new key, and open it again; raises as :func:`rekey_store`, and is then still there."""
    try:
        opened = open_key_file(folder / KEY_FILE_NAME, passphrase)
    finally:
        store.close()
    key = rekey_store(folder, passphrase)
    fresh = _opened(folder, open_store(folder / DATABASE_NAME, key), opened.user_id, clock=clock)
    make_backup(fresh[0], folder / KEY_FILE_NAME, clock=clock)
    return fresh


def set_back(store: Store, folder: Path, backup: Backup, *, clock: Clock) -> tuple[Store, Device, Recovered]:
    """Close the store, set it aside, and open a backup with everything from the journal that was done since."""
    key = store.with_key(lambda key: key)
    store.close()
    fresh, report = recover(folder, key, clock=clock, backup=backup)
    return *_opened(folder, fresh, "", clock=clock), report


def _opened(folder: Path, store: Store, user_id: str, *, clock: Clock) -> tuple[Store, Device]:
    """Check that the laptop may be worked at, and put back what a damaged log lost."""
    try:
        # Every page may not have been looked at yet: what cannot be read here is said as what it is.
        with known_disk_problems():
            return store, _device_of(folder, store, user_id, clock=clock)
    except BaseException:
        store.close()
        raise


def _device_of(folder: Path, store: Store, user_id: str, *, clock: Clock) -> Device:
    with store.session() as session:
        device = session.scalars(select(Device)).one_or_none()
        user = session.get(User, user_id) if user_id else None
    if device is None:
        raise KnownProblem("not-enrolled")
    if user is not None and user.id != device.user_id:
        device.user_id, device.user_name, device.role = user.id, user.name, user.role
    lost = lost_commits(store)
    if lost:
        _log.warning("%d changes were put back from the journal", lost)
    found = lease_of(store)
    if found is not None and not is_trial(folder):
        lease, is_revoked = found
        if is_revoked or lease.has_ended(clock.now()):
            _ask_to_agree(store, device, is_revoked=is_revoked, clock=clock)
    note_clock(store, clock=clock)
    for sealed in unsent_in(folder):
        sealed.unlink(missing_ok=True)
    return device


def _ask_to_agree(store: Store, device: Device, *, is_revoked: bool, clock: Clock) -> None:
    try:
        with contextlib.closing(_client(store, device)) as client:
            report_in(store, client, store.path.parent / KEY_FILE_NAME, clock=clock)
    except KnownProblem as problem:
        if problem.code == "laptop-revoked":
            raise
        seal_unsent(store, clock=clock)
        raise KnownProblem("laptop-revoked" if is_revoked else "lease-ended", why=problem.code) from problem


def synchronised(
    store: Store,
    device: Device,
    *,
    clock: Clock,
    progress: Callable[[SyncProgress], None] | None = None,
    hang_up: HangUp | None = None,
    line: KeptLine | None = None,
) -> SyncReport:
    """Report in and synchronise once with the laptop's server; what was looked at since the last time goes along.

    Before that, whoever is on a course twice by what came the last time is put on it once.

    Raises KnownProblem "laptop-revoked" where the server took this laptop's access away: it is then to be locked.
    A server that was set back meanwhile is asked a second time.
    """
    with store.session() as session, known_disk_problems():
        offer(session, clock=clock)
        session.commit()
    joined = _join_parts(store, device, clock=clock)
    key_file = store.path.parent / KEY_FILE_NAME
    reporting = Reporting(store, key_file, clock=clock)
    with contextlib.closing(_client(store, device, hang_up, line)) as client:
        try:
            report = _synchronised(store, client, reporting, clock=clock, progress=progress)
        except KnownProblem as problem:
            reporting.seal_where_revoked(problem)
            _report_in(store, client, key_file, clock=clock)
            raise
        if not reporting.is_done:
            _report_in(store, client, key_file, clock=clock)
    forget_erased(store, store.path.parent / KEY_FILE_NAME, clock=clock)
    return replace(report, changed=ChangeSet(report.changed.rows | joined.rows))


def _join_parts(store: Store, device: Device, *, clock: Clock) -> ChangeSet:
    """Put on each course once whoever is on it twice; a disk that is full keeps nothing from being sent."""
    try:
        with known_disk_problems():
            return join_parts_made_apart(store, actor=device.user_id, clock=clock)
    except KnownProblem as problem:
        _log.warning("parts in one course wait to be joined: %s", problem.code)
        return ChangeSet()


def _synchronised(
    store: Store,
    client: SyncClient,
    reporting: Reporting,
    *,
    clock: Clock,
    progress: Callable[[SyncProgress], None] | None,
) -> SyncReport:
    try:
        return synchronise(store, client, clock=clock, progress=progress, reporting=reporting)
    except KnownProblem as problem:
        if problem.code != "server-restored":
            raise
        return synchronise(store, client, clock=clock, progress=progress, reporting=reporting)


def _report_in(store: Store, client: SyncClient, key_file: Path, *, clock: Clock) -> None:
    """Report in by itself, as to a server that takes it along with nothing; only being revoked is told."""
    try:
        report_in(store, client, key_file, clock=clock)
    except KnownProblem as problem:
        if problem.code == "laptop-revoked":
            raise
        # Whatever else is wrong, sending says so in its own words.
        _log.info("reporting in: %s", problem.code)


def say_restored(store: Store) -> None:
    """Remember that somebody said: this store was set back to a backup."""
    with store.session() as session, known_disk_problems():
        session.execute(update(Device).values(is_restored=True))
        session.commit()


def let_in_again(store: Store, device: Device, code: str) -> Device:
    """Take a new token for the same store, as after it was revoked; unsent changes are sent with the next sending."""
    renewed = enrol(device.server_url, code, device_name=_machine_name(), database_id=device.database_id)
    if (renewed.id, renewed.server_id) != (device.id, device.server_id):
        raise KnownProblem("wrong-database")
    with store.session() as session, known_disk_problems():
        session.execute(update(Device).values(token=renewed.token, receipt_key=renewed.receipt_key))
        session.commit()
    device.token, device.receipt_key = renewed.token, renewed.receipt_key
    return device


def back_up(store: Store, *, clock: Clock) -> Backup | None:
    """Make a backup where one is due, and return it; what need not be kept goes before."""
    if not is_backup_due(store, clock=clock):
        return None
    with store.session() as session, known_disk_problems():
        forget_repeated(driver_of(session), clock=clock)
        session.commit()
    return make_backup(store, store.path.parent / KEY_FILE_NAME, clock=clock)


def _client(store: Store, device: Device, hang_up: HangUp | None = None, line: KeptLine | None = None) -> SyncClient:
    """Return a client with the token of now: it may have been rotated since the laptop was unlocked."""
    with store.session() as session:
        token = session.scalars(select(Device.token)).one()
    return SyncClient(device.server_url, token, device.database_id, hang_up=hang_up, line=line)


def desk_of(store: Store, device: Device, *, tasks: TaskRunner, clock: Clock, parent: QObject) -> Desk:
    """Return the desk of whoever the laptop belongs to."""
    return Desk(
        store,
        tasks=tasks,
        clock=clock,
        user_id=device.user_id,
        user_name=device.user_name,
        parent=parent,
        role=device.role,
    )


def frame(settings: DeviceSettings, *, tasks: TaskRunner, clock: Clock, parent: QObject, window: QWidget) -> Workspace:
    """Return the screens around an empty desk, hidden in the window: what needs no key, made before there is one."""
    desk = Desk(None, tasks=tasks, clock=clock, parent=parent)
    desk.tips_seen = frozenset(settings.tips_seen.split())
    made = Workspace(desk, settings, window)
    made.hide()
    return made


def set_up_desk(
    store: Store,
    device: Device,
    settings: DeviceSettings,
    *,
    tasks: TaskRunner,
    clock: Clock,
    parent: QObject,
    ready: Workspace | None = None,
) -> tuple[Desk, Workspace]:
    """Return the desk of whoever the laptop belongs to, and the screens around it; `ready` is a frame made before."""
    if ready is None:
        desk = desk_of(store, device, tasks=tasks, clock=clock, parent=parent)
        desk.tips_seen = frozenset(settings.tips_seen.split())
        return desk, Workspace(desk, settings)
    desk = ready.desk
    desk.sit_down(store, user_id=device.user_id, user_name=device.user_name, role=device.role)
    ready.begin(settings)
    return desk, ready


def _machine_name() -> str:
    import platform  # noqa: PLC0415 - asked once in a laptop's life

    return (platform.node() or "laptop")[:120]
