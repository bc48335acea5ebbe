"""What is due for everybody is asked about few: the same comes of it as of asking about each, and about all of it."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise
from unittest.mock import patch

import pytest
from sqlalchemy import select, update

from app.domain.completion import KOM_OG_KVIT
from app.domain.medicines import Notice, Taken, alerts, smoking_events
from app.domain.tasks import CLOSING_DAYS_AHEAD, DAYS_AHEAD, Kind, in_order
from app.models.course import Course, Enrolment
from app.models.medicine import Medicine, MedicineNotice
from app.models.outcome import FormTyped
from app.models.person import Consent, Person, Referral, TaskState
from app.models.plan import NrtPlan
from app.models.smoking import Measurement, Relapse, StopDate
from app.storage.queries import task_handouts, task_papers
from app.storage.queries.enrolment_facts import enrolment_facts
from app.storage.queries.medicines import medicine_story
from app.storage.queries.task_medicines import NEWS_FOR
from app.storage.queries.task_papers import PAPERS_OF_PEOPLE
from app.storage.queries.tasks import due_and_papers, due_of_person, papers_named
from tests.trial_laptop import CLOCK, make_laptop, opened

TODAY = date(2026, 11, 24)
DAYS = [TODAY + timedelta(days=days) for days in (-200, -40, -13, 0, 3, 20)]
EVERY_TASK = 100_000


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a laptop on which some of those who take a medicine turned out to be one person, some of them twice."""
    folder = tmp_path_factory.mktemp("everybody") / "data"
    make_laptop(folder)
    store = opened(folder)
    with store.session() as session:
        takers = session.scalars(select(Medicine.person_id).distinct().order_by(Medicine.person_id)).all()
        for duplicate, kept in pairwise(takers[:4]):
            session.execute(update(Person).where(Person.id == duplicate).values(merged_into_id=kept))
        for duplicate, kept in zip(takers[4:40:2], takers[5:40:2], strict=True):
            session.execute(update(Person).where(Person.id == duplicate).values(merged_into_id=kept))
        session.add_all(of_two_who_were_not_measured(session.scalars(select(Course.id).limit(1)).one()))
        session.commit()
    yield store
    store.close()


def of_two_who_were_not_measured(course):
    """Yield what is known of somebody whose course was closed and of somebody who smokes again, and of nothing else."""
    for name in ("closed", "relapsed"):
        yield Person(id=name, person_id=name, registered_at=CLOCK.now())
        yield Medicine(
            id=f"medicine of {name}", person_id=name, name="Leponex", substance="clozapine", recorded_on=TODAY,
            recorded_by="somebody",
        )  # fmt: skip
    yield from of_one_who_was_counted_twice_on_a_day()
    near = TODAY - timedelta(days=2)
    yield Enrolment(id="closed", person_id="closed", course_id=course, joined_on=date(2025, 1, 1), left_on=near)
    yield Relapse(id="relapse", person_id="relapsed", happened_on=near, recorded_by="somebody")


def of_one_who_was_counted_twice_on_a_day():
    """Yield somebody who said one number on the base form and another at the table, on their first and last day.

    What was said first is where they began, and what was said last on a day counts: from 30 to 14 is more than half,
    from 25 to 14 is not, and they never stopped.
    """
    yield Person(id="twice", person_id="twice", registered_at=CLOCK.now())
    yield Medicine(
        id="medicine of twice", person_id="twice", name="Leponex", substance="clozapine", recorded_on=TODAY,
        recorded_by="somebody",
    )  # fmt: skip
    began, lately = TODAY - timedelta(days=300), TODAY - timedelta(days=3)
    counted = [("a", began, None, 30), ("b", began, "table", 25), ("c", lately, "table", 0), ("d", lately, None, 14)]
    for key, day, session, value in counted:
        yield Measurement(
            id=f"count {key} of twice", person_id="twice", kind="cigarettes_per_day", value=value, measured_on=day,
            session_id=session, recorded_by="somebody",
        )  # fmt: skip


