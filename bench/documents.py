"""Draw 200 diplomas, in 200 files and in one, beside bare reportlab drawing the same page with its own fonts.

Ours are drawn in the process for papers, as the window has them drawn, and come back through its pipe; it stands ready,
as it does when the screen is shown. Bare reportlab draws here.
"""

from functools import cache, partial
from io import BytesIO
from math import cos, pi
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.apart import Apart
from app.documents.diploma import DiplomaContent, diploma_pdf, diploma_texts, diplomas_pdf
from app.documents.fonts import Face, font_file
from app.documents.readiness import ready_to_draw
from bench.measuring import Goal, Result, in_turn

NAME = "documents"
GOALS = (Goal("bare reportlab", 1.3),)
DIPLOMAS = 200
_NAMES = ("Bjarne Ågesen", "Şükrü Łęcki", "Nguyễn Thị Hoa", "Юлія Шевченко", "Anne-Marie Østergaard", "Kim", "Zoë")


def run(rounds: int) -> list[Result]:
    """Draw the same 200 diplomas both ways."""
    contents = [_content(number) for number in range(DIPLOMAS)]
    papers = Apart()
    papers.do(ready_to_draw)

    def ours_apart() -> None:
        for content in contents:
            papers.do(partial(diploma_pdf, content))

    def theirs_apart() -> None:
        for content in contents:
            _bare([content])

    def ours_together() -> None:
        papers.do(partial(diplomas_pdf, contents))

    def theirs_together() -> None:
        _bare(contents)

    results = [
        Result(f"{NAME}: 200 files", "s", in_turn(rounds, ours_apart, bare_reportlab=theirs_apart), GOALS),
        Result(f"{NAME}: one file", "s", in_turn(rounds, ours_together, bare_reportlab=theirs_together), GOALS),
    ]
    papers.stop()
    return results


def _content(number: int) -> DiplomaContent:
    words = diploma_texts("da", meetings=number % 11)
    return DiplomaContent(
        name=f"{_NAMES[number % len(_NAMES)]} {number}",
        heading=words.heading,
        lead=words.lead,
        sentences=words.sentences,
        course_title="Små skridt på Kilden",
        place="Værestedet Kilden",
        date_text="24. november 2026",
        counsellor="Mette Holm",
        counsellor_title=words.counsellor_title,
        cooperation="Røgfri på Tværs",
        serial=f"PU-2026-{number:04d}-ABCD",
        language="da",
    )


@cache
def _fonts() -> tuple[str, str, str]:
    for name, face in (("bare", Face.REGULAR), ("bare-bold", Face.BOLD), ("bare-italic", Face.ITALIC)):
        pdfmetrics.registerFont(TTFont(name, BytesIO(font_file(face))))
    return "bare", "bare-bold", "bare-italic"


def _bare(contents: list[DiplomaContent]) -> bytes:
    """Draw what stands on the diploma with reportlab alone: the same lines, sizes and fonts, embedded as it does."""
    regular, bold, italic = _fonts()
    target = BytesIO()
    canvas = Canvas(target, pagesize=(841.89, 595.28), pageCompression=1, invariant=1)
    for content in contents:
        _sky(canvas)
        middle = 841.89 / 2
        role = f"{content.counsellor_title}, {content.cooperation}"
        first, *others = content.sentences
        for x, y, font, size, text in (
            (middle, 488, regular, 27, content.heading.upper()),
            (middle, 438, italic, 14, content.lead),
            (middle, 366, regular, 50, content.name),
            (middle, 312, regular, 14, first),
            (middle, 286, bold, 16, content.course_title),
            *((middle, 258 - 26 * line, regular, 14, text) for line, text in enumerate(others)),
            (193, 165, regular, 13, content.date_text),
            (193, 144, regular, 11, content.place),
            (648.9, 144, regular, 11, content.counsellor),
            (648.9, 128, regular, 9.5, role),
            (middle, 56, regular, 7, content.serial),
        ):
            canvas.setFont(font, size)
            canvas.drawCentredString(x, y, text)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _sky(canvas: Any) -> None:
    canvas.saveState()
    inside = canvas.beginPath()
    inside.rect(45, 45, 751.89, 505.28)
    canvas.clipPath(inside, stroke=0, fill=0)
    radius, gap = 25.0, 8.6
    for ring in range(13):
        radius, gap = radius + gap, gap * 1.17
        canvas.setLineWidth(0.8)
        canvas.setStrokeColorRGB(0.9, 0.8 - ring / 100, 0.7)
        canvas.arc(420.9 - radius, 116 - radius, 420.9 + radius, 116 + radius, -10, 200)
    canvas.setFillColorRGB(0.87, 0.69, 0.53)
    canvas.wedge(396, 91, 446, 141, 0, 180, stroke=0, fill=1)
    for top, swing, shift in ((118, 5, 0.0), (101, 6, 0.9), (83, 5, 2.2)):
        canvas.setFillColorRGB(0.8, 0.86, 0.84)
        hill = canvas.beginPath()
        hill.moveTo(45, 45)
        for step in range(97):
            hill.lineTo(45 + step / 96 * 751.89, top + swing * cos(2 * pi * (step / 96 - 0.5) + shift) - swing)
        hill.lineTo(796.89, 45)
        hill.close()
        canvas.drawPath(hill, stroke=0, fill=1)
    canvas.restoreState()
    for inset in (40, 45):
        canvas.rect(inset, inset, 841.89 - 2 * inset, 595.28 - 2 * inset, stroke=1, fill=0)
    for x in (193, 648.9):
        canvas.line(x - 100, 158, x + 100, 158)
