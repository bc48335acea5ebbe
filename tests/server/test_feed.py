"""Every row is told of, once and in its place, however it came there."""

import pytest

from app.sync.wire import codec
from app.sync.wire.messages import PullReply, PullRequest
from server.database import Connection
from server.directory import set_row
from server.pull import has_news
from server.summary import Summary
from tests.server.laptops import Cooperation, new_id
from tests.server.test_exchange import shared_person
from tests.server.test_scope import membership_of


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


def test_every_row_is_told_once_and_in_its_place_however_it_came_there(cooperation: Cooperation) -> None:
    a_troubled_week(cooperation)
    kirsten = cooperation.laptop("kirsten")
    came = [(row.position, row.entity, row.row_id) for row in kirsten.pull(limit=3)]
    with cooperation.server.connect() as connection:
        assert came == standing(connection, cooperation)
    assert {entity for _, entity, _ in came} >= {"conflict", "erasure", "membership", "person", "team"}


@pytest.mark.parametrize(
    ("own", "is_anything_new"),
    [
        ([], True),
        ([(6, 9)], False),
        ([(1, 9)], False),
        ([(6, 8)], True),
        ([(7, 9)], True),
        ([(6, 7), (9, 9)], True),
        ([(8, 9), (6, 7)], False),
        ([(4, 8), (6, 7), (9, 9)], False),
    ],
)
def test_only_where_all_behind_the_cursor_is_the_laptops_own_nothing_is_looked_for(
    own: list[tuple[int, int]], is_anything_new: bool
) -> None:
    at_nine = Summary(position=9, has_left=False, answered=0, refused=0, tallies=None)
    assert has_news(at_nine, 5, own) is is_anything_new
    assert not has_news(at_nine, 9, own)


@pytest.mark.parametrize("own", [[(1, 3), (5, 6)], [(5, 6), (1, 2)], [(2, 2), (4, 7)], [(1, 2), (3, 4)], [(1, 7)]])
def test_what_is_not_within_the_laptops_own_runs_is_told_and_nothing_else(
    cooperation: Cooperation, own: list[tuple[int, int]]
) -> None:
    mette = cooperation.laptop("mette")
    before = mette.pull_page(0).cursor
    mette.push(*(mette.change("place", new_id(), {"team_id": cooperation.north, "name": str(n)}) for n in range(7)))
    request = PullRequest(
        database_id=mette.database_id,
        cursor=before,
        own=[(before + first, before + last) for first, last in own],
    )
    page = codec.unpack(mette.send("/v1/pull", codec.pack(request)).data, PullReply)
    told = [row.position - before for row in page.rows]
    assert told == [n for n in range(1, 8) if not any(first <= n <= last for first, last in own)]
    assert (page.cursor, page.more) == (before + 7, False)
