"""What is typed at the table, checked and saved with every cell; nothing of it travels before the session is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select

from app.domain.baseline import MOST_A_DAY
from app.domain.outcomes import HIGHEST_CO
from app.domain.roles import Right, may
from app.errors import RuleRefusal
from app.models.course import Session
from app.models.local import Device, SessionDraft
from app.storage.all_rows import all_rows
from app.storage.engine import UnitOfWork

STATUSES = ("present", "excused", "absent")


_BEFORE = (
    select(Session.state, SessionDraft.cells, select(Device.role).scalar_subquery().label("role"))
    .outerjoin(
        SessionDraft,
        (SessionDraft.session_id == Session.id) & (SessionDraft.enrolment_id == bindparam("enrolment")),
    )
    .where(Session.id == bindparam("session"))
)
"""Whether the session is open, what was typed for the person before, and the role of whoever is at the laptop."""


class Cell(StrEnum):
    """The columns of the session sheet."""

    STATUS = "status"
    CIGARETTES_PER_DAY = "cigarettes_per_day"
    CO_PPM = "co_ppm"
    HANDOUT = "handout"
    SMALL_STEP = "small_step"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class TypeCell:
    """One cell as it was typed; an empty text empties the cell."""

    session_id: str
    enrolment_id: str
    cell: Cell
    text: str


def type_cell(command: TypeCell, *, work: UnitOfWork) -> str | float:
    """Save the cell and return the value that was understood ("" where the cell is empty).

    Raises RuleRefusal "not-a-number", "too-many-cigarettes", "co-out-of-range", "unknown-status", "session-closed", or
    "session-not-your-right" of a role that records nothing; what was in the cell before stays.
    """
    where = {"session": command.session_id, "enrolment": command.enrolment_id}
    found = next(iter(all_rows(work.connection, _BEFORE, where)), None)
    if found is None or found.state == "closed":
        raise RuleRefusal("session-closed", field=command.cell.value)
    if found.role is not None and not may(found.role, Right.WRITE_RECORDS):
        raise RuleRefusal("session-not-your-right", field=command.cell.value)
    value = understood(command.cell, command.text)
    work.save_draft(command.session_id, command.enrolment_id, with_cell(found.cells or {}, command.cell, value))
    work.commit()
    return value


def with_cell(cells: Mapping[str, Any], cell: Cell, value: str | float) -> dict[str, Any]:
    """Return somebody's cells with one of them holding this; an empty one is left out."""
    kept = {name: held for name, held in cells.items() if name != cell.value}
    return kept if value == "" else {**kept, cell.value: value}


def understood(cell: Cell, text: str) -> str | float:
    """Return what the typed text means in its column; Danish decimal commas are read."""
    text = text.strip()
    if not text:
        return ""
    if cell is Cell.STATUS:
        if text not in STATUSES:
            raise RuleRefusal("unknown-status", field=cell.value)
        return text
    if cell is Cell.CIGARETTES_PER_DAY:
        return number_within(text, field=cell.value, most=MOST_A_DAY, refusal="too-many-cigarettes")
    if cell is Cell.CO_PPM:
        return number_within(text, field=cell.value, most=HIGHEST_CO, refusal="co-out-of-range")
    return text


def number_within(text: str, *, field: str, most: int, refusal: str) -> float:
    """Return the number that was typed; Danish decimal commas are read."""
    plain = text.replace(",", ".", 1)
    if not plain.isascii() or not plain.replace(".", "", 1).isdigit():
        raise RuleRefusal("not-a-number", field=field)
    value = float(plain)
    if value > most:
        raise RuleRefusal(refusal, field=field, most=most)
    return value
