import json

import pytest
from msgspec.structs import astuple

from app.exchange.medcom.letter import Letter, Refused
from app.exchange.medcom.reading import read_letters
from tests.unit.exchange import medcom_messages as messages


def letter(content: bytes | str) -> Letter:
    found = read_letters(content.encode() if isinstance(content, str) else content)
    assert len(found) == 1
    assert isinstance(found[0], Letter), found[0]
    return found[0]


def refused(content: bytes | str) -> Refused:
    found = read_letters(content.encode() if isinstance(content, str) else content)
    assert len(found) == 1
    assert isinstance(found[0], Refused), found[0]
    return found[0]


def codes(one: Letter) -> set[str]:
    return {remark.code for remark in one.warnings}


@pytest.mark.parametrize("version", list(messages.ROOTS))
def test_every_version_is_read_with_sender_person_and_text(version: str) -> None:
    one = letter(messages.oioxml(version))
    assert (one.standard, one.type, one.version) == ("OIOXML", messages.ROOTS[version][0], version)
    assert (one.letter_id, one.status, one.envelope_id) == ("Brev0001", "nytbrev", "Kuvert0001")
    assert (one.sender.name, one.sender.id, one.sender.id_type) == ("Lægerne Åboulevarden", "079741", "ydernummer")
    assert one.receiver.name == "Odense Kommune, Sundhedscenter"
    assert one.person is not None
    assert (one.person.name, one.person.identifier) == ("Bodil Ærø Sørensen", "6112559996")
    assert one.person.identifier_kind == "replacement"
    assert one.clinical_text == messages.PLAIN
    if one.type != "XDIS91":
        assert one.referral_text == "Tobaksafhængighed (DF172)"
    assert one.warnings == ()


DECLARATIONS = ("", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>')


@pytest.mark.parametrize("declared", ["", "utf-8", "windows-1252", "ISO-8859-1", "UTF-16"])
@pytest.mark.parametrize("written", ["utf-8", "cp1252", "latin-1", "utf-8-sig"])
def test_the_bytes_decide_the_encoding_and_not_the_declaration(declared: str, written: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    one = letter((declaration + messages.oioxml()).encode(written))
    assert one.clinical_text == messages.PLAIN
    assert one.warnings == ()


def test_windows_dashes_and_utf16_arrive() -> None:
    assert letter(messages.oioxml(text="20–30 “smøger”").encode("cp1252")).clinical_text == "20–30 “smøger”"
    assert letter(messages.oioxml().encode("utf-16")).clinical_text == messages.PLAIN
    assert (
        letter(messages.edifact_ref01().encode("utf-8")).person
        == letter(messages.edifact_ref01().encode("cp1252")).person
    )


def test_a_byte_outside_the_character_set_is_kept_and_remarked_upon() -> None:
    one = letter(messages.oioxml(text="KOL\x81 ø").encode("latin-1"))
    assert one.clinical_text == "KOL\x81 ø"
    assert "undefined-characters" in codes(one)


def test_mixed_and_doubled_encodings_are_remarked_upon() -> None:
    assert "mixed-encodings" in codes(
        letter(messages.oioxml(text="ASCII").encode("cp1252").replace(b"ASCII", "Ønsker".encode()))
    )
    assert "encoded-twice" in codes(letter(messages.oioxml(text="Ønsker".encode().decode("cp1252"))))


def test_prefixes_comments_and_instructions_change_nothing() -> None:
    plain = messages.oioxml()
    prefixed = plain.replace("xmlns=", "xmlns:xdis=")
    for name in ("Emessage", "Envelope", "Letter", "Patient", "Anamnesis", "Break", "Identifier"):
        prefixed = prefixed.replace(f"<{name}>", f"<xdis:{name}>").replace(f"</{name}>", f"</xdis:{name}>")
        prefixed = prefixed.replace(f"<{name} ", f"<xdis:{name} ").replace(f"<{name}/>", f"<xdis:{name}/>")
    assert letter(prefixed) == letter(plain)
    commented = plain.replace("<Letter>", "<!-- a --><Letter><?b c?>").replace("cigaretter", "ciga<!-- x -->retter")
    assert letter("<!-- <!DOCTYPE --><?a b?>" + commented) == letter(plain)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Et<Break/>to<Break/><Break/>tre<Break/>", "Et\nto\n\ntre"),
        ("<Bold>Diagnose:</Bold> KOL", "Diagnose: KOL"),
        ("a<Space/><Space/>b", "a  b"),
        ("\n      Et\n      to\n   ", "Et to"),
        ("\n   <Break/>\n   Et\n   <Break/>\n   to<Break/>\n", "Et\nto"),
        ("\n  <Bold>\n   Et\n  </Bold>\n  <Italic>to</Italic>\n", "Et to"),
        ("<FixedFont>a   b\nc     d</FixedFont>", "a   b\nc     d"),
        ("<Center>Midt</Center><Right>Højre</Right>", "MidtHøjre"),
        ("<FixedFont><Bold>x<Break/>y</Bold></FixedFont>", "x\ny"),
        ("KOL &amp; hypertension &lt;140", "KOL & hypertension <140"),
        ("<![CDATA[<b>]]>", "<b>"),
    ],
)
def test_formatted_text_arrives_as_the_reader_saw_it(written: str, seen: str) -> None:
    assert letter(messages.oioxml(text=written)).clinical_text == seen


