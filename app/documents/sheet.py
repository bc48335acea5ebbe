"""Paper that fills itself from the top: text, tables and drawings flow down, over as many pages as they need.

What is drawn is remembered page by page and put on the canvas at the end, because the foot says how many pages there
are. Text goes into the file in reading order. All measures are points, upwards from the lower left corner.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from app.documents.fonts import Face
from app.documents.glyph_drawing import Alignment, draw_fitted, draw_line, new_canvas
from app.documents.palette import INK, LINE, MIST, QUIET, TEAL, WARM, Colour
from app.documents.shaped_text import FittedText, clean, fit, shape, wrap

A4: Final = (595.28, 841.89)
A4_ACROSS: Final = (841.89, 595.28)
A5: Final = (419.53, 595.28)
A6_ACROSS: Final = (419.53, 297.64)

_FOOT: Final = 30.0
_SHORT_PARAGRAPH: Final = 3
"""Lines of a paragraph that is not torn: either half of it would be a line alone."""
_CELL: Final = 4.0
"""Room between a cell's text and its edge."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; `share` is its part of the width against the other columns."""

    title: str
    share: float = 1
    align: Alignment = Alignment.LEFT


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row; a `heading` spans the table, a `total` is set in bold under a line."""

    cells: tuple[str, ...]
    is_heading: bool = False
    is_total: bool = False


class Sheet:
    """A document under way; `finish()` gives the PDF. `y` is the pen: how far down the page is filled."""

    def __init__(
        self,
        *,
        title: str,
        language: str,
        size: tuple[float, float] = A4,
        margin: float = 50,
        foot: str = "",
        page_word: str = "",
        is_one_counted: bool = True,
        has_frame: bool = False,
    ) -> None:
        self._title = title
        self._language = language
        self._foot = foot
        self._page_word = page_word
        self._is_one_counted = is_one_counted
        self._has_frame = has_frame
        self.page_width, self.page_height = size
        self.margin = margin
        self.left, self.right = margin, self.page_width - margin
        self._pages: list[list[Callable[[Any], None]]] = [[]]
        self._last_heading: _Heading | None = None
        self._bottom = margin + (_FOOT if foot or page_word else 0)
        self.y = self.page_height - margin

    @property
    def width(self) -> float:
        """Return the width between the margins."""
        return self.right - self.left

    @property
    def room(self) -> float:
        """Return the height that is left on this page."""
        return self.y - self._bottom

    @property
    def page(self) -> int:
        """Return the number of the page that is written on, from 1."""
        return len(self._pages)

    @property
    def bottom(self) -> float:
        """Return the lowest point that may be drawn on."""
        return self._bottom

    def draw(self, drawing: Callable[[Any], None]) -> None:
        """Put something on this page, as done to a reportlab canvas."""
        self._pages[-1].append(drawing)

    def new_page(self) -> None:
        """Go on at the top of a new page."""
        self._pages.append([])
        self.y = self.page_height - self.margin

    def need(self, height: float) -> bool:
        """Go to a new page where less than `height` is left; return whether that was so.

        A heading that stands last on the page goes along.
        """
        if height <= self.room or not self._pages[-1]:
            return False
        heading, drawn = self._last_heading, self._pages[-1]
        whole = self.page_height - self.margin - self._bottom
        if (
            heading is not None
            and (heading.page, heading.end) == (self.page, len(drawn))
            and heading.start
            and heading.height + height <= whole
        ):
            del drawn[heading.start :]
            self.new_page()
            heading.write()
        else:
            self.new_page()
        return True

    def skip(self, height: float) -> None:
        """Leave room."""
        self.y -= height

    def block(
        self, text: FittedText, x: float, top: float, *, colour: Colour = INK, align: Alignment = Alignment.LEFT
    ) -> None:
        """Draw lines that were fitted, at a place of one's own choosing."""
        if text.lines:
            self.draw(lambda canvas: _draw_block(canvas, text, x, top, colour, align))

    def beside(
        self,
        texts: Sequence[tuple[FittedText, float]],
        top: float,
        *,
        colour: Colour = INK,
        align: Alignment = Alignment.LEFT,
    ) -> None:
        """Draw texts, each with where it stands, on one line, whatever rises above their letters."""
        ascent = max((text.ascent for text, _x in texts), default=0.0)
        for text, x in texts:
            self.block(text, x, top - (ascent - text.ascent), colour=colour, align=align)

    def text(
        self,
        words: str,
        *,
        size: float = 11,
        face: Face = Face.REGULAR,
        colour: Colour = INK,
        left: float | None = None,
        align: Alignment = Alignment.LEFT,
        after: float = 4,
        line_height: float = 1.35,
        below: float = 0,
    ) -> None:
        """Write paragraphs (one for each line of `words`), breaking pages between lines.

        No line of a longer paragraph stands alone at the foot or the top of a page, and the last ones go to the page
        that has room for `below` under them, such as a signature.
        """
        x = self.left if left is None else left
        wide = self.right - x
        at = x + {Alignment.LEFT: 0, Alignment.CENTRE: wide / 2, Alignment.RIGHT: wide}[align]
        paragraphs = words.rstrip("\n").split("\n")
        for place, paragraph in enumerate(paragraphs, start=1):
            fitted = wrap(paragraph, width=wide, size=size, face=face, line_height=line_height)
            if not fitted.lines:
                if self._pages[-1]:
                    self.y -= size * 0.7
                continue
            for number, line in enumerate(fitted.lines):
                together = _lines_together(number, len(fitted.lines))
                height = fitted.ascent + fitted.descent + (together - 1) * fitted.leading
                if place == len(paragraphs) and number + together == len(fitted.lines):
                    height += after + below
                self.need(height)
                top = self.y
                self.block(
                    FittedText((line,), size, fitted.ascent, fitted.descent, fitted.leading),
                    at,
                    top,
                    colour=colour,
                    align=align,
                )
                self.y -= fitted.leading
        self.y -= after

    def heading(self, words: str, *, size: float = 15, after: float = 6, before: float = 10, keep: float = 60) -> None:
        """Write a heading, never alone at the foot of a page."""
        if self._pages[-1]:
            self.y -= before
        self.need(size * 1.4 + keep)
        start, page, top = len(self._pages[-1]), self.page, self.y

        def write() -> None:
            self.text(words, size=size, face=Face.BOLD, colour=TEAL, after=after)

        write()
        if self.page == page:
            self._last_heading = _Heading(page, start, len(self._pages[-1]), top - self.y, write)

    def title(self, words: str, *, over: str = "", under: str = "", size: float = 24) -> None:
        """Write the document's own title at the top, with a line of its own above and below it."""
        if clean(over):
            self.text(over, size=9.5, colour=QUIET, after=3)
        fitted = fit(
            words, width=self.width, height=size * 2.8, size=size, smallest=12, face=Face.BOLD, line_height=1.15
        )
        self.block(fitted, self.left, self.y, colour=TEAL)
        self.y -= fitted.height + 6
        y = self.y
        self.draw(lambda canvas: draw_rule(canvas, self.left, self.left + 34, y, colour=WARM, width=1.6))
        self.y -= 10
        if clean(under):
            self.text(under, size=11, colour=QUIET, after=8)

    def rule(self) -> None:
        """Draw a thin line across."""
        self.y -= 4
        y = self.y
        self.draw(lambda canvas: draw_rule(canvas, self.left, self.right, y))
        self.y -= 8

    def bullets(self, lines: Iterable[str], *, size: float = 11, after: float = 4) -> None:
        """Write sentences under each other, each behind a dot."""
        for line in lines:
            self.need(size * 1.4)
            y, x = self.y - size * 0.49, self.left + 4
            self.draw(lambda canvas, x=x, y=y: draw_dot(canvas, x, y, 1.8))  # type: ignore[misc]
            self.text(line, size=size, left=self.left + 14, after=after)

    def table(
        self,
        columns: Sequence[Column],
        rows: Iterable[TableRow],
        *,
        size: float = 9,
        least_height: float = 0,
        has_grid: bool = False,
        left: float | None = None,
        width: float | None = None,
    ) -> None:
        """Write a table; its head and its group stand on every page, no row is torn, no word runs out of its cell.

        The last row takes the one above it along to a new page.
        """
        x = self.left if left is None else left
        wide = (self.right - x) if width is None else width
        whole = sum(column.share for column in columns)
        widths = [wide * column.share / whole for column in columns]
        edges = [x + sum(widths[:number]) for number in range(len(widths) + 1)]
        has_head = any(clean(column.title) for column in columns)
        head = _Line([(column.title, column.align) for column in columns], widths, size, Face.BOLD, 0)
        listed = [(row, _line_of(row, columns, widths, size, least_height)) for row in rows]
        together = _rows_together(listed)
        if has_head:
            self.need(head.height + (together[0] if together else 0))
            self._head(head, edges, has_grid=has_grid)
        group: tuple[TableRow, _Line] | None = None
        for (row, line), height in zip(listed, together, strict=True):
            if row.is_heading:
                group = row, line
            if self.need(height) and has_head:
                self._head(head, edges, has_grid=has_grid)
                if group is not None and not row.is_heading:
                    self._row(group[1], edges, group[0], has_grid=has_grid)
            self._row(line, edges, row, has_grid=has_grid)

    def finish(self) -> bytes:
        """Return the PDF; the same content gives the same bytes."""
        file = BytesIO()
        canvas = new_canvas(file, page=(self.page_width, self.page_height), title=self._title, language=self._language)
        for number, page in enumerate(self._pages, start=1):
            if self._has_frame:
                _draw_frame(canvas, self.page_width, self.page_height)
            for drawing in page:
                drawing(canvas)
            self._draw_foot(canvas, number)
            canvas.showPage()
        canvas.save()
        return file.getvalue()

    def _head(self, line: "_Line", edges: list[float], *, has_grid: bool) -> None:
        top, height = self.y, line.height
        left, right = edges[0], edges[-1]
        self.draw(lambda canvas: draw_box(canvas, left, top - height, right - left, height, fill=MIST))
        self._cells(line, edges, top, TEAL)
        self.draw(lambda canvas: draw_rule(canvas, left, right, top - height, colour=TEAL, width=0.8))
        if has_grid:
            self._uprights(edges, top, top - height)
        self.y -= height

    def _uprights(self, edges: list[float], top: float, bottom: float) -> None:
        for edge in edges:
            self.draw(lambda canvas, x=edge: draw_upright(canvas, x, top, bottom))  # type: ignore[misc]

    def _row(self, line: "_Line", edges: list[float], row: TableRow, *, has_grid: bool) -> None:
        top, height = self.y, line.height
        left, right = edges[0], edges[-1]
        if row.is_total:
            self.draw(lambda canvas: draw_rule(canvas, left, right, top, colour=TEAL, width=0.8))
        self._cells(line, edges, top, TEAL if row.is_heading else INK)
        self.draw(lambda canvas: draw_rule(canvas, left, right, top - height))
        if has_grid:
            self._uprights(edges, top, top - height)
        self.y -= height

    def _cells(self, line: "_Line", edges: list[float], top: float, colour: Colour) -> None:
        ascent = max((fitted.ascent for fitted, _align in line.cells), default=0.0)
        for number, (fitted, align) in enumerate(line.cells):
            left, right = edges[number] + _CELL, edges[number + 1] - _CELL
            if len(line.cells) == 1:
                right = edges[-1] - _CELL
            at = {Alignment.LEFT: left, Alignment.CENTRE: (left + right) / 2, Alignment.RIGHT: right}[align]
            self.block(fitted, at, top - _CELL + 0.5 - (ascent - fitted.ascent), colour=colour, align=align)

    def _draw_foot(self, canvas: Any, number: int) -> None:
        if not self._foot and not self._page_word:
            return
        y = self.margin * 0.62
        is_counted = self._page_word and (len(self._pages) > 1 or self._is_one_counted)
        words = self._page_word.format(n=number, of=len(self._pages)) if is_counted else ""
        canvas.setFillColorRGB(*QUIET)
        room = self.width - (70 if words else 0)
        foot = fit(self._foot, width=room, height=11, size=8, smallest=5, most_lines=1)
        draw_fitted(canvas, foot, self.left, y + foot.ascent)
        draw_line(canvas, shape(words), self.right, y, 8, align=Alignment.RIGHT)


