"""The half-yearly reports, counted from what people did, by the rules and without looking at a single row.

Numbers in brackets are sections of the profession's rules as they are handed down (docs/rules.md has them by name).
"""

from collections.abc import Callable
from datetime import date, timedelta
from math import ceil

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.domain.completion import Definition
from app.domain.months import months_after
from app.domain.reports.everything import Question, report
from app.domain.reports.participations import Cohort
from app.domain.reports.table import Table
from tests.unit.domain.reports.told_stories import NO_LONGER_ASKED, Story, World, told

TODAY = date(2026, 11, 24)
HALF_YEARS = (
    (date(2025, 7, 1), date(2025, 12, 31)),
    (date(2026, 1, 1), date(2026, 6, 30)),
    (date(2026, 7, 1), date(2026, 12, 31)),
)
# Hypothesis' own drawing prefers what is empty, so that it draws only what chance begins
# with; a failure names the number, of which none is smaller than another.
seeds = st.integers(0, 10**9)
told_by_chance = settings(max_examples=60, deadline=None, phases=(Phase.generate,))


class Asked:
    """What the rules make of one story."""

    def __init__(self, story: Story, world: World) -> None:
        self.joined, self.ended, self.end, self.person = story.stays[0][1], story.ended, story.end, story.person
        # In the fifth to the seventh month after the stop date, and never where there is none.
        months = (date.max, date.max) if story.counted_from is None else (
            months_after(story.counted_from, 5), months_after(story.counted_from, 7),
        )  # fmt: skip
        self.opens, self.closes = months
        self.is_due = self.closes < TODAY
        said = [
            (free, liked)
            for day, free, liked, missing in story.answers
            if self.opens <= day <= self.closes and not missing and (free, liked) != ("not_asked", None)
        ]
        self.is_reached = bool(said)
        self.six = ([free for free, _liked in said if free in ("yes", "no")] or [""])[-1]
        self.liked = ([liked for _free, liked in said if liked] or [0])[-1]
        self.is_given_up = any(missing for *_said, missing in story.answers)
        calls = [at for at in story.calls if self.opens <= at.date() <= self.closes]
        is_tried = len({at.date() for at in calls}) >= 4 and any(at.hour >= 17 for at in calls)
        self.is_followed_up = self.is_reached or self.is_given_up or is_tried
        is_dead = story.person in world.dead
        self.is_gone = is_dead or story.reason in NO_LONGER_ASKED
        self.has_withdrawn = story.reason == "consent_withdrawn"
        self.may_call = story.person in world.may_call and not is_dead
        enough = {"three_or_more": 3, "more_than_three": 4, "kom_og_kvit": 4, "agreed_course": story.expected}
        three_quarters = ceil(story.expected * 0.75)
        self.done = {known for known in Definition if story.came >= max(1, enough.get(known.value, three_quarters))}
        since, until = self.joined - timedelta(days=30), story.ended or date.max
        self.smoked = [value for on, value in world.smoked[story.person] if since <= on <= until]
        # Settled is the first course held elsewhere than where somebody lives, and never a move on from it.
        self.settled_on = next((day for c, day, _to in story.stays if story.home and c[1] != story.home[1]), date.min)

    @property
    def stands(self) -> str:
        """Where the call after six months stands."""
        if self.is_reached or self.is_given_up:
            return "reached" if self.is_reached else "given_up"
        if not self.may_call:
            return "not_asked"
        return "later" if self.opens > TODAY else "missed" if self.is_due else "to_call"


def asked(world: World, since: date, until: date, cohort: Cohort = Cohort.JOINED) -> list[Asked]:
    found = [Asked(story, world) for story in world.stories]
    return [p for p in found if since <= ((p.joined if cohort is Cohort.JOINED else p.ended) or date.max) <= until]


def made(world: World, name: str, table: str, since: date, until: date, cohort: Cohort = Cohort.JOINED) -> Table:
    return report(name, world.facts, Question(since=since, until=until, today=TODAY, cohort=cohort)).table(table)


def indicators(people: list[Asked], definition: Definition) -> list[tuple[int, int | None]]:
    """The five (1.4), and the quit rates of answers and of all, whoever is unknown counted as smoking (1.7)."""
    done = [p for p in people if definition in p.done]
    over = [p for p in done if p.end or (p.ended or date.max) <= TODAY]
    due = [p for p in done if p.is_due]
    return [
        (len(people), None),
        (len(done), len(people)),
        (len([p for p in done if p.end == "yes"]), len([p for p in done if p.end])),
        quit_rate(over, lambda p: p.end),
        (len([p for p in due if p.is_followed_up]), len(due)),
        (len([p for p in due if p.six == "yes"]), len([p for p in due if p.six])),
        quit_rate(due, lambda p: p.six),
        (len([p for p in due if p.liked >= 4]), len([p for p in due if p.liked])),
    ]


def quit_rate(among: list[Asked], answer: Callable[[Asked], str]) -> tuple[int, int]:
    """Of all with unknown counted as smoking; who died or left the country counts where they had answered (2.3)."""
    counted = [p for p in among if not p.is_gone or (answer(p) and not p.has_withdrawn)]
    return len([p for p in counted if answer(p) == "yes"]), len(counted)


@told_by_chance
@given(seeds)
def test_the_five_indicators_are_those_of_what_people_did(seed: int) -> None:
    world = told(seed)
    for since, until in HALF_YEARS:
        for cohort in Cohort:
            people, rows = (
                asked(world, since, until, cohort),
                made(world, "indicators", "total", since, until, cohort).rows,
            )
            for column, definition in enumerate(Definition):
                assert [(row.cells[column].value, row.cells[column].of) for row in rows] == indicators(
                    people, definition
                )


@told_by_chance
@given(seeds)
def test_reach_settlement_calls_and_smoking_less_are_those_of_what_people_did(seed: int) -> None:
    world = told(seed)
    everybody = [Asked(story, world) for story in world.stories]
    for since, until in HALF_YEARS:
        joined = asked(world, since, until)
        reached = made(world, "reach", "reach", since, until).cell("total", "participants").value
        assert reached == len({p.person for p in joined})
        guests = made(world, "settlement", "courses", since, until).cell("total", "held").value
        assert guests == len([p for p in everybody if since <= p.settled_on <= until])
        calls, stands = made(world, "follow_up", "by_month", since, until), [
            p.stands for p in everybody if since <= p.opens <= until
        ]  # fmt: skip
        for key in ("reached", "given_up", "not_asked", "later", "missed", "to_call"):
            assert calls.cell("total", key).value == stands.count(key)
        less, pairs = (
            made(world, "reduction", "by_place", since, until),
            [p.smoked for p in joined if len(p.smoked) > 1],
        )
        assert less.cell("total", "measured").value == len(pairs)
        assert less.cell("total", "fewer").value == len([one for one in pairs if one[-1] < one[0]])
        assert less.cell("total", "half").value == len([one for one in pairs if 0 < one[0] >= one[-1] * 2])
        assert less.cell("total", "none").value == len([one for one in pairs if one[-1] == 0])
