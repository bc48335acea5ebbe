"""Counts and sums of marks for each owner and entity, kept with the rows that they count.

A laptop's last page of a pull carries those of its scope, so that both sides find out at every synchronisation, for the
price of a few sums, whether they hold the same rows.
"""

from collections import defaultdict
from collections.abc import Iterable

from app.sync.wire.entities import ENTITIES, Scope
from app.sync.wire.tally import mark_of
from server.database import Connection
from server.scope import names
from server.stored_row import StoredRow

NOBODY = "00000000-0000-0000-0000-000000000000"
"""Owner of rows that belong to the whole cooperation."""
EVERYBODY = "ffffffff-ffff-ffff-ffff-ffffffffffff"
"""Owner under which everything is counted once more, for whoever sees everything."""

Standing = tuple[str, str, int]
"""Owner, entity and mark of one row; what a tally holds of it."""


class Tallies:
    """What a transaction adds to the tallies and takes away from them."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])

    def add(self, standing: Standing | None) -> None:
        """Count a row."""
        self._count(standing, 1)

    def add_rows(self, rows: Iterable[StoredRow]) -> None:
        """Count rows that are new, none of them a tombstone unless it was deleted at once."""
        for row in rows:
            self._count(standing_of(row), 1)

    def take(self, standing: Standing | None) -> None:
        """Count a row no longer."""
        self._count(standing, -1)

    def write(self, connection: Connection, cooperation_id: str) -> None:
        """Write what has changed."""
        everybody: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for (_, entity), (rows, mark) in self._sums.items():
            everybody[EVERYBODY, entity][0] += rows
            everybody[EVERYBODY, entity][1] += mark
        changed = [
            (owner, entity, *sums) for (owner, entity), sums in sorted((self._sums | everybody).items()) if any(sums)
        ]
        if not changed:
            return
        owners, entities, numbers, hashes = zip(*changed, strict=True)
        connection.execute(
            "INSERT INTO tally (cooperation_id, owner_id, entity, rows, hash)"
            " SELECT %s, * FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::numeric[])"
            " ON CONFLICT (cooperation_id, owner_id, entity)"
            " DO UPDATE SET rows = tally.rows + excluded.rows, hash = tally.hash + excluded.hash",
            (cooperation_id, list(owners), list(entities), list(numbers), list(hashes)),
        )

    def _count(self, standing: Standing | None, sign: int) -> None:
        if standing is None:
            return
        owner, entity, mark = standing
        sums = self._sums[owner, entity]
        sums[0] += sign
        sums[1] += sign * mark


def standing_of(row: StoredRow) -> Standing | None:
    """Return what a tally holds of the row as it is now; a tombstone is not counted."""
    if row.deleted:
        return None
    return _owner(row) or NOBODY, row.entity, mark_of(row.row_id, row.position)


def count_rows(connection: Connection, cooperation_id: str, rows: Iterable[StoredRow]) -> None:
    """Add rows that are new."""
    tallies = Tallies()
    for row in rows:
        tallies.add(standing_of(row))
    tallies.write(connection, cooperation_id)


TALLIES_OF_EVERYTHING = f"""
SELECT entity, rows, hash FROM tally WHERE cooperation_id = %(cooperation)s AND owner_id = '{EVERYBODY}'
"""  # noqa: S608 - no value in the text
"""The tallies of whoever sees everything; parameters as for :func:`server.scope.condition`."""

TALLIES = f"""
SELECT entity, rows, hash FROM tally
WHERE cooperation_id = %(cooperation)s
  AND owner_id = ANY(%(teams)s::uuid[] || ARRAY['{NOBODY}', '{EVERYBODY}', %(device)s]::uuid[]) AND (
    (owner_id = '{NOBODY}' AND entity IN ({names(Scope.COOPERATION)}))
    OR (owner_id = ANY(%(teams)s::uuid[]) AND entity IN ({names(Scope.TEAM)}, 'conflict'))
    OR (owner_id = %(device)s AND entity IN ({names(Scope.DEVICE)}) AND NOT ({{whole_log}} AND entity = 'access_log'))
    OR (owner_id = '{EVERYBODY}' AND {{whole_log}} AND entity = 'access_log')
)
UNION ALL
SELECT entity, rows, hash FROM team_tally
WHERE cooperation_id = %(cooperation)s AND team_id = ANY(%(teams)s::uuid[]) AND entity IN ({names(Scope.PERSON)})
"""  # noqa: S608 - as above
"""The tallies of whoever sees their teams, some of them in parts; `whole_log` is whether everybody's access log too."""

TALLIES_TWICE = f"""
UNION ALL
SELECT entity, -again * rows, -again * hash FROM (
    SELECT person_id, count(*) - 1 AS again FROM member
    WHERE cooperation_id = %(cooperation)s AND team_id = ANY(%(teams)s::uuid[]) AND is_active
    GROUP BY person_id HAVING count(*) > 1
) AS shared, LATERAL (
    SELECT * FROM tally WHERE cooperation_id = %(cooperation)s AND owner_id = shared.person_id OFFSET 0
) AS of_person WHERE entity IN ({names(Scope.PERSON)})
UNION ALL
SELECT 'membership', -left_rows, -left_hash FROM member AS gone
WHERE cooperation_id = %(cooperation)s AND team_id = ANY(%(teams)s::uuid[]) AND left_rows > 0 AND EXISTS (
    SELECT 1 FROM member WHERE cooperation_id = gone.cooperation_id AND person_id = gone.person_id
    AND team_id = ANY(%(teams)s::uuid[]) AND is_active
)
"""  # noqa: S608 - as above
"""What whoever sees several teams must not count twice: who is in two of them, or left one of them for another."""


def _owner(row: StoredRow) -> str | None:
    match ENTITIES[row.entity].scope:
        case Scope.TEAM:
            return row.team_id
        case Scope.PERSON:
            return row.person_id or row.team_id
        case Scope.DEVICE:
            return row.device_id
    return None
