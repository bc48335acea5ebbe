"""Whatever the line does, a change arrives exactly once, and what was edited meanwhile still waits to be sent."""

import threading
from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import select, update

from app.errors import KnownProblem
from app.models.local import OutboxEntry
from app.models.organisation import Place
from app.models.person import Membership, Person
from app.models.smoking import Conflict
from app.sync.report import SyncStep
from app.sync.wire import codec
from app.sync.wire.entities import SCHEMA_VERSION
from app.sync.wire.messages import ExchangeReply, LookReply, PullReply, PushRequest
from tests.integration.sync.desk import Desk
from tests.integration.sync.line import Line, serving

CUTS = ["cut-before", "cut-after", "cut-within", "busy"]


@pytest.fixture
def line(mette: Desk) -> Iterator[Line]:
    made = Line(mette.url, token=mette.device.token)
    with serving(made) as url:
        mette.url = url
        yield made


def changes_held(cooperation) -> list[tuple[str, str]]:
    with cooperation.server.connect() as connection:
        return connection.execute(
            "SELECT change_id::text, outcome FROM change WHERE cooperation_id = %s ORDER BY position",
            (cooperation.id,),
        ).fetchall()


@pytest.mark.parametrize("fault", CUTS)
@pytest.mark.parametrize("path", ["/v1/handshake", "/v1/push", "/v1/pull", "/v1/receipt"])
def test_a_cut_anywhere_loses_and_doubles_nothing(mette, jens, line, cooperation, path, fault):
    jens.place("Café Syd")
    jens.sync()
    person = mette.person()
    line.faults.append((path, fault))
    with pytest.raises(KnownProblem) as cut:
        mette.sync()
    expected = {"busy": "busy", "cut-within": "server-down"}.get(fault, "server-down")
    assert cut.value.code == expected
    assert mette.receipts() == []
    report = mette.sync()
    assert report.is_safe
    assert len(changes_held(cooperation)) == 3
    with mette.store.session() as session:
        sent = list(session.scalars(select(OutboxEntry.change_id)))
    assert set(sent) <= {change_id for change_id, _ in changes_held(cooperation)}
    assert [place.name for place in mette.all(Place)] == ["Café Syd"]
    jens.sync()
    assert jens.get(Person, person.id) is not None


def test_a_busy_server_says_when_to_come_back(mette, line):
    line.faults.append(("/v1/look", "busy"))
    with pytest.raises(KnownProblem) as busy:
        mette.sync()
    assert busy.value.parameters["retry_after"] == 7


def test_a_sync_with_nothing_to_send_is_one_request_and_brings_rows_and_receipt(mette, jens, line):
    mette.sync()
    jens.place("Café Syd")
    jens.sync()
    line.asked.clear()
    report = mette.sync()
    assert (line.asked, report.received, report.is_safe) == (["/v1/look"], 1, True)
    assert mette.sync().is_safe
    assert line.asked == ["/v1/look"] * 2


def test_a_sync_with_little_to_send_is_one_request_and_brings_answers_rows_and_receipt(mette, jens, line):
    mette.sync()
    jens.place("Café Syd")
    jens.sync()
    line.asked.clear()
    mine = mette.place()
    report = mette.sync()
    assert (line.asked, report.sent, report.received, report.is_safe) == (["/v1/exchange"], 1, 1, True)
    assert mette.get(Place, mine.id).server_position == 2
    assert (report.receipt.held, report.receipt.through_sequence) == (1, 1)
    assert mette.sync().is_safe


@pytest.mark.parametrize("fault", CUTS)
def test_an_exchange_that_is_cut_loses_and_doubles_nothing_and_lets_no_copy_in(mette, jens, line, cooperation, fault):
    mette.sync()
    jens.place("Café Syd")
    jens.sync()
    copy = mette.copied()
    copy.url = cooperation.server.url
    mine = mette.place("Café Nord")
    line.faults.append(("/v1/exchange", fault))
    with pytest.raises(KnownProblem):
        mette.sync()
    assert (mette.states(), len(mette.receipts())) == (["pending"], 1)
    if fault in ("cut-after", "cut-within"):
        copy.place("On the copy")
        with pytest.raises(KnownProblem, match="copied-store"):
            copy.sync()
        assert copy.states() == ["pending"]
    copy.store.close()
    report = mette.sync()
    assert (report.sent, report.is_safe) == (1, True)
    assert len(changes_held(cooperation)) == 2
    assert {place.name for place in mette.all(Place)} == {"Café Syd", "Café Nord"}
    jens.sync()
    assert jens.get(Place, mine.id) is not None


