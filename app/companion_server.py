"""The central server, started beside the application for trying it out with invented data.

The application never imports the server: it starts it as a process of its own, as an operator would.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.errors import KnownProblem
from app.own_program import own_program

if TYPE_CHECKING:
    import subprocess

DEMO_PASSPHRASE = "pusterum-demo"  # noqa: S105 - it guards invented people only and is shown on the screen
MARKER = "invented-server.json"
"""Beside the store where it is a trial one: says at which port its server is to be found again."""
_PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class CompanionServer:
    """A running server of invented data; `enrolment_code` is for one laptop."""

    url: str
    enrolment_code: str
    database_url: str
    _process: "subprocess.Popen[bytes]"

    @property
    def is_running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Stop it and wait until it has put its database to rest."""
        import subprocess  # noqa: PLC0415 - the first screen starts nothing

        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def is_trial(folder: Path) -> bool:
    """Return whether the store in `folder` is one for trying out."""
    return (folder / MARKER).exists()


def start_companion(folder: Path) -> CompanionServer:
    """Start the server with its database under `folder`, at the port it had before where it had one.

    Raises KnownProblem("trial-server-down", log=…) where it does not come up.
    """
    import subprocess  # noqa: PLC0415 - as above

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    marker, ready = folder / MARKER, folder / "invented-server.ready.json"
    port = json.loads(marker.read_text())["port"] if marker.exists() else 0
    ready.unlink(missing_ok=True)
    log_file = folder / "invented-server.log"
    log = log_file.open("ab")
    process = subprocess.Popen(  # noqa: S603 - our own program
        own_program(
            *("server", "serve", "--invented", "--port", str(port)),
            *("--data", str(folder / "invented-server"), "--ready-file", str(ready)),
            # It goes when we go, however we go.
            "--stop-with-stdin",
        ),
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
    )
    log.close()
    about = _about(ready, process)
    if about is None:
        if process.stdin is not None:
            process.stdin.close()
        process.kill()
        process.wait()
        raise KnownProblem("trial-server-down", log=str(log_file))
    marker.write_text(json.dumps({"port": int(about["url"].rsplit(":", 1)[1])}))
    return CompanionServer(about["url"], about["enrolment_code"], about["database_url"], process)


def _about(ready: Path, process: "subprocess.Popen[bytes]") -> dict[str, Any] | None:
    waited_until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < waited_until and process.poll() is None:
        if ready.exists():
            about: dict[str, Any] = json.loads(ready.read_text())
            return about
        time.sleep(0.05)
    return None
