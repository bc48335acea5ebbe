"""What a laptop of schema 1 really sent, sent again to today's server, and today's answers read as it reads them."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import urllib3
import zstandard

from app.models.organisation import Place
from app.models.person import Person
from app.models.smoking import Handout, Measurement
from app.sync.wire import codec
from server import clock
from server.accounts import add_cooperation, add_user, hash_of_token
from tests.integration.sync.desk import Desk, a_desk
from tests.integration.sync.recorded.schema_1 import REPLIES, PullReply, PushReply, Receipt
from tests.server.laptops import Cooperation, ServerProcess, new_id

RECORDED = json.loads((Path(__file__).parent / "recorded" / "schema_1.json").read_text(encoding="utf-8"))
TOKEN = "the token of a laptop of schema 1"


@pytest.fixture
def cooperation(server: ServerProcess):
    """The cooperation that the laptop was enrolled in, with a colleague of today."""
    users = {"mette": RECORDED["user_id"], "jens": new_id()}
    team = RECORDED["team_id"]
    with server.connect() as connection:
        add_cooperation(connection, RECORDED["cooperation_id"], "Røgfri prøve")
        for name, user_id in users.items():
            add_user(
                connection, user_id, cooperation_id=RECORDED["cooperation_id"], name=name, role="counsellor",
                team_ids=[team],
            )  # fmt: skip
        connection.execute(
            "INSERT INTO device (id, user_id, cooperation_id, name, database_id, token_hash, enrolled_at)"
            " VALUES (%s, %s, %s, 'old', %s, %s, %s)",
            (RECORDED["device_id"], users["mette"], RECORDED["cooperation_id"], RECORDED["database_id"],
             hash_of_token(TOKEN), clock.now()),
        )  # fmt: skip
    made = Cooperation(server, urllib3.PoolManager(), RECORDED["cooperation_id"], team, new_id(), users)
    yield made
    made.http.clear()


def say(cooperation: Cooperation, path: str, body: dict[str, Any]) -> Any:
    response = cooperation.http.request(
        "POST",
        cooperation.server.url + path,
        body=zstandard.compress(json.dumps(body).encode()),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": codec.CONTENT_TYPE, "Accept": codec.CONTENT_TYPE},
        retries=False,
    )
    assert response.status == 200, response.data
    with zstandard.ZstdDecompressor().stream_reader(response.data) as reader:
        return msgspec.json.decode(reader.read(), type=REPLIES[path])


def test_a_day_that_a_laptop_of_schema_1_sent_is_taken_today_and_its_colleagues_read_it(cooperation, tmp_path):
    asked = RECORDED["requests"]
    replies = [say(cooperation, each["path"], each["body"]) for each in asked]
    pushes = [reply for reply in replies if isinstance(reply, PushReply)]
    sent = [change for each in asked if each["path"] == "/v1/push" for change in each["body"]["changes"]]
    assert {change.get("schema", 1) for change in sent} == {1}
    assert sum(reply.count for reply in pushes) == len(sent)
    assert [reply.exceptions for reply in pushes] == [[]] * len(pushes)
    receipt = [reply for reply in replies if isinstance(reply, Receipt)][-1]
    assert (receipt.held, receipt.refused) == (len(sent), 0)
    jens: Desk = a_desk(tmp_path, cooperation, "jens")
    assert jens.sync().unreadable == ()
    [person], [place] = jens.all(Person), jens.all(Place)
    assert (person.nickname, person.phone, person.note) == ("Kaptajnen", "12345678", "Har fået hund")
    assert (place.name, place.note) == ("Café Nord", "Ring på")
    assert [out.quantity for out in jens.all(Handout)] == [7]
    assert [row.value for row in jens.all(Measurement)] == [12.0]
    # And back: what is written today is read by the old laptop, which passes over what it does not know.
    jens.edit(Place, place.id, address="Havnen 1")
    jens.measurement(person.id, 9.0)
    jens.sync()
    last = [each["body"] for each in asked if each["path"] == "/v1/pull"][-1]
    page = say(cooperation, "/v1/pull", last)
    assert isinstance(page, PullReply)
    assert {row.entity for row in page.rows} == {"person", "place", "measurement"}
    assert [row.fields["address"] for row in page.rows if row.entity == "place"] == ["Havnen 1"]
    again = [say(cooperation, each["path"], each["body"]) for each in asked if each["path"] == "/v1/push"]
    assert {answer.outcome.value for reply in again for answer in reply.exceptions} == {"already-had"}
    jens.store.close()
