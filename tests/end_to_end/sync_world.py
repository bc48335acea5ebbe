"""Laptops, a coordinator, a server and the line between them; what anybody may do there, and what must hold then.

The world remembers every change that was ever made, so it knows when one has vanished, come twice, or been called
received while the server lacks it.
"""

import shutil
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import event, select

from app.domain.roles import Role
from app.errors import KnownProblem, RuleRefusal
from app.ids import natural_id, new_id
from app.models.base import synced_tables, to_wire
from app.models.course import Attendance
from app.models.local import Leaving, OutboxEntry, ValueHistory
from app.models.organisation import Place
from app.models.oversight import Erasure
from app.models.person import Membership, Person
from app.models.smoking import Conflict, Handout
from app.services.citizens_rights import ErasePerson, erase_person
from app.services.forget_erased import forget_erased
from app.services.merge_people import MergePeople, merge_people, unmerge_people
from app.settings import KEY_FILE_NAME
from app.storage.engine import UnitOfWork, create_store, open_store
from app.storage.queries.unsent import sync_state
from app.sync.client import SyncClient
from app.sync.engine import synchronise
from app.sync.enrol import enrol
from app.sync.report import SyncProgress, SyncReport
from app.sync.wire.entities import ENTITIES
from app.sync.wire.messages import PullReply, PullRequest, PushReply, PushRequest
from server.accounts import add_user, asker_of, set_teams
from server.database import Connection
from server.identity import begin_epoch
from server.scope import condition, parameters
from tests.disturbing_proxy import Killed, Proxy, running
from tests.integration.sync.desk import KEY, TODAY, Desk
from tests.security.test_citizens_rights import everything_on
from tests.server.laptops import Cooperation, ServerProcess, everything_kept

NAMES = ("mette", "jens", "sara", "kirsten")
COORDINATOR = "kirsten"
# The S608 exceptions below: the names in those statements are these, never a value from outside.
KEPT_TABLES = ("change", "row", "tally", "departure")


class OldClient(SyncClient):
    """A laptop of two versions ago: shakes no hands, and passes over what it has never heard of."""

    def handshake(self, request: object) -> None:
        """Know nothing of handshakes."""

    def look(self, request: object) -> None:
        """Know nothing of looking either."""

    def push(self, request: PushRequest) -> PushReply:
        """Send changes as that version wrote them."""
        old = [msgspec.structs.replace(change, schema=1) for change in request.changes]
        reply = super().push(msgspec.structs.replace(request, changes=old))
        return msgspec.structs.replace(reply, highest_sequence=0)

    def pull(self, request: PullRequest) -> PullReply:
        """Read rows and nothing else."""
        return msgspec.structs.replace(super().pull(request), left=[], tallies={}, scope="", team_ids=[], role="")


@dataclass
class Laptop:
    """One laptop with its own disturbed line; `made` are the changes on its disk that must not vanish."""

    name: str
    desk: Desk
    proxy: Proxy
    is_old: bool = False
    made: set[str] = field(default_factory=set)
    backup: Path | None = None
    is_truth_known: bool = True

    def outbox(self) -> dict[str, str]:
        """Every change on the disk and where it stands."""
        with self.desk.store.session() as session:
            return dict(session.execute(select(OutboxEntry.change_id, OutboxEntry.state)).all())

    def note_made(self) -> None:
        """Remember what was made since."""
        self.made |= set(self.outbox())

    def reopen(self) -> None:
        """Start the program again after it died: nothing of it holds the file any more."""
        self.desk.line.drop()
        self.desk.store.close()
        self.desk.store = open_store(self.desk.store.path, KEY)


@dataclass
class Tried:
    """What a run has tried, for its last line."""

    sequences: int = 0
    steps: int = 0
    syncs: int = 0
    changes: int = 0
    restores: int = 0
    kills: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    erased: int = 0
    lost: int = 0
    doubled: int = 0

    def __str__(self) -> str:
        injected = sum(self.faults.values())
        return (
            f"{self.sequences} sequences, {self.steps} steps, {self.syncs} synchronisations, {injected} faults injected"
            f" ({', '.join(f'{name} {count}' for name, count in sorted(self.faults.items()))}), {self.kills} kills,"
            f" {self.restores} restores, {self.changes} changes,"
            f" {self.erased} people erased: {self.lost} lost, {self.doubled} doubled"
        )


