"""A line of text in any script, as the glyphs that belong on the paper and where each of them goes.

Direction is decided by the Unicode bidirectional algorithm (python-bidi), shapes and positions by HarfBuzz. A character
that no face has becomes a visible box and is named in `missing`; no character disappears without a word.
"""

# ruff: noqa: PLC0415 - the libraries are imported when the first document is made, not when the program starts

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, Final

from app.documents.fonts import Face, characters_of, faces_to_try, harfbuzz_font
from app.i18n import NO_BREAK

BOX: Final = "□"
_JOINER: Final = "\u200d"
_INVISIBLE: Final = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f") | {chr(c) for c in range(0xFE00, 0xFE10)}
_DIRECTION_MARKS: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)
_COMMON: Final = frozenset({"Zyyy", "Zinh", "Zzzz"})
_MAY_BREAK: Final = re.compile(rf"[^\S{NO_BREAK}]+")
_SPREADABLE: Final = frozenset({"Latn", "Cyrl", "Grek"})


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph of a run: where it is drawn from the pen, and how far the pen moves, in thousandths of the size."""

    number: int
    text: str
    advance: float
    right: float
    up: float


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring glyphs of one face, script and direction, from left to right."""

    face: Face
    glyphs: tuple[Glyph, ...]
    spoken: str = ""
    """The text, where reading it glyph by glyph would give another: letters joined, split, reordered or stacked.

    Empty from right to left, because readers put such text in order themselves and would turn this one round.
    """


