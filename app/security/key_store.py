"""The data key, random and wrapped by a passphrase: without the passphrase there is no data.

`keys.json` beside the database holds slots; each wraps the same 256-bit key with AES-256-GCM under a key that Argon2id
derives from a passphrase. The slot's parameters are stored and are the associated data, so they can be raised over time
and cannot be lowered unnoticed. Slots of kinds that this version does not know (recovery, colleagues) are passed over
and kept.
"""

import base64
import hashlib
import json
import os
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import KnownProblem
from app.security.whole_file import write_whole

FORMAT = 1
SHORTEST_PASSPHRASE = 10
KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12
_BY_PASSPHRASE = "passphrase"  # noqa: S105 - the kind of slot, no secret
_DEAREST_MEMORY_KIB = 1024 * 1024
_MOST_PASSES = 64
_MOST_LANES = 16


@dataclass(frozen=True, slots=True)
class Parameters:
    """What one derivation costs: memory in KiB, passes, lanes (RFC 9106 §3.1)."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1


DEFAULT = Parameters()


def create_key_file(path: Path, passphrase: str, *, parameters: Parameters = DEFAULT) -> bytes:
    """Make a new data key of 32 bytes, write its key file and return it.

    Raises KnownProblem "weak-passphrase", or "key-file-exists" where a file already is: a key is never overwritten.
    """
    if path.exists():
        raise KnownProblem("key-file-exists")
    key = os.urandom(KEY_BYTES)
    _write(path, [_wrap(key, passphrase, parameters)])
    return key


def unlock(path: Path, passphrase: str) -> bytes:
    """Return the data key.

    Raises KnownProblem "missing-key-file", "damaged-key-file", "wrong-passphrase" or "too-little-memory"; the file is
    left as it was.
    """
    return _opened_slot(_read(path), passphrase)[1]


def change_passphrase(path: Path, old: str, new: str, *, parameters: Parameters = DEFAULT) -> None:
    """Wrap the same data key anew; the other slots and the database stay as they are.

    Raises as `unlock` does, and "weak-passphrase", "disk-full" or "read-only"; the old passphrase then still holds.
    """
    slots = _read(path)
    place, key = _opened_slot(slots, old)
    slots[place] = _wrap(key, new, parameters)
    _write(path, slots)


def _opened_slot(slots: list[Any], passphrase: str) -> tuple[int, bytes]:
    """Return the place of the slot that the passphrase opens, and the key."""
    for place, slot in enumerate(slots):
        key = _unwrap(slot, passphrase)
        if key is not None:
            return place, key
    raise KnownProblem("wrong-passphrase")


def _secret(passphrase: str) -> bytes:
    # Keyboards differ in how they compose å; a lone surrogate is no reason to fail (RFC 8265 §4.2).
    return unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")


def _derive(passphrase: str, salt: bytes, parameters: Parameters) -> bytes:
    try:
        return hash_secret_raw(
            _secret(passphrase),
            salt,
            time_cost=parameters.passes,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
    except HashingError as problem:
        # With parameters in their bounds and a salt of ours, memory is all that can lack.
        raise KnownProblem("too-little-memory" if len(salt) == _SALT_BYTES else "damaged-key-file") from problem


def _associated(kind: str, parameters: Parameters) -> bytes:
    return json.dumps({"format": FORMAT, "kind": kind, **asdict(parameters)}, sort_keys=True).encode()


def _wrap(key: bytes, passphrase: str, parameters: Parameters) -> dict[str, Any]:
    if len(unicodedata.normalize("NFC", passphrase)) < SHORTEST_PASSPHRASE:
        raise KnownProblem("weak-passphrase", shortest=SHORTEST_PASSPHRASE)
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    wrapped = AESGCM(_derive(passphrase, salt, parameters)).encrypt(nonce, key, _associated(_BY_PASSPHRASE, parameters))
    return {
        "kind": _BY_PASSPHRASE,
        "parameters": asdict(parameters),
        "salt": base64.b64encode(salt).decode(),
        "nonce": base64.b64encode(nonce).decode(),
        "wrapped": base64.b64encode(wrapped).decode(),
    }


def _unwrap(slot: Any, passphrase: str) -> bytes | None:
    """Return the key, or None where the passphrase is not this slot's or the slot is for something else."""
    try:
        if slot["kind"] != _BY_PASSPHRASE:
            return None
        parameters = Parameters(**slot["parameters"])
        _check(parameters)
        salt, nonce, wrapped = (base64.b64decode(slot[name], validate=True) for name in ("salt", "nonce", "wrapped"))
        derived = _derive(passphrase, salt, parameters)
        return AESGCM(derived).decrypt(nonce, wrapped, _associated(_BY_PASSPHRASE, parameters))
    except InvalidTag:
        return None
    except (KeyError, TypeError, ValueError) as problem:
        raise KnownProblem("damaged-key-file") from problem


def _check(parameters: Parameters) -> None:
    """Refuse parameters that no version has written: a file must not be able to keep the machine busy for hours."""
    for value, least, most in (
        (parameters.passes, 1, _MOST_PASSES),
        (parameters.lanes, 1, _MOST_LANES),
        (parameters.memory_kib, 8, _DEAREST_MEMORY_KIB),
    ):
        if not isinstance(value, int) or not least <= value <= most:
            raise KnownProblem("damaged-key-file")


def _checksum(slots: list[Any]) -> str:
    return hashlib.sha256(json.dumps(slots, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> list[Any]:
    """Return the slots. The checksum tells a file that the disk damaged from a passphrase that is wrong."""
    try:
        content = json.loads(path.read_bytes())
        slots = content["slots"]
        is_whole = content["format"] == FORMAT and content["checksum"] == _checksum(slots)
    except FileNotFoundError as problem:
        raise KnownProblem("missing-key-file") from problem
    except PermissionError as problem:
        raise KnownProblem("read-only") from problem
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise KnownProblem("damaged-key-file") from problem
    if not is_whole or not isinstance(slots, list) or not slots:
        raise KnownProblem("damaged-key-file")
    return slots


def _write(path: Path, slots: list[Any]) -> None:
    content = {"format": FORMAT, "slots": slots, "checksum": _checksum(slots)}
    write_whole(path, json.dumps(content, indent=1).encode())
