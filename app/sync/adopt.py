"""After the server was set back to a backup: rows that it lost and whose author may never come again.

Every laptop offers its own changes anew. A row of somebody whose laptop is gone is then only on colleagues' laptops;
each of them offers it too, and the server keeps one. What the server makes itself (conflicts) it makes again.
"""

from collections.abc import Callable

from sqlalchemy import RowMapping, Table, delete, exists, select
from sqlalchemy.orm import Session

from app.clock import Clock
from app.ids import new_id
from app.models.base import LOCAL_COLUMNS, synced_tables, to_wire
from app.models.local import Device, Leaving, OutboxEntry
from app.sync.leaving import UNSENT
from app.sync.wire.entities import ENTITIES, SCHEMA_VERSION, Entity, Scope, Writer


def adopt_orphans(session: Session, *, clock: Clock) -> int:
    """Put rows that the server no longer knows into the outbox and return how many; the caller commits.

    A row that this laptop may not hold any more came to nobody's notice while the server was set back: it leaves.
    """
    device = session.scalars(select(Device)).one()
    may_hold = _may_hold(session, device)
    adopted = 0
    for entity in ENTITIES.values():
        model = synced_tables().get(entity.name)
        # What belongs to one laptop is offered by it alone, or it would change its owner.
        if model is None or entity.scope is Scope.DEVICE:
            continue
        table: Table = model.__table__
        is_orphan = (
            (table.c.server_position == 0)
            & ~exists().where(OutboxEntry.row_id == table.c.id, OutboxEntry.state.in_(UNSENT))
            & ~exists().where(Leaving.row_id == table.c.id)
        )
        if entity.writer is Writer.SERVER:
            session.connection().execute(delete(table).where(is_orphan))
            continue
        for row in session.execute(select(table).where(is_orphan)).mappings().all():
            if not may_hold(entity, row):
                session.merge(Leaving(entity=entity.name, row_id=row["id"]))
            elif entity.writer is Writer.COUNSELLOR or device.role == "coordinator":
                session.add(_offered(entity.name, row, device.user_id, clock))
                adopted += 1
            session.flush()
    return adopted


def _may_hold(session: Session, device: Device) -> Callable[[Entity, RowMapping], bool]:
    """Return the scope rule of the wire, for rows on this laptop.

    A membership that the server refused to open again is over, whatever stands here until somebody mends it.
    """
    teams = set(device.team_ids)
    membership = synced_tables()["membership"]
    is_refused = exists().where(
        OutboxEntry.row_id == membership.id, OutboxEntry.state == "refused", OutboxEntry.code == "out-of-scope"
    )
    present = set(
        session.scalars(
            select(membership.person_id).where(membership.left_on.is_(None), membership.team_id.in_(teams), ~is_refused)
        )
    )

    def may_hold(entity: Entity, row: RowMapping) -> bool:
        if device.role == "coordinator":
            return True
        match entity.scope:
            case Scope.TEAM:
                return row["team_id"] in teams
            case Scope.PERSON:
                return row["person_id"] in present or (entity.name == "membership" and row["team_id"] in teams)
            case Scope.COORDINATOR:
                return False
        return True

    return may_hold


def _offered(entity: str, row: RowMapping, actor: str, clock: Clock) -> OutboxEntry:
    return OutboxEntry(
        change_id=new_id(clock),
        entity=entity,
        row_id=row["id"],
        operation="insert",
        fields={name: to_wire(value) for name, value in row.items() if name not in LOCAL_COLUMNS},
        base=0,
        actor=actor,
        at=clock.now(),
        schema=SCHEMA_VERSION,
        state="pending",
    )
