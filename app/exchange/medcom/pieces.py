"""XML as a row of pieces, each a tag and the text behind it: `Date>2026-11-23`, `/Date>`, `PersonTitle/>`.

The plainest files are only split, which is several times faster than walking a tree of elements. Whatever is not plain
to see (attributes, comments, entities of its own, odd signs) goes through the parser, whose tree says the same pieces.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.etree import _Element

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}(?:\s*/)?", re.ASCII)
_REMEMBERED: Final = 4096
_LONGEST_PATH: Final = 200
_NAMESPACE: Final = re.compile(r"\sxmlns=(?:\"[^\"<>]*\"|'[^'<>]*')")
_FOREIGN: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
_LONGEST_START: Final = 1000

BREAK: Final = "\x02"
"""What stands in a text for `<Break/>`, which would else be most of the pieces. No document can hold this sign."""

DEEPEST: Final = 200
"""How deep elements are nested at most; MedCom's own are seven deep, and the parser stops at 256 by itself."""

_NEXT: Final = "\x00"


class NotPlain(ValueError):
    """The pieces are not of a well-formed document, or of one that only a parser can read."""


@lru_cache(maxsize=4096)
def local_name(tag: str) -> str:
    """Return a tag without its namespace."""
    return tag[tag.rfind("}") + 1 :]


def without_namespace(text: str) -> str:
    """Return a document without the namespace that its first element declares for all of it.

    It differs from version to version and is never looked at; some that were written by hand are refused by parsers.
    """
    end = text.find(">")
    return _NAMESPACE.sub("", text[:end], count=1) + text[end:]


def of_characters(text: str, root: str) -> list[str] | None:
    """Return the pieces of a document, its declaration taken off, or None where it is not plain to see what it says.

    They may still not be well-formed; whoever reads them finds out, with the help of :data:`OF_CHARACTERS`.
    """
    end = text.find(">", 0, _LONGEST_START)
    if end < 0 or not _opens(text[1:end], root):
        return None
    if ("]" in text and "]]>" in text) or "\ufffe" in text or "\uffff" in text:
        return None
    has_entities = "&" in text
    if has_entities and _FOREIGN.search(text):
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        end = text.find(">")
    pieces = text.replace("<Break/>", BREAK).split("<")
    del pieces[0]
    pieces[0] = root + pieces[0][end - 1 :]
    if has_entities:
        if any("&" in piece[: piece.find(">")] for piece in pieces):
            return None
        for written, sign in _ENTITIES:
            pieces = [piece.replace(written, sign) for piece in pieces]
    return pieces


@lru_cache(maxsize=256)
def _opens(tag: str, root: str) -> bool:
    """Say whether what stands between the first angle brackets opens an element `root`, whatever its namespace."""
    from lxml import etree  # noqa: PLC0415 - no message is read on most days

    try:
        return etree.fromstring(without_namespace(f"<{tag}/>")).tag == root
    except (etree.XMLSyntaxError, UnicodeEncodeError):
        return False


class Outline(dict[str, tuple[str, str, "Outline"]]):
    """What may stand in an element: tag → what closes it (nothing where it is `Break/`), its path, what stands in it.

    Letters are all built alike, so what was seen once is remembered; a file of odd names makes it begin anew.
    """

    seen = 0

    def __init__(self, path: str = "", *, is_plain: bool) -> None:
        super().__init__()
        self.path = path
        self._is_plain = is_plain

    def __missing__(self, tag: str) -> tuple[str, str, "Outline"]:
        """Look at a tag for the first time.

        Raises: NotPlain: in an outline of characters for an attribute, a prefix, a comment, or whatever else is no name
        as all of MedCom's are; the parser has seen to that in an outline of a tree.
        """
        if self._is_plain and not _NAME.fullmatch(tag):
            raise NotPlain(tag[:100])
        is_empty = tag.endswith("/")
        path = f"{self.path}/" * bool(self.path) + (tag[:-1].rstrip() if is_empty else tag)
        entry = ("" if is_empty else f"/{tag}>", path, Outline(path, is_plain=self._is_plain))
        if len(path) < _LONGEST_PATH:
            if Outline.seen >= _REMEMBERED:
                Outline.seen = 0
                OF_TREE.clear()
                OF_CHARACTERS.clear()
            Outline.seen += 1
            self[tag] = entry
        return entry


OF_TREE: Final = Outline(is_plain=False)
OF_CHARACTERS: Final = Outline(is_plain=True)


def of_tree(root: "_Element") -> list[str]:
    """Return the pieces of what the parser found.

    Raises: NotPlain: where elements are nested deeper than in any message.
    """
    name = local_name(root.tag)
    found = [f"{_NEXT}{name}>{root.text or ''}"]
    _walk(root, found, 0)
    found.append(f"{_NEXT}/{name}>")
    return "".join(found).split(_NEXT)[1:]


def _walk(parent: "_Element", found: list[str], depth: int) -> None:
    if depth > DEEPEST:
        raise NotPlain("depth")
    for child in parent:
        name, text, tail = local_name(child.tag), child.text or "", child.tail or ""
        if len(child):
            found.append(f"{_NEXT}{name}>{text}")
            _walk(child, found, depth + 1)
            found.append(f"{_NEXT}/{name}>{tail}")
        elif text:
            found.append(f"{_NEXT}{name}>{text}{_NEXT}/{name}>{tail}")
        else:
            found.append((BREAK if name == "Break" else f"{_NEXT}{name}/>") + tail)
