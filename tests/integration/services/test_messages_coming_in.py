from datetime import UTC, date, datetime

import pytest

from app.domain.incoming import Match, Relation
from app.errors import RuleRefusal
from app.ids import new_id
from app.models.letter import IncomingMessage, OutgoingMessage
from app.models.local import OutboxEntry
from app.models.person import Membership, Person, Referral
from app.services.open_message import open_message
from app.services.receive_message import LARGEST_KEPT, ReceiveMessage, receive_message
from app.services.use_message import MakeReferral, attach_message, decide_message, make_referral
from app.storage.queries.inbox import count_open, inbox, original
from app.storage.queries.messages import person_messages
from tests.integration.services.courses import TODAY, Office
from tests.unit.exchange import medcom_messages as messages


@pytest.fixture
def office(tmp_path):
    office = Office(tmp_path, programme="roegfri_paa_tvaers")
    yield office
    office.store.close()


def receive(office, content, name="brev.xml"):
    command = ReceiveMessage(name, content.encode("cp1252") if isinstance(content, str) else content, office.team)
    return office.do(receive_message, command)


def opened(office, message_id):
    return office.ask(open_message, message_id, today=TODAY)


def known(office, **fields):
    person = new_id(office.clock)
    office.add(Person(id=person, person_id=person, registered_at=office.clock.now(), **fields))
    return person


def test_a_referral_is_kept_as_it_came_and_made_with_what_it_says(office):
    file = messages.oioxml("XH1530R").encode("cp1252")
    (message,) = receive(office, file).message_ids
    assert office.ask(original, message) == ("brev.xml", file)
    seen = opened(office, message)
    assert seen.letter.sender.name == "Lægerne Åboulevarden"
    assert seen.candidates == ()
    made = office.do(make_referral, MakeReferral(message))
    assert made.is_new_person
    (person,) = office.rows(Person, Person.id == made.person_id)
    assert (person.given_name, person.family_name, person.identifier) == ("Bodil", "Ærø Sørensen", "6112559996")
    assert (person.phone, person.email, person.nickname, person.residence_municipality_id) == ("", "", "", None)
    (membership,) = office.rows(Membership, Membership.person_id == made.person_id)
    assert membership.team_id == office.team
    (referral,) = office.rows(Referral, Referral.id == made.referral_id)
    assert (referral.channel, referral.is_self_referral, referral.state) == ("gp", False, "open")
    assert referral.received_on == date(2026, 3, 2)
    assert referral.received_at == datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
    assert referral.referrer_name == "Asta Lund"
    assert referral.text == f"Tobaksafhængighed (DF172)\n\n{messages.PLAIN}"
    (row,) = office.rows(IncomingMessage)
    assert (row.state, row.linked_person_id, row.referral_id) == ("referral_made", made.person_id, made.referral_id)
    with pytest.raises(RuleRefusal, match="message-already-used"):
        office.do(make_referral, MakeReferral(message))


def test_what_is_made_of_a_message_travels_to_the_server(office):
    (message,) = receive(office, messages.oioxml()).message_ids
    office.do(make_referral, MakeReferral(message))
    with office.store.session() as reading:
        entities = {entry.entity for entry in reading.query(OutboxEntry)}
    assert {"incoming_message", "person", "membership", "referral"} <= entities


def test_the_deadline_counts_from_when_the_letter_was_sent(office):
    (message,) = receive(office, messages.oioxml()).message_ids
    # Two working days after Monday 2 March 2026.
    assert opened(office, message).due_on == date(2026, 3, 4)


def test_a_letter_dated_tomorrow_counts_from_now(office):
    (message,) = receive(office, messages.oioxml().replace("2026-03-02", "2027-03-02")).message_ids
    made = office.do(make_referral, MakeReferral(message))
    (referral,) = office.rows(Referral, Referral.id == made.referral_id)
    assert referral.received_on == TODAY


def test_the_same_file_twice_is_one_message(office):
    first = receive(office, messages.oioxml())
    second = receive(office, messages.oioxml(), name="kopi.xml")
    assert second.was_known
    assert second.message_ids == first.message_ids
    assert len(office.rows(IncomingMessage)) == 1


def test_several_letters_of_one_file_are_several_rows_and_the_file_is_kept_once(office):
    file = messages.oioxml(letters=3).encode("cp1252")
    received = receive(office, file)
    assert len(received.message_ids) == 3
    assert [bool(row.content) for row in office.rows(IncomingMessage, IncomingMessage.letter_number > 0)] == [False] * 2
    assert {office.ask(original, message) for message in received.message_ids} == {("brev.xml", file)}
    assert [opened(office, message).letter.letter_id for message in received.message_ids] == [
        "Brev0001",
        "Brev00011",
        "Brev00012",
    ]


