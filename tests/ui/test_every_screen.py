"""Every screen there is, walked by the tour: no untranslated or cut word, every control named, reached and seen."""

import gettext
import itertools
import re
import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractItemView, QLabel, QTableView
from sqlalchemy import String, select

from app import i18n
from app.apart import Apart
from app.domain.rules import RULES
from app.models.base import Base
from app.settings import DeviceSettings
from app.ui.widgets import RowTable, ScrollPage
from tests.trial_laptop import PASSPHRASE, make_laptop
from tests.ui.screens_seen import Picture, StrayWindows, controls, cut, seen, where, words_of
from tools.tour import before_enrolling, opened, whole_day

ROOT = Path(__file__).resolve().parents[2]
TOUCH = 40


class Tour:
    """Opens the application in one look and stops at every screen."""

    def __init__(self, home):
        self._home = home

    def stops(self, *, language, theme="light", text_size=100, with_forms=True, size=(1280, 720)):
        """Yield (name, day) at each stop."""
        DeviceSettings(language=language, theme=theme, text_size=text_size).save()
        empty = opened(self._home / "empty", size=size)
        for name in before_enrolling(empty):
            empty.settle()
            yield name, empty
        empty.end()
        make_laptop(self._home / "data")
        day = opened(self._home / "data", size=size)
        for name in whole_day(day, PASSPHRASE, with_forms=with_forms):
            day.settle()
            yield name, day
        day.end()


@pytest.fixture
def tour(tmp_path, monkeypatch, qapp, caplog):
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    stray = StrayWindows(qapp)
    yield Tour(tmp_path)
    qapp.removeEventFilter(stray)
    assert stray.found == []
    bugs = [record.getMessage() for record in caplog.get_records("call") if record.levelname == "ERROR"]
    assert not bugs, "\n".join(bugs)


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
    "name", "text", "note", "title", "paragraph", "label", "question", "trade", "substance", "source", "known",
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