@dataclass(frozen=True, slots=True)
class _Heading:
    """Where a heading stands among what is drawn on its page, how high it is, and how it is written once more."""

    page: int
    start: int
    end: int
    height: float
    write: Callable[[], None]


class _Line:
    """A table's row as the lines of its cells, and how high that is."""

    def __init__(
        self,
        cells: Sequence[tuple[str, Alignment]],
        widths: Sequence[float],
        size: float,
        face: Face,
        least_height: float,
    ) -> None:
        self.cells = [
            (wrap(text, width=max(8.0, width - 2 * _CELL), size=size, face=face, line_height=1.22), align)
            for (text, align), width in zip(cells, widths, strict=True)
        ]
        tallest = max((fitted.height for fitted, _align in self.cells), default=0)
        self.height = max(least_height, tallest + 2 * _CELL - 1, size + 2 * _CELL)


def _line_of(
    row: TableRow, columns: Sequence[Column], widths: Sequence[float], size: float, least_height: float
) -> _Line:
    if row.is_heading:
        return _Line([(row.cells[0], Alignment.LEFT)], [sum(widths)], size, Face.BOLD, 0)
    cells = [(text, column.align) for text, column in zip(row.cells, columns, strict=True)]
    return _Line(cells, widths, size, Face.BOLD if row.is_total else Face.REGULAR, least_height)


