"""A server set back to a backup is offered what it lost, also by laptops that may not hold it any more.

What it has, deleted or erased meanwhile stays as it is there.
"""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.ids import natural_id, new_id
from app.models.local import Leaving, OutboxEntry
from app.models.organisation import Place
from app.models.oversight import Erasure
from app.models.person import Membership, Person
from app.models.smoking import Conflict, Measurement
from app.sync.report import SyncStep
from app.sync.wire.messages import OFFERED
from server.accounts import add_user, set_teams
from tests.disturbing_proxy import Killed
from tests.integration.sync.desk import TODAY, Desk, dies_at
from tests.integration.sync.line import Line, serving
from tests.server.laptops import Cooperation

HELD = (Person, Membership, Measurement, Place)


def move_to_south(cooperation: Cooperation, user: str = "jens") -> None:
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users[user], [cooperation.south])


def become_auditor(cooperation: Cooperation) -> None:
    with cooperation.server.connect() as connection:
        add_user(
            connection, cooperation.users["jens"], cooperation_id=cooperation.id, name="jens", role="auditor",
            team_ids=[cooperation.north],
        )  # fmt: skip


def long_ago(cooperation: Cooperation) -> None:
    """Whatever was left or lost, it was longer ago than anything is waited for."""
    with cooperation.server.connect() as connection:
        at = datetime(2020, 1, 1, tzinfo=UTC)
        connection.execute("UPDATE user_team SET left_at = %s WHERE left_at IS NOT NULL", (at,))
        connection.execute("UPDATE user_account SET role_until = %s WHERE role_until IS NOT NULL", (at,))


def held(desk: Desk) -> list[int]:
    return [len(desk.all(model)) for model in HELD]


def entries(desk: Desk, *, base: int | None = None) -> list[OutboxEntry]:
    found = select(OutboxEntry).order_by(OutboxEntry.sequence)
    with desk.store.session() as session:
        return list(session.scalars(found if base is None else found.where(OutboxEntry.base == base)))


def answers(desk: Desk) -> list[tuple[str, str]]:
    return [(entry.state, entry.code) for entry in entries(desk)]


def offered(desk: Desk) -> list[str]:
    return [entry.entity for entry in entries(desk, base=OFFERED) if entry.operation == "insert"]


@pytest.fixture
def recorded(mette, jens, backup):
    """What Mette has recorded since the backup, and Jens' laptop has; hers is lost."""
    backup.take()
    return record(mette, jens)


def record(mette: Desk, jens: Desk) -> tuple[Person, Measurement, Place]:
    person = mette.person()
    made = person, mette.measurement(person.id), mette.place()
    mette.sync()
    jens.sync()
    return made


@pytest.mark.parametrize("lose", [move_to_south, become_auditor])
@pytest.mark.parametrize("is_lost_first", [True, False], ids=["before the restore", "after it"])
def test_what_only_a_laptop_has_whose_counsellor_may_not_hold_it_any_more_is_offered_before_it_goes(
    recorded, jens, kirsten, backup, cooperation, lose, is_lost_first
):
    if is_lost_first:
        lose(cooperation)
    backup.restore()
    if not is_lost_first:
        lose(cooperation)
    report = jens.sync()
    assert (report.sent, report.refused, report.is_safe, report.differing) == (4, 0, True, ())
    assert (held(jens), jens.all(Leaving)) == ([0] * 4, [])
    again = jens.sync()
    assert (again.sent, again.received, jens.device.must_adopt) == (0, 0, False)
    kirsten.sync()
    assert [kirsten.get(type(row), row.id) is not None for row in recorded] == [True] * 3
    assert held(kirsten) == [1] * 4
    assert {card.field for card in kirsten.all(Conflict)} == {"late"}


def test_what_was_recorded_for_a_team_that_was_left_before_the_backup_was_made_is_taken_once_more(
    mette, jens, kirsten, backup, cooperation
):
    person = mette.person()
    mette.sync()
    jens.sync()
    move_to_south(cooperation)
    backup.take()
    measured = jens.measurement(person.id)
    assert (jens.sync().is_safe, held(jens)) == (True, [0] * 4)
    backup.restore()
    report = jens.sync()
    assert (report.sent, report.is_safe, report.differing, held(jens)) == (1, True, (), [0] * 4)
    kirsten.sync()
    assert kirsten.get(Measurement, measured.id) is not None
    assert [card.field for card in kirsten.all(Conflict)] == ["late"]


