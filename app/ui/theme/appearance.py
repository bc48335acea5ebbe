"""Put the theme on the application: font, palette, stylesheet, and the little marks the stylesheet points to."""

import atexit
import functools
import importlib.util
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QDir, QSize, Qt, QTemporaryDir
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.own_folder import make_own
from app.settings import cache_directory
from app.ui.theme.icons import painted
from app.ui.theme.stylesheet import build_stylesheet
from app.ui.theme.tokens import DARK, LIGHT, Metrics, Tokens, metrics_for

FAMILY: Final = "FiraGO"
_FACES: Final = {"figo": "FiraGO_Regular.py", "figbo": "FiraGO_Bold.py"}
"""Faces as their package calls them, and the files in which it has them packed."""
_MARK_PIXELS: Final = 96
_MARKS: Final = {
    "check": ("check-bold", "on_accent", 1.0),
    "dash": ("minus-bold", "on_accent", 1.0),
    "dot": ("circle-fill", "on_accent", 0.55),
    "down": ("caret-down-bold", "ink_soft", 1.2),
    "up": ("caret-up-bold", "ink_soft", 1.2),
    "right": ("caret-right-bold", "ink_soft", 1.2),
    "left": ("caret-left-bold", "ink_soft", 1.2),
}


@dataclass
class _Appearance:
    tokens: Tokens = LIGHT
    metrics: Metrics = metrics_for(100)  # noqa: RUF009 - frozen
    width: int = 1280


_now = _Appearance()


def apply_theme(app: QApplication, theme: str = "system", text_size: int = 100) -> None:
    """Dress the whole application: theme "light", "dark" or "system", text size in percent of the system's own."""
    _now.tokens = DARK if _wants_dark(app, theme) else LIGHT
    _now.metrics = metrics_for(text_size, system_body=_system_body())
    if app.style() is None or app.style().objectName() != "fusion":
        app.setStyle(QStyleFactory.create("Fusion"))
    _load_font()
    font = QFont(FAMILY)
    font.setPixelSize(_now.metrics.body)
    # Columns of numbers stand in line.
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    app.setFont(font)
    app.setPalette(_palette(_now.tokens))
    _draw_marks(_now.tokens)
    app.setStyleSheet(build_stylesheet(_now.tokens, _now.metrics))


def current_tokens() -> Tokens:
    """Return the colours in use."""
    return _now.tokens


def current_metrics() -> Metrics:
    """Return the sizes in use."""
    return _now.metrics


def note_width(width: int) -> None:
    """Note how wide the window is by now, in pixels: what is made from now on is laid out for it."""
    _now.width = width


def width_of_window() -> int:
    """Return how wide the window was noted to be."""
    return _now.width


def is_dark() -> bool:
    """Return whether the dark theme is in use."""
    return _now.tokens is DARK


def _wants_dark(app: QApplication, theme: str) -> bool:
    if theme == "system":
        return app.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return theme == "dark"


def _system_body() -> int:
    """Return the system's own text size in pixels; our own font does not change it."""
    return QFontInfo(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)).pixelSize()


@functools.cache
def _load_font() -> None:
    for face in _FACES:
        kept = _unpacked(face)
        if kept is None or QFontDatabase.addApplicationFontFromData(_read(kept)) < 0:
            _unpack(face, kept)


def _read(kept: Path) -> bytes:
    """Return the unpacked face, nothing where it is not there.

    Qt itself would read the file only when something is drawn, and then it may have gone: somebody empties the cache,
    or another edition of the package is started.
    """
    try:
        return kept.read_bytes()
    except OSError:
        return b""


def _unpacked(face: str) -> Path | None:
    """Return where a face lies unpacked, or would: another edition of the package has other files.

    Unpacking takes longer than everything else that the first screen needs but Qt.
    """
    package = importlib.util.find_spec("pymupdf_fonts")
    if package is None or package.origin is None:
        return None
    try:
        packed = (Path(package.origin).parent / _FACES[face]).stat()
    except OSError:
        return None
    return cache_directory() / f"{face}-{packed.st_size}-{packed.st_mtime_ns}.ttf"


def _unpack(face: str, place: Path | None) -> None:
    """Take a face from its package, and keep it for the next start where there is a place for it."""
    import pymupdf_fonts  # noqa: PLC0415 - where it was not unpacked before

    content = bytes(pymupdf_fonts.myfont(face))
    QFontDatabase.addApplicationFontFromData(content)
    if place is not None:
        with suppress(OSError):
            make_own(place.parent)
            for outdated in place.parent.glob(f"{face}-*"):
                outdated.unlink()
            beside = place.with_name(f"{face}-new-{os.getpid()}")
            beside.write_bytes(content)
            beside.replace(place)


@functools.cache
def _marks_folder() -> QTemporaryDir:
    folder = QTemporaryDir()
    # By itself it stays where a window ends with the interpreter.
    atexit.register(folder.remove)
    return folder


def _draw_marks(tokens: Tokens) -> None:
    """Draw ticks and arrows to files, the only way a stylesheet can show them; one set per theme."""
    folder = _marks_folder()
    QDir.setSearchPaths("theme", [folder.path()])
    for name, (shape, colour, scale) in _MARKS.items():
        file = folder.filePath(f"{tokens.name}-{name}.png")
        if not QDir().exists(file):
            ink = getattr(tokens, colour)
            painted(shape, ink, ink, scale=scale).pixmap(QSize(_MARK_PIXELS, _MARK_PIXELS), 1.0).save(file)


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.paper,
        role.WindowText: tokens.ink,
        role.Base: tokens.surface,
        role.AlternateBase: tokens.sunken,
        role.Text: tokens.ink,
        role.Button: tokens.surface,
        role.ButtonText: tokens.ink,
        role.BrightText: tokens.problem,
        role.Highlight: tokens.accent_soft,
        role.HighlightedText: tokens.ink,
        role.Accent: tokens.accent,
        role.Link: tokens.accent_ink,
        role.LinkVisited: tokens.accent_ink,
        role.PlaceholderText: tokens.ink_soft,
        role.ToolTipBase: tokens.tooltip,
        role.ToolTipText: tokens.on_tooltip,
        role.Light: tokens.surface,
        role.Midlight: tokens.hover,
        role.Mid: tokens.line,
        role.Dark: tokens.line_strong,
        role.Shadow: tokens.line_strong,
    }
    for place, colour in colours.items():
        palette.setColor(place, QColor(colour))
    for place in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, place, QColor(tokens.ink_faint))
    return palette
