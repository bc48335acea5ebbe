import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import TurnedClock
from app.errors import RuleRefusal
from app.exchange.medcom.letter import Letter
from app.exchange.medcom.outgoing import Note, new_message_id, outside_encoding
from app.exchange.medcom.reading import read_letters
from app.exchange.medcom.write_fhir import write_care_communication
from app.exchange.medcom.write_oioxml import LONGEST_PART, parts, write_closing_note, write_correspondence
from tests.unit.exchange.notes import DOCTOR, MUNICIPALITY, note

Writer = Callable[[Note], bytes]
WRITERS: dict[str, Writer] = {
    "XD1530L": write_closing_note,
    "XD1531L": lambda note: write_closing_note(note, version="XD1531L"),
    "XD9134L": write_correspondence,
    "XD9135L": lambda note: write_correspondence(note, version="XD9135L"),
    "5.0": write_care_communication,
}
CLOCK = TurnedClock(datetime(2026, 11, 24, 12, 30, tzinfo=UTC))


def read_back(content: bytes) -> Letter:
    (letter,) = read_letters(content)
    assert isinstance(letter, Letter)
    return letter


@pytest.mark.parametrize("version", list(WRITERS))
def test_what_we_write_we_read_back_equal(version: str) -> None:
    written = note()
    letter = read_back(WRITERS[version](written))
    assert letter.version == version
    assert letter.person is not None
    assert (letter.person.given_name, letter.person.family_name) == (written.given_name, written.family_name)
    assert (letter.person.identifier, letter.person.identifier_kind) == ("6112559996", "replacement")
    assert letter.clinical_text == written.text
    assert letter.sender.name == "Hvidovre Kommune, Forebyggelsen"
    assert letter.sender.location_number == MUNICIPALITY.location_number
    assert letter.receiver.location_number == DOCTOR.location_number
    assert (letter.receiver.id, letter.receiver.id_type) == ("079741", "ydernummer")
    if version != "5.0":
        assert (letter.letter_id, letter.envelope_id) == (written.letter_id, written.envelope_id)
        assert (letter.status, letter.authorised) == ("nytbrev", "2026-11-24 13:30")
        assert letter.episode_ids == ("Forloeb1",)
    assert {warning.code for warning in letter.warnings} <= {"receipt-wanted"}


@pytest.mark.parametrize("version", list(WRITERS))
def test_a_correction_says_that_it_is_one(version: str) -> None:
    letter = read_back(WRITERS[version](note(status="rettetbrev")))
    if version == "5.0":
        # CareCommunication has no corrections any more, only answers.
        assert letter.subject == "Rettelse: Afslutning af rygestopforløb"
    else:
        assert "correction" in {warning.code for warning in letter.warnings}


def test_an_answer_repeats_the_whole_thread_with_who_wrote_what_and_when() -> None:
    question = read_back(
        write_care_communication(
            note(sender=DOCTOR, receiver=MUNICIPALITY, signed_by="Asta Lund", job_title="Læge", text="Hvordan går det?")
        )
    )
    first = read_back(write_care_communication(note(envelope_id="KUV2", letter_id="BREV2", answers=question)))
    content = write_care_communication(note(envelope_id="KUV3", letter_id="BREV3", answers=first, text="Og tak."))
    last = read_back(content)
    assert last.letter_id == question.letter_id
    assert [step.activity for step in last.steps] == ["new-message", "reply-message", "reply-message"]
    assert [step.message_id for step in last.steps] == [one.message_id for one in (question, first, last)]
    assert last.segments[:2] == first.segments
    assert [(one.author, one.role, one.text[:9]) for one in last.segments] == [
        ("Asta Lund", "Læge", "Hvordan g"),
        ("Mette Holm", "Rygestoprådgiver", "Kære læge"),
        ("Mette Holm", "Rygestoprådgiver", "Og tak."),
    ]
    assert [one.organisation.location_number for one in last.segments] == [
        DOCTOR.location_number,
        MUNICIPALITY.location_number,
        MUNICIPALITY.location_number,
    ]
    assert {warning.code for warning in last.warnings} == set()
    bundle = json.loads(content)
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert (kinds.count("Practitioner"), kinds.count("Organization"), kinds.count("Provenance")) == (2, 2, 3)
    assert f"MessageHeader/{first.message_id}" in [
        entity["what"].get("reference") for entity in bundle["entry"][-1]["resource"]["entity"]
    ]
    known = {entry["fullUrl"] for entry in bundle["entry"]}
    inside = {node["reference"] for node in _nodes(bundle) if str(node.get("reference", "")).startswith("urn:")}
    assert inside <= known


@pytest.mark.parametrize("version", list(WRITERS))
@given(
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n \t<>&\"'"), max_size=400).filter(
        lambda text: text.strip() and not set("\ufffe\uffff\ufdd0\ufdd1\ufdd2\ufdd3") & set(text)
    )
)
def test_any_text_comes_back_as_it_was_written(version: str, text: str) -> None:
    assert read_back(WRITERS[version](note(text=text))).clinical_text.strip() == text.strip()


@pytest.mark.parametrize("version", list(WRITERS))
@pytest.mark.parametrize(("number", "kind"), [("6112559996", "replacement"), ("0703921VJ5", "ecpr")])
def test_replacement_numbers_arrive_as_what_they_are(version: str, number: str, kind: str) -> None:
    person = read_back(WRITERS[version](note(identifier=number, identifier_kind=kind))).person
    assert person is not None
    assert (person.identifier, person.identifier_kind) == (number, kind)


@pytest.mark.parametrize("version", list(WRITERS))
@pytest.mark.parametrize(("given_name", "family_name"), [("Tulle", ""), ("", "Holm")])
def test_somebody_with_one_name_only_keeps_it(version: str, given_name: str, family_name: str) -> None:
    person = read_back(WRITERS[version](note(given_name=given_name, family_name=family_name))).person
    assert person is not None
    assert person.name == (given_name or family_name)


