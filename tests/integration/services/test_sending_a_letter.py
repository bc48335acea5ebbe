import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from app.errors import KnownProblem, RuleRefusal
from app.exchange.medcom.letter import Letter as Read
from app.exchange.medcom.reading import read_letters
from app.exchange.medcom.write_fhir import write_care_communication
from app.ids import new_id
from app.models.letter import IncomingMessage, Letter, OutgoingMessage
from app.models.organisation import User
from app.models.person import Consent, Person
from app.services.receive_message import ReceiveMessage, receive_message
from app.services.send_letter import (
    FORMATS,
    SendLetter,
    deliver,
    known_receiver,
    may_write,
    notice_taken,
    send_letter,
)
from app.services.use_message import MakeReferral, attach_message, make_referral
from tests.integration.services.courses import TODAY, Office
from tests.unit.exchange import medcom_messages as messages
from tests.unit.exchange.notes import DOCTOR, MUNICIPALITY, note


class Letters(Office):
    """An office with a finished letter about Bodil, and her consent."""

    def __init__(self, folder):
        super().__init__(folder)
        self.outbox = folder / "ud"
        self.outbox.mkdir()
        self.bodil, self.letter = new_id(self.clock), new_id(self.clock)
        self.add(
            User(id=self.actor, name="Mette Holm", role="counsellor"),
            Person(
                id=self.bodil, person_id=self.bodil, given_name="Bodil", family_name="Ærø Sørensen",
                identifier="6112559996", identifier_kind="replacement", registered_at=self.clock.now(),
            ),
            Letter(
                id=self.letter, person_id=self.bodil, kind="gp", text="Kære læge\n\nBodil er røgfri.",
                state="finished", written_on=TODAY, written_by=self.actor,
            ),
        )  # fmt: skip
        self.answer("given")

    def answer(self, answer, *, person=None):
        self.add(
            Consent(
                id=new_id(self.clock), person_id=person or self.bodil, kind="letter_gp", answer=answer,
                answered_on=TODAY, recorded_by=self.actor,
            )
        )  # fmt: skip

    def send(self, kind="XDIS15"):
        return self.do(
            send_letter, SendLetter(letter_id=self.letter, format=kind, sender=MUNICIPALITY, receiver=DOCTOR)
        )

    def deliver(self, folder=None):
        with self.work() as work:
            return deliver(folder or self.outbox, work=work)

    def states(self):
        return [row.state for row in self.rows(OutgoingMessage)]


@pytest.fixture
def office(tmp_path):
    office = Letters(tmp_path)
    yield office
    office.store.close()


@pytest.mark.parametrize("kind", ["XDIS15", "XDIS91", "CareCommunication"])
def test_a_finished_letter_becomes_a_file_that_says_the_same(office, kind):
    office.send(kind)
    assert office.states() == ["prepared"]
    assert office.deliver() == 1
    assert office.states() == ["written"]
    (file,) = office.outbox.iterdir()
    (row,) = office.rows(OutgoingMessage)
    assert file.name == row.file_name
    assert file.read_bytes() == base64.b64decode(row.content)
    (letter,) = read_letters(file.read_bytes())
    assert isinstance(letter, Read)
    assert letter.type == kind
    assert letter.clinical_text == "Kære læge\n\nBodil er røgfri."
    assert letter.person.identifier == "6112559996"
    assert office.deliver() == 0


@pytest.mark.parametrize("answer", ["declined", "withdrawn"])
def test_without_consent_nothing_is_written(office, answer):
    office.answer(answer)
    with pytest.raises(RuleRefusal, match="letter-without-consent"):
        office.send()
    assert office.states() == []


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_withdrawal_stops_the_letter_in_whichever_of_two_rows_it_stands(office, is_kept):
    other = new_id(office.clock)
    number = {"identifier": "6112559996", "identifier_kind": "cpr"}
    office.add(Person(id=other, person_id=other, given_name="Bodil", registered_at=office.clock.now(), **number))
    with office.work() as work:
        kept, merged = (office.bodil, other) if is_kept else (other, office.bodil)
        work.session.get(Person, merged).merged_into_id = kept
        work.commit()
    with office.work() as work:
        assert may_write(work.session, office.bodil)
        assert may_write(work.session, other)
    office.answer("withdrawn", person=other)
    with pytest.raises(RuleRefusal, match="letter-without-consent"):
        office.send()
    office.answer("given", person=other)
    office.send()


def test_a_draft_is_not_sent(office):
    with office.work() as work:
        work.session.get(Letter, office.letter).state = "draft"
        work.commit()
    with pytest.raises(RuleRefusal, match="letter-not-finished"):
        office.send()


def test_somebody_without_a_number_is_refused_in_a_sentence(office):
    with office.work() as work:
        person = work.session.get(Person, office.bodil)
        person.identifier, person.identifier_kind = "", "none"
        work.commit()
    with pytest.raises(RuleRefusal, match="message-no-identifier"):
        office.send()


def test_signs_that_old_systems_lack_are_told(office):
    with office.work() as work:
        work.session.get(Person, office.bodil).given_name = "Şükrü"
        work.commit()
    assert office.send().outside == ("Ş",)


def test_a_folder_that_is_away_keeps_the_message_for_the_next_try(office):
    office.send()
    with pytest.raises(KnownProblem, match="folder-unreachable"):
        office.deliver(office.outbox / "findes ikke")
    assert office.states() == ["prepared"]
    assert office.deliver() == 1