def test_a_laptop_that_heard_neither_of_its_exchange_nor_of_what_it_asked_next_is_taken_for_no_copy(
    mette, line, monkeypatch
):
    mette.sync()
    mette.place()
    line.faults.append(("/v1/exchange", "cut-after"))
    with pytest.raises(KnownProblem, match="server-down"):
        mette.sync()
    # As where more was typed since than goes in one request.
    monkeypatch.setattr("app.sync.limits.MOST_AT_ONCE", 0)
    line.faults.append(("/v1/handshake", "cut-after"))
    with pytest.raises(KnownProblem, match="server-down"):
        mette.sync()
    assert mette.sync().is_safe


def test_what_is_typed_during_an_exchange_is_sent_too_before_what_came_is_read(mette, jens, place, line):
    jens.edit(Place, place.id, note="Bank på")
    jens.sync()
    mette.place("Café Nord")
    line.before = lambda asked: mette.edit(Place, place.id, note="Ring på") if asked == "/v1/exchange" else None
    report = mette.sync()
    assert (report.sent, report.conflicts, report.remaining, report.is_safe) == (2, 1, 0, True)
    assert mette.get(Place, place.id).note == "Bank på"
    assert len(mette.all(Conflict)) == 1


def test_a_server_that_knows_no_exchange_is_asked_step_by_step_and_asked_once(mette, jens, line, monkeypatch):
    monkeypatch.setattr("app.sync.handshake._one_by_one", set())
    mette.sync()
    jens.place("Café Syd")
    jens.sync()
    whole = line.forward
    unknown = 404, {"Content-Type": "application/json"}, b'{"code":"not-found","sentence":"."}'
    line.forward = lambda path, body: unknown if path == "/v1/exchange" else whole(path, body)
    steps = ["/v1/handshake", "/v1/push", "/v1/pull", "/v1/receipt"]
    for asked in (["/v1/exchange", *steps], steps):
        line.asked.clear()
        mette.place()
        assert mette.sync().is_safe
        assert line.asked == asked
    assert len(mette.all(Place)) == 3


def test_what_the_server_refuses_in_an_exchange_is_kept_with_its_reason_and_is_not_green(mette, jens, line):
    mette.place()
    mette.sync()
    mette.add(
        Membership(
            id=jens.device.id, person_id=mette.device.id, team_id=mette.device.id, joined_on=mette.clock.now().date()
        )
    )
    mette.place()
    line.asked.clear()
    report = mette.sync()
    assert (report.sent, report.refused, report.is_safe, line.asked) == (1, 1, False, ["/v1/exchange"])
    assert mette.states() == ["acknowledged", "refused", "acknowledged"]
    assert report.receipt is not None


def of_schema(desk: Desk, schema: int) -> None:
    """Say of everything that this laptop has written that it is of this schema."""
    with desk.store.session() as session:
        session.execute(update(OutboxEntry).values(schema=schema))
        session.commit()


def test_what_a_server_is_too_old_for_is_offered_again_when_it_is_new_enough_and_not_before(mette, jens, line):
    place = mette.place()
    of_schema(mette, SCHEMA_VERSION + 1)
    assert mette.sync().refused == 1
    line.asked.clear()
    assert (mette.sync().refused, line.asked) == (1, ["/v1/look"])
    # As after the server's update.
    of_schema(mette, SCHEMA_VERSION)
    report = mette.sync()
    assert (report.sent, report.refused, report.is_safe) == (1, 0, True)
    jens.sync()
    assert jens.get(Place, place.id) is not None


def test_a_batch_is_sent_while_the_one_before_is_written_down_and_none_is_named_by_anothers_answer(
    mette, jens, line, cooperation, monkeypatch
):
    monkeypatch.setattr("app.sync.limits.LARGEST_BATCH", 2)
    for number in range(7):
        mette.place(str(number))
    line.faults += [("/v1/push", ""), ("/v1/push", ""), ("/v1/push", "cut-after")]
    with pytest.raises(KnownProblem, match="server-down"):
        mette.sync()
    # Of what the third request took, nothing was answered here.
    assert (mette.states(), len(changes_held(cooperation))) == (["acknowledged"] * 4 + ["pending"] * 3, 6)
    assert mette.sync().is_safe
    assert len(changes_held(cooperation)) == 7
    jens.sync()
    assert len(jens.all(Place)) == 7


