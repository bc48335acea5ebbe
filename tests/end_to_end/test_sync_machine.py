"""Generated days of two teams, a coordinator and a server on a bad line: whatever happens, everything is there, once.

Short and the same each time here; `make soak MINUTES=30` runs it long, with other days each time.
"""

import tempfile
from pathlib import Path
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from app.domain.roles import Role
from tests.disturbing_proxy import FAULTS
from tests.end_to_end.sync_world import NAMES, TRIED, World, make_template
from tests.server.laptops import ServerProcess

WHO = st.sampled_from(NAMES)
COUNSELLORS = st.sampled_from(NAMES[:3])
WHICH = st.integers(0, 5)
# Who only looks asks once, who sends asks four times.
PLANS = st.dictionaries(st.sampled_from((0, 0, 0, 1, 1, 2, 3)), st.sampled_from(FAULTS), max_size=3)
TEXTS = st.sampled_from(["", "Ring på", "Bank på", "Åse'; DROP TABLE row; --", "הבית", "🚭"])


class SyncMachine(RuleBasedStateMachine):
    """One generated day."""

    server: ClassVar[ServerProcess]
    template: ClassVar[Path]
    folder: ClassVar[Path]
    kills_server: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.server, self.folder, self.template)
        for name in ("mette", "sara"):
            self.world.walk_in(self.world.laptops[name], name)
            self.world.open_place(self.world.laptops[name], name)
        for name in NAMES:
            self.world.sync(self.world.laptops[name], {})

    def teardown(self) -> None:
        try:
            self.world.evening()
        finally:
            self.world.close()

    @invariant()
    def count(self) -> None:
        TRIED.steps += 1

    @rule(who=COUNSELLORS, name=TEXTS)
    def walk_in(self, who: str, name: str) -> None:
        self.world.walk_in(self.world.laptops[who], name)

    @rule(who=WHO, which=WHICH, quantity=st.integers(1, 28))
    def hand_out(self, who: str, which: int, quantity: int) -> None:
        self.world.hand_out(self.world.laptops[who], which, quantity)

    @rule(who=WHO, which=WHICH, status=st.sampled_from(["present", "excused", "absent"]))
    def attend(self, who: str, which: int, status: str) -> None:
        self.world.attend(self.world.laptops[who], which, status)

    @rule(who=WHO, which=WHICH)
    def take_back(self, who: str, which: int) -> None:
        self.world.take_back(self.world.laptops[who], which)

    @rule(who=WHO, which=WHICH, quantity=st.integers(0, 28))
    def correct(self, who: str, which: int, quantity: int) -> None:
        self.world.correct(self.world.laptops[who], which, quantity)

    @rule(who=WHO, which=WHICH, field=st.sampled_from(["note", "phone"]), value=TEXTS)
    def edit_person(self, who: str, which: int, field: str, value: str) -> None:
        self.world.edit_person(self.world.laptops[who], which, field, value)

    @rule(who=COUNSELLORS, name=TEXTS)
    def open_place(self, who: str, name: str) -> None:
        self.world.open_place(self.world.laptops[who], name)

    @rule(who=WHO, which=WHICH, field=st.sampled_from(["note", "address"]), value=TEXTS)
    def edit_place(self, who: str, which: int, field: str, value: str) -> None:
        self.world.edit_place(self.world.laptops[who], which, field, value)

    @rule(who=WHO, which=WHICH)
    def remove_place(self, who: str, which: int) -> None:
        self.world.remove_place(self.world.laptops[who], which)

    @rule(who=WHO, which=WHICH)
    def choose(self, who: str, which: int) -> None:
        self.world.choose(self.world.laptops[who], which)

    @rule(who=WHO, which=WHICH)
    def leave_team(self, who: str, which: int) -> None:
        self.world.leave_team(self.world.laptops[who], which)

    @rule(which=WHICH, is_north=st.booleans())
    def join_team(self, which: int, is_north: bool) -> None:
        self.world.join_team(which, is_north=is_north)

    @rule(who=COUNSELLORS, is_north=st.booleans())
    def change_teams(self, who: str, is_north: bool) -> None:
        self.world.change_teams(who, is_north=is_north)

    @rule(who=COUNSELLORS, role=st.sampled_from(Role), is_north=st.booleans())
    def change_role(self, who: str, role: Role, is_north: bool) -> None:
        self.world.change_role(who, role, is_north=is_north)

    @rule(who=WHO)
    def look_and_pack(self, who: str) -> None:
        self.world.look_and_pack(self.world.laptops[who])

    @rule(which=WHICH, manner=st.sampled_from(["anonymise", "erase"]))
    def erase(self, which: int, manner: str) -> None:
        self.world.erase(which, manner)

    @rule(who=WHO, kept=WHICH, duplicate=WHICH)
    def join_people(self, who: str, kept: int, duplicate: int) -> None:
        self.world.join_people(self.world.laptops[who], kept, duplicate)

    @rule(who=WHO, which=WHICH)
    def part_people(self, who: str, which: int) -> None:
        self.world.part_people(self.world.laptops[who], which)

    @rule(who=WHO, hours=st.integers(-48, 48))
    def turn_clock(self, who: str, hours: int) -> None:
        self.world.turn_clock(self.world.laptops[who], hours)

    @rule(who=WHO, plan=PLANS)
    def sync(self, who: str, plan: dict[int, str]) -> None:
        self.world.sync(self.world.laptops[who], plan)

    @rule(who=WHO, plan=PLANS, at=st.integers(0, 6))
    def sync_and_die_at_a_commit(self, who: str, plan: dict[int, str], at: int) -> None:
        self.world.sync(self.world.laptops[who], plan, dies_at_commit=at)

    @rule(who=WHO, at=st.integers(0, 5))
    def sync_and_die_between_requests(self, who: str, at: int) -> None:
        self.world.sync(self.world.laptops[who], {}, dies_at_step=at)

    @rule(who=WHO)
    def late_requests_arrive(self, who: str) -> None:
        self.world.laptops[who].proxy.deliver_late()

    @rule(who=WHO)
    def back_up_laptop(self, who: str) -> None:
        self.world.back_up_laptop(self.world.laptops[who])

    @rule(who=WHO)
    def restore_laptop(self, who: str) -> None:
        self.world.restore_laptop(self.world.laptops[who])

    @rule()
    def back_up_server(self) -> None:
        self.world.back_up_server()

    @rule()
    def restore_server(self) -> None:
        self.world.restore_server()

    @rule(who=COUNSELLORS, is_old=st.booleans())
    def version(self, who: str, is_old: bool) -> None:
        laptop = self.world.laptops[who]
        laptop.is_old = is_old and not laptop.desk.device.scope

    @rule(dies=st.integers(0, 9))
    def server_dies(self, dies: int) -> None:
        if self.kills_server and dies == 0:
            self.world.kill_server()


def run(server: ServerProcess, folder: Path, template: Path, chosen: settings, *, kills_server: bool) -> None:
    """Run generated days against a server that is there already."""

    class Machine(SyncMachine):
        pass

    Machine.server, Machine.folder, Machine.template, Machine.kills_server = server, folder, template, kills_server
    run_state_machine_as_test(Machine, settings=chosen)


def test_whatever_happens_in_a_day_everything_is_there_and_once(server: ServerProcess) -> None:
    chosen = settings(
        max_examples=12, stateful_step_count=25, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        run(server, Path(folder), make_template(Path(folder)), chosen, kills_server=False)
    assert TRIED.sequences >= 10
    assert TRIED.erased > 0
    assert (TRIED.lost, TRIED.doubled) == (0, 0)
