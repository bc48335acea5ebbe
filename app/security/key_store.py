"""The data key, random and held by slots: without a passphrase, a recovery code or the coordinator there is no data.

`keys.json` beside the database holds one slot a way in. Each slot has a key pair of its own: the private half is
wrapped with AES-256-GCM under a key that Argon2id derives from a secret (RFC 9106), and the data key is sealed to the
public half (HPKE, RFC 9180). So a new data key can be given to every slot without knowing anybody's passphrase. The
slots are of three kinds:

- ``passphrase``: one for each person who works at this laptop.
- ``recovery``: a code of 24 letters, shown once.
- ``escrow``: a code that nobody has seen, itself sealed to the cooperation's public key. The coordinator opens it with
  the cooperation's private key and reads the code to whoever forgot; it works once.

A slot's parameters are part of its associated data, and the list of slots carries a code that only the data key can
make: nothing in the file can be lowered, added or taken away unnoticed.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from app.errors import KnownProblem
from app.security.passphrase import SHORTEST_PASSPHRASE, judge
from app.security.whole_file import be_sure_of, write_whole
from app.settings import BACKUP_FOLDER, KEYS_OF_BACKUP

FORMAT = 2
KEY_BYTES = 32
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters that nobody mistakes for another or for a digit when they are read aloud or from paper."""
CODE_LENGTH = 24
"""Letters of a recovery code: 110 bits."""
HELP_PURPOSE: Final = b"pusterum help code 2"
"""What an escrow code is sealed for, so that the cooperation's key opens nothing else by mistake."""

_SALT_BYTES = 16
_NONCE_BYTES = 12
_PASSPHRASE, _RECOVERY, _ESCROW = "passphrase", "recovery", "escrow"
_DEAREST_MEMORY_KIB = 1024 * 1024
_MOST_PASSES = 64
_MOST_LANES = 16
_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What one derivation costs: memory in KiB, passes, lanes (RFC 9106 §3.1)."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 1

    def is_below(self, other: "Parameters") -> bool:
        """Return whether this costs an attacker less."""
        return self.memory_kib * self.passes < other.memory_kib * other.passes


DEFAULT = Parameters()
"""What a derivation costs wherever a caller names no `parameters`."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a slot gave: the data key, whose slot it was, and the key that a re-keying under way is moving to."""

    key: bytes
    user_id: str = ""
    next_key: bytes | None = None

    def __repr__(self) -> str:
        """Say nothing: a key must not reach a log by accident."""
        return "Opened(…)"


@dataclass(frozen=True, slots=True)
class Slots:
    """What the file says without any secret: who has a passphrase here, and which ways of help there are."""

    user_ids: tuple[str, ...]
    has_recovery: bool
    has_escrow: bool


def create_key_file(
    path: Path,
    passphrase: str,
    *,
    user_id: str = "",
    escrow_key: bytes | None = None,
    is_invented: bool = False,
    parameters: Parameters | None = None,
) -> bytes:
    """Make a new data key of 32 bytes, write its key file and return it.

    `escrow_key` is the cooperation's public key (X25519, 32 bytes) where it has one. Only over invented data may the
    passphrase be one that everybody knows. Raises KnownProblem "weak-passphrase", or "key-file-exists" where a file
    already is: a key is never overwritten.
    """
    if path.exists():
        raise KnownProblem("key-file-exists")
    key = os.urandom(KEY_BYTES)
    make = _slot_of_anything if is_invented else _passphrase_slot
    slots = [make(key, passphrase, user_id, parameters)]
    if escrow_key is not None:
        slots.append(_escrow_slot(key, escrow_key, parameters))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_ways_in(path, slots, key)
    return key


def unlock(path: Path, passphrase: str) -> bytes:
    """Return the data key; raises as :func:`open_key_file`."""
    return open_key_file(path, passphrase).key


def open_key_file(path: Path, passphrase: str) -> Opened:
    """Return what the passphrase opens.

    Raises KnownProblem "missing-key-file", "damaged-key-file", "wrong-passphrase" or "too-little-memory"; the file is
    left as it was.
    """
    return _opened(_read(path), _same(passphrase), kinds=(_PASSPHRASE,))[1]


