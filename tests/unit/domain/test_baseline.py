import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.baseline import (
    FORM,
    MOST_A_DAY,
    MOST_YEARS,
    QUESTIONS,
    UNKNOWN,
    answered,
    is_money,
    measured,
    pack_years,
    problems,
)


def said(value):
    return {"answer": "given", "value": value}


def test_the_form_has_the_questions_of_the_national_one_in_its_order():
    keys = [question.key for question in FORM]
    assert keys[:4] == ["education", "occupation", "products", "ftnd_1"]
    assert keys.index("ftnd_6") < keys.index("years_smoked") < keys.index("setting") < keys.index("readiness")
    assert len(QUESTIONS) == len(FORM)


@given(st.sampled_from(FORM), st.sampled_from(UNKNOWN))
def test_unknown_is_an_answer_to_every_question_and_measures_nothing(question, answer):
    answers = {question.key: {"answer": answer, "value": None}}
    assert problems(answers) == {}
    assert all(found.value is None for found in measured(answers))


def test_what_cannot_be_is_named_by_its_question():
    answers = {
        "education": said("university of life"),
        "readiness": said(11),
        "confidence": said(True),
        "products": said({"cigarettes": -1}),
        "years_smoked": {"answer": "perhaps"},
        "lives_with_smoker": {"answer": "not_asked", "value": "yes"},
        "shoe_size": said(42),
        "price_per_day": said("much"),
        "occupation": said("working"),
    }
    assert problems(answers) == {
        "education": "unknown-answer",
        "readiness": "out-of-range",
        "confidence": "out-of-range",
        "products": "out-of-range",
        "years_smoked": "unknown-answer",
        "lives_with_smoker": "unknown-answer",
        "shoe_size": "unknown-question",
        "price_per_day": "out-of-range",
    }
    assert problems({"products": said({"hay": 3})}) == {"products": "unknown-answer"}
    assert problems({"products": said(7)}) == {"products": "unknown-answer"}


def test_both_ends_of_what_a_question_takes_are_answers():
    ends = {"readiness": said(10), "confidence": said(0), "years_smoked": said(MOST_YEARS), "price_per_day": said(0)}
    assert problems({**ends, "products": said({"cigarettes": MOST_A_DAY, "snus": 0})}) == {}
    assert problems({"years_smoked": said(MOST_YEARS + 1), "products": said({"snus": MOST_A_DAY + 1})}) == {
        "years_smoked": "out-of-range",
        "products": "out-of-range",
    }


def test_cigarettes_and_rolled_ones_add_up_and_every_product_keeps_its_own_number():
    found = measured({"products": said({"cigarettes": 10, "rolled": 5, "snus": 8})})
    assert [(m.kind, m.product, m.value) for m in found] == [
        ("cigarettes_per_day", "", 15),
        ("product_per_day", "cigarettes", 10),
        ("product_per_day", "rolled", 5),
        ("product_per_day", "snus", 8),
    ]


def test_items_readiness_confidence_and_price_are_measured():
    answers = {
        "ftnd_1": said("within_5"),
        "ftnd_4": {"answer": "does_not_know", "value": None},
        "readiness": said(7),
        "price_per_day": said(6000),
    }
    assert {(m.kind, m.value) for m in measured(answers)} == {("ftnd_1", 3), ("readiness", 7), ("price_per_day", 6000)}


def test_pack_years_need_years_and_amount():
    both = {"years_smoked": said(30), "products": said({"cigarettes": 20, "rolled": 10})}
    assert pack_years(both) == pytest.approx(45)
    assert pack_years({"years_smoked": said(30)}) is None
    assert pack_years({**both, "years_smoked": {"answer": "does_not_know"}}) is None


@pytest.mark.parametrize("smoked", ["cheroots", "cigars", "pipe"])
def test_who_smokes_something_else_alone_is_not_said_to_smoke_no_cigarettes(smoked):
    """STOPbasen's form counts each product by itself, and unknown is not none (domain of the profession, 1.3)."""
    found = measured({"products": said({"cigarettes": 0, smoked: 15, "snus": 3})})
    assert [(m.kind, m.product) for m in found] == [
        ("product_per_day", "cigarettes"),
        ("product_per_day", smoked),
        ("product_per_day", "snus"),
    ]
    both = measured({"products": said({"rolled": 4, smoked: 15})})
    assert (both[0].kind, both[0].value) == ("cigarettes_per_day", 4)


@pytest.mark.parametrize("amounts", [{"cigarettes": 0}, {"snus": 8}, {"pouches": 5, "cheroots": 0}, {"e_cigarette": 1}])
def test_who_smokes_nothing_smokes_no_cigarettes_whatever_nicotine_they_use(amounts):
    found = measured({"products": said(amounts)})
    assert (found[0].kind, found[0].value) == ("cigarettes_per_day", 0)


def test_pack_years_of_who_smokes_no_cigarettes_now_are_not_known():
    assert pack_years({"years_smoked": said(30), "products": said({"pipe": 8})}) is None
    assert pack_years({"years_smoked": said(0), "products": said({"snus": 8})}) == 0


def test_how_far_the_form_is_answered_counts_every_answer_but_not_asked():
    answers = {"education": said("folkeskole"), "setting": {"answer": "not_asked"}, "readiness": said(3)}
    assert answered(answers) == (2, len(FORM))


def test_of_the_form_only_the_price_is_money_and_what_is_no_question_is_none():
    assert [question.key for question in FORM if is_money(question.key)] == ["price_per_day"]
    assert not is_money("co_ppm")
