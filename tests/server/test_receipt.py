"""What a receipt says is counted: what is remembered of an earlier counting never speaks of what is gone."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from server.accounts import author_of
from server.database import Connection
from server.identity import identity_of
from server.receipt import FAR_BEHIND, counted, remember
from tests.server.laptops import Cooperation, Laptop, new_id

MANY = FAR_BEHIND + 200


def places(laptop: Laptop, number: int) -> list[str]:
    """Push so many new places and return their change ids."""
    changes = [
        laptop.change("place", new_id(), {"team_id": laptop.account.team_ids[0], "name": "x"}) for _ in range(number)
    ]
    laptop.push(*changes)
    return [change.change_id for change in changes]


def remembered(connection: Connection, laptop: Laptop) -> int:
    found = connection.execute("SELECT whole_through FROM device WHERE id = %s", (laptop.account.device_id,)).fetchone()
    assert found is not None
    return int(found[0])


def take_away(connection: Connection, laptop: Laptop, change_id: str) -> None:
    """Delete a change as an operator would who wants the backup to be found whole."""
    connection.execute("DELETE FROM change WHERE change_id = %s", (change_id,))
    connection.execute("UPDATE device SET changes_held = changes_held - 1 WHERE id = %s", (laptop.account.device_id,))


def said(connection: Connection, laptop: Laptop) -> tuple[int, int]:
    """Held and refused as a receipt would say them within this transaction."""
    asker = author_of(connection, laptop.account.device_id)
    assert asker is not None
    receipt = counted(connection, asker, identity_of(connection), through_sequence=laptop.sequence)
    return receipt.held, receipt.refused


@pytest.mark.parametrize(
    ("by_hand", "held"),
    [
        ("DELETE FROM change WHERE change_id = %(change)s", MANY - 1),
        ("DELETE FROM change WHERE device_id = %(device)s", 0),
        ("UPDATE change SET sequence = 1000000 WHERE change_id = %(change)s", MANY - 1),
        ("UPDATE change SET device_id = gen_random_uuid() WHERE device_id = %(device)s", 0),
        ("SET LOCAL session_replication_role = replica; DELETE FROM change WHERE change_id = %(change)s", MANY - 1),
        ("TRUNCATE change", 0),
        ("UPDATE change SET fields = NULL WHERE change_id = %(change)s", MANY),
    ],
)
def test_what_is_taken_out_of_the_database_by_hand_is_missing_from_the_next_receipt(
    cooperation: Cooperation, by_hand: str, held: int
) -> None:
    mette = cooperation.laptop("mette")
    change_id = places(mette, MANY)[MANY // 2]
    assert mette.receipt().held == MANY
    with cooperation.server.connect() as connection:
        assert remembered(connection, mette) == MANY
        values = {"change": change_id, "device": mette.account.device_id}
        for statement in by_hand.split(";"):
            connection.execute(statement, values)
        assert said(connection, mette) == (held, 0)
        connection.rollback()


def test_a_number_that_came_late_is_counted_and_a_gap_is_never_remembered_as_whole(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    late = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "late"})
    places(mette, MANY)
    assert mette.receipt().held == MANY
    with cooperation.server.connect() as connection:
        assert remembered(connection, mette) == 0
        assert mette.receipt().held == MANY
        # By a courier, or out of a backup: its number is below those that are here.
        mette.push(late)
        assert mette.receipt().held == MANY + 1
        assert remembered(connection, mette) == MANY + 1
    # Its numbers go on from the highest, not from the one that came last.
    assert mette.reply_to([late]).highest_sequence == MANY + 1


@pytest.mark.parametrize("numbers", [[1, 3], [1, 1, 3]], ids=["left out", "left out and another used twice"])
def test_a_number_that_is_missing_within_a_batch_is_missing_from_the_receipt(
    cooperation: Cooperation, numbers: list[int]
) -> None:
    mette = cooperation.laptop("mette")
    made = [mette.change("place", new_id(), {"team_id": cooperation.north, "name": "x"}) for _ in numbers]
    mette.push(*(msgspec.structs.replace(one, sequence=at) for one, at in zip(made, numbers, strict=True)))
    assert mette.receipt(3).held == 2
    with cooperation.server.connect() as connection:
        assert remembered(connection, mette) == 0


def test_refused_changes_count_as_refused_however_much_is_remembered(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    poisoned = mette.change("place", new_id(), {"name": "nobody's"})
    mette.push(poisoned)
    places(mette, MANY)
    assert (mette.receipt().held, mette.receipt().refused) == (MANY, 1)
    # Offered again it is decided afresh: it goes and comes, and with it what was remembered.
    mette.push(poisoned)
    assert (mette.receipt().held, mette.receipt().refused) == (MANY, 1)
    with cooperation.server.connect() as connection:
        assert remembered(connection, mette) == MANY + 1
        take_away(connection, mette, poisoned.change_id)
        connection.commit()
    assert (mette.receipt().held, mette.receipt().refused) == (MANY, 0)


def test_what_is_taken_away_after_it_was_counted_is_not_remembered_as_here(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    change_id = places(mette, MANY)[10]
    server = cooperation.server
    with server.connect() as one, server.connect() as operator, ThreadPoolExecutor(1) as pool:
        one.autocommit = True
        one.execute("UPDATE device SET whole_through = 0 WHERE id = %s", (mette.account.device_id,))
        asker = author_of(one, mette.account.device_id)
        assert asker is not None
        receipt = counted(one, asker, identity_of(one), through_sequence=MANY)
        assert receipt.held == MANY
        take_away(operator, mette, change_id)
        remembering = pool.submit(remember, one, asker, receipt)
        while operator.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (0,):
            assert not remembering.done()
        operator.commit()
        remembering.result()
        assert remembered(operator, mette) == 0
    assert mette.receipt().held == MANY - 1
