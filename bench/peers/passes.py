"""The peers that synchronising is measured beside, each run as its own makers mean it to be run.

A *pass* is the same for everybody: a first laptop pushes all records, a second pulls them, then changes of 200 records
that lie apart go the same way, then there is nothing to do. `build/peers` holds what has to be installed for them;
nothing of it is shipped.
"""

import contextlib
import json
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from invented.names import NOTES

HOME = Path(__file__).resolve().parents[2] / "build" / "peers"
STEPS = ("push-first", "pull-first", "push-200", "pull-200", "nothing", "nothing-again")
CHANGED = 200
ANKI = "26.9.3"
POUCH = {"pouchdb": "9.0.0", "express": "4.22.3", "express-pouchdb": "4.2.0"}


class PeerMissingError(RuntimeError):
    """The peer cannot be run on this machine; its text says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of a pass took: seconds, and bytes up and down where they were counted."""

    seconds: float
    up: int = 0
    down: int = 0


def visits(number: int) -> list[dict[str, Any]]:
    """Return so many visit records of about 400 bytes of JSON, the same each time: what a session sheet leaves."""
    chance = random.Random(20)

    def key() -> str:
        bits = f"{chance.getrandbits(128):032x}"
        return "-".join((bits[:8], bits[8:12], bits[12:16], bits[16:20], bits[20:]))

    people = [key() for _ in range(max(1, number // 8))]
    sessions = [key() for _ in range(max(1, number // 10))]
    laptop = key()
    first = date(2025, 1, 6)
    return [
        {
            "id": key(),
            "person_id": people[index % len(people)],
            "session_id": sessions[index // 10 % len(sessions)],
            "held_on": (first + timedelta(days=chance.randrange(600))).isoformat(),
            "status": chance.choice(("present", "present", "present", "excused", "absent")),
            "cigarettes_per_day": chance.randrange(41),
            "co_ppm": chance.randrange(45),
            "note": " ".join(chance.choices(NOTES, k=2))[:80],
            "at": f"2026-11-24T09:{chance.randrange(60):02d}:{chance.randrange(60):02d}.{chance.randrange(1000):03d}Z",
            "device_id": laptop,
        }
        for index in range(number)
    ]


def pouch(number: int, *, batch: int = 1000) -> dict[str, Step]:
    """Run a pass of PouchDB (LevelDB) to a server of the CouchDB protocol (express-pouchdb); PeerMissingError."""
    modules = _pouch_modules()
    scripts = Path(__file__).parent
    with _scratch("pouch") as folder:
        (folder / "visits.json").write_text(json.dumps(visits(number)), encoding="utf-8")
        (folder / "server").mkdir()
        port = free_port()
        environment = {"NODE_PATH": str(modules), "PATH": str(Path(shutil.which("node") or "").parent)}
        with running(["node", str(scripts / "pouch_server.cjs"), str(port), str(folder / "server")], port, environment):
            done = subprocess.run(  # noqa: S603
                ["node", str(scripts / "pouch_client.cjs"), f"http://127.0.0.1:{port}", str(folder), str(batch)],  # noqa: S607
                env=environment,
                capture_output=True,
                text=True,
                timeout=300,
                check=True,
            )
    return {name: Step(**said) for name, said in json.loads(done.stdout).items()}


def anki(number: int, *, counted: bool = False) -> dict[str, Step]:
    """Run a pass of Anki to its own server, record by record; `counted` counts bytes, which costs time."""
    python = _anki_python()
    with _scratch("anki") as folder:
        port = free_port()
        environment = {
            "SYNC_USER1": "u:p",
            "SYNC_BASE": str(folder / "server"),
            "SYNC_HOST": "127.0.0.1",
            "SYNC_PORT": str(port),
            "RUST_LOG": "error",
            "MAX_SYNC_PAYLOAD_MEGS": "500",
        }
        (folder / "visits.json").write_text(json.dumps(visits(number)), encoding="utf-8")
        client = str(Path(__file__).parent / "anki_client.py")
        with running([str(python), "-m", "anki.syncserver"], port, environment), counting(port) as wire:
            address = f"http://127.0.0.1:{wire.port if counted else port}/"
            with subprocess.Popen(  # noqa: S603
                [str(python), client, address, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            ) as process:
                return dict(_told(process, wire))


def _told(process: "subprocess.Popen[str]", wire: "Wire") -> Iterator[tuple[str, Step]]:
    """Read the client's steps one by one, so that the bytes of each can be told apart."""
    assert process.stdout is not None
    assert process.stdin is not None
    for line in process.stdout:
        said = json.loads(line)
        up, down = wire.take()
        if said["step"] in STEPS:
            yield said["step"], Step(said["seconds"], up, down)
        process.stdin.write("go\n")
        process.stdin.flush()
    if process.wait():
        raise PeerMissingError("Anki's client stopped")


def _pouch_modules() -> Path:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise PeerMissingError("PouchDB needs node and npm, which are not installed here")
    modules = HOME / "node_modules"
    if not all((modules / name).exists() for name in POUCH):
        HOME.mkdir(parents=True, exist_ok=True)
        packages = [f"{name}@{version}" for name, version in POUCH.items()]
        _install(
            ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(HOME), *packages], "PouchDB"
        )
    return modules


def _anki_python() -> Path:
    python = HOME / "anki" / "bin" / "python"
    if not (HOME / "anki" / "installed").exists():
        _install([sys.executable, "-m", "venv", str(HOME / "anki")], "Anki")
        _install([str(python), "-m", "pip", "install", "--quiet", f"anki=={ANKI}"], "Anki")
        (HOME / "anki" / "installed").touch()
    return python


def _install(command: Sequence[str], name: str) -> None:
    try:
        subprocess.run(command, capture_output=True, timeout=280, check=True)  # noqa: S603
    except (subprocess.SubprocessError, OSError):
        raise PeerMissingError(f"{name} could not be installed here") from None


@contextlib.contextmanager
def _scratch(name: str) -> Iterator[Path]:
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix=f"pusterum-bench-{name}-") as folder:
        yield Path(folder)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as asking:
        asking.bind(("127.0.0.1", 0))
        port: int = asking.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    """Run a server until the block is left; RuntimeError where it does not come up within half a minute."""
    import os  # noqa: PLC0415

    process = subprocess.Popen(  # noqa: S603
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not come up")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Wire:
    """Counts what goes through it to a server on loopback; it slows, so nothing is timed through it."""

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._counted = {"up": 0, "down": 0}
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def take(self) -> tuple[int, int]:
        """Return the bytes up and down since the last time."""
        counted = self._counted["up"], self._counted["down"]
        self._counted = {"up": 0, "down": 0}
        return counted

    def close(self) -> None:
        """Let nobody in any more."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._upstream))
            for source, target, way in ((near, far, "up"), (far, near, "down")):
                threading.Thread(target=self._carry, args=(source, target, way), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, way: str) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(1 << 16):
                self._counted[way] += len(content)
                target.sendall(content)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def counting(port: int) -> Iterator[Wire]:
    """Give a wire to the server at `port`."""
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()


Pass = Callable[[int], dict[str, Step]]
"""A pass of somebody over so many records."""
