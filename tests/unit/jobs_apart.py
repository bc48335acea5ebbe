"""Jobs as a process apart is given them: functions of a module, of plain data."""

import os
import sys
from datetime import date
from itertools import count

from app.errors import RuleRefusal

DAY = date(2026, 11, 24)


def refuse(field):
    raise RuleRefusal("empty-name", field=field)


def break_on(value):
    return int(value)


def count_without_end(*, progress):
    for number in count(1):
        progress(number, 0)


def said_about_itself(secret):
    """Print it, and say how long it is and whether it stands in an argument or in the environment."""
    os.write(1, secret.encode())
    os.write(2, secret.encode())
    return len(secret), secret in " ".join([*sys.orig_argv, *os.environ, *os.environ.values()])


def modules():
    return set(sys.modules)
