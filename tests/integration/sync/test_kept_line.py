"""One connection carries the sendings of a working day, and one that has died in the meantime costs nothing."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from app.errors import KnownProblem
from app.sync.client import SyncClient
from app.sync.hang_up import HangUp
from app.sync.kept_line import KEPT_SECONDS, KeptLine, leads_out_as_before
from app.sync.wire import codec
from tests.integration.sync.line import Keeper, keeping, say_hello
from tests.integration.sync.test_client import a_closed_port


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    with keeping() as server:
        yield server


def test_one_connection_is_used_from_sending_to_sending(keeper):
    line = KeptLine()
    for _ in range(3):
        say_hello(keeper.url, line)
    assert (len(keeper.asked), keeper.connections()) == (3, 1)


def test_a_connection_that_nobody_keeps_is_closed(keeper):
    for _ in range(2):
        say_hello(keeper.url, None)
        assert keeper.gone.acquire(timeout=60)
    assert keeper.connections() == 2


def test_a_kept_line_that_dies_as_it_is_wanted_is_made_anew_and_asked_once_more(keeper):
    line = KeptLine()
    say_hello(keeper.url, line)
    keeper.faults.append("dies")
    say_hello(keeper.url, line)
    first, again, anew = keeper.asked
    assert first == again != anew


def test_a_line_that_was_just_made_and_dies_is_not_asked_again(keeper):
    keeper.faults.append("dies")
    with pytest.raises(KnownProblem, match="server-down"):
        say_hello(keeper.url, KeptLine())
    assert len(keeper.asked) == 1


def test_nobody_asks_a_third_time(keeper):
    line = KeptLine()
    say_hello(keeper.url, line)
    keeper.faults += ["dies", "dies"]
    with pytest.raises(KnownProblem, match="server-down"):
        say_hello(keeper.url, line)
    assert len(keeper.asked) == 3


def test_a_kept_line_that_dies_once_it_has_answered_is_not_asked_again(keeper):
    line = KeptLine()
    say_hello(keeper.url, line)
    with SyncClient(keeper.url, line=line) as client:
        client.hello()
        keeper.faults.append("dies")
        with pytest.raises(KnownProblem, match="server-down"):
            client.hello()
    assert len(keeper.asked) == 3


def test_nobody_waits_twice_for_a_kept_line_that_is_silent(keeper):
    line = KeptLine()
    say_hello(keeper.url, line)
    keeper.faults.append("silent")
    with (
        SyncClient(keeper.url, read_seconds=0.05, line=line) as client,
        pytest.raises(KnownProblem, match="timed-out"),
    ):
        client.hello()
    assert len(keeper.asked) == 2


def test_an_answer_longer_than_any_message_is_a_fault_and_what_is_left_of_it_answers_nothing(keeper, monkeypatch):
    monkeypatch.setattr(codec, "LARGEST_MESSAGE", 1000)
    keeper.faults.append("goes on")
    with SyncClient(keeper.url) as client:
        with pytest.raises(KnownProblem, match="server-fault"):
            client.hello()
        client.hello()
    assert keeper.connections() == 2


def test_a_kept_line_that_died_before_it_is_wanted_is_not_even_asked(keeper):
    line = KeptLine()
    keeper.faults.append("answers and dies")
    say_hello(keeper.url, line)
    assert keeper.gone.acquire(timeout=60)
    say_hello(keeper.url, line)
    assert (len(keeper.asked), keeper.connections()) == (2, 2)


@pytest.mark.parametrize(
    ("steady", "wall"),
    [(KEPT_SECONDS + 1, KEPT_SECONDS + 1), (1, KEPT_SECONDS + 1), (1, -3600)],
    ids=["too long", "slept", "clock turned back"],
)
def test_a_line_that_may_lead_nowhere_any_more_is_made_anew(keeper, steady, wall):
    now = [1000.0, 5000.0]
    line = KeptLine(steady=lambda: now[0], wall=lambda: now[1])
    say_hello(keeper.url, line)
    now[0] += steady
    now[1] += wall
    say_hello(keeper.url, line)
    assert keeper.connections() == 2


def test_a_line_leads_to_the_server_that_is_asked(keeper):
    line = KeptLine()
    say_hello(keeper.url, line)
    with pytest.raises(KnownProblem, match="server-down"):
        say_hello(f"http://127.0.0.1:{a_closed_port()}", line)
    assert len(keeper.asked) == 1


def test_a_line_that_left_by_another_network_is_known(keeper):
    elsewhere = ("127.0.0.5", 0)
    with (
        closing(socket.create_connection(keeper.server_address)) as here,
        closing(socket.create_connection(keeper.server_address, source_address=elsewhere)) as before,
    ):
        assert leads_out_as_before(here)
        assert not leads_out_as_before(before)


def test_a_line_is_made_anew_where_the_laptop_would_leave_by_another_network_now(keeper, monkeypatch):
    line = KeptLine()
    say_hello(keeper.url, line)
    monkeypatch.setattr("app.sync.kept_line.leads_out_as_before", lambda _line: False)
    say_hello(keeper.url, line)
    assert keeper.connections() == 2


@pytest.mark.parametrize("close", [KeptLine.close, KeptLine.drop], ids=["closed", "dropped"])
def test_a_line_is_not_kept_where_it_is_not_wanted(keeper, close: Callable[[KeptLine], None]):
    line = KeptLine()
    say_hello(keeper.url, line)
    close(line)
    assert keeper.gone.acquire(timeout=60)


def test_a_line_that_is_closed_while_it_is_used_goes_when_it_is_let_go_of(keeper):
    line = KeptLine()
    with SyncClient(keeper.url, line=line) as client:
        client.hello()
        line.close()
        client.hello()
    assert keeper.gone.acquire(timeout=60)
    assert keeper.connections() == 1


def test_a_request_over_a_kept_line_ends_when_it_is_hung_up_and_is_not_made_again(keeper):
    line, hang_up, ended = KeptLine(), HangUp(), []
    say_hello(keeper.url, line)
    keeper.faults.append("silent")

    def ask() -> None:
        with SyncClient(keeper.url, read_seconds=3600, hang_up=hang_up, line=line) as client:
            try:
                client.hello()
            except KnownProblem as problem:
                ended.append(problem.code)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    while len(keeper.asked) < 2:
        asking.join(0.01)
    hang_up.now()
    asking.join(60)
    assert (ended, len(keeper.asked), keeper.connections()) == (["locked"], 2, 1)


def test_no_thread_of_the_server_waits_for_a_laptop_that_is_still_connected_when_it_closes():
    before, line = set(threading.enumerate()), KeptLine()
    with keeping() as server:
        say_hello(server.url, line)
        assert len(set(threading.enumerate()) - before) == 2, "one serves, one waits for the next request"
    give_up = time.monotonic() + 20
    while set(threading.enumerate()) - before:
        assert time.monotonic() < give_up
        time.sleep(0.005)
    line.close()
