"""Who holds what: joining, leaving, moving and changing teams, told by the server's own answers."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import msgspec
import pytest
import zstandard

from app.sync.wire import codec
from app.sync.wire.entities import ENTITIES
from app.sync.wire.messages import (
    OFFERED,
    Change,
    ExchangeReply,
    ExchangeRequest,
    Handshake,
    HandshakeRequest,
    Operation,
    PullReply,
    PullRequest,
    RepairReply,
    RepairRequest,
    Row,
    Tally,
)
from app.sync.wire.oversight import LaptopReport, LaptopReportRequest
from app.sync.wire.tally import mark_of
from server import clock
from server.accounts import LATE_LIFE, add_user, asker_of, meet, set_teams
from server.backup_check import check_backup
from server.database import open_pool
from server.exchange import exchange
from server.handshake import shake_hands
from server.refusals import RequestRefused
from server.scope import ACTIVE_PEOPLE, condition, parameters
from server.summary import tallies_for
from tests.server.laptops import AT, Cooperation, Laptop, new_id, refusal
from tests.server.test_exchange import outcomes, shared_person

ACTIVE_BY_THEIR_MEMBERSHIPS = """
SELECT m.person_id FROM row m
WHERE m.cooperation_id = %(cooperation)s AND m.entity = 'membership' AND NOT m.deleted
  AND m.fields ->> 'left_on' IS NULL AND m.team_id = ANY(%(teams)s::uuid[])
