"""What a study of the strongest peers demands of syncing, one promise each (docs/sync.md names them all)."""

import itertools
import json
import socket
import tempfile
import threading
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import event, text

from app.clock import today
from app.errors import KnownProblem
from app.models.local import OutboxEntry
from app.models.organisation import Place
from app.models.person import Person
from app.models.smoking import Conflict, Handout
from app.open_stage import let_in_again
from app.settings import DATABASE_NAME
from app.storage import migrations
from app.storage.engine import _Gate, create_store, make_engine, open_store
from app.storage.queries.unsent import sync_state
from app.sync.enrol import enrol
from app.ui.sync_status.standing import standing
from tests.disturbing_proxy import FAULTS, Killed
from tests.end_to_end.sync_world import World, make_template
from tests.full_disk import full_disk
from tests.integration.sync.desk import KEY, Desk
from tests.server.laptops import ServerProcess


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def world(server: ServerProcess, template: Path):
    with tempfile.TemporaryDirectory() as folder:
        made = World(server, Path(folder), template)
        yield made
        made.close()


def a_day(world: World) -> None:
    """Something on both sides, so that a sync has every step to do."""
    mette, jens = world.laptops["mette"], world.laptops["jens"]
    world.walk_in(jens, "Styrmanden")
    world.open_place(jens, "Café Syd")
    world.sync(jens, {})
    world.walk_in(mette, "Kaptajnen")
    world.hand_out(mette, 0, 7)


@pytest.mark.parametrize("at", range(5))
def test_2_the_laptop_dies_at_every_commit_of_a_sync(world: World, at: int) -> None:
    a_day(world)
    assert world.sync(world.laptops["mette"], {}, dies_at_commit=at) is None
    world.evening()


@pytest.mark.parametrize("at", range(2))
def test_2_the_laptop_dies_at_every_commit_of_an_exchange(world: World, at: int) -> None:
    world.sync(world.laptops["mette"], {})
    a_day(world)
    assert world.sync(world.laptops["mette"], {}, dies_at_commit=at) is None
    world.evening()


@pytest.mark.parametrize("at", range(5))
def test_2_the_laptop_dies_between_every_two_requests(world: World, at: int) -> None:
    a_day(world)
    world.sync(world.laptops["mette"], {}, dies_at_step=at)
    world.evening()


@pytest.mark.parametrize("path", ["/v1/push", "/v1/pull", "/v1/exchange"])
def test_2_the_server_dies_between_its_commit_and_its_answer(world: World, path: str) -> None:
    mette = world.laptops["mette"]
    if path == "/v1/exchange":
        world.sync(mette, {})
    a_day(world)
    whole = mette.proxy._forward

    def answer_and_die(request):
        answered = whole(request)
        if request[1] == path and not died:
            died.append(True)
            world.server.kill()
            return 502, {"Content-Type": "text/html"}, b"gone"
        return answered

    died: list[bool] = []
    mette.proxy._forward = answer_and_die
    with pytest.raises(KnownProblem, match="server-down"):
        mette.desk.sync()
    world.server.start()
    for laptop in world.laptops.values():
        laptop.proxy.target = world.server.url
    world.evening()


def test_3_what_is_created_edited_and_deleted_while_a_push_runs_stays_pending(world: World) -> None:
    mette = world.laptops["mette"]
    kept, gone = mette.desk.place("kept"), mette.desk.place("gone")
    whole = mette.proxy._forward
    busy: list[bool] = []

    def work_meanwhile(request):
        if request[1] == "/v1/push" and not busy:
            busy.append(True)
            mette.desk.edit(Place, kept.id, note="edited")
            mette.desk.remove(Place, gone.id)
            mette.desk.place("created")
            answered = whole(request)
            assert mette.desk.states() == ["pending"] * 5
            return answered
        return whole(request)

    mette.proxy._forward = work_meanwhile
    mette.note_made()
    assert world.sync(mette, {}) is not None
    mette.proxy._forward = whole
    world.evening()
    assert {(place.name, place.note) for place in world.laptops["kirsten"].desk.all(Place)} == {
        ("kept", "edited"),
        ("created", ""),
    }


def test_5_a_server_that_fails_for_ever_costs_nothing_but_time(world: World) -> None:
    a_day(world)
    mette = world.laptops["mette"]
    before = mette.outbox()
    for _ in range(5):
        world.sync(mette, dict.fromkeys(range(20), "fault"))
    assert mette.outbox() == before
    world.evening()


CLOCKS = [timedelta(days=2), timedelta(days=-2), timedelta(), timedelta(hours=1)]


