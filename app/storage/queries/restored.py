"""What lay typed and not yet closed when the store was opened again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.models.course import Session
from app.models.local import SessionDraft
from app.models.organisation import Place
from app.storage.engine import Reading


@dataclass(frozen=True, slots=True)
class RestoredSession:
    """A session that was being recorded: how many cells are there, and when the last one was saved."""

    session_id: str
    place: str
    cells: int
    saved_at: datetime


def restored_sessions(reading: Reading) -> tuple[RestoredSession, ...]:
    """Return the sessions with drafts, the one typed in last first."""
    found: dict[str, RestoredSession] = {}
    rows = reading.execute(
        select(SessionDraft, Place.name)
        .join(Session, Session.id == SessionDraft.session_id)
        .join(Place, Place.id == Session.place_id)
        .order_by(SessionDraft.saved_at.desc())
    )
    for draft, place in rows:
        if not draft.cells:
            continue
        known = found.get(draft.session_id)
        cells = len(draft.cells) + (known.cells if known else 0)
        saved_at = known.saved_at if known else draft.saved_at
        found[draft.session_id] = RestoredSession(draft.session_id, place, cells, saved_at)
    return tuple(found.values())
