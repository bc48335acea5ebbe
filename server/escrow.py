"""The cooperation's help key: its public half goes to every laptop, its private half stays with the coordinator.

A laptop seals a help code to the public half and deposits it here. Who has the private file and its passphrase reads
the code to somebody who forgot theirs; the server alone, or a copy of its database, opens nothing.
"""

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

HELP_PURPOSE = b"pusterum help code 2"
"""The same as on the laptops; a code sealed for anything else does not open."""

_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_MEMORY_KIB, _PASSES, _LANES = 64 * 1024, 3, 1


@dataclass(frozen=True, slots=True)
class EscrowPair:
    """The public half, 32 bytes, and the private file, sealed by a passphrase."""

    public: bytes
    private_file: bytes


def new_escrow_pair(passphrase: str) -> EscrowPair:
    """Return a new key pair of a cooperation."""
    private = X25519PrivateKey.generate()
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_derived(passphrase, salt)).encrypt(nonce, private.private_bytes_raw(), HELP_PURPOSE)
    content = {
        name: base64.b64encode(value).decode() for name, value in (("salt", salt), ("nonce", nonce), ("sealed", sealed))
    }
    return EscrowPair(private.public_key().public_bytes_raw(), json.dumps({"format": 1, **content}).encode())


def help_code_from(sealed: bytes, private_file: bytes, passphrase: str) -> str:
    """Return the help code in groups of four letters; LookupError where the parts do not belong together."""
    try:
        content: dict[str, Any] = json.loads(private_file)
        salt, nonce, wrapped = (base64.b64decode(content[name]) for name in ("salt", "nonce", "sealed"))
        private = AESGCM(_derived(passphrase, salt)).decrypt(nonce, wrapped, HELP_PURPOSE)
        code = _HPKE.decrypt(sealed, X25519PrivateKey.from_private_bytes(private), HELP_PURPOSE).decode()
    except (InvalidTag, KeyError, TypeError, ValueError):
        raise LookupError("this key or passphrase does not open the laptop's help code") from None
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def sealed_in(key_file: Path) -> bytes:
    """Return the sealed help code in a laptop's own keys.json, for when it never reached the server."""
    try:
        for slot in json.loads(key_file.read_bytes())["slots"]:
            if slot.get("kind") == "escrow":
                return base64.b64decode(slot["for_coordinator"])
    except (AttributeError, KeyError, TypeError, ValueError):
        raise LookupError(f"{key_file} is not a laptop's keys.json") from None
    raise LookupError(f"{key_file} holds no help code")


def _derived(passphrase: str, salt: bytes) -> bytes:
    return Argon2id(salt=salt, length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB).derive(
        passphrase.encode()
    )
