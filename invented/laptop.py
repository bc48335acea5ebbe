"""A laptop of the invented cooperation, filled without a server: for tests, pictures and benchmarks."""

import base64
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.clock import Clock, today
from app.ids import new_id
from app.models.base import from_wire, synced_tables
from app.models.local import Device
from app.security.key_store import Parameters, create_key_file
from app.settings import DATABASE_NAME, KEY_FILE_NAME
from app.storage.engine import create_store
from invented import InventedRow, accounts, rows

CHEAP = Parameters(memory_kib=64, passes=1)
"""What wrapping the key costs where nobody attacks it."""
_BATCH = 20_000
_MANY_PAGES = "PRAGMA cache_size = -262144"


def make_laptop(
    folder: Path,
    *,
    passphrase: str,
    clock: Clock,
    scale: int = 1,
    user: int = 0,
    told: Iterable[InventedRow] | None = None,
    long_histories: bool = False,
) -> None:
    """Make key file and store in `folder`, with all that the cooperation holds on the clock's day, or what is `told`.

    The laptop is that of the cooperation's `user`-th account: 0 is Mette, the counsellor whose team meets today.
    With `long_histories` all but the first 240 people were on another course some years before.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = create_key_file(folder / KEY_FILE_NAME, passphrase, parameters=CHEAP)
    store = create_store(folder / DATABASE_NAME, key)
    with store.session() as session:
        # Rows come person by person and go all over the indexes: pages that do not fit are encrypted again and again.
        session.connection().exec_driver_sql(_MANY_PAGES)
        on = today(clock)
        write(session, rows(scale=scale, today=on, long_histories=long_histories) if told is None else told)
        session.add(_device(clock, user))
        session.commit()
    store.close()


def fill(session: Session, *, on: date) -> None:
    """Write every invented row, as if it had come from a server."""
    write(session, rows(today=on))


def write(session: Session, told: Iterable[InventedRow]) -> None:
    """Write rows as if they had come from a server, parents before their children."""
    tables = synced_tables()
    waiting: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for position, (entity, row_id, fields) in enumerate(told, start=1):
        waiting[entity].append({**from_wire(tables[entity], fields), "id": row_id, "server_position": position})
        if len(waiting[entity]) == _BATCH:
            session.connection().execute(insert(tables[entity].__table__), waiting.pop(entity))
    for entity, values in waiting.items():
        session.connection().execute(insert(tables[entity].__table__), values)


def _device(clock: Clock, user: int) -> Device:
    people = accounts()
    somebody = people.users[user]
    return Device(
        id=new_id(clock),
        database_id=new_id(clock),
        server_url="http://127.0.0.1:9",
        server_id=new_id(clock),
        epoch=new_id(clock),
        token="token",  # noqa: S106 - there is no server that would take it
        receipt_key=base64.b64encode(bytes(32)).decode(),
        user_id=somebody.id,
        user_name=somebody.name,
        role=somebody.role,
        cooperation_id=people.cooperation_id,
        cooperation_name=people.cooperation_name,
        team_ids=list(somebody.team_ids),
    )
