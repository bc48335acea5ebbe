"""What was written here about somebody who had been erased meanwhile: the server kept nothing of it, and it goes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from app.models.base import synced_tables
from app.storage.erased import PERSON_ERASED, Owed, owe
from app.storage.listed import listed
from app.storage.positions import forget_answered
from app.sync.wire.messages import Operation


class _Refused(NamedTuple):
    """An entry of the outbox; `linked` is the person on whose page a letter was put."""

    change_id: str
    entity: str
    row_id: str
    operation: str
    linked: str | None

    @property
    def is_letter_with_a_link(self) -> bool:
        return self.entity == "incoming_message" and self.operation == Operation.INSERT and bool(self.linked)


def take_back(driver: Any, change_ids: Collection[str]) -> set[str]:
    """Take back changes that were refused as `PERSON_ERASED`, and owe the rest; the caller commits.

    A row that they made goes. One that the server has is as if it had not been read, so that it is read again; return
    the entities of such rows, whose tallies hold no longer. A letter that came in with a link stays, without the link.
    """
    refused = [_Refused(*row) for row in driver.execute(_REFUSED, (listed(change_ids),))]
    letters = [one for one in refused if one.is_letter_with_a_link]
    others = [one for one in refused if not one.is_letter_with_a_link]
    edited = _by_entity(one for one in others if one.operation != Operation.INSERT)
    made = _by_entity(one for one in others if one.operation == Operation.INSERT)
    others += _typed_meanwhile(driver, made)
    for letter in letters:
        driver.execute(_UNLINK_LETTER, (letter.row_id, letter.linked))
        driver.execute(_UNLINK_ENTRY, (letter.change_id,))
    driver.execute(_EMPTY, (listed(one.change_id for one in others),))
    driver.execute(_FORGET, (listed(one.change_id for one in letters + others),))
    _delete_made(driver, made)
    _read_again(driver, edited)
    owe(driver, Owed.COPIES)
    return set(edited)


def _by_entity(refused: Iterable[_Refused]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in refused:
        found[one.entity].append(one.row_id)
    return found


def _typed_meanwhile(driver: Any, made: Mapping[str, Collection[str]]) -> list[_Refused]:
    """Return what was done to rows that go while their making was being refused, and say why it will be.

    It is sent all the same, without what it said: it has its number, and the server counts whether it has them all.
    """
    rows = listed(row_id for row_ids in made.values() for row_id in row_ids)
    driver.execute(_SAY_WHY, (PERSON_ERASED, rows))
    return [_Refused(*row) for row in driver.execute(_TYPED_MEANWHILE, (rows,))]


def _delete_made(driver: Any, made: Mapping[str, Collection[str]]) -> None:
    for entity, row_ids in made.items():
        table, rows = synced_tables()[entity].__table__, (listed(row_ids),)
        if entity == "enrolment":
            driver.execute("DELETE FROM session_draft WHERE enrolment_id IN (SELECT value FROM json_each(?))", rows)
        # What a known erasure left is offered anew where the server was set back; it tells nothing, and is counted.
        is_late = " AND person_id NOT IN (SELECT person_id FROM erasure)" if "person_id" in table.c else ""
        driver.execute(
            f'DELETE FROM "{table.name}" WHERE server_position = 0{is_late}'  # noqa: S608 - a table's own name
            " AND id IN (SELECT value FROM json_each(?))",
            rows,
        )


def _read_again(driver: Any, edited: Mapping[str, Collection[str]]) -> None:
    for entity, row_ids in edited.items():
        table = synced_tables()[entity].__table__.name
        driver.execute(
            f'UPDATE "{table}" SET server_position = 0 WHERE id IN (SELECT value FROM json_each(?))',  # noqa: S608 - as above
            (listed(row_ids),),
        )
        forget_answered(driver, row_ids)


_REFUSED = """
SELECT change_id, entity, row_id, operation, json_extract(fields, '$.linked_person_id') FROM outbox
WHERE change_id IN (SELECT value FROM json_each(?))
"""
_TYPED_MEANWHILE = """
SELECT change_id, entity, row_id, operation, NULL FROM outbox
WHERE state = 'pending' AND row_id IN (SELECT value FROM json_each(?))
"""
_SAY_WHY = "UPDATE outbox SET code = ? WHERE state = 'pending' AND row_id IN (SELECT value FROM json_each(?))"
_EMPTY = "UPDATE outbox SET fields = '{}' WHERE change_id IN (SELECT value FROM json_each(?))"
_FORGET = "DELETE FROM value_history WHERE change_id IN (SELECT value FROM json_each(?))"
_UNLINK_LETTER = """
UPDATE incoming_message SET linked_person_id = NULL, referral_id = NULL, state = 'new'
WHERE id = ? AND linked_person_id = ?
"""
_UNLINK_ENTRY = """
UPDATE outbox SET fields = json_set(fields, '$.linked_person_id', NULL, '$.referral_id', NULL, '$.state', 'new')
WHERE change_id = ?
"""
