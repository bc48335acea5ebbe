"""Read a file of MedCom messages, whatever it is wrapped in: letters, or for what cannot be read a reason.

A file comes from outside and is trusted with nothing. It is measured before it is parsed, a document type is refused
(so no entity is ever expanded or fetched), and packed files stay packed.
"""

import base64
import binascii
import re
from functools import cache
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from app.exchange.medcom import edifact, fhir, oioxml
from app.exchange.medcom.decoding import Undecodable, decode
from app.exchange.medcom.letter import Letter, Refused, Remark
from app.exchange.medcom.pieces import (
    OF_CHARACTERS,
    OF_TREE,
    NotPlain,
    local_name,
    of_characters,
    of_tree,
    without_namespace,
)

if TYPE_CHECKING:
    from lxml import etree
    from lxml.etree import _Element

MAXIMUM_BYTES: Final = 100 * 1024 * 1024
"""MedCom's own limit for a whole message."""

_MAXIMUM_WRAPPINGS: Final = 6
# A letter has a few hundred elements and a full Bundle a few thousand; each costs memory long after its bytes are read.
_MAXIMUM_MARKS: Final = 300_000
_LARGE: Final = 8 * 1024 * 1024
_PACKED: Final = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
)
_SPACE: Final = re.compile(r"\s*")
_DECLARATION: Final = re.compile(r"\s*<\?xml\s[^>]*?\?>")
_CONTROLS: Final = bytes((*range(9), 0x0B, 0x0C, *range(0x0E, 0x20)))
_PAYLOADS: Final = frozenset(("BinaryContent", "TextContent", "Data"))
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")


def read_letters(content: bytes) -> list[Letter | Refused]:
    """Return what a file holds, in its order; never empty and never an exception, whatever the bytes."""
    if len(content) > MAXIMUM_BYTES:
        return [Refused(code="too-large")]
    return _joined(_read(content, 0))


def _read(content: bytes, depth: int) -> list[Letter | Refused]:
    if depth > _MAXIMUM_WRAPPINGS:
        return [Refused(code="too-many-wrappings")]
    start = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return [Refused(code="empty" if not content.strip() else "not-a-message")]
    if start.startswith(_PACKED):
        return [Refused(code="packed")]
    objects: list[bytes | None] = []
    if edifact.looks_like(start):
        content, objects = edifact.without_binary(content)
    elif not start.startswith((b"<", b"{", b"\xff\xfe", b"\xfe\xff")):
        return [Refused(code="not-a-message")]
    if len(content) > _MAXIMUM_MARKS and _is_too_complex(content, start):
        return [Refused(code="too-complex")]
    try:
        text, remarks = decode(content)
    except Undecodable:
        return [Refused(code="undecodable")]
    text = text.lstrip()
    if text.startswith("<"):
        # What no document may hold is found among bytes several times faster than among characters.
        is_clean = len(content.translate(None, _CONTROLS)) == len(content)
        found = _read_xml(text, depth, is_clean=is_clean)
    else:
        found = _read_text(text, objects)
    return _with(found, remarks) if remarks else found


def _is_too_complex(content: bytes, start: bytes) -> bool:
    """Say whether it would cost far more memory than its bytes, before any of it is parsed."""
    marks = (
        (b"<", b"=")
        if start.startswith(b"<")
        else (b"{", b"[", b'"', b",")
        if start.startswith(b"{")
        else (b"'", b":", b"+")
    )
    return sum(content.count(mark) for mark in marks) > _MAXIMUM_MARKS


def _read_text(text: str, objects: list[bytes | None]) -> list[Letter | Refused]:
    if text.startswith("{"):
        try:
            bundle, remarks = fhir.parse_json(text)
        except fhir.Unreadable:
            return [Refused(code="broken-json")]
        except fhir.TooDeep:
            return [Refused(code="too-deep")]
        return fhir.read_bundle(bundle, remarks)
    if text.startswith(("UNA", "UNB", "UNH")):
        return edifact.read_interchange(text, objects)
    return [Refused(code="not-a-message")]


def _read_xml(text: str, depth: int, *, is_clean: bool) -> list[Letter | Refused]:
    declaration = _DECLARATION.match(text)
    if declaration:
        text = text[declaration.end() :].lstrip()
    if text.startswith("<Emessage"):
        try:
            if is_clean:
                return _plainly(text)
        except NotPlain:
            # The parser can say more of it, if only why it is none.
            pass
        text = without_namespace(text)
    if _has_document_type(text):
        return [Refused(code="document-type")]
    from lxml import etree  # noqa: PLC0415 - no message is read on most days

    try:
        root = etree.fromstring(text.encode("utf-8"), _parser(large=len(text) > _LARGE))
    except UnicodeEncodeError:
        return [Refused(code="undecodable")]
    except etree.XMLSyntaxError as error:
        # More than one document in a file: each has its own declaration.
        parts = [part for part in re.split(r"<\?xml\s[^>]*\?>", text) if part.strip()]
        if len(parts) > 1:
            return [item for part in parts for item in _read_xml(part.lstrip(), depth + 1, is_clean=is_clean)]
        # Its versions number this differently.
        if "Excessive depth" in error.msg:
            return [Refused(code="too-deep")]
        return [Refused(code="broken-xml", what=f"{error.lineno or 0}")]
    return _read_tree(root, depth)


