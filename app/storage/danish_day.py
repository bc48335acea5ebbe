"""The calendar day in Denmark of a moment, in the words of a statement: what :func:`app.clock.day_of` is in Python."""

from datetime import datetime
from typing import Any

from sqlalchemy import Case, String, and_, case, func, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

_HOUR_AT = len("2026-11-24T") + 1
_LATEST_HOURS = "22"
"""From this hour on, in UTC, it may be the next day in Denmark."""


def danish_day(moment: InstrumentedAttribute[datetime]) -> Case[Any]:
    """Return the day that a stored moment falls on, as ISO text: by UTC it would begin an hour or two later.

    Summer time is from the last Sunday of March until that of October, both at one o'clock UTC (directive 2000/84/EC).
    """
    at = type_coerce(moment, String)
    summer = and_(
        at >= func.date(at, "start of year", "+2 months", "+24 days", "weekday 0").concat("T01"),
        at < func.date(at, "start of year", "+9 months", "+24 days", "weekday 0").concat("T01"),
    )
    # Most moments are of the day that is written: nothing more is computed of them.
    return case(
        (func.substr(at, _HOUR_AT, 2) < _LATEST_HOURS, func.substr(at, 1, _HOUR_AT - 2)),
        (summer, func.date(at, "+2 hours")),
        else_=func.date(at, "+1 hour"),
    )