def test_styles_keep_their_place_in_the_text() -> None:
    one = letter(messages.oioxml(text="<Break/>Se <Bold>straks</Bold> på <FixedFont><Italic>det</Italic></FixedFont>"))
    assert [(one.clinical_text[s.start : s.end], s.kind) for s in one.clinical_styles] == [
        ("straks", "bold"),
        ("det", "fixed"),
        ("det", "italic"),
    ]


def test_sections_of_a_hospital_referral_keep_their_headings() -> None:
    content = messages.oioxml("XH0130R").replace("<Anamnesis>", "<Cave>Penicillin</Cave><Anamnesis>")
    assert letter(content).clinical_text == f"CAVE:\nPenicillin\n\nAnamnese:\n{messages.PLAIN}"


def test_a_lone_warning_of_allergy_keeps_its_heading() -> None:
    content = messages.oioxml("XH0130R").replace("Anamnesis>", "Cave>")
    assert letter(content).clinical_text.startswith("CAVE:\n")


def test_an_element_given_twice_loses_nothing() -> None:
    content = messages.oioxml().replace("</Anamnesis>", "</Anamnesis><Anamnesis>Og mere</Anamnesis>")
    assert letter(content).clinical_text.endswith("Og mere")
    content = messages.oioxml().replace(
        "</Patient>", "</Patient><Patient><PersonSurnameName>Holm</PersonSurnameName></Patient>"
    )
    one = letter(content)
    assert "repeated-element" in codes(one)
    assert ("Patient/PersonSurnameName", "Holm") in one.other


def test_an_unknown_element_ends_in_other() -> None:
    one = letter(messages.oioxml(extra="<Nyt><Felt>Noget vigtigt</Felt></Nyt>"))
    assert ("Nyt/Felt", "Noget vigtigt") in one.other


@pytest.mark.parametrize(
    ("number", "identifier", "kind", "warning"),
    [
        ("<CivilRegistrationNumber>1522824933</CivilRegistrationNumber>", "1522824933", "cpr", "impossible-date"),
        ("<AlternativeIdentifier>0703921VJ5</AlternativeIdentifier>", "0703921VJ5", "ecpr", None),
        ("<CivilRegistrationNumber>611255-9996</CivilRegistrationNumber>", "6112559996", "replacement", None),
        ("", "", "none", "no-identifier"),
        (
            "<AlternativeIdentifier>0703921VJ5</AlternativeIdentifier>"
            "<CivilRegistrationNumber>6112559996</CivilRegistrationNumber>",
            "6112559996",
            "replacement",
            "several-identifiers",
        ),
    ],
)
def test_person_numbers_are_taken_as_they_are(number: str, identifier: str, kind: str, warning: str | None) -> None:
    one = letter(messages.oioxml(number=number))
    assert one.person is not None
    assert (one.person.identifier, one.person.identifier_kind) == (identifier, kind)
    assert codes(one) == ({warning} if warning else set())


def test_corrections_and_deaths_are_remarked_upon() -> None:
    content = messages.oioxml("XD9134L", status="rettetbrev")
    content = content.replace(">inaktiv<", ">doed<")
    assert codes(letter(content)) == {"correction", "person-dead"}


