"""May a change be written, by this laptop, in this version: pure, without a database."""

from collections.abc import Iterable, Mapping, Set
from functools import cache

from app.domain.roles import Right, may
from app.sync.wire.entities import ENTITIES, SCHEMA_VERSION, Entity, Scope, Writer
from app.sync.wire.messages import Change, Operation
from server.scope import COORDINATOR, WRITING_ROLES, Asker
from server.storable import LARGEST_NUMBER, is_identifier, is_storable
from server.stored_row import CORRECTS, WHOLE_ROW, Belonging, Key, StoredRow, owner_person, told_of

SCHEMA_OLDEST = max(1, SCHEMA_VERSION - 2)


@cache
def may_write(role: str, entity_name: str, operation: Operation) -> bool:
    """Return whether a role may do this to rows of an entity."""
    entity = ENTITIES[entity_name]
    if entity.name == "access_log":
        return True  # what anybody looked at is written down, whoever it was
    if role not in WRITING_ROLES:
        return False
    if entity.writer is Writer.SERVER:
        # Deleting a conflict is how somebody says that what stands is right.
        return entity.name == "conflict" and operation is Operation.DELETE
    return entity.writer is Writer.COUNSELLOR or role == COORDINATOR


def might_write(asker: Asker, entity_name: str, operation: Operation) -> bool:
    """Return whether a laptop may hold such a change that its user made while it was theirs to make.

    What people record in a role is taken after they have lost it; what the coordinator decides for all is not.
    """
    return may_write(asker.role, entity_name, operation) or (
        ENTITIES[entity_name].writer is not Writer.COORDINATOR and may_write(asker.role_before, entity_name, operation)
    )


