"""What somebody types behind a command: numbers and names that can be meant, refused with a sentence where they cannot.

For `type=` of argparse, which puts the option's name before the sentence and ends with 2.
"""

import math
from argparse import ArgumentTypeError
from typing import Final

LONGEST_HOURS: Final = 366 * 24.0
LONGEST_DAYS: Final = 36_600
LONGEST_NAME: Final = 200
_HIGHEST_PORT: Final = 65_535
LOG_FORMATS: Final = ("text", "json")


def a_name(text: str) -> str:
    """Return a name without space around it: not empty, on one line, and such as can be stored."""
    name = text.strip()
    if not name:
        raise ArgumentTypeError("a name is needed, and this is empty")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ArgumentTypeError(f"a name is one line of at most {LONGEST_NAME} characters")
    return name


def a_municipality_code(text: str) -> str:
    """Return the four digits of a municipality, such as 0101."""
    if len(text) != 4 or not (text.isascii() and text.isdigit()):
        raise ArgumentTypeError(f"a municipality has four digits, such as 0101, and {text!r} are not")
    return text


def hours_ahead(text: str) -> float:
    """Return for how many hours something holds: more than none, at most a year."""
    hours = _number(text)
    if not 0 < hours <= LONGEST_HOURS:
        raise ArgumentTypeError(f"more than 0 hours and at most {LONGEST_HOURS:.0f}, not {text}")
    return hours


def hours_ago(text: str) -> float:
    """Return how many hours ago something was: none or more, at most a year."""
    hours = _number(text)
    if not 0 <= hours <= LONGEST_HOURS:
        raise ArgumentTypeError(f"from 0 to {LONGEST_HOURS:.0f} hours, not {text}")
    return hours


def days_ago(text: str) -> float:
    """Return a number of days, also in parts: none or more, at most a hundred years."""
    days = _number(text)
    if not 0 <= days <= LONGEST_DAYS:
        raise ArgumentTypeError(f"from 0 to {LONGEST_DAYS} days, not {text}")
    return days


def a_port(text: str) -> int:
    """Return a port to listen at."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= _HIGHEST_PORT):
        raise ArgumentTypeError(f"a port is a number from 0 to {_HIGHEST_PORT}, not {text}")
    return int(text)


def a_log_format(text: str) -> str:
    """Return how the log is written: "text" or "json"."""
    if text not in LOG_FORMATS:
        raise ArgumentTypeError(f"one of {', '.join(LOG_FORMATS)}, not {text}")
    return text


def one_or_more(text: str) -> int:
    """Return a number of things of which at least one is needed."""
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0):
        raise ArgumentTypeError(f"a number from 1 on, not {text}")
    return int(text)


def yes_or_no(text: str) -> bool:
    """Return what a switch says where it has a value: true or false, also as TOML reads it."""
    if text.lower() not in ("true", "false"):
        raise ArgumentTypeError(f"true or false, not {text}")
    return text.lower() == "true"


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ArgumentTypeError(f"a number, not {text!r}") from None
    if not math.isfinite(number):
        raise ArgumentTypeError(f"a number, not {text!r}")
    return number
