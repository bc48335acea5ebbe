"""A store without a row, made once for each key and copied: making one takes every migration there has been."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app.errors import KnownProblem
from app.storage.engine import Store, create_store, open_store
from app.storage.rekey import copy_under_new_key

_ANY_KEY = bytes(32)


def empty_store(path: Path, key: bytes) -> Store:
    """Return an open store at the path, as `create_store` would."""
    path.write_bytes(_made(key))
    return open_store(path, key)


def rekeyed_empty_store(path: Path, key: bytes) -> Store:
    """Return an open store at the path, as `create_store` would, under a key that only this store has."""
    if path.exists():
        raise KnownProblem("store-exists")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_made(_ANY_KEY))
    copy_under_new_key(path, _ANY_KEY, key)
    return open_store(path, key)


@cache
def _made(key: bytes) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        create_store(path, key).close()
        return path.read_bytes()
