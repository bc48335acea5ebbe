"""Every laptop knows how each row came to be as it is; what it has been told is not told again."""

import uuid

import pytest

from app.ids import natural_id
from app.models.course import Attendance
from app.models.local import ValueHistory
from app.models.organisation import Place
from app.models.person import Membership, Person
from app.storage.value_history import _moment
from app.sync import limits, pull
from app.sync.apply import apply_page
from tests.integration.sync.desk import TODAY, Desk


@pytest.fixture
def told(monkeypatch) -> list[int]:
    """How many edits came with each page."""
    numbers: list[int] = []

    def counting(session, rows, **options):
        numbers.append(sum(len(row.edits) for row in rows))
        return apply_page(session, rows, **options)

    monkeypatch.setattr(pull, "apply_page", counting)
    return numbers


def history(desk: Desk, row_id: str) -> list[tuple[str, str]]:
    """Field and value of every edit of a row of which it is known who made it."""
    found = [kept for kept in desk.all(ValueHistory) if kept.row_id == row_id and kept.actor is not None]
    return sorted((kept.field, kept.after) for kept in found)


def test_a_row_that_is_edited_often_brings_only_what_is_new(mette, jens, told):
    place = mette.place()
    for note in ("Ring på", "Bank på", "Gå ind"):
        mette.sync()
        jens.sync()
        mette.edit(Place, place.id, note=note)
    mette.sync()
    told.clear()
    jens.sync()
    assert told == [1]
    assert history(jens, place.id) == [("note", "Bank på"), ("note", "Gå ind"), ("note", "Ring på")]


def test_what_was_said_before_and_is_said_again_stands_twice_in_the_history(mette, jens):
    place = mette.place()
    for note in ("Ring på", "Bank på", "Ring på"):
        mette.sync()
        jens.sync()
        mette.edit(Place, place.id, note=note)
    mette.sync()
    jens.sync()
    assert history(jens, place.id) == [("note", "Bank på"), ("note", "Ring på"), ("note", "Ring på")]


@pytest.mark.parametrize("page", [5_000, 1])
def test_who_is_let_in_brings_the_history_from_before_also_with_an_edit_of_the_same_moment(
    mette, sara, kirsten, monkeypatch, page
):
    monkeypatch.setattr(limits, "PAGE", page)
    person = mette.person()
    mette.edit(Person, person.id, note="fra før")
    mette.sync()
    kirsten.sync()
    sara.sync()
    sara.place()
    sara.sync()
    team_id = sara.device.team_ids[0]
    kirsten.edit(Person, person.id, phone="12345678")
    kirsten.add(Membership(id=str(uuid.uuid4()), person_id=person.id, team_id=team_id, joined_on=TODAY, left_on=None))
    kirsten.sync()
    sara.sync()
    assert history(sara, person.id) == [*history(mette, person.id), ("phone", "12345678")]


def test_a_place_that_comes_back_to_a_team_brings_its_history_along(mette, sara, kirsten):
    place = mette.place()
    mette.edit(Place, place.id, note="Ring på")
    north = place.team_id
    mette.sync()
    for team_id in (sara.device.team_ids[0], north):
        kirsten.sync()
        kirsten.edit(Place, place.id, team_id=team_id)
        kirsten.sync()
        mette.sync()
    assert history(mette, place.id) == history(kirsten, place.id)
    assert ("note", "Ring på") in history(mette, place.id)


def test_who_is_cut_off_between_two_pages_is_told_the_whole_afterwards(mette, jens, monkeypatch):
    places = [mette.place(f"Café {number}") for number in range(4)]
    mette.sync()
    jens.sync()
    mette.edit(Place, places[3].id, note="Ring på")
    for place in places:
        mette.edit(Place, place.id, address="Havnen 1")
    mette.sync()
    monkeypatch.setattr(limits, "PAGE", 2)

    def cut_off(progress):
        if progress.done:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        jens.sync(progress=cut_off)
    assert len(jens.all(ValueHistory)) < 5
    jens.sync()
    for place in places:
        assert history(jens, place.id) == history(mette, place.id)


def attendance_of(person: Person) -> Attendance:
    """Whoever makes it makes the same row."""
    key = natural_id("attendance", person.id, "today")
    return Attendance(id=key, person_id=person.id, enrolment_id=person.id, session_id=person.id, status="present")


@pytest.mark.parametrize("had_it", [False, True])
@pytest.mark.parametrize("again", ["mette", "jens"])
def test_a_row_that_is_made_again_brings_the_history_from_before_it_was_deleted(mette, jens, had_it, again):
    person = mette.person()
    mette.sync()
    jens.sync()
    row = attendance_of(person)
    mette.add(row)
    if had_it:
        mette.sync()
        jens.sync()
    mette.edit(Attendance, row.id, status="absent")
    mette.remove(Attendance, row.id)
    mette.sync()
    jens.sync()
    {"mette": mette, "jens": jens}[again].add(attendance_of(person))
    for desk in (mette, jens, mette):
        assert desk.sync().is_safe
    for desk in (mette, jens):
        assert history(desk, row.id) == [("status", "absent")]
        assert desk.get(Attendance, row.id).status == "present"


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("2026-11-24T09:00:00.250000Z", "2026-11-24T09:00:00.250000Z"),
        ("2026-11-24T09:00:00.000000Z", "2026-11-24T09:00:00Z"),
        ("2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"),
        ("2026-11-24T10:00:00+01:00", "2026-11-24T09:00:00Z"),
        ("2026-11-24T09:00:00", None),
        ("2026-13-24T09:00:00.250000Z", None),
    ],
)
def test_one_moment_is_stored_in_one_way_however_it_was_said(said, stored):
    assert _moment(said) == stored