@pytest.mark.parametrize("version", ["XD1530L", "XD1531L"])
def test_a_closing_note_goes_to_the_department_that_was_named(version: str) -> None:
    receiver = replace(DOCTOR, department="Lungeklinikken")
    assert read_back(WRITERS[version](note(receiver=receiver))).receiver.name == f"{DOCTOR.name}, Lungeklinikken"


def test_characters_outside_windows_1252_are_reported_and_arrive() -> None:
    written = note(given_name="Şükrü", family_name="Łęcka", text="Kære læge – “ja” → نعم")
    assert outside_encoding(written) == ("→", "ن", "ع", "م", "Ş", "Ł", "ę")
    for write in WRITERS.values():
        letter = read_back(write(written))
        assert letter.clinical_text == written.text
        assert letter.person is not None
        assert letter.person.name == "Şükrü Łęcka"
    assert b"&#350;" in write_closing_note(written)


def test_a_long_letter_is_split_between_lines_and_nothing_is_lost() -> None:
    lines = [f"Linje {number}: " + "ord " * 30 for number in range(120)]
    text = "\n".join(line.strip() for line in lines)
    split = list(parts(text))
    assert len(split) > 1
    assert all(len(part) <= LONGEST_PART for part in split)
    assert "\n".join(split) == text
    letter = read_back(write_correspondence(note(text=text)))
    assert letter.clinical_text.replace("\n\n", "\n") == text


def test_a_line_longer_than_a_part_is_broken_between_words() -> None:
    split = list(parts("ord " * 2000))
    assert all(len(part) <= LONGEST_PART and not part.startswith(" ") for part in split)
    assert " ".join(split).split() == ["ord"] * 2000
    assert "".join(parts("x" * 7000)) == "x" * 7000


def test_a_letter_longer_than_ten_parts_is_refused_and_not_cut() -> None:
    with pytest.raises(RuleRefusal) as refused:
        write_correspondence(note(text="ord " * 10_000))
    assert refused.value.code == "message-too-long"
    assert len(read_back(write_closing_note(note(text="ord " * 10_000))).clinical_text) >= 39_999


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"identifier": "", "identifier_kind": "none"}, "message-no-identifier", "identifier"),
        ({"given_name": " ", "family_name": ""}, "message-no-name", "name"),
        ({"text": " \n"}, "message-no-text", "text"),
        ({"text": "a\x0cb"}, "message-control-character", "text"),
        ({"family_name": "x" * 71}, "message-too-long", "name"),
        ({"subject": "x" * 71}, "message-too-long", "subject"),
        ({"care_id": "x" * 36}, "message-too-long", "care_id"),
        ({"letter_id": "x" * 15}, "message-too-long", "letter_id"),
        ({"receiver": DOCTOR.__class__(name="Læge", location_number="", id="1", id_type="ydernummer")},
         "message-location", "receiver"),
        ({"receiver": DOCTOR.__class__(name="", location_number="5790000121526", id="1", id_type="ydernummer")},
         "message-no-party", "receiver"),
        ({"receiver": DOCTOR.__class__(name="Læge", location_number="5790000121526", id=" ", id_type="ydernummer")},
         "message-no-party", "receiver"),
        ({"receiver": DOCTOR.__class__(name="Læge", location_number="5790000121526", id="1", id_type="telefon")},
         "message-no-party", "receiver"),
        ({"sender": DOCTOR.__class__(name="x" * 36, location_number="5790000121526", id="1", id_type="sorkode")},
         "message-too-long", "sender"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", list(WRITERS))
def test_what_no_receiver_could_take_is_refused(
    version: str, changes: dict[str, object], code: str, field: str
) -> None:
    with pytest.raises(RuleRefusal) as refused:
        WRITERS[version](note(**changes))
    assert (refused.value.code, refused.value.parameters["field"]) == (code, field)


def test_identifiers_fit_in_fourteen_characters_and_are_all_different() -> None:
    made = {new_message_id(CLOCK) for _ in range(200)}
    assert len(made) == 200
    assert all(len(one) == 14 and one.isalnum() and one.isascii() for one in made)


def test_a_care_communication_has_what_its_profiles_demand() -> None:
    bundle = json.loads(write_care_communication(note()))
    resources = {entry["resource"]["resourceType"]: entry["resource"] for entry in bundle["entry"]}
    assert bundle["type"] == "message"
    assert bundle["entry"][0]["resource"]["resourceType"] == "MessageHeader"
    assert resources["MessageHeader"]["definition"].endswith("MedComCareCommunicationMessageDefinition|5.0")
    communication = resources["Communication"]
    assert communication["status"] == "unknown"
    assert communication["category"][0]["coding"][0]["code"] == "other"
    assert communication["topic"]["text"] == "Afslutning af rygestopforløb"
    assert "priority" not in communication
    payload = communication["payload"][0]
    assert [extension["url"].rpartition("-core-")[2] for extension in payload["extension"]] == [
        "datetime-extension",
        "identifier-extension",
        "practitioner-extension",
        "contact-extension",
    ]
    assert all(entry["resource"]["text"]["div"].startswith("<div xmlns=") for entry in bundle["entry"])
    known = {entry["fullUrl"] for entry in bundle["entry"]}
    references = [node["reference"] for node in _nodes(bundle) if "reference" in node]
    assert references
    assert set(references) <= known


def _nodes(value: object) -> list[dict[str, object]]:
    if isinstance(value, dict):
        return [value] + [node for inner in value.values() for node in _nodes(inner)]
    if isinstance(value, list):
        return [node for inner in value for node in _nodes(inner)]
    return []
