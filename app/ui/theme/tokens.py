"""Colours, spaces, type sizes and corners, named by what they are for.

Paper and ink are warm neutrals, the accent a muted teal, the second accent amber. Every pair of text and ground in
`TEXT_PAIRS` has a contrast of at least 4.5:1 in both themes (WCAG 2.2, 1.4.3); `tests/ui/test_theme.py` computes it.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The colours of one theme, as "#rrggbb"."""

    name: str
    paper: str
    surface: str
    sunken: str
    sidebar: str
    hover: str
    pressed: str
    line: str
    line_strong: str
    ink: str
    ink_soft: str
    ink_faint: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    accent_soft: str
    accent_ink: str
    amber: str
    amber_soft: str
    amber_ink: str
    success: str
    success_soft: str
    success_ink: str
    problem: str
    problem_hover: str
    on_problem: str
    problem_soft: str
    problem_ink: str
    info: str
    info_soft: str
    info_ink: str
    focus: str
    tooltip: str
    on_tooltip: str


LIGHT: Final = Tokens(
    name="light",
    paper="#f7f4ed",
    surface="#fffdf9",
    sunken="#efeadf",
    sidebar="#ece7db",
    hover="#e6e0d2",
    pressed="#dcd5c4",
    line="#e2dccf",
    line_strong="#898477",
    ink="#20302d",
    ink_soft="#51605c",
    ink_faint="#8a8f88",
    accent="#2c6b61",
    accent_hover="#255c53",
    accent_pressed="#1d4b44",
    on_accent="#ffffff",
    accent_soft="#d9e8e2",
    accent_ink="#1d5249",
    amber="#b4690e",
    amber_soft="#f8e8cb",
    amber_ink="#744406",
    success="#3f7a3a",
    success_soft="#deecd8",
    success_ink="#2b5727",
    problem="#a8392d",
    problem_hover="#902e24",
    on_problem="#ffffff",
    problem_soft="#f8e0da",
    problem_ink="#86291f",
    info="#3a6a8f",
    info_soft="#deeaf2",
    info_ink="#264d6b",
    focus="#b4690e",
    tooltip="#20302d",
    on_tooltip="#f7f4ed",
)

DARK: Final = Tokens(
    name="dark",
    paper="#161c1b",
    surface="#1e2625",
    sunken="#121716",
    sidebar="#1a2120",
    hover="#2a3432",
    pressed="#34403d",
    line="#2e3836",
    line_strong="#72827d",
    ink="#ece7dc",
    ink_soft="#abb5b0",
    ink_faint="#7b8783",
    accent="#7fc3b3",
    accent_hover="#93d0c1",
    accent_pressed="#a9dccf",
    on_accent="#0d211d",
    accent_soft="#22413b",
    accent_ink="#abded2",
    amber="#e3ae5e",
    amber_soft="#41331b",
    amber_ink="#f1cb8c",
    success="#8fc487",
    success_soft="#25392a",
    success_ink="#b0dba9",
    problem="#ea8f82",
    problem_hover="#f2a397",
    on_problem="#2c0d09",
    problem_soft="#48251f",
    problem_ink="#f4bab0",
    info="#8fbbdb",
    info_soft="#213542",
    info_ink="#b0d2ea",
    focus="#e3ae5e",
    tooltip="#ece7dc",
    on_tooltip="#161c1b",
)

TEXT_PAIRS: Final = (
    *((ink, ground) for ink in ("ink", "ink_soft") for ground in ("paper", "surface", "sunken", "sidebar", "hover")),
    *(("accent", ground) for ground in ("paper", "surface")),
    *(
        ("accent_ink", ground)
        for ground in ("paper", "surface", "accent_soft", "sidebar", "sunken", "hover", "pressed")
    ),
    *((ink, ground) for ink in ("ink", "ink_soft") for ground in ("accent_soft", "pressed")),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("on_accent", "accent_pressed"),
    ("on_problem", "problem"),
    ("on_problem", "problem_hover"),
    *(("problem_ink", ground) for ground in ("paper", "surface", "sunken")),
    *(("success_ink", ground) for ground in ("surface", "sunken", "accent_soft")),
    ("on_tooltip", "tooltip"),
    *((f"{tone}_ink", f"{tone}_soft") for tone in ("amber", "success", "problem", "info")),
    *((ink, f"{tone}_soft") for ink in ("ink", "ink_soft") for tone in ("amber", "success", "problem", "info")),
)
"""Which text colour stands on which ground."""

SHAPE_PAIRS: Final = (
    *(("line_strong", ground) for ground in ("paper", "surface", "sunken", "sidebar")),
    *(("focus", ground) for ground in ("paper", "surface", "sunken", "sidebar", "hover", "accent_soft")),
    *(("focus", beside) for beside in ("on_accent", "on_problem")),
    *((tone, "surface") for tone in ("accent", "amber", "success", "problem", "info")),
)
"""Which outline or icon colour stands on which ground: at least 3:1 (WCAG 2.2, 1.4.11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Sizes in device-independent pixels for one text size; made by `metrics_for`."""

    caption: int
    body: int
    lead: int
    heading: int
    title: int
    display: int
    space_1: int
    space_2: int
    space_3: int
    space_4: int
    space_5: int
    space_6: int
    radius: int
    radius_large: int
    control: int
    row: int
    icon: int
    icon_large: int
    sidebar_width: int


def metrics_for(text_size: int, *, system_body: int = 15) -> Metrics:
    """Return the sizes for a text size in percent, on top of the system's own font size in pixels.

    Text grows in full and space by a third of that: at 200 % a screen must still hold a form.
    """
    text = max(15, system_body) * text_size / 100
    room = 1 + (text / 15 - 1) / 3

    def grown(pixels: float) -> int:
        return round(pixels * room)

    return Metrics(
        caption=round(text * 13 / 15),
        body=round(text),
        lead=round(text * 17 / 15),
        heading=round(text * 19 / 15),
        title=round(text * 25 / 15),
        display=round(text * 34 / 15),
        space_1=grown(4),
        space_2=grown(8),
        space_3=grown(12),
        space_4=grown(16),
        space_5=grown(24),
        space_6=grown(40),
        radius=grown(8),
        radius_large=grown(14),
        control=max(40, round(text * 2.7)),
        row=max(44, round(text * 2.9)),
        icon=round(text * 22 / 15),
        icon_large=round(text * 44 / 15),
        sidebar_width=round(120 + text * 7),
    )