def relations(office, message):
    return [one.relation for one in opened(office, message).relations]


def test_duplicates_and_odd_twins_are_told(office):
    (first,) = receive(office, messages.oioxml()).message_ids
    (again,) = receive(office, messages.oioxml().encode()).message_ids
    assert relations(office, again) == [Relation.SAME_LETTER]
    assert relations(office, first) == [Relation.SAME_LETTER]
    (other,) = receive(office, messages.oioxml(text="Noget helt andet")).message_ids
    assert relations(office, other) == [Relation.SAME_NUMBER_OTHER_CONTENT] * 2
    (envelope,) = receive(office, messages.oioxml(letter_id="Brev0002")).message_ids
    assert Relation.SAME_ENVELOPE in relations(office, envelope)


def test_a_correction_changes_the_referral_that_was_made(office):
    (first,) = receive(office, messages.oioxml()).message_ids
    made = office.do(make_referral, MakeReferral(first))
    correction = messages.oioxml(status="rettetbrev", text="Ryger 10").replace("09:10", "11:10")
    (second,) = receive(office, correction).message_ids
    assert relations(office, second) == [Relation.CORRECTS]
    assert relations(office, first) == [Relation.CORRECTED_BY]
    again = office.do(make_referral, MakeReferral(second, made.person_id))
    assert again.referral_id == made.referral_id
    (referral,) = office.rows(Referral, Referral.person_id == made.person_id)
    assert referral.text.endswith("Ryger 10")
    assert referral.received_on == date(2026, 3, 2)


def test_a_correction_that_comes_first_is_the_one_that_holds(office):
    correction = messages.oioxml(status="rettetbrev", text="Ryger 10").replace("09:10", "11:10")
    (newer,) = receive(office, correction).message_ids
    (older,) = receive(office, messages.oioxml()).message_ids
    assert relations(office, older) == [Relation.CORRECTED_BY]
    assert relations(office, newer) == [Relation.CORRECTS]


def matches(office, content):
    (message,) = receive(office, content).message_ids
    return {one.person_id: one.match for one in opened(office, message).candidates}


def test_the_person_is_found_by_number_and_by_name_with_the_doubt_told(office):
    same = known(office, given_name="Bodil", family_name="Ærø Sørensen", identifier="6112559996")
    renamed = known(office, given_name="Karen", family_name="Holm", identifier="6112559996")
    born = known(office, given_name="Bodil", family_name="Ærø Sørensen", birth_date=date(1955, 12, 1))
    named = known(office, given_name="Bodil", family_name="Ærø Sørensen")
    elder = known(office, given_name="Bodil", family_name="Ærø Sørensen", birth_date=date(1940, 1, 1))
    assert matches(office, messages.oioxml()) == {
        same: Match.SAME_NUMBER,
        renamed: Match.SAME_NUMBER_OTHER_NAME,
        born: Match.SAME_NAME_AND_BIRTH_DATE,
        named: Match.SAME_NAME,
    }
    assert elder not in matches(office, messages.oioxml(letter_id="B2"))


def test_a_swapped_name_and_a_hospital_number_find_their_person(office):
    person = known(office, given_name="Ærø Sørensen", family_name="Bodil", identifier="0703921VJ5")
    number = "<AlternativeIdentifier>0703921VJ5</AlternativeIdentifier>"
    assert matches(office, messages.oioxml(number=number)) == {person: Match.SAME_NUMBER}


def test_a_name_with_any_signs_in_it_comes_in_finds_its_person_and_breaks_nothing(office):
    names = [("Şükrü", "Łęcki"), ("Bobby", "O'Neill; DROP TABLE person;--"), ('"*', "NEAR(a OR b)"), ("%", "_")]
    for number, (given, family) in enumerate(names):
        content = messages.oioxml(number="").replace("Bodil", given).replace("Ærø Sørensen", family)
        content = content.replace("Brev0001", f"Brev{number}")
        (message,) = receive(office, content.encode()).message_ids
        made = office.do(make_referral, MakeReferral(message))
        (person,) = office.rows(Person, Person.id == made.person_id)
        assert (person.given_name, person.family_name) == (given, family)
        (again,) = receive(office, content.replace(f"Brev{number}", f"Igen{number}").encode()).message_ids
        has_letters = any(sign.isalpha() for sign in given + family)
        assert [one.match for one in opened(office, again).candidates] == [Match.SAME_NAME] * has_letters


