"""Who holds what, said a second time: from what is promised of scope, and from none of the server's code.

:class:`Promise` hears what becomes of a cooperation and says which rows each laptop must hold and may be told of. It
rests on `docs/sync.md`, on what a scope means (`app/sync/wire/entities.py`) and on who may see what
(`app/domain/roles.py`). :class:`Shelf` is a laptop as the wire promises it one, and :class:`World` lets both go through
the same days beside a real server.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import zstandard

from app.domain.roles import Right, Role, may
from app.ids import natural_id
from app.sync.wire import codec
from app.sync.wire.entities import ENTITIES, Scope
from app.sync.wire.messages import (
    Answer,
    Change,
    Departure,
    ExchangeReply,
    ExchangeRequest,
    Handshake,
    HandshakeRequest,
    LookReply,
    LookRequest,
    Operation,
    Outcome,
    PullReply,
    PullRequest,
    PushReply,
    PushRequest,
    Receipt,
    ReceiptRequest,
    RepairReply,
    RepairRequest,
    Row,
    Tally,
    answers_of,
)
from app.sync.wire.oversight import LaptopReport, LaptopReportRequest, RevokeRequest
from app.sync.wire.tally import mark_of
from server.accounts import add_user
from tests.server.laptops import AT, Cooperation, Laptop, ServerProcess, new_id, refusal

Key = tuple[str, str]
"""Entity and identifier of a row."""

NOBODY: Final = "nobody"
"""Whom a row belongs to that says of nobody."""
STAYS_WHEN_ERASED: Final = frozenset({"person", "membership", "handout", "erasure"})
"""What stays of somebody who was erased, without a name (`resources/retention.toml`)."""
STAYS_WHEN_ANONYMISED: Final = STAYS_WHEN_ERASED | {"attendance", "measurement", "referral"}
MARKED = re.compile(rb"secret(\d+)x")


# -- what is promised


@dataclass
class Known:
    """One row as it must stand; `said` holds every value that a field ever had."""

    entity: str
    row_id: str
    number: int
    device: str
    fields: dict[str, Any]
    given_at: dict[str, tuple[int, str]]
    is_deleted: bool = False
    teams_before: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    writers: set[str] = field(default_factory=set)

    @property
    def key(self) -> Key:
        """Entity and identifier."""
        return self.entity, self.row_id

    @property
    def person_id(self) -> str:
        """Whom it is about."""
        return self.row_id if self.entity == "person" else self.fields.get("person_id") or NOBODY


@dataclass
class Account:
    """Somebody of the cooperation."""

    role: str
    team_ids: frozenset[str]
    teams_ever: set[str] = field(default_factory=set)
    was_coordinator: bool = False


class Promise:
    """What every laptop must hold, given what has been done."""

    def __init__(self, accounts: dict[str, Account]) -> None:
        self.accounts = accounts
        self.rows: dict[Key, Known] = {}
        self.erased: set[str] = set()
        self.erased_letters: set[str] = set()
        self.refused_about: set[tuple[str, str]] = set()
        """Laptops and of whom one sent something that was refused."""
        self.put_in_vain: set[tuple[str, str]] = set()
        """Letters and on whose page one was put who was slower, as long as no card is known that says so."""
        self.person_teams_ever: dict[str, set[str]] = {}

    # -- who sees what

    def teams_of(self, user: str) -> frozenset[str]:
        """Return the teams whose people and places the user sees."""
        account = self.accounts[user]
        return account.team_ids if may(account.role, Right.SEE_OWN_TEAMS) else frozenset()

    def sees_all(self, user: str) -> bool:
        """Return whether all of the cooperation is the user's to see."""
        return may(self.accounts[user].role, Right.SEE_COOPERATION)

    def teams_of_person(self, person_id: str) -> set[str]:
        """Return the teams that somebody is a member of."""
        return {
            row.fields["team_id"]
            for row in self.rows.values()
            if row.entity == "membership"
            and not row.is_deleted
            and row.fields.get("left_on") is None
            and row.person_id == person_id
        }

    def is_seen(self, user: str, device: str, row: Known) -> bool:
        """Return whether a row, there or deleted, is in the scope of a laptop of the user."""
        scope, teams = ENTITIES[row.entity].scope, self.teams_of(user)
        if scope is Scope.COOPERATION or self.sees_all(user):
            return True
        if scope is Scope.TEAM or (row.entity == "conflict" and row.person_id == NOBODY):
            # A card about what a team shares is the team's, as that is.
            return row.fields.get("team_id") in teams
        if scope is Scope.PERSON:
            # The membership that says when somebody left stays, and names nobody.
            is_own = row.entity == "membership" and row.fields["team_id"] in teams
            return is_own or bool(self.teams_of_person(row.person_id) & teams)
        if scope is Scope.DEVICE:
            is_log = row.entity == "access_log" and may(self.accounts[user].role, Right.SEE_WHOLE_LOG)
            return row.device == device or is_log
        return False

    def held(self, user: str, device: str) -> set[Key]:
        """Return the rows that a laptop of the user must hold after a synchronisation."""
        return {key for key, row in self.rows.items() if not row.is_deleted and self.is_seen(user, device, row)}

    def may_be_told(self, user: str, device: str) -> tuple[set[int], set[str]]:
        """Return the numbers of the secrets and the identifiers that an answer to the laptop may hold."""
        seen = [row for row in self.rows.values() if self.is_seen(user, device, row)]
        ids = {row.row_id for row in seen}.union(*(row.said for row in seen))
        return {row.number for row in seen}, ids

    def may_be_told_gone(self, user: str, device: str, left: Departure) -> bool:
        """Return whether a laptop may hear that something left: it was its own once, and is not now."""
        teams = self.accounts[user].team_ids
        row = self.rows.get((left.entity, left.row_id))
        if row is None or self.is_seen(user, device, row):
            return False
        if left.entity == "person" or left.erased:
            was_own = bool(self.person_teams_ever.get(row.person_id, set()) & teams)
            is_erased = row.person_id in self.erased or row.row_id in self.erased_letters
            # What it has itself sent of somebody, a laptop may have whatever its user's teams are.
            was_own |= is_erased and self._has_written_of(device, row)
            return was_own and is_erased >= left.erased and (left.entity == "person" or device in row.writers)
        return bool(row.teams_before & teams) or bool(self.person_teams_ever.get(row.person_id, set()) & teams)

    def _has_written_of(self, device: str, row: Known) -> bool:
        """Return whether a laptop has sent anything of whom a row is about, or of a letter."""
        if row.row_id in self.erased_letters:
            return device in row.writers
        return (device, row.person_id) in self.refused_about or any(
            device in other.writers for other in self.rows.values() if other.person_id == row.person_id
        )

    def was_given_away(self, key: Key) -> bool:
        """Return whether a row was about one person and then about another."""
        row = self.rows[key]
        people = {person_id for entity, person_id in self.rows if entity == "person"}
        return ENTITIES[row.entity].scope is Scope.PERSON and len(row.said & people) > 1

    # -- what is done

    def take(self, device: str, change: Change, position: int, outcome: Outcome, number: int) -> None:
        """Hear that a change was taken at a position."""
        key = change.entity, change.row_id
        row = self.rows.get(key)
        if change.entity == "conflict":
            if row is not None:
                row.is_deleted = True
            return
        if row is None or (change.operation is Operation.INSERT and row.is_deleted):
            row = self._begin(row, device, change, position, number)
        elif change.operation is Operation.DELETE:
            row.is_deleted = outcome is not Outcome.CONFLICT
        elif not row.is_deleted:
            self._patch(row, device, change, position)
        if outcome is Outcome.CONFLICT and change.fields.get("linked_person_id"):
            self.put_in_vain.add((change.row_id, change.fields["linked_person_id"]))
        row.writers.add(device)
        row.said |= {value for value in change.fields.values() if isinstance(value, str)}
        self._note_teams()
        if change.entity == "erasure":
            self._erase(change.fields["person_id"], change.fields["manner"])

    def _begin(self, before: Known | None, device: str, change: Change, position: int, number: int) -> Known:
        row = Known(
            change.entity,
            change.row_id,
            number if before is None else before.number,
            device,
            dict(change.fields),
            dict.fromkeys(change.fields, (position, device)),
        )
        if before is not None:
            row.said, row.writers, row.teams_before = before.said, before.writers, before.teams_before
        self.rows[row.key] = row
        return row

    def _patch(self, row: Known, device: str, change: Change, position: int) -> None:
        """Merge field by field: what somebody else gave a field since the laptop saw it stands."""
        for name, value in change.fields.items():
            given_at, by = row.given_at.get(name, (0, device))
            if row.fields.get(name) == value or (given_at > change.base and by != device):
                continue
            row.fields[name] = value
            row.given_at[name] = position, device

    def _note_teams(self) -> None:
        for row in self.rows.values():
            if row.fields.get("team_id") is not None:
                row.teams_before.add(row.fields["team_id"])
            if ENTITIES[row.entity].scope is Scope.PERSON:
                row.teams_before |= self.teams_of_person(row.person_id)
            if row.entity == "membership":
                self.person_teams_ever.setdefault(row.person_id, set()).add(row.fields["team_id"])

    def _erase(self, person_id: str, manner: str) -> None:
        self.erased.add(person_id)
        stays = STAYS_WHEN_ANONYMISED if manner == "anonymise" else STAYS_WHEN_ERASED
        letters = self._letters_about(person_id)
        self.erased_letters |= letters
        for row in self.rows.values():
            is_theirs = row.person_id == person_id and row.entity not in stays
            is_card = row.entity == "conflict" and row.fields["row_id"] in letters
            if (is_theirs and ENTITIES[row.entity].scope is Scope.PERSON) or row.row_id in letters or is_card:
                row.is_deleted = True

    def _letters_about(self, person_id: str) -> set[str]:
        """Return the letters on somebody's page, and those on nobody's that a card might still put there."""
        asked = self.put_in_vain | {
            (row.fields["row_id"], row.fields["contender_value"])
            for row in self.rows.values()
            if row.entity == "conflict" and not row.is_deleted and row.fields["field"] == "linked_person_id"
        }
        return {
            row.row_id
            for row in self.rows.values()
            if row.entity == "incoming_message"
            and (
                row.fields.get("linked_person_id") == person_id
                or ((row.row_id, person_id) in asked and (row.is_deleted or not row.fields.get("linked_person_id")))
            )
        }

    def learn_card(self, card: Row, number: int) -> None:
        """Hear from the coordinator's laptop of a card that the server wrote."""
        if (card.entity, card.row_id) not in self.rows:
            said = {value for value in card.fields.values() if isinstance(value, str)}
            self.rows[card.entity, card.row_id] = Known(
                card.entity, card.row_id, number, "", dict(card.fields), {}, said=said
            )


