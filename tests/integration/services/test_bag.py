from datetime import date

import pytest

from app.errors import RuleRefusal
from app.ids import new_id
from app.models.smoking import Handout, StockMovement
from app.services.hand_out import HandedPortion, HandOut, hand_out
from app.services.pack_bag import (
    CorrectMovement,
    CountBag,
    Counted,
    PackBag,
    correct_movement,
    count_bag,
    pack_bag,
)
from app.storage.queries.bag import bag_now, bag_of
from tests.integration.services.courses import TODAY


def pack(office, quantity=5, product="gum-2", **more):
    return office.do(pack_bag, PackBag(product=product, quantity=quantity, **more))


def give(office, product="gum-2"):
    office.do(hand_out, HandOut(person_id=office.person, portions=(HandedPortion(product),), handed_on=TODAY))


def left(office, product="gum-2"):
    return {line.product: line.left for line in office.ask(bag_of, office.actor)}[product]


def test_packed_in_the_morning_handed_out_at_the_table_counted_in_the_evening(office):
    pack(office)
    give(office)
    give(office)
    assert left(office) == 3
    counted = office.do(count_bag, CountBag([Counted("gum-2", 3)]))
    assert counted.differences == ()
    [day] = office.ask(bag_now, office.actor, today=TODAY).days
    assert (day.packed_today, day.handed_today, day.line.left) == (5, 2, 3)


def test_a_difference_needs_a_reason_and_is_gone_once_it_is_explained(office):
    pack(office)
    with pytest.raises(RuleRefusal, match="difference-needs-reason") as refusal:
        office.do(count_bag, CountBag([Counted("gum-2", 4)]))
    assert (refusal.value.parameters["field"], refusal.value.parameters["difference"]) == ("gum-2", -1)
    done = office.do(count_bag, CountBag([Counted("gum-2", 4, "broken", "Faldt i en pyt")]))
    assert done.differences == (("gum-2", -1),)
    assert left(office) == 4
    assert office.rows(StockMovement)[-1].reason == "broken: Faldt i en pyt"
    assert office.do(count_bag, CountBag([Counted("gum-2", 4)])).differences == ()


def test_what_is_put_back_leaves_the_bag(office):
    pack(office)
    office.do(count_bag, CountBag([Counted("gum-2", 5)], put_back=True))
    assert left(office) == 0
    office.do(count_bag, CountBag([Counted("gum-2", 0)], put_back=True))
    assert len(office.rows(StockMovement)) == 2


def batches(office, product="gum-2"):
    lines = office.ask(bag_of, office.actor)
    return {known.batch: known.left for line in lines if line.product == product for known in line.batches}


def test_what_was_put_back_is_offered_from_no_later_bag(office):
    pack(office, 5, batch="old", expires_on=TODAY, price=8000)
    give(office)
    office.do(count_bag, CountBag([Counted("gum-2", 4)], put_back=True))
    assert batches(office) == {"old": 0}
    pack(office, 5, batch="new", expires_on=date(2027, 11, 1), price=9000)
    give(office)
    assert [(row.batch, row.price) for row in office.rows(Handout)] == [("old", 8000), ("new", 9000)]
    assert batches(office) == {"old": 0, "new": 4}


def test_what_is_thrown_away_because_it_expired_is_of_the_batch_that_expired(office):
    pack(office, 3, batch="new", expires_on=date(2027, 11, 1))
    pack(office, 2, batch="old", expires_on=date(2026, 11, 1))
    office.do(count_bag, CountBag([Counted("gum-2", 3, "expired")]))
    assert batches(office) == {"new": 3, "old": 0}
    office.do(count_bag, CountBag([Counted("gum-2", 1, "lost"), Counted("gum-4", 2, "found")], put_back=True))
    assert batches(office) == {"new": 0, "old": 0}
    assert left(office, "gum-4") == 0


def test_more_thrown_away_than_had_expired_and_more_counted_than_was_packed_have_no_batch(office):
    pack(office, 3, batch="new", expires_on=date(2027, 11, 1))
    pack(office, 1, batch="old", expires_on=date(2026, 11, 1))
    office.do(count_bag, CountBag([Counted("gum-2", 2, "expired")]))
    assert batches(office) == {"new": 2, "old": 0}
    office.do(count_bag, CountBag([Counted("gum-2", 4, "found")], put_back=True))
    assert batches(office) == {"new": 0, "old": 0}
    returned = {row.batch: row.quantity for row in office.rows(StockMovement) if row.kind == "returned"}
    assert returned == {"new": 2, "": 2}


def test_something_found_that_was_never_packed_counts(office):
    assert office.do(count_bag, CountBag([Counted("gum-4", 2, "found")])).differences == (("gum-4", 2),)
    assert left(office, "gum-4") == 2


def test_one_wrong_count_writes_nothing_at_all(office):
    pack(office)
    with pytest.raises(RuleRefusal, match="count-out-of-range"):
        office.do(count_bag, CountBag([Counted("gum-2", 4, "lost"), Counted("gum-4", -1)]))
    assert left(office) == 5


def test_a_slip_when_packing_is_corrected_by_a_new_fact(office):
    packed = pack(office, 50, batch="L1")
    office.do(correct_movement, CorrectMovement(packed.movement_id, 5, "Tastefejl"))
    assert left(office) == 5
    assert [row.quantity for row in office.rows(StockMovement)] == [50, 5]
    assert [row.quantity for row in office.ask(bag_now, office.actor, today=TODAY).history] == [5]
    corrected = office.rows(StockMovement)[1].id
    for command, code in (
        (CorrectMovement("nothing", 1, "x"), "no-such-fact"),
        (CorrectMovement(packed.movement_id, 7, "x"), "corrected-already"),
        (CorrectMovement(corrected, 9999, "x"), "packed-out-of-range"),
        (CorrectMovement(corrected, 1, ""), "reason-missing"),
    ):
        with pytest.raises(RuleRefusal, match=code):
            office.do(correct_movement, command)


def test_what_cannot_be_packed_is_refused_and_an_expired_batch_is_said(office):
    for command, code in (
        (PackBag(product="sweets", quantity=1), "unknown-product"),
        (PackBag(product="gum-2", quantity=0), "packed-out-of-range"),
        (PackBag(product="gum-2", quantity=1, price=-1), "negative-price"),
    ):
        with pytest.raises(RuleRefusal, match=code):
            office.do(pack_bag, command)
    assert pack(office, expires_on=date(2026, 11, 1)).is_expired
    assert not pack(office, expires_on=date(2027, 11, 1)).is_expired


def test_the_bag_of_a_colleague_is_another(office):
    pack(office)
    assert office.ask(bag_of, new_id(office.clock)) == ()