@pytest.mark.parametrize("fault", CUTS)
def test_a_look_that_is_cut_is_no_receipt_and_the_next_one_brings_everything(mette, jens, line, fault):
    jens.place("Café Syd")
    jens.sync()
    line.faults.append(("/v1/look", fault))
    with pytest.raises(KnownProblem):
        mette.sync()
    assert mette.receipts() == []
    assert mette.sync().is_safe
    assert [place.name for place in mette.all(Place)] == ["Café Syd"]


def test_what_is_typed_while_the_laptop_only_looks_is_sent_before_what_came_is_read(mette, jens, place, line):
    jens.edit(Place, place.id, note="Bank på", address="Havnen 1")
    jens.sync()
    line.before = lambda asked: mette.edit(Place, place.id, note="Ring på") if asked == "/v1/look" else None
    report = mette.sync()
    assert (report.conflicts, report.remaining, report.is_safe) == (1, 0, True)
    here = mette.get(Place, place.id)
    assert (here.note, here.address) == ("Bank på", "Havnen 1")
    assert len(mette.all(Conflict)) == 1


def test_a_server_that_cannot_look_is_asked_step_by_step(mette, jens, line):
    jens.place("Café Syd")
    jens.sync()
    whole = line.forward
    unknown = 404, {"Content-Type": "application/json"}, b'{"code":"not-found","sentence":"."}'
    line.forward = lambda path, body: unknown if path == "/v1/look" else whole(path, body)
    assert (mette.sync().received, mette.sync().is_safe) == (1, True)
    assert line.asked[:4] == ["/v1/look", "/v1/handshake", "/v1/pull", "/v1/receipt"]


def test_a_laptop_that_begins_is_told_how_many_rows_will_come(mette, jens, monkeypatch):
    monkeypatch.setattr("app.sync.limits.PAGE", 3)
    for number in range(4):
        jens.person(str(number))
    jens.sync()
    seen: list[tuple[int, int]] = []

    def tell(progress) -> None:
        if progress.step is SyncStep.PULL:
            seen.append((progress.done, progress.total))

    mette.sync(tell)
    assert seen == [(0, 0), (3, 8), (6, 8)]


@pytest.mark.parametrize("is_at_once", [True, False], ids=["at once", "step by step"])
def test_what_a_laptop_has_just_sent_does_not_travel_back(mette, jens, line, monkeypatch, is_at_once):
    if not is_at_once:
        monkeypatch.setattr("app.sync.limits.MOST_AT_ONCE", 0)
    shared = mette.place("Café Nord")
    mette.sync()
    jens.sync()
    jens.edit(Place, shared.id, address="Havnen 1")
    jens.place("Café Syd")
    jens.sync()
    mette.edit(Place, shared.id, note="Ring på")
    mette.place("Café Vest")
    whole, came = line.forward, []

    def look(path: str, body: bytes):
        status, headers, content = whole(path, body)
        if path == "/v1/pull":
            came.extend(row.fields["name"] for row in codec.unpack(content, PullReply).rows)
        if path == "/v1/exchange":
            came.extend(row.fields["name"] for row in codec.unpack(content, ExchangeReply).page.rows)
        return status, headers, content

    line.forward = look
    report = mette.sync()
    # The row that both changed is merged, and its other half comes.
    assert sorted(came) == ["Café Nord", "Café Syd"]
    assert (report.is_safe, report.repaired, report.differing) == (True, 0, ())
    assert mette.get(Place, shared.id).address == "Havnen 1"


