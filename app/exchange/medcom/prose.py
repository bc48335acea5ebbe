"""Running text with its line breaks and styles, put together from pieces and never reflowed."""

from itertools import accumulate

from app.exchange.medcom.letter import Style


class Prose:
    """Collects pieces of text; leading and trailing empty lines fall away, everything between stays as written."""

    __slots__ = ("_marked", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._marked: list[tuple[int, tuple[str, ...]]] = []

    def add(self, piece: str, styles: tuple[str, ...] = ()) -> None:
        """Append `piece`, set in `styles`."""
        if styles and piece:
            self._marked.append((len(self._pieces), styles))
        self._pieces.append(piece)

    def finished(self) -> tuple[str, tuple[Style, ...]]:
        """Return the text and its styles."""
        whole = "".join(self._pieces)
        text = whole.strip("\r\n")
        if not self._marked:
            return text, ()
        ends = list(accumulate(map(len, self._pieces)))
        cut = len(whole) - len(whole.lstrip("\r\n"))
        found: list[tuple[int, int, str]] = []
        for number, styles in self._marked:
            end = min(ends[number] - cut, len(text))
            start = max(ends[number] - len(self._pieces[number]) - cut, 0)
            for kind in styles:
                if found and found[-1][1:] == (start, kind):
                    found[-1] = (found[-1][0], end, kind)
                elif start < end:
                    found.append((start, end, kind))
        return text, tuple([Style(start=start, end=end, kind=kind) for start, end, kind in found])


Section = tuple[str, str, tuple[Style, ...]]


def join(sections: list[Section], *, main: str = "") -> tuple[str, tuple[Style, ...]]:
    """Return (heading, text, styles) sections as one text; the section headed `main` needs no heading when alone."""
    if not sections:
        return "", ()
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
