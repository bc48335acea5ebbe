"""Every row is told of, once and in its place, however it came there; an edit leaves the indexes of its row alone."""

import pytest

from app.sync.wire.messages import PullRequest
from server.accounts import asker_of
from server.database import Connection
from server.directory import set_row
from server.pull import ask_for_rows
from server.rows import STORED, change_rows, read_row
from tests.server.laptops import Cooperation, Laptop, new_id
from tests.server.test_exchange import shared_person
from tests.server.test_scope import membership_of

_STORED = f"SELECT {STORED} FROM row WHERE row_id = %s"  # noqa: S608 - names of ours


def a_troubled_week(cooperation: Cooperation) -> None:
    """Two change the same, somebody chooses, a team gains a person, another is erased, the operator writes a row."""
    mette, jens, kirsten = cooperation.laptop("mette"), cooperation.laptop("jens"), cooperation.laptop("kirsten")
    person_id = shared_person(mette, jens)
    erased_id = shared_person(mette, jens)
    mette.push(
        mette.update("person", person_id, {"note": "first", "phone": "1"}),
        mette.update("person", person_id, {"phone": "2"}),
    )
    assert jens.push(jens.update("person", person_id, {"note": "second"}))[0].outcome.value == "conflict"
    kirsten.pull()
    kirsten.push(kirsten.update("person", person_id, {"note": "third"}, base=kirsten.cursor))
    mette.push(mette.update("membership", membership_of(mette, person_id), {"left_on": "2026-03-03"}))
    kirsten.push(
        kirsten.change("membership", new_id(), {"person_id": person_id, "team_id": cooperation.south}),
        kirsten.update("person", person_id, {"phone": "3"}, base=kirsten.cursor),
        kirsten.change("erasure", new_id(), {"person_id": erased_id, "manner": "erase"}),
    )
    with cooperation.server.connect() as connection:
        set_row(connection, cooperation.id, "team", cooperation.north, {"name": "Another name"})


def standing(connection: Connection, cooperation: Cooperation) -> list[tuple[int, str, str]]:
    return connection.execute(
        "SELECT position, entity, row_id FROM row WHERE cooperation_id = %s ORDER BY position", (cooperation.id,)
    ).fetchall()


def told(connection: Connection, laptop: Laptop) -> list[tuple[int, str, str]]:
    request = PullRequest(database_id=laptop.database_id, cursor=0, limit=9_999)
    found = ask_for_rows(connection, asker_of(connection, laptop.account.token), request, [])
    return [(position, entity, row_id) for entity, row_id, position, *_ in found]


def test_every_row_is_told_once_and_in_its_place_however_it_came_there(cooperation: Cooperation) -> None:
    a_troubled_week(cooperation)
    kirsten = cooperation.laptop("kirsten")
    came = [(row.position, row.entity, row.row_id) for row in kirsten.pull(limit=3)]
    with cooperation.server.connect() as connection:
        assert came == standing(connection, cooperation)
    assert {entity for _, entity, _ in came} >= {"conflict", "erasure", "membership", "person", "team"}


@pytest.mark.parametrize("by_hand", ["DELETE FROM change WHERE cooperation_id = %s", "TRUNCATE change"])
def test_a_row_keeps_its_place_where_its_changes_are_taken_away(cooperation: Cooperation, by_hand: str) -> None:
    a_troubled_week(cooperation)
    kirsten = cooperation.laptop("kirsten")
    with cooperation.server.connect() as connection:
        before = told(connection, kirsten)
        connection.execute(by_hand, (cooperation.id,) if "%s" in by_hand else ())
        assert told(connection, kirsten) == before == standing(connection, cooperation)
        connection.rollback()


def test_an_edit_leaves_the_indexes_of_its_row_alone(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    person_id, changes = mette.person()
    mette.push(*changes)
    with cooperation.server.connect() as connection:
        found = connection.execute(_STORED, (person_id,)).fetchone()
        assert found is not None
        row = read_row(found)
        row.position += 1_000
        row.fields |= {"note": "moved to another time"}
        row.versions |= {"note": (row.position, mette.account.device_id)}
        change_rows(connection, [row])
        in_place = connection.execute("SELECT pg_stat_get_xact_tuples_hot_updated('row'::regclass)").fetchone()
        assert in_place == (1,)
        connection.rollback()
