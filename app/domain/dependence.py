"""How dependent somebody is: the Fagerström test (FTND) and its two-question short form (HSI).

Items are scored 0 to 3; a score needs every item, because a question that was not asked is not a no. Both tests are for
cigarettes.
"""

from collections.abc import Mapping
from typing import Final

ITEMS: Final[dict[int, tuple[tuple[str, int], ...]]] = {
    1: (("within_5", 3), ("within_30", 2), ("within_60", 1), ("later", 0)),
    2: (("yes", 1), ("no", 0)),
    3: (("first_in_the_morning", 1), ("any_other", 0)),
    4: (("up_to_10", 0), ("up_to_20", 1), ("up_to_30", 2), ("above_30", 3)),
    5: (("yes", 1), ("no", 0)),
    6: (("yes", 1), ("no", 0)),
}
"""The answers of each question, with their scores."""
_HSI_ITEMS: Final = (1, 4)


def item_score(item: int, answer: str) -> int | None:
    """Return the score of an answer; None where it is unknown, as a newer version may have one."""
    return dict(ITEMS[item]).get(answer)


def cigarettes_item(cigarettes: float) -> int:
    """Return the score of the fourth question for so many cigarettes a day."""
    return 0 if cigarettes <= 10 else 1 if cigarettes <= 20 else 2 if cigarettes <= 30 else 3


def ftnd(scores: Mapping[int, int]) -> int | None:
    """Return the sum of all six items (0 to 10), or None where one of them has no answer."""
    return sum(scores[item] for item in ITEMS) if all(item in scores for item in ITEMS) else None


def hsi(scores: Mapping[int, int]) -> int | None:
    """Return the sum of items 1 and 4 (0 to 6), or None where one of them has no answer."""
    return sum(scores[item] for item in _HSI_ITEMS) if all(item in scores for item in _HSI_ITEMS) else None


def ftnd_band(score: int) -> str:
    """Return low (0 to 3), moderate (4 to 6) or high (7 to 10)."""
    return "low" if score <= 3 else "moderate" if score <= 6 else "high"


def hsi_band(score: int) -> str:
    """Return low (0 to 2), moderate (3 to 4) or high (5 to 6)."""
    return "low" if score <= 2 else "moderate" if score <= 4 else "high"