def test_an_attachment_is_listed_and_found_when_its_letter_is_in_the_file() -> None:
    announced = letter(messages.oioxml(extra=messages.REFERENCE))
    assert announced.attachments[0].id == "ABC123"
    assert announced.attachments[0].content is None
    assert "attachment-elsewhere" in codes(announced)
    binary = (
        "<BinaryLetter><Letter><Identifier>B2</Identifier><VersionCode>XB0131X</VersionCode><TypeCode>XBIN01</TypeCode>"
        "<StatusCode>nytbrev</StatusCode></Letter><Patient><PersonSurnameName>Holm</PersonSurnameName></Patient>"
        "<BinaryObject><ObjectIdentifier>ABC123</ObjectIdentifier><OriginalObjectSize>4</OriginalObjectSize>"
        "<Object_Base64Encoded>JVBERg==</Object_Base64Encoded></BinaryObject></BinaryLetter></Emessage>"
    )
    found = read_letters(messages.oioxml(extra=messages.REFERENCE).replace("</Emessage>", binary).encode())
    assert [item.type for item in found] == ["XREF15", "XBIN01"]
    assert isinstance(found[0], Letter)
    assert found[0].attachments[0].content == b"%PDF"
    assert found[0].warnings == ()
    assert isinstance(found[1], Letter)
    assert "attachment-size" not in codes(found[1])


@pytest.mark.parametrize(
    ("said", "size", "is_remarked"), [("", None, False), ("4", 4, False), ("5", 5, True), ("9" * 5_000, None, False)]
)
def test_an_attachment_of_another_size_than_it_says_is_remarked_upon(
    said: str, size: int | None, is_remarked: bool
) -> None:
    binary = (
        "<BinaryLetter><Letter><Identifier>B2</Identifier><VersionCode>XB0131X</VersionCode><TypeCode>XBIN01</TypeCode>"
        "<StatusCode>nytbrev</StatusCode></Letter><Patient><PersonSurnameName>Holm</PersonSurnameName></Patient>"
        f"<BinaryObject><ObjectIdentifier>ABC123</ObjectIdentifier><OriginalObjectSize>{said}</OriginalObjectSize>"
        "<Object_Base64Encoded>JVBERg==</Object_Base64Encoded></BinaryObject></BinaryLetter></Emessage>"
    )
    alone = read_letters(messages.oioxml().replace("</Emessage>", binary).encode())[1]
    assert isinstance(alone, Letter)
    assert (alone.attachments[0].content, alone.attachments[0].size) == (b"%PDF", size)
    assert ("attachment-size" in codes(alone)) is is_remarked


def test_several_letters_come_one_by_one() -> None:
    assert [item.letter_id for item in read_letters(messages.oioxml(letters=3).encode())] == [
        "Brev0001",
        "Brev00011",
        "Brev00012",
    ]
    assert [item.letter_id for item in read_letters(messages.edifact_ref01(letters=3).encode())] == [
        "Brev0",
        "Brev1",
        "Brev2",
    ]
    two = '<?xml version="1.0"?>' + messages.oioxml() + '\n<?xml version="1.0"?>' + messages.oioxml("XH0131R")
    assert [item.version for item in read_letters(two.encode())] == ["XH1530R", "XH0131R"]
    again = read_letters((messages.edifact_ref01() * 2).replace("UNA:+.? '", "").encode())
    assert len(again) == 2
    assert isinstance(again[1], Letter)
    assert "letter-id-twice" in codes(again[1])


@pytest.mark.parametrize(
    "bare",
    [
        messages.oioxml().encode("cp1252"),
        messages.edifact_ref01().encode("latin-1"),
        messages.edifact_dis91().encode("latin-1"),
        messages.as_json(messages.care_communication()),
        messages.as_xml(messages.care_communication()),
    ],
)
def test_envelopes_are_peeled(bare: bytes) -> None:
    assert read_letters(messages.vans(bare)) == read_letters(bare)
    assert read_letters(messages.sbdh(messages.vans(bare))) == read_letters(bare)


def test_envelopes_without_end_and_damaged_ones_are_refused() -> None:
    content = messages.oioxml().encode()
    for _ in range(8):
        content = messages.vans(content)
    assert refused(content).code == "too-many-wrappings"
    assert refused(messages.vans(b"x").replace(b"eA==", b"e!!=")).code == "wrapping-damaged"
    assert refused(messages.vans(b"")).code == "empty"
    assert refused("<VANSEnvelope/>").code == "empty-wrapping"


def test_edifact_and_oioxml_say_the_same() -> None:
    one = letter(messages.edifact_ref01())
    assert (one.standard, one.type, one.version, one.status) == ("EDIFACT", "REF01", "H0130R", "nytbrev")
    assert one.sender == letter(messages.oioxml()).sender
    assert one.receiver == letter(messages.oioxml()).receiver
    assert one.person == letter(messages.oioxml()).person
    assert one.referral_text == "Tobaksafhængighed (DF172)"
    assert one.clinical_text == "Ryger 20 cigaretter \ndagligt: påvirket"
    assert one.warnings == ()