def _rows_together(listed: Sequence[tuple[TableRow, _Line]]) -> list[float]:
    """Return of each row how high it is with those below it that stand on the same page.

    A heading has a row below it, a total one above it, and the last row is not alone on its page.
    """
    last = max((number for number, (row, _line) in enumerate(listed) if not row.is_total), default=0)
    heights: list[float] = []
    below = 0.0
    for number, (row, line) in reversed(list(enumerate(listed))):
        is_of_the_next = number + 1 < len(listed) and (
            row.is_heading or listed[number + 1][0].is_total or number + 1 == last
        )
        below = line.height + (below if is_of_the_next else 0)
        heights.append(below)
    return heights[::-1]


def _lines_together(number: int, lines: int) -> int:
    """Return how many lines of a paragraph, from this one on, are on one page."""
    if number == 0:
        return lines if lines <= _SHORT_PARAGRAPH else 2
    return 2 if number == lines - 2 else 1


def _draw_block(canvas: Any, text: FittedText, x: float, top: float, colour: Colour, align: Alignment) -> None:
    canvas.setFillColorRGB(*colour)
    draw_fitted(canvas, text, x, top, align=align)


def draw_rule(canvas: Any, left: float, right: float, y: float, *, colour: Colour = LINE, width: float = 0.5) -> None:
    """Draw a line across."""
    canvas.setStrokeColorRGB(*colour)
    canvas.setLineWidth(width)
    canvas.line(left, y, right, y)


