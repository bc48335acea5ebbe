"""The server as whoever runs it knows it: set up by commands, watched by figures, stopped gently."""

import json
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path

import msgspec
import pytest
import urllib3

from app.sync.wire import codec
from app.sync.wire.messages import EnrolReply, PullRequest
from server.backup_check import check_backup
from server.configuration import configured
from server.database import connect
from server.directory import list_users, move_user, set_team, set_user
from server.migration import HalfMigrated, migrate
from server.openapi import MESSAGES
from tests.integration.sync.test_client import a_certificate
from tests.server.laptops import ROOT, Cooperation, Laptop, ServerProcess, new_id, refusal


def said(server: ServerProcess, *arguments: str) -> str:
    done = server.run(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_cooperation_is_set_up_by_commands_and_its_laptops_know_their_teams(server: ServerProcess) -> None:
    cooperation = said(server, "cooperation", "add", "Røgfri på Tværs")
    assert uuid.UUID(cooperation)
    team = said(server, "team", "add", "Rusmiddelteamet", "--cooperation", cooperation, "--code", "0101",
                "--municipality", "København")  # fmt: skip
    user = said(server, "user", "add", "Mette", "--cooperation", cooperation, "--team", team)
    code = said(server, "device", "enrol", "--user", user)
    made = Cooperation(server, urllib3.PoolManager(), cooperation, team, team, {"mette": user})
    response = made.enrol(code, database := new_id())
    laptop = Laptop(server, made.http, codec.unpack(response.data, EnrolReply), database)
    rows = {row.entity: row.fields for row in laptop.pull()}
    assert rows["team"]["name"] == "Rusmiddelteamet"
    assert rows["municipality"] == {"code": "0101", "name": "København"}
    assert (rows["user"]["name"], rows["user"]["role"]) == ("Mette", "counsellor")
    said(server, "team", "add", "Teamet", "--id", team, "--cooperation", cooperation, "--code", "0101",
         "--municipality", "København")  # fmt: skip
    assert [(row.entity, row.fields["name"]) for row in laptop.pull()] == [("team", "Teamet")]
    [renamed] = json.loads(said(server, "team", "list", "--cooperation", cooperation))
    assert renamed["name"] == "Teamet"
    [listed] = json.loads(said(server, "user", "list", "--cooperation", cooperation))
    assert listed == {"user_id": user, "name": "Mette", "role": "counsellor", "team_ids": [team]}
    said(server, "user", "move", user)
    assert laptop.pull_page(0).team_ids == []
    made.http.clear()


NOBODY = "00000000-0000-4000-8000-000000000000"
NOT_THERE = [
    ("user", "move", "nobody"),
    ("user", "add", "X", "--cooperation", "nowhere"),
    ("team", "add", "X", "--cooperation", "nowhere", "--code", "0101", "--municipality", "Y"),
    ("device", "enrol", "--user", "nobody"),
    ("device", "revoke", "nobody"),
    ("team", "list", "--cooperation", "nowhere"),
    ("user", "list", "--cooperation", "nowhere"),
    ("report", "all", "--from", "2026-01-01", "--to", "2026-06-30", "--cooperation", "nowhere"),
]
NOT_MEANT = [
    ("cooperation", "add", " "),
    ("team", "add", "X", "--cooperation", NOBODY, "--code", "99", "--municipality", "Y"),
    ("user", "add", "X\udcff", "--cooperation", NOBODY),
    ("device", "enrol", "--user", NOBODY, "--hours", "nan"),
    ("device", "enrol", "--user", NOBODY, "--hours", "0"),
    ("not-heard-from", "--days", "1e12"),
    ("lease", "--cooperation", NOBODY, "--days", "99999999999"),
    ("laptop-report", NOBODY, "--known-hours-ago", "nan"),
    ("report", "all", "--from", "2026-07-01", "--to", "2026-06-30"),
    ("serve", "--port", "99999"),
    ("serve", "--under-way", "0"),
    ("serve", "--host", "192.0.2.7", "--behind-proxy"),
    ("serve", "--tls-certificate", __file__, "--tls-key", __file__),
    ("serve", "--tls-certificate", "/nowhere.pem", "--tls-key", "/nowhere.pem"),
    ("help-code", NOBODY, "--key", __file__, "--keys-json", __file__),
    ("help-key", "--cooperation", NOBODY, "--out", "nowhere.json"),
]
COMMANDS = ["init", "serve", "cooperation", "team", "user", "device", "laptop-report", "receipt", "backup-check",
            "receive", "not-heard-from"]  # fmt: skip
EXPLAINED = [(*command.split(), "--help") for command in ("", *COMMANDS)]

ONE_AFTER_ANOTHER = """
import contextlib, io, json, sys, traceback
from server.command_line import main
done = []
for arguments in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as end:
            code = end.code
        except Exception:
            traceback.print_exc()
            code = 1
    done.append((code, out.getvalue(), err.getvalue()))
json.dump(done, sys.stdout)
"""
"""Runs command lines in one process: to begin one for each costs more than all that they do."""


Answers = dict[tuple[str, ...], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def answers(server: ServerProcess) -> Answers:
    """What each command line that changes nothing is answered: its exit code, and what it writes where."""
    commands = [*NOT_THERE, *NOT_MEANT, *EXPLAINED]
    said = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER],
        cwd=ROOT, capture_output=True, text=True, check=True,
        input=json.dumps([[*command, "--data", str(server.folder / "data")] for command in commands]),
        env={**os.environ, "PUSTERUM_HELP_PASSPHRASE": ""},
    )  # fmt: skip
    return {
        command: subprocess.CompletedProcess(command, *answer)
        for command, answer in zip(commands, json.loads(said.stdout), strict=True)
    }


