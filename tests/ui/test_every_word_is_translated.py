"""No word on any screen escapes translation: every sentence is marked on its way out of the catalogue."""

import gettext
import re
import tomllib
from pathlib import Path

from sqlalchemy import String, select

from app import i18n
from app.apart import Apart
from app.domain.rules import RULES
from app.models.base import Base
from tests.ui.screens_seen import seen, where, words_of

ROOT = Path(__file__).resolve().parents[2]


class Marked(gettext.NullTranslations):
    """A language in which every sentence that went through the catalogue is marked."""

    def gettext(self, message):
        return f"⟦{message}⟧"

    def ngettext(self, one, several, n):
        return f"⟦{one if n == 1 else several}⟧"


CODES = {"id", "kind", "state", "status", "channel", "purpose", "outcome", "role", "approach", "answer", "format"}


def words_of_the_data(store):
    """Words that people wrote: names, titles, notes; the codes that rows carry are none of them."""
    found = set()
    with store.session() as reading:
        for table in Base.metadata.tables.values():
            for column in table.columns:
                is_code = column.name in CODES or column.name.endswith(("_id", "_kind", "_by", "_status"))
                if isinstance(column.type, String) and not is_code:
                    for text in reading.scalars(select(column).distinct()):
                        found.update(re.findall(r"[^\W\d_]+", str(text).casefold()))
    return found


REFERENCE_FIELDS = (
    "name", "text", "title", "paragraph", "label", "question", "trade", "substance", "source", "known",
    "action",
)  # fmt: skip


def words_of_reference_data():
    """Products, substances, rules and months are data in each language, with names of their own."""
    found = set()
    for rule in RULES:
        # The registry names every rule in both languages, and the page shows the user's own.
        assert rule.title, rule.key
        assert rule.title_da, rule.key
        found.update(re.findall(r"[^\W\d_]+", f"{rule.title} {rule.title_da}".casefold()))
    for path in (ROOT / "resources").rglob("*.toml"):
        for name, text in _texts(tomllib.loads(path.read_text(encoding="utf-8"))):
            if name.startswith(REFERENCE_FIELDS):
                found.update(re.findall(r"[^\W\d_]+", text.casefold()))
    for language in ("da_DK", "en_GB"):
        locale = i18n._locale(language)
        for names in (locale.months, locale.days):
            for width in names["format"].values():
                for text in width.values():
                    found.update(re.findall(r"[^\W\d_]+", text.casefold()))
    return found


def _texts(node, name=""):
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from _texts(inner, key)
    elif isinstance(node, list):
        for inner in node:
            yield from _texts(inner, name)
    elif isinstance(node, str):
        yield name, node


# The product's own name, the two languages in their own words, units and keys, and what the tour types for a number.
NO_WORDS = {
    "pusterum", "dansk", "english", "ppm", "mg", "stopbasen", "kr", "dkk", "ctrl", "enter", "esc", "escape", "tab",
    "den", "co", "mette", "http", "https", "json", "pdf", "f5", "f6", "f7", "example", "pgdown", "pgup", "shift",
    "mange",
}  # fmt: skip
SHORTEST_WORD = 3


def test_no_word_on_any_screen_escapes_translation(tour, monkeypatch):
    monkeypatch.setattr(i18n, "_catalogue", lambda _code: Marked())
    # Words are marked in this process alone: what is done in another one is done here.
    monkeypatch.setattr(Apart, "do", lambda _self, job, tell=None: job() if tell is None else job(progress=tell))
    known = words_of_reference_data() | NO_WORDS
    data = set()
    escaped = []
    for name, day in tour.stops(language="da"):
        for widget in seen(day.pusterum.window):
            for text in words_of(widget):
                rest = text
                while (less := re.sub(r"⟦[^⟦⟧]*⟧", " ", rest)) != rest:
                    rest = less
                words = {word for word in re.findall(r"[^\W\d_]+", rest.casefold()) if len(word) >= SHORTEST_WORD}
                if words - known - data and day.pusterum.store is not None:
                    # The tour writes on its way: what is unknown may have been written since they were read last.
                    data |= words_of_the_data(day.pusterum.store)
                if unknown := words - known - data:
                    escaped.append(f"{name}: {where(widget)}: {text!r}: {sorted(unknown)}")
    assert not escaped, "\n".join(escaped)
