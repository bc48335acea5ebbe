"""The base form: its questions in the order of STOPbasen's form, and what may be answered.

Every question knows more than yes and no: not asked, does not know, does not want to answer are answers of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.domain.dependence import ITEMS, item_score

FORM_VERSION: Final = 1
UNKNOWN: Final = ("not_asked", "does_not_know", "does_not_want")
ANSWERS: Final = ("given", *UNKNOWN)
PRODUCTS: Final = (
    "cigarettes",
    "rolled",
    "cheroots",
    "cigars",
    "pipe",
    "e_cigarette",
    "heated",
    "snus",
    "pouches",
)
"""What is used, from 2023 with the products that are not smoked; mixed use is common."""
COUNTED_AS_CIGARETTES: Final = ("cigarettes", "rolled")
"""What cigarettes a day adds up; how other products convert is not published, so they keep their raw numbers."""
SMOKED_BESIDE: Final = ("cheroots", "cigars", "pipe")
"""What is smoked and does not count as cigarettes: of whoever smokes that alone, no cigarettes are not smoke-free."""
MOST_A_DAY: Final = 200
"""Cigarettes, or pieces of another product, a day; more is a slip of the finger (three packs of twenty are rare)."""
MOST_YEARS: Final = 90
HIGHEST_PRICE: Final = 100_000
"""Øre a day above which an amount is a slip of the finger."""
CIGARETTES_IN_A_PACK: Final = 20


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    `kind`: choice (of `options`), number (0 to `most`), money (in øre), amounts (a number for each of `options`).
    """

    key: str
    kind: str
    options: tuple[str, ...] = ()
    most: int = 0


_YES_NO: Final = ("yes", "no")
FORM: Final = (
    Question(
        "education",
        "choice",
        (
            "folkeskole",
            "gymnasium",
            "short_courses",
            "skilled",
            "other_vocational",
            "short_higher",
            "medium_higher",
            "long_higher",
        ),
    ),
    Question(
        "occupation",
        "choice",
        (
            "working",
            "homemaker",
            "disability_pension",
            "early_retirement",
            "unemployed",
            "cash_benefit",
            "student",
            "on_leave",
            "pensioner",
            "other",
        ),
    ),
    Question("products", "amounts", PRODUCTS, MOST_A_DAY),
    *(Question(f"ftnd_{item}", "choice", tuple(answer for answer, _points in ITEMS[item])) for item in ITEMS),
    Question("years_smoked", "number", most=MOST_YEARS),
    Question("earlier_attempts", "choice", ("none", "one_to_three", "more")),
    Question("lives_with_smoker", "choice", _YES_NO),
    Question("recommended_by_professional", "choice", _YES_NO),
    Question("tried_medicine", "choice", _YES_NO),
    Question("setting", "choice", ("municipal_clinic", "pharmacy", "hospital", "midwife", "primary_care", "other")),
    Question("readiness", "number", most=10),
    Question("confidence", "number", most=10),
    Question("price_per_day", "money", most=HIGHEST_PRICE),
)
"""In the order in which the form is typed; the last three are ours and stand after it."""
QUESTIONS: Final = {question.key: question for question in FORM}


@dataclass(frozen=True, slots=True)
class Measured:
    """What an answer measures: a kind and a value as the measurement table has them, or why there is none."""

    kind: str
    value: float | None
    answer: str = "given"
    product: str = ""


def is_money(key: str) -> bool:
    """Return whether what a question asks for, and the measurement of that kind, is an amount of money in øre."""
    return key in QUESTIONS and QUESTIONS[key].kind == "money"


def problems(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return what is wrong with the answers, by question: "unknown-question", "unknown-answer" or "out-of-range"."""
    found = {}
    for key, said in answers.items():
        question = QUESTIONS.get(key)
        if question is None:
            found[key] = "unknown-question"
        elif said.get("answer") not in ANSWERS:
            found[key] = "unknown-answer"
        elif said["answer"] != "given":
            if said.get("value") is not None:
                found[key] = "unknown-answer"
        elif (problem := _wrong(question, said.get("value"))) is not None:
            found[key] = problem
    return found


def measured(answers: Mapping[str, Mapping[str, Any]]) -> tuple[Measured, ...]:
    """Return the measurements that the answers hold; a question that was left out measures nothing."""
    found: list[Measured] = []
    products = answers.get("products")
    if products is not None:
        if products["answer"] == "given":
            amounts: Mapping[str, float] = products["value"]
            smoked = sum(amounts[key] for key in COUNTED_AS_CIGARETTES if key in amounts)
            if smoked or not any(amounts.get(key) for key in SMOKED_BESIDE):
                found.append(Measured("cigarettes_per_day", float(smoked)))
            found += [
                Measured("product_per_day", float(amounts[key]), product=key) for key in PRODUCTS if key in amounts
            ]
        else:
            found.append(Measured("cigarettes_per_day", None, products["answer"]))
    found += [Measured(f"ftnd_{item}", float(score)) for item, score in dependence_scores(answers).items()]
    for key in ("readiness", "confidence", "price_per_day"):
        said = answers.get(key)
        if said is not None and said["answer"] == "given":
            found.append(Measured(key, float(said["value"])))
    return tuple(found)


def dependence_scores(answers: Mapping[str, Mapping[str, Any]]) -> dict[int, int]:
    """Return the scores (0 to 3) of the Fagerström items that were answered, by item; an unknown answer has none."""
    scores = {}
    for item in ITEMS:
        said = answers.get(f"ftnd_{item}")
        score = item_score(item, said["value"]) if said is not None and said.get("answer") == "given" else None
        if score is not None:
            scores[item] = score
    return scores


def answered(answers: Mapping[str, Mapping[str, Any]]) -> tuple[int, int]:
    """Return how many of the form's questions have an answer of any kind, and how many there are."""
    return sum(key in QUESTIONS and said.get("answer") != "not_asked" for key, said in answers.items()), len(FORM)


def pack_years(answers: Mapping[str, Mapping[str, Any]]) -> float | None:
    """Return years of smoking times packs of twenty a day, or None where either was not answered.

    Who smokes no cigarettes now has smoked something else, or stopped: nobody knows how many packs those years were.
    """
    years, products = answers.get("years_smoked"), answers.get("products")
    if years is None or products is None or years["answer"] != "given" or products["answer"] != "given":
        return None
    smoked = sum(products["value"].get(key, 0) for key in COUNTED_AS_CIGARETTES)
    return float(years["value"]) * float(smoked) / CIGARETTES_IN_A_PACK if smoked or not years["value"] else None


def _wrong(question: Question, value: Any) -> str | None:
    if question.kind == "choice":
        return None if value in question.options else "unknown-answer"
    if question.kind in ("number", "money"):
        return None if _is_number(value) and 0 <= value <= question.most else "out-of-range"
    if not isinstance(value, Mapping) or not set(value) <= set(question.options):
        return "unknown-answer"
    fits = all(_is_number(amount) and 0 <= amount <= question.most for amount in value.values())
    return None if fits else "out-of-range"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
