import copy
import json
import re
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from app.exchange.medcom.command import as_json
from app.exchange.medcom.letter import Letter, Refused
from app.exchange.medcom.oioxml import read_emessage
from app.exchange.medcom.pieces import OF_CHARACTERS, OF_TREE, NotPlain, of_characters, of_tree, without_namespace
from app.exchange.medcom.reading import read_letters
from tests.unit.exchange import medcom_messages as messages
from tests.unit.exchange.notes import note
from tests.unit.exchange.test_writing_medcom import WRITERS

WHOLE = [
    *(messages.oioxml(version, extra=messages.REFERENCE).encode("cp1252") for version in messages.ROOTS),
    messages.edifact_ref01().encode("latin-1"),
    messages.edifact_dis91().encode("latin-1"),
    messages.as_json(messages.care_communication()),
    messages.as_xml(messages.care_communication()),
]
CONTROL = frozenset(map(chr, (*range(9), 11, 12, *range(14, 32))))
"""Signs that no document may hold: files with them never come as far as being split."""
MESSAGES = WHOLE + [messages.vans(one) for one in WHOLE] + [messages.sbdh(messages.vans(one)) for one in WHOLE]


def answered(content: bytes) -> list[Letter | Refused]:
    """Whatever comes, there is an answer that can be said in both languages."""
    found = read_letters(content)
    assert found
    for item in found:
        for language in ("da", "en"):
            line = as_json(item, "fil", language)
            assert json.loads(json.dumps(line)) == line
            if isinstance(item, Refused):
                assert line["sentence"] != item.code
            else:
                assert all(remark["sentence"] != remark["code"] for remark in line["warnings"])
    return found


@given(st.binary(max_size=300), st.sampled_from([b"", b"<", b"{", b"UNB+", b"UNH+", b"UNA:+.? '", b"\xff\xfe<\x00"]))
def test_any_bytes_get_an_answer(content: bytes, start: bytes) -> None:
    answered(start + content)


@given(st.sampled_from(MESSAGES), st.data())
@settings(max_examples=300)
def test_a_message_with_bytes_changed_gets_an_answer(content: bytes, data: st.DataObject) -> None:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    answered(bytes(changed))


@given(st.sampled_from(WHOLE), st.data())
@settings(max_examples=300)
def test_a_message_cut_short_is_refused_or_says_so(content: bytes, data: st.DataObject) -> None:
    cut = content[: data.draw(st.integers(0, len(content.rstrip()) - 2))]
    for item in answered(cut):
        assert isinstance(item, Refused) or item.warnings


@given(st.sampled_from(MESSAGES), st.sampled_from(["utf-8", "cp1252", "latin-1", "utf-16", "cp850", "utf-8-sig"]))
def test_a_message_in_another_encoding_gets_an_answer(content: bytes, encoding: str) -> None:
    answered(content.decode("cp1252", "replace").encode(encoding, "replace"))


@given(st.sampled_from(list(messages.ROOTS)), st.data())
@settings(max_examples=300)
def test_no_word_is_lost_when_elements_are_dropped_doubled_and_moved(version: str, data: st.DataObject) -> None:
    root = etree.fromstring(messages.oioxml(version, extra=messages.REFERENCE))
    for number in range(data.draw(st.integers(1, 5))):
        inside = [element for element in root[1].iter() if element is not root[1]]
        element = inside[data.draw(st.integers(0, len(inside) - 1))]
        parent = element.getparent()
        assert parent is not None
        match data.draw(st.sampled_from(["drop", "double", "move", "word"])):
            case "drop":
                parent.remove(element)
            case "double":
                parent.insert(0, copy.deepcopy(element))
            case "move":
                target = inside[data.draw(st.integers(0, len(inside) - 1))]
                if element not in target.iterancestors() and target is not element:
                    target.append(element)
            case "word":
                element.text = (element.text or "") + f" nyt{number} "
    words = {word for text in root[1].itertext() for word in text.split()}
    found = answered(etree.tostring(root, encoding="utf-8"))
    said = " ".join(map(str, _texts(as_json(found[0], "", "da"))))
    missing = {word for word in words if word not in said and word.replace("-", "") not in said}
    assert not missing or isinstance(found[0], Refused)


