"""A bag with real portions in it, each of its batch, beside what the facts of packing, handing out and counting say."""

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.clock import today
from app.models.smoking import Handout
from app.services.hand_out import HandedPortion, HandOut, TakeBack, hand_out, take_back
from app.services.pack_bag import CountBag, Counted, PackBag, count_bag, pack_bag
from app.storage.queries.bag import bag_now, bag_of
from tests.integration.services.courses import TODAY, Office

PRODUCT = "gum-2"
BATCHES = {"June": TODAY + timedelta(days=3), "March": TODAY + timedelta(days=9), "none": None}
"""When each batch expires: one within the days that are drawn."""
PRICES = {"June": 9000, "March": 9500, "none": None}
DONE = st.one_of(
    st.tuples(st.just("pack"), st.sampled_from(sorted(BATCHES)), st.integers(1, 4)),
    st.tuples(st.just("give"), st.integers(1, 2)),
    st.tuples(st.just("take back")),
    st.tuples(st.just("count"), st.booleans()),
    st.tuples(st.just("throw away")),
    st.tuples(st.just("next day")),
)


class RealBag:
    """What lies in the bag, portion by portion, and what was given out of it."""

    def __init__(self, office):
        self.office, self.inside, self.given = office, Counter(), []

    @property
    def day(self):
        return today(self.office.clock)

    def pack(self, batch, quantity):
        self.inside[batch] += quantity
        self.office.do(
            pack_bag,
            PackBag(
                product=PRODUCT, quantity=quantity, batch=batch, expires_on=BATCHES[batch], price=PRICES[batch]
            ),
        )  # fmt: skip

    def give(self, quantity):
        left = [batch for batch in BATCHES if self.inside[batch]]
        first = min(left, key=lambda batch: (BATCHES[batch] or self.day + timedelta(days=9999), batch), default="")
        if first and self.inside[first] < quantity:
            return
        command = HandOut(
            person_id=self.office.person, portions=(HandedPortion(PRODUCT, quantity),), handed_on=self.day
        )
        done = self.office.do(hand_out, command)
        row = next(row for row in self.office.rows(Handout) if row.id == done.handout_ids[0])
        assert (row.batch, row.expires_on, row.price) == (first, BATCHES.get(first), PRICES.get(first))
        if first:
            self.inside[first] -= quantity
            self.given.append((row.id, first, quantity))
        else:
            self.office.do(take_back, TakeBack(row.id, "The bag was empty"))

    def take_back(self):
        if self.given:
            handout_id, batch, quantity = self.given.pop()
            self.office.do(take_back, TakeBack(handout_id, "Came back"))
            self.inside[batch] += quantity

    def count(self, put_back):
        self.office.do(count_bag, CountBag([Counted(PRODUCT, self.inside.total())], put_back=put_back))
        if put_back:
            self.inside.clear()
            self.given.clear()

    def throw_away(self):
        for batch, expires_on in BATCHES.items():
            if expires_on is not None and expires_on < self.day:
                self.inside[batch] = 0
        self.office.do(count_bag, CountBag([Counted(PRODUCT, self.inside.total(), "expired")]))

    def next_day(self):
        self.office.clock.at += timedelta(days=1)


@settings(derandomize=True, deadline=None, max_examples=20, database=None)
@given(st.lists(DONE, min_size=3, max_size=10))
def test_what_is_offered_from_the_bag_lies_in_it(done):
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        real = RealBag(office)
        for what, *how in done:
            getattr(real, what.replace(" ", "_"))(*how)
            lines = office.ask(bag_of, office.actor)
            assert sum(line.left for line in lines) == real.inside.total()
            assert {b.batch: b.left for line in lines for b in line.batches if b.left} == +real.inside
            assert [day.line for day in office.ask(bag_now, office.actor, today=real.day).days] == list(lines)
        office.store.close()
