"""Use case: what the server refused is offered again, or taken back to what the server has."""

from dataclasses import dataclass

from sqlalchemy import select, update

from app.models.base import synced_tables
from app.models.local import OutboxEntry
from app.storage.engine import UnitOfWork


@dataclass(frozen=True, slots=True)
class OfferAgain:
    """Offer the named changes again; without names, everything that was refused."""

    change_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retype:
    """Replace characters that cannot be stored in a refused change, and offer it again."""

    change_id: str


def offer_again(work: UnitOfWork, command: OfferAgain) -> int:
    """Move refused changes back into the queue and return how many."""
    entries = select(OutboxEntry).where(OutboxEntry.state == "refused")
    if command.change_ids:
        entries = entries.where(OutboxEntry.change_id.in_(command.change_ids))
    found = work.session.scalars(entries).all()
    for entry in found:
        entry.state, entry.code, entry.acknowledged_at = "pending", "", None
    work.commit()
    return len(found)


def retype(work: UnitOfWork, command: Retype) -> bool:
    """Take the characters out that no server can store, in the change and in its row; return whether there were any."""
    entry = work.session.scalars(select(OutboxEntry).where(OutboxEntry.change_id == command.change_id)).one_or_none()
    if entry is None or entry.state != "refused":
        return False
    mended = {
        name: value.replace("\x00", "")
        for name, value in entry.fields.items()
        if isinstance(value, str) and "\x00" in value
    }
    entry.fields = {**entry.fields, **mended}
    entry.state, entry.code, entry.acknowledged_at = "pending", "", None
    model = synced_tables().get(entry.entity)
    if mended and model is not None:
        table = model.__table__
        # The row says what its change says; the change is there already, so this leaves no other.
        work.session.connection().execute(update(table).where(table.c.id == entry.row_id).values(**mended))
    work.commit()
    return bool(mended)
