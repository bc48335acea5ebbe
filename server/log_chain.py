"""The access log as it arrives: a laptop's chain goes on where it ended; a broken one is marked for the coordinator.

What arrives is held against the newest entry that is known. Only where that does not fit, the whole chain is read: a
gap that is filled later, as after a backup was restored, mends the mark. What only goes on at the end mends nothing, so
that a marked laptop costs no more than another, though its chain be of years. Two versions of one entry are never
mended.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from app.domain.access_chain import BEGINNING, AccessEntry, broken_places, hash_of
from app.sync.wire.messages import Outcome
from server.database import Connection
from server.merge import Decision
from server.scope import Asker
from server.storable import LARGEST_NUMBER

_NAMES = tuple(field.name for field in fields(AccessEntry))


def check_arrived(connection: Connection, asker: Asker, decision: Decision) -> None:
    """Check the entries of a batch that was just stored, and remember how the laptop's chain stands."""
    logged = [verdict for verdict in decision.verdicts if verdict.change.entity == "access_log"]
    if not logged:
        return
    forked = [_number(verdict.change.fields) for verdict in logged if verdict.code == "fact-is-final"]
    if forked:
        connection.execute(
            "UPDATE device SET log_forked = least(log_forked, %s) WHERE id = %s", (max(1, min(forked)), asker.device_id)
        )
    came = _entries((one.change.fields for one in logged if one.outcome is not Outcome.REFUSED), asker.device_id)
    if not came:
        return
    found = connection.execute(
        "SELECT log_number, log_hash, log_broken FROM device WHERE id = %s", (asker.device_id,)
    ).fetchone()
    number, content_hash, broken = found or (None, None, None)
    if broken_places(came, after=(0, BEGINNING) if number is None else (number, content_hash)):
        came = stored_log(connection, asker)
        places = broken_places(came)
        broken = max(1, places[0].number) if places else None
    newest = max(came, key=lambda entry: entry.number)
    connection.execute(
        "UPDATE device SET log_number = %s, log_hash = %s, log_broken = %s WHERE id = %s",
        (newest.number, newest.hash, broken, asker.device_id),
    )


def stored_log(connection: Connection, asker: Asker) -> list[AccessEntry]:
    """Return all that is here of a laptop's log, in any order."""
    rows = connection.execute(
        "SELECT fields FROM row WHERE cooperation_id = %s AND entity = 'access_log' AND device_id = %s",
        (asker.cooperation_id, asker.device_id),
    )
    return _entries((row for (row,) in rows), asker.device_id)


def _entries(arrived: Iterable[Mapping[str, Any]], device_id: str) -> list[AccessEntry]:
    """Return entries as they were sent; what cannot be one counts as changed."""
    entries = []
    for said in arrived:
        entry = AccessEntry(**({name: said.get(name, "") for name in _NAMES} | {"number": _number(said)}))
        is_own = entry.device_id == device_id and isinstance(entry.hash, str) and hash_of(entry) == entry.hash
        entries.append(entry if is_own else replace(entry, hash=""))
    return entries


def _number(said: Mapping[str, Any]) -> int:
    number = said.get("number")
    return number if type(number) is int and 0 < number <= LARGEST_NUMBER else 0
