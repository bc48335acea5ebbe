"""What lies in the store that a synchronisation has to decide about, read in one statement."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Books:
    """How many changes wait and how many are refused, which numbers they have, and what else there is to be done.

    `through` is the last number up to which every change has an answer; `last` the last number of all, 0 where there is
    none. `is_carrying` says whether a colleague's envelope is to be handed in, `has_passed_over` whether something came
    that this or an earlier version could not read.
    """

    pending: int
    refused: int
    through: int
    last: int
    is_carrying: bool
    has_passed_over: bool


def read_books(session: Session) -> Books:
    """Return what lies in the store; what is settled is not counted."""
    pending, refused, first, last, *others = session.connection().exec_driver_sql(_BOOKS).one()
    last = last or 0
    return Books(pending, refused, last if first is None else first - 1, last, *map(bool, others))


def written_so_far(session: Session) -> int:
    """Return a number that grows with every row that is written on this session's connection."""
    driver: Any = session.connection().connection.driver_connection
    return int(driver.total_changes)


_BOOKS = """
SELECT (SELECT count(*) FROM outbox WHERE state = 'pending'),
    (SELECT count(*) FROM outbox WHERE state = 'refused'),
    (SELECT min(sequence) FROM outbox WHERE state = 'pending'),
    (SELECT max(sequence) FROM outbox),
    EXISTS (SELECT 1 FROM carried_envelope WHERE reply IS NULL),
    EXISTS (SELECT 1 FROM passed_over)
"""