def test_of_a_team_that_was_left_nothing_is_offered_that_the_server_has(
    mette, jens, kirsten, sara, backup, cooperation
):
    person = mette.person()
    kept, moved, deleted = mette.place("Kept"), mette.place("Moved"), mette.place("Deleted")
    mette.sync()
    jens.sync()
    kirsten.sync()
    kirsten.edit(Place, kept.id, note="Ring på")
    kirsten.edit(Place, moved.id, team_id=cooperation.south)
    kirsten.remove(Place, deleted.id)
    kirsten.sync()
    backup.take()
    # Jens has not heard of what became of the places.
    measured = kirsten.measurement(person.id)
    kirsten.sync()
    backup.restore()
    move_to_south(cooperation)
    report = jens.sync()
    assert (report.sent, offered(jens), report.is_safe, report.differing) == (0, [], True, ())
    assert [place.name for place in jens.all(Place)] == ["Moved"]
    assert held(jens)[:3] == [0] * 3
    kirsten.sync()
    assert {(place.name, place.note) for place in kirsten.all(Place)} == {("Kept", "Ring på"), ("Moved", "")}
    assert kirsten.get(Measurement, measured.id) is not None
    assert kirsten.all(Conflict) == []


def test_who_left_the_team_meanwhile_goes_when_the_server_has_what_it_lost_of_them(
    mette, jens, kirsten, backup, cooperation
):
    person = mette.person()
    for desk in (mette, jens, kirsten):
        desk.sync()
    backup.take()
    measured = mette.measurement(person.id)
    mette.sync()
    jens.sync()
    backup.restore()
    [membership] = kirsten.all(Membership)
    kirsten.edit(Membership, membership.id, left_on=TODAY)
    kirsten.sync()
    report = jens.sync()
    assert (report.sent, report.is_safe, report.differing) == (1, True, ())
    assert held(jens) == [0, 1, 0, 0]
    kirsten.sync()
    assert kirsten.get(Measurement, measured.id) is not None


def test_what_is_not_taken_any_more_stays_and_is_shown_with_its_reason_until_it_may_be_written_again(
    recorded, jens, kirsten, backup, cooperation
):
    backup.restore()
    move_to_south(cooperation)
    long_ago(cooperation)
    for _ in range(2):
        report = jens.sync()
        assert (report.refused, report.is_safe, report.remaining) == (2, False, 0)
        # Somebody of no team is whoever registers them; of which team they are is not Jens' to say any more.
        assert [entry.entity for entry in entries(jens) if entry.code == "out-of-scope"] == ["place", "membership"]
        assert held(jens) == [1] * 4
    with cooperation.server.connect() as connection:
        set_teams(connection, cooperation.users["jens"], [cooperation.north])
    jens.sync()
    report = jens.sync()
    assert (report.is_safe, report.refused, report.differing) == (True, 0, ())
    assert held(jens) == [1] * 4
    kirsten.sync()
    assert held(kirsten) == [1] * 4


def test_of_two_who_offer_the_same_the_server_keeps_one(recorded, mette, jens, kirsten, backup, cooperation):
    backup.restore()
    for user in ("jens", "mette"):
        move_to_south(cooperation, user)
    sent = [desk.sync().sent for desk in (jens, mette, jens, mette)]
    assert sent == [4, 4, 0, 0]
    assert (held(jens), held(mette)) == ([0] * 4, [0] * 4)
    kirsten.sync()
    assert held(kirsten) == [1] * 4
    assert {card.field for card in kirsten.all(Conflict)} == {"late"}


def test_wherever_a_laptop_is_cut_off_nothing_goes_that_the_server_has_not_got(
    recorded, jens, kirsten, backup, cooperation
):
    backup.restore()
    move_to_south(cooperation)
    died, steps = 0, []
    while (report := jens.sync_until(died, lambda progress: steps.append(progress.step))) is None:
        died += 1
        kirsten.sync()
        missing = [row for row in recorded if kirsten.get(type(row), row.id) is None]
        assert [row for row in missing if jens.get(type(row), row.id) is None] == []
    assert died > 3
    assert "push" in steps
    assert (report.is_safe, report.differing, held(jens)) == (True, (), [0] * 4)
    kirsten.sync()
    assert held(kirsten) == [1] * 4


