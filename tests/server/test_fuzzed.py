"""Whatever anybody sends: a typed refusal, never a fault, never somebody's data, and the server goes on."""

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
import schemathesis
import urllib3
import zstandard
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.sync.wire import codec, envelope
from app.sync.wire.messages import (
    Change,
    HandshakeRequest,
    Operation,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    Refusal,
    answers_of,
)
from server.openapi import MESSAGES, description
from tests.server.laptops import AT, Cooperation, new_id, refusal

DESCRIPTION = schemathesis.openapi.from_dict(description())
QUICK = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
NASTY = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["'; DROP TABLE row; --", "\x00", "%s", "{}", "../../etc/passwd", "\ufffd", "א" * 500]),
)


@pytest.mark.parametrize("path", sorted(MESSAGES))
def test_messages_made_from_the_description_are_answered_or_refused_by_type(
    cooperation: Cooperation, path: str
) -> None:
    laptop = cooperation.laptop("mette")

    @QUICK
    @given(case=DESCRIPTION[path]["POST"].as_strategy())
    def send(case: Any) -> None:
        body = case.body if isinstance(case.body, dict | list) else {}
        if isinstance(body, dict) and "database_id" in body:
            body = {**body, "database_id": laptop.database_id}
        response = cooperation.http.request(
            "POST",
            f"{cooperation.server.url}{path}",
            body=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {laptop.account.token}", "Content-Type": "application/json",
                     "Accept": "application/json"},
            retries=False,
        )  # fmt: skip
        assert response.status in (200, 400, 403, 404, 409, 410, 413, 429, 503), response.data
        if response.status != 200:
            assert msgspec.json.decode(response.data, type=Refusal).sentence
        else:
            msgspec.json.decode(response.data, type=MESSAGES[path][2])

    send()
    assert laptop.pull_page(0).rows == []


def test_sql_and_worse_in_every_string_is_stored_as_it_is_or_refused(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")

    @QUICK
    @given(entity=NASTY, field=NASTY, value=NASTY, at=NASTY)
    def push(entity: str, field: str, value: str, at: str) -> None:
        row_id = new_id()
        fields = {"team_id": cooperation.north, "name": value, field or "f": value}
        changes = [
            mette.change("place", row_id, fields), mette.change(entity or "x", new_id(), {field or "f": value})
        ]  # fmt: skip
        response = mette.send("/v1/push", codec.pack(PushRequest(database_id=mette.database_id, changes=changes)))
        if response.status != 200:
            assert refusal(response) == "not-a-message"  # longer than the wire allows
            mette.sequence -= 2
            return
        answers = answers_of(codec.unpack(response.data, PushReply))
        assert answers[1].outcome.value == "refused"
        if answers[0].outcome.value == "applied":
            [row] = [row for row in mette.pull() if row.row_id == row_id]
            assert row.fields["name"] == value

    push()
    assert mette.push(mette.change("place", new_id(), {"team_id": cooperation.north}))[0].outcome.value == "applied"


@QUICK
@given(content=st.binary(max_size=300), at=st.integers(0, 400))
def test_the_codec_reads_its_own_messages_and_nothing_else(content: bytes, at: int) -> None:
    for kind in (PushRequest, PullRequest, PushReply, PullReply, HandshakeRequest):
        with pytest.raises(codec.NotAMessage):
            codec.unpack(content, kind)
    change = Change(
        change_id=new_id(), sequence=1, entity="place", row_id=new_id(), operation=Operation.INSERT, actor=new_id(),
        at=AT, fields={"name": "æ"},
    )  # fmt: skip
    message = PushRequest(database_id=new_id(), changes=[change])
    packed = bytearray(codec.pack(message))
    assert codec.unpack(bytes(packed), PushRequest) == message
    packed[at % len(packed)] ^= 0x55
    with suppress(codec.NotAMessage):
        codec.unpack(bytes(packed), PushRequest)
    with pytest.raises(codec.NotAMessage):
        codec.unpack(bytes(packed[: at % len(packed)]), PushRequest)
    with pytest.raises(envelope.NotAnEnvelope):
        envelope.header_of(content)


@pytest.mark.parametrize("text", [b'{"database_id":"\xc3"}', b'{"\xc3":1}', b'{"changes":' + b"[" * 100_000, b""])
def test_json_that_is_cut_or_no_text_is_no_message(text: bytes) -> None:
    with pytest.raises(codec.NotAMessage):
        codec.decode(text, PushRequest)
    with pytest.raises(codec.NotAMessage):
        codec.unpack(zstandard.compress(text), PushRequest)


def test_a_byte_that_became_another_on_the_way_is_never_taken_for_what_was_sent() -> None:
    names = ["Værestedet i Hvidovre", "Herberget i Hvidovre", "Klubben"]
    changes = [
        Change(
            change_id=new_id(), sequence=number, entity="place", row_id=new_id(), operation=Operation.INSERT,
            actor=new_id(), at=AT, fields={"name": name, "note": f"{number}0 cigaretter"},
        )
        for number, name in enumerate(names, start=1)
    ]  # fmt: skip
    message = PushRequest(database_id=new_id(), changes=changes)
    packed = codec.pack(message)
    for at in range(len(packed)):
        for flipped in (0x01, 0x08, 0x55, 0xFF):
            changed = packed[:at] + bytes([packed[at] ^ flipped]) + packed[at + 1 :]
            with suppress(codec.NotAMessage):
                assert codec.unpack(changed, PushRequest) == message, (at, flipped)


def test_a_million_changes_in_one_request_are_refused_in_one_word(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    one = msgspec.json.encode(mette.change("place", new_id(), {"team_id": cooperation.north}))
    body = b'{"database_id":"%b","changes":[%b]}' % (mette.database_id.encode(), b",".join([one] * 1_000_000))
    response = mette.send("/v1/push", zstandard.compress(body))
    assert (response.status, refusal(response)) == (413, "too-large")
    assert mette.pull() == []


def test_a_stolen_token_reads_nothing_with_another_store_and_another_cooperations_ids_lead_nowhere(
    cooperation: Cooperation,
) -> None:
    mette = cooperation.laptop("mette")
    person_id, changes = mette.person(name="Hemmelige Harald")
    mette.push(*changes)
    stolen = codec.pack(PullRequest(database_id=new_id(), cursor=0))
    response = mette.send("/v1/pull", stolen)
    assert (response.status, refusal(response)) == (403, "wrong-database")
    with cooperation.server.connect() as connection:
        other = Cooperation.make(connection, cooperation.server)
    thief = other.laptop("kirsten")
    tries = [
        thief.update("person", person_id, {"note": "?"}),
        thief.change("measurement", new_id(), {"person_id": person_id}),
        thief.change("membership", new_id(), {"person_id": person_id, "team_id": other.north}),
    ]
    thief.push(*tries)
    assert b"Harald" not in b"".join(codec.pack(row) for row in thief.pull())
    replayed = thief.push(*[msgspec.structs.replace(change, sequence=9) for change in changes])
    assert {answer.code for answer in replayed} == {"taken-change-id"}
    mette.pull()
    assert mette.rows["person", person_id].fields["note"] == ""
    other.http.clear()


def test_a_revoked_token_gets_one_word_everywhere(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    cooperation.server.run("device", "revoke", mette.account.device_id)
    for path in sorted(set(MESSAGES) - {"/v1/enrol"}):
        response = mette.send(path, b"x")
        assert (response.status, refusal(response)) in ((401, "revoked-token"), (400, "not-a-message")), path
    assert urllib3.request("GET", f"{cooperation.server.url}/health").status == 200