@pytest.mark.parametrize(("places", "sizes"), [(12, [2, 5, 3, 2]), (5, [5]), (6, [2, 2, 2]), (7, [2, 3, 2])])
def test_the_first_and_the_last_of_several_batches_are_small(mette, line, monkeypatch, places, sizes):
    for name, most in (("MOST_AT_ONCE", 1), ("SMALL_BATCH", 2), ("LARGEST_BATCH", 5)):
        monkeypatch.setattr(f"app.sync.limits.{name}", most)
    for number in range(places):
        mette.place(str(number))
    came: list[int] = []
    whole = line.forward

    def look(path: str, body: bytes):
        if path == "/v1/push":
            came.append(len(codec.unpack(body, PushRequest).changes))
        return whole(path, body)

    line.forward = look
    assert mette.sync().is_safe
    assert came == sizes


def test_what_a_colleague_sends_between_two_batches_is_told_like_all_else(mette, jens, line, monkeypatch):
    for name in ("MOST_AT_ONCE", "LARGEST_BATCH"):
        monkeypatch.setattr(f"app.sync.limits.{name}", 1)
    for number in range(2):
        mette.place(str(number))

    def send(path: str) -> None:
        if path == "/v1/push" and line.asked.count(path) == 2:
            jens.place("Café Syd")
            jens.sync()

    line.before = send
    report = mette.sync()
    assert (report.is_safe, report.repaired) == (True, 0)
    assert {place.name for place in mette.all(Place)} == {"0", "1", "Café Syd"}


def test_the_key_for_envelopes_stays_known_where_a_server_says_none(mette, line):
    """As one that was set back to an older version."""
    mette.sync()
    known = mette.device.envelope_key
    whole = line.forward

    def older(path: str, body: bytes):
        status, headers, content = whole(path, body)
        if path == "/v1/look":
            reply = codec.unpack(content, LookReply)
            hands = msgspec.structs.replace(reply.hands, envelope_key="")
            content = codec.pack(msgspec.structs.replace(reply, hands=hands))
        return status, headers, content

    line.forward = older
    assert mette.sync().is_safe
    assert mette.device.envelope_key == known != ""


def test_a_batch_that_arrives_twice_is_taken_once(mette, line, cooperation):
    mette.person()
    line.faults.append(("/v1/push", "twice"))
    report = mette.sync()
    assert (report.sent, report.is_safe) == (2, True)
    assert [outcome for _, outcome in changes_held(cooperation)] == ["applied", "applied"]


def test_an_edit_made_while_a_push_is_under_way_stays_pending_until_it_is_sent_itself(mette, line):
    person = mette.person()
    line.faults.append(("/v1/receipt", "cut-before"))

    def edit_once(path: str) -> None:
        if path == "/v1/push" and line.asked.count(path) == 1:
            mette.edit(Person, person.id, note="Har fået hund")
            assert mette.states() == ["pending"] * 3
        if path == "/v1/push" and line.asked.count(path) == 2:
            # The first answer named two changes and no more.
            assert mette.states() == ["acknowledged", "acknowledged", "pending"]

    line.before = edit_once
    with pytest.raises(KnownProblem):
        mette.sync()
    assert mette.states() == ["acknowledged"] * 3
    assert mette.get(Person, person.id).note == "Har fået hund"


@pytest.mark.parametrize("path", ["/v1/pull", "/v1/receipt"])
def test_an_edit_made_after_the_push_is_reported_as_remaining_and_is_not_green(mette, line, path):
    person = mette.person()
    line.before = lambda asked: mette.edit(Person, person.id, note="Ny") if asked == path else None
    report = mette.sync()
    assert (report.remaining, report.is_safe) == (1, False)
    assert report.receipt is not None
    assert report.receipt.through_sequence == 2
    line.before = lambda _path: None
    assert mette.sync().is_safe


def test_an_edit_made_while_pulling_is_kept_over_what_comes_and_then_shown_as_a_conflict(
    mette, jens, line, monkeypatch
):
    # More than goes at once, so that the rows are asked for by themselves.
    monkeypatch.setattr("app.sync.limits.MOST_AT_ONCE", 0)
    place = mette.place()
    mette.sync()
    jens.sync()
    jens.edit(Place, place.id, note="Bank på", address="Havnen 1")
    jens.sync()
    mette.place("Something to send")
    line.before = lambda asked: mette.edit(Place, place.id, note="Ring på") if asked == "/v1/pull" else None
    mette.sync()
    here = mette.get(Place, place.id)
    assert (here.note, here.address) == ("Ring på", "Havnen 1")
    line.before = lambda _path: None
    report = mette.sync()
    assert (report.conflicts, report.is_safe) == (1, True)
    assert mette.get(Place, place.id).note == "Bank på"


