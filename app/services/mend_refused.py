"""Offer again what the server refused, as it is or without the characters that it cannot store."""

from sqlalchemy import select, update

from app.models.base import synced_tables
from app.models.local import OutboxEntry
from app.storage.engine import UnitOfWork


def offer_again(*, work: UnitOfWork) -> int:
    """Move everything that was refused back into the queue and return how many changes that is."""
    found = work.session.scalars(select(OutboxEntry).where(OutboxEntry.state == "refused")).all()
    for entry in found:
        entry.state, entry.code, entry.acknowledged_at = "pending", "", None
    work.commit()
    return len(found)


def retype(change_id: str, *, work: UnitOfWork) -> bool:
    """Take the characters out that no server can store, in the change and in its row; return whether there were any."""
    entry = work.session.scalars(select(OutboxEntry).where(OutboxEntry.change_id == change_id)).one_or_none()
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