def test_edifact_correspondence_has_the_hospital_as_sender() -> None:
    one = letter(messages.edifact_dis91().encode("latin-1"))
    assert (one.type, one.subject, one.status) == ("DIS91", "Rygestop", "rettetbrev")
    assert one.sender.name == "Hillerød Sygehus, Lungemedicin"
    assert one.person is not None
    assert (one.person.identifier, one.person.identifier_kind) == ("0703921VJ5", "ecpr")
    assert one.clinical_text == "Kære kollega\n\nVil I se på dette? Tak STRAKS"
    assert [(s.start, s.kind) for s in one.clinical_styles] == [(one.clinical_text.index("STRAKS"), "bold")]
    assert codes(one) == {"correction", "person-dead", "receipt-wanted"}


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("a?+b??c?'d?:e", "a+b?c'd:e"),
        ("en:to", "en\nto"),
        ("en \\:to", "en to"),
        ("en:.:to", "en\n\nto"),
        ("en::to", "en\n\nto"),
        (".:en", "en"),
        ("hvorfor? ja", "hvorfor? ja"),
    ],
)
def test_edifact_escapes_and_lines(written: str, seen: str) -> None:
    assert letter(messages.edifact_ref01(text=written)).clinical_text == seen


def test_edifact_may_choose_other_signs() -> None:
    text = messages.edifact_ref01(text="a\x02b").removeprefix("UNA:+.? '")
    swapped = text.translate(str.maketrans({":": "|", "+": "*", "'": "~"}))
    one = letter("UNA|*.? ~" + swapped.replace("\x02", "+:'").replace("?|", "|"))
    assert one.clinical_text == "a+:'b"


def test_a_cut_edifact_letter_says_that_something_is_missing() -> None:
    content = messages.edifact_ref01()
    assert "no-end" in codes(letter(content[: content.index("UNT")]))
    assert "segment-count" in codes(letter(content.replace("GIS+N'", "")))
    assert "end-mismatch" in codes(letter(content.replace("UNZ+1+Kuvert1'", "UNZ+1+Kuv")))
    assert "letter-count" in codes(letter(content.replace("UNZ+1", "UNZ+2")))


def test_care_communication_is_the_same_in_json_and_xml() -> None:
    one = letter(messages.as_json(messages.care_communication()))
    assert one == letter(messages.as_xml(messages.care_communication()))
    assert (one.standard, one.type, one.version, one.status) == ("FHIR", "CareCommunication", "5.0", "new-message")
    assert one.letter_id == "urn:uuid:f9cf2547-7a1c-4639-9fd3-9f717556ad36"
    assert (one.sender.name, one.sender.id, one.sender.id_type) == ("Hjerteafdelingen", "265161000016000", "sorkode")
    assert one.person is not None
    assert (one.person.name, one.person.identifier) == ("Bodil Ærø Sørensen", "6112559996")
    assert one.person.other_identifiers == (("ecpr", "0703921VJ5"),)
    assert one.clinical_text == "Bodil ønsker rygestop.\nHun ryger 20 om dagen."
    assert one.attachments[0].content == b"%PDF"
    assert ("category", "regarding-referral") in one.other


def test_a_thread_shows_every_segment_with_its_author() -> None:
    payload = messages.care_communication()["entry"][2]["resource"]["payload"][0]
    one = letter(messages.as_json(messages.care_communication(payload=[payload, payload | {"contentString": "Tak."}])))
    assert one.clinical_text.startswith("2026-03-02 09:10, Asta Lund:\nBodil ønsker")
    assert one.clinical_text.endswith("2026-03-02 09:10, Asta Lund:\nTak.")


def test_a_reference_to_another_server_is_not_followed() -> None:
    one = letter(
        messages.as_json(messages.care_communication(subject={"reference": "https://other.invalid/Patient/9"}))
    )
    assert "reference-elsewhere" in codes(one)


def test_a_name_given_twice_in_json_loses_nothing() -> None:
    text = messages.as_json(messages.care_communication()).decode()
    doubled = text.replace('"topic":', '"payload": [{"contentString": "Først"}], "topic":')
    one = letter(doubled)
    assert "Først" in one.clinical_text
    assert "Bodil ønsker" in one.clinical_text
    assert "repeated-element" in codes(one)


