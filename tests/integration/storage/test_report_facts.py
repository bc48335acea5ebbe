"""What reports are computed from: fetched by the database, and the same from the plain rows of the wire."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.clock import TurnedClock, today
from app.domain.reports.as_of import earlier_values
from app.domain.reports.everything import NAMES, Question, report
from app.domain.reports.facts import Facts
from app.domain.reports.from_rows import facts_from_rows
from app.ids import new_id
from app.models.base import synced_tables, to_wire
from app.models.course import Attendance, Course, Enrolment, Session
from app.models.local import ValueHistory
from app.models.medicine import Voucher, VoucherRedemption
from app.models.organisation import Municipality
from app.models.person import Person, Referral
from app.models.smoking import Handout, Measurement, StopDate
from app.storage.queries.names import names_of
from app.storage.queries.reports import facts
from tests.trial_laptop import CLOCK, make_laptop, opened


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("laptop") / "data"
    make_laptop(folder)
    store = opened(folder)
    with store.session() as session:
        _make_it_harder(session)
        session.commit()
    yield store
    store.close()


def _make_it_harder(session) -> None:
    """Merge two people, correct a measurement later, and take a handout and a stop date back."""
    people = session.scalars(
        select(Person).join(Enrolment, Enrolment.person_id == Person.id).order_by(Person.id).limit(4)
    ).all()
    people[1].merged_into_id = people[0].id
    people[2].merged_into_id = people[3].id
    people[2].residence_municipality_id, people[3].residence_municipality_id = session.scalars(
        select(Municipality.id).order_by(Municipality.id).limit(2)
    ).all()
    people[2].deceased_on = date(2026, 11, 1)
    later = TurnedClock(CLOCK.now() + timedelta(days=3))
    measured = session.scalars(
        select(Measurement).where(Measurement.kind == "cigarettes_per_day", Measurement.value.is_not(None)).limit(1)
    ).one()
    handout = session.scalars(select(Handout).where(Handout.quantity > 0).limit(1)).one()
    stop = session.scalars(select(StopDate).order_by(StopDate.id).limit(1)).one()
    redeemed = session.scalars(select(VoucherRedemption).order_by(VoucherRedemption.id).limit(1)).one()
    voucher = session.get_one(Voucher, redeemed.voucher_id)
    for row, changed in (
        (measured, {"value": 1.0}),
        (handout, {"quantity": 0}),
        (stop, {"taken_back": True}),
        (voucher, {"value": 0}),
    ):
        values = {column.name: getattr(row, column.name) for column in type(row).__table__.columns}
        session.add(type(row)(**{**values, "id": new_id(later), "corrects_id": row.id, "reason": "typo", **changed}))


def plain_rows(session):
    for entity, table in synced_tables().items():
        for row in session.scalars(select(table)):
            columns = [
                column.name for column in table.__table__.columns if column.name not in ("id", "server_position")
            ]
            attributes = {
                table.__mapper__.get_property_by_column(table.__table__.columns[name]).key: name for name in columns
            }
            yield entity, row.id, {name: to_wire(getattr(row, key)) for key, name in attributes.items()}


def earlier(session, as_of):
    """What fields were, from the history that the store remembers."""
    if as_of is None:
        return {}
    rows = session.scalars(select(ValueHistory).order_by(ValueHistory.at, ValueHistory.id))
    return earlier_values(
        ((row.entity, row.row_id, row.at.isoformat(), {row.field: row.before}) for row in rows), as_of=as_of
    )


def in_order(found: Facts) -> Facts:
    """Return the facts with every set of rows in one order, because the database promises none."""
    ordered = {
        field.name: tuple(sorted(getattr(found, field.name), key=repr))
        for field in fields(Facts)
        if isinstance(getattr(found, field.name), tuple)
    }
    return replace(found, **ordered)


@pytest.mark.parametrize("as_of", [None, CLOCK.now(), datetime(2026, 9, 1, tzinfo=UTC)])
def test_the_database_finds_the_very_facts_that_plain_rows_say(store, as_of) -> None:
    with store.session() as session:
        fetched = facts(session, as_of=as_of)
        plain = facts_from_rows(plain_rows(session), as_of=as_of, earlier=earlier(session, as_of))
    one, other = in_order(fetched), in_order(plain)
    for field in fields(Facts):
        assert getattr(one, field.name) == getattr(other, field.name), field.name
    assert fetched.enrolments
    assert fetched.cigarettes


def test_a_correction_made_later_does_not_change_the_report_of_an_earlier_day(store) -> None:
    with store.session() as session:
        then = facts(session, as_of=CLOCK.now())
        now = facts(session, as_of=CLOCK.now() + timedelta(days=4))
    assert len(then.handouts) == len(now.handouts) + 1
    assert len(then.stop_dates) == len(now.stop_dates) + 1
    assert sum(value for _person, _day, value in then.cigarettes) != sum(value for _p, _d, value in now.cigarettes)
    question = Question(since=date(2026, 1, 1), until=date(2026, 12, 31), today=today(CLOCK))
    with store.session() as session:
        again = facts(session, as_of=CLOCK.now())
    for name in NAMES:
        assert report(name, again, question) == report(name, then, question)


LATER = TurnedClock(CLOCK.now() + timedelta(days=3))


def test_whatever_is_changed_later_the_report_of_an_earlier_day_stays_the_same(store) -> None:
    question = Question(since=date(2026, 1, 1), until=date(2026, 12, 31), today=today(CLOCK))

    def told(as_of):
        with store.session() as session:
            found = facts(session, as_of=as_of)
        return [report(name, found, question) for name in NAMES]

    then, now = told(CLOCK.now()), told(LATER.now())
    with store.unit_of_work(actor="mette", clock=LATER) as work:
        session = work.session
        enrolment = session.scalars(select(Enrolment).where(Enrolment.closed_on.is_(None))).first()
        enrolment.closed_on, enrolment.closing_reason = date(2026, 11, 1), "dropped_out"
        session.scalars(select(Attendance).where(Attendance.status == "present")).first().status = "absent"
        session.scalars(select(Session).where(Session.state == "closed")).first().state = "cancelled"
        course = session.scalars(select(Course)).first()
        course.concept, course.counsellor_id = "another", None
        referral = session.scalars(select(Referral)).first()
        referral.channel, referral.sender = "mail", "Somebody else"
        for person in session.scalars(select(Person).order_by(Person.id).limit(40)):
            person.residence_municipality_id = None
        held = session.scalars(select(Session).where(Session.course_id == course.id)).first()
        added = {column.name: getattr(held, column.name) for column in Session.__table__.columns}
        session.add(Session(**{**added, "id": new_id(LATER), "held_on": date(2026, 10, 1), "state": "closed"}))
        work.commit()
    assert told(CLOCK.now()) == then
    assert told(LATER.now()) != now
    test_the_database_finds_the_very_facts_that_plain_rows_say(store, CLOCK.now())


def test_somebody_who_was_merged_is_counted_as_the_one_they_are(store) -> None:
    with store.session() as session:
        merged = session.scalars(select(Person).where(Person.merged_into_id.is_not(None))).first()
        found = facts(session)
        assert merged is not None
        assert merged.id not in {enrolment.person_id for enrolment in found.enrolments}
        assert merged.merged_into_id in {enrolment.person_id for enrolment in found.enrolments}
        assert names_of(session, [merged.id])[merged.id]


def test_everybody_named_by_a_figure_is_known_by_name(store) -> None:
    with store.session() as session:
        found, names = facts(session), names_of(session)
    question = Question(since=date(2026, 1, 1), until=date(2026, 12, 31), today=today(CLOCK), names=names)
    for name in NAMES:
        made = report(name, found, question)
        assert all(check.holds for check in made.checks), [c.sentence for c in made.checks if not c.holds]
        for table in made.tables:
            assert set(table.behind) <= set(names)
