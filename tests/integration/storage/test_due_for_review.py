"""Whose time is up is asked about few: the same comes of it as of looking at all that there is of everybody."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from app.clock import day_of
from app.domain.retention import due_on, retention_rules
from app.models.base import synced_tables
from app.models.person import ContactAttempt, Person
from app.models.smoking import Handout
from app.storage.queries.review import due_for_review
from tests.trial_laptop import CLOCK, make_laptop, opened

NOTHING_OF_CONTACT = {"correction", "erasure", "conflict"}
MONTHS = retention_rules().review_months


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a laptop on which some turned out to be one person, a few of them thrice, and two last met at midnight."""
    folder = tmp_path_factory.mktemp("review") / "data"
    make_laptop(folder)
    store = opened(folder)
    with store.session() as session:
        people = session.scalars(select(Person.id).order_by(Person.id)).all()
        session.execute(update(Person).values(registered_at=datetime(2025, 1, 1, tzinfo=UTC)))
        met_later = Person.id.in_(people[81:90])
        session.execute(update(Person).where(met_later).values(registered_at=datetime(2028, 1, 31, 23, 30, tzinfo=UTC)))
        for duplicate, kept in (*pairwise(people[:4]), *zip(people[4:40:2], people[5:40:2], strict=True)):
            session.execute(update(Person).where(Person.id == duplicate).values(merged_into_id=kept))
        said = {"channel": "phone", "purpose": "other", "outcome": "reached", "topics": [], "recorded_by": "somebody"}
        for person, day in zip(people[50:80], range(1, 31), strict=True):
            at = datetime(2027, 3, day, 22, 45, tzinfo=UTC)
            session.add(ContactAttempt(id=f"call of {person}", person_id=person, attempted_at=at, **said))
        session.commit()
    yield store
    store.close()


def last_contacts(store):
    """Return the last day on which anything was with each person, whichever of their rows it stands in."""
    with store.session() as reading:
        into = dict(reading.execute(select(Person.id, Person.merged_into_id).where(Person.merged_into_id > "")).all())
        last = defaultdict(lambda: date.min)
        for entity in retention_rules().records.keys() - NOTHING_OF_CONTACT:
            for row in reading.scalars(select(synced_tables()[entity])):
                whom = row.person_id
                while whom in into:
                    whom = into[whom]
                for name in (column.name for column in row.__table__.c):
                    if name.endswith(("_on", "_at")) and name not in {"merged_on", "expires_on"}:
                        said = getattr(row, name)
                        on = day_of(said) if isinstance(said, datetime) else said
                        last[whom] = max(last[whom], on or date.min)
    return last


def test_whoever_is_due_is_told_with_their_last_contact_on_every_day(store):
    last = last_contacts(store)
    days = sorted({due_on(day, MONTHS) for day in last.values()})
    assert len(days) > 30
    for today in (days[0] - timedelta(days=1), *days, date(2032, 2, 28), date(2032, 2, 29), date(2032, 3, 31)):
        expected = {(person, day) for person, day in last.items() if due_on(day, MONTHS) <= today}
        with store.session() as reading:
            found = due_for_review(reading, today=today)
        assert {(one.person_id, one.last_on) for one in found} == expected
        assert [one.due_on for one in found] == sorted(one.due_on for one in found)


def test_a_portion_that_can_be_used_for_years_keeps_nobodys_records_for_longer(store):
    last = last_contacts(store)
    person, day = max(last.items(), key=lambda found: found[1])
    with store.session() as reading:
        reading.add(
            Handout(
                id="long", person_id=person, product="gum-2", quantity=1, week=1, handed_on=day,
                expires_on=day + timedelta(days=900), recorded_by="somebody",
            )
        )  # fmt: skip
        reading.flush()
        due = {one.person_id: one.last_on for one in due_for_review(reading, today=due_on(day, MONTHS))}
    assert due[person] == day
    assert CLOCK.now().date() < day