# The product's own name, the two languages in their own words, units and keys.
NO_WORDS = {
    "pusterum", "dansk", "english", "ppm", "mg", "stopbasen", "kr", "dkk", "ctrl", "enter", "esc", "escape", "tab",
    "den", "co", "mette", "http", "https", "json", "pdf", "f5", "f6", "f7", "example", "pgdown", "pgup", "shift",
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
        if day.pusterum.store is not None:
            data |= words_of_the_data(day.pusterum.store)
        for widget in seen(day.pusterum.window):
            for text in words_of(widget):
                rest = text
                while (less := re.sub(r"⟦[^⟦⟧]*⟧", " ", rest)) != rest:
                    rest = less
                words = {word for word in re.findall(r"[^\W\d_]+", rest.casefold()) if len(word) >= SHORTEST_WORD}
                if unknown := words - known - data:
                    escaped.append(f"{name}: {where(widget)}: {text!r}: {sorted(unknown)}")
    assert not escaped, "\n".join(escaped)


LOOKS = [
    ("da", "light", 100), ("da", "dark", 125), ("da", "light", 150), ("da", "dark", 200),
    ("en", "dark", 100), ("en", "light", 125), ("en", "dark", 150), ("en", "light", 200),
]  # fmt: skip
"""Both languages at each size; each size and each language in both themes."""


@pytest.mark.parametrize(("language", "theme", "text_size"), LOOKS)
def test_no_word_is_cut_or_faint_and_every_control_has_a_name_a_role_and_room_for_a_finger(
    tour, language, theme, text_size
):
    faults = []
    for name, day in tour.stops(
        language=language, theme=theme, text_size=text_size, with_forms=text_size in (100, 200)
    ):
        window = day.pusterum.window
        picture = Picture(window)
        for widget in seen(window):
            text = widget.text() if isinstance(widget, QLabel) else (words_of(widget) or [""])[0]
            if said := cut(widget):
                faults.append(f"{name}: {where(widget)}: {text!r} {said}")
            if _is_wider_than_the_window(widget):
                faults.append(f"{name}: {where(widget)} is read by scrolling sideways")
            if _says_nothing(widget):
                faults.append(f"{name}: {where(widget)} says by its colour alone what it means")
            if said := picture.faint(widget):
                faults.append(f"{name}: {where(widget)}: {text!r} {said}")
        faults += [f"{name}: {where(widget)} {said}" for widget in controls(window) for said in _amiss(widget)]
    assert not faults, "\n".join(sorted(set(faults)))


@pytest.mark.parametrize(("language", "theme"), [("da", "light"), ("en", "dark")])
def test_in_a_small_window_enlarged_text_is_read_without_scrolling_sideways(tour, language, theme):
    faults = []
    for name, day in tour.stops(language=language, theme=theme, text_size=150, with_forms=False, size=(1024, 600)):
        for widget in seen(day.pusterum.window):
            if said := cut(widget):
                faults.append(f"{name}: {where(widget)}: {(words_of(widget) or [''])[0]!r} {said}")
            if _is_wider_than_the_window(widget):
                faults.append(f"{name}: {where(widget)} is read by scrolling sideways")
    assert not faults, "\n".join(sorted(set(faults)))


def test_a_window_that_is_made_small_and_large_again_is_laid_out_for_either_and_keeps_what_is_typed(laptop, qapp):
    DeviceSettings(language="da", theme="light", text_size=150).save()
    day = opened(laptop)
    window = day.pusterum.window
    day.unlock(PASSPHRASE)
    day.pusterum.workspace._desk.open("places")
    day.settle()
    for size in ((1024, 600), (1280, 720), (1024, 600)):
        before = day.pusterum.workspace
        window.resize(*size)
        day.wait(lambda before=before: day.pusterum.workspace is not before, "screens of that width")
        day.settle()
        assert day.pusterum.workspace.shown.objectName() == "places"
        day.pusterum.workspace._desk.open("today")
        day.settle()
        assert not [where(widget) for widget in seen(window) if cut(widget) or _is_wider_than_the_window(widget)]
        day.pusterum.workspace._desk.open("places")
        day.settle()
    day.click("new-place")
    day.press("Under Broen")
    window.resize(1280, 720)
    day.wait(lambda: not day.pusterum._fitting.isActive(), "the window to be fitted")
    day.settle()
    assert day.pusterum.workspace.shown.objectName() == "places"
    assert window.focusWidget().text() == "Under Broen"
    day.end()


def _is_wider_than_the_window(widget):
    return isinstance(widget, (RowTable, ScrollPage)) and widget.horizontalScrollBar().maximum() > 0


def _says_nothing(widget):
    """Whether a coloured pill or tile stands there without a word: its colour alone would then mean something."""
    if widget.property("badge"):
        return not any(letter.isalnum() for letter in widget.text())
    return bool(widget.property("tone")) and isinstance(widget, QLabel) and not (widget.text() or widget.pixmap())


def _amiss(widget):
    """What a control lacks: a name, a role, room for a finger."""
    spoken = QAccessible.queryAccessibleInterface(widget)
    if not spoken.text(QAccessible.Text.Name).strip():
        yield "has no name"
    if spoken.role() in (QAccessible.Role.NoRole, QAccessible.Role.Client):
        yield "has no role"
    if isinstance(widget, QAbstractItemView):
        if isinstance(widget, QTableView):
            rows = [widget.rowHeight(n) for n in range(min(1, widget.model().rowCount()))]
        else:
            rows = [widget.sizeHintForRow(0)] if widget.model() and widget.model().rowCount() else []
        if rows and rows[0] < TOUCH:
            yield f"has rows of {rows[0]}"
    elif min(widget.width(), widget.height()) < TOUCH:
        yield f"is {widget.width()}x{widget.height()}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_keyboard_reaches_every_control_in_the_order_of_the_eye_and_shows_where_it_is(tour, theme):
    faults = []
    for name, day in tour.stops(language="da", theme=theme, with_forms=theme == "light"):
        window = day.pusterum.window
        window.activateWindow()
        day.wait(window.isActiveWindow, "the window to be the active one")
        reachable = {
            widget for widget in controls(window) if widget.focusPolicy() & _TAB and widget.focusProxy() is None
        }
        chain = _chain(window)
        at = window.focusWidget()
        faults += [f"{name}: {where(widget)} is never reached" for widget in reachable - set(chain)]
        faults += [f"{name}: {one} comes before {other}" for one, other in _against_the_eye(chain)]
        faults += [f"{name}: {where(widget)} does not show the focus" for widget in _unseen(window, reachable)]
        if at is not None:
            at.setFocus()
    assert not faults, "\n".join(sorted(set(faults)))


_TAB = Qt.FocusPolicy.TabFocus


def _chain(window):
    """The widgets that Tab goes through, once around."""
    chain, widget = [], window.nextInFocusChain()
    while widget is not window and len(chain) < 5_000:
        if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & _TAB:
            chain.append(widget)
        widget = widget.nextInFocusChain()
    return chain


def _against_the_eye(chain):
    """Neighbours of one parent of which the second stands wholly above, or on the same line to the left."""
    against = []
    for one, other in itertools.pairwise(chain):
        if one.parent() is not other.parent():
            continue
        first = one.mapTo(one.window(), QPoint(0, 0))
        second = other.mapTo(other.window(), QPoint(0, 0))
        is_above = second.y() + other.height() <= first.y()
        overlaps = second.y() < first.y() + one.height() and first.y() < second.y() + other.height()
        if (is_above and second.x() <= first.x() + one.width()) or (overlaps and second.x() < first.x()):
            against.append((where(one), where(other)))
    return against


def _unseen(window, widgets):
    """Controls that look the same with and without the keyboard on them."""
    in_order = sorted(widgets, key=where)
    for number, widget in enumerate(in_order):
        if isinstance(widget, QAbstractItemView) and not widget.model().rowCount():
            continue
        in_order[number - 1].setFocus(Qt.FocusReason.TabFocusReason)
        without = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if widget.hasFocus() and len(in_order) > 1 and widget.grab().toImage() == without:
            yield widget