_SIGNS = [
    "<Break/>",
    "<Break />",
    "<Space/>",
    "<Bold>x</Bold>",
    "<Bold>",
    "</Bold>",
    "\n  ",
    " ",
    "\r\n",
    "&amp;",
    "&lt;",
]
_SIGNS += ["&#13;", "&", "<", ">", "</", "/>", "]]>", "<!-- x -->", "<?x y?>", "<Letter>", "</Emessage>"]
_SIGNS += ["<Reference>", "<A b='c'>", "<m:A/>", "<Æ>x</Æ>", "\x0b", "\x02", "\xa0", "\ufffe", "stray"]
_TEXT = (
    "Et<Break/>\n  to <Bold>tre</Bold>\n <Italic>fire\n<Underline>fem</Underline></Italic><FixedFont>a\n b</FixedFont>"
)


@given(st.sampled_from(list(messages.ROOTS)), st.data())
@settings(max_examples=300)
def test_what_is_read_without_a_parser_the_parser_reads_alike(version: str, data: st.DataObject) -> None:
    text = messages.oioxml(version, text=_TEXT, extra=messages.REFERENCE)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.sampled_from([match.end() for match in re.finditer("[^<]*>|[^>]", text)]))
        text = text[:place] + data.draw(st.sampled_from(_SIGNS)) + text[place + data.draw(st.integers(0, 1)) :]
    pieces = of_characters(text, "Emessage") if CONTROL.isdisjoint(text) else None
    try:
        found = read_emessage(pieces, OF_CHARACTERS) if pieces else None
    except NotPlain:
        found = None
    if found is not None:
        parser = etree.XMLParser(remove_comments=True, remove_pis=True)
        assert found == read_emessage(of_tree(etree.fromstring(without_namespace(text), parser)), OF_TREE)


@given(
    st.sampled_from(WHOLE),
    st.lists(st.sampled_from([messages.vans, messages.sbdh]), max_size=9),
    st.lists(st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]), max_size=1),
)
def test_envelopes_in_any_order_are_peeled_or_refused_as_too_many(
    content: bytes, wrappings: list[Callable[[bytes], bytes]], encodings: list[str]
) -> None:
    bare = answered(content)
    wrapped = content
    for wrap in wrappings:
        wrapped = wrap(wrapped)
    for encoding in encodings:
        if wrappings:
            wrapped = wrapped.decode("utf-8").encode(encoding)
    found = answered(wrapped)
    if len(wrappings) <= 6:
        assert found == bare
    else:
        assert [item.code for item in found if isinstance(item, Refused)] == ["too-many-wrappings"]


@given(st.sampled_from(list(WRITERS)), st.data())
@settings(max_examples=200)
def test_what_we_write_gets_an_answer_when_it_arrives_damaged(version: str, data: st.DataObject) -> None:
    content = WRITERS[version](note())
    cut = content[: data.draw(st.integers(0, len(content.rstrip()) - 1))]
    assert all(isinstance(item, Refused) or item.warnings for item in answered(cut))
    changed = bytearray(content)
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    answered(bytes(changed))


def _texts(value: object) -> list[object]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value]


@given(st.text(alphabet=st.characters(codec="cp1252", exclude_categories=["Cc"]), max_size=200))
def test_text_comes_through_edifact_as_written(text: str) -> None:
    written = "".join("?" + sign if sign in "?+:'" else sign for sign in text)
    if text.endswith("\\") or text.strip() in ("", ".") or text[0] == " ":
        return
    (letter,) = answered(messages.edifact_ref01(text=written).encode("cp1252"))
    assert isinstance(letter, Letter)
    assert letter.clinical_text == text