@pytest.mark.parametrize(
    ("content", "type_code"),
    [
        (messages.oioxml("XH0130R").replace("HospitalReferral", "Prescription").replace("XREF01", "XPRE01"), "XPRE01"),
        (messages.edifact_ref01().replace("MEDREF:D:93A:UN:H0130R+REF01", "MEDPRE:0:962:RT:LMS016+PRE01"), "PRE01"),
    ],
)
def test_other_types_are_recognised_by_name(content: str, type_code: str) -> None:
    one = refused(content)
    assert (one.code, one.type) == ("other-type", type_code)
    assert one.person is not None
    assert one.person.name == "Bodil Ærø Sørensen"


def test_a_prescription_names_its_patient_wherever_it_stands() -> None:
    content = messages.oioxml("XH0130R").replace("HospitalReferral", "Prescription").replace("XREF01", "XPRE01")
    one = refused(content.replace("Patient>", "PatientOrRelative>"))
    assert one.person is not None
    assert one.person.name == "Bodil Ærø Sørensen"
    edifact = messages.edifact_ref01().replace("H0130R+REF01", "LMS016+PRE01")
    one = refused(edifact.replace("SU:Ærø Sørensen+FO:Bodil", "SCC:Ærø Sørensen,Bodil"))
    assert one.person is not None
    assert one.person.name == "Bodil Ærø Sørensen"


def test_other_fhir_messages_are_recognised_by_name() -> None:
    text = messages.as_json(messages.care_communication()).replace(
        b"care-communication-message", b"hospital-notification-message"
    )
    assert refused(text).type == "hospital-notification-message"


def test_receipts_say_what_they_answer() -> None:
    content = (
        "<Emessage><NegativeReceipt><Letter><Identifier>K1</Identifier><VersionCode>XC0230Q</VersionCode></Letter>"
        "<OriginalEmessage><OriginalEnvelopeIdentifier>Kuv7</OriginalEnvelopeIdentifier><OriginalLetter>"
        "<OriginalLetterIdentifier>Brev7</OriginalLetterIdentifier><RefuseCode>problem_med_version</RefuseCode>"
        "<RefuseText>Forkert<Break/>version</RefuseText></OriginalLetter></OriginalEmessage></NegativeReceipt></Emessage>"
    )
    one = letter(content)
    assert one.type == "XCTL02"
    assert one.receipt is not None
    assert astuple(one.receipt) == (False, "Kuv7", ("Brev7",), "problem_med_version", "Forkert\nversion")
    edifact = (
        "UNB+UNOC:3+1:14+2:14+991111:1850+K'UNH+B+CONTRL:D:93A:ZZ:C0330Q+CTL03'"
        "UCI+Kuv7+2:14+1:14+7'UCM+Brev7+MEDREF:D:93A:UN:H0130R+7'UNT+4+B'UNZ+1+K'"
    )
    one = letter(edifact)
    assert one.receipt is not None
    assert (one.receipt.positive, one.receipt.letter_ids) == (True, ("Brev7",))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\x00\x01\x02", "not-a-message"),
        (b"Hej", "not-a-message"),
        (b"PK\x03\x04" + b"\x00" * 100, "packed"),
        (b"\x1f\x8b\x08", "packed"),
        (b"%PDF-1.7", "packed"),
        (b"<", "broken-xml"),
        (b"<a/>", "other-xml"),
        (b"<Emessage/>", "no-letter"),
        (b"{", "broken-json"),
        (b"{}", "not-a-message"),
        (b'{"a":' * 200_000, "too-complex"),
        (b'{"a":[' + b"[" * 50_000, "too-deep"),
        (b"<a>" * 50_000, "too-deep"),
        (b"<a>" * 3_000 + b"</a>" * 3_000, "too-deep"),
        (b"<a>" * 500_000, "too-complex"),
        (b"<a " + b"b='' " * 500_000 + b"/>", "too-complex"),
        (b"UNA", "broken-edifact"),
        (b"UNB+", "no-letter"),
        (b"\xff\xfe<", "undecodable"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document-type"),
        (b"<?xml version='1.0'?><!-- - -- --><a/>", "broken-xml"),
    ],
)
def test_what_is_no_message_is_refused_with_a_code(content: bytes, code: str) -> None:
    assert refused(content).code == code


def test_a_bomb_of_entities_is_refused_whatever_stands_before_it() -> None:
    bomb = '<!DOCTYPE b [<!ENTITY a "' + "x" * 1000 + '"><!ENTITY b "' + "&a;" * 1000 + '">]><Emessage>&b;</Emessage>'
    for prologue in ("", '<?xml version="1.0"?>', "<!-- a --> <?b?> \n"):
        assert refused(prologue + bomb).code == "document-type"
    assert refused(messages.vans(bomb.encode())).code == "document-type"
    assert refused(bomb.encode("utf-16")).code == "document-type"


