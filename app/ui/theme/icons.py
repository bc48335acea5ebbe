"""Icons of one family (Phosphor), drawn in the colours of the theme at whatever size and resolution is asked for."""

import os
from functools import lru_cache
from typing import Any, Final

from PySide6.QtGui import QIcon

os.environ.setdefault("QT_API", "pyside6")

FONT: Final = ("ph", "phosphor-1.3.0.ttf", "phosphor-charmap-1.3.0.json")


def icon(name: str, *, colour: str = "ink", disabled: str = "ink_faint", active: str | None = None) -> QIcon:
    """Return the Phosphor icon `name` ("house", "gear-fill") in the colour token `colour` of the theme in use.

    Buttons made in one theme keep its colours; screens are rebuilt when the theme changes.
    """
    from app.ui.theme.appearance import current_tokens  # noqa: PLC0415 - the appearance draws its own marks with us

    tokens = current_tokens()
    return painted(name, getattr(tokens, colour), getattr(tokens, disabled), getattr(tokens, active or colour))


def painted(name: str, colour: str, disabled: str, active: str, *, scale: float = 1.0) -> QIcon:
    """Return the icon in colours given as "#rrggbb", `scale` of its usual size."""
    options = {"color": colour, "color_disabled": disabled, "color_active": active, "color_selected": colour}
    drawn: QIcon = _family().icon(f"ph.{name}", scale_factor=scale, **options)
    return drawn


@lru_cache
def _family() -> Any:
    # QtAwesome's own front door would load a dozen fonts; one family is enough.
    from qtawesome.iconic_font import IconicFont  # noqa: PLC0415 - needs the application to exist

    return IconicFont(FONT)
