"""Small pictures in lines and circles, for people who look before they read."""

from collections.abc import Callable
from math import cos, pi, sin
from typing import Any, Final

from app.documents.palette import SAGE, TEAL, WARM, WHITE, Colour, mix

Drawing = Callable[[Any, float, float, float], None]
"""Draws onto a canvas around a middle (x, y), within a circle of the given radius."""


def _pen(canvas: Any, colour: Colour, width: float) -> None:
    canvas.setStrokeColorRGB(*colour)
    canvas.setLineWidth(width)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)


def medallion(canvas: Any, x: float, y: float, radius: float, drawing: Drawing) -> None:
    """Draw a picture in a soft round field."""
    canvas.setFillColorRGB(*mix(SAGE, 0.25))
    canvas.circle(x, y, radius, stroke=0, fill=1)
    drawing(canvas, x, y, radius * 0.62)


def sun(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a sun with its rays."""
    canvas.setFillColorRGB(*mix(WARM, 0.85))
    canvas.circle(x, y, radius * 0.5, stroke=0, fill=1)
    _pen(canvas, mix(WARM, 0.85), max(1.0, radius * 0.11))
    for ray in range(12):
        turn = ray * pi / 6
        canvas.line(
            x + cos(turn) * radius * 0.7, y + sin(turn) * radius * 0.7, x + cos(turn) * radius, y + sin(turn) * radius
        )


def clock(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a clock."""
    _pen(canvas, TEAL, max(1.0, radius * 0.13))
    canvas.setFillColorRGB(*WHITE)
    canvas.circle(x, y, radius * 0.92, stroke=1, fill=1)
    canvas.line(x, y, x, y + radius * 0.55)
    canvas.line(x, y, x + radius * 0.4, y - radius * 0.18)


def glass(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a glass of water."""
    water = canvas.beginPath()
    water.moveTo(x - radius * 0.5, y + radius * 0.25)
    water.lineTo(x + radius * 0.5, y + radius * 0.25)
    water.lineTo(x + radius * 0.4, y - radius * 0.85)
    water.lineTo(x - radius * 0.4, y - radius * 0.85)
    water.close()
    canvas.setFillColorRGB(*mix(TEAL, 0.3))
    canvas.drawPath(water, stroke=0, fill=1)
    _pen(canvas, TEAL, max(1.0, radius * 0.12))
    edge = canvas.beginPath()
    edge.moveTo(x - radius * 0.62, y + radius * 0.9)
    edge.lineTo(x - radius * 0.42, y - radius * 0.88)
    edge.lineTo(x + radius * 0.42, y - radius * 0.88)
    edge.lineTo(x + radius * 0.62, y + radius * 0.9)
    canvas.drawPath(edge, stroke=1, fill=0)


def walker(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw somebody who walks."""
    canvas.setFillColorRGB(*TEAL)
    canvas.circle(x + radius * 0.08, y + radius * 0.74, radius * 0.2, stroke=0, fill=1)
    _pen(canvas, TEAL, max(1.2, radius * 0.17))
    for start, end in (
        ((0.04, 0.42), (-0.02, -0.15)),
        ((-0.02, -0.15), (0.36, -0.85)),
        ((-0.02, -0.15), (-0.42, -0.82)),
        ((0.04, 0.36), (0.42, 0.02)),
        ((0.04, 0.36), (-0.36, 0.06)),
    ):
        canvas.line(x + start[0] * radius, y + start[1] * radius, x + end[0] * radius, y + end[1] * radius)


def phone(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a telephone."""
    _pen(canvas, TEAL, max(1.0, radius * 0.12))
    canvas.setFillColorRGB(*WHITE)
    canvas.roundRect(
        x - radius * 0.48, y - radius * 0.92, radius * 0.96, radius * 1.84, radius * 0.18, stroke=1, fill=1
    )
    canvas.setFillColorRGB(*TEAL)
    canvas.circle(x, y - radius * 0.68, radius * 0.09, stroke=0, fill=1)
    canvas.setFillColorRGB(*mix(TEAL, 0.2))
    canvas.rect(x - radius * 0.34, y - radius * 0.48, radius * 0.68, radius * 1.15, stroke=0, fill=1)


def calendar(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a leaf of a calendar."""
    _pen(canvas, TEAL, max(1.0, radius * 0.11))
    canvas.setFillColorRGB(*WHITE)
    canvas.roundRect(x - radius * 0.85, y - radius * 0.8, radius * 1.7, radius * 1.5, radius * 0.14, stroke=1, fill=1)
    canvas.setFillColorRGB(*mix(WARM, 0.8))
    canvas.rect(x - radius * 0.85, y + radius * 0.34, radius * 1.7, radius * 0.36, stroke=0, fill=1)
    canvas.roundRect(x - radius * 0.85, y - radius * 0.8, radius * 1.7, radius * 1.5, radius * 0.14, stroke=1, fill=0)
    canvas.setFillColorRGB(*TEAL)
    for column in range(4):
        for row in range(2):
            canvas.circle(
                x - radius * 0.54 + column * radius * 0.36,
                y + radius * (0.04 - row * 0.42),
                radius * 0.08,
                stroke=0,
                fill=1,
            )
    for side in (-1, 1):
        canvas.line(x + side * radius * 0.42, y + radius * 0.55, x + side * radius * 0.42, y + radius * 0.92)


def house(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a house."""
    _pen(canvas, TEAL, max(1.0, radius * 0.12))
    path = canvas.beginPath()
    path.moveTo(x - radius * 0.7, y + radius * 0.1)
    path.lineTo(x - radius * 0.7, y - radius * 0.8)
    path.lineTo(x + radius * 0.7, y - radius * 0.8)
    path.lineTo(x + radius * 0.7, y + radius * 0.1)
    canvas.setFillColorRGB(*WHITE)
    canvas.drawPath(path, stroke=1, fill=1)
    roof = canvas.beginPath()
    roof.moveTo(x - radius * 0.95, y)
    roof.lineTo(x, y + radius * 0.85)
    roof.lineTo(x + radius * 0.95, y)
    canvas.drawPath(roof, stroke=1, fill=1)
    canvas.setFillColorRGB(*mix(WARM, 0.8))
    canvas.rect(x - radius * 0.18, y - radius * 0.8, radius * 0.36, radius * 0.55, stroke=0, fill=1)


def cup(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a cup of coffee and its steam."""
    _pen(canvas, TEAL, max(1.2, radius * 0.08))
    canvas.setFillColorRGB(*WHITE)
    path = canvas.beginPath()
    path.moveTo(x - radius * 0.6, y + radius * 0.15)
    path.lineTo(x + radius * 0.5, y + radius * 0.15)
    path.curveTo(
        x + radius * 0.5, y - radius * 0.75, x + radius * 0.3, y - radius * 0.8, x - radius * 0.05, y - radius * 0.8
    )
    path.curveTo(
        x - radius * 0.4, y - radius * 0.8, x - radius * 0.6, y - radius * 0.75, x - radius * 0.6, y + radius * 0.15
    )
    canvas.drawPath(path, stroke=1, fill=1)
    handle = canvas.beginPath()
    handle.moveTo(x + radius * 0.48, y)
    handle.curveTo(
        x + radius * 1.0, y + radius * 0.1, x + radius * 0.95, y - radius * 0.55, x + radius * 0.4, y - radius * 0.45
    )
    canvas.drawPath(handle, stroke=1, fill=0)
    canvas.line(x - radius * 0.8, y - radius * 0.95, x + radius * 0.7, y - radius * 0.95)
    _pen(canvas, mix(WARM, 0.8), max(1.0, radius * 0.07))
    for shift in (-0.3, 0.0, 0.3):
        steam = canvas.beginPath()
        at = x + (shift - 0.05) * radius
        steam.moveTo(at, y + radius * 0.35)
        steam.curveTo(at + radius * 0.2, y + radius * 0.55, at - radius * 0.2, y + radius * 0.7, at, y + radius * 0.95)
        canvas.drawPath(steam, stroke=1, fill=0)


def tick(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a tick."""
    _pen(canvas, WHITE, max(1.2, radius * 0.28))
    path = canvas.beginPath()
    path.moveTo(x - radius * 0.55, y)
    path.lineTo(x - radius * 0.12, y - radius * 0.45)
    path.lineTo(x + radius * 0.6, y + radius * 0.5)
    canvas.drawPath(path, stroke=1, fill=0)


def coin(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a Danish coin with its hole."""
    canvas.setFillColorRGB(*mix(WARM, 0.7))
    canvas.circle(x, y, radius * 0.9, stroke=0, fill=1)
    canvas.setFillColorRGB(*mix(SAGE, 0.25))
    canvas.circle(x, y, radius * 0.26, stroke=0, fill=1)
    _pen(canvas, mix(WARM, 1.0), max(0.8, radius * 0.07))
    canvas.circle(x, y, radius * 0.68, stroke=1, fill=0)


def patch(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a patch."""
    canvas.setFillColorRGB(*mix(WARM, 0.55))
    canvas.roundRect(x - radius * 0.8, y - radius * 0.8, radius * 1.6, radius * 1.6, radius * 0.35, stroke=0, fill=1)
    canvas.setFillColorRGB(*mix(WARM, 0.25))
    canvas.roundRect(x - radius * 0.45, y - radius * 0.45, radius * 0.9, radius * 0.9, radius * 0.2, stroke=0, fill=1)


def piece(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a piece of gum, a lozenge or a tablet."""
    _pen(canvas, TEAL, max(1.0, radius * 0.1))
    canvas.setFillColorRGB(*WHITE)
    canvas.roundRect(x - radius * 0.85, y - radius * 0.4, radius * 1.7, radius * 0.8, radius * 0.4, stroke=1, fill=1)
    canvas.line(x, y - radius * 0.4, x, y + radius * 0.4)


def spray(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a spray."""
    _pen(canvas, TEAL, max(1.0, radius * 0.1))
    canvas.setFillColorRGB(*WHITE)
    canvas.roundRect(x - radius * 0.45, y - radius * 0.9, radius * 0.8, radius * 1.25, radius * 0.16, stroke=1, fill=1)
    canvas.roundRect(x - radius * 0.3, y + radius * 0.35, radius * 0.5, radius * 0.3, radius * 0.08, stroke=1, fill=1)
    canvas.setFillColorRGB(*mix(WARM, 0.85))
    for right, up in ((0.5, 0.5), (0.78, 0.66), (0.78, 0.4), (0.98, 0.84), (1.0, 0.5), (0.98, 0.24)):
        canvas.circle(x + right * radius, y + up * radius, radius * 0.07, stroke=0, fill=1)


FORMS: Final[dict[str, Drawing]] = {"patch": patch, "mouth_spray": spray, "nasal_spray": spray}
"""The picture of each form of nicotine replacement; every other form is a piece."""
