"""Icons of one family (Phosphor), drawn in the colours of the theme at whatever size and resolution is asked for.

The font comes with the package QtAwesome. Its front door imports all of Qt's drawing modules, which takes as long as
the rest of the first screen, so the font is read from the package and drawn here.
"""

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

FONT: Final = "phosphor-1.3.0.ttf"
CHARACTERS: Final = "phosphor-charmap-1.3.0.json"
_FILLS: Final = 0.875
"""How much of an icon's height its glyph takes, so that no stroke is cut."""


def icon(name: str, *, colour: str = "ink") -> QIcon:
    """Return the Phosphor icon `name` ("house", "gear-fill") in the colour token `colour` of the theme in use.

    Buttons made in one theme keep its colours; screens are rebuilt when the theme changes.
    """
    from app.ui.theme.appearance import current_tokens  # noqa: PLC0415 - the appearance draws its own marks with us

    tokens = current_tokens()
    return painted(name, getattr(tokens, colour), tokens.ink_faint)


@cache
def painted(name: str, colour: str, disabled: str, *, scale: float = 1.0) -> QIcon:
    """Return the icon in colours given as "#rrggbb", `scale` of its usual size; KeyError where none has the name."""
    modes = {
        QIcon.Mode.Normal: colour,
        QIcon.Mode.Disabled: disabled,
        QIcon.Mode.Active: colour,
        QIcon.Mode.Selected: colour,
    }
    # Qt and Python each believe that they own an engine, so none is ever let go: an icon is made once and kept.
    engine = _Glyph(chr(int(_characters()[name], 16)), modes, scale)
    _kept.append(engine)
    return QIcon(engine)


_kept: list[QIconEngine] = []


class _Glyph(QIconEngine):
    """Draws one glyph of the family in the colour of the icon's mode."""

    def __init__(self, glyph: str, colours: dict[QIcon.Mode, str], scale: float) -> None:
        super().__init__()
        self._glyph = glyph
        self._colours = colours
        self._scale = scale
        self._drawn: dict[tuple[int, int, QIcon.Mode], QPixmap] = {}

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _state: QIcon.State) -> None:
        painter.save()
        font = QFont(_family())
        font.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
        font.setPixelSize(max(1, round(rect.height() * _FILLS * self._scale)))
        painter.setFont(font)
        painter.setPen(QColor(self._colours[mode]))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._glyph)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        wanted = (size.width(), size.height(), mode)
        if wanted not in self._drawn:
            self._drawn[wanted] = self._draw(size, mode, state)
        return self._drawn[wanted]

    def _draw(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        drawn = QPixmap(size)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return drawn

    def clone(self) -> QIconEngine:
        twin = _Glyph(self._glyph, self._colours, self._scale)
        _kept.append(twin)
        return twin


def _folder() -> Path:
    package = importlib.util.find_spec("qtawesome")
    assert package is not None  # noqa: S101 - it is in the lock file
    assert package.origin is not None  # noqa: S101
    return Path(package.origin).parent / "fonts"


@cache
def _characters() -> dict[str, str]:
    known: dict[str, str] = json.loads((_folder() / CHARACTERS).read_text(encoding="utf-8"))
    return known


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_folder() / FONT))
    return QFontDatabase.applicationFontFamilies(number)[0]
