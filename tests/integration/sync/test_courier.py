"""The courier envelope: carried by anyone in any order, read by nobody, taken once, and answered the same way."""

import base64
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from app.errors import KnownProblem
from app.models.local import CourierEnvelope, Device, OutboxEntry
from app.models.organisation import Place
from app.models.smoking import Conflict, Measurement
from app.sync import courier
from app.sync.wire import envelope
from app.sync.wire.oversight import StandingRequest
from server import clock
from server.courier import receive
from server.identity import identity_of
from server.refusals import RequestRefused
from tests.integration.sync.desk import Desk
from tests.integration.sync.line import Line, serving


def make(desk: Desk) -> bytes:
    with desk.store.session() as session:
        [file] = courier.make_envelopes(session, clock=desk.clock)
        return file


def take_along(desk: Desk, content: bytes) -> None:
    with desk.store.session() as session:
        courier.take_along(session, content, clock=desk.clock)


def read(desk: Desk, content: bytes):
    with desk.store.session() as session:
        return courier.read_answer(session, content, clock=desk.clock)


def at_the_server(cooperation, content: bytes) -> bytes:
    with cooperation.server.connect() as connection:
        connection.autocommit = True
        return receive(connection, identity_of(connection), content)


def revoked(cooperation, desk: Desk, *, days_ago: int) -> None:
    with cooperation.server.connect() as connection:
        long_ago = clock.now() - timedelta(days=days_ago)
        connection.execute("UPDATE device SET revoked_at = %s WHERE id = %s", (long_ago, desk.device.id))


def answers(desk: Desk) -> list[bytes]:
    with desk.store.session() as session:
        return list(courier.answers_to_carry_back(session).values())


def test_an_envelope_is_carried_by_a_colleague_and_the_receipt_comes_back(mette, jens):
    mette.sync()
    person = mette.person("Hemmelige Harald")
    mette.measurement(person.id)
    file = make(mette)
    assert b"Harald" not in file
    assert mette.device.token.encode() not in file
    take_along(jens, file)
    take_along(jens, file)
    assert mette.states() == ["pending"] * 3
    assert jens.sync().handed_in == 1
    assert jens.sync().handed_in == 0
    [answer] = answers(jens)
    assert b"Harald" not in answer
    assert read(mette, answer).taken == 3
    assert set(mette.states()) == {"acknowledged"}
    assert [receipt.changes for receipt in mette.receipts()][-1] == 3
    assert mette.sync().is_safe
    assert [row.entity for row in jens.all(Place)] == []


def test_an_envelope_that_cannot_be_handed_in_holds_up_nobody(mette, jens, sara):
    """It is kept for the next time, and what was answered is handed in no more."""
    for desk in (mette, sara):
        desk.sync()
        desk.place()
    file = make(mette)
    broken = make(sara)[:-1] + b"?"
    line = Line(jens.url, token=jens.device.token)
    unknown = 404, {"Content-Type": "application/json"}, b'{"code":"not-found","sentence":"."}'
    whole = line.forward
    with serving(line) as url:
        jens.url = url
        take_along(jens, broken)
        jens.place("Café Syd")
        # A server that takes none, then one that cannot open the first of two.
        line.forward = lambda path, body: unknown if path == "/v1/courier" else whole(path, body)
        reports = [jens.sync()]
        line.forward = whole
        take_along(jens, file)
        reports += [jens.sync(), jens.sync()]
    assert [(report.handed_in, report.is_safe) for report in reports] == [(0, True), (1, True), (0, True)]
    assert line.asked.count("/v1/courier") == 4
    [answer] = answers(jens)
    assert read(mette, answer).taken == 1


def test_of_an_envelope_that_is_taken_in_parts_each_change_gets_its_own_answer(mette, cooperation, monkeypatch):
    monkeypatch.setattr("server.courier.AT_ONCE", 2)
    mette.sync()
    for number in range(3):
        mette.place(str(number))
    refused = mette.place("a\x00b")
    assert read(mette, at_the_server(cooperation, make(mette))).taken == 3
    assert [entry.row_id for entry in mette.all(OutboxEntry) if entry.state == "refused"] == [refused.id]
    assert "pending" not in mette.states()


