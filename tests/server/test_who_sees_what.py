"""Generated days of who joins, leaves, moves, is merged or erased: laptops hold what is promised and hear no more.

Short and the same each time here; `make soak MINUTES=30` runs it long, with other days each time. A failure says what
was done, change by change; `python -m tests.end_to_end.soak --shrink` looks for the shortest day that fails.
"""

from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.server.laptops import ServerProcess, new_id
from tests.server.who_sees_what import (
    COORDINATORS_ROWS,
    OTHER_ROWS,
    PERSON_ROWS,
    TEAM_ROWS,
    TRIED,
    USERS,
    World,
)

WHO = st.sampled_from(USERS)
COUNSELLORS = st.sampled_from(USERS[:4])
WHICH = st.integers(0, 3)
TEAM = st.integers(0, 1)
LIMITS = st.sampled_from([2000, 2000, 1, 3])
THEN = st.sampled_from(["later", "send", "sync"])


class Days(RuleBasedStateMachine):
    """One generated time of a cooperation."""

    server: ClassVar[ServerProcess]

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.server)

    def teardown(self) -> None:
        try:
            self.world.evening()
        finally:
            self.world.close()

    @initialize()
    def begin(self) -> None:
        for who, team in (("mette", 0), ("sara", 1)):
            self.walk_in(who, team)
            for entity in ("attendance", "referral", "measurement"):
                self.record(who, 0, entity)
            for entity in ("place", "incoming_message"):
                self.make_for_team(who, entity, team)
        for who in USERS:
            self.sync(who, 2000, False)

    # -- of people

    @rule(who=WHO, team=TEAM, then=THEN)
    def walk_in(self, who: str, team: int, then: str = "later") -> None:
        world = self.world
        shelf = world.shelves[who]
        team_id = world.teams[team]
        if shelf.works_for(team_id):
            person_id = new_id()
            world.make(shelf, "person", {"person_id": person_id}, row_id=person_id)
            world.join(shelf, person_id, team_id, {})
        self.world.then(self.world.shelves[who], then)

    @rule(who=WHO, which=WHICH, entity=st.sampled_from(PERSON_ROWS), then=THEN)
    def record(self, who: str, which: int, entity: str, then: str = "later") -> None:
        shelf = self.world.shelves[who]
        if found := self.world.pick(shelf, which, "person"):
            self.world.make(shelf, entity, {"person_id": found[0][1]})
        self.world.then(self.world.shelves[who], then)

    @rule(who=WHO, which=WHICH, entity=st.sampled_from(["person", "attendance", "referral", *TEAM_ROWS[:4]]), then=THEN)
    def write_note(self, who: str, which: int, entity: str, then: str = "later") -> None:
        shelf = self.world.shelves[who]
        if found := self.world.pick(shelf, which, entity):
            self.world.write_note(shelf, found[0])
        self.world.then(self.world.shelves[who], then)

    @rule(who=WHO, which=WHICH, then=THEN)
    def leave_or_come_back(self, who: str, which: int, then: str = "later") -> None:
        shelf = self.world.shelves[who]
        if found := self.world.pick(shelf, which, "membership"):
            left_on = "2026-03-03" if found[1]["left_on"] is None else None
            self.world.edit(shelf, found[0], {"left_on": left_on}, wanted=None)
        self.world.then(self.world.shelves[who], then)

    @rule(who=WHO, which=WHICH, team=TEAM, then=THEN)
    def let_in(self, who: str, which: int, team: int, then: str = "later") -> None:
        shelf = self.world.shelves[who]
        if found := self.world.pick(shelf, which, "person"):
            self.world.join(shelf, found[0][1], self.world.teams[team], self.world.at(shelf))
        self.world.then(self.world.shelves[who], then)

    @rule(which=WHICH, team=TEAM)
    def put_membership_elsewhere(self, which: int, team: int) -> None:
        shelf = self.world.shelves["kirsten"]
        if found := self.world.pick(shelf, which, "membership"):
            self.world.edit(shelf, found[0], {"team_id": self.world.teams[team]}, wanted=None)

    @rule(who=WHO, which=WHICH, to=WHICH, entity=st.sampled_from(["attendance", "referral", "membership"]), then=THEN)
    def give_to_another_person(self, who: str, which: int, to: int, entity: str, then: str = "later") -> None:
        shelf = self.world.shelves[who]
        found, other = self.world.pick(shelf, which, entity), self.world.pick(shelf, to, "person")
        if found and other:
            self.world.edit(shelf, found[0], {"person_id": other[0][1]}, wanted=None)
        self.world.then(self.world.shelves[who], then)

    @rule(who=WHO, one=WHICH, other=WHICH, then=THEN)
    def merge(self, who: str, one: int, other: int, then: str = "later") -> None:
        """As the program does it: the duplicate points at the kept, and each joins the other's teams."""
        world, shelf = self.world, self.world.shelves[who]
        kept, duplicate = world.pick(shelf, one, "person"), world.pick(shelf, other, "person")
        if not kept or not duplicate or kept[0] == duplicate[0] or kept[1].get("merged_into_id"):
            return
        if duplicate[1].get("merged_into_id"):
            world.edit(shelf, duplicate[0], {"merged_into_id": None})
            return
        world.edit(shelf, duplicate[0], {"merged_into_id": kept[0][1]})
        seen = world.at(shelf)
        for row in (kept, duplicate):
            for key, fields in seen.items():
                is_membership = key[0] == "membership" and fields["left_on"] is None
                if is_membership and {row[0][1], fields["person_id"]} == {kept[0][1], duplicate[0][1]}:
                    world.join(shelf, row[0][1], fields["team_id"], world.at(shelf))
        self.world.then(self.world.shelves[who], then)

    @rule(which=WHICH, manner=st.sampled_from(["anonymise", "erase", "", "", "", ""]))
    def erase(self, which: int, manner: str) -> None:
        shelf = self.world.shelves["kirsten"]
        if manner and (found := self.world.pick(shelf, which, "person")):
            self.world.make(shelf, "erasure", {"person_id": found[0][1], "manner": manner}, wanted=None)

    # -- of teams

    @rule(who=WHO, entity=st.sampled_from(TEAM_ROWS), team=TEAM, then=THEN)
    def make_for_team(self, who: str, entity: str, team: int, then: str = "later") -> None:
        world, shelf = self.world, self.world.shelves[who]
        team_id = world.teams[team]
        is_own = team_id in world.promise.teams_of(who) or world.promise.sees_all(who)
        if shelf.works_for(team_id) or not is_own:
            world.make(shelf, entity, {"team_id": team_id}, wanted="taken" if is_own else None)
        self.world.then(self.world.shelves[who], then)

    @rule(who=WHO, which=WHICH, entity=st.sampled_from(TEAM_ROWS[:4]), team=TEAM, then=THEN)
    def hand_over(self, who: str, which: int, entity: str, team: int, then: str = "later") -> None:
        shelf = self.world.shelves[who]
        if found := self.world.pick(shelf, which, entity):
            self.world.edit(shelf, found[0], {"team_id": self.world.teams[team]}, wanted=None)
        self.world.then(self.world.shelves[who], then)

    @rule(who=WHO, which=WHICH, whose=st.none() | WHICH, then=THEN)
    def put_letter_on_a_page(self, who: str, which: int, whose: int | None, then: str = "later") -> None:
        shelf = self.world.shelves[who]
        letter = self.world.pick(shelf, which, "incoming_message")
        person = None if whose is None else self.world.pick(shelf, whose, "person")
        if letter:
            self.world.edit(shelf, letter[0], {"linked_person_id": person and person[0][1]})
        self.world.then(self.world.shelves[who], then)

    @rule(
        who=WHO,
        which=WHICH,
        entity=st.sampled_from(["attendance", "membership", "conflict", *TEAM_ROWS[:4]]),
        then=THEN,
    )
    def delete(self, who: str, which: int, entity: str, then: str = "later") -> None:
        shelf = self.world.shelves[who]
        if found := self.world.pick(shelf, which, entity):
            self.world.delete(shelf, found[0])
        self.world.then(self.world.shelves[who], then)

    @rule(who=WHO, entity=st.sampled_from(OTHER_ROWS), then=THEN)
    def note_of_the_laptop(self, who: str, entity: str, then: str = "later") -> None:
        self.world.make(self.world.shelves[who], entity, {"device_id": self.world.shelves[who].device}, wanted=None)
        self.world.then(self.world.shelves[who], then)

    @rule(entity=st.sampled_from(COORDINATORS_ROWS))
    def write_for_all(self, entity: str) -> None:
        self.world.make(self.world.shelves["kirsten"], entity, {}, wanted=None)

    @rule(who=COUNSELLORS, which=st.integers(0, 30))
    def guess(self, who: str, which: int) -> None:
        """A laptop that makes up a change of what it never saw, and joins somebody with whom it never saw."""
        world, shelf = self.world, self.world.shelves[who]
        never = [row for row in world.promise.rows.values() if world.was_never_seen(shelf, row)]
        if never and not shelf.is_revoked:
            row = never[which % len(never)]
            world.push(shelf)
            world.write_note(shelf, row.key, wanted="refused")
            own = world.pick(shelf, which, "person")
            if own and row.entity == "person":
                world.edit(shelf, own[0], {"merged_into_id": row.row_id}, wanted="withheld")
            world.push(shelf)

    # -- of users and their laptops

    @rule(who=COUNSELLORS, teams=st.sets(TEAM))
    def change_teams(self, who: str, teams: set[int]) -> None:
        self.world.change_account(who, team_ids=frozenset(self.world.teams[team] for team in teams))

    @rule(who=COUNSELLORS, role=st.sampled_from(["counsellor", "counsellor", "coordinator", "auditor"]))
    def change_role(self, who: str, role: str) -> None:
        self.world.change_account(who, role=role)

    @rule(who=COUNSELLORS)
    def revoke_or_readmit(self, who: str) -> None:
        self.world.revoke_or_readmit(self.world.shelves[who])

    @rule(who=WHO)
    def get_another_laptop(self, who: str) -> None:
        self.world.sync(self.world.enrol(who))

    @rule(who=WHO, limit=LIMITS, at_once=st.booleans())
    def sync(self, who: str, limit: int, at_once: bool) -> None:
        self.world.sync(self.world.shelves[who], limit=limit, at_once=at_once)

    @rule(who=WHO)
    def send_and_be_cut_off(self, who: str) -> None:
        self.world.push(self.world.shelves[who])

    @rule(who=WHO)
    def report(self, who: str) -> None:
        self.world.report(self.world.shelves[who])


def run(server: ServerProcess, chosen: settings) -> None:
    """Run generated days against a server that is there already."""

    class Here(Days):
        pass

    Here.server = server
    run_state_machine_as_test(Here, settings=chosen)


def test_each_laptop_holds_and_hears_what_is_promised_whatever_becomes_of_people_and_teams(
    server: ServerProcess,
) -> None:
    chosen = settings(
        max_examples=12, stateful_step_count=30, derandomize=True, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    run(server, chosen)
    assert TRIED.days >= 10
    assert TRIED.syncs > 10 * TRIED.days
