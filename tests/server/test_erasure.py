"""What the server keeps of somebody who was erased: of rows, of what had been deleted, and of the changes about it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from app.sync.wire.messages import Change, Operation, Outcome
from server import clock
from server.backup_check import check_backup
from server.database import Connection
from server.erasure import erase_again
from tests.server.laptops import Cooperation, Laptop, ServerProcess, everything_kept, new_id
from tests.server.test_exchange import shared_person
from tests.server.test_scope import membership_of


def a_life(laptop: Laptop, secret: str) -> tuple[str, dict[str, str]]:
    """Somebody with rows that stand and rows that were deleted, each of them edited; return them by what they are."""
    team = laptop.account.team_ids[0]
    person_id, changes = laptop.person(name=secret)
    laptop.push(*changes)
    standing, gone, letter = new_id(), new_id(), new_id()
    for row_id in (standing, gone):
        laptop.push(
            laptop.change("attendance", row_id, {"person_id": person_id, "status": "present", "note": f"{secret} 1"}),
            laptop.update("attendance", row_id, {"note": f"{secret} 2"}, base=10**6),
        )
    written = {"team_id": team, "content": f"{secret} letter", "linked_person_id": None}
    laptop.push(
        laptop.change("incoming_message", letter, written),
        laptop.update("incoming_message", letter, {"linked_person_id": person_id, "subject": secret}, base=10**6),
        laptop.change("attendance", gone, {}, operation=Operation.DELETE, base=10**6),
        laptop.change("incoming_message", letter, {}, operation=Operation.DELETE, base=10**6),
    )
    return person_id, {"standing": standing, "gone": gone, "letter": letter}


def erasure(coordinator: Laptop, person_id: str, manner: str) -> Change:
    return coordinator.change("erasure", new_id(), {"person_id": person_id, "manner": manner})


def of_somebody(connection: Connection, person_id: str, row_ids: Iterable[str]) -> list[Any]:
    """The rows of somebody and the changes about them, whole."""
    values = {"person": person_id, "rows": list(row_ids)}
    rows = connection.execute(
        "SELECT * FROM row WHERE person_id = %(person)s OR row_id = ANY(%(rows)s::uuid[]) ORDER BY row_id", values
    )
    changes = connection.execute(
        "SELECT * FROM change WHERE row_id = ANY(%(rows)s::uuid[] || %(person)s::uuid)"
        " OR fields::json ->> 'person_id' = %(person)s::text ORDER BY change_id",
        values,
    )
    return [*rows.fetchall(), *changes.fetchall()]


class OlderServer:
    """Has a database as a server left it that passed over what was deleted before an erasure."""

    def __init__(self, connection: Connection, cooperation_id: str) -> None:
        self._connection = connection
        self._cooperation = cooperation_id
        self._tombstones = connection.execute(
            "SELECT entity, row_id, position, fields::text, versions::text FROM row"
            " WHERE cooperation_id = %s AND deleted",
            (cooperation_id,),
        ).fetchall()
        self._changes = connection.execute(
            "SELECT change_id, fields, before::text FROM change WHERE cooperation_id = %s AND row_id = ANY(%s::uuid[])"
            " AND coalesce(fields::json ->> 'person_id', '') = ''",
            (cooperation_id, [row_id for _, row_id, *_ in self._tombstones]),
        ).fetchall()
        connection.commit()

    def erased(self) -> None:
        """Put back what it would have left, and the schema that it knew."""
        for entity, row_id, position, fields, versions in self._tombstones:
            self._connection.execute(
                "UPDATE row SET position = %s, fields = %s::json, versions = %s::json"
                " WHERE cooperation_id = %s AND entity = %s AND row_id = %s",
                (position, fields, versions, self._cooperation, entity, row_id),
            )
        for change_id, fields, before in self._changes:
            self._connection.execute(
                "UPDATE change SET fields = %s, before = %s::json WHERE change_id = %s", (fields, before, change_id)
            )
        self._connection.execute(
            "UPDATE row SET fields = json_build_object('person_id', person_id, 'team_id', team_id)"
            " WHERE cooperation_id = %s AND deleted AND fields::text = '{}'",
            (self._cooperation,),
        )
        self._connection.execute("DELETE FROM schema_version WHERE version > 12")
        self._connection.execute("ALTER TABLE cooperation DROP COLUMN erasures_owed")
        self._connection.execute("ALTER TABLE user_account DROP COLUMN role_before, DROP COLUMN role_until")
        self._connection.execute("DROP INDEX joined_person")
        self._connection.execute("DROP INDEX log_of_a_laptop")
        self._connection.commit()


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
def test_whoever_an_older_server_erased_is_erased_anew_by_its_update_and_nobody_else_is_touched(
    tmp_path: Path, manner: str
) -> None:
    with ServerProcess(tmp_path) as server, server.connect() as connection:
        cooperation = Cooperation.make(connection, server)
        mette, kirsten = cooperation.laptop("mette"), cooperation.laptop("kirsten")
        erased, rows = a_life(mette, "Xerxes")
        other, others = a_life(mette, "Yrsa")
        older = OlderServer(connection, cooperation.id)
        kirsten.push(erasure(kirsten, erased, manner))
        # What a laptop asks, today's server answers from what today's has.
        kirsten.pull()
        older.erased()
        left = everything_kept(connection)
        assert "Xerxes 2" in left
        assert "Xerxes letter" in left
        bystander = of_somebody(connection, other, others.values())
        # The day on which somebody was erased stays the day on which it was.
        connection.execute(
            "UPDATE row SET fields = replace(fields::text, %s, '2026-01-01')::json WHERE entity = 'person'",
            (clock.today().isoformat(),),
        )
        connection.commit()

        assert server.run("init").returncode == 0

        left = everything_kept(connection)
        assert "Xerxes" not in left
        assert "2026-01-01" in left
        assert of_somebody(connection, other, others.values()) == bystander
        assert check_backup(connection)["whole"]
        # Laptops hear of it, because they may hold what they themselves had deleted of the person.
        came = {row.row_id: row for row in kirsten.pull()}
        assert {rows["gone"], rows["letter"]} <= came.keys()
        assert all(row.deleted and row.erased for row in came.values())
        assert not {other, *others.values()} & came.keys()
        # Once is enough.
        connection.execute("UPDATE cooperation SET erasures_owed = true")
        before = of_somebody(connection, erased, rows.values())
        assert erase_again(connection) == 0
        assert of_somebody(connection, erased, rows.values()) == before
        cooperation.http.clear()


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
def test_anonymising_leaves_what_is_counted_and_either_way_no_number_says_who_it_was(
    cooperation: Cooperation, manner: str
) -> None:
    mette, kirsten = cooperation.laptop("mette"), cooperation.laptop("kirsten")
    person_id, changes = mette.person()
    mette.push(*changes)
    mette.push(mette.update("person", person_id, {"identifier": "6101804321", "identifier_kind": "cpr"}, base=10**6))
    seat = mette.change("attendance", new_id(), {"person_id": person_id, "status": "present", "note": "Sov dårligt"})
    mette.push(seat)
    kirsten.push(erasure(kirsten, person_id, manner))
    mette.pull()
    attended, person = mette.rows["attendance", seat.row_id], mette.rows["person", person_id].fields
    assert (attended.deleted, attended.fields.get("status")) == (
        (True, None) if manner == "erase" else (False, "present")
    )
    assert not attended.fields.get("note")
    assert (person["identifier"], person["identifier_kind"]) == ("", "none")


@pytest.mark.parametrize("manners", [("erase", "anonymise"), ("anonymise", "erase")])
def test_of_two_manners_that_are_asked_for_at_once_the_one_that_leaves_less_is_done(
    cooperation: Cooperation, manners: tuple[str, str]
) -> None:
    mette, kirsten = cooperation.laptop("mette"), cooperation.laptop("kirsten")
    person_id, changes = mette.person()
    seat = mette.change("attendance", new_id(), {"person_id": person_id, "status": "present"})
    mette.push(*changes, seat)
    kirsten.push(*(erasure(kirsten, person_id, manner) for manner in manners))
    mette.pull()
    assert mette.rows["attendance", seat.row_id].deleted


def test_who_is_erased_once_more_keeps_the_day_on_which_they_were_erased_first(cooperation: Cooperation) -> None:
    mette, kirsten = cooperation.laptop("mette"), cooperation.laptop("kirsten")
    person_id, changes = mette.person()
    mette.push(*changes)
    kirsten.push(erasure(kirsten, person_id, "anonymise"))
    with cooperation.server.connect() as connection:
        connection.execute(
            """UPDATE row SET fields = jsonb_set(fields::jsonb, '{anonymised_on}', '"2020-01-01"')::json"""
            " WHERE entity = 'person' AND row_id = %s",
            (person_id,),
        )
    kirsten.push(erasure(kirsten, person_id, "erase"))
    mette.pull()
    assert mette.rows["person", person_id].fields["anonymised_on"] == "2020-01-01"


def test_what_is_deleted_is_told_as_erased_where_an_erasure_deleted_or_emptied_it(cooperation: Cooperation) -> None:
    mette, kirsten = cooperation.laptop("mette"), cooperation.laptop("kirsten")
    erased, rows = a_life(mette, "Xerxes")
    _other, others = a_life(mette, "Yrsa")
    assert not any(row.erased for row in kirsten.pull())
    kirsten.push(erasure(kirsten, erased, "erase"))
    told = {row.row_id for row in kirsten.pull() if row.erased}
    assert told == set(rows.values())
    kirsten.cursor = 0
    assert {row.row_id for row in kirsten.pull() if row.deleted} == {*rows.values(), others["gone"], others["letter"]}


def test_a_card_about_somebody_erased_that_is_closed_too_late_holds_up_nothing(cooperation: Cooperation) -> None:
    mette, jens, kirsten = (cooperation.laptop(name) for name in ("mette", "jens", "kirsten"))
    person_id, changes = mette.person(name="Xerxes")
    mette.push(*changes)
    for laptop in (mette, jens):
        laptop.push(laptop.update("person", person_id, {"note": laptop.database_id}, base=2))
    mette.pull()
    [card] = [row for (entity, _), row in mette.rows.items() if entity == "conflict"]
    kirsten.push(erasure(kirsten, person_id, "anonymise"))
    closing = mette.change("conflict", card.row_id, {}, operation=Operation.DELETE, base=mette.cursor)
    _, others = mette.person(name="Yrsa")
    answers = mette.push(closing, *others)
    assert [answer.outcome for answer in answers] == [Outcome.REFUSED, Outcome.APPLIED, Outcome.APPLIED]
    assert answers[0].code == "person-erased"


def test_an_erasure_empties_the_cards_about_letters_and_what_was_refused(cooperation: Cooperation) -> None:
    mette, jens, kirsten = (cooperation.laptop(name) for name in ("mette", "jens", "kirsten"))
    # A name of its own: other tests' people are in the same database.
    name = f"Xerxes {cooperation.id}"
    person_id, changes = mette.person(name=name)
    letter, refused = new_id(), new_id()
    mette.push(*changes, mette.change("incoming_message", letter, {"team_id": cooperation.north, "subject": "?"}))
    for laptop in (mette, jens):
        laptop.push(laptop.update("incoming_message", letter, {"subject": f"{name} {laptop.database_id}"}, base=3))
    mette.push(mette.update("incoming_message", letter, {"linked_person_id": person_id}, base=10**6))
    # Sara's team has never had the person: neither the row nor the edit of it is taken.
    sara = cooperation.laptop("sara")
    answers = sara.push(
        sara.change("attendance", refused, {"person_id": person_id, "note": name}),
        sara.update("attendance", refused, {"note": f"{name} røg"}),
    )
    assert [answer.outcome for answer in answers] == [Outcome.REFUSED, Outcome.REFUSED]
    with cooperation.server.connect() as connection:
        assert everything_kept(connection).count(name) > 4
    kirsten.push(erasure(kirsten, person_id, "anonymise"))
    with cooperation.server.connect() as connection:
        assert name not in everything_kept(connection)
    assert json.loads(cooperation.server.run("backup-check").stdout)["whole"]


@pytest.mark.parametrize("is_on_a_page", [False, True])
def test_a_letter_on_nobodys_page_goes_with_whom_a_card_might_put_it_with(
    cooperation: Cooperation, is_on_a_page: bool
) -> None:
    mette, jens, kirsten = (cooperation.laptop(name) for name in ("mette", "jens", "kirsten"))
    person_id, changes = mette.person()
    other, others = mette.person()
    letter = new_id()
    said = {"team_id": cooperation.north, "linked_person_id": new_id(), "subject": f"Xerxes {cooperation.id}"}
    mette.push(*changes, *others, mette.change("incoming_message", letter, said))
    jens.pull()
    seen = jens.cursor
    on_page = other if is_on_a_page else None
    jens.push(jens.update("incoming_message", letter, {"linked_person_id": on_page}, base=seen))
    [answer] = mette.push(mette.update("incoming_message", letter, {"linked_person_id": person_id}, base=seen))
    assert answer.outcome is Outcome.CONFLICT
    kirsten.push(erasure(kirsten, person_id, "anonymise"))
    here = {row.entity: row for row in kirsten.pull() if not row.deleted}
    with cooperation.server.connect() as connection:
        is_kept = said["subject"] in everything_kept(connection)
    # One that somebody put on another's page is that person's, and the card goes on asking.
    assert is_kept == ("incoming_message" in here) == ("conflict" in here) == is_on_a_page


@pytest.mark.parametrize("manner", ["anonymise", "erase"])
def test_a_letter_is_not_linked_to_somebody_who_was_erased_meanwhile(cooperation: Cooperation, manner: str) -> None:
    mette, kirsten = cooperation.laptop("mette"), cooperation.laptop("kirsten")
    person_id, changes = mette.person()
    other, others = mette.person()
    letter, came_linked = new_id(), new_id()
    received = mette.change("incoming_message", letter, {"team_id": cooperation.north, "linked_person_id": None})
    mette.push(*changes, *others, received)
    note = f"Xerxes {cooperation.id}"
    kirsten.push(erasure(kirsten, person_id, manner))
    linked = {"linked_person_id": person_id, "state": "attached", "subject": note}
    answers = mette.push(
        mette.update("incoming_message", letter, linked),
        mette.change("incoming_message", came_linked, {"team_id": cooperation.north, **linked}),
        mette.update("incoming_message", letter, {"linked_person_id": other, "state": "attached"}),
    )
    assert [(answer.outcome, answer.code) for answer in answers] == [
        (Outcome.REFUSED, "person-erased"),
        (Outcome.REFUSED, "person-erased"),
        (Outcome.APPLIED, ""),
    ]
    assert all(answer.sentence for answer in answers[:2])
    came = {row.row_id: row for row in kirsten.pull()}
    assert came_linked not in came
    assert came[letter].fields["linked_person_id"] == other
    with cooperation.server.connect() as connection:
        assert note not in everything_kept(connection)


def test_a_letter_that_an_erasure_took_is_not_made_again_nor_told_of_on_a_card(cooperation: Cooperation) -> None:
    mette, jens, kirsten = (cooperation.laptop(name) for name in ("mette", "jens", "kirsten"))
    person_id, changes = mette.person()
    letter = new_id()
    said = {"team_id": cooperation.north, "linked_person_id": person_id, "subject": ""}
    mette.push(*changes, mette.change("incoming_message", letter, said))
    jens.pull()
    kirsten.push(erasure(kirsten, person_id, "erase"))
    # Jens's laptop had it from the feed; Mette's takes the same file in once more, which makes the same row.
    name = f"Xerxes {cooperation.id}"
    edited = jens.push(jens.update("incoming_message", letter, {"subject": name}))
    again = mette.push(mette.change("incoming_message", letter, {**said, "linked_person_id": None, "subject": name}))
    assert [answer.code for answer in (*edited, *again)] == ["person-erased"] * 2
    assert not any(row.entity == "conflict" for row in kirsten.pull())
    with cooperation.server.connect() as connection:
        assert name not in everything_kept(connection)


def test_a_team_that_somebody_had_left_is_told_of_an_erasure_by_keys_of_its_own_alone(cooperation: Cooperation) -> None:
    mette, jens, sara, kirsten = (cooperation.laptop(name) for name in ("mette", "jens", "sara", "kirsten"))
    person_id, changes = mette.person(name="Xerxes")
    membership, by_mette, by_sara = changes[1].row_id, new_id(), new_id()
    mette.push(*changes, mette.change("attendance", by_mette, {"person_id": person_id, "note": "Xerxes"}))
    joined = {"person_id": person_id, "team_id": cooperation.south, "joined_on": "2026-03-03", "left_on": None}
    mette.push(mette.change("membership", new_id(), joined))
    mette.push(mette.update("membership", membership, {"left_on": "2026-03-03"}, base=10**6))
    sara.push(sara.change("attendance", by_sara, {"person_id": person_id, "note": "Xerxes"}))
    for laptop in (mette, jens, sara):
        laptop.pull()
    # Somebody else only leaves, at the same time.
    other_id = shared_person(mette, jens)
    mette.push(mette.update("membership", membership_of(mette, other_id), {"left_on": "2026-03-03"}))
    kirsten.push(kirsten.change("erasure", new_id(), {"person_id": person_id, "manner": "erase", "reason": "Xerxes"}))
    told = [laptop.pull_page(laptop.cursor) for laptop in (mette, jens, sara)]
    left = [{(one.entity, one.row_id, one.erased) for one in page.left} for page in told]
    gone = {("person", person_id, True), ("person", other_id, False)}
    assert left == [{*gone, ("attendance", by_mette, True)}, gone, set()]
    assert {row.entity for page in told[:2] for row in page.rows} == {"membership"}
    assert by_sara in {row.row_id for row in told[2].rows}


def test_nothing_that_comes_late_about_somebody_erased_is_kept_whichever_way_it_is_refused(
    cooperation: Cooperation,
) -> None:
    mette, kirsten = cooperation.laptop("mette"), cooperation.laptop("kirsten")
    person_id, changes = mette.person()
    measured, made, name = new_id(), new_id(), f"Xerxes {cooperation.id}"
    fact = {"person_id": person_id, "kind": "co_ppm", "value": 7.0, "note": ""}
    mette.push(*changes, mette.change("measurement", measured, fact))
    kirsten.push(erasure(kirsten, person_id, "anonymise"))
    answers = mette.push(
        mette.change("attendance", made, {"person_id": person_id, "status": "present", "note": name}),
        # It does not say whose it is, and the row that would was refused.
        mette.update("attendance", made, {"note": f"{name} igen"}),
        mette.change("measurement", measured, {**fact, "note": name}),
    )
    assert [answer.code for answer in answers] == ["person-erased"] * 3
    with cooperation.server.connect() as connection:
        assert name not in everything_kept(connection)


def test_what_follows_an_erasure_in_its_own_batch_is_refused_like_what_comes_later(cooperation: Cooperation) -> None:
    mette, kirsten = cooperation.laptop("mette"), cooperation.laptop("kirsten")
    person_id, changes = mette.person()
    mette.push(*changes)
    measured = kirsten.change("measurement", new_id(), {"person_id": person_id, "kind": "co_ppm", "value": 7.0})
    answers = kirsten.push(erasure(kirsten, person_id, "anonymise"), measured)
    assert [answer.code for answer in answers] == ["", "person-erased"]


def test_a_row_of_somebody_erased_is_given_to_nobody_else(cooperation: Cooperation) -> None:
    mette, kirsten = cooperation.laptop("mette"), cooperation.laptop("kirsten")
    person_id, changes = mette.person()
    other, others = mette.person()
    attendance = mette.change("attendance", new_id(), {"person_id": person_id, "status": "present"})
    mette.push(*changes, *others, attendance)
    kirsten.push(erasure(kirsten, person_id, "anonymise"))
    given = [
        kirsten.update(row.entity, row.row_id, {"person_id": other}, base=10**6) for row in (changes[1], attendance)
    ]
    assert [answer.code for answer in kirsten.push(*given)] == ["person-erased"] * 2
    assert [
        answer.code for answer in mette.push(mette.update("attendance", attendance.row_id, {"person_id": other}))
    ] == ["person-erased"]
