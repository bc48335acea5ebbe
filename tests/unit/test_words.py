"""What the codes that rows carry are called: no code is ever shown as it is stored."""

import inspect
from collections.abc import Callable

import pytest

from app.domain.reports import words as in_reports
from app.domain.tasks import AtRisk, Kind, Task
from app.i18n import in_language
from app.services import make_extract, typing_forms
from app.ui import nicotine_words, record_words, words
from app.ui.contact import words as in_contact
from app.ui.course import words as in_course
from app.ui.inbox import words as in_inbox

CHAPTERS = (
    in_reports, make_extract, typing_forms, nicotine_words, record_words, words, in_contact, in_course, in_inbox,
)  # fmt: skip
NAMES = {"quoted", "month_word", "quarter_word", "product_word", "has_word", "kind_word"}
"""Of months; of products and letters, of which nothing is hidden: one that is not known is named by its key."""


def _of_one_code() -> list[Callable[[str], object]]:
    found = {
        f"{word.__module__}.{name}": word
        for chapter in CHAPTERS
        for name, word in inspect.getmembers(chapter, inspect.isfunction)
        if name.endswith("_word") and name not in NAMES
        if [parameter.annotation for parameter in inspect.signature(word).parameters.values()] == [str]
    }
    return [found[name] for name in sorted(found)]


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_code_that_a_newer_version_wrote_is_told_as_unknown_and_not_shown_as_it_is_stored(language):
    asked = _of_one_code()
    assert len(asked) > 30
    with in_language(language):
        for word in asked:
            said = str(word("newer_code"))
            assert "newer_code" not in said, word.__qualname__
            assert "Newer" not in said, word.__qualname__


def test_a_code_that_says_nothing_has_no_word():
    assert in_course.closing_word("") == words.place_kind_word("") == ""


@pytest.mark.parametrize(("said", "named"), [({"sender": "Dr. Holm"}, "Dr. Holm"), ({}, "Hospital referral")])
@pytest.mark.parametrize("thinking", [{}, {"thinking": "2026-11-10"}])
@pytest.mark.parametrize("kind", [Kind.WAITING, Kind.LETTER_REFERRER])
def test_what_is_done_for_whoever_referred_names_them_or_how_the_referral_came(kind, thinking, said, named):
    details = {"title": "Café", "day": "2026-11-03", "channel": "hospital", **said, **thinking}
    task = Task(
        key="k", kind=kind, at_risk=AtRisk.PERSON, due=None, rule="r", source="S4", details=tuple(details.items())
    )
    assert in_contact.task_words(task).endswith(f" · {named}")


def test_a_referral_that_came_electronically_is_named_in_reports():
    with in_language("da"):
        assert in_reports.channel_word("ref01") == "Elektronisk henvisning"


def test_a_handout_of_several_portions_says_how_many() -> None:
    with in_language("en"):
        assert words.product_word("patch-24h-21+2*gum-2") == "Patch 21\u00a0mg + Gum 2\u00a0mg × 2"
        assert words.handout_name("2*gum-2") == "Nicotine gum 2 mg × 2"
    assert words.product_word("newer-product") == "newer-product"
