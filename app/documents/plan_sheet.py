"""The personal plan for smoking less: one page, large print, the way down as a staircase before any word."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.documents.drawings import Drawing, clock, glass, medallion, phone, sun, walker
from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment
from app.documents.palette import INK, LINE, MIST, QUIET, SAGE, TEAL, WARM, Colour, mix
from app.documents.shaped_text import FittedText, fit, shape
from app.documents.sheet import Sheet, draw_box, draw_rule
from app.i18n import NO_BREAK, _, format_day, format_number, in_language

MOST_STEPS: Final = 8
"""Steps that fit on the staircase; of more, the first, the last and those between at even distances are drawn."""

_LEAST_ON_STAIR: Final = 6.5
"""Points that words on a stair are not smaller than."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """From which day how many a day at most, or in words what is done; `state` as the plan has it."""

    due_on: date
    target: float | None
    text: str = ""
    state: str = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanContent:
    """Everything on the page; the contact's lines may be empty."""

    name: str
    language: str
    start: float
    started_on: date
    steps: tuple[PlanStep, ...]
    today: date
    counsellor: str = ""
    counsellor_phone: str = ""
    cooperation: str = ""


def plan_pdf(content: PlanContent) -> bytes:
    """Return the plan as a PDF of one A4 page."""
    with in_language(content.language):
        sheet = Sheet(title=_("My plan") + f" · {content.name}", language=content.language, margin=46, has_frame=True)
        _head(sheet, content)
        _staircase(sheet, content)
        _next_step(sheet, content)
        _advice(sheet)
        _contact(sheet, content)
        return sheet.finish()


def _head(sheet: Sheet, content: PlanContent) -> None:
    heading = fit(_("My plan"), width=sheet.width * 0.5, height=46, size=34, smallest=16, face=Face.BOLD, most_lines=1)
    sheet.block(heading, sheet.left, sheet.y, colour=TEAL)
    name = fit(content.name, width=sheet.width * 0.48, height=46, size=22, smallest=8, most_lines=2, line_height=1.15)
    sheet.block(name, sheet.right, sheet.y - heading.ascent + name.ascent, colour=INK, align=Alignment.RIGHT)
    sheet.skip(58)


def _staircase(sheet: Sheet, content: PlanContent) -> None:
    """Draw the start and each step as high as its number, and the sun where it ends."""
    steps = _shown(content.steps)
    numbers = [content.start, *(step.target for step in steps)]
    known = [number for number in numbers if number is not None]
    highest = max([*known, 1.0])
    top, height = sheet.y - 34, 212.0
    base = top - height
    places = len(steps) + 1
    sun_room = 74.0
    wide = (sheet.width - sun_room) / places
    sheet.draw(lambda canvas: draw_rule(canvas, sheet.left, sheet.right, base, colour=TEAL, width=1.2))
    before, days = content.start, []
    for number in range(places):
        step = steps[number - 1] if number else None
        value = content.start if step is None else step.target
        shown = before if value is None else value
        before = shown
        tall = max(8.0, height * 0.92 * shown / highest)
        left = sheet.left + number * wide
        is_done = step is not None and step.state == "reached"
        is_next = step is not None and step == next_step(content)
        colour = mix(TEAL, 0.85) if is_done else WARM if is_next else mix(SAGE, 0.6) if number else mix(QUIET, 0.45)
        sheet.draw(_stair(left + 2, base, wide - 4, tall, colour))
        words = step.text if step is not None and value is None else format_number(shown)
        figure = _on_stair(words, wide - 6)
        sheet.block(figure, left + wide / 2, base + tall + figure.height + 4, colour=INK, align=Alignment.CENTRE)
        day = content.started_on if step is None else step.due_on
        caption = fit(_short_day(day), width=wide - 3, height=26, size=11, smallest=6, most_lines=2, line_height=1.1)
        days.append((caption, left + wide / 2))
    sheet.beside(days, base - 6, colour=QUIET, align=Alignment.CENTRE)
    sheet.draw(lambda canvas: sun(canvas, sheet.right - sun_room / 2 + 4, base + 40, 32))
    sheet.y = base - 34
    under = _("Cigarettes a day. It goes down, one step at a time.")
    sheet.text(under, size=14, colour=QUIET, after=10, align=Alignment.CENTRE)


def _on_stair(words: str, width: float) -> FittedText:
    """Return what stands on a stair, large enough to be read and no word of it torn: of many words the first."""
    kept = words.split()
    said = words
    widest = max((shape(word, Face.BOLD).width for word in kept), default=1.0)
    size = min(25.0, max(width * 1000 / widest, _LEAST_ON_STAIR))
    while True:
        figure = fit(said, width=width, height=44, size=size, smallest=_LEAST_ON_STAIR, face=Face.BOLD, most_lines=4)
        if figure.size >= _LEAST_ON_STAIR or len(kept) < 2:
            return figure
        kept.pop()
        said = " ".join(kept).rstrip(",;:.–-") + "…"


