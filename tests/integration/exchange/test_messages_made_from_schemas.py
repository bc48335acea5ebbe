"""What MedCom's schemas allow, made at random and damaged: read or refused, never crashed, never silently shortened."""

import copy
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml.etree import _Element

from app.exchange.medcom import kinds
from app.exchange.medcom.command import as_json
from app.exchange.medcom.letter import Letter, Refused
from app.exchange.medcom.reading import read_letters
from tests.integration.exchange.schema_messages import schemas
from tests.unit.exchange import medcom_messages as messages
from tests.unit.exchange.test_mutated_medcom import _texts

PUBLISHED = Path(os.environ.get("MEDCOM_MATERIAL") or Path(__file__).parents[4] / "shared" / "medcom")
FOLDERS = sorted(file.parent for file in PUBLISHED.glob("xsd/*/*/*/EMessage.xsd"))
LETTERS = [(folder, name) for folder in FOLDERS for name in schemas(folder).letters()]
TREATED = [
    (folder, name)
    for folder, name in LETTERS
    if kinds.ELEMENTS.get(name) in kinds.TREATED
    # The receipts of this one contradict themselves: no version is allowed in them.
    and not (name.endswith("Receipt") and folder.match("2020/05/06"))
]
OTHERS = [one for one in LETTERS if kinds.ELEMENTS.get(one[1]) not in kinds.TREATED]

pytestmark = pytest.mark.skipif(
    not PUBLISHED.is_dir(),
    reason="MedCom's schemas and examples are neither in ../shared/medcom nor where MEDCOM_MATERIAL says",
)


def unsaid(letter: _Element, found: list[Letter | Refused]) -> set[str]:
    """The words of a letter that nothing in the answer says, in a field or among what is left."""
    said = " ".join(str(text) for item in found for text in _texts(as_json(item, "", "da")))
    # A file is listed and not repeated in the answer; SUP says only that there is one.
    files = {str(one.text) for tag in ("Object_Base64Encoded", "SUP") for one in letter.iter(f"{{*}}{tag}")}
    words = {word for text in letter.itertext() for word in text.split() if text not in files}
    return {word for word in words if word not in said and word.replace("-", "") not in said}


@pytest.mark.parametrize(("folder", "name"), TREATED)
@given(data=st.data())
@settings(max_examples=8)
def test_whatever_the_schema_allows_is_read_and_nothing_of_it_is_lost(
    folder: Path, name: str, data: st.DataObject
) -> None:
    root = schemas(folder).emessage(name, data.draw)
    schemas(folder).valid.assertValid(root)
    found = read_letters(etree.tostring(root, encoding=data.draw(st.sampled_from(["utf-8", "cp1252", "utf-16"]))))
    (letter,) = found
    assert isinstance(letter, Letter)
    assert kinds.bare(letter.type) == kinds.ELEMENTS[name]
    assert letter.wants_receipt == (root.findtext("{*}Envelope/{*}AcknowledgementCode") == "pluspositivkvitt")
    assert not unsaid(root[1], found)


@pytest.mark.parametrize(("folder", "name"), OTHERS)
@given(data=st.data())
@settings(max_examples=1)
def test_every_other_letter_of_the_schemas_is_named_and_with_it_its_patient(
    folder: Path, name: str, data: st.DataObject
) -> None:
    root = schemas(folder).emessage(name, data.draw)
    (item,) = read_letters(etree.tostring(root))
    assert isinstance(item, Refused)
    assert item.code == "other-type"
    assert kinds.bare(item.type) in kinds.NAMES
    surname = root.findtext(".//{*}Patient/{*}PersonSurnameName")
    assert not surname or (item.person is not None and item.person.family_name == surname)


@given(st.sampled_from(TREATED), st.data())
@settings(max_examples=20)
def test_what_the_schema_allows_gets_an_answer_when_it_arrives_damaged(
    letter: tuple[Path, str], data: st.DataObject
) -> None:
    folder, name = letter
    root = schemas(folder).emessage(name, data.draw)
    inside = list(root[1].iter())[1:]
    element = data.draw(st.sampled_from(inside))
    if data.draw(st.booleans()):
        element.getparent().insert(0, copy.deepcopy(element))  # type: ignore[union-attr]  # it stands in the letter
    else:
        element.getparent().remove(element)  # type: ignore[union-attr]  # it stands in the letter
    content = etree.tostring(root, encoding=data.draw(st.sampled_from(["utf-8", "iso-8859-1", "utf-16"])))
    found = read_letters(data.draw(st.sampled_from([messages.vans, messages.sbdh, bytes]))(content))
    assert not unsaid(root[1], found) or any(isinstance(item, Refused) for item in found)
    cut = content[: data.draw(st.integers(0, len(content) - 3))]
    assert all(isinstance(item, Refused) or item.warnings for item in read_letters(cut))