def raise_parameters(path: Path, passphrase: str, *, parameters: Parameters | None = None) -> bool:
    """Wrap the passphrase's slot anew where it was made with cheaper parameters or in an older form; say whether.

    A disk that refuses is no reason not to open: the slot is then raised the next time.
    """
    content = _read(path)
    place, opened = _opened(content, _same(passphrase), kinds=(_PASSPHRASE,))
    slot = content.slots[place]
    is_old = content.format < FORMAT or "public" not in slot
    if opened.next_key is not None or not (is_old or Parameters(**slot["parameters"]).is_below(parameters or DEFAULT)):
        return False
    content.slots[place] = _slot(_PASSPHRASE, opened.key, passphrase, str(slot.get("user", "")), parameters)
    try:
        _write_ways_in(path, content.slots, opened.key)
    except KnownProblem:
        return False
    return True


def slots_of(path: Path) -> Slots:
    """Return what the file says about its slots; raises as :func:`open_key_file`."""
    slots = _read(path).slots
    kinds = [slot.get("kind") for slot in slots]
    return Slots(
        tuple(str(slot.get("user", "")) for slot in slots if slot.get("kind") == _PASSPHRASE),
        _RECOVERY in kinds,
        _ESCROW in kinds,
    )


def change_passphrase(path: Path, old: str, new: str, *, parameters: Parameters | None = None) -> None:
    """Wrap the slot's key anew; the other slots and the database stay as they are.

    Raises as `unlock` does, and "weak-passphrase", "disk-full" or "read-only"; the old passphrase then still holds.
    """
    content = _read(path)
    place, opened = _opened(content, _same(old), kinds=(_PASSPHRASE,))
    user_id = str(content.slots[place].get("user", ""))
    content.slots[place] = _moved(_passphrase_slot(opened.key, new, user_id, parameters), opened)
    _write_ways_in(path, content.slots, opened.key)


def add_user(
    path: Path, own_passphrase: str, user_id: str, passphrase: str, *, parameters: Parameters | None = None
) -> None:
    """Let a colleague in with a passphrase of their own; whoever has one already gets the new one instead.

    Raises as :func:`change_passphrase`, and "passphrase-taken" where it would open another's slot.
    """
    content = _read(path)
    _, opened = _opened(content, _same(own_passphrase), kinds=(_PASSPHRASE,))
    others = [slot for slot in content.slots if not (slot["kind"] == _PASSPHRASE and slot.get("user") == user_id)]
    for slot in others:
        if slot["kind"] == _PASSPHRASE and _unwrap(slot, content.format, passphrase) is not None:
            raise KnownProblem("passphrase-taken")
    added = _moved(_passphrase_slot(opened.key, passphrase, user_id, parameters), opened)
    _write_ways_in(path, [*others, added], opened.key)


def remove_user(path: Path, own_passphrase: str, user_id: str) -> None:
    """Take a colleague's passphrase and recovery code away; the last passphrase stays: "last-passphrase".

    Whoever kept a copy of the file can still open that copy: re-key afterwards (:mod:`app.services.rekey_store`).
    """
    content = _read(path)
    _, opened = _opened(content, _same(own_passphrase), kinds=(_PASSPHRASE,))
    kept = [slot for slot in content.slots if slot["kind"] == _ESCROW or slot.get("user", "") != user_id]
    if not any(slot["kind"] == _PASSPHRASE for slot in kept):
        raise KnownProblem("last-passphrase")
    _write_ways_in(path, kept, opened.key)


def new_recovery_code(path: Path, passphrase: str, *, parameters: Parameters | None = None) -> str:
    """Return a fresh recovery code for the passphrase's user; the one before opens nothing any more.

    It is shown and printed once and is stored nowhere. Raises as :func:`change_passphrase`.
    """
    content = _read(path)
    place, opened = _opened(content, _same(passphrase), kinds=(_PASSPHRASE,))
    user_id = str(content.slots[place].get("user", ""))
    code = new_code()
    kept = [slot for slot in content.slots if not (slot["kind"] == _RECOVERY and slot.get("user", "") == user_id)]
    added = _moved(_slot(_RECOVERY, opened.key, _letters(code), user_id, parameters), opened)
    _write_ways_in(path, [*kept, added], opened.key)
    return code


