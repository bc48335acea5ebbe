"""A new data key for the closed store, under which nothing unsent is lost and every way in stays.

The key file gives both keys from the first step to the last, so a power cut at any point leaves a store that opens:
with the old key before the rename, with the new one after it. Each step is on the disk for sure before the next one
rests on it; a disk that cannot say so ends it there.
"""

import contextlib
from pathlib import Path

from app.errors import KnownProblem
from app.security.key_store import Opened, abandon_rekeying, begin_rekeying, finish_rekeying
from app.security.whole_file import be_sure_of
from app.settings import DATABASE_NAME, KEY_FILE_NAME
from app.storage.backup import discard_all
from app.storage.engine import Store, check_store, open_store
from app.storage.journal import JOURNAL_NAME
from app.storage.rekey import copy_under_new_key, forget_copy


def rekey_store(folder: Path, passphrase: str) -> bytes:
    """Give the closed store in `folder` a new key and return it.

    Backups and journal under the old key are deleted, because whoever has that key could read them; make a backup at
    once. Raises KnownProblem as :func:`app.security.key_store.begin_rekeying` and the copying do, and "not-written"
    where the disk may lose a step again; :func:`open_after_rekeying` then finds out which key the store has.
    """
    key_file, path = folder / KEY_FILE_NAME, folder / DATABASE_NAME
    old, new = begin_rekeying(key_file, passphrase)
    try:
        copy_under_new_key(path, old, new)
    except BaseException:
        with contextlib.suppress(KnownProblem):
            abandon_rekeying(key_file, old)
        raise
    _finish(folder, old, new)
    return new


def open_after_rekeying(folder: Path, opened: Opened, *, every_page: bool = True) -> Store:
    """Open the store with whichever of the two keys it has, and end a re-keying that was cut off.

    After one that was cut off every page is looked at. Raises as :func:`app.storage.engine.open_store`.
    """
    key_file, path = folder / KEY_FILE_NAME, folder / DATABASE_NAME
    if opened.next_key is None:
        return open_store(path, opened.key, every_page=every_page)
    try:
        check_store(path, opened.next_key)
    except KnownProblem:
        store = open_store(path, opened.key)
        abandon_rekeying(key_file, opened.key)
        forget_copy(path)
        return store
    _finish(folder, opened.key, opened.next_key)
    return open_store(path, opened.next_key)


def _finish(folder: Path, old: bytes, new: bytes) -> None:
    """Let go of the old key, last of all: the store has the new one for good, and what the old one opens is gone."""
    be_sure_of(folder / DATABASE_NAME)
    _forget(folder)
    finish_rekeying(folder / KEY_FILE_NAME, old, new)


def _forget(folder: Path) -> None:
    discard_all(folder)
    for name in (JOURNAL_NAME, f"{JOURNAL_NAME}.before"):
        (folder / name).unlink(missing_ok=True)
