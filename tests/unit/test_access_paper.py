"""Promises of the paper that tells somebody who looked at their data."""

from datetime import UTC, datetime

import pytest

from app.i18n import in_language
from app.services.make_document import Paper
from app.services.make_extract import Words, access_paper, paper_word
from app.storage.queries.extract import AccessLine
from app.ui.words import entity_word, field_word

WORDS = Words(entity=entity_word, field=field_word, value=lambda _entity, _field, value: str(value))


def said(what: str) -> str:
    line = AccessLine(datetime(2026, 11, 24, 9, 0, tzinfo=UTC), "view", what, "Mette Holm")
    with in_language("da"):
        (section,) = access_paper("Bo", [line], WORDS).sections
    ((_at, words),) = section.lines
    return words


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("paper: nrt_card", "Set · Papir: kort til nikotinmedicinen · Mette Holm"),
        ("paper: diploma", "Set · Papir: diplom · Mette Holm"),
        ("reports: activity, reach", "Set · Rapport · Mette Holm"),
        ("reports 1. jan. 2026 – 30. jun. 2026", "Set · Rapport · Mette Holm"),
        ("message: henvisning.xml", "Set · Brev, der kom ind · Mette Holm"),
        ("text message", "Set · Sms · Mette Holm"),
        ("attendance, handout", "Set · Fremmøde, Udlevering · Mette Holm"),
    ],
)
def test_what_was_seen_is_said_in_words(what: str, words: str) -> None:
    assert said(what) == words


@pytest.mark.parametrize("paper", [*Paper, "diploma"])
def test_every_paper_has_a_word(paper: str) -> None:
    with in_language("da"):
        assert "ukendt" not in paper_word(paper)