def test_two_different_cpr_numbers_are_never_one_person(office):
    other = known(
        office, given_name="Bodil", family_name="Ærø Sørensen", identifier="0112559996", identifier_kind="cpr"
    )
    number = "<CivilRegistrationNumber>0112550000</CivilRegistrationNumber>"
    (message,) = receive(office, messages.oioxml(number=number)).message_ids
    with pytest.raises(RuleRefusal, match="message-about-somebody-else"):
        office.do(make_referral, MakeReferral(message, other))
    assert office.rows(Referral) == []


def test_no_referral_is_made_for_the_dead(office):
    (message,) = receive(office, messages.oioxml("XD9134L").replace(">inaktiv<", ">doed<")).message_ids
    with pytest.raises(RuleRefusal, match="person-died"):
        office.do(make_referral, MakeReferral(message))
    dead = known(office, given_name="Bodil", family_name="Ærø Sørensen", deceased_on=date(2026, 10, 1))
    (second,) = receive(office, messages.oioxml()).message_ids
    assert opened(office, second).candidates[0].is_dead
    with pytest.raises(RuleRefusal, match="person-died"):
        office.do(make_referral, MakeReferral(second, dead))


@pytest.mark.parametrize(
    ("content", "state", "reason"),
    [
        (b"", "unreadable", "empty"),
        (b"PK\x03\x04....", "unreadable", "packed"),
        (b"<Emessage><cut", "unreadable", "broken-xml"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "unreadable", "document-type"),
        (
            messages.oioxml("XH0130R").replace("HospitalReferral", "Prescription").replace("XREF01", "XPRE01").encode(),
            "not_for_us",
            "other-type",
        ),
    ],
)
def test_what_cannot_be_read_is_kept_with_its_reason(office, content, state, reason):
    (message,) = receive(office, content).message_ids
    (row,) = office.rows(IncomingMessage)
    assert (row.state, row.reason) == (state, reason)
    assert office.ask(original, message)[1] == content
    assert opened(office, message).refused.code == reason


def test_a_file_too_large_to_travel_is_left_where_it_is(office):
    with pytest.raises(RuleRefusal, match="message-too-large"):
        receive(office, b"<" + b" " * LARGEST_KEPT)
    assert office.rows(IncomingMessage) == []


def test_letters_leave_the_list_when_somebody_decides_and_can_come_back(office):
    (one,) = receive(office, messages.oioxml()).message_ids
    (other,) = receive(office, messages.oioxml(letter_id="Brev2")).message_ids
    assert office.ask(count_open) == 2
    person = known(office, given_name="Bodil")
    with office.work() as work:
        attach_message(one, person, work=work)
    with office.work() as work:
        decide_message(other, "not_for_us", work=work)
    assert office.ask(inbox) == ()
    assert len(office.ask(inbox, only_open=False)) == 2
    with office.work() as work:
        decide_message(other, "new", work=work)
    assert [row.message_id for row in office.ask(inbox)] == [other]


def sent(office, letter_id, envelope_id):
    row = new_id(office.clock)
    office.add(
        OutgoingMessage(
            id=row, person_id=office.person, type="XDIS15", version="XD1530L", envelope_id=envelope_id,
            letter_id=letter_id, content="", state="taken", written_at=office.clock.now(), recorded_by=office.actor,
        )
    )  # fmt: skip
    return row


NEGATIVE = (
    "<Emessage><NegativeReceipt><Letter><Identifier>K1</Identifier><VersionCode>XC0230Q</VersionCode></Letter>"
    "<OriginalEmessage><OriginalEnvelopeIdentifier>Kuv7</OriginalEnvelopeIdentifier><OriginalLetter>"
    "<OriginalLetterIdentifier>Brev7</OriginalLetterIdentifier><RefuseCode>ukendt_lokationsnummer</RefuseCode>"
    "<RefuseText>Ukendt</RefuseText></OriginalLetter></OriginalEmessage></NegativeReceipt></Emessage>"
)
POSITIVE = (
    "UNB+UNOC:3+1:14+2:14+991111:1850+K'UNH+B+CONTRL:D:93A:ZZ:C0330Q+CTL03'"
    "UCI+Kuv7+2:14+1:14+7'UCM+Brev7+MEDREF:D:93A:UN:H0130R+7'UNT+4+B'UNZ+1+K'"
)


def test_a_receipt_reaches_the_message_that_it_answers(office):
    sent(office, "Brev7", "Kuv7")
    sent(office, "Brev8", "Kuv8")
    receive(office, POSITIVE)
    assert [row.state for row in office.rows(OutgoingMessage)] == ["receipt_positive", "taken"]
    (negative,) = receive(office, NEGATIVE).message_ids
    (row,) = office.rows(OutgoingMessage, OutgoingMessage.letter_id == "Brev7")
    assert (row.state, row.state_reason) == ("receipt_negative", "ukendt_lokationsnummer: Ukendt")
    (kept,) = office.rows(IncomingMessage, IncomingMessage.id == negative)
    assert kept.state == "done"