# -- a laptop


@dataclass
class Shelf:
    """What lies on a laptop, and what it has still to send."""

    name: str
    laptop: Laptop
    rows: dict[Key, Row] = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)
    leaving: set[Key] = field(default_factory=set)
    own: list[tuple[int, int]] = field(default_factory=list)
    scope: str = ""
    team_ids: list[str] = field(default_factory=list)
    role: str = ""
    is_complete: bool = False
    turn: str = ""
    is_revoked: bool = False
    is_worked_late: bool = False
    is_account_another: bool = False
    confirmed: set[Key] = field(default_factory=set)
    since: set[Key] = field(default_factory=set)

    @property
    def device(self) -> str:
        """Its identifier."""
        return self.laptop.account.device_id

    def works_for(self, team_id: str) -> bool:
        """Return whether the laptop knows the team for its user's: it may not have heard yet that they changed."""
        return team_id in self.team_ids or may(self.role, Right.SEE_COOPERATION)

    def apply(self, page: PullReply) -> None:
        """Take over a page."""
        for row in page.rows:
            key = row.entity, row.row_id
            self.leaving.discard(key)
            if row.deleted:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        self.leaving |= {(left.entity, left.row_id) for left in page.left}
        self.laptop.cursor = page.cursor
        self.is_complete = not page.more

    def let_go(self) -> None:
        """Remove what has left and of which nothing is unsent."""
        unsent = {change.row_id for change in self.pending}
        for entity, row_id in sorted(self.leaving):
            going = {(entity, row_id)} & set(self.rows)
            of_them = {row_id}
            if entity == "person":
                about = {key for key, row in self.rows.items() if self.person_of(row) == row_id}
                of_them |= {key[1] for key in about}
                going |= {
                    key
                    for key in about
                    if not (key[0] == "membership" and self.rows[key].fields["team_id"] in self.team_ids)
                }
            unsent_about = {c.row_id for c in self.pending if c.fields.get("person_id") == row_id}
            if of_them & unsent or unsent_about:
                continue
            for key in going:
                del self.rows[key]
            self.leaving.discard((entity, row_id))

    @staticmethod
    def person_of(row: Row) -> str | None:
        """Whom a row goes with when they leave."""
        if ENTITIES[row.entity].scope is not Scope.PERSON:
            return None
        return row.row_id if row.entity == "person" else row.fields.get("person_id")

    def tallies(self) -> dict[str, Tally]:
        """What its rows add up to."""
        counted: dict[str, Tally] = {}
        for row in self.rows.values():
            so_far = counted.get(row.entity, Tally())
            counted[row.entity] = Tally(so_far.rows + 1, so_far.hash + mark_of(row.row_id, row.position))
        return counted

    def answered(self, change: Change, answer: Answer) -> None:
        """What was plainly applied is here as it was sent, and need not come back; what was deleted is gone."""
        key = change.entity, change.row_id
        if change.operation is Operation.DELETE and answer.outcome in (Outcome.APPLIED, Outcome.MERGED):
            self.rows.pop(key, None)
            return
        if answer.outcome is not Outcome.APPLIED or change.operation is Operation.DELETE:
            return
        before = self.rows.get(key)
        if change.operation is Operation.INSERT:
            self.rows[key] = Row(entity=key[0], row_id=key[1], position=answer.position, fields=dict(change.fields))
        elif before is not None:
            self.rows[key] = msgspec.structs.replace(
                before, position=answer.position, fields={**before.fields, **change.fields}
            )
        self.own = [*self.own, (answer.position, answer.position)][-100:]


