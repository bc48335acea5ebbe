"""What the server decides about each change of a batch: pure, without a database.

Whether it may be written at all is asked of :mod:`server.permission`.

Rules (docs/sync.md, 4): a patch merges field by field. A field is in conflict exactly when its stored value differs, it
was last changed at a position that the laptop had not seen, and by another device. The first arrival stands, the other
fields of the patch still apply, and a row of the entity ``conflict`` keeps both values until somebody chooses: either
by changing the field with a base that has seen the conflict, or by deleting the conflict. Merging a person into one who
was merged into them is in conflict with that, whatever was seen; so is merging into somebody whom the laptop may not
see: the person stays apart, and the card lets those choose who see both. A fact has one correction: of two that were
made without knowing of each other the first to arrive stands, as a correction of the other, so that nothing counts
twice.

Positions: plainly applied changes come first, in batch order and without gaps, because the reply names them by one
number; everything else (merged, conflicts, rows the server made) follows. Within one row the order of the batch holds.
While the batch is read, the number of plain changes is not yet known, so later positions are counted below zero.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from app.sync.wire.entities import ENTITIES, Scope
from app.sync.wire.messages import Answer, Change, Operation, Outcome
from app.sync.wire.values import as_text
from server.permission import Permission
from server.refusals import CHANGE_SENTENCES
from server.scope import Asker
from server.stored_row import (
    CORRECTS,
    MERGED_INTO,
    WHOLE_ROW,
    Belonging,
    Key,
    StoredRow,
    corrected_by,
    is_active,
    owner_person,
)

LATE = "late"
"""Code of a change that was taken from somebody who no longer has access, and field of the card that says so."""

WAS_DELETED: Final = {"deleted": True}
"""The `before` of a change that makes a deleted row again; it holds no field, because all of them are given anew."""

_DECIDING_WHO_BELONGS = frozenset({"person", "membership", "erasure"})
_NAMING_OWNERS = frozenset({"person_id", "team_id"})
_OF_THE_CORRECTING = frozenset({CORRECTS, "reason", "recorded_by"})
_SERVER_MADE = uuid.UUID("0f4b6f0e-6c1d-5d2a-8b73-70757374726d")
_MISSING = object()
_encode = msgspec.json.Encoder().encode


class Verdict(msgspec.Struct, kw_only=True):
    """What was decided about one change; `explicit` where the reply must name it.

    `before` holds what the fields were that the change gave another value; `said` is its own fields as JSON.
    """

    index: int
    change: Change
    outcome: Outcome
    position: int = 0
    code: str = ""
    explicit: bool = True
    before: dict[str, Any] = {}
    said: bytes = b"{}"

    def answer(self) -> Answer:
        """Return the verdict as the reply says it."""
        sentence = CHANGE_SENTENCES.get(self.code, "") if self.outcome is Outcome.REFUSED else ""
        return Answer(index=self.index, outcome=self.outcome, position=self.position, code=self.code, sentence=sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is decided for good, and so may be written before the rest of the batch is read.

    Each of the `new_rows` is as one of the `verdicts` here made it, and can be written in the same statement; those in
    the `rest` of a decision may be otherwise, and are written by themselves. `changed_rows` were there before it.
    """

    verdicts: list[Verdict]
    new_rows: list[StoredRow]
    changed_rows: list[StoredRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome of a whole batch, with all that it made and changed.

    It was given the positions from `first_position` to `last_position`; `rest` is what was not written as settled.
    """

    first_position: int
    last_position: int
    verdicts: list[Verdict]
    new_rows: list[StoredRow]
    changed_rows: list[StoredRow]
    rest: Settled
    people_gained: list[str]
    departures: list[tuple[str, Key, int]]
    """Team, what has left it (a person, or one row), and the position at which it did."""
    standing: dict[str, int]
    """Conflict's row id -> position of the change that stands, so that the store can name its actor."""


class BatchMerge:
    """Decides about a batch, change by change, and remembers what is to be written.

    `find` returns a row as it is stored, None where there is none; `people`, `authors`, `conflicts` and `corrections`
    are what :class:`server.lookup.Found` says of them, and `position` is the newest that was given so far. Call
    :meth:`read` for each change in the order of the batch, :meth:`settled` whenever something may be written, and
    :meth:`decision` at the end.
    """

    def __init__(
        self,
        asker: Asker,
        changes: Sequence[Change],
        *,
        find: Callable[[Key], StoredRow | None],
        people: dict[str, Belonging],
        authors: Iterable[str],
        conflicts: Iterable[StoredRow] = (),
        corrections: Iterable[StoredRow] = (),
        position: int,
    ) -> None:
        self._asker = asker
        self._find = find
        self._rows: dict[Key, StoredRow] = {}
        self._people = defaultdict(Belonging, people)
        self._permission = Permission(asker, people=self._people, authors=authors)
        self._conflicts: dict[Key, list[StoredRow]] = {}
        for row in conflicts:
            self._rows[row.entity, row.row_id] = row
            self._conflicts.setdefault((row.fields["entity"], row.fields["row_id"]), []).append(row)
        self._corrections: dict[Key, StoredRow] = {}
        for row in corrections:
            self._rows[row.entity, row.row_id] = row
            self._corrections[row.entity, row.fields[CORRECTS]] = row
        self._corrected_apart: dict[Key, Change] = {}
        self._start = position
        self._plain = 0
        self._later = 0
        self._new: dict[Key, StoredRow] = {}
        self._changed: dict[Key, StoredRow] = {}
        self._out_of_order: set[Key] = set()
        self._known_before = {
            person_id for person_id, belonging in people.items() if belonging.is_known or belonging.memberships
        }
        self._gained: dict[str, None] = {}
        self._departed: dict[tuple[str, Key], StoredRow] = {}
        self._late_owners: set[str] = set()
        self._verdicts: list[Verdict] = []
        named = Counter((change.entity, change.row_id) for change in changes)
        self._named_again = {key for key, number in named.items() if number > 1} | self._may_be_corrected(changes)
        self._unwritten: list[Verdict] = []
        self._unwritten_new: list[StoredRow] = []
        self._unwritten_changed: list[StoredRow] = []
        self._standing: dict[str, int] = {}

    def read(self, index: int, change: Change) -> None:
        """Decide about the change at `index` of the batch."""
        row = self._row((change.entity, change.row_id))
        said = _encode(change.fields)
        fact = corrected_by(change)
        corrected = self._row(fact) if fact is not None else None
        code = self._permission.why_not(change, row, said, corrected=corrected)
        if code:
            self._decide(Verdict(index=index, change=change, said=said, outcome=Outcome.REFUSED, code=code))
            return
        if change.is_offer and row is not None:
            # What became of the row since is newer than what is offered, and if it was deleted, it stays deleted.
            self._decide(Verdict(index=index, change=change, outcome=Outcome.MERGED, position=self._next_later()))
            return
        is_late = self._permission.is_late(change, row)
        if row is None:
            self._insert(index, change)
        elif ENTITIES[change.entity].is_fact:
            # It says what stands, or it was refused.
            unseen = self._changed_unseen(change, row)
            self._accept(index, change, row, Outcome.MERGED if unseen else Outcome.APPLIED, {})
        elif change.operation is Operation.DELETE:
            self._delete(index, change, row)
        elif change.operation is Operation.INSERT and row.deleted:
            self._revive(index, change, row)
        else:
            self._patch(index, change, row)
        self._verdicts[-1].said = said
        if is_late:
            self._verdicts[-1].code = LATE
            self._flag_late(change, self._rows[change.entity, change.row_id])

    def _row(self, key: Key) -> StoredRow | None:
        """Return the row that a change names as it now stands; it is read when it is named first."""
        row = self._rows.get(key)
        if row is None:
            row = self._find(key)
            if row is not None:
                self._rows[key] = row
        return row

    def _may_be_corrected(self, changes: Sequence[Change]) -> set[Key]:
        """Return the corrections that may yet become those of others: what stands, and what corrects one fact twice."""
        correcting: defaultdict[Key, list[Key]] = defaultdict(list)
        for change in changes:
            if (corrected := corrected_by(change)) is not None:
                correcting[corrected].append((change.entity, change.row_id))
        twice = {key for keys in correcting.values() if len(keys) > 1 for key in keys}
        return twice | {(row.entity, row.row_id) for row in self._corrections.values()}

    def settled(self) -> Settled:
        """Return what was decided since the last time and stays as it is.

        These are changes whose place is known, and rows that have theirs and that no other change of the batch names.
        Conflicts come last, because anything may close them.
        """
        settled = Settled(
            verdicts=[one for one in self._unwritten if one.position >= 0],
            new_rows=[row for row in self._unwritten_new if self._stays(row)],
            changed_rows=[row for row in self._unwritten_changed if self._stays(row)],
        )
        self._unwritten = [one for one in self._unwritten if one.position < 0]
        self._unwritten_new = [row for row in self._unwritten_new if not self._stays(row)]
        self._unwritten_changed = [row for row in self._unwritten_changed if not self._stays(row)]
        return settled

    def _stays(self, row: StoredRow) -> bool:
        return row.position > 0 and row.entity != "conflict" and (row.entity, row.row_id) not in self._named_again

    def decision(self) -> Decision:
        """Return everything that was decided, with final positions, and what is left to write."""
        self._show_what_was_corrected_apart()
        if self._later:
            self._give_later_places()
        return Decision(
            first_position=self._start + 1,
            last_position=self._start + self._plain + self._later,
            verdicts=self._verdicts,
            new_rows=list(self._new.values()),
            changed_rows=list(self._changed.values()),
            rest=Settled(verdicts=self._unwritten, new_rows=self._unwritten_new, changed_rows=self._unwritten_changed),
            people_gained=list(self._gained),
            departures=[(team, key, row.position) for (team, key), row in self._departed.items()],
            standing={conflict: self._final(at) for conflict, at in self._standing.items()},
        )

    def _give_later_places(self) -> None:
        """Give what was counted below zero its positions after the plain changes, now that their number is known."""
        for verdict in self._verdicts:
            verdict.position = self._final(verdict.position)
        for row in (*self._new.values(), *self._changed.values()):
            row.position = self._final(row.position)
            if any(at < 0 for at, _ in row.versions.values()):
                row.versions = {name: (self._final(at), device) for name, (at, device) in row.versions.items()}

    def _flag_late(self, change: Change, row: StoredRow) -> None:
        """Tell those who have access now; once for each owner in a batch."""
        owner = row.person_id or row.team_id or row.row_id
        if owner in self._late_owners:
            return
        self._late_owners.add(owner)
        self._keep_both(change, row, LATE, None, None)

    # -- what happens to the row

    def _insert(self, index: int, change: Change) -> None:
        is_withheld = self._is_withheld(change, None)
        position = self._next_later() if is_withheld else self._next_plain()
        device_id = self._asker.device_id
        row = StoredRow(
            entity=change.entity,
            row_id=change.row_id,
            position=position,
            fields={**change.fields, MERGED_INTO: None} if is_withheld else change.fields,
            versions={WHOLE_ROW: (position, device_id)},
            team_id=change.fields.get("team_id"),
            person_id=owner_person(change.entity, change.row_id, change.fields),
            device_id=device_id,
        )
        key = (change.entity, change.row_id)
        self._rows[key] = row
        self._new[key] = row
        self._unwritten_new.append(row)
        if change.entity in _DECIDING_WHO_BELONGS:
            self._own(row)
        outcome = Outcome.CONFLICT if is_withheld else Outcome.APPLIED
        self._decide(Verdict(index=index, change=change, outcome=outcome, position=position, explicit=is_withheld))
        if is_withheld:
            self._out_of_order.add(key)
            self._withhold(change, row)
        corrected = corrected_by(change)
        if corrected is not None:
            self._correct(change, corrected, row)

    def _correct(self, change: Change, corrected: Key, row: StoredRow) -> None:
        """Note that a row corrects another; the correction that stood there becomes one of this."""
        standing = self._corrections.get(corrected)
        self._corrections[corrected] = row
        if standing is None or standing.deleted:
            return
        position = self._next_later()
        standing.fields = {**standing.fields, CORRECTS: row.row_id}
        standing.versions = {**standing.versions, CORRECTS: (position, None)}
        self._out_of_order.add((standing.entity, standing.row_id))
        self._corrections[row.entity, row.row_id] = standing
        self._write(standing, position, moves=False)
        self._corrected_apart[standing.entity, standing.row_id] = change

    def _show_what_was_corrected_apart(self) -> None:
        """Show the facts that two have corrected, once it is known what each of the two wrote last."""
        for key, change in self._corrected_apart.items():
            last = self._rows[change.entity, change.row_id]
            standing, seen = self._rows[key], {key}
            self._close_told_before(change, standing)
            while (later := self._corrections.get((standing.entity, standing.row_id))) is not None:
                if (later.entity, later.row_id) in seen:
                    break
                seen.add((later.entity, later.row_id))
                standing = later
                self._close_told_before(change, standing)
            if not _mean_the_same(standing, last):
                self._keep_both(change, standing, CORRECTS, standing.row_id, last.row_id)

    def _close_told_before(self, change: Change, standing: StoredRow) -> None:
        """Close the card that says of this row what the author wrote before: one dispute is one card."""
        written, at = set[str](), change.fields.get(CORRECTS)
        while isinstance(at, str) and at not in written:
            written.add(at)
            before = self._rows.get((change.entity, at))
            at = None if before is None else before.fields.get(CORRECTS)
        for card in self._conflicts.get((standing.entity, standing.row_id), ()):
            said = card.fields
            is_told = said["field"] == CORRECTS and said["contender_value"] in written
            if is_told and said["contender_actor"] == change.actor and not card.deleted:
                self._close(card)

    def _revive(self, index: int, change: Change, row: StoredRow) -> None:
        outcome = Outcome.APPLIED
        is_withheld = self._is_withheld(change, None)
        if self._changed_unseen(change, row) or is_withheld:
            # The laptop that makes it again may know nothing of its history. As a merged row it is told to it once
            # more, with its history.
            outcome = Outcome.CONFLICT if is_withheld else Outcome.MERGED
            self._out_of_order.add((row.entity, row.row_id))
        position, explicit = self._position_for(row)
        row.fields = {**change.fields, MERGED_INTO: None} if is_withheld else dict(change.fields)
        row.versions = {WHOLE_ROW: (position, self._asker.device_id)}
        row.deleted = False
        self._write(row, position)
        self._decide(
            Verdict(
                index=index, change=change, outcome=outcome, position=position, explicit=explicit, before=WAS_DELETED
            )
        )
        if is_withheld:
            self._withhold(change, row)

    def _delete(self, index: int, change: Change, row: StoredRow) -> None:
        if row.deleted:
            self._accept(index, change, row, Outcome.MERGED, {})
        elif self._changed_unseen(change, row) and change.entity != "conflict":
            self._keep_both(change, row, "deleted", "false", "true")
            self._accept(index, change, row, Outcome.CONFLICT, {})
        else:
            position, explicit = self._position_for(row)
            row.deleted = True
            row.versions = {WHOLE_ROW: (position, self._asker.device_id)}
            self._write(row, position)
            self._decide(
                Verdict(index=index, change=change, outcome=Outcome.APPLIED, position=position, explicit=explicit)
            )

    def _patch(self, index: int, change: Change, row: StoredRow) -> None:
        is_withheld = self._is_withheld(change, row)
        if _has_seen_all(change, row) and not (row.deleted or self._conflicts or is_withheld):
            taken = {name: value for name, value in change.fields.items() if not _has(row, name, value)}
            self._accept(index, change, row, Outcome.APPLIED, taken)
            return
        changed = {name: value for name, value in change.fields.items() if row.deleted or not _has(row, name, value)}
        lost = [
            name
            for name in changed
            if row.deleted or self._is_taken_by_another(name, change, row) or (is_withheld and name == MERGED_INTO)
        ]
        taken = {name: value for name, value in changed.items() if name not in lost} if lost else changed
        if self._conflicts:
            self._resolve_seen(change, row)
        for name in lost:
            standing = None if row.deleted else as_text(row.fields.get(name))
            self._keep_both(change, row, name, standing, as_text(change.fields[name]))
        unlost = Outcome.MERGED if not lost and self._changed_unseen(change, row) else Outcome.APPLIED
        self._accept(index, change, row, Outcome.CONFLICT if lost else unlost, taken)
        if is_withheld and MERGED_INTO in lost:
            # Nobody else wrote it in this row: until the laptop has read that it does not stand, it has not seen it.
            row.versions = {**row.versions, MERGED_INTO: (row.position, None)}

    def _accept(self, index: int, change: Change, row: StoredRow, outcome: Outcome, taken: dict[str, Any]) -> None:
        """Write the fields taken and the verdict; a change that changes nothing still gets its place in the order."""
        if outcome is Outcome.APPLIED:
            position, explicit = self._position_for(row)
        else:
            position, explicit = self._next_later(), True
            self._out_of_order.add((row.entity, row.row_id))
        before = {name: row.fields.get(name) for name in taken}
        if taken:
            row.fields = {**row.fields, **taken}
            row.versions = {**row.versions, **dict.fromkeys(taken, (position, self._asker.device_id))}
        if not row.deleted:
            self._write(
                row, position, moves=row.entity in _DECIDING_WHO_BELONGS or not _NAMING_OWNERS.isdisjoint(taken)
            )
        self._decide(
            Verdict(index=index, change=change, outcome=outcome, position=position, explicit=explicit, before=before)
        )

    def _is_taken_by_another(self, name: str, change: Change, row: StoredRow) -> bool:
        """Return whether another device gave the field a value that the laptop had not seen."""
        if name not in row.fields:
            return False
        at, device = row.versions.get(name, row.versions[WHOLE_ROW])
        return _is_after(at, change.base) and device != self._asker.device_id

    def _is_withheld(self, change: Change, row: StoredRow | None) -> bool:
        """Return whether the change merges a person into one with whom they are not merged, whatever was seen.

        Those are one who was merged into them, for of two nobody would be kept, and one whom the laptop may not see.
        """
        into = change.fields.get(MERGED_INTO) if change.entity == "person" else None
        if into is None or (row is not None and _has(row, MERGED_INTO, into)):
            return False
        other = self._row(("person", into))
        is_back = other is not None and not other.deleted and other.fields.get(MERGED_INTO) == change.row_id
        return is_back or not self._permission.may_join_with(into)

    def _withhold(self, change: Change, row: StoredRow) -> None:
        """Show to whom it concerns whom a row would have been merged into as it was made."""
        self._keep_both(change, row, MERGED_INTO, None, as_text(change.fields[MERGED_INTO]))

    def _changed_unseen(self, change: Change, row: StoredRow) -> bool:
        me, base = self._asker.device_id, change.base
        return any(_is_after(at, base) and device != me for at, device in row.versions.values())

    def _keep_both(
        self, change: Change, row: StoredRow, name: str, standing: str | None, contender: str | None
    ) -> None:
        """Make the row that shows both values to the people concerned."""
        position = self._next_later()
        conflict = StoredRow(
            entity="conflict",
            row_id=str(uuid.uuid5(_SERVER_MADE, f"{change.change_id}\x1f{name}")),
            position=position,
            fields={
                "person_id": row.person_id,
                "team_id": row.team_id,
                "entity": row.entity,
                "row_id": row.row_id,
                "field": name,
                "standing_value": standing,
                # Filled in by the store, which knows who made the change that stands.
                "standing_actor": None,
                "contender_value": contender,
                "contender_actor": change.actor,
                "contender_at": change.at,
                "change_id": change.change_id,
            },
            versions={WHOLE_ROW: (position, None)},
            team_id=row.team_id,
            person_id=row.person_id,
        )
        if name != LATE:
            # Which fact a fact corrects is the server's word; the fact itself is its author's.
            said = row.versions[WHOLE_ROW] if name == CORRECTS else row.versions.get(name, row.versions[WHOLE_ROW])
            self._standing[conflict.row_id] = said[0]
        self._new[conflict.entity, conflict.row_id] = conflict
        self._unwritten_new.append(conflict)
        self._rows[conflict.entity, conflict.row_id] = conflict

    def _resolve_seen(self, change: Change, row: StoredRow) -> None:
        """Close the conflicts about fields that somebody who had seen them has now decided."""
        for conflict in self._conflicts.get((row.entity, row.row_id), ()):
            is_seen = 0 < conflict.position <= change.base
            if is_seen and not conflict.deleted and conflict.fields["field"] in change.fields:
                self._close(conflict)

    def _close(self, conflict: StoredRow) -> None:
        position = self._next_later()
        conflict.deleted = True
        conflict.versions = {WHOLE_ROW: (position, None)}
        self._write(conflict, position)

    def _write(self, row: StoredRow, position: int, *, moves: bool = True) -> None:
        """Have the row written as it is now; `moves` is whether that may change whom it belongs to."""
        key = (row.entity, row.row_id)
        if key not in self._new and key not in self._changed:
            self._changed[key] = row
            self._unwritten_changed.append(row)
        row.position = position
        if moves:
            self._own(row)

    def _own(self, row: StoredRow) -> None:
        """Work out whom the row belongs to now, whom a team has gained by it, and whom it has lost."""
        owner_before, team_before = row.person_id, row.team_id
        row.person_id = owner_person(row.entity, row.row_id, row.fields)
        row.team_id = row.fields.get("team_id")
        if row.entity == "person":
            belonging = self._people[row.row_id]
            belonging.is_known = True
            belonging.made_by = row.device_id
        elif row.entity == "erasure" and row.person_id is not None:
            self._people[row.person_id].is_erased = True
        elif row.entity == "membership" and row.person_id is not None:
            self._join_or_leave(row, owner_before, team_before)
        elif ENTITIES[row.entity].scope is Scope.TEAM:
            if team_before is not None and team_before != row.team_id:
                self._departed[team_before, (row.entity, row.row_id)] = row
        elif owner_before is not None and owner_before != row.person_id:
            for team in self._people[owner_before].active_teams:
                if team is not None:
                    self._departed[team, (row.entity, row.row_id)] = row

    def _join_or_leave(self, row: StoredRow, owner_before: str | None, team_before: str | None) -> None:
        assert row.person_id is not None  # noqa: S101 - asked by the caller
        if owner_before is not None and owner_before != row.person_id:
            # It says nothing any more of whom it named before.
            self._count_as_member(row, owner_before, None)
        self._count_as_member(row, row.person_id, (row.team_id, is_active(row)))
        if team_before is not None and team_before != row.team_id:
            # The team that it named keeps no membership that names another.
            self._departed[team_before, (row.entity, row.row_id)] = row

    def _count_as_member(self, row: StoredRow, person_id: str, membership: tuple[str | None, bool] | None) -> None:
        """Take over what a membership says of somebody, or no longer says, and note whom teams gain and lose by it."""
        belonging = self._people[person_id]
        before = belonging.active_teams
        if membership is None:
            belonging.memberships.pop(row.row_id, None)
        else:
            belonging.memberships[row.row_id] = membership
        if belonging.active_teams - before and person_id in self._known_before:
            self._gained[person_id] = None
        for team in before - belonging.active_teams:
            if team is not None:
                self._departed[team, ("person", person_id)] = row

    def _decide(self, verdict: Verdict) -> None:
        self._verdicts.append(verdict)
        self._unwritten.append(verdict)

    # -- positions

    def _position_for(self, row: StoredRow) -> tuple[int, bool]:
        """Return where an applied change of the row stands, and whether the reply must say so."""
        if (row.entity, row.row_id) in self._out_of_order:
            return self._next_later(), True
        return self._next_plain(), False

    def _next_plain(self) -> int:
        self._plain += 1
        return self._start + self._plain

    def _next_later(self) -> int:
        self._later += 1
        return -self._later

    def _final(self, position: int) -> int:
        return position if position >= 0 else self._start + self._plain - position


def _has(row: StoredRow, name: str, value: object) -> bool:
    """Return whether the row has this value in the field; true is not 1."""
    known = row.fields.get(name, _MISSING)
    return known == value and isinstance(known, bool) == isinstance(value, bool)


def _mean_the_same(one: StoredRow, other: StoredRow) -> bool:
    """Return whether two corrections put the same in the place of what they correct, whatever their reasons."""
    return all(
        one.fields.get(name) == other.fields.get(name)
        for name in (one.fields.keys() | other.fields.keys()) - _OF_THE_CORRECTING
    )


def _is_after(position: int, base: int) -> bool:
    """Return whether a position is newer than what a laptop has seen; places yet to be given are below zero."""
    return position > base or position < 0


def _has_seen_all(change: Change, row: StoredRow) -> bool:
    """Return whether nothing of the row is newer than what the laptop saw; places yet to be given are below zero."""
    return 0 < row.position <= change.base
