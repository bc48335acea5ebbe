"""Promises about the serial number."""

import re
import uuid

from app.documents.serial import ALPHABET, check_character, serial_number

DIPLOMA = "0196b2f0-1111-7abc-8def-0123456789ab"
WRITTEN = re.compile(rf"PU-([0-9]{{4}})-([{ALPHABET}]{{4}})-([{ALPHABET}]{{3}})([{ALPHABET}])")


def is_serial_number(text: str) -> bool:
    """What whoever reads one back would ask."""
    match = WRITTEN.fullmatch(text)
    return match is not None and match[4] == check_character(match[1], match[2] + match[3])


def test_a_reprint_has_the_same_number() -> None:
    assert serial_number(DIPLOMA, 2026) == serial_number(DIPLOMA.upper(), 2026) == "PU-2026-CBV7-Q8TK"


def test_diplomas_made_in_the_same_moment_have_different_numbers() -> None:
    first = uuid.UUID(DIPLOMA).int
    assert len({serial_number(str(uuid.UUID(int=first + step)), 2026) for step in range(5000)}) == 5000


def test_one_wrong_character_anywhere_is_noticed() -> None:
    serial = serial_number(DIPLOMA, 2026)
    assert is_serial_number(serial)
    for place, right in enumerate(serial):
        for wrong in sorted(set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-Æ٣") - {right}):
            assert not is_serial_number(serial[:place] + wrong + serial[place + 1 :])


def test_two_characters_that_changed_places_are_noticed() -> None:
    serial = serial_number(DIPLOMA, 2026)
    for place in range(8, len(serial) - 2):
        one, two = serial[place : place + 2]
        if "-" not in (one, two) and one != two:
            assert not is_serial_number(serial[:place] + two + one + serial[place + 2 :])


def test_no_sign_is_mistaken_for_another() -> None:
    assert not set(ALPHABET) & set("01ILOUZ")
    assert len(ALPHABET) == len(set(ALPHABET)) == 29
