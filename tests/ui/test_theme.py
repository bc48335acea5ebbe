import os
import re
import subprocess
import sys
import time
from itertools import pairwise

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QRawFont
from PySide6.QtWidgets import QLineEdit, QSpinBox, QTableView, QToolButton, QWidget

from app.error_text import Sentence
from app.ui import widgets
from app.ui.theme import DARK, LIGHT, appearance, apply_theme, icon, is_dark
from app.ui.theme.stylesheet import build_stylesheet
from app.ui.theme.tokens import SHAPE_PAIRS, TEXT_PAIRS, metrics_for
from app.ui.widgets import (
    Badge,
    BusyIndicator,
    EmptyState,
    IconButton,
    NoticeBar,
    OneLine,
    PageHeader,
    button,
    dress_table,
    label,
)
from tests.trial_laptop import make_laptop

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize(
    "name",
    ["Åse Đặng", "Γιώργος", "Юлія", "דוד", "محمد", "ژیان ڕۆژ", "ٹیپو", "გიორგი", "สมชาย", "सीता"],
)
def test_a_script_that_the_guide_calls_always_drawn_is_in_the_font_that_comes_along(name):
    own = QRawFont.fromFont(QFont(appearance.FAMILY))
    assert own.familyName() == appearance.FAMILY
    assert not [letter for letter in name if not letter.isspace() and not own.supportsCharacter(ord(letter))]


def luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_every_text_can_be_read_on_its_ground(tokens, ink, ground):
    assert contrast(getattr(tokens, ink), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_every_outline_can_be_seen_on_its_ground(tokens, shape, ground):
    assert contrast(getattr(tokens, shape), getattr(tokens, ground)) >= 3


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_stylesheet_knows_no_colour_but_the_tokens(tokens):
    sheet = build_stylesheet(tokens, metrics_for(100))
    named = {getattr(tokens, name) for name in tokens.__slots__}
    assert set(re.findall(r"#[0-9a-f]{6}\b", sheet)) <= named
    assert "$" not in sheet


@pytest.mark.parametrize("size", [100, 125, 150, 200])
def test_what_is_touched_is_large_enough(size):
    metrics = metrics_for(size)
    assert metrics.control >= 40
    assert metrics.row >= 40
    assert metrics.body == round(15 * size / 100)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [100, 200])
def test_the_theme_dresses_everything_without_a_complaint_from_qt(qapp, qtbot, theme, size):
    apply_theme(qapp, theme, size)
    parts = [button("Save", name="save", kind=kind, shows="check") for kind in ("", "primary", "quiet", "danger")]
    parts += [QLineEdit(), QSpinBox(), QTableView(), Badge("New", tone="amber"), IconButton("x", "Close", name="close")]
    parts += [EmptyState("calendar-blank", "No sessions today", "They appear here.", action="New session")]
    window = QWidget()
    qtbot.addWidget(window)
    for part in parts:
        part.setParent(window)
    window.grab()
    assert is_dark() == (theme == "dark")
    for part in parts[:6]:
        assert part.sizeHint().height() >= 40


