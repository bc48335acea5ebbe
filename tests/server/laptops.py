"""Builders for tests against a real server: the process itself, a cooperation, and laptops that speak the wire."""

import json
import signal
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import psycopg
import urllib3
from psycopg import sql

from app.sync.wire import codec
from app.sync.wire.messages import (
    Answer,
    Change,
    EnrolReply,
    EnrolRequest,
    Operation,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    Receipt,
    ReceiptRequest,
    Refusal,
    Row,
    answers_of,
)
from server.accounts import add_cooperation, add_user, new_enrolment_code
from server.database import Connection, connect

ROOT = Path(__file__).parents[2]
AT = "2026-03-02T16:00:00.000Z"


def new_id() -> str:
    return str(uuid.uuid4())


class ServerProcess:
    """`python -m server serve` as a process; `start` again after `kill`, over the same data."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.arguments = arguments
        self.ready_file = folder / "ready.json"
        self.process: subprocess.Popen[bytes] | None = None
        self.about: dict[str, Any] = {}

    def start(self) -> Self:
        self.ready_file.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command("serve", "--port", "0", "--ready-file", str(self.ready_file), *self.arguments),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        while not self.ready_file.exists():
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError((self.folder / "log").read_text())
        self.about = json.loads(self.ready_file.read_text())
        return self

    @property
    def url(self) -> str:
        return str(self.about["url"])

    def connect(self) -> Connection:
        return connect(self.about["database_url"])

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command over the same data."""
        return subprocess.run(self._command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False)

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "server", *arguments, "--data", str(self.folder / "data")]

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()


@dataclass
class Laptop:
    """An enrolled device: numbers its changes and speaks to the server over HTTP."""

    server: ServerProcess
    http: urllib3.PoolManager
    account: EnrolReply
    database_id: str
    sequence: int = 0
    cursor: int = 0
    rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    def change(
        self,
        entity: str,
        row_id: str,
        fields: dict[str, Any],
        *,
        operation: Operation = Operation.INSERT,
        base: int = 0,
        **others: Any,
    ) -> Change:
        self.sequence += 1
        return Change(
            change_id=new_id(),
            sequence=self.sequence,
            entity=entity,
            row_id=row_id,
            operation=operation,
            actor=self.account.user_id,
            at=AT,
            fields=fields,
            base=base,
            **others,
        )

    def person(self, *, name: str = "Bo", team_id: str | None = None) -> tuple[str, list[Change]]:
        """A new person and their membership of a team."""
        person_id = new_id()
        team_id = team_id or self.account.team_ids[0]
        membership = {"person_id": person_id, "team_id": team_id, "joined_on": "2026-03-02", "left_on": None}
        return person_id, [
            self.change("person", person_id, {"person_id": person_id, "given_name": name, "note": "", "phone": ""}),
            self.change("membership", new_id(), membership),
        ]

    def update(self, entity: str, row_id: str, fields: dict[str, Any], base: int | None = None) -> Change:
        seen = self.rows.get((entity, row_id))
        base = (seen.position if seen else 0) if base is None else base
        return self.change(entity, row_id, fields, operation=Operation.UPDATE, base=base)

    def send(self, path: str, body: bytes, token: str | None = None) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {token or self.account.token}", "Content-Type": codec.CONTENT_TYPE}
        return self.http.request("POST", f"{self.server.url}{path}", body=body, headers=headers, retries=False)

    def reply_to(self, changes: list[Change]) -> PushReply:
        response = self.send("/v1/push", codec.pack(PushRequest(database_id=self.database_id, changes=changes)))
        assert response.status == 200, response.data
        return codec.unpack(response.data, PushReply)

    def push(self, *changes: Change) -> list[Answer]:
        return answers_of(self.reply_to(list(changes)))

    def pull_page(self, cursor: int, limit: int = 2000) -> PullReply:
        request = PullRequest(database_id=self.database_id, cursor=cursor, limit=limit)
        response = self.send("/v1/pull", codec.pack(request))
        assert response.status == 200, response.data
        return codec.unpack(response.data, PullReply)

    def pull(self, limit: int = 2000) -> list[Row]:
        """Pull to the end and return the rows that came."""
        came: list[Row] = []
        while True:
            page = self.pull_page(self.cursor, limit)
            came.extend(page.rows)
            self.cursor = page.cursor
            if not page.more:
                self.rows.update({(row.entity, row.row_id): row for row in came})
                return came

    def receipt(self, through: int | None = None) -> Receipt:
        request = ReceiptRequest(
            database_id=self.database_id,
            through_sequence=self.sequence if through is None else through,
            cursor=self.cursor,
        )
        response = self.send("/v1/receipt", codec.pack(request))
        assert response.status == 200, response.data
        return codec.unpack(response.data, Receipt)


@dataclass
class Cooperation:
    """A tenant with teams north and south."""

    server: ServerProcess
    http: urllib3.PoolManager
    id: str
    north: str
    south: str
    users: dict[str, str]

    @classmethod
    def make(cls, connection: psycopg.Connection[Any], server: ServerProcess) -> Self:
        north, south, cooperation_id = new_id(), new_id(), new_id()
        people = {
            "mette": ("counsellor", [north]),
            "jens": ("counsellor", [north]),
            "sara": ("counsellor", [south]),
            "kirsten": ("coordinator", []),
            "anders": ("auditor", []),
        }
        users = {name: new_id() for name in people}
        add_cooperation(connection, cooperation_id, "Røgfri prøve")
        for name, (role, teams) in people.items():
            add_user(connection, users[name], cooperation_id=cooperation_id, name=name, role=role, team_ids=teams)
        connection.commit()
        return cls(server, urllib3.PoolManager(maxsize=8), cooperation_id, north, south, users)

    def code(self, user: str) -> str:
        with self.server.connect() as connection:
            return new_enrolment_code(connection, self.users[user])

    def enrol(self, code: str, database_id: str) -> urllib3.BaseHTTPResponse:
        body = codec.pack(EnrolRequest(code=code, device_name="laptop", database_id=database_id))
        return self.http.request("POST", f"{self.server.url}/v1/enrol", body=body, retries=False)

    def laptop(self, user: str) -> Laptop:
        database_id = new_id()
        response = self.enrol(self.code(user), database_id)
        assert response.status == 200, response.data
        return Laptop(self.server, self.http, codec.unpack(response.data, EnrolReply), database_id)


def refusal(response: urllib3.BaseHTTPResponse) -> str:
    """The code of a refused request, which is plain JSON."""
    assert response.headers["Content-Type"].startswith("application/json"), response.data
    return msgspec.json.decode(response.data, type=Refusal).code


def everything_kept(connection: Connection, cooperation_id: str | None = None) -> str:
    """Every row of every table of the server, as text, to look for what it must not keep.

    Other tests' rows too, unless a cooperation is named: then those of its own, and of tables that know of none.
    """
    tables = connection.execute(
        "SELECT tablename, EXISTS (SELECT FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = tablename AND column_name = 'cooperation_id') FROM pg_tables WHERE schemaname = 'public'"
    ).fetchall()
    rows = []
    for name, is_of_one in tables:
        statement = sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))
        if cooperation_id is not None and is_of_one:
            statement += sql.SQL(" WHERE cooperation_id = {}").format(cooperation_id)
        rows.append(connection.execute(statement).fetchall())
    return "".join(map(str, rows))
