"""The list of calls after six months reads all about those near their window, and of everybody else a day or two."""

from datetime import date, timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import select, update

from app.domain.completion import KOM_OG_KVIT
from app.domain.follow_up import Stage
from app.domain.months import months_after
from app.models.course import Course, Enrolment
from app.models.outcome import FollowUpAttempt
from app.models.person import Person
from app.models.smoking import StopDate
from app.storage.queries import follow_ups as asked
from app.storage.queries.enrolment_facts import enrolment_facts
from app.storage.queries.follow_ups import COMING_WITHIN, MISSED_FOR, follow_ups
from tests.trial_laptop import CLOCK, make_laptop, opened

TODAY = date(2026, 11, 24)
_A_FEW_DAYS = timedelta(days=3)
DAYS = [TODAY + timedelta(days=days) for days in (-45, 0, 33, 70, 128, 190, 230)]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a laptop on which some turned out to be one person, some were called often, and some stay away."""
    folder = tmp_path_factory.mktemp("follow-ups") / "data"
    make_laptop(folder)
    store = opened(folder)
    with store.session() as session:
        people = session.scalars(select(StopDate.person_id).distinct().order_by(StopDate.person_id)).all()
        for duplicate, kept in zip(people[:24:2], people[1:24:2], strict=True):
            session.execute(update(Person).where(Person.id == duplicate).values(merged_into_id=kept))
        courses = session.scalars(select(Course.id).order_by(Course.id)).all()
        session.execute(
            update(Course).where(Course.id.in_(courses[::2])).values(concept=KOM_OG_KVIT, format="individual")
        )
        parts = session.scalars(select(Enrolment).order_by(Enrolment.id)).all()
        for number, part in enumerate(parts[::3]):
            for call in range(5 if number % 2 else 1):
                at = CLOCK.now() - timedelta(days=9 * call, hours=-9 if call % 2 else 0)
                session.add(
                    FollowUpAttempt(
                        id=f"{call} of {part.id}", person_id=part.person_id, enrolment_id=part.id, attempted_at=at,
                        channel="phone", result="no_answer", recorded_by="somebody",
                    )
                )  # fmt: skip
        session.commit()
    yield store
    store.close()


def listed_of_everybody(reading, day):
    """Return the list out of all that is known of each part in a course that there is."""
    ids = reading.scalars(select(Enrolment.id)).all()
    found = {stage: set() for stage in (Stage.DUE, Stage.MAY_GIVE_UP, Stage.WAITING, Stage.TOO_LATE)}
    for facts in enrolment_facts(reading, ids).values():
        follow_up = facts.follow_up(day)
        window = follow_up.window
        if window is None or facts.enrolment.closing_reason == "moved_course" or follow_up.stage not in found:
            continue
        is_near = {
            Stage.WAITING: window.opens_on <= day + COMING_WITHIN,
            Stage.TOO_LATE: day - MISSED_FOR <= window.closes_on,
        }
        if is_near.get(follow_up.stage, True):
            found[follow_up.stage].add((facts.enrolment.id, follow_up))
    return found


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_list_is_what_looking_at_everybody_would_find(store, day):
    with store.session() as reading:
        found, of_everybody = follow_ups(reading, today=day), listed_of_everybody(reading, day)
    lists = {
        Stage.DUE: found.due, Stage.MAY_GIVE_UP: found.may_give_up, Stage.WAITING: found.coming,
        Stage.TOO_LATE: found.missed,
    }  # fmt: skip
    assert any(lists.values())
    for stage, rows in lists.items():
        assert {(row.enrolment_id, row.found) for row in rows} == of_everybody[stage]
        assert list(rows) == sorted(rows, key=lambda row: (row.found.window.closes_on, row.name))


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_courses_that_ended_by_themselves_are_those_that_nobody_came_to_for_two_months(store, day):
    with store.session() as reading:
        open_ones = reading.scalars(
            select(Enrolment.id)
            .join(Course, Course.id == Enrolment.course_id)
            .where(Enrolment.left_on.is_(None), Course.concept == KOM_OG_KVIT)
        ).all()
        facts = enrolment_facts(reading, open_ones).values()
        said = {(one.enrolment.id, one.ended_on(day)) for one in facts if one.ended_on(day) is not None}
        ended = follow_ups(reading, today=day).ended
    assert {(row.enrolment_id, row.ended_on) for row in ended} == said
    assert said or day < TODAY + timedelta(days=70)
    assert [row.ended_on for row in ended] == sorted(row.ended_on for row in ended)


def test_nothing_is_read_of_those_whose_window_is_long_over_or_far_ahead(store):
    read = []

    def facts_of(reading, ids):
        found = enrolment_facts(reading, ids)
        read.extend(found.values())
        return found

    with store.session() as reading, patch.object(asked, "enrolment_facts", facts_of):
        follow_ups(reading, today=TODAY)
        parts = reading.scalars(select(Enrolment.id)).all()
        merged = set(reading.scalars(select(Person.merged_into_id).where(Person.merged_into_id > "")))
        merged |= set(reading.scalars(select(Person.id).where(Person.merged_into_id > "")))
    assert read
    assert len(read) < len(parts) / 3
    for one in read:
        days = [day for day in (one.closed_on, *(stop.stop_on for stop in one.stops)) if day is not None]
        is_near = any(months_after(TODAY, -10) < day < months_after(TODAY, -3) for day in days)
        came_lately = one.last_attended_on is not None and one.last_attended_on > months_after(TODAY, -2) + _A_FEW_DAYS
        is_left_open = one.closed_on is None and one.course.concept == KOM_OG_KVIT and not came_lately
        assert is_near or is_left_open or one.person.id in merged
