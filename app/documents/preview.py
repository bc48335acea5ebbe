"""Pictures of a PDF's pages, so that the window shows and prints the very file that is kept."""

# ruff: noqa: PLC0415 - the libraries are imported when the first document is made, not when the program starts

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from app.errors import KnownProblem

_ONE_AT_A_TIME: Final = threading.Lock()
"""PDFium is called by one thread at a time: its library says that it is safe in no other way."""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One page as pixels: rows from the top, four bytes each in the order red, green, blue, alpha; no padding."""

    width: int
    height: int
    rgba: bytes


@dataclass(frozen=True, slots=True)
class PageSizes:
    """How large each page of a document is, in points (width, height)."""

    pages: tuple[tuple[float, float], ...]


def page_sizes(pdf: bytes) -> PageSizes:
    """Return the size of every page; KnownProblem("pdf-unreadable") where the bytes are no PDF."""
    with _opened(pdf) as document:
        return PageSizes(tuple(document.get_page_size(number) for number in range(len(document))))


def page_within(pdf: bytes, number: int, room: tuple[int, int]) -> PagePicture:
    """Return one page as large as it fits into a room of so many pixels (width, height)."""
    with _opened(pdf) as document:
        width, height = document.get_page_size(number)
        return _picture(document[number], min(room[0] / width, room[1] / height))


def first_page(pdf: bytes, room: tuple[int, int]) -> tuple[PageSizes, PagePicture]:
    """Return how large the pages are, and the first one as it fits into a room."""
    return page_sizes(pdf), page_within(pdf, 0, room)


def page_picture(pdf: bytes, number: int, scale: float) -> PagePicture:
    """Return one page, counted from 0, on white; `scale` is pixels per point: 1 is 72 dpi, 300 / 72 is 300.

    Raises KnownProblem("pdf-unreadable") where the bytes are no PDF.
    """
    with _opened(pdf) as document:
        return _picture(document[number], scale)


@contextmanager
def _opened(pdf: bytes) -> Iterator[Any]:
    import pypdfium2

    with _ONE_AT_A_TIME:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise KnownProblem("pdf-unreadable") from error
        with document:
            yield document


def _picture(page: Any, scale: float) -> PagePicture:
    from pypdfium2.raw import FPDFBitmap_BGRA

    bitmap = page.render(scale=scale, rev_byteorder=True, force_bitmap_format=FPDFBitmap_BGRA)
    return PagePicture(bitmap.width, bitmap.height, bytes(bitmap.buffer))