def recover(
    path: Path, code: str, new_passphrase: str, *, user_id: str | None = None, parameters: Parameters | None = None
) -> Opened:
    """Open with a recovery code or the coordinator's help code, and set a new passphrase; the code is then used up.

    A recovery code belongs to one person. A help code lets in `user_id`, or the laptop's first person where none is
    named. Raises as :func:`change_passphrase`; "wrong-code" where the code opens nothing.
    """
    content = _read(path)
    try:
        place, opened = _opened(content, lambda _: _letters(code), kinds=(_RECOVERY, _ESCROW))
    except KnownProblem as problem:
        if problem.code == "wrong-passphrase":
            raise KnownProblem("wrong-code") from problem
        raise
    used = content.slots.pop(place)
    whose = str(used.get("user", ""))
    if used["kind"] == _ESCROW:
        known = [str(slot.get("user", "")) for slot in content.slots if slot["kind"] == _PASSPHRASE]
        whose = user_id or (known[0] if known else "")
    kept = [slot for slot in content.slots if not (slot["kind"] == _PASSPHRASE and slot.get("user", "") == whose)]
    added = _moved(_passphrase_slot(opened.key, new_passphrase, whose, parameters), opened)
    _write_ways_in(path, [added, *kept], opened.key)
    return Opened(opened.key, whose, opened.next_key)


def renew_escrow(path: Path, key: bytes, escrow_key: bytes, *, parameters: Parameters | None = None) -> bytes:
    """Make a fresh escrow slot in the place of the old one and return its code, sealed to the cooperation's key.

    The sealed code is deposited at the server, where it opens nothing without the private key.
    """
    content = _read(path)
    _authenticate(content, key)
    if any("sealed_next" in slot for slot in content.slots):
        raise KnownProblem("rekeying-under-way")
    made = _escrow_slot(key, escrow_key, parameters)
    _write_ways_in(path, [*(slot for slot in content.slots if slot["kind"] != _ESCROW), made], key)
    return base64.b64decode(made["for_coordinator"])


def deposited_help(path: Path) -> bytes | None:
    """Return the sealed help code that belongs at the server; None where there is no escrow slot."""
    for slot in _read(path).slots:
        if slot.get("kind") == _ESCROW:
            return base64.b64decode(slot["for_coordinator"])
    return None


def seal_away(path: Path, key: bytes) -> bool:
    """Take every passphrase and recovery code out, so that only the coordinator's help opens the laptop again.

    For a revoked laptop. Returns False, and changes nothing, where there is no escrow slot: data is never made
    unreachable for good.
    """
    content = _read(path)
    _authenticate(content, key)
    kept = [slot for slot in content.slots if slot["kind"] == _ESCROW]
    if not kept:
        return False
    _write_ways_in(path, kept, key)
    return True


def begin_rekeying(path: Path, passphrase: str) -> tuple[bytes, bytes]:
    """Seal a new data key to every slot beside the old one and return (old, new); a begun re-keying is gone on with.

    Both keys are then on the disk for sure: a store under the new one must never lie beside a file that has the old one
    alone. Raises as `unlock` and `write_whole` do, and "rekey-needs-new-slots" where a slot of the first form cannot
    take a new key yet.
    """
    content = _read(path)
    _, opened = _opened(content, _same(passphrase), kinds=(_PASSPHRASE,))
    if opened.next_key is not None:
        be_sure_of(path)
        return opened.key, opened.next_key
    if any("public" not in slot for slot in content.slots):
        raise KnownProblem("rekey-needs-new-slots")
    new = os.urandom(KEY_BYTES)
    _write(path, [_moved(slot, Opened(opened.key, "", new)) for slot in content.slots], opened.key)
    return opened.key, new


def finish_rekeying(path: Path, old: bytes, new: bytes) -> None:
    """Forget the old data key: every slot now gives the new one."""
    content = _read(path)
    _authenticate(content, old)
    slots = []
    for slot in content.slots:
        kept = {name: value for name, value in slot.items() if name not in ("sealed", "sealed_next")}
        slots.append({**kept, "sealed": slot["sealed_next"]})
    _write(path, slots, new)