@pytest.mark.parametrize("is_moved", [True, False], ids=["of a team that was left", "of its own team"])
def test_what_was_deleted_or_edited_while_an_offer_waited_stays_deleted_and_edited(
    recorded, mette, jens, kirsten, backup, cooperation, is_moved
):
    person, _, place = recorded
    backup.restore()
    if is_moved:
        move_to_south(cooperation)
    with pytest.raises(Killed):
        jens.sync(dies_at(SyncStep.PUSH))
    assert [state for state, _ in answers(jens)] == ["pending"] * 4
    mette.sync()
    kirsten.sync()
    kirsten.edit(Person, person.id, note="Only on Thursdays")
    kirsten.remove(Place, place.id)
    kirsten.sync()
    report = jens.sync()
    assert (report.is_safe, report.conflicts, report.differing) == (True, 0, ())
    assert held(jens) == ([0] * 4 if is_moved else [1, 1, 1, 0])
    for desk in (mette, kirsten):
        desk.sync()
        assert (desk.all(Place), desk.all(Conflict)) == ([], [])
        assert desk.get(Person, person.id).note == "Only on Thursdays"
    for _ in range(2):
        report = jens.sync()
    assert (report.sent, jens.device.must_adopt) == (0, False)


def erase(kirsten: Desk, person_id: str) -> None:
    said = {"manner": "erase", "ground": "request", "decided_on": TODAY, "recorded_by": kirsten.device.user_id}
    kirsten.add(Erasure(id=new_id(kirsten.clock), person_id=person_id, **said))
    kirsten.sync()


@pytest.mark.parametrize("is_offer_waiting", [True, False])
def test_of_somebody_who_was_erased_nothing_comes_back_and_the_laptop_keeps_nothing(
    mette, jens, kirsten, backup, cooperation, is_offer_waiting
):
    person = mette.person("Hemmelige Harald")
    for desk in (mette, jens, kirsten):
        desk.sync()
    backup.take()
    mette.measurement(person.id)
    mette.sync()
    jens.sync()
    backup.restore()
    move_to_south(cooperation)
    if is_offer_waiting:
        with pytest.raises(Killed):
            jens.sync(dies_at(SyncStep.PUSH))
    erase(kirsten, person.id)
    report = jens.sync()
    assert (report.remaining, report.differing, held(jens)) == (0, (), [0] * 4)
    assert [(entry.state, entry.code, entry.fields) for entry in entries(jens)] == [("refused", "person-erased", {})]
    kirsten.sync()
    assert (kirsten.all(Measurement), kirsten.get(Person, person.id).nickname) == ([], "")


def test_what_was_offered_of_somebody_who_is_known_again_and_erased_is_taken_back_too(
    recorded, mette, jens, kirsten, backup, cooperation
):
    person, _, _ = recorded
    backup.restore()
    move_to_south(cooperation)
    with pytest.raises(Killed):
        jens.sync(dies_at(SyncStep.PUSH))
    mette.sync()
    kirsten.sync()
    erase(kirsten, person.id)
    assert jens.sync().remaining == 0
    assert held(jens) == [0] * 4
    said = {entry.entity: (entry.state, entry.code, entry.fields) for entry in entries(jens)}
    assert said.pop("place")[0] == "acknowledged"
    assert list(said.values()) == [("refused", "person-erased", {})] * 3


def test_what_the_server_says_has_left_is_not_offered_as_if_it_were_still_the_teams(
    mette, jens, kirsten, backup, cooperation, monkeypatch
):
    for name in ("Nord", "Syd", "Øst"):
        place = mette.place(name)
    for desk in (mette, jens, kirsten):
        desk.sync()
    backup.take()
    backup.restore()
    kirsten.sync()
    kirsten.edit(Place, place.id, team_id=cooperation.south)
    kirsten.sync()
    monkeypatch.setattr("app.sync.limits.PAGE", 1)
    report = jens.sync()
    assert (report.is_safe, report.differing, offered(jens)) == (True, (), [])
    assert {place.name for place in jens.all(Place)} == {"Nord", "Syd"}