def draw_upright(
    canvas: Any, x: float, top: float, bottom: float, *, colour: Colour = LINE, width: float = 0.5
) -> None:
    """Draw a line down."""
    canvas.setStrokeColorRGB(*colour)
    canvas.setLineWidth(width)
    canvas.line(x, top, x, bottom)


def draw_box(
    canvas: Any,
    left: float,
    bottom: float,
    width: float,
    height: float,
    *,
    fill: Colour | None = None,
    line: Colour | None = None,
    radius: float = 0,
    thick: float = 1,
) -> None:
    """Draw a rectangle, with round corners where a radius is given."""
    if fill is not None:
        canvas.setFillColorRGB(*fill)
    if line is not None:
        canvas.setStrokeColorRGB(*line)
        canvas.setLineWidth(thick)
    canvas.roundRect(left, bottom, width, height, radius, stroke=int(line is not None), fill=int(fill is not None))


def draw_dot(canvas: Any, x: float, y: float, radius: float) -> None:
    """Draw a filled circle."""
    canvas.setFillColorRGB(*WARM)
    canvas.circle(x, y, radius, stroke=0, fill=1)


def _draw_frame(canvas: Any, width: float, height: float) -> None:
    canvas.setStrokeColorRGB(*LINE)
    canvas.setLineWidth(0.8)
    canvas.roundRect(14, 14, width - 28, height - 28, 10, stroke=1, fill=0)