@pytest.mark.parametrize(("theme", "tokens"), [("light", LIGHT), ("dark", DARK)])
@pytest.mark.parametrize(
    ("kind", "fill", "inside"), [("primary", "accent", "on_accent"), ("danger", "problem", "on_problem")]
)
def test_what_has_the_keyboard_is_seen_on_a_filled_button_by_light_and_dark_alone(
    qapp, qtbot, theme, tokens, kind, fill, inside
):
    apply_theme(qapp, theme, 100)
    window = QWidget()
    qtbot.addWidget(window)
    made = button("Save", name="save", kind=kind)
    made.setParent(window)
    window.show()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    image = made.grab().toImage()
    from_the_edge = [image.pixelColor(x, image.height() // 2).name() for x in range(8)]
    seen = list(dict.fromkeys(from_the_edge))
    assert seen == [tokens.focus, getattr(tokens, inside), getattr(tokens, fill)]
    assert all(contrast(one, other) >= 3 for one, other in pairwise(seen))


@pytest.mark.parametrize("size", [100, 125, 150, 200])
def test_a_button_that_shows_an_icon_is_as_tall_as_the_field_beside_it(qapp, qtbot, size):
    apply_theme(qapp, "light", size)
    field, beside = QLineEdit(), IconButton("calendar-blank", "Choose", name="choose")
    for made in (field, beside):
        qtbot.addWidget(made)
        made.ensurePolished()
    assert beside.sizeHint() == QSize(metrics_for(size).control, field.sizeHint().height())


def test_icons_are_sharp_at_double_resolution(dressed):
    drawn = icon("house").pixmap(QSize(24, 24), 2.0)
    assert drawn.size() == QSize(48, 48)
    assert drawn.toImage().pixelColor(0, 0).alpha() == 0


def test_a_table_has_roomy_rows(dressed, qtbot):
    table = QTableView()
    qtbot.addWidget(table)
    dress_table(table)
    assert table.verticalHeader().defaultSectionSize() >= 40


def test_a_notice_says_its_sentence_offers_its_action_and_goes_away(dressed, qtbot):
    bar = NoticeBar()
    qtbot.addWidget(bar)
    assert bar.shown_text == ""
    done = []
    sentence = Sentence("The disk is full.", "All is safe.", "Make room.")
    bar.show_notice("problem", sentence, action="Try again", on_action=lambda: done.append(1))
    assert bar.shown_text == "The disk is full. All is safe. Make room."
    bar.findChild(QWidget, "notice-action").click()
    assert done == [1]
    with qtbot.waitSignal(bar.dismissed):
        bar.findChild(QToolButton, "notice-dismiss").click()
    assert bar.shown_text == ""


def test_markup_in_a_name_is_shown_and_not_obeyed(dressed, qtbot):
    header = PageHeader("<b>Kaptajnen</b>")
    qtbot.addWidget(header)
    assert header.findChild(QWidget, "page-title").textFormat() is Qt.TextFormat.PlainText


def test_quick_work_does_not_flicker(dressed, qtbot):
    busy = BusyIndicator()
    qtbot.addWidget(busy)
    busy.start("Saving")
    assert busy.isHidden()
    busy.stop()
    busy.start("Saving")
    qtbot.waitUntil(busy.isVisible)
    busy.show_progress(3, 10)
    busy.stop()
    assert busy.isHidden()


def test_every_part_of_a_screen_is_found_where_it_is_at_home():
    assert sorted(widgets._HOME_OF) == sorted(widgets.__all__)
    for name in widgets.__all__:
        assert getattr(widgets, name).__module__ == f"app.ui.widgets.{widgets._HOME_OF[name]}"


def test_a_font_is_unpacked_once_and_anew_where_it_was_damaged_or_comes_from_another_edition(
    qapp, tmp_path, monkeypatch
):
    monkeypatch.setenv("PUSTERUM_HOME", str(tmp_path))
    load = appearance._load_font.__wrapped__
    outdated = tmp_path / "cache" / "figo-1-1.ttf"
    outdated.parent.mkdir()
    outdated.write_bytes(b"older")
    load()
    kept = {path: path.read_bytes() for path in outdated.parent.iterdir()}
    assert len(kept) == 2
    assert outdated not in kept
    damaged = min(kept)
    damaged.write_bytes(b"torn")
    unpacked, unpack = [], appearance._unpack
    monkeypatch.setattr(appearance, "_unpack", lambda face, place: unpacked.append(place) or unpack(face, place))
    load()
    assert unpacked == [damaged]
    assert {path: path.read_bytes() for path in outdated.parent.iterdir()} == kept
    load()
    assert unpacked == [damaged]


_WIDTHS = """
import os, pathlib, shutil, sys
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QApplication
from app.ui.theme import apply_theme
application = QApplication([])
apply_theme(application)
if sys.argv[1] == "emptied":
    shutil.rmtree(pathlib.Path(os.environ["PUSTERUM_HOME"]) / "cache")
bold = QFont(application.font())
bold.setBold(True)
print(*(QFontMetricsF(font).horizontalAdvance("Grzegorz") for font in (application.font(), bold)))
"""


def test_words_are_drawn_as_ever_where_the_cache_is_emptied_meanwhile(tmp_path):
    environment = {**os.environ, "PUSTERUM_HOME": str(tmp_path)}
    widths = [
        subprocess.run(
            [sys.executable, "-c", _WIDTHS, cache], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for cache in ("filled", "emptied")
    ]
    assert widths[0] == widths[1] != ""


@pytest.mark.parametrize("size", [100, 125, 150, 200])
def test_the_ring_over_a_capital_letter_is_drawn_whole(qapp, qtbot, size):
    apply_theme(qapp, "light", size)
    kinds = ("display", "title", "heading", "lead", "body", "strong", "soft", "caption", "error")
    lines = [OneLine(type=kind) for kind in kinds]
    for line in lines:
        line.show_words("Åse")
    for made in [label("Åse", type=kind, wrap=wrap) for kind in kinds for wrap in (True, False)] + lines:
        qtbot.addWidget(made)
        made.resize(200, made.sizeHint().height())
        as_it_is = _ink(made)
        made.setContentsMargins(0, 50, 0, 0)
        made.resize(200, made.sizeHint().height())
        assert as_it_is == _ink(made) > 0


def _ink(made):
    """How much of a widget's picture is drawn on."""
    image = made.grab().toImage()
    ground = image.pixel(image.width() - 1, 0)
    return sum(image.pixel(x, y) != ground for x in range(image.width()) for y in range(image.height()))


def test_a_window_that_was_closed_leaves_no_folder_of_marks_behind(tmp_path):
    temporary, laptop = tmp_path / "temporary", tmp_path / "laptop"
    temporary.mkdir()
    make_laptop(laptop)
    where = {"TMPDIR": str(temporary), "TEMP": str(temporary), "PUSTERUM_HOME": str(tmp_path / "home")}
    what = [sys.executable, "-m", "bench.first_frame", "pusterum", str(laptop)]
    subprocess.run(what, check=True, capture_output=True, timeout=120, env=os.environ | where)
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program at once, and asks it nothing")
def test_a_window_that_the_system_ends_leaves_no_folder_of_marks_behind(tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    where = {"TMPDIR": str(temporary), "PUSTERUM_HOME": str(tmp_path / "home")}
    with subprocess.Popen([sys.executable, "main.py"], env=os.environ | where) as running:
        deadline = time.monotonic() + 60
        # The lock comes after the marks, and just before the event loop.
        while not (tmp_path / "home" / "data" / "pusterum.lock").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert list(temporary.iterdir()) != []
        running.terminate()
        assert running.wait(30) == 0
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "home" / "data" / "pusterum.lock").exists()