def due_on(store, day):
    with store.session() as reading:
        people, papers = due_and_papers(reading, today=day, named=Kind, most=EVERY_TASK)
        return [row.task for row in (*people.rows, *papers.rows)]


def standing(rows):
    corrected = {row.corrects_id for row in rows}
    return [row for row in rows if row.id not in corrected]


def alerts_of_everybody(store, day):
    """Return whom to tell about a medicine, out of all that everybody ever took, smoked and heard."""
    with store.session() as reading:
        into = dict(reading.execute(select(Person.id, Person.merged_into_id).where(Person.merged_into_id > "")).all())
        is_silent = Person.deceased_on.is_not(None) | Person.restricted_on.is_not(None)
        silent = set(reading.scalars(select(Person.id).where(is_silent)))

        def by_person(table):
            found = defaultdict(list)
            for row in reading.scalars(select(table).order_by(table.id)):
                whom = row.person_id
                while whom in into:
                    whom = into[whom]
                found[whom].append(row)
            return found

        taken, closed = by_person(Medicine), by_person(Enrolment)
        stops, relapses, measured, told = map(by_person, (StopDate, Relapse, Measurement, MedicineNotice))
    found = set()
    for person, medicines in taken.items():
        smoked = sorted(standing(measured[person]), key=lambda row: (row.measured_on, row.id))
        counted = [
            (row.measured_on, row.value) for row in smoked if row.kind == "cigarettes_per_day" and row.value is not None
        ]
        events = smoking_events(
            stop_dates=[(row.agreed_on, row.stop_on) for row in standing(stops[person])],
            cigarettes=list(dict(counted).items()),
            start=counted[0][1] if counted else None,
            relapses=[row.happened_on for row in standing(relapses[person])],
            closures=[row.left_on for row in closed[person] if row.left_on and row.closing_reason != "moved_course"],
        )
        takes = [Taken(row.id, row.name, row.substance, row.started_on, row.stopped_on) for row in medicines]
        heard = [Notice(row.medicine_id, row.trigger, row.trigger_on, row.consent) for row in standing(told[person])]
        for alert in alerts(takes, events, heard):
            earliest = day - timedelta(days={"red": 30, "amber": 14}.get(alert.level, 0))
            is_near = earliest <= alert.on <= day + timedelta(days=DAYS_AHEAD)
            if alert.asks_for_notice and is_near and person not in silent:
                found.add((person, f"medicine:{alert.medicine_id}:{alert.trigger}:{alert.on}"))
    return found


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_prescribers_hear_of_every_change_though_only_those_are_asked_about_for_whom_something_changed(store, day):
    asked = [task for task in due_on(store, day) if task.kind is Kind.MEDICINE]
    assert asked
    assert {(task.person_id, task.key) for task in asked} == alerts_of_everybody(store, day)


def test_today_asks_to_tell_prescribers_what_the_person_s_own_page_says_is_untold(store):
    listed = defaultdict(set)
    for task in due_on(store, TODAY):
        if task.kind is Kind.MEDICINE:
            listed[task.person_id].add(task.key)
    with store.session() as reading:
        for person in sorted({*listed, "twice"}):
            untold = medicine_story(reading, person, today=TODAY).alerts
            of_late = {
                f"medicine:{alert.medicine_id}:{alert.trigger}:{alert.on}"
                for alert in untold
                if alert.level in NEWS_FOR
                and TODAY - NEWS_FOR[alert.level] <= alert.on <= TODAY + timedelta(days=DAYS_AHEAD)
            }
            assert listed[person] == of_late, person
    assert len(listed["twice"]) == 1


def test_of_what_somebody_smoked_only_the_first_count_and_those_of_late_are_read(store):
    since = TODAY - max(NEWS_FOR.values())
    asked = []

    def of(*, cigarettes, **rest):
        asked.append([day for day, _count in cigarettes])
        return smoking_events(cigarettes=cigarettes, **rest)

    with patch("app.storage.queries.task_medicines.smoking_events", of):
        due_on(store, TODAY)
    before = [sum(day < since for day in days) for days in asked]
    # Two of each row of a person, of whom some are two rows, and two may be of one day.
    assert sum(before) <= 3 * len([days for days in asked if days])
    assert sum(len(days) for days in asked) > sum(before) > 0


