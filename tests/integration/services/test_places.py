from datetime import date, timedelta

import pytest

from app.domain.courses import CourseSaid
from app.domain.place_cycle import VisitSaid
from app.models.organisation import OutreachVisit, Place, PlaceContact, PlaceCycle, PlaceCycleStep
from app.services.count_visit import CountVisit, count_visit
from app.services.keep_place import KeepPlace, keep_place
from app.services.keep_place_contact import KeepPlaceContact, drop_place_contact, keep_place_contact
from app.services.make_course import EditCourse, edit_course
from app.services.run_place_cycle import NoteStep, StartCycle, end_cycle, note_step, start_cycle
from app.storage.queries.lists import places
from tests.integration.services.towns import FIRST_DAY, refused


@pytest.fixture
def steps(towns):
    towns.do(start_cycle, StartCycle(towns.place, FIRST_DAY))
    return {(row.step, row.number): row for row in towns.rows(PlaceCycleStep)}


def tovholder(towns):
    kept = towns.do(
        keep_place_contact, KeepPlaceContact(towns.place, " Bodil  Rask ", "tovholder", phone="00 00 00 01")
    )
    return kept.contact_id


def test_a_round_begins_with_every_step_planned(towns, steps):
    assert len(steps) == 13
    assert {row.state for row in steps.values()} == {"planned"}
    assert steps["map", 1].planned_on == FIRST_DAY
    (cycle,) = towns.rows(PlaceCycle)
    assert (cycle.number, cycle.state, cycle.team_id) == (1, "running", towns.team)


def test_one_round_runs_at_a_time_and_the_next_has_the_next_number(towns, steps):
    assert refused(towns, start_cycle, StartCycle(towns.place, FIRST_DAY)).code == "cycle-running"
    (cycle,) = towns.rows(PlaceCycle)
    towns.go_to(FIRST_DAY + timedelta(days=30))
    towns.do(end_cycle, cycle.id, towns.today)
    assert towns.get(PlaceCycle, cycle.id).state == "stopped"
    assert refused(towns, end_cycle, cycle.id, towns.today).code == "already-closed"
    assert towns.do(start_cycle, StartCycle(towns.place, towns.today)).number == 2


def test_a_round_is_finished_where_every_step_is_done_or_skipped(towns, steps):
    contact = tovholder(towns)
    for row in steps.values():
        state = "skipped" if row.step == "supervision" else "done"
        towns.do(note_step, NoteStep(row.id, state, row.planned_on, FIRST_DAY, contact_id=contact))
    (cycle,) = towns.rows(PlaceCycle)
    towns.do(end_cycle, cycle.id, FIRST_DAY)
    assert towns.get(PlaceCycle, cycle.id).state == "finished"


def test_from_the_introductory_meeting_on_the_place_needs_its_tovholder(towns, steps):
    meeting = steps["introductory_meeting", 1]
    done = NoteStep(meeting.id, "done", meeting.planned_on, FIRST_DAY)
    assert refused(towns, note_step, done).parameters["field"] == "contact_id"
    towns.do(note_step, NoteStep(steps["map", 1].id, "done", None, FIRST_DAY))
    tovholder(towns)
    towns.do(note_step, done)
    assert towns.get(PlaceCycleStep, meeting.id).done_on == FIRST_DAY


def test_a_step_is_moved_and_names_the_course_it_became(towns, steps):
    made = towns.course()
    course = steps["course", 1]
    towns.do(
        note_step, NoteStep(course.id, "planned", date(2026, 4, 2), course_id=made.course_id, note=" efter påske ")
    )
    row = towns.get(PlaceCycleStep, course.id)
    assert (row.planned_on, row.course_id, row.note, row.done_on) == (
        date(2026, 4, 2),
        made.course_id,
        "efter påske",
        None,
    )


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"step_id": "nothing"}, "no-such-step", "step_id"),
        ({"state": "half"}, "unknown-answer", "state"),
        ({"done_on": None}, "day-needed", "done_on"),
        ({"done_on": FIRST_DAY - timedelta(days=1)}, "step-before-cycle", "done_on"),
        ({"done_on": FIRST_DAY + timedelta(days=1)}, "future-date", "done_on"),
    ],
)
def test_a_step_that_cannot_be_is_refused_beside_its_field(towns, steps, change, code, field):
    fields = {"step_id": steps["map", 1].id, "state": "done", "done_on": FIRST_DAY, **change}
    found = refused(towns, note_step, NoteStep(**fields))
    assert (found.code, found.parameters["field"]) == (code, field)


def test_a_round_at_no_place_or_under_no_programme_is_refused(towns):
    assert refused(towns, start_cycle, StartCycle(towns.team, FIRST_DAY)).code == "no-such-place"
    assert refused(towns, start_cycle, StartCycle(towns.place, FIRST_DAY, "dance")).code == "no-valid-programme"
    assert refused(towns, end_cycle, "nothing", FIRST_DAY).code == "no-such-step"