@pytest.mark.parametrize("ahead", CLOCKS)
def test_6_the_clock_decides_nothing_and_is_measured(world: World, ahead: timedelta) -> None:
    mette, jens = world.laptops["mette"], world.laptops["jens"]
    place = mette.desk.place()
    world.sync(mette, {})
    world.sync(jens, {})
    mette.desk.clock.at = datetime.now(UTC) + ahead  # noqa: TID251 - the server has no other
    jens.desk.clock.at = datetime.now(UTC) - ahead  # noqa: TID251 - the server has no other
    mette.desk.edit(Place, place.id, note="first to arrive")
    jens.desk.edit(Place, place.id, note="second")
    whole = mette.proxy._forward

    def turn_back(request):
        mette.desk.clock.at -= timedelta(hours=1)
        return whole(request)

    report = mette.desk.sync()
    assert abs(report.clock_ahead - ahead) < timedelta(minutes=5)
    mette.proxy._forward = turn_back
    mette.desk.sync()
    mette.proxy._forward = whole
    jens.desk.sync()
    mette.note_made()
    jens.note_made()
    world.evening()
    for laptop in (mette, jens):
        assert laptop.desk.get(Place, place.id).note == "first to arrive"


def test_6_the_hour_that_comes_twice_in_october_is_no_trouble(world: World) -> None:
    mette = world.laptops["mette"]
    for minutes in (0, 30, 60, 90, 45):
        mette.desk.clock.at = datetime(2026, 10, 25, 0, 15, tzinfo=UTC) + timedelta(minutes=minutes)
        mette.desk.place(str(minutes))
    mette.note_made()
    assert world.sync(mette, {}).is_safe
    world.evening()


def test_8_access_taken_away_and_given_back_loses_nothing(world: World) -> None:
    a_day(world)
    mette = world.laptops["mette"]
    world.server.run("device", "revoke", mette.desk.device.id)
    before = mette.outbox()
    with pytest.raises(KnownProblem, match="token-refused"):
        mette.desk.sync()
    assert mette.outbox() == before
    device = mette.desk.device
    device.server_url = world.server.url
    world.server.run("readmit", device.id)
    let_in_again(mette.desk.store, device, world.cooperation.code("mette"))
    assert world.sync(mette, {}).is_safe
    world.evening()


@pytest.fixture
def a_store_of_two_versions_ago(tmp_path: Path, world: World):
    path = tmp_path / DATABASE_NAME
    create_store(path, KEY).close()
    path.unlink()
    engine = make_engine(_Gate(path, KEY))
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")
    device = enrol(world.server.url, world.cooperation.code("mette"), device_name="old", database_id=str(KEY_ID))
    with engine.begin() as connection:
        old = {column[1] for column in connection.execute(text("PRAGMA table_info(device)"))}
        values = {name: getattr(device, name) for name in old}
        values["team_ids"] = f'["{device.team_ids[0]}"]'
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        connection.execute(text(f"INSERT INTO device ({names}) VALUES ({places})"), values)  # noqa: S608 - our own columns
        for number in range(1, 201):
            key = f"01a20e12-2f16-7fb0-9ebe-{number:012x}"
            connection.execute(
                text(
                    "INSERT INTO place (id, server_position, team_id, municipality_id, name, kind, address, note)"
                    " VALUES (:key, 0, :team, :team, :name, 'café', '', '')"
                ),
                {"key": key, "team": device.team_ids[0], "name": str(number)},
            )
            team = device.team_ids[0]
            fields = {"team_id": team, "municipality_id": team, "name": str(number), "kind": "café", "address": ""}
            connection.execute(
                text(
                    "INSERT INTO outbox (sequence, change_id, entity, row_id, operation, fields, base, actor, at,"
                    " schema, state, position, code) VALUES (:n, :change, 'place', :key, 'insert', :fields, 0, :actor,"
                    " '2026-03-02T16:00:00Z', 1, 'pending', 0, '')"
                ),
                {
                    "n": number, "change": f"01a20e12-2f16-7fb0-8ebe-{number:012x}", "key": key,
                    "actor": device.user_id, "fields": json.dumps({**fields, "note": ""}),
                },
            )  # fmt: skip
    engine.dispose()
    return path


KEY_ID = "6a5b0d0e-3f0a-4c4e-9d0b-707573746572"


def test_9_an_old_laptop_with_a_full_outbox_is_upgraded_and_sends_everything(
    world: World, a_store_of_two_versions_ago: Path
) -> None:
    engine = make_engine(_Gate(a_store_of_two_versions_ago, KEY))

    def die(_connection: object) -> None:
        raise Killed

    event.listen(engine, "commit", die)
    with pytest.raises(Killed):
        migrations.upgrade(engine)
    event.remove(engine, "commit", die)
    engine.dispose()
    store = open_store(a_store_of_two_versions_ago, KEY)
    desk = Desk(store, world.server.url)
    assert len(desk.states()) == 200
    report = desk.sync()
    assert (report.sent, report.is_safe, report.differing) == (200, True, ())
    store.close()
    world.sync(world.laptops["jens"], {})
    assert len(world.laptops["jens"].desk.all(Place)) == 200


