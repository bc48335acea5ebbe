"""A laptop with the invented cooperation on it, made without a server, and the window opened on it."""

import base64
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from app.clock import TurnedClock, today
from app.ids import new_id
from app.models.base import from_wire, synced_tables
from app.models.local import Device
from app.security.key_store import KEY_FILE_NAME, Parameters, create_key_file
from app.storage.engine import DATABASE_NAME, Store, create_store, open_store
from invented import accounts, rows

PASSPHRASE = "en rolig morgen"
CHEAP = Parameters(memory_kib=64, passes=1)
CLOCK = TurnedClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


def make_laptop(folder: Path) -> None:
    """Make key file and store in `folder`, with everything that Mette's cooperation holds on the turned day."""
    folder.mkdir(parents=True, exist_ok=True)
    key = create_key_file(folder / KEY_FILE_NAME, PASSPHRASE, parameters=CHEAP)
    store = create_store(folder / DATABASE_NAME, key)
    people = accounts()
    mette = people.users[0]
    tables = synced_tables()
    with store.session() as session:
        for position, (entity, row_id, fields) in enumerate(rows(today=today(CLOCK)), start=1):
            table = tables[entity]
            values = {**from_wire(table, fields), "id": row_id, "server_position": position}
            session.connection().execute(insert(table.__table__), values)
        session.add(
            Device(
                id=new_id(CLOCK),
                database_id=new_id(CLOCK),
                server_url="http://127.0.0.1:9",
                server_id=new_id(CLOCK),
                epoch=new_id(CLOCK),
                token="token",
                receipt_key=base64.b64encode(bytes(32)).decode(),
                user_id=mette.id,
                user_name=mette.name,
                role=mette.role,
                cooperation_id=people.cooperation_id,
                cooperation_name=people.cooperation_name,
                team_ids=list(mette.team_ids),
            )
        )
        session.commit()
    store.close()


def opened(folder: Path) -> Store:
    """Open the laptop's store without its window."""
    from app.security.key_store import unlock

    return open_store(folder / DATABASE_NAME, unlock(folder / KEY_FILE_NAME, PASSPHRASE))