TRIED = Tried()


class World:
    """One cooperation and its laptops, from the first morning to the evening on which everything must agree."""

    def __init__(self, server: ServerProcess, folder: Path, template: Path) -> None:
        self.server = server
        self.folder = folder / uuid.uuid4().hex
        self.folder.mkdir()
        self._template = template
        self._stack = ExitStack()
        with server.connect() as connection:
            self.cooperation = Cooperation.make(connection, server)
        self._stack.callback(self.cooperation.http.clear)
        self.laptops = {name: self.new_laptop(name) for name in NAMES}
        self.only_on_server: set[str] = set()
        # By which each person is known again in what anybody keeps.
        self._marked: dict[str, str] = {}
        self._has_backup = False
        TRIED.sequences += 1

    def close(self) -> None:
        """Put everything away."""
        for laptop in self.laptops.values():
            TRIED.faults.update(laptop.proxy.injected)
            TRIED.changes += len(laptop.made)
            laptop.desk.store.close()
        self._stack.close()
        with self.server.connect() as connection:
            for table in KEPT_TABLES:
                connection.execute(f"DELETE FROM {table} WHERE cooperation_id = %s", (self.cooperation.id,))  # noqa: S608
        shutil.rmtree(self.folder)

    def new_laptop(self, name: str) -> Laptop:
        """Enrol a laptop for a user."""
        path = self.folder / f"{name}-{uuid.uuid4().hex[:8]}.db"
        shutil.copy(self._template, path)
        store = open_store(path, KEY)
        url = self.server.url
        device = enrol(url, self.cooperation.code(name), device_name=name, database_id=str(uuid.uuid4()))
        with store.session() as session:
            session.add(device)
            session.commit()
        proxy = self._stack.enter_context(running(Proxy(url)))
        return Laptop(name, Desk(store, proxy.url), proxy)

    # -- what people do

    def walk_in(self, laptop: Laptop, name: str) -> None:
        """Somebody new sits down."""
        if laptop.desk.writes and laptop.desk.device.team_ids:
            marked = f"marked{uuid.uuid4().hex}"
            person = laptop.desk.person(f"{name} {marked}")
            self._marked[person.id] = marked
            laptop.note_made()

    def hand_out(self, laptop: Laptop, person: int, quantity: int) -> None:
        """Hand something out to somebody on the list."""
        found = self._pick(laptop, Person, person)
        if found is not None:
            laptop.desk.add(
                Handout(
                    id=str(uuid.uuid4()), person_id=found.id, product="patch_21", quantity=quantity,
                    week=1, handed_on=TODAY, recorded_by=laptop.desk.device.user_id,
                )
            )  # fmt: skip
            laptop.note_made()

    def attend(self, laptop: Laptop, person: int, status: str) -> None:
        """Note that somebody came; two laptops make the same row."""
        found = self._pick(laptop, Person, person)
        if found is None:
            return
        key = natural_id("attendance", found.id, "today")
        if laptop.desk.get(Attendance, key) is not None:
            laptop.desk.edit(Attendance, key, status=status)
        else:
            laptop.desk.add(
                Attendance(id=key, person_id=found.id, enrolment_id=found.id, session_id=found.id, status=status)
            )
        laptop.note_made()

    def take_back(self, laptop: Laptop, attendance: int) -> None:
        """Take back that somebody came; it may be noted again."""
        found = self._pick(laptop, Attendance, attendance)
        if found is not None:
            laptop.desk.remove(Attendance, found.id)
            laptop.note_made()

    def correct(self, laptop: Laptop, handout: int, quantity: int) -> None:
        """Put another number in the place of what was handed out, where nobody has as far as the laptop knows."""
        found = self._pick(laptop, Handout, handout)
        if found is not None and found.id not in {one.corrects_id for one in laptop.desk.all(Handout)}:
            fields = {name: getattr(found, name) for name in ("person_id", "week", "product", "handed_on")}
            key = new_id(laptop.desk.clock)
            actor = laptop.desk.device.user_id
            laptop.desk.add(Handout(id=key, **fields, quantity=quantity, recorded_by=actor, corrects_id=found.id))
            laptop.note_made()

    def edit_person(self, laptop: Laptop, person: int, name: str, value: str) -> None:
        """Change a field of somebody."""
        found = self._pick(laptop, Person, person)
        if found is not None:
            laptop.desk.edit(Person, found.id, **{name: f"{value} {self._marked[found.id]}"})
            laptop.note_made()

    def open_place(self, laptop: Laptop, name: str) -> None:
        """Begin at a new place."""
        if laptop.desk.writes and laptop.desk.device.team_ids:
            laptop.desk.place(name)
            laptop.note_made()

    def edit_place(self, laptop: Laptop, place: int, name: str, value: str) -> None:
        """Change a field of a place."""
        found = self._pick(laptop, Place, place)
        if found is not None:
            laptop.desk.edit(Place, found.id, **{name: value})
            laptop.note_made()

    def remove_place(self, laptop: Laptop, place: int) -> None:
        """Delete a place."""
        found = self._pick(laptop, Place, place)
        if found is not None:
            laptop.desk.remove(Place, found.id)
            laptop.note_made()

    def choose(self, laptop: Laptop, card: int) -> None:
        """Answer a conflict by taking what stands."""
        found = self._pick(laptop, Conflict, card)
        if found is not None:
            laptop.desk.remove(Conflict, found.id)
            laptop.note_made()

    def leave_team(self, laptop: Laptop, membership: int) -> None:
        """Somebody leaves a team."""
        found = self._pick(laptop, Membership, membership)
        if found is not None:
            laptop.desk.edit(Membership, found.id, left_on=TODAY if found.left_on is None else None)
            laptop.note_made()

    def join_team(self, person: int, *, is_north: bool) -> None:
        """The coordinator lets a team have somebody."""
        laptop = self.laptops[COORDINATOR]
        found = self._pick(laptop, Person, person)
        if found is None:
            return
        team = self.cooperation.north if is_north else self.cooperation.south
        key = natural_id("membership", found.id, team)
        if laptop.desk.get(Membership, key) is not None:
            laptop.desk.edit(Membership, key, left_on=None)
        else:
            laptop.desk.add(Membership(id=key, person_id=found.id, team_id=team, joined_on=TODAY, left_on=None))
        laptop.note_made()

    def join_people(self, laptop: Laptop, kept: int, duplicate: int) -> None:
        """Two people turn out to be one, as far as this laptop knows."""
        one, other = self._pick(laptop, Person, kept), self._pick(laptop, Person, duplicate)
        if one is not None and one.id != other.id:
            self._serve(laptop, lambda work: merge_people(MergePeople(one.id, other.id), work=work))

    def part_people(self, laptop: Laptop, duplicate: int) -> None:
        """Two who were joined are not the same after all."""
        found = self._pick(laptop, Person, duplicate)
        if found is not None:
            self._serve(laptop, lambda work: unmerge_people(found.id, work=work))

    def _serve(self, laptop: Laptop, use_case: Callable[[UnitOfWork], object]) -> None:
        laptop.desk.clock.at += timedelta(seconds=1)
        actor = laptop.desk.device.user_id
        with laptop.desk.store.unit_of_work(actor=actor, clock=laptop.desk.clock) as work, suppress(RuleRefusal):
            use_case(work)
        laptop.note_made()

    def look_and_pack(self, laptop: Laptop) -> None:
        """Search for somebody, pack the bag, and hand the log over."""
        laptop.desk.look_and_pack()
        laptop.note_made()

    def erase(self, person: int, manner: str) -> None:
        """The coordinator has somebody erased or anonymised."""
        laptop = self.laptops[COORDINATOR]
        found = self._pick(laptop, Person, person)
        if found is not None:
            command = ErasePerson(found.id, manner, "request", "Borgeren har bedt om det")
            self._serve(laptop, lambda work: erase_person(command, work=work))

    def _pick(self, laptop: Laptop, model: type[Any], number: int) -> Any:
        """Return one of the rows on a laptop to work on; None where there are none, or its user only looks on."""
        rows = laptop.desk.all(model) if laptop.desk.writes else []
        return rows[number % len(rows)] if rows else None

    # -- what happens around them

    def change_teams(self, name: str, *, is_north: bool) -> None:
        """An administrator puts a counsellor in another team."""
        team = self.cooperation.north if is_north else self.cooperation.south
        with self.server.connect() as connection:
            set_teams(connection, self.cooperation.users[name], [team])

    def change_role(self, name: str, role: Role, *, is_north: bool) -> None:
        """An administrator gives somebody another role, and a team."""
        team = self.cooperation.north if is_north else self.cooperation.south
        with self.server.connect() as connection:
            add_user(
                connection, self.cooperation.users[name], cooperation_id=self.cooperation.id, name=name,
                role=role.value, team_ids=[team],
            )  # fmt: skip

    def turn_clock(self, laptop: Laptop, hours: int) -> None:
        """The laptop's clock jumps."""
        laptop.desk.clock.at += timedelta(hours=hours)

    def upgrade(self, laptop: Laptop) -> None:
        """The laptop gets the newest version."""
        laptop.is_old = False

    def back_up_laptop(self, laptop: Laptop) -> None:
        """Copy the laptop's file."""
        laptop.reopen()
        laptop.desk.store.close()
        laptop.backup = laptop.desk.store.path.with_suffix(".backup")
        shutil.copy(laptop.desk.store.path, laptop.backup)
        laptop.reopen()

    def restore_laptop(self, laptop: Laptop) -> None:
        """Put the copy back: what was made since and never sent is gone with the disk, and nothing else may be."""
        if laptop.backup is None:
            return
        held = self.held(laptop)
        laptop.desk.store.close()
        path = laptop.desk.store.path
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        shutil.copy(laptop.backup, path)
        laptop.reopen()
        self.say_restored(laptop)
        gone = laptop.made - set(laptop.outbox())
        laptop.made -= gone
        self.only_on_server |= gone & held
        laptop.is_truth_known = False
        TRIED.restores += 1

    def say_restored(self, laptop: Laptop) -> None:
        """Press the button that says so."""
        device = laptop.desk.device
        with laptop.desk.store.session() as session:
            session.get(type(device), device.id).is_restored = True
            session.commit()

    def back_up_server(self) -> None:
        """Keep what the server has now."""
        with self.server.connect() as connection:
            for table in KEPT_TABLES:
                connection.execute(f"CREATE TABLE IF NOT EXISTS kept_{table} (LIKE {table})")
            self._discard_backup(connection)
            for table in KEPT_TABLES:
                connection.execute(
                    f"INSERT INTO kept_{table} SELECT * FROM {table} WHERE cooperation_id = %s",  # noqa: S608
                    (self.cooperation.id,),
                )
            for table in ("cooperation", "device"):
                connection.execute(f"CREATE TABLE IF NOT EXISTS kept_{table} (LIKE {table})")
            connection.execute("DELETE FROM kept_cooperation WHERE id = %s", (self.cooperation.id,))
            connection.execute(
                "INSERT INTO kept_cooperation SELECT * FROM cooperation WHERE id = %s", (self.cooperation.id,)
            )
            connection.execute("DELETE FROM kept_device WHERE cooperation_id = %s", (self.cooperation.id,))
            connection.execute(
                "INSERT INTO kept_device SELECT * FROM device WHERE cooperation_id = %s", (self.cooperation.id,)
            )
        self._has_backup = True

    def _discard_backup(self, connection: Connection) -> None:
        """Forget the rows of what was kept of the server; the tables stay."""
        for table in KEPT_TABLES:
            connection.execute(
                f"DELETE FROM kept_{table} WHERE cooperation_id = %s",  # noqa: S608 - names of ours
                (self.cooperation.id,),
            )

    def restore_server(self) -> None:
        """Set the server back, and say so as an operator does."""
        if not self._has_backup:
            return
        own = (self.cooperation.id,)
        with self.server.connect() as connection:
            for table in KEPT_TABLES:
                connection.execute(f"DELETE FROM {table} WHERE cooperation_id = %s", own)  # noqa: S608
                connection.execute(f"INSERT INTO {table} SELECT * FROM kept_{table} WHERE cooperation_id = %s", own)  # noqa: S608
            connection.execute(
                "UPDATE cooperation SET position = kept.position FROM kept_cooperation kept"
                " WHERE kept.id = cooperation.id AND cooperation.id = %s",
                own,
            )
            connection.execute(
                "UPDATE device SET turn = kept.turn, turn_before = kept.turn_before, is_turn_used = kept.is_turn_used,"
                " highest_sequence = kept.highest_sequence FROM kept_device kept"
                " WHERE kept.id = device.id AND device.cooperation_id = %s",
                own,
            )
            begin_epoch(connection)
        self.only_on_server &= set(self.outcomes())
        for laptop in self.laptops.values():
            laptop.is_truth_known = False
        TRIED.restores += 1

    def kill_server(self) -> None:
        """The server's process dies and is started again."""
        self.server.kill()
        self.server.start()
        for laptop in self.laptops.values():
            laptop.proxy.target = self.server.url
        TRIED.kills += 1

    def sync(
        self,
        laptop: Laptop,
        plan: dict[int, str],
        *,
        dies_at_commit: int | None = None,
        dies_at_step: int | None = None,
    ) -> SyncReport | None:
        """Synchronise over a line with these faults; the laptop's process may die at a commit or between requests."""
        TRIED.syncs += 1
        laptop.proxy.disturb(plan)
        laptop.proxy.kill = False
        engine = laptop.desk.store.engine
        commits = steps = 0

        def commit(_connection: object) -> None:
            nonlocal commits
            commits += 1
            if laptop.proxy.kill or commits - 1 == dies_at_commit:
                raise Killed

        def step(_progress: SyncProgress) -> None:
            nonlocal steps
            steps += 1
            if laptop.proxy.kill or steps - 1 == dies_at_step:
                raise Killed

        event.listen(engine, "commit", commit)
        report = None
        try:
            report = self._synchronise(laptop, step)
        except Killed:
            TRIED.kills += 1
        except KnownProblem as problem:
            if laptop.proxy.kill:
                TRIED.kills += 1
            elif problem.code == "copied-store":
                # An answer that was lost on the way made a restored store look like a copy: somebody says so.
                self.say_restored(laptop)
            elif not plan:
                raise
        finally:
            event.remove(engine, "commit", commit)
        if report is None:
            laptop.reopen()
        else:
            laptop.is_truth_known = True
        laptop.note_made()
        self.check(laptop, report)
        return report

    def _synchronise(self, laptop: Laptop, step: Any) -> SyncReport:
        device = laptop.desk.device
        kind = OldClient if laptop.is_old else SyncClient
        line = laptop.desk.line
        with kind(laptop.proxy.url, token=device.token, database_id=device.database_id, line=line) as client:
            return synchronise(laptop.desk.store, client, clock=laptop.desk.clock, progress=step)

    # -- what must hold

    def outcomes(self) -> dict[str, str]:
        """Every change that the server holds, and what became of it."""
        with self.server.connect() as connection:
            rows = connection.execute(
                "SELECT change_id::text, outcome FROM change WHERE cooperation_id = %s", (self.cooperation.id,)
            ).fetchall()
        return dict(rows)

    def held(self, laptop: Laptop) -> set[str]:
        """The laptop's changes that the server has taken."""
        return {change for change, outcome in self.outcomes().items() if outcome != "refused"} & laptop.made

    def _too_late(self) -> set[str]:
        """Refused changes about somebody who was erased before or after: they are counted no longer.

        Of a row that was refused as it was made no row says whose it was; but only an erasure empties what it said.
        """
        with self.server.connect() as connection:
            found = connection.execute(
                "SELECT change_id::text FROM change LEFT JOIN row USING (cooperation_id, entity, row_id)"
                " WHERE cooperation_id = %(of)s AND outcome = 'refused' AND (code = 'person-erased'"
                " OR operation = 'insert' AND change.fields IS NULL OR person_id IN (SELECT person_id FROM row"
                " WHERE cooperation_id = %(of)s AND entity = 'erasure'))",
                {"of": self.cooperation.id},
            ).fetchall()
        return {change for (change,) in found}

    def check(self, laptop: Laptop, report: SyncReport | None) -> None:
        """Nothing unsent has vanished, and nothing is called received that the server lacks."""
        outbox = laptop.outbox()
        vanished = laptop.made - set(outbox)
        TRIED.lost += len(vanished)
        assert not vanished, f"{len(vanished)} changes vanished from {laptop.name}"
        with laptop.desk.store.session() as session:
            state = sync_state(session)
        is_green = state.received_at is not None and not state.pending and not state.refused
        if (report is not None and report.is_safe) or (is_green and laptop.is_truth_known):
            lacking = laptop.made - self.held(laptop) - self._too_late()
            TRIED.lost += len(lacking)
            assert not lacking, f"green at {laptop.name}, and the server lacks {len(lacking)}"
        if report is not None and report.receipt is not None:
            assert report.receipt.held + report.receipt.refused == report.receipt.through_sequence

    def evening(self) -> None:
        """The line is whole again and everybody has the newest version: all agree, and every change is there once."""
        for laptop in self.laptops.values():
            laptop.proxy.disturb({})
            laptop.proxy.deliver_late()
            laptop.is_old = False
        for _ in range(3):
            for laptop in self.laptops.values():
                report = self.sync(laptop, {}) or self.sync(laptop, {})
                assert report is not None
                assert report.receipt is not None
                assert report.remaining == 0
                assert report.differing == (), report.differing
                assert report.unreadable == ()
        outcomes = self.outcomes()
        for laptop in self.laptops.values():
            self._check_outbox(laptop, outcomes)
            self._check_rows(laptop)
        assert self.only_on_server <= set(outcomes)
        self._check_handouts(outcomes)
        self._check_corrections()
        self._check_erased()

    def _check_outbox(self, laptop: Laptop, outcomes: dict[str, str]) -> None:
        for change, state in laptop.outbox().items():
            expected = {"acknowledged": {"applied", "merged"}, "conflict": {"conflict"}, "refused": {"refused"}}[state]
            assert outcomes.get(change) in expected, (laptop.name, state, outcomes.get(change))

    def _check_rows(self, laptop: Laptop) -> None:
        """What the laptop holds is what the server has in its scope, field by field."""
        with self.server.connect() as connection:
            asker = asker_of(connection, laptop.desk.device.token)
            rows = connection.execute(
                "SELECT entity, row_id, fields, position FROM row"  # noqa: S608 - the condition has no value in its text
                f" WHERE cooperation_id = %(cooperation)s AND NOT deleted AND {condition(asker)}",
                parameters(asker),
            ).fetchall()
        there = {(entity, row_id): fields for entity, row_id, fields, _ in rows}
        here: dict[tuple[str, str], dict[str, Any]] = {}
        refused = self._refused_rows(laptop)
        with laptop.desk.store.session() as session:
            for entity, model in synced_tables().items():
                for row in session.scalars(select(model)):
                    if entity == "access_log" and not row.server_position:
                        continue  # it goes into the outbox when the window sends
                    columns = {column.name: column for column in model.__table__.columns}
                    fields = {
                        attribute.columns[0].name: to_wire(getattr(row, attribute.key))
                        for attribute in model.__mapper__.column_attrs
                        if attribute.columns[0].name in columns
                    }
                    here[entity, row.id] = fields
        differing = sorted(
            f"{key[0]} {key[1][-6:]} only {'here' if key in here else 'there'}"
            for key in (set(here) ^ set(there)) - refused
        )
        assert not differing, (laptop.name, differing)
        for key in set(there) - refused:
            for name, value in there[key].items():
                assert here[key].get(name, value) == value, (laptop.name, key[0], name)
        self._check_histories(laptop, {row_id for _, row_id in there})

    def _check_histories(self, laptop: Laptop, row_ids: set[str]) -> None:
        """What the server knows of how these rows came to be as they are, the laptop knows too."""
        with self.server.connect() as connection:
            edits = connection.execute(
                "SELECT change_id::text, fields, before FROM change WHERE before IS NOT NULL AND cooperation_id = %s"
                " AND row_id = ANY(%s::uuid[])",
                (self.cooperation.id, list(row_ids)),
            ).fetchall()
        told = {(change_id, field) for change_id, fields, before in edits for field in before if field in fields}
        with laptop.desk.store.session() as session:
            found = session.execute(select(ValueHistory.change_id, ValueHistory.field))
            known = {(change_id, field) for change_id, field in found}
        assert told <= known, (laptop.name, len(told - known))

    def _refused_rows(self, laptop: Laptop) -> set[tuple[str, str]]:
        """Rows with a value in quarantine, and what waits for it before it leaves the laptop."""
        with laptop.desk.store.session() as session:
            found = session.execute(
                select(OutboxEntry.entity, OutboxEntry.row_id).where(OutboxEntry.state == "refused")
            ).all()
            rows = {(entity, row_id) for entity, row_id in found}
            if not rows:
                return rows
            for left in session.scalars(select(Leaving)):
                rows.add((left.entity, left.row_id))
                for entity, model in synced_tables().items():
                    if left.entity == "person" and "person_id" in model.__table__.c:
                        of_person = model.__table__.c.person_id == left.row_id
                        rows |= {(entity, row_id) for row_id in session.scalars(select(model.id).where(of_person))}
        return rows

    def _check_handouts(self, outcomes: dict[str, str]) -> None:
        """The balance is the sum of the facts, each of them once."""
        with self.server.connect() as connection:
            found = connection.execute(
                "SELECT row_id::text, (fields ->> 'quantity')::int FROM row"
                " WHERE cooperation_id = %s AND entity = 'handout' AND NOT deleted",
                (self.cooperation.id,),
            ).fetchall()
            facts = connection.execute(
                # What changes said of somebody erased is emptied, and the rows stay, without a name.
                "SELECT row_id::text, max((fields::json ->> 'quantity')::int) FROM change WHERE cooperation_id = %s"
                " AND entity = 'handout' AND outcome <> 'refused' AND fields IS NOT NULL GROUP BY row_id",
                (self.cooperation.id,),
            ).fetchall()
        told = {row_id for row_id, _ in facts}
        total = sum(quantity for row_id, quantity in found if row_id in told)
        expected = sum(quantity for _, quantity in facts)
        TRIED.doubled += max(0, total - expected)
        TRIED.lost += max(0, expected - total)
        assert total == expected
        coordinator = self.laptops[COORDINATOR].desk
        assert sum(handout.quantity for handout in coordinator.all(Handout) if handout.id in told) == total

    def _check_erased(self) -> None:
        """Nobody keeps anything that tells of somebody erased."""
        erased = {erasure.person_id for erasure in self.laptops[COORDINATOR].desk.all(Erasure)}
        if not erased:
            return
        told: dict[str, str] = {}
        key_file = self.folder / KEY_FILE_NAME
        key_file.touch()
        for laptop in self.laptops.values():
            forget_erased(laptop.desk.store, key_file, clock=laptop.desk.clock)
            told[laptop.name] = everything_on(laptop.desk)
        with self.server.connect() as connection:
            if self._has_backup:
                self._discard_backup(connection)
            told["server"] = everything_kept(connection, self.cooperation.id)
        for person_id in erased:
            telling = [who for who, text in told.items() if self._marked[person_id] in text]
            assert not telling, f"{person_id[-6:]} was erased, and {', '.join(telling)} still tell"
            TRIED.erased += 1

    def _check_corrections(self) -> None:
        """Nothing is corrected twice, and what is corrected ends in one fact that stands."""
        with self.server.connect() as connection:
            corrections = connection.execute(
                "SELECT fields ->> 'corrects_id', row_id::text FROM row"
                " WHERE cooperation_id = %s AND entity = 'handout' AND NOT deleted"
                " AND fields ->> 'corrects_id' IS NOT NULL",
                (self.cooperation.id,),
            ).fetchall()
        by_corrected = dict(corrections)
        assert len(by_corrected) == len(corrections), "a fact has two corrections"
        for corrected in by_corrected:
            seen = {corrected}
            while (corrected := by_corrected.get(corrected, "")) != "":
                assert corrected not in seen, "corrections go round in a circle"
                seen.add(corrected)


def make_template(folder: Path) -> Path:
    """Make an empty store once; every laptop begins with a copy."""
    path = folder / "template.db"
    create_store(path, KEY).close()
    return path


assert set(synced_tables()) <= set(ENTITIES)