@pytest.mark.parametrize("arguments", NOT_THERE)
def test_what_is_not_there_is_said_in_one_line(answers: Answers, arguments: tuple[str, ...]) -> None:
    done = answers[arguments]
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("no such")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    NOT_MEANT,
    ids=lambda arguments: " ".join(arguments[:2] + arguments[-2:]).encode("ascii", "replace").decode()[:60],
)
def test_what_cannot_be_meant_is_said_in_a_sentence_and_not_done(answers: Answers, arguments: tuple[str, ...]) -> None:
    done = answers[arguments]
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()[-1].split()) > 4


def test_a_database_that_cannot_be_used_is_said_in_one_line_without_its_password() -> None:
    for url in ("postgresql://pusterum:geheim9@127.0.0.1:1/pusterum", "host=127.0.0.1 foo=bar password=geheim9"):
        done = subprocess.run(
            [sys.executable, "-m", "server", "backup-check"], cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, "PUSTERUM_DATABASE_URL": url},
        )  # fmt: skip
        assert done.returncode == 2
        [line] = done.stderr.strip().splitlines()
        assert line.startswith("the database cannot be used: ")
        assert "geheim9" not in line


def test_a_user_is_put_into_teams_of_their_own_cooperation_alone(cooperation: Cooperation) -> None:
    with cooperation.server.connect() as connection:
        other = Cooperation.make(connection, cooperation.server)
        team = set_team(
            connection, cooperation_id=cooperation.id, name="Syd", municipality_code="0147", municipality="Sydby"
        )
        foreign = set_team(
            connection, cooperation_id=other.id, name="Nord", municipality_code="0101", municipality="Nordby"
        )
        user = set_user(connection, cooperation_id=cooperation.id, name="Bo", role="counsellor", team_ids=[team])
        for wrong in (foreign, NOBODY, "nope"):
            with pytest.raises(LookupError):
                move_user(connection, user, [wrong])
            with pytest.raises(LookupError):
                set_team(
                    connection, cooperation_id=cooperation.id, name="X", municipality_code="0101", municipality="Y",
                    team_id=wrong,
                )  # fmt: skip
            with pytest.raises(LookupError):
                set_user(
                    connection, cooperation_id=other.id, name="Bo", role="counsellor", team_ids=[],
                    user_id=user if wrong == foreign else wrong,
                )  # fmt: skip
        [kept] = [found for found in list_users(connection, cooperation.id) if found["user_id"] == user]
    assert kept["team_ids"] == [team]
    other.http.clear()


