"""Whether a database, such as a restored backup, is whole: what is counted is what is there, and nothing is twice."""

from typing import Any

from app.sync.wire.entities import Scope
from app.sync.wire.tally import MARK_IN_SQL
from server.database import Connection
from server.migration import known_migrations
from server.scope import names
from server.tally import EVERYBODY, NOBODY

_TALLIES = f"""
    SELECT cooperation_id, owner_id, entity, count(*), sum({MARK_IN_SQL}) FROM row, unnest(ARRAY[
        '{EVERYBODY}', coalesce(
            CASE
                WHEN entity IN ({names(Scope.TEAM)}) THEN team_id
                WHEN entity IN ({names(Scope.PERSON)}) THEN coalesce(person_id, team_id)
                WHEN entity IN ({names(Scope.DEVICE)}) THEN device_id
            END, '{NOBODY}'
        )
    ]::uuid[]) AS owner (owner_id)
    WHERE NOT deleted GROUP BY cooperation_id, owner_id, entity
"""  # noqa: S608 - no value in the text
_MEMBERS = f"""
    SELECT cooperation_id, person_id, team_id, is_active, CASE WHEN is_active THEN 0 ELSE number END,
           CASE WHEN is_active THEN 0 ELSE marks END
    FROM (
        SELECT cooperation_id, person_id, team_id, bool_or((fields ->> 'left_on') IS NULL) AS is_active,
               count(*) AS number, sum({MARK_IN_SQL}) AS marks
        FROM row WHERE entity = 'membership' AND NOT deleted AND team_id IS NOT NULL AND person_id IS NOT NULL
        GROUP BY cooperation_id, person_id, team_id
    ) AS counted
"""  # noqa: S608 - no value in the text
_TEAM_TALLIES = """
    SELECT cooperation_id, team_id, entity, sum(rows), sum(hash) FROM (
        SELECT member.cooperation_id, team_id, entity, rows, hash FROM member
        JOIN tally ON tally.cooperation_id = member.cooperation_id AND owner_id = person_id WHERE is_active
        UNION ALL
        SELECT cooperation_id, team_id, 'membership', left_rows, left_hash FROM member
    ) AS seen GROUP BY cooperation_id, team_id, entity HAVING sum(rows) <> 0
"""


def _differing(kept: str, counted: str) -> str:
    """Return the question for how much of two answers is in one of them alone."""
    return f"SELECT count(*) FROM (({kept} EXCEPT {counted}) UNION ALL ({counted} EXCEPT {kept})) AS differing"  # noqa: S608


_QUESTIONS = {
    "rows whose position is beyond the cooperation's": (
        "SELECT count(*) FROM row JOIN cooperation c ON c.id = row.cooperation_id WHERE row.position > c.position"
    ),
    "positions given twice": (
        "SELECT count(*) FROM (SELECT 1 FROM row GROUP BY cooperation_id, position HAVING count(*) > 1) AS twice"
    ),
    "changes taken whose row is missing": (
        "SELECT count(*) FROM change WHERE outcome IN ('applied', 'merged', 'conflict') AND NOT EXISTS ("
        "SELECT 1 FROM row WHERE row.cooperation_id = change.cooperation_id"
        " AND row.entity = change.entity AND row.row_id = change.row_id)"
    ),
    "changes of laptops that are not enrolled": (
        "SELECT count(*) FROM change WHERE NOT EXISTS (SELECT 1 FROM device WHERE device.id = change.device_id)"
    ),
    # Not by the laptops' numbers: one that leaves some out, by fault or by malice, makes no backup less whole.
    "laptops whose changes are more or fewer than were counted": (
        "SELECT count(*) FROM device d WHERE changes_held <> (SELECT count(*) FROM change WHERE device_id = d.id)"
    ),
    "laptops of which numbers are missing that are remembered as here": (
        "SELECT count(*) FROM device d WHERE whole_through <> ("
        "SELECT count(DISTINCT sequence) FROM change WHERE device_id = d.id AND sequence BETWEEN 1 AND whole_through)"
    ),
    "tallies that differ from their rows": _differing(
        "SELECT cooperation_id, owner_id, entity, rows, hash FROM tally WHERE rows <> 0 OR hash <> 0", _TALLIES
    ),
    "people in or out of teams otherwise than their memberships say": _differing(
        "SELECT cooperation_id, person_id, team_id, is_active, left_rows, left_hash FROM member"
        " WHERE is_active OR left_rows > 0",
        _MEMBERS,
    ),
    "tallies of teams that differ from those of their people": _differing(
        "SELECT cooperation_id, team_id, entity, rows, hash FROM team_tally WHERE rows <> 0", _TEAM_TALLIES
    ),
}


def check_backup(connection: Connection) -> dict[str, Any]:
    """Return what was found, and `whole` where every count of faults is 0."""
    found = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    faults: dict[str, int] = {}
    for name, question in _QUESTIONS.items():
        answer = connection.execute(question.encode()).fetchone()
        faults[name] = int(answer[0]) if answer else 0
    counted = connection.execute(
        "SELECT (SELECT count(*) FROM row), (SELECT count(*) FROM change), (SELECT count(*) FROM device),"
        " (SELECT max(received_at)::text FROM change)"
    ).fetchone()
    rows, changes, devices, newest = counted or (0, 0, 0, None)
    schema = int(found[0]) if found and found[0] is not None else 0
    return {
        "whole": not any(faults.values()) and schema == known_migrations()[-1][0],
        "schema": schema,
        "rows": rows,
        "changes": changes,
        "devices": devices,
        "newest_change_received_at": newest,
        "faults": faults,
    }