def abandon_rekeying(path: Path, old: bytes) -> None:
    """Forget the new data key of a re-keying that was broken off before the database had it."""
    content = _read(path)
    _authenticate(content, old)
    slots = [{name: value for name, value in slot.items() if name != "sealed_next"} for slot in content.slots]
    _write(path, slots, old)


def new_code() -> str:
    """Return a fresh code of 24 letters in groups of four."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, CODE_LENGTH, 4))


@dataclass(slots=True)
class _Content:
    """The file as it was read."""

    format: int
    slots: list[dict[str, Any]]
    mac: str


def _same(secret: str) -> Callable[[str], str]:
    return lambda _: secret


def _letters(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalpha())


def _opened(content: _Content, secret_for: Callable[[str], str], *, kinds: tuple[str, ...]) -> tuple[int, Opened]:
    """Return the place of the slot that the secret opens, and what it gives."""
    for place, slot in enumerate(content.slots):
        if slot.get("kind") not in kinds:
            continue
        inside = _unwrap(slot, content.format, secret_for(slot["kind"]))
        if inside is None:
            continue
        if "public" in slot:
            key, next_key = _unsealed(slot, inside)
        else:
            key, next_key = inside, None
        _authenticate(content, key)
        return place, Opened(key, str(slot.get("user", "")), next_key)
    raise KnownProblem("wrong-passphrase")


def _unsealed(slot: dict[str, Any], private: bytes) -> tuple[bytes, bytes | None]:
    try:
        own = X25519PrivateKey.from_private_bytes(private)
        purpose = _purpose(slot["kind"], str(slot.get("user", "")))
        key = _HPKE.decrypt(base64.b64decode(slot["sealed"], validate=True), own, purpose)
        sealed_next = slot.get("sealed_next")
        next_key = None
        if sealed_next is not None:
            next_key = _HPKE.decrypt(base64.b64decode(sealed_next, validate=True), own, purpose)
    except (InvalidTag, KeyError, TypeError, ValueError) as problem:
        raise KnownProblem("damaged-key-file") from problem
    return key, next_key


def _purpose(kind: str, user_id: str) -> bytes:
    return json.dumps(["pusterum data key", FORMAT, kind, user_id]).encode()


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


def _associated(kind: str, parameters: Parameters, about: dict[str, str] | None) -> bytes:
    """Return what the wrapping is bound to; slots of the first form had no owner and no key pair."""
    form: dict[str, Any] = {"format": 1} if about is None else {"format": 2, **about}
    return json.dumps({**form, "kind": kind, **asdict(parameters)}, sort_keys=True).encode()


def _passphrase_slot(key: bytes, passphrase: str, user_id: str, parameters: Parameters | None) -> dict[str, Any]:
    if not judge(passphrase).is_enough:
        raise KnownProblem("weak-passphrase", shortest=SHORTEST_PASSPHRASE)
    return _slot(_PASSPHRASE, key, passphrase, user_id, parameters)


def _slot_of_anything(key: bytes, passphrase: str, user_id: str, parameters: Parameters | None) -> dict[str, Any]:
    return _slot(_PASSPHRASE, key, passphrase, user_id, parameters)


def _escrow_slot(key: bytes, escrow_key: bytes, parameters: Parameters | None) -> dict[str, Any]:
    code = _letters(new_code())
    try:
        public = X25519PublicKey.from_public_bytes(escrow_key)
    except ValueError as problem:
        raise KnownProblem("server-fault") from problem
    sealed = _HPKE.encrypt(code.encode(), public, HELP_PURPOSE)
    return {**_slot(_ESCROW, key, code, "", parameters), "for_coordinator": base64.b64encode(sealed).decode()}


def _slot(kind: str, key: bytes, secret: str, user_id: str, parameters: Parameters | None) -> dict[str, Any]:
    parameters = parameters or DEFAULT
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    own = X25519PrivateKey.generate()
    public = base64.b64encode(own.public_key().public_bytes_raw()).decode()
    associated = _associated(kind, parameters, {"user": user_id, "public": public})
    wrapped = AESGCM(_derive(secret, salt, parameters)).encrypt(nonce, own.private_bytes_raw(), associated)
    made = {
        "kind": kind,
        "user": user_id,
        "parameters": asdict(parameters),
        "salt": base64.b64encode(salt).decode(),
        "nonce": base64.b64encode(nonce).decode(),
        "wrapped": base64.b64encode(wrapped).decode(),
        "public": public,
    }
    return {**made, "sealed": _seal(made, key)}


def _moved(slot: dict[str, Any], opened: Opened) -> dict[str, Any]:
    """Give the slot the key that a re-keying under way is moving to, where there is one."""
    return slot if opened.next_key is None else {**slot, "sealed_next": _seal(slot, opened.next_key)}


def _seal(slot: dict[str, Any], key: bytes) -> str:
    public = X25519PublicKey.from_public_bytes(base64.b64decode(slot["public"]))
    return base64.b64encode(_HPKE.encrypt(key, public, _purpose(slot["kind"], str(slot.get("user", ""))))).decode()


def _unwrap(slot: Any, form: int, secret: str) -> bytes | None:
    """Return what is wrapped, or None where the secret is not this slot's."""
    try:
        parameters = Parameters(**slot["parameters"])
        _check(parameters)
        salt, nonce, wrapped = (base64.b64decode(slot[name], validate=True) for name in ("salt", "nonce", "wrapped"))
        about = {"user": slot["user"], "public": slot["public"]} if form >= FORMAT and "public" in slot else None
        derived = _derive(secret, salt, parameters)
        return AESGCM(derived).decrypt(nonce, wrapped, _associated(slot["kind"], parameters, about))
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


