"""People's stories told by chance, and written down as laptops write them.

A story knows where somebody was on each day, whatever parts, moves, corrections, merged people and late closings it
leaves in the store. Whoever moves back twice is not told of: the store keeps one part for each course, so that it does
not know when the first time away ended.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random
from typing import Any

from app.clock import DENMARK
from app.domain.months import months_after
from app.domain.reports.facts import Facts
from app.domain.reports.from_rows import facts_from_rows
from tests.unit.domain.reports.made_facts import AGREEMENT, MUNICIPALITIES

FIRST, COURSE_ENDS = date(2025, 7, 6), date(2026, 6, 1)
NO_LONGER_ASKED = ("deceased", "moved_abroad", "consent_withdrawn")


@dataclass
class Story:
    """What somebody did from joining to the end, through every course that they moved to: (course, from, to)."""

    person: str
    stays: list[tuple[str, date, date]]
    reason: str
    home: str | None
    expected: int = 0
    came: int = 0
    ended: date | None = None
    counted_from: date | None = None
    end: str = ""
    answers: list[tuple[date, str, int | None, str]] = field(default_factory=list)
    """(day, smoke-free, satisfaction, why nobody was reached), six months after."""
    calls: list[datetime] = field(default_factory=list)

    def is_on(self, course: str, day: date) -> bool:
        """Whether they took part that day; on the day of a move in both courses."""
        last, began, _ended = self.stays[-1]
        is_open = not self.reason and course == last and day >= began
        return is_open or any(where == course and since <= day <= until for where, since, until in self.stays)


@dataclass
class World:
    """The stories, and what the laptops wrote of them."""

    chance: Random
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: defaultdict(dict))
    sessions: list[tuple[str, str, date, dict[str, Any]]] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    may_call: set[str] = field(default_factory=set)
    smoked: dict[str, list[tuple[date, float]]] = field(default_factory=dict)

    @cached_property
    def facts(self) -> Facts:
        return facts_from_rows((entity, key, row) for entity, known in self.rows.items() for key, row in known.items())

    def one_of(self, *values: Any) -> Any:
        return self.chance.choice(values)

    def day(self, since: date, days: int) -> date:
        return since + timedelta(days=self.chance.randint(0, days))

    def record(self, entity: str, wrong: dict[str, Any], **said: Any) -> None:
        """Write down a fact, sometimes wrongly at first and then as a correction."""
        known = self.rows[entity]
        said = {key: value.isoformat() if isinstance(value, date) else value for key, value in said.items()}
        if self.one_of(False, False, True):
            known[f"{len(known):04}"] = {**said, **wrong}
            said["corrects_id"] = f"{len(known) - 1:04}"
        known[f"{len(known):04}"] = said

    def hold_courses(self) -> None:
        for course, place in (("c0", "m0"), ("c1", "m1"), ("c2", "m2")):
            closed = self.one_of(False, True)
            self.rows["course"][course] = {
                "title": "", "place_id": "", "delivering_municipality_id": place, "programme_version_id": "s2",
                "format": "group", "planned_sessions": self.one_of(0, 0, 4, 6), "starts_on": FIRST.isoformat(),
                "state": "closed" if closed else "running", "ends_on": COURSE_ENDS.isoformat() if closed else None,
                "stop_on": self.one_of(None, None, "2025-10-31"),
            }  # fmt: skip
            for week in self.chance.sample(range(0, 42, 2), self.one_of(4, 8, 12)):
                self.hold(course, FIRST + timedelta(weeks=week), None)

    def hold(self, course: str, on: date, enrolment_id: str | None) -> None:
        key, fields = f"s{len(self.sessions)}", {
            "course_id": course, "place_id": "", "held_on": on.isoformat(), "enrolment_id": enrolment_id,
            "state": self.one_of("closed", "closed", "closed", "cancelled"),
            "kind": self.one_of("ordinary", "ordinary", "extra", "intake", "follow_up"),
            "holds_counselling": self.one_of(True, True, False),
        }  # fmt: skip
        self.rows["session"][key] = fields
        self.sessions.append((key, course, on, fields))

    def tell(self, person: str) -> None:
        """Tell of somebody, who may have been written down as two people: one course, moved from and to, or two."""
        names = [person, f"{person}-again"][: self.one_of(1, 2)]
        self.rows["person"] |= {name: {"merged_into_id": person if name != person else None} for name in names}
        answer, told = self.one_of("given", "given", "declined"), {"kind": "contact_six_months", "answered_on": FIRST}
        self.record("consent", {"answer": "withdrawn"}, person_id=self.one_of(*names), answer=answer, **told)
        self.may_call |= {person} if answer == "given" else set()
        first, second, other = self.chance.sample(("c0", "c1", "c2"), 3)
        ways, home = [[first, second, first][: self.one_of(1, 1, 2, 3)], [other]], self.one_of(None, "m0", "m1", "m2")
        own, turns = [], [self.day(FIRST, 150)]
        for way in ways[: self.one_of(1, 2)]:
            for _course in way:
                # Often a day on which courses meet: on the day of a move somebody may come to both.
                met = [on for _key, _course, on, _fields in self.sessions if 0 < (on - turns[-1]).days <= 45]
                turns.append(self.one_of(*met, self.day(turns[-1] + timedelta(days=1), 44)))
            reason = self.one_of("", "completed", "dropped_out", "moved_away", *NO_LONGER_ASKED)
            own.append(Story(person, list(zip(way, turns, turns[1:], strict=False)), reason, home))
            if reason in ("", "deceased"):
                break
            turns = [self.day(turns[-1], 40)]
        if own[-1].reason == "deceased":
            self.dead.add(person)
            self.rows["person"][self.one_of(*names)]["deceased_on"] = turns[-1].isoformat()
        stops, before = self.agree(own, names), date.min
        for story in own:
            self.write_down(story, names)
            self.follow(story, [stop for stop in stops if stop[0] > before], names)
            before = story.stays[-1][2]
        self.stories += own

    def agree(self, own: list[Story], names: list[str]) -> list[tuple[date, date]]:
        """Agree on stop dates, and measure cigarettes now and then."""
        stops, joined = [], [story.stays[0][1] for story in own]
        for _number in range(self.one_of(0, 1, 1, 2, 3)):
            agreed, back = self.day(self.one_of(*joined), 30), self.one_of(False, False, True)
            stop, whom = self.day(agreed, 40), self.one_of(*names)
            self.record("stop_date", {}, person_id=whom, stop_on=stop, agreed_on=agreed, taken_back=back)
            stops += [] if back else [(stop, agreed)]
        self.smoked[own[0].person] = []
        for on in sorted(self.day(joined[0] - timedelta(days=40), 200) for _number in range(self.one_of(0, 2, 4))):
            value, said = float(self.one_of(0, 5, 10, 20)), {"kind": "cigarettes_per_day", "measured_on": on}
            self.record("measurement", {"value": 40.0}, person_id=self.one_of(*names), value=value, **said)
            self.smoked[own[0].person].append((on, value))
        return stops

    def write_down(self, story: Story, names: list[str]) -> None:
        """Write each course's part once, opened again by whoever comes back, and who came to what."""
        agreed, parts, before = self.one_of(0, 0, 3, 5), {}, None
        for stay in story.stays:
            course, since, until = stay
            reason = story.reason if stay is story.stays[-1] else "moved_course"
            part = parts.setdefault(
                f"{story.person}-{course}", {"joined_on": since.isoformat(), "moved_from_id": before}
            )
            part |= {
                "person_id": self.one_of(*names), "course_id": course, "agreed_sessions": agreed,
                "residence_municipality_id": story.home, "closing_reason": reason,
                "left_on": until.isoformat() if reason else None,
                "closed_on": self.day(until, 40).isoformat() if reason else None,
            }  # fmt: skip
            before = f"{story.person}-{course}"
        is_closed = self.rows["course"][course]["state"] == "closed"
        story.ended = until if story.reason else COURSE_ENDS if is_closed else None
        if self.one_of(False, True):
            self.hold(course, self.day(since, (until - since).days), before)
        if len(names) > 1 and self.one_of(False, True):
            # Two laptops at one table wrote them down on the same course; since they were merged, one part goes on.
            part, twice = parts[f"{story.person}-{story.stays[0][0]}"], f"{story.person}-{story.stays[0][0]}-twice"
            parts[twice] = {**part, "closing_reason": "moved_course", "left_on": part["joined_on"]}
            part["moved_from_id"] = twice
        self.rows["enrolment"] |= parts
        offered = 0
        for key, course, on, fields in self.sessions:
            part_id = f"{story.person}-{course}"
            if not story.is_on(course, on) or fields["enrolment_id"] not in (None, part_id):
                continue
            counts = fields["holds_counselling"] and fields["state"] == "closed" and fields["kind"] != "follow_up"
            offered += counts and fields["kind"] != "extra"
            ticked = self.one_of([], [part_id], [part_id], [f"{part_id}-twice"], [part_id, f"{part_id}-twice"])
            for one in parts.keys() & ticked:
                self.rows["attendance"][f"{one}-{key}"] = {"enrolment_id": one, "session_id": key, "status": "present"}
            story.came += counts and bool(parts.keys() & ticked)
        story.expected = agreed or self.rows["course"][story.stays[-1][0]]["planned_sessions"] or offered

    def follow(self, story: Story, stops: list[tuple[date, date]], names: list[str]) -> None:
        """Ask at the end, and six months after the last stop date agreed on before it, by oneself or all together."""
        course, own = story.stays[-1][0], sorted(stops, key=lambda stop: stop[1])
        agreed = [stop for stop, agreed_on in own if agreed_on <= (story.ended or date.max)]
        common = self.rows["course"][course]["stop_on"]
        story.counted_from = agreed[-1] if agreed else date.fromisoformat(common) if common else story.ended
        row = {"person_id": self.one_of(*names), "enrolment_id": f"{story.person}-{course}"}
        words = ("yes", "yes", "no", "not_asked", "does_not_want")
        if story.ended is not None:
            free, said = self.one_of(*words), {"time_point": "end", "assessed_on": story.ended}
            self.record("outcome", {"smoke_free": "yes"}, **row, **said, smoke_free=free)
            story.end = free if free in ("yes", "no") else ""
        if story.counted_from is None:
            return
        for _number in range(self.one_of(0, 1, 1, 2)):
            day = months_after(story.counted_from, self.one_of(5, 6, 7)) + timedelta(days=self.one_of(-1, 0, 0, 1))
            answer = (day, self.one_of(*words), self.one_of(None, 2, 4, 5), "")
            if self.one_of(False, False, True):
                answer = (day, "not_asked", None, self.one_of("not_reached", "deceased"))
            said = dict(zip(("assessed_on", "smoke_free", "satisfaction", "missing_reason"), answer, strict=True))
            self.record("outcome", {"smoke_free": "yes", "satisfaction": 5}, **row, time_point="six_months", **said)
            story.answers.append(answer)
            self.dead |= {story.person} if answer[3] == "deceased" else set()
        story.answers.sort(key=lambda answer: answer[0])
        for _number in range(self.one_of(0, 3, 4, 6)):
            opens, closes = (months_after(story.counted_from, months) for months in (5, 7))
            day = self.one_of(self.day(opens, 3), opens, closes) + timedelta(days=self.one_of(0, 0, -1, 1))
            at = datetime.combine(day, time(self.one_of(10, 17)), tzinfo=DENMARK)
            self.record("follow_up_attempt", {}, **row, attempted_at=at, result="no_answer")
            story.calls.append(at)


def told(seed: int) -> World:
    """Return a cooperation in which six people did whatever people do."""
    world = World(Random(seed))
    world.rows["municipality"] = {key: {"name": name, "code": ""} for key, name in MUNICIPALITIES.items()}
    rules = {"key": AGREEMENT.key, "name": "", "valid_from": "2018-01-01", "rules": AGREEMENT.rules}
    world.rows["programme_version"]["s2"] = rules
    world.hold_courses()
    for number in range(6):
        world.tell(f"p{number}")
    return world
