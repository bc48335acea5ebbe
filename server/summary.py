"""What a laptop is told besides rows: how far the server's order has come, what is counted, whether something left.

All of it is one statement, and so of one moment; within a :func:`snapshot` it is of the same moment as the rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.sync.wire.messages import Tally
from server.database import PLANNED_ANEW, Connection, Cursor, begun
from server.scope import Asker, parameters
from server.storable import LARGEST_NUMBER
from server.tally import TALLIES, TALLIES_OF_EVERYTHING, TALLIES_TWICE

NEAR = 20_000
"""Positions behind the newest within which a laptop usually stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is known of a cooperation for one laptop.

    `position` is the newest, `has_left` whether anything left the laptop's teams after its cursor. `answered` numbers
    of its changes are here, of `refused` of them there is nothing but the refusal. `tallies` are those of all rows that
    the laptop may see; None where they were not asked for.
    """

    position: int
    has_left: bool
    answered: int
    refused: int
    tallies: dict[str, Tally] | None


@contextmanager
def snapshot(connection: Connection, *, is_near: bool = False) -> Iterator[None]:
    """Let everything that is asked within be of one moment.

    Whoever `is_near` the newest position asks for little, and statements keep their plans; others are planned anew.
    """
    with begun(connection, _BEGIN, *(() if is_near else PLANNED_ANEW)):
        yield


_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def ask_for_summary(
    connection: Connection, asker: Asker, *, cursor: int = 0, through_sequence: int = 0, with_tallies: bool = True
) -> Cursor:
    """Ask for the summary for a laptop at `cursor` that asks for its changes through `through_sequence`.

    The first `whole_through` numbers are known to be here (:mod:`server.receipt`) and only those above are counted.
    """
    values: dict[str, Any] = {
        **parameters(asker),
        "cursor": min(cursor, LARGEST_NUMBER),
        "through": min(through_sequence, LARGEST_NUMBER),
    }
    question = _STAND.format(has_left="false" if asker.sees_everything else _HAS_LEFT)
    if with_tallies:
        question = _WITH_TALLIES.format(stand=question, tallies=_tallies(asker))
    return connection.execute(question, values)


def read_summary(asked: Cursor) -> Summary:
    """Return the summary that was asked for."""
    found = asked.fetchall()
    position, has_left, answered, refused, *tally = found[0] if found else (0, False, 0, 0)
    return Summary(
        position=position,
        has_left=has_left,
        answered=answered,
        refused=refused,
        tallies=_summed_up(row[4:] for row in found) if tally else None,
    )


def tallies_for(connection: Connection, asker: Asker) -> dict[str, Tally]:
    """Return the tallies of everything that the asker may see."""
    return _summed_up(connection.execute(_tallies(asker), parameters(asker)))


def _tallies(asker: Asker) -> str:
    if asker.sees_everything:
        return TALLIES_OF_EVERYTHING
    twice = TALLIES_TWICE if len(asker.team_ids) > 1 else ""
    return TALLIES.format(whole_log="true" if asker.sees_whole_log else "false") + twice


def _summed_up(found: Iterable[tuple[Any, ...]]) -> dict[str, Tally]:
    """Return one tally for each entity of which there are rows, from its parts."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for entity, rows, mark in found:
        sums[entity][0] += int(rows or 0)
        sums[entity][1] += int(mark or 0)
    return {entity: Tally(rows, mark) for entity, (rows, mark) in sorted(sums.items()) if rows}


_STAND = """
SELECT cooperation.position, {has_left}, least(device.whole_through, %(through)s) + (
    SELECT count(DISTINCT sequence) FROM change
    WHERE device_id = %(device)s AND sequence > device.whole_through AND sequence <= %(through)s
), (
    SELECT count(DISTINCT sequence) FROM change AS refused
    WHERE device_id = %(device)s AND sequence BETWEEN 1 AND %(through)s AND outcome = 'refused' AND NOT EXISTS (
        SELECT 1 FROM change AS held WHERE held.device_id = %(device)s AND held.sequence = refused.sequence
        AND held.outcome <> 'refused'
    )
)
FROM device JOIN cooperation ON cooperation.id = device.cooperation_id WHERE device.id = %(device)s
"""
_HAS_LEFT = (
    "EXISTS (SELECT 1 FROM departure WHERE cooperation_id = device.cooperation_id"
    " AND team_id = ANY(array_append(%(teams)s::uuid[], device.id)) AND position > %(cursor)s)"
)
_WITH_TALLIES = """
WITH stand AS MATERIALIZED ({stand}) SELECT * FROM stand LEFT JOIN ({tallies}) AS tally ON true
"""
