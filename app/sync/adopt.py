"""After the server was set back to a backup: rows that it lost and whose author may never come again.

Every laptop offers its own changes anew. A row of somebody whose laptop is gone is then only on colleagues' laptops;
each of them offers it too, and the server keeps one. What the server makes itself (conflicts) it makes again.

Of what this laptop may hold it has been told everything. What it may not hold any more, because somebody left a team
meanwhile, nobody tells it of: the server is asked what it has nothing of, that is offered, and all of it leaves.
"""

from collections.abc import Callable, Collection, Iterator, Mapping

from sqlalchemy import ColumnElement, RowMapping, Table, delete, exists, or_, select
from sqlalchemy.orm import Session

from app.clock import Clock
from app.ids import new_id
from app.models.base import LOCAL_COLUMNS, synced_tables, to_wire
from app.models.local import Device, Leaving, OutboxEntry
from app.sync.leaving import PERSON, note
from app.sync.outbox import DEPENDS
from app.sync.wire.entities import ENTITIES, SCHEMA_VERSION, Entity, Scope, Writer
from app.sync.wire.messages import OFFERED, Departure


def orphans_outside(session: Session) -> dict[str, list[str]]:
    """Return, by entity, the rows that the server has not answered for and that this laptop may not hold any more."""
    outside: dict[str, list[str]] = {}
    for entity, row, is_inside in _orphans(session):
        if not is_inside:
            outside.setdefault(entity.name, []).append(row["id"])
    return outside


def adopt_orphans(session: Session, *, lacking: Mapping[str, Collection[str]], clock: Clock) -> int:
    """Put rows that the server no longer knows into the outbox and return how many; the caller commits.

    `lacking` are, by entity, those of :func:`orphans_outside` that it has nothing of. Rows from outside leave, once
    nothing of them is unsent: what may not be written any more is refused, and so kept and shown.
    """
    device = session.scalars(select(Device)).one()
    offered = []
    departures = []
    for entity, row, is_inside in _orphans(session):
        if not is_inside:
            of_person = entity.scope is Scope.PERSON
            departures.append(
                Departure(
                    entity=PERSON if of_person else entity.name, row_id=row["person_id"] if of_person else row["id"]
                )
            )
            is_offered = row["id"] in lacking.get(entity.name, ())
        else:
            is_offered = entity.writer is Writer.COUNSELLOR or device.role == "coordinator"
        if is_offered:
            offered.append(_offered(entity.name, row, device.user_id, clock))
    session.add_all(offered)
    session.flush()
    note(session, departures)
    for entity in ENTITIES.values():
        if entity.writer is Writer.SERVER and entity.name in synced_tables():
            table = synced_tables()[entity.name].__table__
            session.connection().execute(delete(table).where(_is_orphan(table)))
    return len(offered)


def _is_orphan(table: Table) -> ColumnElement[bool]:
    """Return the condition that the server has not answered for a row, and that this laptop does not offer it yet.

    Where only an edit was refused, because the server lacks the row, nobody offers the row by that.
    """
    is_offering = or_(
        OutboxEntry.state == "pending",
        (OutboxEntry.state == "refused") & or_(OutboxEntry.operation == "insert", OutboxEntry.code != DEPENDS),
    )
    return (table.c.server_position == 0) & ~exists().where(OutboxEntry.row_id == table.c.id, is_offering)


def _orphans(session: Session) -> Iterator[tuple[Entity, RowMapping, bool]]:
    """Yield what people wrote that the server has not answered for, and whether this laptop may still hold it."""
    may_hold = _may_hold(session, session.scalars(select(Device)).one())
    leaving = {(left.entity, left.row_id) for left in session.scalars(select(Leaving))}
    for entity in ENTITIES.values():
        model = synced_tables().get(entity.name)
        # What belongs to one laptop is offered by it alone, or it would change its owner.
        if model is None or entity.scope is Scope.DEVICE or entity.writer is Writer.SERVER:
            continue
        table: Table = model.__table__
        for row in session.execute(select(table).where(_is_orphan(table))).mappings().all():
            yield entity, row, (entity.name, row["id"]) not in leaving and may_hold(entity, row)


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
        base=OFFERED,
        actor=actor,
        at=clock.now(),
        schema=SCHEMA_VERSION,
        state="pending",
    )