# -- both beside a real server


@dataclass
class Tried:
    """What a run has tried, for its last line."""

    days: int = 0
    changes: int = 0
    syncs: int = 0
    answers: int = 0
    reports: int = 0

    def __str__(self) -> str:
        return (
            f"of who sees what {self.days} days, {self.changes} changes, {self.syncs} synchronisations compared,"
            f" {self.answers} answers read to the last byte, {self.reports} laptop reports"
        )


TRIED = Tried()
USERS = ("mette", "jens", "sara", "tove", "kirsten", "anders")
TEAM_ROWS = ("place", "course", "session", "incoming_message", "outreach_visit")
PERSON_ROWS = ("attendance", "referral", "measurement", "handout")
OTHER_ROWS = ("stock_movement", "access_log")
COORDINATORS_ROWS = ("programme_version", "day_off", "pharmacy_invoice")


class World:
    """A cooperation with laptops and a promise beside it; every step is compared with what is promised."""

    def __init__(self, server: ServerProcess) -> None:
        with server.connect() as connection:
            self.cooperation = Cooperation.make(connection, server)
            north, south = self.cooperation.north, self.cooperation.south
            self.teams = (north, south)
            self.cooperation.users["tove"] = new_id()
            add_user(
                connection, self.cooperation.users["tove"], cooperation_id=self.cooperation.id, name="tove",
                role="counsellor", team_ids=[north, south],
            )  # fmt: skip
        teams = {"mette": {north}, "jens": {north}, "sara": {south}, "tove": {north, south}}
        roles = {"kirsten": "coordinator", "anders": "auditor"}
        self.promise = Promise(
            {user: Account(roles.get(user, "counsellor"), frozenset(teams.get(user, set()))) for user in USERS}
        )
        self.server = server
        self.numbers = self.edits = 0
        self.wanted: dict[str, str] = {}
        self.story: list[str] = []
        self.is_broken = False
        self.names: dict[str, str] = {north: "north", south: "south"}
        self.seen: dict[tuple[Key, int], dict[str, Any]] = {}
        with server.connect() as connection:
            self.server_id, self.epoch = connection.execute("SELECT server_id, epoch FROM server_identity").fetchone()
        self.shelves = {user: self.enrol(user) for user in USERS}
        self.witness = self.enrol("kirsten")
        TRIED.days += 1

    def enrol(self, user: str) -> Shelf:
        """Give a user another laptop."""
        laptop = self.cooperation.laptop(user)
        return Shelf(user, laptop, team_ids=laptop.account.team_ids, role=laptop.account.role)

    def close(self) -> None:
        """Put the lines away."""
        self.cooperation.http.clear()

    # -- words

    def number(self, what: str, row_id: str) -> int:
        """Give a row its number and its name in messages."""
        self.numbers += 1
        self.names[row_id] = f"{what} {self.numbers}"
        return self.numbers

    def name(self, key: Key) -> str:
        """What a message calls a row, with whose it is and where that is."""
        row = self.promise.rows.get(key)
        if row is None:
            return f"{key[0]} {key[1][-6:]} (nobody made it)"
        said = {name: self.names.get(str(value), value) for name, value in row.fields.items() if name != "note"}
        about = f"{key[0]} {row.number} {said}"
        if ENTITIES[key[0]].scope is Scope.PERSON:
            about += f", who is in {self._teams(self.promise.teams_of_person(row.person_id))}"
        return about + (", deleted" if row.is_deleted else "")

    def who(self, shelf: Shelf) -> str:
        """What a message calls a laptop."""
        account = self.promise.accounts[shelf.name]
        return f"{shelf.name}'s laptop ({account.role} of {self._teams(account.team_ids)})"

    def _teams(self, team_ids: Iterable[str]) -> str:
        return " and ".join(sorted(self.names[team] for team in team_ids)) or "no team"

    def _wrong(self, shelf: Shelf, what: str, keys: Iterable[Key]) -> str:
        self.is_broken = True
        rows = sorted(self.name(key) for key in keys)
        return "\n".join([f"{self.who(shelf)} {what}:", *(f"  - {row}" for row in rows), "what was done:", *self.story])

    # -- asking

    def ask(self, shelf: Shelf, path: str, request: Any, kind: type[Any]) -> Any:
        """Ask the server as the laptop does, and look at every byte of what it says."""
        response = shelf.laptop.send(path, codec.pack(request))
        if shelf.is_revoked:
            assert response.status == 401, (path, response.status)
            assert refusal(response) == "revoked-token", response.data
            return None
        assert response.status == 200, (self.who(shelf), path, response.status, response.data)
        with zstandard.ZstdDecompressor().stream_reader(response.data) as reader:
            told = reader.read()
        TRIED.answers += 1
        reply = codec.unpack(response.data, kind)
        # The answers to what was sent say what is so from now on.
        pushed = reply if kind is PushReply else getattr(reply, "pushed", None)
        if pushed is not None:
            self._take(shelf, request.changes, answers_of(pushed))
        self._check_bytes(shelf, path, told, reply)
        return reply

    def _check_bytes(self, shelf: Shelf, path: str, told: bytes, reply: Any) -> None:
        page = reply if isinstance(reply, PullReply | RepairReply) else getattr(reply, "page", None)
        rows = [] if page is None else page.rows
        self._learn_cards(rows)
        numbers, ids = self.promise.may_be_told(shelf.name, shelf.device)
        secrets = {int(number) for number in MARKED.findall(told)} - numbers
        keys = {key for key, row in self.promise.rows.items() if row.number in secrets}
        assert not secrets, self._wrong(shelf, f"is told by {path} what is outside its scope", keys)
        gone = {left.row_id for left in page.left} if isinstance(page, PullReply) else set()
        if isinstance(page, RepairReply):
            return
        strangers = {
            key
            for key, row in self.promise.rows.items()
            if row.row_id not in ids | gone and row.row_id.encode() in told
        }
        assert not strangers, self._wrong(shelf, f"is told by {path} of rows outside its scope", strangers)
        if page is not None:
            wrong = {
                (left.entity, left.row_id)
                for left in page.left
                if not self.promise.may_be_told_gone(shelf.name, shelf.device, left)
            }
            assert not wrong, self._wrong(shelf, f"is told by {path} that it left, and it did not", wrong)
        for row in rows:
            if not row.deleted:
                self._check_same(shelf, row)

    def _check_same(self, shelf: Shelf, row: Row) -> None:
        """Two laptops that hold a row at one position hold the same of it."""
        seen = self.seen.setdefault(((row.entity, row.row_id), row.position), row.fields)
        key = row.entity, row.row_id
        assert seen == row.fields, self._wrong(shelf, f"holds {row.fields}, and another {seen} of", {key})

    def _learn_cards(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.entity == "conflict" and not row.deleted and ("conflict", row.row_id) not in self.promise.rows:
                raise AssertionError(f"a card that the coordinator was not told of: {row}")

    def look_for_cards(self) -> None:
        """Let the coordinator's other laptop tell of the cards that the server wrote and closed.

        Which there are is promised elsewhere; here it is who sees them.
        """
        self.promise.put_in_vain.clear()
        came: list[Row] = []
        while True:
            page = self.witness.laptop.pull_page(self.witness.laptop.cursor)
            came.extend(page.rows)
            self.witness.laptop.cursor = page.cursor
            if not page.more:
                break
        for row in came:
            if row.entity == "conflict" and row.deleted and ("conflict", row.row_id) in self.promise.rows:
                # A choice made with both values in view closes it.
                self.promise.rows["conflict", row.row_id].is_deleted = True
            elif row.entity == "conflict" and not row.deleted:
                subject = self.promise.rows[row.fields["entity"], row.fields["row_id"]]
                # What a card shows are the values of the row that it is about.
                self.names.setdefault(row.row_id, f"card {subject.number}")
                self.promise.learn_card(row, subject.number)

    def _take(self, shelf: Shelf, changes: list[Change], answers: list[Answer]) -> None:
        for change, answer in zip(changes, answers, strict=True):
            TRIED.changes += 1
            shelf.pending.remove(change)
            said = {name: self.names.get(value, value) for name, value in change.fields.items()}
            self.story.append(
                f"{answer.position} {shelf.name} {change.operation.value}s {self.names.get(change.row_id)} {said},"
                f" seen at {change.base}: {answer.outcome.value} {answer.code}"
            )
            shelf.answered(change, answer)
            if answer.outcome in (Outcome.APPLIED, Outcome.MERGED, Outcome.CONFLICT):
                number = self._number_of(change)
                self.promise.take(shelf.device, change, answer.position, answer.outcome, number)
                self.note_scope()
                taken = self.promise.rows[change.entity, change.row_id]
                shelf.is_worked_late |= not self.promise.is_seen(shelf.name, shelf.device, taken)
            else:
                if person_id := change.fields.get("person_id"):
                    self.promise.refused_about.add((shelf.device, person_id))
                if (change.entity, change.row_id) in self.promise.rows:
                    # What a laptop sent of a row, it may keep: of an erasure it is told by that row's key.
                    self.promise.rows[change.entity, change.row_id].writers.add(shelf.device)
            self._check_outcome(shelf, change, answer)
        self.look_for_cards()
        self.note_scope()

    def note_scope(self) -> None:
        """Remember what each laptop may have been told since it said how far it had come."""
        for shelf in self.shelves.values():
            shelf.since |= self.promise.held(shelf.name, shelf.device)

    def _number_of(self, change: Change) -> int:
        found = MARKED.search(str(change.fields.get("note", "")).encode())
        if found:
            return int(found[1])
        return int(self.names[change.row_id].split()[-1])

    def _check_outcome(self, shelf: Shelf, change: Change, answer: Answer) -> None:
        """What was made of what a laptop held is taken, late too, unless somebody was erased meanwhile."""
        is_refused = answer.outcome in (Outcome.REFUSED, Outcome.TRY_LATER)
        wanted = self.wanted.pop(change.change_id, None)
        said = f"{change.entity} {change.operation.value} {answer.outcome.value} {answer.code}"
        key = change.entity, change.row_id
        if wanted == "refused":
            assert is_refused, self._wrong(shelf, f"may not write there, and it was taken ({said})", {key})
        elif wanted == "withheld":
            is_withheld = is_refused or answer.outcome is Outcome.CONFLICT
            assert is_withheld, self._wrong(shelf, f"may not join with whom it never saw ({said})", {key})
        elif wanted == "taken":
            person_id = self._person_of(change)
            # A letter on the page of somebody erased went with them.
            linked = {row.fields.get("linked_person_id") for row in self.promise.rows.values() if row.key == key}
            excused = (
                (answer.code == "person-erased" and not self.promise.erased.isdisjoint({person_id, *linked}))
                or (answer.code == "out-of-scope" and not self._has_trace(shelf.name, person_id))
                # What was refused when it was made is not there to be changed.
                or (answer.code == "no-such-row" and key not in self.promise.rows)
            )
            assert not is_refused or excused, self._wrong(
                shelf, f"worked on what it held, and it was refused ({said})", {key}
            )

    def _has_trace(self, user: str, person_id: str) -> bool:
        """Return whether a membership still says that somebody was in a team of the user.

        One that was given to another person or team says so no more, and late work is refused then.
        """
        account = self.promise.accounts[user]
        teams = account.teams_ever | account.team_ids
        return any(
            row.entity == "membership" and row.person_id == person_id and row.fields["team_id"] in teams
            for row in self.promise.rows.values()
        )

    def _person_of(self, change: Change) -> str:
        row = self.promise.rows.get((change.entity, change.row_id))
        if change.entity == "person":
            return change.row_id
        about = change.fields.get("person_id") or change.fields.get("linked_person_id")
        return about or (row.person_id if row is not None else NOBODY)

    # -- what people do

    def at(self, shelf: Shelf) -> dict[Key, dict[str, Any]]:
        """Return what somebody sees on the laptop: what the server has, and what is unsent on top."""
        seen = {key: dict(row.fields) for key, row in shelf.rows.items()}
        for change in shelf.pending:
            key = change.entity, change.row_id
            if change.operation is Operation.DELETE:
                seen.pop(key, None)
            elif change.operation is Operation.INSERT or key in seen:
                seen[key] = {**seen.get(key, {}), **change.fields}
        return seen

    def pick(self, shelf: Shelf, which: int, *entities: str) -> tuple[Key, dict[str, Any]] | None:
        """Return one of the rows on the laptop, in the order in which they were made."""
        found = {key: fields for key, fields in self.at(shelf).items() if key[0] in entities}
        if not found:
            return None
        order = list(self.names)
        keys = sorted(found, key=lambda key: order.index(key[1]))
        key = keys[which % len(keys)]
        return key, found[key]

    def _write(self, shelf: Shelf, key: Key, fields: dict[str, Any], operation: Operation, wanted: str | None) -> None:
        seen = shelf.rows.get(key)
        change = shelf.laptop.change(
            *key, fields, operation=operation, base=0 if seen is None else seen.position, schema=2
        )
        shelf.pending.append(change)
        if wanted is not None:
            self.wanted[change.change_id] = wanted

    def make(
        self, shelf: Shelf, entity: str, fields: dict[str, Any], *, row_id: str = "", wanted: str | None = "taken"
    ) -> str:
        """Make a row with a secret in it and return its identifier; one that a laptop may not make is refused."""
        row_id = row_id or new_id()
        known = next((row.number for key, row in self.promise.rows.items() if key[1] == row_id), 0)
        number = known or self.number(entity, row_id)
        if entity != "access_log" and not may(shelf.role, Right.WRITE_RECORDS):
            wanted = None
        self.edits += 1
        secret = f"secret{number}x{self.edits}"
        self._write(shelf, (entity, row_id), {**fields, "note": secret}, Operation.INSERT, wanted)
        return row_id

    def edit(self, shelf: Shelf, key: Key, fields: dict[str, Any], *, wanted: str | None = "taken") -> None:
        """Change fields of a row."""
        if wanted == "taken" and not may(shelf.role, Right.WRITE_RECORDS):
            # That laptop knows already that it only reads; what it did not know yet is taken.
            wanted = None
        self._write(shelf, key, fields, Operation.UPDATE, wanted)

    def write_note(self, shelf: Shelf, key: Key, *, wanted: str | None = "taken") -> None:
        """Put another secret into a row."""
        self.edits += 1
        number = self.promise.rows[key].number if key in self.promise.rows else int(self.names[key[1]].split()[-1])
        self.edit(shelf, key, {"note": f"secret{number}x{self.edits}"}, wanted=wanted)

    def delete(self, shelf: Shelf, key: Key) -> None:
        """Delete a row."""
        self._write(shelf, key, {}, Operation.DELETE, None)

    def join(self, shelf: Shelf, person_id: str, team_id: str, seen: dict[Key, dict[str, Any]]) -> None:
        """Let a team have somebody; the same membership is the same row on every laptop."""
        row_id = natural_id("membership", person_id, team_id)
        if ("membership", row_id) in seen:
            self.edit(shelf, ("membership", row_id), {"left_on": None}, wanted=None)
        else:
            fields = {"person_id": person_id, "team_id": team_id, "joined_on": "2026-03-02", "left_on": None}
            if row_id not in self.names:
                self.number("membership", row_id)
            self._write(shelf, ("membership", row_id), fields, Operation.INSERT, None)

    # -- accounts and laptops

    def was_never_seen(self, shelf: Shelf, row: Known) -> bool:
        """Return whether the user of a laptop never had a team or a role that saw the row."""
        account = self.promise.accounts[shelf.name]
        teams = account.teams_ever | account.team_ids
        if account.was_coordinator or row.device == shelf.device or ENTITIES[row.entity].writer != "counsellor":
            return False
        ever = row.teams_before | self.promise.person_teams_ever.get(row.person_id, set())
        return not row.is_deleted and not ever & teams

    def change_account(self, user: str, *, role: str = "", team_ids: frozenset[str] | None = None) -> None:
        """Give a user another role or other teams."""
        account = self.promise.accounts[user]
        account.teams_ever |= account.team_ids
        account.role = role or account.role
        account.team_ids = account.team_ids if team_ids is None else team_ids
        account.was_coordinator |= account.role == Role.COORDINATOR
        self.story.append(f"{user} becomes {account.role} of {self._teams(account.team_ids)}")
        with self.server.connect() as connection:
            add_user(
                connection, self.cooperation.users[user], cooperation_id=self.cooperation.id, name=user,
                role=account.role, team_ids=account.team_ids,
            )  # fmt: skip
        for shelf in self.shelves.values():
            shelf.is_account_another |= shelf.name == user
        self.note_scope()

    def revoke_or_readmit(self, shelf: Shelf) -> None:
        """Take a laptop's access away, or let it in again."""
        shelf.is_revoked = not shelf.is_revoked
        self.story.append(f"{shelf.name}'s laptop is {'revoked' if shelf.is_revoked else 'readmitted'}")
        request = RevokeRequest(
            database_id=self.witness.laptop.database_id, device_id=shelf.device, is_revoked=shelf.is_revoked
        )
        assert self.witness.laptop.send("/v1/revoke", codec.pack(request)).status == 200

    # -- synchronising

    def _marks(self, shelf: Shelf) -> dict[str, Any]:
        return {
            "database_id": shelf.laptop.database_id,
            "server_id": self.server_id,
            "epoch": self.epoch,
            "schema": 2,
            "time": AT,
            "turn": shelf.turn,
            "pending": len(shelf.pending),
            "cursor": shelf.laptop.cursor,
        }

    def push(self, shelf: Shelf) -> None:
        """Send what is unsent, and no more: the line is cut before anything is read."""
        if shelf.pending:
            request = PushRequest(database_id=shelf.laptop.database_id, changes=list(shelf.pending))
            self.ask(shelf, "/v1/push", request, PushReply)

    def pages(self, shelf: Shelf, limit: int, page: PullReply | None = None) -> PullReply | None:
        """Read to the end and return the last page; the first may have come along with something else."""
        while page is None or page.more:
            if page is None or page.more:
                request = PullRequest(
                    database_id=shelf.laptop.database_id, cursor=shelf.laptop.cursor, is_complete=shelf.is_complete,
                    limit=limit, turn=shelf.turn, own=shelf.own,
                )  # fmt: skip
                page = self.ask(shelf, "/v1/pull", request, PullReply)
                if page is None:
                    return None
                shelf.apply(page)
        return page

    def sync(self, shelf: Shelf, *, limit: int = 2000, at_once: bool = False) -> None:
        """Synchronise, and compare what lies on the laptop with what is promised."""
        TRIED.syncs += 1
        self.story.append(f"{shelf.name} synchronises{' at once' if at_once else ''}, {limit} rows to a page")
        first = None
        shelf.own = []
        if at_once and not shelf.is_revoked:
            if not shelf.turn:
                hands = self.ask(shelf, "/v1/handshake", HandshakeRequest(**self._marks(shelf)), Handshake)
                shelf.turn = hands.turn
            first = self._at_once(shelf, limit)
        else:
            self.push(shelf)
        last = self.pages(shelf, limit, first)
        if last is None:
            return
        is_another = last.scope != shelf.scope
        was_known = bool(shelf.scope)
        shelf.scope, shelf.team_ids, shelf.role = last.scope, last.team_ids, last.role
        if is_another and was_known:
            shelf.laptop.cursor, shelf.is_complete = 0, False
            last = self.pages(shelf, limit)
            assert last is not None
            shelf.is_worked_late = True
        shelf.let_go()
        if shelf.is_worked_late:
            # What was read before, or was taken late, is told by no departure: that is found out row by row.
            self._repair(shelf, last, limit)
            shelf.is_worked_late = False
        self._check(shelf, last)
        self._confirm(shelf)

    def then(self, shelf: Shelf, what: str) -> None:
        """What is done after something was written: nothing, it is sent, or all is brought to the same state."""
        if what == "send":
            self.push(shelf)
        elif what == "sync":
            self.sync(shelf)

    def evening(self) -> None:
        """Let everybody in and synchronise, an older laptop as a new one, and ask what each laptop held."""
        if self.is_broken:
            return
        for shelf in self.shelves.values():
            if shelf.is_revoked:
                self.revoke_or_readmit(shelf)
            self.push(shelf)
        for shelf in self.shelves.values():
            self.sync(shelf)
            self.report(shelf)
        for user in self.shelves:
            self.sync(self.enrol(user))

    def _at_once(self, shelf: Shelf, limit: int) -> PullReply | None:
        known = {
            **self._marks(shelf), "through_sequence": shelf.laptop.sequence, "limit": limit, "reports_in": True,
            "is_complete": shelf.is_complete,
        }  # fmt: skip
        if shelf.pending:
            known["next_turn"] = f"{int(shelf.turn.partition('.')[0]) + 1}.{new_id()}"
            request = ExchangeRequest(**known, changes=list(shelf.pending))
            reply = self.ask(shelf, "/v1/exchange", request, ExchangeReply)
        else:
            reply = self.ask(shelf, "/v1/look", LookRequest(**known), LookReply)
        shelf.turn = reply.hands.turn
        shelf.apply(reply.page)
        return reply.page

    def _repair(self, shelf: Shelf, last: PullReply, limit: int) -> None:
        held = shelf.tallies()
        for entity in sorted({*held, *last.tallies}):
            if held.get(entity, Tally()) == last.tallies.get(entity, Tally()):
                continue
            while True:
                here = {key[1]: row.position for key, row in shelf.rows.items() if key[0] == entity}
                request = RepairRequest(
                    database_id=shelf.laptop.database_id, entity=entity, row_ids=list(here),
                    positions=list(here.values()), limit=limit,
                )  # fmt: skip
                reply = self.ask(shelf, "/v1/repair", request, RepairReply)
                for row in reply.rows:
                    assert not row.deleted
                    shelf.rows[entity, row.row_id] = row
                for row_id in reply.left:
                    shelf.rows.pop((entity, row_id), None)
                if not reply.more:
                    break

    def _check(self, shelf: Shelf, last: PullReply) -> None:
        wanted = self.promise.held(shelf.name, shelf.device)
        here = set(shelf.rows)
        assert not wanted - here, self._wrong(shelf, "lacks", wanted - here)
        assert not here - wanted, self._wrong(shelf, "must not hold", here - wanted)
        assert last.tallies == shelf.tallies(), (self.who(shelf), last.tallies, shelf.tallies())
        assert set(last.team_ids) == set(self.promise.teams_of(shelf.name)), (self.who(shelf), last.team_ids)
        assert last.role == self.promise.accounts[shelf.name].role
        request = ReceiptRequest(
            database_id=shelf.laptop.database_id, through_sequence=shelf.laptop.sequence, cursor=shelf.laptop.cursor
        )
        receipt = self.ask(shelf, "/v1/receipt", request, Receipt)
        assert receipt.rows == Counter(entity for entity, _ in wanted), (self.who(shelf), receipt.rows)
        assert receipt.held + receipt.refused == receipt.through_sequence
        for row in shelf.rows.values():
            self._check_same(shelf, row)

    def _confirm(self, shelf: Shelf) -> None:
        """The receipt said how far the laptop has come."""
        shelf.confirmed = set(shelf.rows)
        shelf.since = set(shelf.rows)
        shelf.is_account_another = False

    def report(self, shelf: Shelf) -> None:
        """Ask what the laptop held, and compare with what lay on it when it last said how far it had come."""
        TRIED.reports += 1
        request = LaptopReportRequest(database_id=self.witness.laptop.database_id, device_id=shelf.device)
        response = self.witness.laptop.send("/v1/laptop-report", codec.pack(request))
        assert response.status == 200, response.data
        said = codec.unpack(response.data, LaptopReport)
        held = shelf.confirmed
        people, perhaps = ({key for key in keys if key[0] == "person"} for keys in (held, shelf.since))
        told = {("person", person.person_id) for person in said.people}
        assert not people - told, self._wrong(shelf, "held, and its report does not say,", people - told)
        assert shelf.is_account_another or not told - perhaps, self._wrong(
            shelf, "never held, and its report says,", told - perhaps
        )
        # A row that another person was given after whom it was about had left is told of by their departure alone.
        certain = [key for key in held if not self.promise.was_given_away(key)]
        least = Counter(entity for entity, _ in certain)
        lacking = {key for key in certain if said.kinds.get(key[0], 0) < least[key[0]]}
        assert not lacking, self._wrong(shelf, f"held, and its report says {said.kinds} of", lacking)
