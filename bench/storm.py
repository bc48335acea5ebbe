"""Four in the afternoon: 1,000 laptops send 200 changes each at once to two server processes over one PostgreSQL.

They belong to twenty cooperations, fifty laptops each: a cooperation hands out positions to one batch at a time.
Beside it: COPY of the same rows into the same database. Whoever is asked to come back does so, no sooner than asked;
nothing may be lost, and the figures say how long the slowest of them waited.
"""

import random
import statistics
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import msgspec
import psutil
import urllib3

from app.sync.wire import codec
from app.sync.wire.messages import Change, Operation, PushRequest
from bench.measuring import Goal, Result, timed
from bench.sync_fleet import Fleet, a_fleet, another, records
from server import clock
from server.accounts import hash_of_token
from tests.server.laptops import ServerProcess

NAME = "storm"
MOST_MEMORY = 200
"""Megabytes that each server process may take."""
LAPTOPS, COOPERATIONS, CHANGES, AT_ONCE = 1_000, 20, 200, 400
AT = "2026-11-24T15:00:00.000Z"


def run(rounds: int) -> list[Result]:
    """Run a storm, then the COPY; fresh cooperations each time."""
    rounds = min(rounds, 3)
    totals, copies, slowest, notes, memory = [], [], [], [], []
    with a_fleet() as fleet, ExitStack() as stack:
        second = ServerProcess(fleet.folder, "--database-url", fleet.server.about["database_url"])
        second.ready_file = fleet.folder / "second.json"
        stack.enter_context(second)
        for _ in range(rounds):
            fresh = [another(fleet.server, fleet.folder) for _ in range(COOPERATIONS)]
            bodies = _prepared(fresh)
            shed = threading.Semaphore(0)
            waits: list[float] = []
            totals.append(timed(partial(_storm, (fleet.server.url, second.url), bodies, waits, shed)))
            slowest.append(sorted(waits)[int(len(waits) * 0.99)])
            with fleet.server.connect() as connection:
                held = connection.execute(
                    "SELECT count(*), count(DISTINCT change_id) FROM change WHERE cooperation_id = ANY(%s::uuid[])"
                    " AND outcome = 'applied'",
                    ([each.cooperation.id for each in fresh],),
                ).fetchone()
            assert held == (LAPTOPS * CHANGES, LAPTOPS * CHANGES), held
            copies.append(timed(lambda: _copy(fleet)))
            processes = [fleet.server.process, second.process]
            memory.append(max(psutil.Process(each.pid).memory_info().rss for each in processes if each) / 2**20)
            notes.append(
                f"p99 {slowest[-1]:.1f} s, median {statistics.median(waits):.1f} s, {shed._value} times asked to come"
                f" back, {held[0]} changes held of {LAPTOPS * CHANGES}"
            )
    limit = {"pusterum": memory, "200 MB": [float(MOST_MEMORY)] * rounds}
    return [
        Result("storm", "s", {"pusterum": totals, "COPY": copies}, (Goal("COPY", 12.0),), " | ".join(notes)),
        Result("storm: memory of a server process", "MB", limit, (Goal("200 MB", 1.0),)),
    ]


def _prepared(fleets: list[Fleet]) -> list[tuple[str, bytes]]:
    """Enrol the laptops, and pack what each has to send."""
    fields = {fleet.cooperation.id: records(CHANGES, fleet.cooperation.north) for fleet in fleets}
    made = []
    with fleets[0].server.connect() as connection:
        for number in range(LAPTOPS):
            cooperation = fleets[number // 2 % len(fleets)].cooperation
            device, database, token = str(uuid.uuid4()), str(uuid.uuid4()), f"storm-{uuid.uuid4()}"
            connection.execute(
                "INSERT INTO device (id, user_id, cooperation_id, name, database_id, token_hash, enrolled_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (device, cooperation.users["mette"], cooperation.id, f"laptop {number}", database,
                 hash_of_token(token), clock.now()),
            )  # fmt: skip
            changes = [
                Change(
                    change_id=str(uuid.uuid4()), sequence=place, entity="place", row_id=str(uuid.uuid4()),
                    operation=Operation.INSERT, actor=cooperation.users["mette"], at=AT, fields=each, schema=2,
                )
                for place, each in enumerate(fields[cooperation.id], start=1)
            ]  # fmt: skip
            made.append((token, codec.pack(PushRequest(database_id=database, changes=changes))))
    return made


def _storm(
    urls: tuple[str, str], bodies: list[tuple[str, bytes]], waits: list[float], shed: threading.Semaphore
) -> None:
    http = urllib3.PoolManager(maxsize=AT_ONCE, num_pools=4, block=True)
    began = time.perf_counter()

    def send(number: int) -> None:
        token, body = bodies[number]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": codec.CONTENT_TYPE}
        while True:
            response = http.request(
                "POST", urls[number % 2] + "/v1/push", body=body, headers=headers, retries=False, timeout=60.0
            )
            if response.status == 200:
                break
            assert response.status in (429, 503), response.data
            shed.release()
            time.sleep(int(response.headers["Retry-After"]) + random.random())
        waits.append(time.perf_counter() - began)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(send, range(len(bodies))))
    http.clear()


def _copy(fleet: Fleet) -> None:
    fields = [msgspec.json.encode(each).decode() for each in records(CHANGES, fleet.cooperation.north)]
    with fleet.server.connect() as connection:
        connection.execute("CREATE TEMPORARY TABLE plain (id uuid PRIMARY KEY, position bigint, fields jsonb)")
        with connection.cursor() as cursor, cursor.copy("COPY plain FROM STDIN") as copy:
            for number in range(LAPTOPS * CHANGES):
                copy.write_row((uuid.uuid4(), number, fields[number % CHANGES]))
        connection.commit()
