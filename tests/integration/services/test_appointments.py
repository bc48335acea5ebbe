"""When somebody is expected next: their page and the slip that they take along say the same."""

from datetime import timedelta

from app.services.make_document import MakeDocument, Paper, make_document
from app.storage.queries.person_story import person_story
from tests.integration.services.towns import FIRST_DAY
from tests.paper_text import text_of


def on_the_page(towns, person):
    """Return day and place of the next session as the person's page has them."""
    found = towns.ask(person_story, person, today=towns.today).next_steps
    return [(step.on, step.text) for step in found if step.kind == "session"]


def on_the_slip(towns, person):
    return text_of(towns.do(make_document, MakeDocument(Paper.APPOINTMENT, person, "en")).pdf)


def test_of_two_sessions_on_one_day_both_name_the_earlier(towns):
    person = towns.person()
    for place, starts_at in ((towns.place, "15:00"), (towns.other_place, "09:00")):
        towns.join(person, towns.course(place=place, starts_at=starts_at).course_id)
    assert on_the_page(towns, person) == [(FIRST_DAY, "Værestedet i Brøndby")]
    assert "Værestedet i Brøndby" in on_the_slip(towns, person)


def test_whoever_joins_from_a_day_to_come_is_expected_at_no_session_before_it(towns):
    person = towns.person()
    made = towns.course()
    first, second, *_others = towns.sessions(made.course_id)
    towns.join(person, made.course_id, joined_on=first.held_on + timedelta(days=1))
    assert on_the_page(towns, person) == [(second.held_on, "Værestedet i Hvidovre")]
    assert f"{second.held_on.day} {second.held_on:%B}" in on_the_slip(towns, person)
