"""Whom somebody looked at lately is found in the newest entries of the log, however long the log is."""

import pytest
from sqlalchemy import select

from app.domain.access_chain import Action
from app.models.local import Device
from app.models.person import Person
from app.storage.access_log import Access
from app.storage.queries import recent
from app.storage.queries.recent import recent_people
from tests.trial_laptop import CLOCK, make_laptop, opened


@pytest.fixture
def store(tmp_path):
    make_laptop(tmp_path / "data")
    store = opened(tmp_path / "data")
    yield store
    store.close()


def log(store, *accesses, actor):
    with store.unit_of_work(actor=actor, clock=CLOCK) as work:
        for action, subject in accesses:
            work.log(Access(action, subject, "person"))
        work.commit()


def test_the_last_whom_one_looked_at_comes_first_and_each_once(store, monkeypatch):
    monkeypatch.setattr(recent, "LOOKED_THROUGH", 6)
    with store.session() as reading:
        me = reading.scalars(select(Device.user_id)).one()
        long_ago, first, second, edited, of_a_colleague = reading.scalars(select(Person.id).limit(5))
    log(store, (Action.VIEW, long_ago), actor=me)
    log(store, (Action.VIEW, first), (Action.VIEW, second), (Action.VIEW, first), (Action.EDIT, edited), actor=me)
    log(store, (Action.VIEW, of_a_colleague), (Action.SEARCH, None), actor="a colleague")
    with store.session() as reading:
        assert [person_id for person_id, _name in recent_people(reading, user_id=me)] == [first, second]
        assert [person_id for person_id, _name in recent_people(reading, user_id=me, most=1)] == [first]
