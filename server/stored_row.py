"""A row as the server holds it, whose it is, and to which teams its person belongs."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.sync.wire.entities import ENTITIES
from app.sync.wire.messages import Change
from server.storable import is_identifier

Key = tuple[str, str]
"""Entity and row id."""

WHOLE_ROW = ""
"""Key among a row's versions for every field that has no version of its own; no field has an empty name."""

MERGED_INTO = "merged_into_id"
"""Field of a person that names the one whom they turned out to be."""

CORRECTS = "corrects_id"
"""Field of a fact that names the one that it takes the place of."""


class StoredRow(msgspec.Struct, kw_only=True):
    """One row as the server holds it.

    `versions` says for each field at which position and by which device it was last changed; no version is newer than
    the row's own `position`. `device_id` is the device that made the row; None where the server did. `place` is where
    the table has it; empty where it is new.
    """

    entity: str
    row_id: str
    position: int
    fields: dict[str, Any]
    versions: dict[str, tuple[int, str | None]]
    deleted: bool = False
    team_id: str | None = None
    person_id: str | None = None
    device_id: str | None = None
    place: str = ""


@dataclass(slots=True)
class Belonging:
    """To which teams a person belongs: membership row id -> (team, still a member); who made the person's row."""

    memberships: dict[str, tuple[str | None, bool]] = field(default_factory=dict)
    is_known: bool = False
    made_by: str | None = None
    is_erased: bool = False

    @property
    def active_teams(self) -> set[str | None]:
        """Teams that the person is a member of now."""
        return {team for team, active in self.memberships.values() if active}

    @property
    def teams_ever(self) -> set[str | None]:
        """Teams that the person is or was a member of."""
        return {team for team, _ in self.memberships.values()}


def owner_person(entity: str, row_id: str, fields: dict[str, Any]) -> Any:
    """Return the person whom a row with these fields belongs to; a person's own row belongs to itself."""
    return row_id if entity == "person" else fields.get("person_id")


def told_of(entity: str, row_id: str, fields: dict[str, Any]) -> Any:
    """Return the person whom such a row belongs to or, where it is a letter, on whose page it is put."""
    return fields.get("linked_person_id") if entity == "incoming_message" else owner_person(entity, row_id, fields)


def is_active(row: StoredRow) -> bool:
    """Return whether a membership holds now."""
    return not row.deleted and row.fields.get("left_on") is None


def corrected_by(change: Change) -> Key | None:
    """Return which fact a change that makes one corrects, None where it corrects none."""
    corrected = change.fields.get(CORRECTS)
    if corrected is None or not is_identifier(corrected):
        return None
    entity = ENTITIES.get(change.entity)
    return (change.entity, corrected) if entity is not None and entity.is_fact else None
