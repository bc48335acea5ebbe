"""What the months brought: the curve of cigarettes a day, days without smoke, and the money that was not smoked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.documents.drawings import Drawing, coin, medallion, sun
from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment
from app.documents.palette import INK, LINE, MIST, QUIET, TEAL, WHITE, mix
from app.documents.shaped_text import fit
from app.documents.sheet import Sheet, draw_box, draw_rule, draw_upright
from app.i18n import _, format_day, format_money, format_number, in_language, ngettext

_ROUND: Final = 100
"""Money saved is written in whole kroner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsContent:
    """Everything on the page; `cigarettes` are (day, number) in order of time, `money_saved` is in øre."""

    name: str
    language: str
    cigarettes: tuple[tuple[date, float], ...]
    stop_dates: tuple[date, ...] = ()
    smoke_free_days: int = 0
    money_saved: int = 0
    meetings: int = 0
    counsellor: str = ""
    today: date


def months_pdf(content: MonthsContent) -> bytes:
    """Return the sheet as a PDF of one A4 page."""
    with in_language(content.language):
        title = _("Your months")
        sheet = Sheet(title=f"{title} · {content.name}", language=content.language, margin=46, has_frame=True)
        heading = fit(title, width=sheet.width * 0.5, height=46, size=34, smallest=16, face=Face.BOLD, most_lines=1)
        sheet.block(heading, sheet.left, sheet.y, colour=TEAL)
        name = fit(
            content.name, width=sheet.width * 0.48, height=46, size=22, smallest=8, most_lines=2, line_height=1.15
        )
        sheet.block(name, sheet.right, sheet.y - heading.ascent + name.ascent, colour=INK, align=Alignment.RIGHT)
        sheet.skip(70)
        sheet.text(_("Cigarettes a day"), size=18, face=Face.BOLD, colour=INK, after=10)
        _curve(sheet, content)
        _figures(sheet, content)
        _closing(sheet, content)
        return sheet.finish()


def _curve(sheet: Sheet, content: MonthsContent) -> None:
    height = 270.0
    left, right = sheet.left + 34, sheet.right - 36
    top, base = sheet.y - 12, sheet.y - height + 34
    points = content.cigarettes
    if not points:
        sheet.text(_("Nothing has been counted yet."), size=16, colour=QUIET)
        return
    highest = max(10.0, *(value for _on, value in points)) * 1.12
    first = points[0][0]
    span = max(1, (max(content.today, points[-1][0]) - first).days)

    def place(day: date, value: float) -> tuple[float, float]:
        return left + (right - left) * (day - first).days / span, base + (top - base) * value / highest

    for level in reversed(_levels(highest)):
        y = place(first, level)[1]
        sheet.draw(lambda canvas, y=y: draw_rule(canvas, left, right, y))  # type: ignore[misc]
        figure = fit(format_number(level), width=30, height=18, size=13, smallest=7, most_lines=1)
        sheet.block(figure, left - 8, y + figure.height / 2, colour=QUIET, align=Alignment.RIGHT)
    word = fit(_("Stop date"), width=90, height=16, size=12, smallest=8, most_lines=1)
    written_to = left
    for stop_on in sorted(content.stop_dates):
        if first <= stop_on <= content.today:
            x = place(stop_on, 0)[0]
            sheet.draw(lambda canvas, x=x: _stop(canvas, x, top, base))  # type: ignore[misc]
            at = min(max(x, left + word.width / 2), right - word.width / 2)
            # Of days that are near each other the first is named.
            if at - word.width / 2 >= written_to:
                sheet.block(word, at, top + 22, colour=TEAL, align=Alignment.CENTRE)
                written_to = at + word.width / 2 + 8
    places = [place(day, value) for day, value in points]
    sheet.draw(lambda canvas: _line(canvas, places, base))
    for number in {0, len(points) - 1}:
        x, y = places[number]
        figure = fit(format_number(points[number][1]), width=60, height=28, size=22, smallest=9, face=Face.BOLD)
        goes_up = len(points) > 1 and points[1][1] > points[0][1]
        above = -8 if number == 0 and goes_up else figure.height + (8 if number == 0 else 2)
        sheet.block(figure, x + (18 if number == 0 else 20), y + above, align=Alignment.CENTRE)
    for day, align in ((first, Alignment.LEFT), (content.today, Alignment.RIGHT)):
        word = fit(format_day(day), width=160, height=18, size=13, smallest=8, most_lines=1)
        sheet.block(word, left if align is Alignment.LEFT else right, base - 8, colour=QUIET, align=align)
    sheet.y = base - 42