def test_a_course_is_to_be_closed_on_the_day_that_its_own_page_says(store):
    with store.session() as reading:
        open_ones = reading.scalars(select(Enrolment).where(Enrolment.left_on.is_(None)).order_by(Enrolment.id)).all()
        reading.execute(update(Course).values(concept=KOM_OG_KVIT))
        for number, enrolment in enumerate(open_ones):
            person = enrolment.person_id
            for part, days in enumerate((100, 90, 85 + number % 10)):
                stop_on = TODAY - timedelta(days=days)
                reading.add(
                    StopDate(
                        id=f"{part} of {enrolment.id}", person_id=person, stop_on=stop_on,
                        agreed_on=stop_on - timedelta(days=number % 3 * part), recorded_by="somebody",
                        corrects_id=f"1 of {enrolment.id}" if part == 2 and number % 2 else None,
                    )
                )  # fmt: skip
            if number % 4 == 0:
                left_on = TODAY - timedelta(days=86 + number % 9)
                reading.add(
                    Enrolment(
                        id=f"before {enrolment.id}", person_id=person, course_id=enrolment.course_id,
                        joined_on=left_on, left_on=left_on, closing_reason="moved_course" if number % 8 else "",
                    )
                )  # fmt: skip
                enrolment.joined_on = left_on
            if kept := reading.get_one(Person, person).merged_into_id:
                agreed = {"agreed_on": TODAY, "stop_on": TODAY - timedelta(days=95), "recorded_by": "somebody"}
                reading.add(StopDate(id=f"merged with {enrolment.id}", person_id=kept, **agreed))
        reading.flush()
        facts = enrolment_facts(reading, [enrolment.id for enrolment in open_ones]).values()
        latest = TODAY + timedelta(days=CLOSING_DAYS_AHEAD)
        said = {(one.enrolment.id, one.close_by) for one in facts if one.close_by and one.close_by <= latest}
        tasks = [row.task for row in next(due_and_papers(reading, today=TODAY, most=EVERY_TASK)).rows]
    assert len(said) > len(open_ones) // 2
    assert {(task.enrolment_id, task.due) for task in tasks if task.kind is Kind.CLOSE_COURSE} == said


@pytest.mark.parametrize("day", [DAYS[1], TODAY], ids=str)
def test_what_is_due_for_everybody_is_what_is_due_for_each(store, day):
    everybody = [task for task in due_on(store, day) if task.person_id]
    with store.session() as reading:
        people = reading.scalars(select(Person.id).where(Person.merged_into_id.is_(None)).order_by(Person.id)).all()
        for person in people[::4]:
            alone = {row.task for row in due_of_person(reading, person, today=day).rows}
            assert alone == {task for task in everybody if task.person_id == person}


def test_where_all_came_again_each_is_asked_for_the_week_that_is_theirs(store):
    with store.session() as reading:
        plans = reading.scalars(select(NrtPlan).where(NrtPlan.state == "active")).all()
        course = reading.scalars(select(Course.id).limit(1)).one()
        before = {"course_id": course, "joined_on": date(2024, 1, 1), "closing_reason": "completed"}
        reading.add_all(
            Enrolment(
                id=f"{plan.id} before", person_id=plan.person_id, left_on=plan.made_on - timedelta(days=40), **before
            )
            for plan in plans
        )
        reading.flush()
        with patch.object(task_handouts, "CHUNK", 7):
            everybody, _papers = due_and_papers(reading, today=TODAY, most=EVERY_TASK)
        handouts = {row.task for row in everybody.rows if row.task.kind is Kind.HANDOUT}
        people = {plan.person_id for plan in plans}
        of_each = {
            row.task
            for person in people
            for row in due_of_person(reading, person, today=TODAY).rows
            if row.task.kind is Kind.HANDOUT
        }
    assert handouts == of_each
    assert len(handouts) > 20


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_as_many_papers_are_counted_as_there_are_with_names_whatever_was_decided_about_some(store, day):
    with store.session() as reading:
        for state, until in (("done", None), ("put_off", day + timedelta(days=1)), ("put_off", day), ("open", None)):
            for row in papers_named(reading, today=day, named=Kind, most=EVERY_TASK)[::9]:
                whose = {"id": f"{row.task.key} {state} {until}", "person_id": row.task.person_id}
                decided = {"task_key": row.task.key, "decided_by": "somebody", "decided_at": CLOCK.now()}
                if row.task.person_id:
                    reading.add(TaskState(**whose, **decided, state=state, until=until))
            reading.flush()
        silent = {row.task.person_id for row in papers_named(reading, today=day, named=Kind, most=EVERY_TASK)[:40:4]}
        reading.execute(update(Person).where(Person.id.in_(silent)).values(deceased_on=day))
        named = papers_named(reading, today=day, named=Kind, most=EVERY_TASK)
        people, counted = due_and_papers(reading, today=day)
        assert len(named) == counted.left_out > 0
        assert dict(counted.counted) == Counter(row.task.kind for row in named)
        assert counted.settled == people.settled


