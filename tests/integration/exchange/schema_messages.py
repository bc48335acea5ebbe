"""Messages made from MedCom's own schemas: every element, choice and number of repetitions that they allow."""

import re
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from lxml import etree
from lxml.etree import _Element

XS = "{http://www.w3.org/2001/XMLSchema}"
_LETTERS = "abcdefghæøåÆØÅABCDEFGH0123456789"
_WORDS = st.text(alphabet=_LETTERS, min_size=1, max_size=12)
_BUILT_IN = {
    "string": _WORDS,
    "anyURI": st.just("https://example.invalid/fil"),
    "date": st.dates().map(str),
    "boolean": st.sampled_from(["true", "false"]),
    "base64Binary": st.just("JVBERg=="),
}
_NUMBERS = {"int": (-9, 999), "integer": (-9, 999), "decimal": (0, 99), "float": (0, 99), "positiveInteger": (1, 9999)}
Draw = Callable[[st.SearchStrategy[Any]], Any]


class Schemas:
    """The schemas of one folder, read together, with what each names."""

    def __init__(self, folder: Path) -> None:
        self._named: dict[tuple[str, str, str], _Element] = {}
        self._seen: set[Path] = set()
        self._include(folder / "EMessage.xsd", "")
        self._folder = folder

    @cached_property
    def valid(self) -> etree.XMLSchema:
        """What says whether a message is valid."""
        return etree.XMLSchema(etree.parse(str(self._folder / "EMessage.xsd")))

    def _include(self, file: Path, space: str) -> None:
        file = file.resolve()
        if file in self._seen:
            return
        self._seen.add(file)
        root = etree.parse(str(file), etree.XMLParser(remove_comments=True)).getroot()
        root.set("targetNamespace", root.get("targetNamespace", space))
        for node in root:
            name = node.get("name")
            if name:
                self._named.setdefault((node.tag, root.get("targetNamespace", ""), name), node)
            elif node.get("schemaLocation"):
                self._include(file.parent / str(node.get("schemaLocation")), root.get("targetNamespace", ""))

    def letters(self) -> list[str]:
        """The names of the letters that a message may carry."""
        (group,) = [node for (tag, _, name), node in self._named.items() if tag == XS + "group" and name == "Letters"]
        return [str(node.get("ref")).rpartition(":")[2] for node in group.iter(XS + "element")]

    def find(self, kind: str, node: _Element, reference: str) -> _Element:
        """What a reference in `node` names."""
        prefix, _, name = reference.rpartition(":")
        return self._named[(XS + kind, node.nsmap.get(prefix or None, ""), name)]

    def emessage(self, letter: str, draw: Draw) -> _Element:
        """A message with one such letter."""
        (root,) = [node for (tag, _, name), node in self._named.items() if (tag, name) == (XS + "element", "Emessage")]
        made = etree.Element(self._tag(root), nsmap={None: _space(root)})
        (envelope,) = [node for node in root.iter(XS + "element") if node.get("name") == "Envelope"]
        self._element(envelope, made, draw)
        (found,) = [node for (tag, _, name), node in self._named.items() if (tag, name) == (XS + "element", letter)]
        self._element(found, made, draw)
        return made

    def _tag(self, node: _Element) -> str:
        return f"{{{_space(node)}}}{node.get('name')}"

    def _element(self, node: _Element, parent: _Element, draw: Draw) -> None:
        reference = node.get("ref")
        if reference:
            node = self.find("element", node, reference)
        made = etree.SubElement(parent, self._tag(node))
        named = node.get("type")
        inline = next((one for one in node if one.tag in (XS + "complexType", XS + "simpleType")), None)
        if inline is not None and inline.tag == XS + "complexType":
            self._complex(inline, made, draw)
        elif inline is not None:
            made.text = self._simple(inline, draw)
        elif named and node.nsmap.get(named.rpartition(":")[0] or None) == XS[1:-1]:
            made.text = "" if named.endswith("anyType") else _built_in(named.rpartition(":")[2], draw)
        elif named:
            try:
                self._complex(self.find("complexType", node, named), made, draw)
            except KeyError:
                made.text = self._simple(self.find("simpleType", node, named), draw)

    def _complex(self, node: _Element, made: _Element, draw: Draw) -> None:
        for part in node:
            if part.tag == XS + "complexContent":
                (derived,) = [one for one in part if one.tag != XS + "annotation"]
                if derived.tag == XS + "extension":
                    self._complex(self.find("complexType", derived, str(derived.get("base"))), made, draw)
                self._complex(derived, made, draw)
            elif part.tag in (XS + "sequence", XS + "choice", XS + "group"):
                self._particle(part, made, draw)
        if node.get("mixed") == "true":
            made.text = draw(_WORDS)
            for child in made:
                child.tail = draw(st.sampled_from(["", " ", "\n   "])) + draw(_WORDS)

    def _particle(self, node: _Element, made: _Element, draw: Draw) -> None:
        least, most = int(node.get("minOccurs", "1")), node.get("maxOccurs", "1")
        most = least + 3 if most == "unbounded" else min(int(most), least + 2)
        for _ in range(draw(st.integers(least, most))):
            if node.tag == XS + "element":
                self._element(node, made, draw)
                continue
            if node.tag == XS + "group":
                node = self.find("group", node, str(node.get("ref")))
            parts = [one for one in node if one.tag != XS + "annotation"]
            if node.tag == XS + "choice":
                parts = [draw(st.sampled_from(parts))]
            for part in parts:
                self._particle(part, made, draw)

    def _simple(self, node: _Element, draw: Draw) -> str:
        facets = list(self._facets(node))
        listed = [one for one in facets if one.tag == XS + "enumeration"]
        # A type that lists its values takes away from what the one below it lists.
        values = [str(one.get("value")) for one in listed if one.getparent() is listed[0].getparent()]
        patterns = [str(one.get("value")) for one in facets if one.tag == XS + "pattern"]
        known = {str(one.tag).removeprefix(XS): str(one.get("value")) for one in reversed(facets)}
        fitting = [value for value in values if all(re.fullmatch(pattern, value) for pattern in patterns)]
        if fitting:
            return str(draw(st.sampled_from(fitting)))
        if known["base"] in ("date", "anyURI"):
            return _built_in(known["base"], draw)
        if patterns:
            text = st.from_regex(re.compile(patterns[0], re.ASCII), fullmatch=True)
            longest = int(known.get("maxLength", "40"))
            return str(draw(text.filter(lambda one: len(one) <= longest and one.isprintable())))
        if known["base"] != "string":
            numbers = {"least": known.get("minInclusive"), "most": known.get("maxInclusive")}
            return _built_in(known["base"], draw, **numbers)
        least = int(known.get("length", known.get("minLength", "1")))
        most = int(known.get("length", known.get("maxLength", "12")))
        return str(draw(st.text(alphabet=_LETTERS, min_size=max(least, 1), max_size=min(most, max(least, 12)))))

    def _facets(self, node: _Element) -> Iterator[_Element]:
        """The facets of a type and of those it is made of, its own first; at last what it is at bottom."""
        (restriction,) = [one for one in node if one.tag == XS + "restriction"]
        yield from (one for one in restriction if one.tag != XS + "annotation")
        base = str(restriction.get("base"))
        if restriction.nsmap.get(base.rpartition(":")[0] or None) == XS[1:-1]:
            yield etree.Element(XS + "base", value=base.rpartition(":")[2])
        else:
            yield from self._facets(self.find("simpleType", restriction, base))


def _space(node: _Element) -> str:
    return str(node.getroottree().getroot().get("targetNamespace"))


def _built_in(kind: str, draw: Draw, *, least: str | None = None, most: str | None = None) -> str:
    if kind in _NUMBERS:
        lowest, highest = _NUMBERS[kind]
        lowest, highest = int(least or lowest), int(most or max(highest, int(least or 0)))
        return str(draw(st.integers(lowest, highest)))
    return str(draw(_BUILT_IN[kind]))


@cache
def schemas(folder: Path) -> Schemas:
    """The schemas of a folder, read once."""
    return Schemas(folder)
