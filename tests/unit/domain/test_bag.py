from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.domain.bag import Handed, Movement, bag, expired, first_to_expire, put_back, thrown_away
from app.domain.products import products

MAY, JUNE = date(2027, 5, 1), date(2027, 6, 1)
KEYS = st.sampled_from([*list(products())[:3], "something else"])
MOVES = st.lists(
    st.builds(
        Movement, KEYS, st.integers(-5, 20), st.sampled_from(("packed", "returned", "explained")), st.sampled_from("AB")
    )
)
OUTS = st.lists(st.builds(Handed, KEYS, st.integers(1, 3), st.sampled_from(("", "A", "B"))))


def balances(lines):
    return {line.product: line.left for line in lines}


def signed(move):
    return -move.quantity if move.kind == "returned" else move.quantity


@given(MOVES, OUTS)
def test_what_should_be_left_is_the_sum_of_everything_that_moved(moves, outs):
    lines = bag(moves, outs)
    assert sum(line.left for line in lines) == sum(map(signed, moves)) - sum(out.quantity for out in outs)
    assert len({line.product for line in lines}) == len(lines)


@given(MOVES, OUTS)
def test_the_order_in_which_things_happened_changes_no_balance(moves, outs):
    assert balances(bag(moves, outs)) == balances(bag(moves[::-1], outs[::-1]))


def test_a_difference_explained_is_gone_the_next_time():
    packed = Movement("gum-2", 5, "packed")
    [line] = bag([packed], [Handed("gum-2", 2)])
    assert (line.left, line.difference(2)) == (3, -1)
    [after] = bag([packed, Movement("gum-2", -1, "explained")], [Handed("gum-2", 2)])
    assert after.difference(2) == 0


def test_the_batch_that_expires_first_is_offered_while_something_is_left_of_it():
    moves = [
        Movement("gum-2", 2, "packed", "late", JUNE, 900),
        Movement("gum-2", 1, "packed", "early", MAY, 800),
        Movement("gum-2", 3, "packed", "unmarked"),
    ]
    [line] = bag(moves, [])
    assert first_to_expire(line).batch == "early"
    [line] = bag(moves, [Handed("gum-2", 1, "early")])
    assert first_to_expire(line).batch == "late"
    assert first_to_expire(line, batch="unmarked").left == 3
    assert first_to_expire(line, batch="unheard of") is None
    [empty] = bag([], [Handed("gum-2", 1)])
    assert empty.left == -1
    assert first_to_expire(empty) is None


def test_what_has_expired_in_the_bag_is_named():
    moves = [Movement("gum-2", 2, "packed", "old", MAY), Movement("gum-2", 2, "packed", "new", JUNE)]
    [line] = bag(moves, [])
    assert [batch.batch for batch in expired(line, JUNE)] == ["old"]
    assert expired(line, MAY) == ()


def test_lines_come_in_the_order_of_the_reference_data_and_unknown_products_last():
    keys = list(products())
    lines = bag([Movement(key, 1, "packed") for key in ("zz", keys[4], keys[0])], [])
    assert [line.product for line in lines] == [keys[0], keys[4], "zz"]


def test_what_is_put_back_or_thrown_away_is_said_by_batch_and_what_no_batch_explains_by_none():
    (line,) = bag(
        [Movement("gum-2", 2, "packed", "A", expires_on=MAY), Movement("gum-2", 4, "packed", "B", expires_on=JUNE)], []
    )
    thrown = thrown_away(line, 2, JUNE)
    assert thrown == {"A": 2}
    assert put_back(line, 4, thrown=thrown) == {"B": 4}
    assert put_back(line, 5, thrown=thrown) == {"B": 4, "": 1}
