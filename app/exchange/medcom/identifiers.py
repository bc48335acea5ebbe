"""Danish person numbers as messages carry them.

Any ten digits with a real date count: modulus 11 stopped holding in 2007. A replacement number in the administrative
form has 60 added to the day of birth; numbers with letters come from the hospitals' replacement services (eCPR).
"""

from datetime import date

from app.exchange.medcom.letter import IdentifierKind

# (highest seventh digit, lowest year of birth in the later century, century before it, century from it)
_CENTURIES = ((3, 100, 1900, 1900), (4, 37, 2000, 1900), (8, 58, 2000, 1800), (9, 37, 2000, 1900))


def tidy(number: str) -> str:
    """Return the number without the hyphen and spaces that some systems write."""
    return "".join(number.split()).replace("-", "")


def kind_of(number: str, *, alternative: bool = False) -> IdentifierKind:
    """Return what kind of number this is; `alternative` where the message declares it a replacement."""
    if not number:
        return "none"
    if not (number.isascii() and number.isdigit()):
        return "ecpr"
    if len(number) == 10 and int(number[:2]) > 60:
        return "replacement"
    return "ecpr" if alternative else "cpr"


def birth_date(number: str) -> date | None:
    """Return the date a ten-digit number begins with, or None where there is no such day (1522824933)."""
    if len(number) != 10 or not number.isascii() or not number.isdigit():
        return None
    day, month, short_year, seventh = int(number[:2]), int(number[2:4]), int(number[4:6]), int(number[6])
    if day > 60:
        day -= 60
    _, turn, before, after = next(row for row in _CENTURIES if seventh <= row[0])
    try:
        return date((before if short_year < turn else after) + short_year, month, day)
    except ValueError:
        return None