def test_a_new_epoch_ends_the_one_time_codes_of_the_backup(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        with server.connect() as connection:
            made = Cooperation.make(connection, server)
        code = made.code("mette")
        assert server.run("init", "--new-epoch").returncode == 0
        assert refusal(made.enrol(code, new_id())) == "unknown-code"
        made.http.clear()


@pytest.mark.parametrize("arguments", EXPLAINED, ids=" ".join)
def test_every_command_explains_itself(answers: Answers, arguments: tuple[str, ...]) -> None:
    done = answers[arguments]
    assert done.returncode == 0, done.stderr
    if arguments == ("--help",):
        assert all(name in done.stdout for name in COMMANDS)
        page = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
        table = " ".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
        named = {name.split()[0] for name in re.findall(r"`(.+?)`", table)}
        assert set(re.findall(r"^    ([a-z-]+)", done.stdout, re.MULTILINE)) == named


def test_a_laptop_that_is_not_heard_from_is_named(cooperation: Cooperation) -> None:
    laptop = cooperation.laptop("mette")
    laptop.pull()
    with cooperation.server.connect() as connection:
        connection.execute(
            "UPDATE device SET last_seen_at = now() - interval '9 days' WHERE id = %s", (laptop.account.device_id,)
        )
    done = cooperation.server.run("not-heard-from", "--days", "7")
    assert done.returncode == 1
    assert laptop.account.device_id in {found["device_id"] for found in json.loads(done.stdout)}
    assert laptop.account.device_id not in cooperation.server.run("not-heard-from", "--days", "10").stdout


def test_figures_and_description_hold_nobodys_data(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    _, changes = mette.person(name="Xerxes")
    mette.push(*changes)
    text = urllib3.request("GET", f"{cooperation.server.url}/metrics").data.decode()
    assert 'pusterum_requests_total{path="/v1/push",status="200"}' in text
    assert 'pusterum_changes_total{outcome="applied"}' in text
    urllib3.request("GET", f"{cooperation.server.url}/Xerxes")
    assert "Xerxes" not in urllib3.request("GET", f"{cooperation.server.url}/metrics").data.decode()
    document = json.loads(urllib3.request("GET", f"{cooperation.server.url}/openapi.json").data)
    assert document["openapi"] == "3.1.0"
    assert set(MESSAGES) <= set(document["paths"])


def test_plain_json_is_taken_and_answered_where_it_is_asked_for(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    response = cooperation.http.request(
        "POST",
        f"{cooperation.server.url}/v1/pull",
        body=msgspec.json.encode(PullRequest(database_id=mette.database_id, cursor=0)),
        headers={"Authorization": f"Bearer {mette.account.token}", "Content-Type": "application/json",
                 "Accept": "application/json"},
    )  # fmt: skip
    assert json.loads(response.data)["more"] is False


def test_the_servers_own_certificate_is_used_and_each_request_is_a_line_of_json(tmp_path: Path) -> None:
    certificate = a_certificate(tmp_path)
    arguments = ("--tls-certificate", str(certificate), "--tls-key", str(certificate), "--log-format", "json")
    with ServerProcess(tmp_path, *arguments) as server:
        assert server.url.startswith("https://")
        with urllib3.PoolManager(ca_certs=str(certificate), assert_hostname="localhost") as http:
            assert http.request("GET", f"{server.url}/v1/hello").status == 200
        assert server.stop() == 0
        lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
        [request] = [line for line in lines if line["event"] == "request"]
        assert (request["path"], request["status"]) == ("/v1/hello", 200)


def test_file_and_environment_configure_and_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text('port = 9000\nhost = "0.0.0.0"\n')
    assert configured(file, {"PUSTERUM_PORT": "9001"}) == {"port": 9001, "host": "0.0.0.0"}  # noqa: S104
    assert configured(None, {"PUSTERUM_SERVER_CONFIG": str(file)})["port"] == 9000
    for said in ("behind_proxy = true", "behind_proxy = 'true'"):
        file.write_text(said)
        assert configured(file, {}) == {"behind_proxy": True}
        assert configured(file, {"PUSTERUM_BEHIND_PROXY": "false"}) == {"behind_proxy": False}
    for wrong in (
        "prot = 1", "port = 'many'", "port = [", "port = 70000", "under_way = 0", "log_format = 'xml'",
        "behind_proxy = 1", "behind_proxy = 'perhaps'", "host = true",
    ):  # fmt: skip
        file.write_text(wrong)
        with pytest.raises(RuntimeError):
            configured(file, {})


def test_a_whole_backup_is_said_to_be_whole_and_a_broken_one_names_its_fault(cooperation: Cooperation) -> None:
    mette = cooperation.laptop("mette")
    _, changes = mette.person()
    mette.push(*changes)
    # A laptop that numbers as it likes, and a change that is refused twice, make no backup less whole.
    poisoned = mette.change("place", new_id(), {"name": "nobody's"})
    for _ in range(2):
        assert [answer.outcome.value for answer in mette.push(poisoned)] == ["refused"]
    mette.sequence += 1_000
    assert mette.push(*mette.person()[1])[0].outcome.value == "applied"
    done = cooperation.server.run("backup-check")
    assert json.loads(done.stdout)["faults"] == dict.fromkeys(json.loads(done.stdout)["faults"], 0), done.stdout
    assert done.returncode == 0
    with cooperation.server.connect() as connection:
        persons = connection.execute(
            "DELETE FROM row WHERE cooperation_id = %s AND entity = 'person' RETURNING row_id", (cooperation.id,)
        ).fetchall()
        connection.execute("DELETE FROM change WHERE change_id = %s", (poisoned.change_id,))
        connection.execute("UPDATE device SET whole_through = 99 WHERE id = %s", (mette.account.device_id,))
    broken = cooperation.server.run("backup-check")
    assert broken.returncode == 1
    faults = json.loads(broken.stdout)["faults"]
    assert faults["changes taken whose row is missing"] == len(persons)
    assert faults["laptops whose changes are more or fewer than were counted"] == 1
    assert faults["laptops of which numbers are missing that are remembered as here"] == 1
    with cooperation.server.connect() as connection:
        connection.execute("DELETE FROM change WHERE cooperation_id = %s", (cooperation.id,))
        connection.execute("DELETE FROM row WHERE cooperation_id = %s", (cooperation.id,))
        connection.execute("DELETE FROM tally WHERE cooperation_id = %s", (cooperation.id,))
        connection.execute("UPDATE device SET changes_held = 0 WHERE cooperation_id = %s", (cooperation.id,))


@pytest.mark.parametrize(
    ("fault", "number"),
    [
        ("DELETE FROM tally WHERE cooperation_id = %s AND entity = 'person'", 2),
        ("DELETE FROM tally WHERE cooperation_id = %s AND entity = 'person' AND owner_id::text NOT LIKE 'ffff%%'", 1),
        ("UPDATE tally SET rows = rows + 1 WHERE cooperation_id = %s AND entity = 'person'", 4),
        ("UPDATE tally SET hash = hash + 1 WHERE cooperation_id = %s AND entity = 'person'", 4),
        ("DELETE FROM row WHERE cooperation_id = %s AND entity = 'person'", 2),
    ],
)
def test_a_tally_that_is_missing_or_too_many_is_found_in_both_directions(
    cooperation: Cooperation, fault: str, number: int
) -> None:
    mette = cooperation.laptop("mette")
    mette.push(*mette.person()[1])
    name = "tallies that differ from their rows"
    with cooperation.server.connect() as connection:
        assert check_backup(connection)["faults"][name] == 0
        connection.execute(fault.encode(), (cooperation.id,))
        assert check_backup(connection)["faults"][name] == number
        connection.rollback()


def test_a_database_that_lacks_a_step_is_left_alone(server: ServerProcess) -> None:
    with connect(server.about["database_url"]) as connection:
        connection.autocommit = True
        connection.execute("DELETE FROM schema_version WHERE version = 1")
        try:
            with pytest.raises(HalfMigrated):
                migrate(connection)
        finally:
            connection.execute("INSERT INTO schema_version (version) VALUES (1)")
        assert migrate(connection) >= 2
        with pytest.raises(LookupError):
            move_user(connection, new_id(), [])


def test_more_laptops_keep_a_connection_than_a_program_may_usually_open_files() -> None:
    said = (
        "import resource; from server.process import allow_many_connections;"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]; resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard));"
        "allow_many_connections(); print(*resource.getrlimit(resource.RLIMIT_NOFILE), hard)"
    )
    done = subprocess.run([sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True)
    soft, after, before = map(int, done.stdout.split())
    assert after == before
    assert soft > 1024 or soft == before


def test_the_embedded_postgresql_runs_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "Søren Å's & 100% = ?#"
    folder.mkdir()
    with ServerProcess(folder) as server:
        assert uuid.UUID(said(server, "cooperation", "add", "Røgfri på Tværs")), "a second process joins it"
        with server.connect() as connection:
            assert connection.execute("SELECT count(*) FROM cooperation").fetchone() == (1,)


def test_the_embedded_postgresql_brings_its_log_to_the_disk_before_a_commit_waits_for_it(server: ServerProcess) -> None:
    with server.connect() as connection:
        assert connection.execute("SHOW wal_writer_delay").fetchone() == ("10ms",)


@pytest.mark.parametrize("name", ["LANG", "LC_ALL"])
def test_the_embedded_postgresql_runs_where_the_session_names_a_locale_that_the_system_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "xx_XX.UTF-8")
    with ServerProcess(tmp_path) as server:
        assert uuid.UUID(said(server, "cooperation", "add", "Røgfri på Tværs"))


def test_what_others_on_the_machine_keep_in_the_shared_folder_for_temporary_files_is_in_nobody_s_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A folder by this name can be opened as little as another person's file, and not by root either.
    (tmp_path / "shared" / ".lockfile").mkdir(parents=True)
    (tmp_path / "own").mkdir()
    (tmp_path / "shared").chmod(0o1777)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "shared"))
    with ServerProcess(tmp_path / "own") as server:
        assert json.loads(said(server, "user", "list", "--cooperation", said(server, "cooperation", "add", "X"))) == []


def test_that_the_embedded_postgresql_does_not_start_is_said_in_a_sentence_after_its_own_words(tmp_path: Path) -> None:
    broken = tmp_path / "data" / "postgresql"
    broken.mkdir(parents=True)
    (broken / "PG_VERSION").write_text("18\n")
    done = ServerProcess(tmp_path).run("init")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == (f"the embedded PostgreSQL in {broken} does not start; why is said above")