def _plain(slots: list[dict[str, Any]]) -> bytes:
    return json.dumps(slots, sort_keys=True).encode()


def _checksum(slots: list[dict[str, Any]]) -> str:
    return hashlib.sha256(_plain(slots)).hexdigest()


def _mac(slots: list[dict[str, Any]], key: bytes) -> str:
    return hmac.new(key, b"pusterum slots" + _plain(slots), hashlib.sha256).hexdigest()


def _authenticate(content: _Content, key: bytes) -> None:
    """Refuse a list of slots that was not written by somebody who had the data key."""
    if content.format >= FORMAT and not hmac.compare_digest(content.mac, _mac(content.slots, key)):
        raise KnownProblem("damaged-key-file")


def _read(path: Path) -> _Content:
    """Return the slots. The checksum tells a file that the disk damaged from a passphrase that is wrong."""
    try:
        content = json.loads(path.read_bytes())
        slots, form = content["slots"], content["format"]
        is_whole = form in (1, FORMAT) and content["checksum"] == _checksum(slots)
        mac = str(content.get("mac", ""))
    except FileNotFoundError as problem:
        raise KnownProblem("missing-key-file") from problem
    except PermissionError as problem:
        raise KnownProblem("read-only") from problem
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise KnownProblem("damaged-key-file") from problem
    if not is_whole or not isinstance(slots, list) or not slots or not all(isinstance(slot, dict) for slot in slots):
        raise KnownProblem("damaged-key-file")
    return _Content(form, slots, mac)


def _write_ways_in(path: Path, slots: list[dict[str, Any]], key: bytes) -> None:
    """Write the slots, first beside each backup of the same data key: a way in that is closed opens none of them."""
    written = _written(slots, key)
    for copy in path.parent.glob(f"{BACKUP_FOLDER}/*{KEYS_OF_BACKUP}"):
        if not _is_of(copy, key):
            continue
        try:
            write_whole(copy, written)
        except KnownProblem:
            # A full disk lets nobody keep a way in: what opens the store opens its backups too.
            with suppress(OSError):
                copy.unlink(missing_ok=True)
    write_whole(path, written)


def _write(path: Path, slots: list[dict[str, Any]], key: bytes) -> None:
    write_whole(path, _written(slots, key))


def _written(slots: list[dict[str, Any]], key: bytes) -> bytes:
    content = {"format": FORMAT, "slots": slots, "checksum": _checksum(slots), "mac": _mac(slots, key)}
    return json.dumps(content, indent=1).encode()


def _is_of(copy: Path, key: bytes) -> bool:
    """Return whether a key file has this data key; one of a store that was here before keeps its own ways in."""
    try:
        content = _read(copy)
    except KnownProblem:
        return False
    return content.format == FORMAT and hmac.compare_digest(content.mac, _mac(content.slots, key))
