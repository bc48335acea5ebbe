"""What a store still holds of rows that an erasure took: their earlier values, what was sent of them, older copies.

A row that was deleted on this laptop says no more whose it was, and neither does its history. So the server tells which
tombstones an erasure left, and they are forgotten here by their identifiers.
"""

from collections import defaultdict
from collections.abc import Collection
from enum import IntEnum
from typing import Any, Final

from app.models.base import synced_tables
from app.storage.listed import listed
from app.storage.positions import forget_answered
from app.sync.wire.messages import Operation


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
        "SELECT row_id FROM outbox WHERE entity NOT IN ('access_log', 'erasure')"
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


PERSON_ERASED: Final = "person-erased"
"""Code of a change that the server refused, and kept nothing of, because it is about somebody who was erased."""


def take_back(driver: Any, change_ids: Collection[str]) -> set[str]:
    """Take back changes that were refused as `PERSON_ERASED`, and owe the rest; the caller commits.

    A row that they made goes. One that the server has is as if it had not been read, so that it is read again; return
    the entities of such rows, whose tallies hold no longer. A letter that came in with a link stays, without the link.
    """
    named = (listed(change_ids),)
    refused = driver.execute(
        "SELECT change_id, entity, row_id, operation, json_extract(fields, '$.linked_person_id') FROM outbox"
        " WHERE change_id IN (SELECT value FROM json_each(?))",
        named,
    ).fetchall()
    unlinked, made, read_again = [], defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for change_id, entity, row_id, operation, linked in refused:
        if operation != Operation.INSERT:
            read_again[entity].append(row_id)
        elif entity == "incoming_message" and linked:
            unlinked.append((change_id, row_id, linked))
        else:
            made[entity].append(row_id)
    for change_id, row_id, linked in unlinked:
        driver.execute(_UNLINK_LETTER, (row_id, linked))
        driver.execute(_UNLINK_ENTRY, (change_id,))
    emptied = listed({change_id for change_id, *_ in refused} - {change_id for change_id, *_ in unlinked})
    driver.execute("UPDATE outbox SET fields = '{}' WHERE change_id IN (SELECT value FROM json_each(?))", (emptied,))
    driver.execute("DELETE FROM value_history WHERE change_id IN (SELECT value FROM json_each(?))", named)
    for entity, row_ids in made.items():
        model = synced_tables()[entity].__table__
        table, rows = model.name, (listed(row_ids),)
        if entity == "enrolment":
            driver.execute("DELETE FROM session_draft WHERE enrolment_id IN (SELECT value FROM json_each(?))", rows)
        # What a known erasure left is offered anew where the server was set back; it tells nothing, and is counted.
        is_late = " AND person_id NOT IN (SELECT person_id FROM erasure)" if "person_id" in model.c else ""
        driver.execute(
            f'DELETE FROM "{table}" WHERE server_position = 0{is_late}'  # noqa: S608 - a table's own name
            " AND id IN (SELECT value FROM json_each(?))",
            rows,
        )
    for entity, row_ids in read_again.items():
        table = synced_tables()[entity].__table__.name
        driver.execute(
            f'UPDATE "{table}" SET server_position = 0 WHERE id IN (SELECT value FROM json_each(?))',  # noqa: S608 - as above
            (listed(row_ids),),
        )
        forget_answered(driver, row_ids)
    owe(driver, Owed.COPIES)
    return set(read_again)


_UNLINK_LETTER = """
UPDATE incoming_message SET linked_person_id = NULL, referral_id = NULL, state = 'new'
WHERE id = ? AND linked_person_id = ?
"""
_UNLINK_ENTRY = """
UPDATE outbox SET fields = json_set(fields, '$.linked_person_id', NULL, '$.referral_id', NULL, '$.state', 'new')
WHERE change_id = ?
"""