def test_an_entity_without_a_document_type_is_refused() -> None:
    assert refused(messages.oioxml(text="&fremmed;")).code == "broken-xml"


@pytest.mark.parametrize("filling", [b"y", b"y" * 9_000_000])
@pytest.mark.parametrize("name", [b"A", b"Reference", b"Bold"])
def test_elements_in_elements_without_end_get_an_answer(name: bytes, filling: bytes) -> None:
    content = messages.oioxml(extra="here").encode("cp1252")
    nested = (b"<" + name + b">") * 1500 + filling + (b"</" + name + b">") * 1500
    (one,) = read_letters(content.replace(b"here", nested))
    assert isinstance(one, Letter) or one.code == "too-deep"


def test_more_than_a_hundred_megabytes_is_refused() -> None:
    assert refused(b" " * (100 * 1024 * 1024 + 1)).code == "too-large"


def test_json_numbers_and_odd_shapes_do_no_harm() -> None:
    bundle = messages.care_communication()
    for entry in bundle["entry"]:
        for shape in (None, [], 1e300, True, "x", [[]], {"reference": {}}, [None, 3]):
            for key in list(entry["resource"]):
                changed = json.loads(json.dumps(bundle))
                target = next(e for e in changed["entry"] if e["fullUrl"] == entry["fullUrl"])["resource"]
                target[key] = shape
                assert read_letters(messages.as_json(changed))


@pytest.mark.parametrize("version", ["XD1530L", "XD1531L"])
def test_a_closing_note_from_a_municipality_is_read(version: str) -> None:
    content = messages.oioxml("XD9134L").replace("ClinicalEmail", "MunicipalityLetter").replace("XDIS91", "XDIS15")
    content = content.replace("XD9134L", version).replace(
        "<Text01>", "<Signed><SignedBy>Asta Lund</SignedBy></Signed><Text01>"
    )
    one = letter(content)
    assert (one.type, one.version, one.clinical_text) == ("XDIS15", version, messages.PLAIN)
    assert ("ClinicalInformation/Signed/SignedBy", "Asta Lund") in one.other
    assert one.warnings == ()


def test_a_file_in_edifact_between_its_marks_is_listed_and_not_taken_for_segments() -> None:
    binary = b"UNO+1+AID:ABC123+OBJ:IMG:JPG:91+12:0'" + b"'UNH+x'\xff\x00+:'U" + b"UNP+12+1'"
    content = messages.edifact_ref01().replace("MEDREF:D:93A:UN:H0130R+REF01", "MEDBIN:D:93A:UN:B0131X+BIN01")
    before, after = content.encode("latin-1").split(b"UNT+")
    one = letter(before + binary + b"UNT+" + after)
    assert (one.type, one.attachments[0].id, one.attachments[0].size) == ("BIN01", "ABC123", 12)
    assert "attachment-not-unpacked" in codes(one)


def test_a_file_in_edifact_is_taken_out_where_it_ends_as_it_says() -> None:
    image = b"'UNH+x'\xff\x00+:'U"
    binary = b"UNO+1+AID:ABC123+OBJ:IMG:JPG:91+%d:0'" % len(image) + image + b"UNP+%d+1'" % len(image)
    content = messages.edifact_ref01().replace("MEDREF:D:93A:UN:H0130R+REF01", "MEDBIN:D:93A:UN:B0131X+BIN01")
    before, after = content.encode("latin-1").split(b"UNT+")
    one = letter(before + binary + binary.replace(b"ABC123", b"ABC124") + b"UNT+" + after)
    assert [(a.id, a.content) for a in one.attachments] == [("ABC123", image), ("ABC124", image)]
    assert "attachment-not-unpacked" not in codes(one)


def test_a_thousand_documents_in_one_file_are_a_thousand_letters_and_none_is_left_out() -> None:
    one = '<?xml version="1.0"?>' + messages.oioxml()
    found = read_letters(one.encode("cp1252") * 1001)
    assert len(found) == 1001
    assert all(isinstance(item, Letter) for item in found)


def test_a_declaration_on_a_line_of_its_own_changes_nothing() -> None:
    plain = messages.oioxml()
    assert letter(plain.replace("?><", "?>\r\n\r\n<", 1)) == letter(plain)
