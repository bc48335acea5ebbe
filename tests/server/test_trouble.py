"""What the server does with bytes that are no message, with a power cut, and with a receipt somebody changed."""

import json
import threading
from pathlib import Path

import msgspec
import pytest
import urllib3
import zstandard

from app.documents.receipt import ReceiptContent, receipt_pdf
from app.sync.wire import codec
from app.sync.wire.messages import Outcome, PushRequest
from server.identity import is_genuine
from server.migration import NewerSchema, migrate
from tests.server.laptops import Cooperation, ServerProcess, new_id, refusal

SIZE_HIDDEN = zstandard.ZstdCompressor(write_content_size=False)
"""Makes frames that do not say beforehand how much they unpack to."""


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not-a-message"),
        (b"<html><body>Welcome to the guest network</body></html>", 400, "not-a-message"),
        (codec.pack(PushRequest(database_id=new_id(), changes=[]))[:-5], 400, "garbled"),
        (zstandard.compress(b'{"database_id":"x","changes":[]}'), 400, "not-a-message"),
        (zstandard.compress(b'{"x":' + b"[" * 100_000), 400, "not-a-message"),
        (zstandard.compress(b" " * (codec.LARGEST_MESSAGE + 1)), 413, "too-large"),
        (SIZE_HIDDEN.compress(b" " * (codec.LARGEST_MESSAGE + 1)), 413, "too-large"),
        (SIZE_HIDDEN.compress(b'{"database_id":"x","changes":[]}' * 1000)[:-20], 400, "not-a-message"),
        (b"x" * (codec.LARGEST_MESSAGE + 1), 413, "too-large"),
    ],
    ids=[
        "empty",
        "web page",
        "cut off",
        "wrong fields",
        "deep",
        "bomb",
        "bomb that hides its size",
        "hidden and cut off",
        "large",
    ],
)
def test_bytes_that_are_no_message_are_refused_in_plain_json(
    cooperation: Cooperation, body: bytes, status: int, code: str
) -> None:
    response = cooperation.laptop("mette").send("/v1/push", body)
    assert (response.status, refusal(response)) == (status, code)
    assert b"Traceback" not in response.data


def test_there_is_nothing_elsewhere(server: ServerProcess) -> None:
    assert refusal(urllib3.request("GET", f"{server.url}/admin")) == "not-found"
    assert refusal(urllib3.request("GET", f"{server.url}/v1/push")) == "not-found"
    assert refusal(urllib3.request("POST", f"{server.url}/v1/push", body=b"x")) == "unknown-token"


def test_a_receipt_counts_and_its_signature_holds_for_nothing_else(cooperation: Cooperation, tmp_path: Path) -> None:
    mette = cooperation.laptop("mette")
    _, changes = mette.person()
    mette.push(*changes)
    lost = mette.change("course", new_id(), {"team_id": cooperation.north})
    receipt = mette.receipt()
    assert (receipt.held, receipt.refused, receipt.through_sequence) == (2, 0, lost.sequence)
    assert receipt.device_id == mette.account.device_id
    key = mette.account.receipt_key
    assert is_genuine(receipt, key)
    assert not is_genuine(msgspec.structs.replace(receipt, held=3), key)
    assert not is_genuine(msgspec.structs.replace(receipt, signature="AAAA"), key)
    file = tmp_path / "receipt"
    file.write_bytes(codec.pack(receipt))
    assert cooperation.server.run("receipt", "verify", str(file)).returncode == 0
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(receipt, held=3)))
    answer = cooperation.server.run("receipt", "verify", str(file))
    assert (answer.returncode, json.loads(answer.stdout)["genuine"]) == (1, False)


@pytest.mark.parametrize("kind", ["the page", "its text, line by line"])
def test_the_printed_receipt_can_be_verified(cooperation: Cooperation, tmp_path: Path, kind: str) -> None:
    mette = cooperation.laptop("mette")
    mette.push(*mette.person()[1])
    file = tmp_path / "receipt"
    for held, expected in ((2, 0), (3, 1)):
        signed = msgspec.json.encode(msgspec.structs.replace(mette.receipt(), held=held)).decode()
        page = receipt_pdf(
            ReceiptContent(heading="Kvittering", sentence="", facts=(), how_to_verify="", signed=signed, language="da")
        )
        lines = "\n".join(signed[start : start + 88] for start in range(0, len(signed), 88))
        file.write_bytes(page if kind == "the page" else lines.encode())
        assert cooperation.server.run("receipt", "verify", str(file)).returncode == expected
    file.write_bytes(b"%PDF-1.7 pusterum-receipt:AAAA")
    assert cooperation.server.run("receipt", "verify", str(file)).returncode == 2


