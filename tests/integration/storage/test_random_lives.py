"""Of whatever lives people lead: what is due for everybody is what is due for each, and what other screens say."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import or_, select

from app.domain.consents import Use, allows
from app.domain.follow_up import Stage
from app.domain.reports.participations import participations
from app.domain.tasks import CLOSING_DAYS_AHEAD, Kind
from app.models.course import Enrolment
from app.models.person import Person, TaskState
from app.storage.queries.enrolment_facts import enrolment_facts
from app.storage.queries.follow_ups import follow_ups
from app.storage.queries.reports import facts
from app.storage.queries.tasks import due_and_papers, due_of_person, papers_named
from tests.empty_store import empty_store
from tests.integration.storage.lives import TODAY, Lives
from tests.integration.storage.what_is_due import due_for_everybody

KEY = bytes(range(32))
EVERY = 100_000
COMPARED_ELSEWHERE = {Kind.FOLLOW_UP, Kind.CLOSE_COURSE, Kind.MEDICINE}


@pytest.fixture(scope="module", params=[0, 1])
def store(request, tmp_path_factory):
    lives = Lives(request.param, people=140)
    store = empty_store(tmp_path_factory.mktemp("lives") / "lives.db", KEY)
    with store.session() as session:
        live(session, lives)
        decide_about_some(session, lives)
        session.commit()
    yield store
    store.close()


def live(session, lives):
    """Write the lives; a third of the people are one person with others, in chains of up to three rows."""
    session.add_all(lives.rows)
    session.flush()
    merged = len(lives.people) // 9 * 3
    for first, second, third in zip(*(lives.people[start:merged:3] for start in range(3)), strict=True):
        session.get_one(Person, second).merged_into_id = first
        if lives.maybe(0.5):
            session.get_one(Person, third).merged_into_id = second
    session.flush()


def decide_about_some(session, lives):
    tasks = [task for task in all_of(session) if task.person_id]
    for task in lives.random.sample(tasks, len(tasks) // 4):
        until = lives.random.choice((None, TODAY, TODAY + timedelta(days=1), TODAY - timedelta(days=1)))
        state = "put_off" if until else lives.random.choice(("done", "dismissed", "open"))
        session.add(
            TaskState(
                id=lives.key(), person_id=task.person_id, task_key=task.key, state=state, until=until,
                decided_at=lives.moment(), decided_by="x",
            )
        )  # fmt: skip


def all_of(session, *, today=TODAY):
    asked = due_and_papers(session, today=today, most=EVERY)
    rows = (*next(asked).rows, *papers_named(session, today=today, named=Kind, most=EVERY))
    return [row.task for row in rows]


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    store = empty_store(tmp_path_factory.mktemp("due") / "due.db", KEY)
    yield store
    store.close()


@settings(max_examples=12)
@given(seed=st.integers(0, 9_999), ahead=st.integers(-30, 20))
def test_what_is_due_is_what_the_rules_say_of_whatever_is_known(empty, seed, ahead):
    today = TODAY + timedelta(days=ahead)
    with empty.session() as session:
        live(session, Lives(seed, people=60))
        said = due_for_everybody(session, today, home="m1")
        tasks = [
            task for task in all_of(session, today=today) if task.person_id and task.kind not in COMPARED_ELSEWHERE
        ]
        assert {(task.person_id, task.key): task.due for task in tasks} == said
        session.rollback()


class Truth:
    """Whom each row counts for, whom nobody has a task about, and what was decided."""

    def __init__(self, session):
        self.into = dict(session.execute(select(Person.id, Person.merged_into_id)).all())
        flags = (Person.deceased_on, Person.restricted_on, Person.anonymised_on)
        silent = session.scalars(select(Person.id).where(or_(*(flag.is_not(None) for flag in flags))))
        self.silent = set(map(self.whom, silent))
        decided = session.scalars(select(TaskState).where(TaskState.state != "open"))
        self.decided = {(self.whom(row.person_id), row.task_key) for row in decided}

    def whom(self, person):
        while self.into[person]:
            person = self.into[person]
        return person

    def asks(self, person, key):
        return person not in self.silent and (person, key) not in self.decided

    def undecided(self, tasks, kind):
        return [task for task in tasks if task.kind is kind and self.asks(task.person_id, task.key)]


def test_what_is_due_for_everybody_is_what_is_due_for_each(store):
    with store.session() as session:
        everybody = [task for task in all_of(session) if task.person_id]
        kept = session.scalars(select(Person.id).where(Person.merged_into_id.is_(None))).all()
        each = [row.task for person in kept for row in due_of_person(session, person, today=TODAY).rows]
        assert Counter(each) == Counter(everybody)
        *_people, counted = due_and_papers(session, today=TODAY)
        papers = papers_named(session, today=TODAY, named=Kind, most=EVERY)
        assert dict(counted.counted) == Counter(row.task.kind for row in papers)


def test_a_call_after_six_months_is_due_where_the_work_list_says_so(store):
    with store.session() as session:
        truth, listed = Truth(session), follow_ups(session, today=TODAY)
        tasks = truth.undecided(all_of(session), Kind.FOLLOW_UP)
    said = {
        (row.person_id, row.enrolment_id, row.found.window.closes_on, row.found.effort.days, row.found.stage)
        for row in (*listed.due, *listed.may_give_up)
        if truth.asks(row.person_id, f"follow_up:{row.enrolment_id}")
    }
    stages = {"": Stage.DUE, "yes": Stage.MAY_GIVE_UP}
    assert said == {
        (task.person_id, task.enrolment_id, task.due, int(task.detail("days")), stages[task.detail("give_up")])
        for task in tasks
    }


def test_a_course_is_to_be_closed_where_its_page_says_so(store):
    latest = TODAY + timedelta(days=CLOSING_DAYS_AHEAD)
    with store.session() as session:
        truth = Truth(session)
        tasks = truth.undecided(all_of(session), Kind.CLOSE_COURSE)
        parts = session.scalars(select(Enrolment.id)).all()
        said = {
            (one.whom, one.enrolment.id, one.close_by)
            for one in enrolment_facts(session, parts).values()
            if one.close_by and one.close_by <= latest and truth.asks(one.whom, f"close_course:{one.enrolment.id}")
        }
    assert {(task.person_id, task.enrolment_id, task.due) for task in tasks} == said


def test_reports_count_everybody_as_their_own_page_does(store):
    with store.session() as session:
        counted = participations(facts(session))
        pages = enrolment_facts(session, [part.enrolment.id for part in counted])
    for part in counted:
        page = pages[part.enrolment.id]
        own = page.participation
        assert (part.attended.attended, part.attended.expected) == (own.attended, own.expected)
        assert part.counted_from == (page.counted_from and page.counted_from[0])
        assert part.may_contact == allows(page.consents, Use.CALL_AFTER_SIX_MONTHS)
