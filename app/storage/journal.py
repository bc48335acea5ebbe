"""A second, sealed copy of what people did since the last backup: a damaged database then costs nothing.

Every commit appends one line to `pusterum.journal` beside the store: the changes it made and the cells that were typed,
encrypted with AES-256-GCM under a key derived from the data key. When a backup has been verified, the journal begins
anew. So newest good backup + journal = everything that was ever saved here; the rest comes from the server.
"""

import base64
import contextlib
import json
import logging
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

JOURNAL_NAME: Final = "pusterum.journal"
_NONCE_BYTES: Final = 12
# Windows would write a line's end in its own way.
_APPENDING: Final = os.O_CREAT | os.O_APPEND | os.O_WRONLY | getattr(os, "O_BINARY", 0)
_log = logging.getLogger(__name__)

Record = dict[str, Any]
"""`{"change": …}` as an outbox entry's columns, `{"draft": …}`, `{"access": …}` or `{"device": …}` as a row's."""


@dataclass(frozen=True, slots=True)
class JournalRead:
    """The records in the order they were made, and how many lines could not be read."""

    records: tuple[Record, ...]
    damaged: int


class Journal:
    """Appends sealed lines; forgets its key when closed."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._file = folder / JOURNAL_NAME
        self._before = folder / f"{JOURNAL_NAME}.before"
        self._cipher: AESGCM | None = AESGCM(journal_key(key))
        self._lock = threading.Lock()

    def append(self, records: Iterable[Record]) -> None:
        """Write records behind the others; a disk that refuses costs the second copy and nothing else."""
        content = b"".join(self._sealed(record) for record in records)
        if not content:
            return
        with self._lock:
            try:
                descriptor = os.open(self._file, _APPENDING, 0o600)
                try:
                    # On a line of its own, where a full disk or a power cut left half of one.
                    left = memoryview(b"\n" + content)
                    while left:
                        left = left[os.write(descriptor, left) :]
                finally:
                    os.close(descriptor)
            except OSError as problem:
                _log.warning("the journal could not be written: %s", type(problem).__name__)

    def begin_backup(self) -> None:
        """Put what is there aside: what is written from now on may not be in the backup that is being made."""
        with self._lock:
            if self._before.exists() and self._file.exists():
                with self._before.open("ab") as before:
                    before.write(self._file.read_bytes())
                self._file.unlink()
            elif self._file.exists():
                self._file.replace(self._before)

    def end_backup(self, about: Record) -> None:
        """Forget what a verified backup holds; `about` is the device, should every backup be lost later."""
        self._before.unlink(missing_ok=True)
        self.append([about])

    def read(self) -> JournalRead:
        """Return what is there, both parts."""
        if self._cipher is None:
            return JournalRead((), 0)
        return _read((self._before, self._file), self._cipher)

    def close(self) -> None:
        """Forget the key."""
        self._cipher = None

    @property
    def size(self) -> int:
        """Return how many bytes lie there."""
        with contextlib.suppress(OSError):
            return self._file.stat().st_size
        return 0

    def _sealed(self, record: Record) -> bytes:
        if self._cipher is None:
            return b""
        nonce = os.urandom(_NONCE_BYTES)
        plain = msgspec.json.encode(record)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, None)) + b"\n"


def journal_key(key: bytes) -> bytes:
    """Return the journal's own key."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"pusterum journal").derive(key)


def _read(files: Iterable[Path], cipher: AESGCM) -> JournalRead:
    records: list[Record] = []
    damaged = 0
    for file in files:
        try:
            lines = filter(None, file.read_bytes().splitlines())
        except FileNotFoundError:
            continue
        except OSError:
            damaged += 1
            continue
        for line in lines:
            try:
                sealed = base64.b64decode(line, validate=True)
                record = json.loads(cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None))
            except (InvalidTag, ValueError):
                damaged += 1
                continue
            records.append(record)
    return JournalRead(tuple(records), damaged)