def _shown(steps: tuple[PlanStep, ...]) -> tuple[PlanStep, ...]:
    if len(steps) <= MOST_STEPS:
        return steps
    last = len(steps) - 1
    return tuple(steps[round(number * last / (MOST_STEPS - 1))] for number in range(MOST_STEPS))


def next_step(content: PlanContent) -> PlanStep | None:
    """Return the first step that is still to come, else the last that was not reached; None where all are."""
    left = [step for step in content.steps if step.state != "reached"]
    return next((step for step in left if step.due_on >= content.today), left[-1] if left else None)


def _stair(left: float, base: float, wide: float, tall: float, colour: Colour) -> Any:
    return lambda canvas: draw_box(canvas, left, base, wide, tall, fill=colour, radius=4)


def _next_step(sheet: Sheet, content: PlanContent) -> None:
    step = next_step(content)
    if step is None:
        lead, words = _("You are there."), _("Keep it up. We can make a new plan when you like.")
    elif step.target is None:
        lead, words = _("My next step"), f"{_day_of(step, content.today)}: {step.text}"
    elif step.target == 0:
        lead, words = _("My next step"), _("{day}: no cigarettes").format(day=_day_of(step, content.today))
    else:
        most = format_number(step.target)
        lead, words = _("My next step"), _("{day}: at most {n} a day").format(day=_day_of(step, content.today), n=most)
    height = 92.0
    top = sheet.y
    sheet.draw(
        lambda canvas: draw_box(canvas, sheet.left, top - height, sheet.width, height, fill=mix(WARM, 0.2), radius=10)
    )
    first = fit(lead, width=sheet.width - 40, height=24, size=16, smallest=9, most_lines=1)
    sheet.block(first, sheet.left + 20, top - 13, colour=QUIET)
    second = fit(words, width=sheet.width - 40, height=46, size=28, smallest=9, face=Face.BOLD, most_lines=2)
    sheet.block(second, sheet.left + 20, top - 38, colour=INK)
    sheet.y = top - height - 18


def _day_of(step: PlanStep, today: date) -> str:
    return _("From {day}").format(day=_short_day(step.due_on)) if step.due_on >= today else _("Now")


def _short_day(day: date) -> str:
    """Return a day without its year: "1. dec.", "1 Dec"."""
    return format_day(day).replace(f"{NO_BREAK}{day.year}", "").strip(",")


def _advice(sheet: Sheet) -> None:
    lead = _("When I want to smoke")
    sheet.text(lead, size=18, face=Face.BOLD, colour=TEAL, after=8)
    wide = sheet.width / 4
    top = sheet.y
    pictures: tuple[tuple[Drawing, str], ...] = (
        (clock, _("Wait five minutes.")),
        (glass, _("Drink water.")),
        (walker, _("Go for a walk.")),
        (phone, _("Call a friend.")),
    )
    advice = []
    for number, (drawing, words) in enumerate(pictures):
        middle = sheet.left + wide * (number + 0.5)
        sheet.draw(lambda canvas, x=middle, d=drawing: medallion(canvas, x, top - 36, 36, d))  # type: ignore[misc]
        fitted = fit(words, width=wide - 8, height=44, size=14, smallest=9, most_lines=2, line_height=1.15)
        advice.append((fitted, middle))
    sheet.beside(advice, top - 80, align=Alignment.CENTRE)
    sheet.y = top - 132


def _contact(sheet: Sheet, content: PlanContent) -> None:
    height = 92.0
    top = max(sheet.y, sheet.bottom + height)
    sheet.draw(
        lambda canvas: draw_box(canvas, sheet.left, top - height, sheet.width, height, fill=MIST, line=LINE, radius=10)
    )
    lead = fit(_("I can call"), width=sheet.width * 0.4, height=20, size=15, smallest=8, most_lines=1)
    sheet.block(lead, sheet.left + 18, top - 11, colour=QUIET)
    half = (sheet.width - 36) / 2
    lines = [(_("Stoplinien"), "80 31 31 31")]
    if content.counsellor:
        lines.insert(0, (content.counsellor, content.counsellor_phone))
    names, calls = [], []
    for number, (who, what) in enumerate(lines):
        left = sheet.left + 18 + number * half
        names.append((fit(who, width=half - 12, height=26, size=15, smallest=6, most_lines=2), left))
        call = fit(what, width=half - 12, height=28, size=23, smallest=8, face=Face.BOLD, most_lines=1)
        calls.append((call, left))
    sheet.beside(names, top - 32)
    # From the line that the names stand on, for a long one hangs below the others.
    ascent = max(name.ascent for name, _left in names)
    under = ascent + max(name.height - name.ascent for name, _left in names)
    sheet.beside(calls, top - 34 - under, colour=TEAL)
    sheet.y = top - height
