"""What a store still holds of rows that an erasure took: their earlier values, what was sent of them, older copies.

A row that was deleted on this laptop says no more whose it was, and neither does its history. So the server tells which
tombstones an erasure left, and they are forgotten here by their identifiers.
"""

from collections.abc import Collection
from enum import IntEnum
from typing import Any, Final

from app.models.base import synced_tables
from app.storage.listed import listed

PERSON_ERASED: Final = "person-erased"
"""Code of a change that the server refused, and kept nothing of, because it is about somebody who was erased."""


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


def forget_people(driver: Any, erased: Collection[str]) -> None:
    """Forget people who had left this laptop's scope before they were erased; the caller commits.

    `erased` are their keys, and those of rows that this laptop had changed. What it sent of others says whose it was.
    """
    said = driver.execute(
        "SELECT row_id FROM outbox WHERE entity <> 'erasure'"
        " AND json_extract(fields, '$.person_id') IN (SELECT value FROM json_each(?))",
        (listed(erased),),
    )
    row_ids = {*erased, *(row_id for (row_id,) in said)}
    forget_rows(driver, row_ids)
    # Neither what was refused nor what was typed and not closed may keep the rest of them here.
    driver.execute(
        "UPDATE outbox SET code = ? WHERE state = 'refused' AND row_id IN (SELECT value FROM json_each(?))",
        (PERSON_ERASED, listed(row_ids)),
    )
    driver.execute(
        "DELETE FROM session_draft WHERE enrolment_id IN (SELECT id FROM enrolment"
        " WHERE person_id IN (SELECT value FROM json_each(?)))",
        (listed(erased),),
    )


def forget_repaired(driver: Any, entity: str, row_ids: Collection[str]) -> None:
    """Forget those of the rows, about to be repaired, that are about somebody who was erased; the caller commits.

    A repair remembers no earlier values, and tells of no tombstone, so nothing else would show that they changed.
    """
    table = synced_tables()[entity].__table__
    of_person = next((name for name in ("person_id", "linked_person_id") if name in table.c), "")
    if not of_person or entity == "erasure":
        return
    erased = driver.execute(
        f'SELECT id FROM "{table.name}" WHERE id IN (SELECT value FROM json_each(?))'  # noqa: S608 - names of ours
        f" AND {of_person} IN (SELECT person_id FROM erasure)",
        (listed(row_ids),),
    ).fetchall()
    if erased:
        forget_rows(driver, [row_id for (row_id,) in erased])