def _levels(highest: float) -> list[int]:
    step = next(step for step in (5, 10, 20, 50, 100, 500) if highest / step <= 6)
    return list(range(0, int(highest) + 1, step))


def _stop(canvas: Any, x: float, top: float, base: float) -> None:
    canvas.saveState()
    canvas.setDash(4, 3)
    draw_upright(canvas, x, top, base, colour=TEAL, width=1.2)
    canvas.restoreState()


def _line(canvas: Any, places: list[tuple[float, float]], base: float) -> None:
    under = canvas.beginPath()
    under.moveTo(places[0][0], base)
    for x, y in places:
        under.lineTo(x, y)
    under.lineTo(places[-1][0], base)
    under.close()
    canvas.setFillColorRGB(*mix(TEAL, 0.14))
    canvas.drawPath(under, stroke=0, fill=1)
    canvas.setStrokeColorRGB(*TEAL)
    canvas.setLineWidth(3)
    canvas.setLineJoin(1)
    line = canvas.beginPath()
    line.moveTo(*places[0])
    for x, y in places[1:]:
        line.lineTo(x, y)
    canvas.drawPath(line, stroke=1, fill=0)
    canvas.setFillColorRGB(*WHITE)
    canvas.setLineWidth(1.6)
    for x, y in places:
        canvas.circle(x, y, 3.4, stroke=1, fill=1)


def _figures(sheet: Sheet, content: MonthsContent) -> None:
    """Draw what there is to be glad of; a figure of nothing is no gift."""
    height, gap = 150.0, 16.0
    days, money = content.smoke_free_days, content.money_saved // _ROUND * _ROUND
    figures: list[tuple[Drawing, str, str]] = []
    if days > 0:
        figures.append((sun, format_number(days), ngettext("day without smoke", "days without smoke", days)))
    if money > 0:
        figures.append((coin, format_money(money), _("not spent on smoke")))
    if not figures:
        return
    wide = (sheet.width - gap * (len(figures) - 1)) / len(figures)
    top, said = sheet.y, []
    for number, (drawing, figure, words) in enumerate(figures):
        left = sheet.left + number * (wide + gap)
        sheet.draw(_field(left, top - height, wide, height))
        sheet.draw(lambda canvas, x=left, d=drawing: medallion(canvas, x + 46, top - 54, 32, d))  # type: ignore[misc]
        large = fit(figure, width=wide - 104, height=48, size=34, smallest=14, face=Face.BOLD, most_lines=1)
        sheet.block(large, left + 90, top - 54 + large.height / 2, colour=TEAL)
        said.append((fit(words, width=wide - 36, height=40, size=18, smallest=10, most_lines=2), left + 18))
    sheet.beside(said, top - 102, colour=INK)
    sheet.y = top - height - 26


def _field(left: float, bottom: float, wide: float, tall: float) -> Callable[[Any], None]:
    return lambda canvas: draw_box(canvas, left, bottom, wide, tall, fill=MIST, line=LINE, radius=10)


def _closing(sheet: Sheet, content: MonthsContent) -> None:
    words = _praise(content)
    fitted = fit(
        words, width=sheet.width, height=70, size=22, smallest=11, face=Face.BOLD, most_lines=2, line_height=1.25
    )
    sheet.block(fitted, sheet.left, sheet.y, colour=INK)
    sheet.skip(fitted.height + 10)
    if content.meetings:
        came = ngettext("You came to {n} meeting.", "You came to {n} meetings.", content.meetings)
        sheet.text(came.format(n=format_number(content.meetings)), size=16, colour=QUIET, after=4)
    if content.counsellor:
        sheet.text(_("From {who}").format(who=content.counsellor), size=14, colour=QUIET)


def _praise(content: MonthsContent) -> str:
    numbers = [value for _on, value in content.cigarettes]
    if len(numbers) > 1 and numbers[-1] == 0:
        return _("You do not smoke now. That is big.")
    if len(numbers) > 1 and numbers[-1] < numbers[0]:
        fewer = format_number(round((numbers[0] - numbers[-1]) * 10) / 10)
        return _("You smoke {n} fewer a day than at the start. Well done.").format(n=fewer)
    return _("You are still here. Every try counts.")
