"""Put the theme on the application: font, palette, stylesheet, and the little marks the stylesheet points to."""

import functools
from dataclasses import dataclass
from typing import Final

import pymupdf_fonts
from PySide6.QtCore import QDir, QSize, Qt, QTemporaryDir
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.ui.theme.icons import painted
from app.ui.theme.stylesheet import build_stylesheet
from app.ui.theme.tokens import DARK, LIGHT, Metrics, Tokens, metrics_for

FAMILY: Final = "FiraGO"
_FACES: Final = ("figo", "figbo")
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
        QFontDatabase.addApplicationFontFromData(pymupdf_fonts.myfont(face))


@functools.cache
def _marks_folder() -> QTemporaryDir:
    return QTemporaryDir()


def _draw_marks(tokens: Tokens) -> None:
    """Draw ticks and arrows to files, the only way a stylesheet can show them; one set per theme."""
    folder = _marks_folder()
    QDir.setSearchPaths("theme", [folder.path()])
    for name, (shape, colour, scale) in _MARKS.items():
        file = folder.filePath(f"{tokens.name}-{name}.png")
        if not QDir().exists(file):
            ink = getattr(tokens, colour)
            painted(shape, ink, ink, ink, scale=scale).pixmap(QSize(_MARK_PIXELS, _MARK_PIXELS), 1.0).save(file)


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