@pytest.mark.parametrize(("fault", "at"), list(itertools.product(FAULTS, range(4))))
def test_12_the_status_says_received_only_when_the_server_has_it(world: World, fault: str, at: int) -> None:
    a_day(world)
    mette = world.laptops["mette"]
    mette.proxy.disturb({at: fault})
    problem: Exception | None = None
    report = None
    try:
        report = mette.desk.sync()
    except KnownProblem as found:
        problem = found
    with mette.desk.store.session() as session:
        state = sync_state(session)
    now = standing(state, today=today(mette.desk.clock), problem=problem)
    held = world.held(mette)
    if now.tone == "success" or now.kind == "received":
        assert set(mette.outbox()) <= held
    if report is not None and report.is_safe:
        assert now.tone == "success"
    if problem is not None:
        assert now.kind == problem.code
        assert now.tone != "success"
    mette.note_made()
    mette.proxy.disturb({})
    assert (world.sync(mette, {}) or world.sync(mette, {})).is_safe


def test_14_a_full_disk_in_the_middle_of_a_sync_loses_nothing(world: World) -> None:
    a_day(world)
    mette = world.laptops["mette"]
    jens = world.laptops["jens"]
    for number in range(60):
        jens.desk.place("x" * 400 + str(number))
    jens.note_made()
    world.sync(jens, {})
    with full_disk(mette.desk.store), pytest.raises(KnownProblem, match="disk-full"):
        mette.desk.sync()
    mette.reopen()
    world.evening()


def test_14_an_answer_that_only_trickles_is_a_line_that_has_stalled(world: World) -> None:
    desk = world.laptops["mette"].desk
    over = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def trickle() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x\r\nContent-Length: 99999\r\n\r\n")
                while not over.wait(0.01):
                    connection.sendall(b"x")

        server = threading.Thread(target=trickle)
        server.start()
        client = desk.client(read_seconds=0.1)
        client._base = urlsplit(f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            with client, pytest.raises(KnownProblem, match="timed-out"):
                client.hello()
        finally:
            over.set()
            server.join()
    assert desk.states() == []


def test_the_order_of_arrival_does_not_matter_where_nothing_is_in_conflict(
    server: ServerProcess, template: Path
) -> None:
    ended: list[object] = []
    for order in itertools.permutations(("mette", "jens", "kirsten")):
        with tempfile.TemporaryDirectory() as folder:
            world = World(server, Path(folder), template)
            mette = world.laptops["mette"].desk
            person, place = mette.person("P"), mette.place("Q")
            for name in ("mette", "jens", "kirsten"):
                world.laptops[name].desk.sync()
            world.laptops["mette"].desk.edit(Person, person.id, note="m")
            world.laptops["jens"].desk.edit(Person, person.id, phone="j")
            world.laptops["kirsten"].desk.edit(Place, place.id, address="k")
            for number, name in enumerate(("mette", "jens")):
                world.hand_out(world.laptops[name], 0, number + 1)
            for name in order:
                world.laptops[name].desk.sync()
            for laptop in world.laptops.values():
                laptop.note_made()
            world.evening()
            desk = world.laptops["kirsten"].desk
            row, spot = desk.get(Person, person.id), desk.get(Place, place.id)
            ended.append((row.note, row.phone, spot.address, sum(out.quantity for out in desk.all(Handout))))
            assert desk.all(Conflict) == []
            world.close()
    assert ended == [("m", "j", "k", 3)] * 6


def test_a_lost_laptop_is_replaced_and_usable_while_it_fills(world: World, template: Path) -> None:
    mette = world.laptops["mette"]
    for number in range(30):
        mette.desk.person(str(number))
    mette.note_made()
    world.sync(mette, {})
    replacement = world.new_laptop("mette")
    seen: list[int] = []

    def look(progress) -> None:
        seen.append(len(replacement.desk.all(Person)))
        if progress.step == "pull" and not replacement.desk.all(OutboxEntry):
            replacement.desk.place("written while it fills")

    report = replacement.desk.sync(look)
    assert report.received >= 60
    assert len(replacement.desk.all(Person)) == 30
    assert replacement.desk.sync().is_safe
    world.laptops["mette"] = replacement
    replacement.note_made()
    world.evening()
    replacement.desk.store.close()
    world.laptops["mette"] = mette
