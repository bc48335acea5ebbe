"""The laptop that benchmarks are run on: the invented cooperation at a scale, made once and kept under `build/bench`.

It is made anew where what it is made from has changed: the invented data, the tables, the migrations.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlcipher3

from app.clock import TurnedClock
from app.security.key_store import unlock
from app.settings import DATABASE_NAME, KEY_FILE_NAME
from app.storage.engine import Store, open_store
from invented.laptop import make_laptop

PASSPHRASE = "en rolig morgen"  # noqa: S105 - of invented data
CLOCK = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


ROOT = Path(__file__).resolve().parents[1]
KEPT = Path(os.environ.get("PUSTERUM_BENCH_KEPT", ROOT / "build" / "bench"))
_MADE_FROM = ("invented/*.py", "app/models/*.py", "app/storage/migrations/**/*.py", "app/storage/search_index.py")


@cache
def made(scale: int = 1) -> Path:
    """Return the folder of a laptop that holds the cooperation `scale` times; it is copied, never used."""
    KEPT.mkdir(parents=True, exist_ok=True)
    folder = KEPT / f"laptop-{scale}x-{_mark()}"
    if not folder.exists():
        for outdated in KEPT.glob(f"laptop-{scale}x-*"):
            shutil.rmtree(outdated)
        # Under another name until it is whole: a run that was broken off leaves nothing that looks finished.
        making = Path(tempfile.mkdtemp(prefix="making-", dir=KEPT))
        # In a process of its own: what making it takes of memory is not to be found in what is measured here.
        subprocess.run([sys.executable, "-m", "bench.laptop", str(making), str(scale)], cwd=ROOT, check=True)  # noqa: S603 - our own module
        try:
            making.rename(folder)
        except OSError:
            # Another run made the same meanwhile.
            shutil.rmtree(making)
    return folder


def _mark() -> str:
    """Return a few signs that change with whatever a laptop is made from."""
    mark = hashlib.sha256()
    for pattern in _MADE_FROM:
        for path in sorted(ROOT.glob(pattern)):
            mark.update(path.read_bytes())
    return mark.hexdigest()[:12]


@contextmanager
def a_copy(scale: int = 1) -> Iterator[Path]:
    """Give a laptop of one's own."""
    with tempfile.TemporaryDirectory(prefix="pusterum-bench-") as folder:
        shutil.copytree(made(scale), Path(folder) / "data")
        yield Path(folder) / "data"


def opened(folder: Path) -> Store:
    """Open the laptop's store."""
    return open_store(folder / DATABASE_NAME, key_of(folder))


@cache
def key_of(folder: Path) -> bytes:
    """Return the laptop's data key; a side that opens the store again and again does not derive it each time."""
    return unlock(folder / KEY_FILE_NAME, PASSPHRASE)


def bare_driver(folder: Path) -> Any:
    """Return a connection of the driver itself to the same file, with the pragmas that the store uses."""
    connection = sqlcipher3.connect(str(folder / DATABASE_NAME), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key_of(folder).hex()}'\"")
    for pragma in ("cipher_memory_security = OFF", "cache_size = -32768", "temp_store = MEMORY", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


if __name__ == "__main__":
    make_laptop(Path(sys.argv[1]), passphrase=PASSPHRASE, clock=CLOCK, scale=int(sys.argv[2]), long_histories=True)
