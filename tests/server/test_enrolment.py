"""A laptop enrols once, with a code that works once."""

import msgspec
import urllib3

from app.sync.wire import codec
from app.sync.wire.messages import EnrolReply, Hello, PullRequest
from server.accounts import revoke_device
from tests.server.laptops import Cooperation, ServerProcess, new_id, refusal


def test_the_server_says_who_it_is(server: ServerProcess) -> None:
    response = urllib3.request("GET", f"{server.url}/v1/hello")
    hello = msgspec.json.decode(response.data, type=Hello)
    assert (hello.product, hello.protocol) == ("Pusterum", 1)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert urllib3.request("GET", f"{server.url}/health").status == 200
    assert urllib3.request("GET", f"{server.url}/ready").status == 200


def test_a_code_enrols_one_laptop_and_no_second(cooperation: Cooperation) -> None:
    code = cooperation.code("mette")
    first = cooperation.enrol(code.lower().replace("-", " "), new_id())
    account = codec.unpack(first.data, EnrolReply)
    assert (account.user_name, account.role, account.team_ids) == ("mette", "counsellor", [cooperation.north])
    second = cooperation.enrol(code, new_id())
    assert (second.status, refusal(second)) == (410, "used-code")


def test_an_expired_code_enrols_nobody(cooperation: Cooperation) -> None:
    code = cooperation.code("mette")
    with cooperation.server.connect() as connection:
        connection.execute("UPDATE enrolment_code SET expires_at = now() WHERE used_at IS NULL")
    response = cooperation.enrol(code, new_id())
    assert (response.status, refusal(response)) == (410, "expired-code")


def test_an_unknown_code_is_refused(cooperation: Cooperation) -> None:
    response = cooperation.enrol("ZZZZ-ZZZZ", new_id())
    assert (response.status, refusal(response)) == (404, "unknown-code")


def test_a_store_that_lost_its_token_stays_the_same_device(cooperation: Cooperation) -> None:
    laptop = cooperation.laptop("mette")
    again = codec.unpack(cooperation.enrol(cooperation.code("mette"), laptop.database_id).data, EnrolReply)
    assert again.device_id == laptop.account.device_id
    assert refusal(laptop.send("/v1/pull", b"")) == "unknown-token"


def test_a_store_of_somebody_else_is_not_taken_over(cooperation: Cooperation) -> None:
    laptop = cooperation.laptop("mette")
    response = cooperation.enrol(cooperation.code("sara"), laptop.database_id)
    assert (response.status, refusal(response)) == (409, "database-taken")


def test_a_wrong_a_revoked_and_a_cloned_laptop_are_told_apart(cooperation: Cooperation) -> None:
    laptop = cooperation.laptop("mette")
    clone = codec.pack(PullRequest(database_id=new_id(), cursor=0))
    assert refusal(laptop.send("/v1/pull", clone)) == "wrong-database"
    assert laptop.send("/v1/pull", clone).status == 403
    assert refusal(laptop.send("/v1/pull", clone, token="nobody")) == "unknown-token"
    with cooperation.server.connect() as connection:
        assert revoke_device(connection, laptop.account.device_id)
    response = laptop.send("/v1/pull", clone)
    assert (response.status, refusal(response)) == (401, "revoked-token")
