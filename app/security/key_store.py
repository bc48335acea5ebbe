"""The data key, random and wrapped by a passphrase: without the passphrase there is no data.

`keys.json` beside the database holds slots; each wraps the same 256-bit key with AES-256-GCM under a key that Argon2id
derives from a passphrase. The slot's parameters are stored and are the associated data, so they can be raised over time
and cannot be lowered unnoticed.
"""

import base64
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.errors import KnownProblem

KEY_FILE_NAME = "keys.json"
FORMAT = 1
SHORTEST_PASSPHRASE = 10
KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12
_DEAREST_MEMORY_KIB = 4 * 1024 * 1024


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
    _write(path, {"format": FORMAT, "slots": [_wrap(key, passphrase, parameters)]})
    return key


def unlock(path: Path, passphrase: str) -> bytes:
    """Return the data key.

    Raises KnownProblem "missing-key-file", "damaged-key-file" or "wrong-passphrase"; the file is left as it was.
    """
    for slot in _read(path)["slots"]:
        key = _unwrap(slot, passphrase)
        if key is not None:
            return key
    raise KnownProblem("wrong-passphrase")


def change_passphrase(path: Path, old: str, new: str, *, parameters: Parameters = DEFAULT) -> None:
    """Wrap the same data key anew; the other slots and the database stay as they are. Raises as `unlock` does."""
    content = _read(path)
    for place, slot in enumerate(content["slots"]):
        key = _unwrap(slot, old)
        if key is not None:
            content["slots"][place] = _wrap(key, new, parameters)
            _write(path, content)
            return
    raise KnownProblem("wrong-passphrase")


def _derive(passphrase: str, salt: bytes, parameters: Parameters) -> bytes:
    return hash_secret_raw(
        passphrase.encode(),
        salt,
        time_cost=parameters.passes,
        memory_cost=parameters.memory_kib,
        parallelism=parameters.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _associated(kind: str, parameters: Parameters) -> bytes:
    return json.dumps({"format": FORMAT, "kind": kind, **asdict(parameters)}, sort_keys=True).encode()


def _wrap(key: bytes, passphrase: str, parameters: Parameters) -> dict[str, Any]:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise KnownProblem("weak-passphrase", shortest=SHORTEST_PASSPHRASE)
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    wrapped = AESGCM(_derive(passphrase, salt, parameters)).encrypt(nonce, key, _associated("passphrase", parameters))
    return {
        "kind": "passphrase",
        "parameters": asdict(parameters),
        "salt": base64.b64encode(salt).decode(),
        "nonce": base64.b64encode(nonce).decode(),
        "wrapped": base64.b64encode(wrapped).decode(),
    }


def _unwrap(slot: dict[str, Any], passphrase: str) -> bytes | None:
    """Return the key, or None where the passphrase is not this slot's."""
    try:
        parameters = Parameters(**slot["parameters"])
        if not 8 <= parameters.memory_kib <= _DEAREST_MEMORY_KIB:
            raise KnownProblem("damaged-key-file")
        salt, nonce, wrapped = (base64.b64decode(slot[name], validate=True) for name in ("salt", "nonce", "wrapped"))
        derived = _derive(passphrase, salt, parameters)
        return AESGCM(derived).decrypt(nonce, wrapped, _associated(slot["kind"], parameters))
    except InvalidTag:
        return None
    except (KeyError, TypeError, ValueError) as problem:
        raise KnownProblem("damaged-key-file") from problem


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError as problem:
        raise KnownProblem("missing-key-file") from problem
    except (ValueError, UnicodeDecodeError) as problem:
        raise KnownProblem("damaged-key-file") from problem
    if not isinstance(content, dict) or content.get("format") != FORMAT or not content.get("slots"):
        raise KnownProblem("damaged-key-file")
    return content


def _write(path: Path, content: dict[str, Any]) -> None:
    """Replace the file whole or not at all: a power cut must never cost the key."""
    beside = path.with_suffix(".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