@dataclass(frozen=True, slots=True)
class ShapedLine:
    """A line ready to be drawn; measures are in thousandths of the size, `top` and `bottom` those of the ink."""

    text: str
    runs: tuple[Run, ...]
    width: float
    top: float
    bottom: float
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FittedText:
    """Lines that fit into a frame; all measures in points."""

    lines: tuple[ShapedLine, ...]
    size: float
    ascent: float
    descent: float
    leading: float

    @property
    def width(self) -> float:
        """Return the width of the widest line."""
        return max((line.width for line in self.lines), default=0) * self.size / 1000

    @property
    def height(self) -> float:
        """Return the height from the top of the first line to the bottom of the last."""
        return self.ascent + self.descent + self.leading * (len(self.lines) - 1) if self.lines else 0

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the characters that became boxes, each once."""
        return tuple(dict.fromkeys(character for line in self.lines for character in line.missing))


def clean(text: str) -> str:
    """Return `text` composed (NFC), on one line, without direction marks, its spaces single.

    Those within a day do not break.
    """
    kept = (
        " " if unicodedata.category(character) == "Cc" else character
        for character in unicodedata.normalize("NFC", text)
        if character not in _DIRECTION_MARKS
    )
    return _MAY_BREAK.sub(" ", "".join(kept)).strip()


def shape(text: str, face: Face = Face.REGULAR, *, tracking: float = 0) -> ShapedLine:
    """Return `text` as one line.

    `tracking` is extra space between letters in thousandths of the size. It is left out where letters join or carry
    marks, because they must not be pulled apart.
    """
    return _shape(clean(text).replace(NO_BREAK, " "), face, tracking)


@lru_cache(maxsize=1024)
def _shape(text: str, face: Face, tracking: float) -> ShapedLine:
    missing: list[str] = []
    pieces: list[tuple[str, Face]] = []
    for cluster in _clusters(text):
        found = _face_for(cluster, face)
        if found is None:
            missing.append(cluster)
            pieces.append((BOX, _face_for(BOX, face) or face))
        else:
            pieces.append((cluster, found))
    drawn = "".join(cluster for cluster, _ in pieces)
    faces = [found for cluster, found in pieces for _ in cluster]
    runs = tuple(
        _shape_run(drawn[start:end], faces[start], script, is_reversed=level % 2 == 1)
        for start, end, level, script in _visual_order(_itemise(drawn, faces))
    )
    if tracking and _may_be_spread(drawn):
        runs = _track(runs, tracking)
    top, bottom = _ink(runs)
    width = sum(glyph.advance for run in runs for glyph in run.glyphs)
    return ShapedLine(drawn, runs, width, top, bottom, tuple(dict.fromkeys(missing)))


def _clusters(text: str) -> Iterator[str]:
    """Yield each character with the marks, joiners and modifiers that belong to it."""
    cluster = ""
    for character in text:
        belongs = (
            unicodedata.category(character) in {"Mn", "Me", "Mc"}
            or character in _INVISIBLE
            or ord(character) in _SKIN_TONES
            or cluster.endswith(_JOINER)
        )
        if cluster and not belongs:
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _face_for(cluster: str, face: Face) -> Face | None:
    """Return the first face that has all of a cluster."""
    needed = {ord(character) for character in cluster if character not in _INVISIBLE}
    return next((candidate for candidate in faces_to_try(face) if needed <= characters_of(candidate)), None)


def _levels(text: str) -> list[int]:
    """Return the embedding level of each character (UAX 9); odd ones run from right to left."""
    if all(unicodedata.bidirectional(character) not in {"R", "AL", "AN"} for character in text):
        return [0] * len(text)
    from bidi import algorithm, get_base_level

    storage: dict[str, Any] = algorithm.get_empty_storage()
    storage["base_level"] = get_base_level(text)
    storage["base_dir"] = ("L", "R")[storage["base_level"]]
    algorithm.get_embedding_levels(text, storage)
    algorithm.explicit_embed_and_overrides(storage, False)
    algorithm.resolve_weak_types(storage, False)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    levels = [int(character["level"]) for character in storage["chars"]]
    # The algorithm drops characters that only steer direction; `clean` has taken those out already.
    return levels if len(levels) == len(text) else [int(storage["base_level"])] * len(text)


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_codepoints([ord(character)])
    buffer.guess_segment_properties()
    return str(buffer.script or "Zyyy")


def _itemise(text: str, faces: list[Face]) -> list[tuple[int, int, int, str]]:
    """Cut the line into (start, end, level, script) where level, face or script changes."""
    levels = _levels(text)
    scripts = [_script(character) for character in text]
    known = next((script for script in scripts if script not in _COMMON), "Latn")
    for position, script in enumerate(scripts):
        if script in _COMMON:
            scripts[position] = known
        known = scripts[position]
    keys = list(zip(levels, faces, scripts, strict=True))
    items = []
    for (level, _, script), positions in groupby(range(len(text)), key=keys.__getitem__):
        members = list(positions)
        items.append((members[0], members[-1] + 1, level, script))
    return items


def _visual_order(items: list[tuple[int, int, int, str]]) -> list[tuple[int, int, int, str]]:
    """Return the items from left to right (UAX 9, rule L2)."""
    ordered = list(items)
    for level in range(max((item[2] for item in items), default=0), 0, -1):
        turned: list[tuple[int, int, int, str]] = []
        for is_at_least, group in groupby(ordered, key=lambda item: item[2] >= level):
            members = list(group)
            turned.extend(reversed(members) if is_at_least else members)
        ordered = turned
    return ordered


def _shape_run(text: str, face: Face, script: str, *, is_reversed: bool) -> Run:
    import uharfbuzz

    font = harfbuzz_font(face)
    buffer = uharfbuzz.Buffer()
    buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_CHARACTERS
    buffer.add_codepoints([ord(character) for character in text])
    # All three are given, so that the shapes do not depend on the language of the machine.
    buffer.direction = "rtl" if is_reversed else "ltr"
    buffer.script = script
    buffer.language = "und"
    uharfbuzz.shape(font, buffer, {"kern": True, "liga": False} if script == "Latn" else {})
    starts = sorted({info.cluster for info in buffer.glyph_infos})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    glyphs: list[Glyph] = []
    told: set[int] = set()
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        said = "" if info.cluster in told else text[info.cluster : ends[info.cluster]]
        told.add(info.cluster)
        glyphs.append(Glyph(info.codepoint, said, position.x_advance, position.x_offset, position.y_offset))
    says_itself = all(len(glyph.text) == 1 and not glyph.up for glyph in glyphs)
    return Run(face, tuple(glyphs), "" if is_reversed or says_itself else text)


def _may_be_spread(text: str) -> bool:
    return all(_script(c) in _COMMON | _SPREADABLE and not unicodedata.category(c).startswith("M") for c in text)


def _track(runs: tuple[Run, ...], tracking: float) -> tuple[Run, ...]:
    """Spread the letters, but not after the last one, so that the line stays centred."""
    spread = []
    for number, run in enumerate(runs):
        glyphs = [Glyph(g.number, g.text, g.advance + tracking, g.right, g.up) for g in run.glyphs]
        if number == len(runs) - 1:
            glyphs[-1] = run.glyphs[-1]
        spread.append(Run(run.face, tuple(glyphs), run.spoken))
    return tuple(spread)


def _ink(runs: tuple[Run, ...]) -> tuple[float, float]:
    """Return how far the ink reaches above and below the baseline."""
    top = bottom = 0.0
    for run in runs:
        font = harfbuzz_font(run.face)
        for glyph in run.glyphs:
            extents = font.get_glyph_extents(glyph.number)
            if extents is not None:
                top = max(top, glyph.up + extents.y_bearing)
                bottom = min(bottom, glyph.up + extents.y_bearing + extents.height)
    return top, bottom


def fit(
    text: str,
    *,
    width: float,
    height: float,
    size: float,
    smallest: float,
    face: Face = Face.REGULAR,
    most_lines: int = 2,
    tracking: float = 0,
    line_height: float = 1.25,
) -> FittedText:
    """Return `text` as large as it fits into a frame of `width` by `height` points, at most `size`.

    It is shrunk a little first, so that most names stay on one line; then it is wrapped at spaces into at most
    `most_lines` lines of about equal length, down to `smallest`. What fits in no other way (a name of 300 wide
    letters) becomes smaller than that: a name is never cut.
    """
    words = clean(text).split(" ")
    if words == [""]:
        return FittedText((), size, 0, 0, 0)

    def largest(lines_at_most: int, from_size: float, to_size: float) -> FittedText | None:
        tried = from_size
        while tried >= to_size:
            room = width * 1000 / tried
            texts = _wrap(words, room, lines_at_most, lambda part: shape(part, face, tracking=tracking).width)
            if texts is not None:
                lines = tuple(shape(part, face, tracking=tracking) for part in texts)
                fitted = _set(lines, tried, line_height)
                if fitted.height <= height and fitted.width <= width:
                    return fitted
            tried *= 0.96
        return None

    one_line = max(smallest, size * 0.62)
    found = largest(1, size, one_line) or largest(most_lines, size, smallest) or largest(most_lines, smallest, 0.5)
    if found is None:
        raise AssertionError("no frame is so small that half a point does not fit")
    return found


def wrap(text: str, *, width: float, size: float, face: Face = Face.REGULAR, line_height: float = 1.3) -> FittedText:
    """Return `text` at its size on as many lines of `width` points as it needs; only a word too long is broken."""
    words = clean(text).split(" ")
    if words == [""]:
        return FittedText((), size, 0, 0, 0)
    texts = _fill(words, width * 1000 / size, lambda part: shape(part, face).width)
    return _set(tuple(shape(part, face) for part in texts), size, line_height)


def _set(lines: tuple[ShapedLine, ...], size: float, line_height: float) -> FittedText:
    ascent = max(750.0, *(line.top for line in lines)) * size / 1000
    descent = max(220.0, *(-line.bottom for line in lines)) * size / 1000
    return FittedText(lines, size, ascent, descent, max(size * line_height, ascent + descent))


def _wrap(words: list[str], room: float, most_lines: int, measure: Callable[[str], float]) -> list[str] | None:
    """Return the words on as few lines as they need, evened out, or None where `most_lines` do not hold them."""
    lines = _fill(words, room, measure)
    if len(lines) > most_lines:
        return None
    narrow, wide = room / 2, room
    for _ in range(6 if len(lines) > 1 else 0):
        middle = (narrow + wide) / 2
        evened = _fill(words, middle, measure)
        if len(evened) <= len(lines):
            lines, wide = evened, middle
        else:
            narrow = middle
    return lines


def _fill(words: list[str], room: float, measure: Callable[[str], float]) -> list[str]:
    lines: list[str] = []
    for word in words:
        joined = f"{lines[-1]} {word}" if lines else word
        if measure(joined) <= room:
            lines[-1:] = [joined]
            continue
        rest = word
        while measure(rest) > room:
            part = _longest_start(rest, room, measure)
            lines.append(part)
            rest = rest[len(part) :]
        if rest:
            lines.append(rest)
    return lines


def _longest_start(word: str, room: float, measure: Callable[[str], float]) -> str:
    """Return as much of a word as fits, at least one cluster: only a word too long for a line is broken.

    It is broken behind its last hyphen that fits, where it has one; a day behind its last part that fits.
    """
    clusters = list(_clusters(word))
    fits, too_many = 1, len(clusters) + 1
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if measure("".join(clusters[:middle])) <= room:
            fits = middle
        else:
            too_many = middle
    start = "".join(clusters[:fits])
    return start[: max(start.rfind("-"), start.rfind(NO_BREAK)) + 1] or start