class Permission:
    """What a laptop may write, asked change by change: what was refused before in the batch counts too.

    `people` are those that the batch speaks of, as they stand at each change: whoever decides about it keeps them so.
    """

    def __init__(self, asker: Asker, *, people: Mapping[str, Belonging], authors: Iterable[str]) -> None:
        self._asker = asker
        self._sees_everything = asker.sees_everything
        self._saw_everything = asker.saw_everything
        self._sees_nobody = not may(asker.role, Right.SEE_OWN_TEAMS)
        self._teams_ever = asker.teams_ever
        self._people = people
        self._authors = frozenset(authors)
        self._identifiers: set[str] = set()
        self._refused_people: set[str] = set()
        self._erased_rows: set[Key] = set()

    def why_not(self, change: Change, row: StoredRow | None, said: bytes, *, corrected: StoredRow | None = None) -> str:
        """Return the code that refuses a change of this row, its fields `said` as JSON; an empty text where none does.

        `corrected` is the fact that it corrects, as far as that is known here. The codes are those of
        :data:`server.refusals.CHANGE_SENTENCES`.
        """
        code = self._why_not(change, row, said)
        if not code and row is None and corrected is not None and not self._may_correct(change, corrected):
            code = "out-of-scope"
        if code and change.entity == "person":
            self._refused_people.add(change.row_id)
        return code

    def is_late(self, change: Change, row: StoredRow | None) -> bool:
        """Return whether the change comes from somebody who could no longer see what it is about."""
        if self._asker.is_late:
            return True
        entity = ENTITIES[change.entity]
        if self._sees_everything or entity.writer is Writer.SERVER:
            return False
        person = owner_person(change.entity, change.row_id, change.fields) or (row.person_id if row else None)
        team = change.fields.get("team_id") or (row.team_id if row else None)
        if entity.scope is Scope.TEAM:
            return team not in self._asker.team_ids
        if entity.scope is not Scope.PERSON or person is None:
            return False
        belonging = self._people[person]
        if not belonging.memberships:
            return entity.name == "membership" and team not in self._asker.team_ids
        return not belonging.active_teams & self._asker.team_ids

    def may_join_with(self, person_id: object) -> bool:
        """Return whether the laptop may say that somebody turned out to be this person: it must see them, or have seen.

        Who is not known here may yet be told of, as where laptops come in another order after a restore.
        """
        if self._saw_everything or not isinstance(person_id, str):
            return True
        belonging = self._people[person_id]
        if belonging.memberships:
            return self._saw(belonging.teams_ever)
        return not belonging.is_known or belonging.made_by == self._asker.device_id

    def _why_not(self, change: Change, row: StoredRow | None, said: bytes) -> str:
        entity = ENTITIES.get(change.entity)
        if change.schema > SCHEMA_VERSION:
            return "schema-too-new"
        if change.schema < SCHEMA_OLDEST:
            return "schema-too-old"
        if entity is None:
            return "unknown-entity"
        if not is_storable(change.fields, said) or "\x00" in change.at or change.sequence > LARGEST_NUMBER:
            return "unstorable"
        if change.actor not in self._authors:
            return "unknown-author"
        if self._is_about_erased(entity, change, row):
            # First, because what is refused for another reason is kept as it came.
            self._erased_rows.add((change.entity, change.row_id))
            return "person-erased"
        if change.is_offer and row is not None:
            return ""  # nothing is written
        if not might_write(self._asker, change.entity, change.operation):
            return "not-writable"
        if row is None and change.operation is not Operation.INSERT:
            return "no-such-row"
        if entity.is_fact and row is not None and not _says_the_same(change, row):
            return "fact-is-final"
        if row is not None and _had_seen_the_deletion(change, row, self._asker.device_id):
            return "row-deleted"
        return self._out_of_scope(entity, change, row)

    def _out_of_scope(self, entity: Entity, change: Change, row: StoredRow | None) -> str:
        person = change.row_id if entity.name == "person" else change.fields.get("person_id")
        team = change.fields.get("team_id")
        if row is not None:
            person, team = person or row.person_id, team or row.team_id
        if (person is not None and not self._is_identifier(person)) or (
            team is not None and not self._is_identifier(team)
        ):
            return "bad-identifier"
        if entity.name != "conflict" and (
            (entity.scope is Scope.PERSON and person is None)
            or ((entity.scope is Scope.TEAM or entity.name == "membership") and team is None)
        ):
            return "no-owner"
        if row is None and person in self._refused_people and not self._people[person].is_known:
            return "no-such-row"
        if self._sees_everything:
            return ""
        is_within = self._within(entity, change, row, person, team)
        if row is not None and (person, team) != (row.person_id, row.team_id):
            is_within = is_within and self._within(entity, change, row, row.person_id, row.team_id)
        return "" if is_within else "out-of-scope"

    def _may_correct(self, change: Change, corrected: StoredRow) -> bool:
        """Return whether the fact that a change corrects is the laptop's to correct, whomever the change names."""
        return self._saw_everything or self._within(
            ENTITIES[corrected.entity], change, corrected, corrected.person_id, corrected.team_id
        )

    def _is_about_erased(self, entity: Entity, change: Change, row: StoredRow | None) -> bool:
        """Return whether the change would add to what is known of somebody who was erased."""
        told = [told_of(change.entity, change.row_id, change.fields)]
        if entity.name == "incoming_message":
            if row is not None and row.deleted and not row.fields:
                # Nothing but an erasure empties a letter.
                return change.operation is not Operation.DELETE
        elif entity.scope is not Scope.PERSON or entity.name == "erasure":
            return False
        elif row is not None:
            # Giving it to somebody else is about them too.
            told.append(row.person_id)
        elif (change.entity, change.row_id) in self._erased_rows:
            return True
        return any(self._is_identifier(one) and self._people[one].is_erased for one in told)

    def _is_identifier(self, value: object) -> bool:
        """Return whether the value is a UUID; a batch names few owners, and each many times."""
        if not isinstance(value, str):
            return False
        if value not in self._identifiers:
            if not is_identifier(value):
                return False
            self._identifiers.add(value)
        return True

    def _within(
        self, entity: Entity, change: Change, row: StoredRow | None, person: str | None, team: str | None
    ) -> bool:
        """Return whether an owner is this device's to write for."""
        if entity.scope is Scope.DEVICE:
            return row is None or row.device_id == self._asker.device_id
        if entity.scope is Scope.TEAM or person is None:
            return entity.scope is Scope.COOPERATION or self._saw({team})
        if entity.scope is not Scope.PERSON:
            return True
        belonging = self._people[person]
        if not belonging.memberships:
            # Nobody's yet: registered a moment ago by this laptop, or not known here at all.
            is_own = not belonging.is_known or belonging.made_by == self._asker.device_id
            return is_own and (entity.name != "membership" or self._saw({team}))
        if (
            entity.name == "membership"
            and change.operation is not Operation.DELETE
            and not change.fields.get("left_on")
            and not _stands(change, row)
        ):
            # Only who sees somebody now can let a team in, or knowing an identifier would open a history. To whom no
            # history is opened any more, it is not opened by this.
            is_seen = bool(belonging.active_teams & self._asker.team_ids)
            return is_seen or (self._sees_nobody and self._saw(belonging.active_teams))
        # What was recorded offline before somebody left the team is still taken; it is no longer handed out.
        return self._saw(belonging.teams_ever)

    def _saw(self, teams: Set[str | None]) -> bool:
        """Return whether one of the teams is the user's, or was lately."""
        return self._saw_everything or not self._teams_ever.isdisjoint(teams)


def _says_the_same(change: Change, row: StoredRow) -> bool:
    """Return whether a fact is told once more as it is, but for what it corrects: that the server may have changed."""
    if change.operation is not Operation.INSERT or row.deleted:
        return False
    said, stored = change.fields, row.fields
    return said == stored or {**said, CORRECTS: None} == {**stored, CORRECTS: None}


def _stands(change: Change, row: StoredRow | None) -> bool:
    """Return whether the row says already what the change says, as where a colleague offered it after a restore."""
    return row is not None and not row.deleted and change.fields.items() <= row.fields.items()


def _had_seen_the_deletion(change: Change, row: StoredRow, device_id: str) -> bool:
    if not row.deleted or change.operation is not Operation.UPDATE:
        return False
    at, device = row.versions[WHOLE_ROW]
    return at <= change.base or device == device_id
