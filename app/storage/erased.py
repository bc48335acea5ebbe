"""What a store still holds of rows that an erasure took: their earlier values, what was sent of them, older copies.

A row that was deleted on this laptop says no more whose it was, and neither does its history. So the server tells which
tombstones an erasure left, and they are forgotten here by their identifiers.
"""

from collections.abc import Collection
from enum import IntEnum
from typing import Any

from app.storage.listed import listed


class Owed(IntEnum):
    """What the store still owes to who was erased; the number stands in the head of its file, which nothing else uses.

    ANEW: the file is still to be made anew, without what was deleted in it. COPIES: every backup is to go first.
    """

    NOTHING = 0
    ANEW = 1
    COPIES = 2


def owed(driver: Any) -> Owed:
    """Return what the store owes."""
    return Owed(driver.execute("PRAGMA user_version").fetchone()[0])


def owe(driver: Any, what: Owed) -> None:
    """Write down what the store owes from now on; the caller commits."""
    driver.execute(f"PRAGMA user_version = {what:d}")


def forget_rows(driver: Any, row_ids: Collection[str]) -> None:
    """Forget what these rows were and what was sent of them, and owe the rest; the caller commits.

    Entries keep their number and what the server said; pending ones are left, because the server answers them first.
    """
    named = (listed(row_ids),)
    driver.execute("DELETE FROM value_history WHERE row_id IN (SELECT value FROM json_each(?))", named)
    driver.execute(
        "UPDATE outbox SET fields = '{}' WHERE row_id IN (SELECT value FROM json_each(?))"
        " AND state <> 'pending' AND fields <> '{}'",
        named,
    )
    owe(driver, Owed.COPIES)