def test_the_log_names_nobody(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    _, changes = mette.person(name="Xanthippe")
    mette.push(*changes, mette.change("measurement", new_id(), {"person_id": "Xanthippe"}))
    mette.send("/v1/push", b"Xanthippe")
    assert "Xanthippe" not in cooperation.server.log()
    assert mette.account.token not in cooperation.server.log()


def test_a_server_killed_in_the_middle_of_pushes_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        with server.connect() as connection:
            cooperation = Cooperation.make(connection, server)
        mette = cooperation.laptop("mette")
        batches = [
            [mette.change("place", new_id(), {"team_id": cooperation.north, "name": "x" * 200}) for _ in range(500)]
            for _ in range(12)
        ]
        begun = threading.Semaphore(0)
        acknowledged: list[str] = []

        def push_all() -> None:
            for batch in batches:
                begun.release()
                try:
                    answers = mette.push(*batch)
                except (urllib3.exceptions.HTTPError, OSError):
                    return
                assert all(answer.outcome is Outcome.APPLIED for answer in answers)
                acknowledged.extend(change.row_id for change in batch)

        writer = threading.Thread(target=push_all)
        writer.start()
        for _ in range(4):
            begun.acquire()
        server.kill()
        writer.join()
        server.start()

        came = {row.row_id for row in mette.pull()}
        assert set(acknowledged) <= came
        assert len(came) % 500 == 0
        for batch in batches:
            assert {answer.outcome for answer in mette.push(*batch)} <= {Outcome.APPLIED, Outcome.ALREADY_HAD}
        sent = {change.row_id for batch in batches for change in batch}
        mette.cursor = 0
        rows = mette.pull()
        assert len(rows) == len(sent) == 6000
        assert {row.row_id for row in rows} == sent
        assert mette.receipt().held == 6000
        assert json.loads(server.run("counts").stdout)["rows"] == {"place": 6000}
        assert server.stop() == 0
        assert not (tmp_path / "data" / "postgresql" / "postmaster.pid").exists()


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        with server.connect() as connection:
            migrate(connection)
            connection.execute("INSERT INTO schema_version (version) VALUES (9999)")
        with server.connect() as connection, pytest.raises(NewerSchema):
            migrate(connection)
        answer = server.run("counts")
        assert (answer.returncode, "schema 9999" in answer.stderr) == (2, True)


def test_the_command_line_enrols_lists_and_revokes(cooperation: Cooperation) -> None:
    run = cooperation.server.run
    code = run("device", "enrol", "--user", cooperation.users["mette"]).stdout.strip()
    assert cooperation.enrol(code, new_id()).status == 200
    stale = run("device", "enrol", "--user", cooperation.users["mette"], "--hours", "0.000001").stdout.strip()
    assert refusal(cooperation.enrol(stale, new_id())) == "expired-code"
    assert run("device", "enrol", "--user", new_id()).returncode == 2
    devices = json.loads(run("device", "list").stdout)
    assert run("device", "revoke", devices[0]["device_id"]).returncode == 0
    assert json.loads(run("device", "list").stdout)[0]["revoked_at"] is not None
    identity = json.loads(run("init").stdout)
    assert json.loads(run("init", "--new-epoch").stdout)["epoch"] != identity["epoch"]


@pytest.mark.parametrize(
    "wrong",
    [
        "0F57C2D1-D2B1-4B26-8DE7-84EDE8DA88D7",
        "0f57c2d1d2b1-4b26-8de7-84ed-e8da88d7",
        "0f57c2d1-d2b1-4b26-8de7-84ede8da88d\n",
    ],
    ids=["large letters", "other parts", "not a letter"],
)
def test_a_batch_in_which_one_identifier_of_many_is_none_is_no_message(cooperation: Cooperation, wrong: str) -> None:
    laptop = cooperation.laptop("mette")
    _, good = laptop.person()
    for field in ("change_id", "row_id", "actor"):
        bad = msgspec.structs.replace(good[1], **{field: wrong})
        batch = msgspec.json.encode({"database_id": laptop.database_id, "changes": [good[0], bad]})
        response = laptop.send("/v1/push", zstandard.compress(batch))
        assert (response.status, refusal(response)) == (400, "not-a-message")
    assert laptop.pull() == []