def _plainly(text: str) -> list[Letter | Refused]:
    """Read an `Emessage` without a parser. Raises: NotPlain: where it takes one to say what stands there."""
    pieces = of_characters(text, "Emessage")
    if pieces is None:
        raise NotPlain("Emessage")
    return oioxml.read_emessage(pieces, OF_CHARACTERS)


def _from_tree(emessage: "_Element") -> list[Letter | Refused]:
    try:
        return oioxml.read_emessage(of_tree(emessage), OF_TREE)
    except NotPlain:
        # A tree is well-formed, so this one is only too deep.
        return [Refused(code="too-deep")]


def _has_document_type(text: str) -> bool:
    """Look past comments and instructions, the only things that may stand before a document type."""
    position = 0
    while True:
        position = _SPACE.match(text, position).end()  # type: ignore[union-attr]  # it matches everywhere
        for opening, closing in (("<?", "?>"), ("<!--", "-->")):
            if text.startswith(opening, position):
                end = text.find(closing, position + len(opening))
                position = end + len(closing) if end >= 0 else len(text)
                break
        else:
            return text[position : position + 9].upper() == "<!DOCTYPE"


@cache
def _parser(*, large: bool) -> "etree.XMLParser":
    """Return a parser that expands nothing and fetches nothing; a large one may hold an attachment in one element."""
    from lxml import etree  # noqa: PLC0415 - as above

    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=large,
    )


def _read_tree(root: "_Element", depth: int) -> list[Letter | Refused]:
    """Read letters wherever they stand in the tree, peeling envelopes on the way."""
    if local_name(root.tag) == "Emessage":
        return _from_tree(root)
    found: list[Letter | Refused] = []
    inside = None
    for element in root.iter():
        if inside is not None:
            if _is_within(element, inside):
                continue
            inside = None
        name = local_name(element.tag)
        if name == "Emessage":
            found += _from_tree(element)
            inside = element
        elif name == "Bundle":
            node = fhir.from_xml(element)
            node["resourceType"] = "Bundle"
            found += fhir.read_bundle(node, [])
            inside = element
        elif name in _PAYLOADS and len(element) == 0:
            found += _read_payload(element.text or "", depth)
        elif name == "Receipt" and local_name(root.tag) == "VANSEnvelope":
            found.append(Refused(code="network-receipt"))
            inside = element
    if found:
        return found
    name = local_name(root.tag)
    return [Refused(code="empty-wrapping" if name in _WRAPPINGS else "other-xml", what=name[:60])]


_WRAPPINGS: Final = frozenset(("StandardBusinessDocument", "VANSEnvelope", "Envelope"))


def _is_within(element: "_Element", ancestor: "_Element") -> bool:
    parent = element.getparent()
    while parent is not None:
        if parent is ancestor:
            return True
        parent = parent.getparent()
    return False


def _read_payload(text: str, depth: int) -> list[Letter | Refused]:
    text = text.strip()
    if text.startswith(("<", "{", "UNA", "UNB+", "UNH+")) and not _BASE64.fullmatch(text):
        return _read(text.encode("utf-8", "replace"), depth + 1)
    try:
        inner = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return [Refused(code="wrapping-damaged")]
    return _read(inner, depth + 1)


def _with(found: list[Letter | Refused], remarks: list[Remark]) -> list[Letter | Refused]:
    return [
        replace(item, warnings=item.warnings + tuple(remarks)) if isinstance(item, Letter) else item for item in found
    ]


def _joined(found: list[Letter | Refused]) -> list[Letter | Refused]:
    """Give announced attachments the content that another letter of the same file brings; remark on ids given twice."""
    if len(found) == 1 and not (isinstance(found[0], Letter) and found[0].attachments):
        return found
    contents = {
        attachment.id: attachment.content
        for letter in found
        if isinstance(letter, Letter)
        for attachment in letter.attachments
        if attachment.content is not None and attachment.id
    }
    seen: set[tuple[str, str]] = set()
    result: list[Letter | Refused] = []
    for item in found:
        if isinstance(item, Letter):
            item = _complete(item, contents)
            key = (item.sender.location_number or item.sender.id, item.letter_id)
            if item.letter_id and key in seen:
                item = replace(item, warnings=(*item.warnings, Remark(code="letter-id-twice", what=item.letter_id)))
            seen.add(key)
        result.append(item)
    return result


def _complete(letter: Letter, contents: dict[str, bytes]) -> Letter:
    arrived = {a.id for a in letter.attachments if a.content is None and a.id in contents}
    if not arrived:
        return letter
    return replace(
        letter,
        attachments=tuple(replace(a, content=contents[a.id]) if a.id in arrived else a for a in letter.attachments),
        warnings=tuple(w for w in letter.warnings if w.code != "attachment-elsewhere" or w.what not in arrived),
    )