def test_contact_persons_are_kept_changed_and_taken_off(towns):
    contact = tovholder(towns)
    row = towns.get(PlaceContact, contact)
    assert (row.name, row.role, row.team_id) == ("Bodil Rask", "tovholder", towns.team)
    towns.do(keep_place_contact, KeepPlaceContact(towns.place, "Bodil Rask", "leder", contact_id=contact))
    assert (towns.get(PlaceContact, contact).role, towns.get(PlaceContact, contact).phone) == ("leder", "")
    row = towns.get(PlaceContact, contact)
    row.role = "captain"
    with towns.store.unit_of_work(actor=towns.actor, clock=towns.clock) as work:
        work.session.merge(row)
        work.commit()
    towns.do(keep_place_contact, KeepPlaceContact(towns.place, "Bodil Holm", "captain", contact_id=contact))
    assert (towns.get(PlaceContact, contact).role, towns.get(PlaceContact, contact).name) == ("captain", "Bodil Holm")
    towns.do(drop_place_contact, contact)
    towns.do(drop_place_contact, contact)
    assert towns.rows(PlaceContact) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "empty-name"),
        ({"name": "x" * 201}, "name-too-long"),
        ({"role": "king"}, "unknown-answer"),
        ({"place_id": "nowhere"}, "no-such-place"),
    ],
)
def test_a_contact_person_that_cannot_be_is_refused(towns, change, code):
    fields = {"place_id": towns.place, "name": "Bodil", "role": "tovholder", **change}
    assert refused(towns, keep_place_contact, KeepPlaceContact(**fields)).code == code


def visit(**change):
    return VisitSaid(**{"kind": "cafe_visit", "visited_on": FIRST_DAY, "visitors": 12, "talks": 5, **change})


def test_a_cafe_visit_is_counted_without_names_and_its_step_is_done(towns, steps):
    step = steps["cafe_visits", 2]
    counted = visit(leaflets=8, brief_advice=4, interested=3, minutes=60)
    towns.do(count_visit, CountVisit(towns.place, counted, cycle_step_id=step.id, note="Regn, færre end sidst"))
    (row,) = towns.rows(OutreachVisit)
    assert (row.visitors, row.talks, row.leaflets, row.brief_advice, row.interested) == (12, 5, 8, 4, 3)
    done = towns.get(PlaceCycleStep, step.id)
    assert (done.state, done.done_on) == ("done", FIRST_DAY)


def test_a_count_is_corrected_with_a_reason_and_the_first_stays(towns):
    first = towns.do(count_visit, CountVisit(towns.place, visit()))
    wrong = CountVisit(towns.place, visit(visitors=21), corrects_id=first.visit_id)
    assert refused(towns, count_visit, wrong).code == "reason-missing"
    elsewhere = CountVisit(towns.other_place, visit(), corrects_id=first.visit_id, reason="Byttet om")
    assert refused(towns, count_visit, elsewhere).code == "no-such-fact"
    towns.do(count_visit, CountVisit(towns.place, visit(visitors=21), corrects_id=first.visit_id, reason="Byttet om"))
    assert [(row.visitors, row.corrects_id) for row in towns.rows(OutreachVisit)] == [(12, None), (21, first.visit_id)]


def test_a_visit_nowhere_or_tomorrow_is_refused(towns):
    assert refused(towns, count_visit, CountVisit("nowhere", visit())).code == "no-such-place"
    tomorrow = CountVisit(towns.place, visit(visited_on=FIRST_DAY + timedelta(days=1)))
    assert refused(towns, count_visit, tomorrow).parameters["field"] == "visited_on"


def test_a_place_is_written_down_changed_closed_and_opened_again(towns):
    made = towns.do(
        keep_place, KeepPlace(" Café  Lygten ", "vaerested", towns.team, address="Lygten 2", note="Ring på")
    )
    place = towns.get(Place, made.place_id)
    assert (place.name, place.team_id, place.municipality_id) == ("Café Lygten", towns.team, towns.municipality)
    elsewhere = KeepPlace(
        "Lygten", "other", municipality_id=towns.other_municipality, closed_on=FIRST_DAY, place_id=made.place_id
    )
    towns.do(keep_place, elsewhere)
    place = towns.get(Place, made.place_id)
    assert (place.name, place.kind, place.team_id, place.closed_on) == ("Lygten", "other", towns.team, FIRST_DAY)
    assert (place.municipality_id, place.address, place.note) == (towns.other_municipality, "", "")
    assert [(row.name, row.is_closed) for row in towns.ask(places)][-1] == ("Lygten", True)
    towns.do(keep_place, KeepPlace("Lygten", "other", place_id=made.place_id))
    assert towns.get(Place, made.place_id).closed_on is None


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": " "}, "place-needs-name", "name"),
        ({"name": "x" * 201}, "name-too-long", "name"),
        ({"name": "VÆRESTEDET i hvidovre"}, "place-exists", "name"),
        ({"kind": "castle"}, "unknown-answer", "kind"),
        ({"team_id": "nobody"}, "no-such-team", "team_id"),
        ({"municipality_id": "nowhere"}, "unknown-answer", "municipality_id"),
        ({"place_id": "nowhere"}, "no-such-place", "name"),
        ({"closed_on": FIRST_DAY + timedelta(days=1)}, "future-date", "closed_on"),
    ],
)
def test_a_place_that_cannot_be_is_refused_beside_its_field(towns, change, code, field):
    found = refused(
        towns, keep_place, KeepPlace(**{"name": "Lygten", "kind": "herberg", "team_id": towns.team, **change})
    )
    assert (found.code, found.parameters["field"]) == (code, field)
    assert len(towns.rows(Place)) == 2


def test_a_place_with_a_running_course_is_not_closed_until_the_course_is(towns):
    course = towns.course(title="Torsdagsholdet").course_id
    closing = KeepPlace("Værestedet i Hvidovre", "vaerested", closed_on=FIRST_DAY, place_id=towns.place)
    assert refused(towns, keep_place, closing).parameters["courses"] == "Torsdagsholdet"
    said = CourseSaid("Torsdagsholdet", "group", FIRST_DAY)
    towns.do(edit_course, EditCourse(course_id=course, said=said, state="closed"))
    towns.do(keep_place, closing)
    assert towns.get(Place, towns.place).closed_on == FIRST_DAY
