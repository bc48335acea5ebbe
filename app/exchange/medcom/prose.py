"""Running text with its line breaks and styles, put together from pieces and never reflowed."""

from app.exchange.medcom.letter import Style


class Prose:
    """Collects pieces of text; leading and trailing empty lines fall away, everything between stays as written."""

    __slots__ = ("_length", "_pieces", "_styles")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._styles: list[tuple[int, int, str]] = []
        self._length = 0

    def add(self, piece: str, *styles: str) -> None:
        """Append `piece`, set in `styles`."""
        if piece:
            if not styles:
                self._pieces.append(piece)
                self._length += len(piece)
                return
            for kind in styles:
                if self._styles and self._styles[-1][1:] == (self._length, kind):
                    self._styles[-1] = (self._styles[-1][0], self._length + len(piece), kind)
                else:
                    self._styles.append((self._length, self._length + len(piece), kind))
            self._pieces.append(piece)
            self._length += len(piece)

    def finished(self) -> tuple[str, tuple[Style, ...]]:
        """Return the text and its styles."""
        whole = "".join(self._pieces)
        text = whole.strip("\r\n")
        if not self._styles:
            return text, ()
        cut = len(whole) - len(whole.lstrip("\r\n"))
        moved = ((max(start - cut, 0), min(end - cut, len(text)), kind) for start, end, kind in self._styles)
        return text, tuple(Style(start=start, end=end, kind=kind) for start, end, kind in moved if start < end)


Section = tuple[str, str, tuple[Style, ...]]


def join(sections: list[Section], *, main: str = "") -> tuple[str, tuple[Style, ...]]:
    """Return (heading, text, styles) sections as one text; the section headed `main` needs no heading when alone."""
    written = [section for section in sections if section[1].strip()]
    if len(written) == 1 and written[0][0] in ("", main):
        return written[0][1], written[0][2]
    text = ""
    styles: list[Style] = []
    for heading, body, marks in written:
        if text:
            text += "\n\n"
        if heading:
            text += heading + ":\n"
        styles += (Style(start=m.start + len(text), end=m.end + len(text), kind=m.kind) for m in marks)
        text += body
    return text, tuple(styles)