def test_nothing_half_written_is_left_where_the_gateway_looks(office):
    office.send()
    # A folder that stands where the file should go lets the last step fail.
    (row,) = office.rows(OutgoingMessage)
    (office.outbox / row.file_name).mkdir()
    with pytest.raises(KnownProblem, match="folder-unreachable"):
        office.deliver()
    assert [file.name for file in office.outbox.iterdir()] == [row.file_name]
    assert office.states() == ["prepared"]


def test_what_the_gateway_takes_is_noticed(office):
    office.send()
    office.deliver()
    with office.work() as work:
        assert notice_taken(office.outbox, work=work) == 0
    with office.work() as work, pytest.raises(KnownProblem, match="folder-unreachable"):
        notice_taken(office.outbox / "væk", work=work)
    next(office.outbox.iterdir()).unlink()
    with office.work() as work:
        assert notice_taken(office.outbox, work=work) == 1
    assert office.states() == ["taken"]


def test_sending_again_corrects_the_first(office):
    office.send()
    office.deliver()
    office.send()
    office.deliver()
    first, second = office.rows(OutgoingMessage)
    assert first.letter_id == second.letter_id
    assert first.envelope_id != second.envelope_id
    (letter,) = read_letters(base64.b64decode(second.content))
    assert letter.status == "rettetbrev"


def test_the_answer_carries_the_referrals_own_number_and_goes_to_its_sender(office):
    content = messages.oioxml().encode("cp1252")
    (message,) = office.do(receive_message, ReceiveMessage("brev.xml", content, office.team)).message_ids
    office.do(make_referral, MakeReferral(message, office.bodil))
    receiver = office.ask(known_receiver, office.bodil)
    assert (receiver.name, receiver.id, receiver.id_type) == ("Lægerne Åboulevarden", "079741", "ydernummer")
    assert receiver.location_number == "5790000121526"
    office.send()
    (row,) = office.rows(OutgoingMessage)
    (letter,) = read_letters(base64.b64decode(row.content))
    assert letter.episode_ids == ("Forloeb1",)


def test_nobody_is_guessed_as_the_receiver(office):
    assert office.ask(known_receiver, office.bodil) is None


@pytest.mark.parametrize(("kind", "version"), FORMATS)
def test_every_version_that_is_offered_is_written(office, kind, version):
    office.do(
        send_letter,
        SendLetter(letter_id=office.letter, format=kind, version=version, sender=MUNICIPALITY, receiver=DOCTOR),
    )
    (row,) = office.rows(OutgoingMessage)
    (letter,) = read_letters(base64.b64decode(row.content))
    assert (row.type, row.version, letter.type, letter.version) == (kind, version, kind, version)


def ask(office):
    """The doctor's question about Bodil, put on her page; return the thread that it begins."""
    content = write_care_communication(
        note(sender=DOCTOR, receiver=MUNICIPALITY, text="Hvordan går det?", signed_by="Asta Lund")
    )
    (message,) = office.do(receive_message, ReceiveMessage("spørgsmål.json", content, office.team)).message_ids
    with office.work() as work:
        attach_message(message, office.bodil, work=work)
    return read_letters(content)[0].letter_id


def sent(office):
    return [read_letters(base64.b64decode(row.content))[0] for row in office.rows(OutgoingMessage)]


def test_an_answer_keeps_the_thread_of_the_correspondence_it_answers_and_repeats_it(office):
    thread = ask(office)
    for _again in range(2):
        office.clock.at += timedelta(minutes=5)
        office.send("CareCommunication")
    answer, correction = sent(office)
    assert (answer.letter_id, answer.status) == (thread, "reply-message")
    assert [one.text for one in answer.segments] == ["Hvordan går det?", "Kære læge\n\nBodil er røgfri."]
    assert (correction.letter_id, correction.status) == (thread, "reply-message")
    assert correction.subject.startswith("Rettelse: ")
    assert correction.segments[:2] == answer.segments
    assert len(correction.segments) == 3


def test_a_letter_to_somebody_else_begins_a_thread_of_its_own_and_tells_nothing_of_the_first(office):
    thread = ask(office)
    office.send("CareCommunication")
    other = replace(DOCTOR, location_number="5790000121527", id="079742")
    for _again in range(2):
        office.do(
            send_letter,
            SendLetter(letter_id=office.letter, format="CareCommunication", sender=MUNICIPALITY, receiver=other),
        )
    _answer, first, correction = sent(office)
    assert first.status == "new-message"
    assert first.letter_id not in ("", thread)
    assert [one.text for one in first.segments] == ["Kære læge\n\nBodil er røgfri."]
    assert correction.letter_id == first.letter_id


def test_what_was_sent_to_one_doctor_is_no_correction_to_another(office):
    office.send("XDIS15")
    other = replace(DOCTOR, location_number="5790000121527", id="079742")
    office.do(send_letter, SendLetter(letter_id=office.letter, format="XDIS15", sender=MUNICIPALITY, receiver=other))
    office.send("XDIS91")
    assert [one.status for one in sent(office)] == ["nytbrev"] * 3
    assert len({one.letter_id for one in sent(office)}) == 3


def test_the_doctors_answer_to_our_message_stands_on_the_persons_page(office):
    office.send("CareCommunication")
    (ours,) = sent(office)
    answer = write_care_communication(
        note(sender=DOCTOR, receiver=MUNICIPALITY, text="Godt gået.", envelope_id="KUV2", letter_id="B2", answers=ours)
    )
    (message,) = office.do(receive_message, ReceiveMessage("svar.json", answer, office.team)).message_ids
    (row,) = office.rows(IncomingMessage)
    assert (row.id, row.state, row.linked_person_id) == (message, "new", office.bodil)
