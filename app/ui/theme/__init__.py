"""How every window looks: tokens, one stylesheet made of them, one font, one family of icons."""

from app.ui.theme.appearance import (
    apply_theme,
    current_metrics,
    current_tokens,
    is_dark,
    note_width,
    width_of_window,
)
from app.ui.theme.icons import icon
from app.ui.theme.tokens import DARK, LIGHT, Metrics, Tokens

__all__ = [
    "DARK",
    "LIGHT",
    "Metrics",
    "Tokens",
    "apply_theme",
    "current_metrics",
    "current_tokens",
    "icon",
    "is_dark",
    "note_width",
    "width_of_window",
]