def close_every_other_course(reading):
    """Close courses on several days, of people who want word of it to be sent."""
    parts = reading.scalars(select(Enrolment).where(Enrolment.left_on.is_(None)).order_by(Enrolment.id)).all()
    for number, part in enumerate(parts[::2]):
        part.left_on = part.closed_on = TODAY - timedelta(days=number * 7 % 30)
        part.closing_reason, part.referral_id = "completed", f"referral of {part.id}"
        answer = {"kind": "letter_gp", "answer": "given", "answered_on": TODAY, "recorded_by": "somebody"}
        reading.add(Consent(id=f"gp of {part.id}", person_id=part.person_id, **answer))
        if number % 3 == 0:
            typed = {"form": "base", "typed_on": TODAY, "recorded_by": "somebody"}
            reading.add(FormTyped(id=f"base of {part.id}", person_id=part.person_id, enrolment_id=part.id, **typed))
        reading.add(
            Referral(
                id=part.referral_id, person_id=part.person_id, channel="gp", received_on=part.joined_on,
                state="accepted", wants_feedback=True,
            )
        )  # fmt: skip
    reading.flush()


def test_the_first_papers_of_a_kind_are_those_that_come_first_of_all_and_not_all_are_read(store, subtests):
    with store.session() as reading:
        close_every_other_course(reading)
        of_kinds = [
            papers_named(reading, today=TODAY, named=[kind], most=EVERY_TASK) for kind in sorted(PAPERS_OF_PEOPLE)
        ]
        for row in (row for of_kind in of_kinds for row in of_kind[:9:3]):
            whose = {"id": f"done {row.task.key}", "person_id": row.task.person_id, "task_key": row.task.key}
            reading.add(TaskState(**whose, state="done", decided_by="somebody", decided_at=CLOCK.now()))
        silent = {row.task.person_id for of_kind in of_kinds for row in of_kind[1:9:3]}
        reading.execute(update(Person).where(Person.id.in_(silent)).values(deceased_on=TODAY))
        reading.flush()
        people = reading.scalars(select(Person.id).where(Person.merged_into_id.is_(None))).all()
        of_each = [row.task for person in people for row in due_of_person(reading, person, today=TODAY).rows]
        for kind in sorted(PAPERS_OF_PEOPLE):
            expected = in_order([task for task in of_each if task.kind is kind], today=TODAY)
            task_papers._unwritten_in_order.cache_clear()
            with (
                patch.object(task_papers, "_AT_ONCE", 4),
                patch.object(task_papers, "paper_tasks", wraps=task_papers.paper_tasks) as asked,
            ):
                found = papers_named(reading, today=TODAY, named=[kind], most=5)
            task_papers._unwritten_in_order.cache_clear()
            parts = {call.args[0].enrolment_id for call in asked.call_args_list}
            with subtests.test(kind.value):
                assert tuple(row.task for row in found) == expected[:5]
                assert len(expected) > 20
                assert len(parts) < len(expected)