"""
"""The people of the teams as the rows say it, and not what is kept of it."""


def counted_row_by_row(cooperation: Cooperation, laptop: Laptop) -> dict[str, Tally]:
    """The tallies as they would be if they were counted anew from every row in scope."""
    counted: dict[str, Tally] = {}
    with cooperation.server.connect() as connection:
        asker = asker_of(connection, laptop.account.token)
        rows = connection.execute(
            "SELECT entity, row_id, position FROM row"  # noqa: S608 - the condition under test
            " WHERE cooperation_id = %(cooperation)s AND NOT deleted"
            f" AND {condition(asker).replace(ACTIVE_PEOPLE, ACTIVE_BY_THEIR_MEMBERSHIPS)}",
            parameters(asker),
        ).fetchall()
        for entity, row_id, position in rows:
            so_far = counted.get(entity, Tally())
            counted[entity] = Tally(so_far.rows + 1, so_far.hash + mark_of(row_id, position))
        assert tallies_for(connection, asker) == counted
    return counted


def held_by(laptop: Laptop) -> dict[str, Tally]:
    held: dict[str, Tally] = {}
    for row in laptop.rows.values():
        if not row.deleted:
            so_far = held.get(row.entity, Tally())
            held[row.entity] = Tally(so_far.rows + 1, so_far.hash + mark_of(row.row_id, row.position))
    return held


def repair(laptop: Laptop, entity: str, held: dict[str, int], limit: int = 2000) -> RepairReply:
    request = RepairRequest(
        database_id=laptop.database_id, entity=entity, row_ids=list(held), positions=list(held.values()), limit=limit
    )
    response = laptop.send("/v1/repair", codec.pack(request))
    assert response.status == 200, response.data
    return codec.unpack(response.data, RepairReply)


def rows_of(reply_rows: list[Row]) -> set[tuple[str, str]]:
    return {(row.entity, row.row_id) for row in reply_rows}


def membership_of(laptop: Laptop, person_id: str) -> str:
    return next(
        row.row_id
        for row in laptop.rows.values()
        if row.entity == "membership" and row.fields["person_id"] == person_id
    )


def test_the_tallies_kept_with_the_rows_are_those_counted_from_the_rows(cooperation: Cooperation) -> None:
    mette, jens, sara, kirsten = (cooperation.laptop(name) for name in ("mette", "jens", "sara", "kirsten"))
    person_id = shared_person(mette, jens)
    _, others = sara.person()
    sara.push(*others, sara.change("place", new_id(), {"team_id": cooperation.south}))
    course = mette.change("course", new_id(), {"team_id": cooperation.north, "name": "a"})
    mette.push(
        course,
        mette.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 20}),
        mette.change("stock_movement", new_id(), {"product": "patch"}),
        mette.update("person", person_id, {"note": "first"}),
    )
    jens.push(jens.update("person", person_id, {"note": "second"}))
    kirsten.push(
        kirsten.change("programme_version", new_id(), {"key": "x"}),
        kirsten.change("membership", new_id(), {"person_id": person_id, "team_id": cooperation.south}),
    )
    kirsten.pull()
    kirsten.push(
        kirsten.update("course", course.row_id, {"team_id": cooperation.south}),
        kirsten.change(
            "place", next(iter(r.row_id for r in kirsten.rows.values() if r.entity == "place")), {},
            operation=Operation.DELETE, base=kirsten.cursor,
        ),
    )  # fmt: skip
    mette.pull()
    mette.push(mette.update("membership", membership_of(mette, person_id), {"left_on": "2026-03-03"}))
    for laptop in (mette, jens, sara, kirsten):
        page = laptop.pull_page(laptop.cursor)
        assert page.tallies == counted_row_by_row(cooperation, laptop)
    fresh = cooperation.laptop("sara")
    fresh.pull()
    assert held_by(fresh) == counted_row_by_row(cooperation, fresh)


class Membership(NamedTuple):
    """What a coordinator has said of somebody and a team."""

    row_id: str
    person_id: str


@pytest.mark.parametrize("seed", range(4))
def test_whatever_becomes_of_memberships_each_laptop_is_told_what_its_rows_add_up_to(
    cooperation: Cooperation, seed: int
) -> None:
    """People join, leave and come back, are in two teams or twice in one, are handed over and erased."""
    chance = random.Random(seed)
    with cooperation.server.connect() as connection:
        cooperation.users["tove"] = new_id()
        add_user(
            connection, cooperation.users["tove"], cooperation_id=cooperation.id, name="tove", role="counsellor",
            team_ids=[cooperation.north, cooperation.south],
        )  # fmt: skip
        connection.commit()
    kirsten, *others = (cooperation.laptop(name) for name in ("kirsten", "mette", "sara", "tove"))
    teams = (cooperation.north, cooperation.south)
    people: list[str] = []
    memberships: list[Membership] = []

    def join(person_id: str) -> Change:
        said = {"person_id": person_id, "team_id": chance.choice(teams), "joined_on": "2026-03-02", "left_on": None}
        memberships.append(Membership(new_id(), person_id))
        return kirsten.change("membership", memberships[-1].row_id, said)

    def step() -> list[Change]:
        kind = chance.randrange(9) if memberships else 0
        if kind < 2:
            people.append(new_id())
            named = kirsten.change("person", people[-1], {"person_id": people[-1], "given_name": "Bo"})
            return [named, *(join(people[-1]) for _ in range(chance.randint(0, 2)))]
        if kind == 2:
            return [join(chance.choice(people))]
        if kind == 3:
            return [
                kirsten.change("measurement", new_id(), {"person_id": chance.choice(people), "cigarettes": 20})
                for _ in range(3)
            ]
        if kind == 4:
            return [kirsten.update("person", chance.choice(people), {"note": str(chance.random())}, base=10**6)]
        known = chance.choice(memberships)
        if kind == 5:
            return [kirsten.change("membership", known.row_id, {}, operation=Operation.DELETE, base=10**6)]
        if kind == 8 and chance.random() < 0.3:
            return [kirsten.change("erasure", new_id(), {"person_id": known.person_id})]
        said = {6: {"left_on": "2026-03-09"}, 7: {"left_on": None}}.get(kind, {"team_id": chance.choice(teams)})
        return [kirsten.update("membership", known.row_id, said, base=10**6)]

    outcomes_seen: Counter[str] = Counter()
    for _ in range(12):
        answers = kirsten.push(*(change for _ in range(5) for change in step()))
        outcomes_seen.update(answer.outcome.value for answer in answers)
        for laptop in (kirsten, *others):
            counted_row_by_row(cooperation, laptop)
    assert outcomes_seen["applied"] > 40
    with cooperation.server.connect() as connection:
        faults = check_backup(connection)["faults"]
    assert {name: faults[name] for name in faults if "teams" in name} == {
        "people in or out of teams otherwise than their memberships say": 0,
        "tallies of teams that differ from those of their people": 0,
    }


def test_no_answer_to_a_laptop_holds_a_byte_of_what_is_outside_its_scope(cooperation: Cooperation) -> None:
    mette, jens, sara = (cooperation.laptop(name) for name in ("mette", "jens", "sara"))
    person_id, changes = mette.person(name="Xanthippe")
    changes += [
        mette.change("measurement", new_id(), {"person_id": person_id, "note": "Xanthippe røg tre"}),
        mette.change("place", new_id(), {"team_id": cooperation.north, "name": "Xanthippes hus", "note": ""}),
        mette.change("stock_movement", new_id(), {"product": "Xanthippe-plaster", "quantity": 5}),
    ]
    mette.push(*changes)
    jens.pull()
    # Two edits of one field, so that there is a conflict and a history too.
    for laptop in (mette, jens):
        laptop.push(laptop.change("person", person_id, {"note": f"Xanthippe {laptop.database_id}"},
                                  operation=Operation.UPDATE, base=2))  # fmt: skip
    status, hands = shake(sara, "")
    assert status == 200
    assert isinstance(hands, Handshake)
    told: list[bytes] = []

    def ask(path: str, **fields: object) -> None:
        body = msgspec.json.encode({"database_id": sara.database_id, **fields})
        response = sara.send(path, zstandard.compress(body))
        assert response.status == 200, response.data
        with zstandard.ZstdDecompressor().stream_reader(response.data) as reader:
            told.append(reader.read())

    known = {"server_id": hands.server_id, "epoch": hands.epoch, "turn": hands.turn, "schema": 2, "time": AT}
    ask("/v1/look", **known, cursor=0, through_sequence=0, limit=1000)
    ask("/v1/pull", cursor=0, turn=hands.turn)
    ask("/v1/receipt", cursor=0, through_sequence=0)
    ask("/v1/standing", cursor=0)
    for entity in ENTITIES:
        ask("/v1/repair", entity=entity, row_ids=[], positions=[])
    outside = [change.row_id for change in changes] + [mette.account.device_id, mette.database_id, jens.database_id]
    guessed = [sara.update(change.entity, change.row_id, {"note": "?"}) for change in changes]
    ask("/v1/push", changes=[msgspec.to_builtins(change) for change in guessed])
    again = [msgspec.to_builtins(sara.update(change.entity, change.row_id, {"note": "!"})) for change in changes]
    shown = {**known, "next_turn": f"9.{new_id()}"}
    ask("/v1/exchange", **shown, cursor=0, through_sequence=0, limit=1000, changes=again)
    known["turn"] = shown["next_turn"]
    ask("/v1/pull", cursor=0, turn=known["turn"])
    for answer in told:
        assert b"Xanthippe" not in answer
        assert [row_id for row_id in outside if row_id.encode() in answer] == []


def test_leaving_scope_is_a_message_of_its_own_and_says_nothing_else(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    mette.push(mette.update("membership", membership_of(mette, person_id), {"left_on": "2026-03-03"}))
    page = jens.pull_page(jens.cursor)
    assert [(gone.entity, gone.row_id) for gone in page.left] == [("person", person_id)]
    assert [row.entity for row in page.rows] == ["membership"]
    assert b'"Bo"' not in msgspec.json.encode(page)
    assert jens.pull_page(page.cursor).left == []


def test_who_comes_back_before_anybody_looked_has_not_left(cooperation: Cooperation) -> None:
    mette, jens, kirsten = cooperation.laptop("mette"), cooperation.laptop("jens"), cooperation.laptop("kirsten")
    person_id = shared_person(mette, jens)
    kirsten.pull()
    membership = membership_of(jens, person_id)
    mette.push(mette.update("membership", membership, {"left_on": "2026-03-03"}))
    kirsten.push(kirsten.update("membership", membership, {"left_on": None}, base=10))
    page = jens.pull_page(jens.cursor)
    assert page.left == []
    assert {row.entity for row in page.rows} == {"person", "membership"}


def test_a_place_that_moves_to_another_team_leaves_the_first_and_enters_the_second(cooperation: Cooperation) -> None:
    mette, sara, kirsten = (cooperation.laptop(name) for name in ("mette", "sara", "kirsten"))
    place = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "Café Nord"})
    mette.push(place)
    for laptop in (mette, sara, kirsten):
        laptop.pull()
    kirsten.push(kirsten.update("place", place.row_id, {"team_id": cooperation.south}))
    page = mette.pull_page(mette.cursor)
    assert [(gone.entity, gone.row_id) for gone in page.left] == [("place", place.row_id)]
    assert page.rows == []
    assert rows_of(sara.pull()) == {("place", place.row_id)}


def test_what_is_given_to_somebody_of_another_team_leaves_the_team_of_whom_it_was_about(
    cooperation: Cooperation,
) -> None:
    mette, jens, sara, kirsten = (cooperation.laptop(name) for name in ("mette", "jens", "sara", "kirsten"))
    person_id = shared_person(mette, jens)
    other, others = sara.person()
    sara.push(*others)
    seat = mette.change("attendance", new_id(), {"person_id": person_id, "note": "of whom it was"})
    mette.push(seat)
    for laptop in (jens, sara, kirsten):
        laptop.pull()
    kirsten.push(kirsten.update("attendance", seat.row_id, {"person_id": other}))
    page = jens.pull_page(jens.cursor)
    assert (page.rows, [(gone.entity, gone.row_id) for gone in page.left]) == ([], [("attendance", seat.row_id)])
    assert rows_of(sara.pull()) == {("attendance", seat.row_id)}


@pytest.mark.parametrize("is_team", [True, False])
def test_a_membership_that_names_another_team_or_person_ends_what_it_said_before(
    cooperation: Cooperation, is_team: bool
) -> None:
    mette, jens, kirsten = (cooperation.laptop(name) for name in ("mette", "jens", "kirsten"))
    person_id = shared_person(mette, jens)
    membership = membership_of(mette, person_id)
    other, changes = mette.person()
    mette.push(*changes)
    jens.pull()
    kirsten.pull()
    said = {"team_id": cooperation.south} if is_team else {"person_id": other}
    kirsten.push(kirsten.update("membership", membership, said))
    page = jens.pull_page(jens.cursor)
    left = {(gone.entity, gone.row_id) for gone in page.left}
    assert left == {("person", person_id)} | ({("membership", membership)} if is_team else set())
    assert ("membership", membership) not in rows_of(page.rows) or not is_team
    assert person_id not in {row.row_id for row in page.rows}


def report_of(asker: Laptop, laptop: Laptop) -> LaptopReport:
    request = LaptopReportRequest(database_id=asker.database_id, device_id=laptop.account.device_id)
    response = asker.send("/v1/laptop-report", codec.pack(request))
    assert response.status == 200, response.data
    return codec.unpack(response.data, LaptopReport)


def test_what_was_deleted_erased_or_given_to_another_team_since_is_reported_as_held(cooperation: Cooperation) -> None:
    mette, jens, kirsten = (cooperation.laptop(name) for name in ("mette", "jens", "kirsten"))
    moved, erased = shared_person(mette, jens), shared_person(mette, jens)
    places = [mette.change("place", new_id(), {"team_id": cooperation.north}) for _ in range(3)]
    notes = [mette.change("attendance", new_id(), {"person_id": person_id}) for person_id in (moved, erased, erased)]
    mette.push(*places, *notes)
    for laptop in (jens, kirsten):
        laptop.pull()
        laptop.receipt()
    before = report_of(kirsten, jens)
    assert {one.person_id for one in before.people} == {moved, erased}
    assert before.kinds == {"attendance": 3, "membership": 2, "person": 2, "place": 3}
    kirsten.push(
        kirsten.update("place", places[0].row_id, {"team_id": cooperation.south}),
        kirsten.change("place", places[1].row_id, {}, operation=Operation.DELETE, base=kirsten.cursor),
        kirsten.update("membership", membership_of(jens, moved), {"team_id": cooperation.south}),
        kirsten.change("erasure", new_id(), {"person_id": erased, "manner": "erase"}),
    )
    after = report_of(kirsten, jens)
    assert {one.person_id for one in after.people} == {moved, erased}
    assert {**after.kinds, "erasure": 0} == {**before.kinds, "erasure": 0}
    # What it hears of it lies there no longer, and of whom it had let go before an erasure tells it nothing new.
    jens.pull()
    jens.receipt()
    kirsten.push(kirsten.change("erasure", new_id(), {"person_id": moved, "manner": "erase"}))
    assert [one.person_id for one in report_of(kirsten, jens).people] == [erased]
    assert report_of(kirsten, jens).kinds == {"erasure": 1, "membership": 1, "person": 1, "place": 1}


def test_a_place_that_moves_to_another_team_brings_all_that_was_changed_of_it(cooperation: Cooperation) -> None:
    mette, sara, kirsten = (cooperation.laptop(name) for name in ("mette", "sara", "kirsten"))
    place = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "Café Nord"})
    mette.push(place)
    mette.push(mette.update("place", place.row_id, {"name": "Café Syd"}, base=10**6))
    sara.pull()
    kirsten.pull()
    kirsten.push(kirsten.update("place", place.row_id, {"team_id": cooperation.south}))
    request = PullRequest(database_id=sara.database_id, cursor=sara.cursor, is_complete=True, limit=9)
    (row,) = codec.unpack(sara.send("/v1/pull", codec.pack(request)).data, PullReply).rows
    assert [edit.after for edit in row.edits] == [{"name": "Café Syd"}, {"team_id": cooperation.south}]


def test_a_counsellor_who_changes_team_is_told_that_the_scope_is_another(cooperation: Cooperation) -> None:
    mette, sara = cooperation.laptop("mette"), cooperation.laptop("sara")
    person_id, changes = mette.person(name="Nordmand")
    mette.push(*changes)
    mette.pull()
    before = mette.pull_page(mette.cursor).scope
    _, theirs = sara.person()
    sara.push(*theirs)
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["mette"], [cooperation.south])
    page = mette.pull_page(mette.cursor)
    assert page.scope != before
    assert page.team_ids == [cooperation.south]
    # Everything of the new team from the start, nothing of the old one.
    anew = mette.pull_page(0)
    assert b"Nordmand" not in msgspec.json.encode(anew)
    assert theirs[0].row_id in {row.row_id for row in anew.rows}
    gone = repair(mette, "person", {person_id: 1}).left
    assert gone == [person_id]


def test_what_was_recorded_before_a_change_of_teams_is_taken_and_flagged(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["mette"], [cooperation.south])
    offline = [
        mette.change("measurement", new_id(), {"person_id": person_id, "cigarettes": number}) for number in (1, 2)
    ]
    place = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "x"})
    assert outcomes(mette.push(*offline, place)) == ["applied"] * 3
    came = jens.pull()
    assert {row.row_id for row in offline} <= {row.row_id for row in came}
    cards = [row.fields for row in came if row.entity == "conflict"]
    assert [(card["field"], card["contender_actor"]) for card in cards] == [("late", mette.account.user_id)] * 2
    assert {card["person_id"] for card in cards} == {person_id, None}
    assert mette.pull() == []
    with cooperation.server.connect() as connection:
        codes = connection.execute("SELECT code FROM change WHERE code = 'late' AND device_id = %s",
                                   (mette.account.device_id,)).fetchall()  # fmt: skip
    assert len(codes) == 3


def test_a_team_that_was_left_is_late_from_that_day_and_for_whoever_left_it_alone(cooperation: Cooperation) -> None:
    mette, sara = cooperation.laptop("mette"), cooperation.laptop("sara")

    def of_the_north(laptop: Laptop) -> str:
        (answer,) = laptop.push(laptop.change("place", new_id(), {"team_id": cooperation.north, "name": "x"}))
        return answer.code or answer.outcome.value

    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["mette"], [cooperation.south])
    assert (of_the_north(mette), of_the_north(sara)) == ("applied", "out-of-scope")
    with cooperation.server.connect() as connection:
        connection.execute(
            "UPDATE user_team SET left_at = %s WHERE user_id = %s AND team_id = %s",
            (clock.now() - LATE_LIFE - timedelta(days=1), cooperation.users["mette"], cooperation.north),
        )
        # Said once more, as whenever her account is set anew.
        set_teams(connection, cooperation.users["mette"], [cooperation.south])
    assert of_the_north(mette) == "out-of-scope"


def set_role(cooperation: Cooperation, user: str, role: str, teams: Sequence[str] = ()) -> None:
    with cooperation.server.connect() as connection:
        add_user(
            connection, cooperation.users[user], cooperation_id=cooperation.id, name=user, role=role, team_ids=teams
        )


def test_what_a_counsellor_recorded_before_becoming_an_auditor_is_taken_and_flagged(cooperation: Cooperation) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id = shared_person(mette, jens)
    walked_in, of_the_walk_in = mette.person()
    # A colleague's place is let in too: whoever sees nobody any more opens no history to themselves.
    offline = [
        mette.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 8}),
        mette.change("place", new_id(), {"team_id": cooperation.north, "name": "x"}),
        mette.change("membership", new_id(), {"person_id": person_id, "team_id": cooperation.south, "left_on": None}),
        *of_the_walk_in,
    ]
    set_role(cooperation, "mette", "auditor", [cooperation.north])
    assert outcomes(mette.push(*offline)) == ["applied"] * 5
    cards = [row.fields for row in jens.pull() if row.entity == "conflict"]
    assert {(card["field"], card["person_id"]) for card in cards} == {
        ("late", person_id), ("late", None), ("late", walked_in)
    }  # fmt: skip
    # Nothing of it comes back: an auditor sees nobody.
    assert (mette.pull(), mette.pull_page(0).team_ids) == ([], [])


def test_a_role_of_long_ago_writes_nothing_and_a_coordinators_office_work_is_the_coordinators(
    cooperation: Cooperation,
) -> None:
    mette, sara, kirsten = (cooperation.laptop(name) for name in ("mette", "sara", "kirsten"))
    person_id, changes = sara.person()
    sara.push(*changes)

    def codes(laptop: Laptop, *others: Change) -> list[str]:
        record = laptop.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 8})
        return [answer.code or answer.outcome.value for answer in laptop.push(record, *others)]

    set_role(cooperation, "kirsten", "counsellor", [cooperation.north])
    day_off = kirsten.change("day_off", new_id(), {"day": "2026-12-24"})
    let_in = kirsten.change(
        "membership", new_id(), {"person_id": person_id, "team_id": cooperation.north, "left_on": None}
    )
    # What she recorded is taken; a decision about all is no longer hers, nor is it to see somebody again.
    assert codes(kirsten, day_off, let_in) == ["applied", "not-writable", "out-of-scope"]
    # Nobody gets by a role what they never had in it.
    set_role(cooperation, "mette", "auditor")
    assert codes(mette) == ["out-of-scope"]
    long_ago = clock.now() - LATE_LIFE - timedelta(days=1)
    with cooperation.server.connect() as connection:
        connection.execute(
            "UPDATE user_account SET role_until = %s WHERE id = ANY(%s::uuid[])",
            (long_ago, list(cooperation.users.values())),
        )
    assert (codes(mette), codes(kirsten)) == (["not-writable"], ["out-of-scope"])


@pytest.mark.parametrize("limit", [1, 2000])
def test_repair_brings_what_is_lacking_or_otherwise_and_names_what_is_not_ours(
    cooperation: Cooperation, limit: int
) -> None:
    mette, sara = cooperation.laptop("mette"), cooperation.laptop("sara")
    places = [mette.change("place", new_id(), {"team_id": cooperation.north, "name": str(n)}) for n in range(4)]
    foreign = sara.change("place", new_id(), {"team_id": cooperation.south, "name": "Sydens hemmelighed"})
    mette.push(*places)
    sara.push(foreign)
    mette.pull()
    true = {place.row_id: mette.rows["place", place.row_id].position for place in places}
    unknown = new_id()
    held = {places[0].row_id: true[places[0].row_id], places[1].row_id: 1_000_000, foreign.row_id: 1, unknown: 4}
    lacking = {place.row_id for place in places[1:]}
    came: set[str] = set()
    while lacking - came:
        reply = repair(mette, "place", held, limit)
        assert b"hemmelighed" not in msgspec.json.encode(reply)
        assert (set(reply.left), reply.lacking) == (set(held) - set(true), [unknown])
        came |= {row.row_id for row in reply.rows}
        held |= {row.row_id: row.position for row in reply.rows}
    assert came == lacking
    done = repair(mette, "place", true)
    assert (done.rows, done.left, done.more) == ([], [], False)
    mette.push(mette.change("place", places[0].row_id, {}, operation=Operation.DELETE, base=true[places[0].row_id]))
    gone = repair(mette, "place", true)
    assert (gone.left, gone.lacking) == ([places[0].row_id], [])


@pytest.mark.parametrize("others", [0, 1])
def test_what_is_offered_is_taken_where_it_is_lacking_and_changes_nothing_elsewhere(
    cooperation: Cooperation, others: int
) -> None:
    mette, jens, sara = (cooperation.laptop(user) for user in ("mette", "jens", "sara"))
    known, deleted, lost = new_id(), new_id(), new_id()
    fields = {"team_id": cooperation.north, "name": "Nord"}
    mette.push(*[mette.change("place", key, fields) for key in (known, deleted)])
    mette.pull()
    mette.push(
        mette.update("place", known, {"name": "Café Nord"}),
        mette.change("place", deleted, {}, operation=Operation.DELETE, base=2),
    )
    mette.pull()

    def offer(laptop: Laptop) -> list[tuple[str, str]]:
        offers = [laptop.change("place", key, fields, base=OFFERED) for key in (known, deleted, lost)[: 2 + others]]
        return [(answer.outcome, answer.code) for answer in laptop.push(*offers)]

    assert offer(jens) == [("merged", "")] * 2 + [("applied", "")] * others
    # Who may not write of them at all is told the same of what is there, and gives nothing away by it.
    assert offer(sara) == [("merged", "")] * (2 + others)
    came = {(row.row_id, row.deleted, row.fields.get("name")) for row in mette.pull()}
    assert came == ({(lost, False, "Nord")} if others else set())
    with cooperation.server.connect() as connection:
        kept = connection.execute(
            "SELECT DISTINCT fields FROM change WHERE outcome = 'merged' AND row_id = ANY(%s::uuid[])",
            ([known, deleted],),
        ).fetchall()
    assert kept == [("{}",)]
    assert (jens.receipt().held, sara.receipt().held) == (2 + others, 2 + others)


def test_a_membership_that_says_what_stands_lets_nobody_in_and_is_taken_of_who_has_left_the_team(
    cooperation: Cooperation,
) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    _, made = mette.person()
    membership = made[1]
    mette.push(*made)
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["jens"], [cooperation.south])

    def insert(**fields: str) -> tuple[str, str]:
        [answer] = jens.push(jens.change("membership", membership.row_id, {**membership.fields, **fields}))
        return answer.outcome, answer.code

    assert insert() == ("merged", "late")
    assert insert(joined_on="2026-01-01") == ("refused", "out-of-scope")
    assert insert(team_id=cooperation.south) == ("refused", "out-of-scope")


def shake(laptop: Laptop, turn: str, **others: object) -> tuple[int, Handshake | str]:
    with laptop.server.connect() as connection:
        identity = connection.execute("SELECT server_id, epoch FROM server_identity").fetchone()
    assert identity is not None
    fields = {"server_id": identity[0], "epoch": identity[1], "turn": turn, "schema": 2, "time": AT, **others}
    response = laptop.send("/v1/handshake", codec.pack(HandshakeRequest(database_id=laptop.database_id, **fields)))
    if response.status == 200:
        return 200, codec.unpack(response.data, Handshake)
    return response.status, refusal(response)


def turn_of(answer: tuple[int, Handshake | str]) -> str:
    assert isinstance(answer[1], Handshake), answer
    return answer[1].turn


def test_the_handshake_says_who_and_where_both_are(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    _, changes = mette.person()
    mette.push(*changes)
    status, hands = shake(mette, "")
    assert isinstance(hands, Handshake)
    assert (status, hands.highest_sequence, hands.position) == (200, 2, 2)
    assert shake(mette, hands.turn, server_id=new_id()) == (409, "wrong-server")


def test_a_lost_handshake_can_be_repeated_and_a_copy_cannot_come_after_it(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    first = turn_of(shake(mette, ""))
    lost = turn_of(shake(mette, first))
    second = turn_of(shake(mette, first))
    assert lost != second

    def pull(turn: str) -> int:
        request = PullRequest(database_id=mette.database_id, cursor=0, turn=turn)
        return mette.send("/v1/pull", codec.pack(request)).status

    assert pull(second) == 200
    # A copy of the store that was made before: it knows the first turn, or one that was lost.
    for old in (first, lost):
        assert shake(mette, old) == (409, "copied-store")
        assert pull(old) == 409
    assert turn_of(shake(mette, second))


def test_of_two_requests_of_one_store_at_once_one_is_asked_to_come_back(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    first = turn_of(shake(mette, ""))
    with cooperation.server.connect() as connection:
        asker, identity = meet(connection, mette.account.token)
        second = turn_of(shake(mette, first))
        request = HandshakeRequest(
            database_id=mette.database_id, server_id=identity.server_id, epoch=identity.epoch, schema=2, time=AT,
            turn=first,
        )  # fmt: skip
        with pytest.raises(RequestRefused, match="try-later"):
            shake_hands(connection, asker, identity, request)
    assert turn_of(shake(mette, second))


def test_of_an_exchange_that_another_request_of_its_store_overtook_nothing_is_taken(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    first = turn_of(shake(mette, ""))
    place = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "x"})
    with open_pool(cooperation.server.about["database_url"]) as pool, pool.connection() as connection:
        asker, identity = meet(connection, mette.account.token)
        second = turn_of(shake(mette, first))
        request = ExchangeRequest(
            database_id=mette.database_id, server_id=identity.server_id, epoch=identity.epoch, schema=2, time=AT,
            turn=first, next_turn="2.made-by-the-laptop", through_sequence=1, changes=[place],
        )  # fmt: skip
        with pytest.raises(RequestRefused, match="try-later"):
            exchange(connection, asker, identity, request)
    assert (mette.pull(), mette.receipt().held) == ([], 0)
    assert turn_of(shake(mette, second))


def test_the_turn_that_a_laptop_made_counts_as_shown_and_may_be_shown_again(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    first = turn_of(shake(mette, ""))

    def exchange(turn: str, next_turn: str) -> tuple[int, str]:
        with mette.server.connect() as connection:
            server_id, epoch = connection.execute("SELECT server_id, epoch FROM server_identity").fetchone() or ("", "")
        place = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "x"})
        request = ExchangeRequest(
            database_id=mette.database_id, server_id=server_id, epoch=epoch, schema=2, time=AT, turn=turn,
            next_turn=next_turn, through_sequence=mette.sequence, changes=[place],
        )  # fmt: skip
        response = mette.send("/v1/exchange", codec.pack(request))
        if response.status != 200:
            return response.status, refusal(response)
        reply = codec.unpack(response.data, ExchangeReply)
        assert reply.pushed is not None
        assert reply.receipt is not None
        assert (reply.pushed.exceptions, reply.receipt.held) == ([], mette.sequence)
        return 200, reply.hands.turn

    made = "2.made-by-the-laptop"
    # The answer may be lost: the laptop shows both again, and nobody who knows the first alone comes in between.
    assert exchange(first, made) == (200, made)
    assert exchange(first, made) == (200, made)
    assert shake(mette, first) == (409, "copied-store")
    held = mette.sequence
    assert exchange(first, "2.made-by-a-copy") == (409, "copied-store")
    mette.sequence = held
    # A number that is not after the newest is none that a laptop would make.
    newest = exchange(made, "1.too-low")[1]
    assert newest not in (made, "1.too-low")
    assert turn_of(shake(mette, "unknown", next_turn=newest))


def test_whoever_shows_the_turn_that_it_made_comes_however_many_answers_were_lost_and_no_older_copy_does(
    cooperation: Cooperation,
) -> None:
    mette = cooperation.laptop("mette")
    first, made = turn_of(shake(mette, "")), "2.made-by-the-laptop"
    place = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "x"})
    with cooperation.server.connect() as connection:
        _, identity = meet(connection, mette.account.token)
    request = ExchangeRequest(
        database_id=mette.database_id, server_id=identity.server_id, epoch=identity.epoch, schema=2, time=AT,
        turn=first, next_turn=made, through_sequence=1, changes=[place],
    )  # fmt: skip
    assert mette.send("/v1/exchange", codec.pack(request)).status == 200
    # As where the line is too thin for the answer: the laptop goes on step by step, and hears of that neither.
    for _ in range(3):
        newest = turn_of(shake(mette, first, next_turn=made))
        assert newest != made
        assert shake(mette, first) == (409, "copied-store")
    # Once something is asked with the newest, the one before is that of a copy.
    pull = PullRequest(database_id=mette.database_id, cursor=0, turn=newest)
    assert mette.send("/v1/pull", codec.pack(pull)).status == 200
    assert shake(mette, first, next_turn=made) == (409, "copied-store")


def test_a_laptop_ahead_of_a_server_that_was_set_back_goes_on_from_its_own_turn_and_no_copy_of_it_does(
    cooperation: Cooperation,
) -> None:
    mette = cooperation.laptop("mette")
    turn_of(shake(mette, ""))
    newest = turn_of(shake(mette, "9.that-the-server-gave-and-lost"))
    assert newest.startswith("10.")
    assert shake(mette, "10.that-a-copy-was-given") == (409, "copied-store")


def test_a_store_set_back_to_a_backup_may_go_on_when_somebody_says_so(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    backed_up = turn_of(shake(mette, ""))
    newer = turn_of(shake(mette, backed_up))
    newest = turn_of(shake(mette, newer))
    assert newest
    assert shake(mette, backed_up) == (409, "copied-store")
    assert turn_of(shake(mette, backed_up, is_restored=True))
    assert shake(mette, newest) == (409, "copied-store")


def test_a_restored_store_that_uses_a_number_again_is_told_so_and_hides_nothing(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    places = [mette.change("place", new_id(), {"team_id": cooperation.north, "name": "x"}) for _ in range(3)]
    mette.push(*places)
    mette.sequence = 1
    again = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "new"})
    reply = mette.reply_to([places[0], again])
    assert [(answer.outcome.value, answer.code) for answer in reply.exceptions] == [
        ("already-had", "applied"),
        ("try-later", "sequence-taken"),
    ]
    assert reply.highest_sequence == 3


def test_what_follows_a_number_that_is_used_again_waits_for_its_turn_behind_it(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    late, *newest = [mette.change("place", new_id(), {"team_id": cooperation.north, "name": "x"}) for _ in range(3)]
    mette.push(*newest)
    mette.sequence = 2
    again = mette.change("place", new_id(), {"team_id": cooperation.north, "name": "new"})
    edited = mette.update("place", again.row_id, {"name": "newer"})
    reply = mette.reply_to([late, again, edited])
    assert [(answer.index, answer.outcome.value, answer.code) for answer in reply.exceptions] == [
        (1, "try-later", "sequence-taken"),
        (2, "try-later", "sequence-taken"),
    ]
    assert reply.highest_sequence == 3
    behind = [msgspec.structs.replace(one, sequence=number) for number, one in enumerate((again, edited), start=4)]
    assert outcomes(mette.push(*behind)) == ["applied", "applied"]
    assert mette.receipt(5).held == 5


def test_who_was_registered_in_one_batch_is_put_into_a_team_in_the_next_by_the_same_laptop_alone(
    cooperation: Cooperation,
) -> None:
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    person_id, (person, membership) = mette.person()
    assert outcomes(mette.push(person)) == ["applied"]
    theirs = {"person_id": person_id, "team_id": cooperation.north, "joined_on": "2026-03-02", "left_on": None}
    (answer,) = jens.push(jens.change("membership", new_id(), theirs))
    assert answer.code == "out-of-scope"
    measured = mette.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 20})
    assert outcomes(mette.push(measured)) == ["applied"]
    # What came before the person was anybody's lies behind where he has read to, and is told all the same.
    assert jens.pull() == []
    assert jens.cursor == 2
    assert outcomes(mette.push(membership)) == ["applied"]
    assert sorted(row.entity for row in jens.pull()) == ["measurement", "membership", "person"]


def test_a_team_hears_all_of_a_person_whose_own_row_was_refused_and_of_whom_it_read_past_the_rest(
    cooperation: Cooperation,
) -> None:
    mette, sara, kirsten = (cooperation.laptop(name) for name in ("mette", "sara", "kirsten"))
    person_id, (person, membership) = mette.person()
    refused = msgspec.structs.replace(person, schema=9_999)
    assert [answer.code for answer in mette.push(refused)] == ["schema-too-new"]
    measured = mette.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 20})
    assert outcomes(mette.push(membership, measured)) == ["applied"] * 2
    assert sara.pull() == []
    kirsten.push(kirsten.change("membership", new_id(), {"person_id": person_id, "team_id": cooperation.south}))
    assert sorted(row.entity for row in sara.pull()) == ["measurement", "membership", "membership"]


def test_who_is_nobodys_yet_is_put_into_a_team_of_ones_own_only(cooperation: Cooperation) -> None:
    mette, sara = cooperation.laptop("mette"), cooperation.laptop("sara")
    person_id, (person, _) = mette.person()
    mette.push(person)
    elsewhere = {"person_id": person_id, "team_id": cooperation.south, "joined_on": "2026-03-02", "left_on": None}
    (answer,) = mette.push(mette.change("membership", new_id(), elsewhere))
    assert answer.code == "out-of-scope"
    assert sara.pull() == []


def test_what_comes_with_a_membership_stands_where_its_answer_says(cooperation: Cooperation) -> None:
    """The history of somebody whom a team gains is told anew; what is written in the same batch is new to it anyway."""
    mette, kirsten = cooperation.laptop("mette"), cooperation.laptop("kirsten")
    person_id, changes = mette.person()
    mette.push(*changes)
    answers = kirsten.push(
        kirsten.change("membership", new_id(), {"person_id": person_id, "team_id": cooperation.south, "left_on": None}),
        kirsten.change("measurement", new_id(), {"person_id": person_id, "cigarettes": 20}),
    )
    stands = {row.entity: row.position for row in kirsten.pull() if row.position in (one.position for one in answers)}
    assert stands == {"membership": answers[0].position, "measurement": answers[1].position}


def test_an_auditor_in_a_team_sees_nobody_of_it(cooperation: Cooperation) -> None:
    mette, anders = cooperation.laptop("mette"), cooperation.laptop("anders")
    _, changes = mette.person(name="Hemmelige Harald")
    mette.push(*changes, mette.change("place", new_id(), {"team_id": cooperation.north, "name": "Café Nord"}))
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["anders"], [cooperation.north])
    assert anders.pull() == []
    assert anders.pull_page(0).team_ids == []
    # Whoever was a counsellor is let into no team's people any more, whatever teams they were left in.
    with cooperation.server.connect() as connection:
        add_user(
            connection, cooperation.users["mette"], cooperation_id=cooperation.id, name="mette", role="auditor",
            team_ids=[cooperation.north],
        )  # fmt: skip
    page = mette.pull_page(0)
    assert (page.rows, page.tallies, page.team_ids) == ([], {}, [])
    assert cooperation.laptop("mette").account.team_ids == []