@pytest.mark.parametrize("page", [1, 100])
def test_a_tombstone_waits_for_what_is_unsent_and_comes_again(mette, jens, line, monkeypatch, page):
    # More than goes at once, so that the rows are asked for by themselves.
    monkeypatch.setattr("app.sync.limits.MOST_AT_ONCE", 0)
    monkeypatch.setattr("app.sync.limits.PAGE", page)
    place = mette.place()
    mette.sync()
    jens.sync()
    jens.remove(Place, place.id)
    jens.sync()
    jens.place("Café Syd")
    jens.sync()
    mette.place("Something to send")
    line.before = lambda asked: mette.edit(Place, place.id, note="Ring på") if asked == "/v1/pull" else None
    assert mette.sync().remaining == 1
    assert mette.get(Place, place.id).note == "Ring på"
    line.before = lambda _path: None
    report = mette.sync()
    assert (report.conflicts, report.is_safe, report.repaired, report.removed) == (1, True, 0, 0)
    assert mette.get(Place, place.id) is None


def test_a_batch_too_large_for_the_link_is_sent_in_smaller_parts(mette, line):
    for _ in range(10):
        mette.place()
    whole = line.forward

    def narrow(path: str, body: bytes):
        return (413, {"Content-Type": "text/html"}, b"<html>") if len(body) > 400 else whole(path, body)

    line.forward = narrow
    assert mette.sync().is_safe
    assert line.asked.count("/v1/push") > 2


def test_a_change_that_is_too_large_by_itself_is_said_and_still_waits(mette, line):
    for _ in range(10):
        mette.place()
    whole = line.forward

    def narrow(path: str, body: bytes):
        assert line.asked.count("/v1/push") < 9, "asked for ever"
        return (413, {"Content-Type": "text/html"}, b"<html>") if path == "/v1/push" else whole(path, body)

    line.forward = narrow
    with pytest.raises(KnownProblem, match="too-large"):
        mette.sync()
    assert mette.states() == ["pending"] * 10


def test_a_link_too_thin_for_all_at_once_carries_it_step_by_step(mette, line):
    mette.sync()
    mette.place()
    whole = line.forward
    too_large = 413, {"Content-Type": "text/html"}, b"<html>"
    line.forward = lambda path, body: too_large if path == "/v1/exchange" else whole(path, body)
    line.asked.clear()
    assert mette.sync().is_safe
    assert line.asked == ["/v1/exchange", "/v1/handshake", "/v1/push", "/v1/pull", "/v1/receipt"]


def test_cancelling_while_something_is_asked_waits_for_the_answer_that_is_then_nobodys(mette, jens, line, monkeypatch):
    monkeypatch.setattr("app.sync.limits.PAGE", 1)
    for number in range(2):
        jens.place(str(number))
    jens.sync()
    whole, is_cancelled, answered = line.forward, threading.Event(), []

    class Cancelled(Exception):
        pass

    def cancel(progress) -> None:
        if progress.step is SyncStep.PULL and progress.done == 1:
            is_cancelled.set()
            raise Cancelled

    def late(path: str, body: bytes):
        if path == "/v1/pull":
            is_cancelled.wait(60)
        answer = whole(path, body)
        answered.append(path)
        return answer

    line.forward = late
    with pytest.raises(Cancelled):
        mette.sync(cancel)
    assert answered == ["/v1/look", "/v1/pull"]
    assert (mette.sync().is_safe, len(mette.all(Place))) == (True, 2)


def test_cancelling_between_requests_keeps_what_was_done(mette, line):
    class Cancelled(Exception):
        pass

    def cancel(progress) -> None:
        if progress.step is SyncStep.PULL:
            raise Cancelled

    mette.person()
    with pytest.raises(Cancelled):
        mette.sync(cancel)
    assert mette.states() == ["acknowledged", "acknowledged"]
    assert mette.sync().is_safe


def test_only_one_synchronisation_of_a_store_runs_at_a_time(mette, line):
    codes = []

    def again(_path: str) -> None:
        try:
            mette.sync()
        except KnownProblem as problem:
            codes.append(problem.code)

    line.before = again
    assert mette.sync().is_safe
    assert set(codes) == {"sync-under-way"}
