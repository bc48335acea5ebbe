"""Make a package that runs where there is no Python: `make package` leaves it in `dist`, for the system it is made on.

It holds the application, the central server with its PostgreSQL, and every library; what it is made of stands in
`package.spec`. What was made is tried before it is called done: an encrypted store is opened, a diploma drawn, a server
with its database started, and the window. Why it is done this way: docs/decisions/0013-a-package.md
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final
from unittest.mock import patch

from app import __version__
from app.apart import Apart, process
from app.clock import SystemClock
from app.documents.diploma import DiplomaContent, diploma_pdf, diploma_texts
from invented.laptop import make_laptop

ROOT: Final = Path(__file__).resolve().parent.parent
OUT: Final = ROOT / "dist"
NAME: Final = "pusterum"
COMMANDS: Final = "pusterum-command"
"""The same on Windows with a console to write to: a program with a window has none there."""
OURS: Final = ("app", "server", "invented")
MIGRATIONS: Final = Path("app", "storage", "migrations")
"""Alembic reads these as files, so they lie there as they are."""
_NOT_SHIPPED: Final = (".py", ".pyc", ".po")
_PASSPHRASE: Final = "en rolig morgen ved vandet"  # noqa: S105 - of an invented laptop
_PATIENCE_SECONDS: Final = 90
_SECONDS_OPEN: Final = 5


def files_of_ours() -> list[Path]:
    """Return what is read as a file while the program runs, relative to the root."""
    found = [file.relative_to(ROOT) for top in (*OURS, "resources") for file in sorted((ROOT / top).rglob("*.*"))]
    return [
        file
        for file in found
        if "__pycache__" not in file.parts
        and (file.suffix not in _NOT_SHIPPED or (file.is_relative_to(MIGRATIONS) and file.suffix == ".py"))
    ]


class DoesNotWork(Exception):
    """What was made cannot do what it is for; the text says what was seen."""


def main(arguments: list[str] | None = None) -> int:
    """Make the package, try it, and put it into one file; 1 where it does not work."""
    argparse.ArgumentParser(prog="python -m tools.package", description=__doc__.splitlines()[0]).parse_args(arguments)
    with tempfile.TemporaryDirectory() as work:
        what = [str(ROOT / "tools" / "package.spec"), "--noconfirm", "--log-level=ERROR"]
        where = [f"--distpath={OUT}", f"--workpath={work}"]
        if subprocess.run([sys.executable, "-m", "PyInstaller", *what, *where], check=False).returncode != 0:
            return 1
    try:
        for said in tried(OUT / NAME):
            sys.stdout.write(f"{said}\n")
    except DoesNotWork as problem:
        sys.stderr.write(f"The package in {OUT / NAME} does not work: {problem}\n")
        return 1
    name = f"{NAME}-{__version__}-{platform.system().lower()}-{platform.machine().lower()}"
    made = Path(shutil.make_archive(str(OUT / name), "zip" if sys.platform == "win32" else "gztar", OUT, NAME))
    content = made.read_bytes()
    sys.stdout.write(f"{made}, {len(content) / 1e6:.0f} MB, SHA-256 {hashlib.sha256(content).hexdigest()}\n")
    return 0


def tried(folder: Path) -> Iterator[str]:
    """Use what was made, each part once, in folders of its own; say what was seen. Raises DoesNotWork."""
    ending = ".exe" if sys.platform == "win32" else ""
    window, commands = (folder / f"{name}{ending}" for name in (NAME, COMMANDS if ending else NAME))
    # Nothing that this Python has may help it out.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with tempfile.TemporaryDirectory() as home:
        environment |= {"PUSTERUM_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        yield _opens_a_store(commands, environment, Path(home, "laptop"))
        yield _draws_a_diploma(window)
        yield _serves(commands, environment, Path(home, "server"))
        yield _shows_its_window(window, environment)


def _opens_a_store(program: Path, environment: dict[str, str], folder: Path) -> str:
    make_laptop(folder, passphrase=_PASSPHRASE, clock=SystemClock())
    said = subprocess.run(
        [program, "verify", "--folder", folder, "--passphrase-stdin", "--language", "en"],
        input=_PASSPHRASE, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    _must(said.returncode == 0, said.stdout + said.stderr)
    return f"It opened an encrypted store and checked its access log: {said.stdout.strip()}"


def _draws_a_diploma(program: Path) -> str:
    words = diploma_texts("da", meetings=6)
    content = DiplomaContent(
        name="Şükrü Łęcki", heading=words.heading, lead=words.lead, sentences=words.sentences,
        course_title="Små skridt på Kilden", place="Værestedet Kilden", date_text="24. november 2026",
        counsellor="Mette Holm", counsellor_title=words.counsellor_title, cooperation="Røgfri på Tværs",
        serial="PU-2026-0001-ABCD", language="da",
    )  # fmt: skip
    apart = Apart()
    with patch.object(process, "own_program", lambda *command: [str(program), *command]):
        drawn = apart.do(partial(diploma_pdf, content))
    apart.stop()
    _must(drawn == diploma_pdf(content), "its diploma is not the one that the source draws")
    return f"It drew a diploma, {len(drawn):,} bytes, the same as the source draws."


def _serves(program: Path, environment: dict[str, str], folder: Path) -> str:
    folder.mkdir()
    ready = folder / "ready.json"
    what = ["server", "serve", "--invented", "--port", "0", "--data", str(folder / "data"), "--ready-file", str(ready)]
    server = subprocess.Popen(
        [program, *what, "--stop-with-stdin"],
        env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    waited_until = time.monotonic() + _PATIENCE_SECONDS
    while not ready.exists() and server.poll() is None and time.monotonic() < waited_until:
        time.sleep(0.1)
    is_ready = ready.exists()
    _, said = server.communicate(timeout=_PATIENCE_SECONDS)
    _must(is_ready and server.returncode == 0, f"its server ended with {server.returncode}: {said}")
    return "It served invented data with a PostgreSQL of its own."


def _shows_its_window(program: Path, environment: dict[str, str]) -> str:
    window = subprocess.Popen([program], env=environment, stderr=subprocess.PIPE, text=True)
    time.sleep(_SECONDS_OPEN)
    is_open = window.poll() is None
    window.terminate()
    _, said = window.communicate(timeout=_PATIENCE_SECONDS)
    _must(is_open and "Traceback" not in said, f"its window did not stay: {said}")
    return "It showed its window."


def _must(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise DoesNotWork(otherwise)


if __name__ == "__main__":
    sys.exit(main())
