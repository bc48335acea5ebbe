import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.dependence import ITEMS, cigarettes_item, ftnd, ftnd_band, hsi, hsi_band, item_score

SCORES = st.fixed_dictionaries({item: st.integers(0, max(points for _answer, points in ITEMS[item])) for item in ITEMS})


@given(SCORES)
def test_the_score_is_the_sum_of_six_answers_from_none_to_ten(scores):
    assert ftnd(scores) == sum(scores.values())
    assert 0 <= ftnd(scores) <= 10
    assert hsi(scores) == scores[1] + scores[4]
    assert 0 <= hsi(scores) <= 6


@given(SCORES, st.sampled_from(sorted(ITEMS)))
def test_without_one_answer_there_is_no_score_and_the_short_form_needs_only_its_own_two(scores, missing):
    del scores[missing]
    assert ftnd(scores) is None
    assert (hsi(scores) is None) == (missing in (1, 4))


@pytest.mark.parametrize(
    ("cigarettes", "score"), [(0, 0), (10, 0), (11, 1), (20, 1), (20.5, 2), (30, 2), (31, 3), (80, 3)]
)
def test_the_fourth_question_follows_from_cigarettes_a_day(cigarettes, score):
    assert cigarettes_item(cigarettes) == score


def test_the_bands_are_those_of_the_tests():
    assert [ftnd_band(score) for score in range(11)] == ["low"] * 4 + ["moderate"] * 3 + ["high"] * 4
    assert [hsi_band(score) for score in range(7)] == ["low"] * 3 + ["moderate"] * 2 + ["high"] * 2


def test_answers_have_the_scores_of_the_test_and_an_unknown_one_has_none():
    assert item_score(1, "within_5") == 3
    assert item_score(3, "any_other") == 0
    assert item_score(2, "perhaps") is None