def test_a_row_that_a_colleague_made_is_offered_also_where_it_was_edited_here(mette, jens, kirsten, backup):
    backup.take()
    person = mette.person()
    mette.sync()
    jens.sync()
    jens.edit(Person, person.id, note="Only on Thursdays")
    jens.sync()
    backup.restore()
    line = Line(jens.url, token=jens.device.token)
    with serving(line) as jens.url:
        report = jens.sync()
    assert (report.is_safe, report.refused, report.remaining, report.differing) == (True, 0, 0, ())
    # What is compared at the end is what the server counts after it has been offered and sent everything.
    assert "/v1/repair" not in line.asked
    kirsten.sync()
    assert kirsten.get(Person, person.id).note == "Only on Thursdays"


def test_what_is_compared_after_an_offer_is_what_the_server_counts_with_it(recorded, jens, backup):
    backup.restore()
    line = Line(jens.url, token=jens.device.token)
    with serving(line) as jens.url:
        assert jens.sync().sent == 4
    assert "/v1/repair" not in line.asked


@pytest.mark.parametrize("is_author_first", [True, False])
@pytest.mark.parametrize("is_deleted", [True, False])
def test_what_was_done_to_a_lost_row_is_told_in_whatever_order_the_laptops_come(
    mette, jens, kirsten, backup, is_author_first, is_deleted
):
    backup.take()
    place = mette.place()
    mette.sync()
    jens.sync()
    if is_deleted:
        jens.remove(Place, place.id)
    else:
        jens.edit(Place, place.id, note="Ring på")
    jens.sync()
    backup.restore()
    for desk in (mette, jens) if is_author_first else (jens, mette, jens):
        report = desk.sync()
    assert (report.is_safe, report.refused) == (True, 0)
    kirsten.sync()
    # The positions of the lost history say nothing about what Jens had seen: both are kept, and somebody is asked.
    [card] = kirsten.all(Conflict)
    assert (card.field, {card.standing_value, card.contender_value}) == (
        ("deleted", {"false", "true"}) if is_deleted else ("note", {"", "Ring på"})
    )


@pytest.mark.parametrize("first", ["mette", "jens"])
def test_a_joining_that_was_lost_is_made_again_by_whoever_comes_first(mette, jens, backup, first):
    backup.take()
    own, kept = mette.person("Kaptajn"), mette.person()
    mette.measurement(own.id)
    mette.edit(Person, own.id, merged_into_id=kept.id)
    mette.sync()
    jens.sync()
    backup.restore()
    for desk in (mette, jens, mette) if first == "mette" else (jens, mette, jens):
        report = desk.sync()
        assert (report.is_safe, report.refused) == (True, 0)
    assert [desk.get(Person, own.id).merged_into_id for desk in (mette, jens)] == [kept.id] * 2
    # Whoever comes second tells how the row began, as of any row that was made after the backup.
    assert [card.standing_value for card in mette.all(Conflict)] == ([] if first == "mette" else [kept.id])


def test_a_joining_waits_on_a_card_where_the_server_lost_that_the_laptop_may_see_whom_it_joined_with(
    mette, sara, kirsten, backup, cooperation
):
    """Nothing else of the row waits, and whoever sees both again makes it stand."""
    other = sara.person()
    sara.sync()
    backup.take()
    kirsten.sync()
    kirsten.add(
        Membership(id=natural_id("membership", other.id, cooperation.north), person_id=other.id,
                   team_id=cooperation.north, joined_on=TODAY)
    )  # fmt: skip
    kirsten.sync()
    mette.sync()
    own = mette.person("Kaptajn")
    mette.measurement(own.id)
    mette.edit(Person, own.id, merged_into_id=other.id, note="Det er den samme")
    mette.sync()
    backup.restore()
    mette.sync()
    # That the other may be seen from here is not this laptop's to say.
    assert [entry.entity for entry in entries(mette) if entry.state == "refused"] == ["membership"]
    row = mette.get(Person, own.id)
    assert (row.merged_into_id, row.note) == (None, "Det er den samme")
    assert len(mette.all(Measurement)) == 1
    assert [(card.field, card.contender_value) for card in mette.all(Conflict)] == [("merged_into_id", other.id)]
    kirsten.sync()
    mette.sync()
    assert mette.get(Person, other.id) is not None
    mette.edit(Person, own.id, merged_into_id=other.id)
    mette.sync()
    kirsten.sync()
    assert kirsten.get(Person, own.id).merged_into_id == mette.get(Person, own.id).merged_into_id == other.id