def test_a_yes_that_arrives_after_a_no_changes_nothing(office):
    sent(office, "Brev7", "Kuv7")
    receive(office, NEGATIVE)
    receive(office, POSITIVE)
    assert [row.state for row in office.rows(OutgoingMessage)] == ["receipt_negative"]


def test_a_receipt_for_somebody_elses_message_waits_to_be_seen(office):
    (message,) = receive(office, POSITIVE).message_ids
    assert [row.message_id for row in office.ask(inbox)] == [message]


def test_an_attachment_that_came_in_a_message_of_its_own_finds_its_letter(office):
    (message,) = receive(office, messages.oioxml(extra=messages.REFERENCE)).message_ids
    assert opened(office, message).letter.attachments[0].content is None
    receive(
        office,
        "<Emessage><BinaryLetter><Letter><Identifier>B2</Identifier><VersionCode>XB0131X</VersionCode>"
        "<TypeCode>XBIN01</TypeCode><StatusCode>nytbrev</StatusCode></Letter><Patient><CivilRegistrationNumber>"
        "6112559996</CivilRegistrationNumber><PersonSurnameName>Ærø Sørensen</PersonSurnameName></Patient>"
        "<BinaryObject><ObjectIdentifier>ABC123</ObjectIdentifier><OriginalObjectSize>4</OriginalObjectSize>"
        "<Object_Base64Encoded>JVBERg==</Object_Base64Encoded></BinaryObject></BinaryLetter></Emessage>",
    )
    letter = opened(office, message).letter
    assert letter.attachments[0].content == b"%PDF"
    assert letter.warnings == ()


def test_a_correction_of_a_letter_on_somebodys_page_stands_there_too_and_says_what_it_corrects(office):
    (first,) = receive(office, messages.oioxml()).message_ids
    person = known(office, given_name="Bodil")
    with office.work() as work:
        attach_message(first, person, work=work)
    correction = messages.oioxml(status="rettetbrev", text="Ryger 10").replace("09:10", "11:10")
    (second,) = receive(office, correction).message_ids
    shown = {one.message_id: one for one in office.ask(person_messages, person).incoming}
    assert set(shown) == {first, second}
    assert shown[second].corrects == shown[first].at
    assert shown[first].corrected == shown[second].at
    assert [row.message_id for row in office.ask(inbox)] == [second]
    assert opened(office, second).linked_person_id == person


def test_a_correction_about_somebody_else_is_put_on_nobodys_page(office):
    (first,) = receive(office, messages.oioxml()).message_ids
    person = known(office, given_name="Bodil")
    with office.work() as work:
        attach_message(first, person, work=work)
    number = "<CivilRegistrationNumber>7003854001</CivilRegistrationNumber>"
    (second,) = receive(office, messages.oioxml(status="rettetbrev", number=number)).message_ids
    assert opened(office, second).linked_person_id is None


def care_communication(minute, activity, text):
    bundle = messages.care_communication(payload=[{"contentString": text}], sent=f"2026-03-02T09:{minute}:00+01:00")
    bundle["id"] = f"b{minute}"
    bundle["entry"][-1]["resource"]["activity"]["coding"][0]["code"] = activity
    return messages.as_json(bundle)


def test_messages_of_one_correspondence_are_told_as_that_and_follow_each_other_to_the_persons_page(office):
    (first,) = receive(office, care_communication(10, "new-message", "Hej"), "1.json").message_ids
    person = known(office, given_name="Bodil")
    with office.work() as work:
        attach_message(first, person, work=work)
    (second,) = receive(office, care_communication(20, "reply-message", "Hej igen"), "2.json").message_ids
    assert [one.relation for one in opened(office, second).relations] == [Relation.SAME_THREAD]
    assert [one.relation for one in opened(office, first).relations] == [Relation.SAME_THREAD]
    assert opened(office, second).linked_person_id == person
    assert opened(office, second).state == "new"


def test_a_modified_message_corrects_what_was_written_before_it_and_not_what_came_after(office):
    (late,) = receive(office, care_communication(30, "reply-message", "Senere"), "3.json").message_ids
    (modified,) = receive(office, care_communication(20, "modified-message", "Rettet"), "2.json").message_ids
    (first,) = receive(office, care_communication(10, "new-message", "Hej"), "1.json").message_ids
    told = {one.message_id: one.relation for one in opened(office, modified).relations}
    assert told == {first: Relation.CORRECTS, late: Relation.SAME_THREAD}
    assert {one.message_id: one.relation for one in opened(office, first).relations} == {
        modified: Relation.CORRECTED_BY,
        late: Relation.SAME_THREAD,
    }
