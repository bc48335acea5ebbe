"""Danish person numbers and what stands in for them (cpr.dk).

Four kinds: CPR; replacement numbers of the administrations (60 added to the day of birth); eCPR with letters, national
(X-eCPR) or a region's own (D-eCPR); and none, which is as good as any here. Modulus 11 stopped holding in October 2007,
so it is a hint against slips of the finger and never a refusal. Nobody needs a number to get help.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from app.errors import RuleRefusal

IdentifierKind = Literal["cpr", "replacement", "ecpr", "none"]
Sex = Literal["male", "female", ""]

LENGTH: Final = 10
_REPLACEMENT_ADDS: Final = 60
_WEIGHTS: Final = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_ELEVEN: Final = 11
_OLDEST: Final = 120

# For each seventh digit: the lowest year of birth in the earlier century, the century before it, the century from it.
_CENTURIES: Final = (*4 * ((100, 1900, 1900),), (37, 2000, 1900), *4 * ((58, 2000, 1800),), (37, 2000, 1900))
_NATIONAL_CENTURIES: Final = {"1": 1900, "7": 2000}
_LOCAL_SEVENTH: Final = "056"
_ECPR: Final = re.compile(r"\d{6}[01567][A-Z]{2}\d")


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number as it was understood; what cannot be derived is empty and may be entered by hand.

    `is_local` marks a region's own eCPR. `hints` may hold "modulus-11": look at the digits once more.
    """

    kind: IdentifierKind
    number: str = ""
    birth_date: date | None = None
    sex: Sex = ""
    is_local: bool = False
    hints: tuple[str, ...] = ()


NO_IDENTIFIER: Final = Identifier("none")


def tidy(number: str) -> str:
    """Return the number without the hyphen and spaces that people and systems write."""
    return number if number.isalnum() else "".join(number.split()).replace("-", "").replace("–", "")


def kind_of(number: str, *, alternative: bool = False) -> IdentifierKind:
    """Return what kind a tidy number from elsewhere is, without judging it; `alternative` where it is declared so."""
    if not number:
        return "none"
    if not _all_digits(number):
        return "ecpr"
    if len(number) == LENGTH and int(number[:2]) > _REPLACEMENT_ADDS:
        return "replacement"
    return "ecpr" if alternative else "cpr"


def birth_date(number: str) -> date | None:
    """Return the date a ten-digit number begins with, or None where there is no such day (1522824933)."""
    if len(number) != LENGTH or not _all_digits(number):
        return None
    day, month, short_year, seventh = int(number[:2]), int(number[2:4]), int(number[4:6]), int(number[6])
    if day > _REPLACEMENT_ADDS:
        day -= _REPLACEMENT_ADDS
    turn, before, after = _CENTURIES[seventh]
    return _day_of((before if short_year < turn else after) + short_year, month, day)


def read_identifier(text: str, *, today: date) -> Identifier:
    """Return what somebody typed in the field, empty included.

    Raises RuleRefusal with field "identifier": "identifier-length" (not ten signs), "identifier-letters" (letters where
    no eCPR has them), "identifier-no-such-day", "identifier-future" (born after today).
    """
    number = tidy(text).upper()
    if not number:
        return NO_IDENTIFIER
    if len(number) != LENGTH:
        raise RuleRefusal("identifier-length", field="identifier", given=len(number), needed=LENGTH)
    if not _all_digits(number):
        return _read_ecpr(number, today=today)
    born = birth_date(number)
    if born is None:
        raise RuleRefusal("identifier-no-such-day", field="identifier", digits=number[:6])
    if born > today:
        raise RuleRefusal("identifier-future", field="identifier")
    kind = kind_of(number)
    hints = () if kind == "replacement" or fits_modulus_11(number) or _is_new_year_child(born) else ("modulus-11",)
    return Identifier(kind, number, born, _sex_of(number), hints=hints)


def fits_modulus_11(number: str) -> bool:
    """Return whether the check digit holds; a CPR number issued since October 2007 may be valid without it."""
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=True)) % _ELEVEN == 0


def shown(number: str) -> str:
    """Return a number as it is written, with the hyphen after the date."""
    return f"{number[:6]}-{number[6:]}" if len(number) == LENGTH else number


def known_birth_date(entered: date | None, number: str, *, today: date) -> date | None:
    """Return the day of birth: what a counsellor entered, else what follows from the number."""
    return entered if entered is not None else _understood(number, today=today).birth_date


def known_sex(entered: str, number: str, *, today: date) -> str:
    """Return the sex: what a counsellor entered, else what follows from the number."""
    return entered or _understood(number, today=today).sex


def age(born: date, *, on: date) -> int:
    """Return full years; who was born on 29 February has the birthday on 1 March in other years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def check_birth_date(born: date, *, today: date) -> date:
    """Return the day of birth; RuleRefusal "birth-date-future" or "birth-date-too-early" with field "birth_date"."""
    if born > today:
        raise RuleRefusal("birth-date-future", field="birth_date")
    if age(born, on=today) > _OLDEST:
        raise RuleRefusal("birth-date-too-early", field="birth_date", oldest=_OLDEST)
    return born


def _understood(number: str, *, today: date) -> Identifier:
    try:
        return read_identifier(number, today=today)
    except RuleRefusal:
        return NO_IDENTIFIER


def _read_ecpr(number: str, *, today: date) -> Identifier:
    if not _ECPR.fullmatch(number):
        raise RuleRefusal("identifier-letters", field="identifier")
    day, month, short_year, seventh = int(number[:2]), int(number[2:4]), int(number[4:6]), number[6]
    is_local = seventh in _LOCAL_SEVENTH
    centuries = (1900, 2000) if is_local else (_NATIONAL_CENTURIES[seventh],)
    days = [found for century in centuries if (found := _day_of(century + short_year, month, day)) is not None]
    if not days:
        raise RuleRefusal("identifier-no-such-day", field="identifier", digits=number[:6])
    past = [found for found in days if found <= today]
    if not past:
        raise RuleRefusal("identifier-future", field="identifier")
    # A region's own number does not say the century; where both are possible, nobody guesses.
    born = past[0] if len(past) == 1 else None
    return Identifier("ecpr", number, born, _sex_of(number), is_local=is_local)


def _sex_of(number: str) -> Sex:
    return "male" if int(number[-1]) % 2 else "female"


def _is_new_year_child(born: date) -> bool:
    """Return whether it is one of the days of birth that ran out of numbers: so far only 1 January (cpr.dk)."""
    return (born.month, born.day) == (1, 1)


def _all_digits(number: str) -> bool:
    return number.isascii() and number.isdigit()


def _day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
