"""The serial number of a diploma: short enough to read out over the telephone, the same on every reprint.

``PU-2026-7K4M-9QXT``: the year, seven characters from the row's identifier, and one that checks all of them.
"""

import hashlib
import uuid
from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXY"
"""Without 0, 1, I, L, O, U and Z, which are mistaken for others; 29 signs, a prime number, so that the sum below
catches every single wrong character and every two that changed places."""

_BODY: Final = 7


def serial_number(diploma_id: str, year: int) -> str:
    """Return the serial number of the diploma row `diploma_id` (a UUID as text), issued in `year`.

    The characters come from a hash, because diplomas made in the same second share the start of their identifiers.
    There are 29⁷ ≈ 17 milliard: among 10 000 diplomas of one year, any two are alike with a chance of one in 350.
    """
    digest = hashlib.blake2b(uuid.UUID(diploma_id).bytes, digest_size=16, person=b"pusterum-diploma").digest()
    number = int.from_bytes(digest, "big")
    body = ""
    for _ in range(_BODY):
        number, place = divmod(number, len(ALPHABET))
        body += ALPHABET[place]
    written_year = f"{year:04d}"
    return f"PU-{written_year}-{body[:4]}-{body[4:]}{check_character(written_year, body)}"


def check_character(year: str, body: str) -> str:
    """Return the last character of a serial number, from its year and the seven before it."""
    values = [int(digit) for digit in year] + [ALPHABET.index(character) for character in body]
    return ALPHABET[sum(weight * value for weight, value in enumerate(values, start=2)) % len(ALPHABET)]