def test_an_answer_to_what_this_laptop_has_no_more_is_said_to_be_none_of_its_own(mette, cooperation):
    """As where its store was set back to a backup: of the rest it cannot be told by place what is meant."""
    mette.sync()
    mette.place("First")
    mette.place("Second")
    answer = at_the_server(cooperation, make(mette))
    with mette.store.session() as session:
        session.execute(delete(OutboxEntry).where(OutboxEntry.sequence == 1))
        session.commit()
    with pytest.raises(KnownProblem, match="not-our-envelope"):
        read(mette, answer)
    assert mette.states() == ["pending"]


def test_envelopes_arrive_in_any_order_twice_and_after_the_laptop_has_sent_by_itself(mette, jens, cooperation):
    mette.sync()
    place = mette.place("First")
    first = make(mette)
    mette.edit(Place, place.id, note="Second")
    second = make(mette)
    second_answer = at_the_server(cooperation, second)
    first_answer = at_the_server(cooperation, first)
    again = at_the_server(cooperation, first)
    assert read(mette, first_answer).taken == 1
    read(mette, second_answer)
    read(mette, again)
    assert set(mette.states()) == {"acknowledged"}
    assert mette.sync().is_safe
    at_the_server(cooperation, second)
    jens.sync()
    assert [(row.name, row.note) for row in jens.all(Place)] == [("First", "Second")]
    assert len([made for made in mette.all(CourierEnvelope) if made.answered_at]) == 2


def test_a_revoked_laptops_work_still_arrives_and_is_flagged(mette, jens, cooperation):
    person = mette.person()
    mette.sync()
    mette.measurement(person.id, 4.0)
    file = make(mette)
    cooperation.server.run("device", "revoke", mette.device.id)
    with pytest.raises(KnownProblem):
        mette.sync()
    assert read(mette, at_the_server(cooperation, file)).taken == 1
    jens.sync()
    assert [row.value for row in jens.all(Measurement)] == [4.0]
    assert [card.field for card in jens.all(Conflict)] == ["late"]


def test_what_a_laptop_that_was_revoked_long_ago_sends_is_taken_where_an_operator_says_so(
    mette, jens, cooperation, tmp_path
):
    mette.sync()
    mette.place("Café Nord")
    file = tmp_path / "late.envelope"
    file.write_bytes(make(mette))
    cooperation.server.run("device", "revoke", mette.device.id)
    revoked(cooperation, mette, days_ago=91)
    take_along(jens, file.read_bytes())
    # A colleague is held up by nothing, and goes on carrying it.
    assert [(report.handed_in, report.is_safe) for report in (jens.sync(), jens.sync())] == [(0, True)] * 2
    said = cooperation.server.run("receive", str(file), "--replies", str(tmp_path))
    assert (said.returncode, "revoked more than 90 days ago" in said.stderr) == (1, True)
    assert jens.all(Place) == []
    said = cooperation.server.run("receive", str(file), "--replies", str(tmp_path), "--however-late")
    assert said.returncode == 0, said.stderr
    jens.sync()
    assert [row.name for row in jens.all(Place)] == ["Café Nord"]
    assert [card.field for card in jens.all(Conflict)] == ["late"]
    assert read(mette, (tmp_path / "late.receipt").read_bytes()).taken == 1


def test_within_ninety_days_after_the_revocation_an_envelope_needs_nobodys_word(mette, jens, cooperation):
    mette.sync()
    mette.place()
    file = make(mette)
    cooperation.server.run("device", "revoke", mette.device.id)
    revoked(cooperation, mette, days_ago=89)
    take_along(jens, file)
    assert jens.sync().handed_in == 1


@pytest.mark.parametrize("at", [0, 25, 130, -1])
def test_an_envelope_that_was_changed_on_the_way_opens_nowhere(mette, jens, cooperation, at):
    mette.sync()
    mette.place()
    file = make(mette)
    broken = bytearray(file)
    broken[at] ^= 1
    with pytest.raises(RequestRefused, match="not-an-envelope"):
        at_the_server(cooperation, bytes(broken))
    with pytest.raises(RequestRefused, match="not-an-envelope"):
        at_the_server(cooperation, file[:-10])
    answer = bytearray(at_the_server(cooperation, file))
    answer[at] ^= 1
    with pytest.raises(KnownProblem):
        read(mette, bytes(answer))
    assert mette.states() == ["pending"]


def test_what_is_no_envelope_is_said_and_another_servers_is_not_taken(mette, jens):
    mette.sync()
    jens.sync()
    with pytest.raises(KnownProblem, match="nothing-to-send"):
        make(mette)
    mette.place()
    file = make(mette)
    for content in (b"", b"hello", file[:30]):
        with pytest.raises(KnownProblem, match="not-an-envelope"):
            take_along(jens, content)
    with pytest.raises(KnownProblem, match="not-an-envelope"):
        read(mette, file)
    with jens.store.session() as session:
        session.execute(update(Device).values(server_id=mette.device.id))
        session.commit()
    with pytest.raises(KnownProblem, match="envelope-elsewhere"):
        take_along(jens, file)


def test_an_envelope_needs_the_token_of_the_laptop_that_it_names(mette, jens, cooperation):
    mette.sync()
    mette.place()
    with mette.store.session() as session:
        session.execute(update(Device).values(token=base64.b64encode(b"guess").decode()))
        session.commit()
    with pytest.raises(RequestRefused, match="not-an-envelope"):
        at_the_server(cooperation, make(mette))
    assert mette.states() == ["pending"]


def test_an_envelope_is_taken_under_a_token_that_was_renewed_and_has_not_been_shown_yet(mette, cooperation):
    mette.sync()
    mette.place()
    device = mette.device
    with cooperation.server.connect() as connection:
        connection.execute("UPDATE device SET token_at = now() - interval '31 days' WHERE id = %s", (device.id,))
    with mette.client() as client:
        renewed = client.standing(StandingRequest(database_id=device.database_id, cursor=device.cursor)).token
    assert renewed
    for token in (device.token, renewed):
        with mette.store.session() as session:
            session.execute(update(Device).values(token=token))
            session.commit()
        answer = at_the_server(cooperation, make(mette))
    read(mette, answer)
    assert mette.states() == ["acknowledged"]
    assert mette.sync().is_safe


def test_a_receipt_opens_only_on_the_laptop_that_made_the_envelope(mette, jens, cooperation):
    mette.sync()
    mette.place()
    answer = at_the_server(cooperation, make(mette))
    with pytest.raises(KnownProblem, match="not-our-envelope"):
        read(jens, answer)
    header = envelope.header_of(answer, envelope.REPLY_MARK)
    with pytest.raises(envelope.NotAnEnvelope):
        envelope.open_reply(answer, envelope.new_reply_key())
    assert header.server_id == mette.device.server_id


def test_what_is_too_much_for_one_envelope_goes_into_several_that_arrive_in_any_order(mette, jens, monkeypatch):
    mette.sync()
    person = mette.person("Harald")
    mette.measurement(person.id)
    mette.place()
    monkeypatch.setattr(courier, "MOST_BYTES", 1)
    with mette.store.session() as session:
        files = courier.make_envelopes(session, clock=mette.clock)
    assert len(files) == len(mette.states()) == 4
    for file in reversed(files):
        take_along(jens, file)
        jens.sync()
    for answer in answers(jens):
        read(mette, answer)
    assert mette.sync().is_safe
    assert set(mette.states()) == {"acknowledged"}


def test_further_envelopes_lie_beside_the_first_and_replace_nobody_s(tmp_path):
    (tmp_path / "day-2.envelope").touch()
    names = [path.name for path in courier.names_for(tmp_path / "day.envelope", 3)]
    assert names == ["day.envelope", "day-3.envelope", "day-4.envelope"]
