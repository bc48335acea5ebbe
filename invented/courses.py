"""Which courses there are, when they meet relative to today, and who has a seat in which."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from app.clock import DENMARK
from app.ids import natural_id
from invented.cooperation import PLACES, Cooperation, InventedRow
from invented.ids import made_id
from invented.meeting_days import weekly, working_day

PEOPLE = 240
"""People for each step of scale."""
CLOSED_AFTER = timedelta(days=14)
"""How long after its last session a course is closed."""
REGISTERED_AFTER = timedelta(days=14)
"""How long after its first session somebody has created a group on rsiden.dk and ticked it off."""
MOST_FOR_ONE = 12
"""Participants whom one counsellor takes (S2)."""
AHEAD = 4
"""Sessions of an open-ended course that are planned beyond the next one."""
YEARS_BEFORE = (104, 156)
"""Weeks between a course and the one that the same people were on before it: two to three years."""
_MUNICIPALITY = {key: municipality for key, municipality, *_ in PLACES}


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A course as it stands today: session `number` of `planned` (0: open-ended) meets `days` from today."""

    place: str
    title: str
    number: int
    days: int
    size: int
    at: str
    planned: int = 10
    concept: str = "Små skridt"
    programme: str = "faa_hjaelp_til_rygestop"
    format: str = "group"
    setting: str = "place"
    counsellor: int = 0
    returning_from: int | None = None
    """Index of the finished course from which two people come back."""
    is_long_ago: bool = False
    """Whether it was over years ago, when nothing was handed out yet."""


S2, S0, S3 = "roegfri_paa_tvaers", "styrket_rygestoptilbud", "faa_hjaelp_til_rygestop"
BLUEPRINTS = (
    Blueprint("kilden", "Små skridt på Kilden", 10, 0, 10, "10:00"),
    Blueprint("lindehuset", "Røgfri tid på Lindehuset", 3, 0, 8, "14:00", concept="Røgfri tid"),
    Blueprint("kilden", "Små skridt på Kilden, forår", 10, -112, 11, "10:00"),
    Blueprint("varmen", "Åbent hold under broen", 27, 1, 14, "13:00", planned=0, programme=S0, returning_from=2),
    Blueprint("lindehuset", "Kom & Kvit på værelset", 3, 2, 1, "11:00", 4, "Kom & Kvit", S2, "individual", "home", 1),
    Blueprint("varmen", "Nyt hold i varmestuen", 1, 8, 6, "10:30", counsellor=1),
    Blueprint("pejlingen", "Rygestop på Pejlingen", 5, 1, 9, "09:30", concept="ACT", programme=S0),
    Blueprint("solgaarden", "Små skridt på Solgården", 8, 3, 10, "15:00", counsellor=1, returning_from=8),
    Blueprint("pejlingen", "Rygestop på Pejlingen, første hold", 10, -40, 12, "09:30", concept="ACT", programme=S0),
    Blueprint("solgaarden", "Kom & Kvit, gåture", 2, 4, 1, "10:00", 4, "Kom & Kvit", S2, "individual", "walk", 1),
    Blueprint("aahuset", "Rygestop i Åhuset", 10, -190, 11, "13:00", programme=S2, concept="Små skridt"),
    Blueprint("perronen", "Perronholdet", 6, 2, 12, "12:00", programme=S2, returning_from=10),
    Blueprint("aahuset", "Røgfri tid i Åhuset", 2, 5, 7, "13:00", concept="Røgfri tid"),
    Blueprint("kanalen", "Kanalholdet, sidste år", 10, -170, 12, "10:00", programme=S2),
    Blueprint("kanalen", "Kanalholdet", 10, 6, 13, "10:00", programme=S2, returning_from=13),
    Blueprint("birken", "Små skridt på Birken", 4, 4, 6, "09:00"),
    Blueprint("havnen", "Rygestop i Havnehuset", 7, 1, 6, "14:00", 6, "Kom & Kvit", S2),
    Blueprint("nattelyset", "Små skridt på Nattelyset, første hold", 10, -200, 9, "17:00"),
    Blueprint("nattelyset", "Åbent hold på Nattelyset", 40, 2, 16, "17:00", 0, programme=S0, returning_from=17),
    Blueprint(
        "strandhuset", "Rygestop på Strandhuset, efterår", 10, -60, 10, "11:00", concept="Preloading", programme=S0
    ),
    Blueprint("strandhuset", "Rygestop på Strandhuset", 5, 3, 10, "11:00", concept="Preloading", programme=S0),
    Blueprint("engen", "Små skridt på Engen", 1, 7, 8, "10:00", returning_from=19),
    Blueprint("engen", "Kom & Kvit pr. telefon", 4, 5, 1, "09:00", 4, "Kom & Kvit", S2, "individual", "phone"),
)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A session: `state` is planned, closed or cancelled; `closed_at` only where it is closed."""

    id: str
    number: int
    held_on: date
    state: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Course:
    """A course with all its sessions."""

    id: str
    blueprint: Blueprint
    municipality: str
    team_id: str
    counsellor_id: str
    second_counsellor_id: str | None
    meetings: tuple[Meeting, ...]

    @property
    def is_finished(self) -> bool:
        """Whether no session is left."""
        return self.meetings[-1].state != "planned"

    @property
    def is_met_today(self) -> bool:
        """Whether this is one of the courses whose list must be whole today."""
        return self.blueprint.days == 0


def courses(known: Cooperation, *, seed: int, copy: int, today: date) -> tuple[Course, ...]:
    """Return the courses of one step of scale; only the first step's meet Mette Holm today."""
    random = Random(f"{seed}:{copy}:courses")
    return tuple(_course(known, blueprint, random=random, copy=copy, today=today) for blueprint in BLUEPRINTS)


def earlier_courses(known: Cooperation, *, seed: int, copy: int, today: date) -> tuple[Course, ...]:
    """Return for each course the one that its people were on some years before, which was over long ago."""
    random = Random(f"{seed}:{copy}:earlier courses")
    weeks = YEARS_BEFORE[0] + copy % (YEARS_BEFORE[1] - YEARS_BEFORE[0])
    blueprints = (
        _before(blueprint, days=7 * weeks, year=(today - timedelta(weeks=weeks)).year) for blueprint in BLUEPRINTS
    )
    return tuple(_course(known, blueprint, random=random, copy=copy, today=today) for blueprint in blueprints)


def _before(blueprint: Blueprint, *, days: int, year: int) -> Blueprint:
    sessions = blueprint.planned or 10
    return replace(
        blueprint,
        title=f"{blueprint.title}, {year}",
        number=sessions,
        planned=sessions,
        days=blueprint.days - days,
        is_long_ago=True,
    )


def seats() -> tuple[tuple[int, ...], ...]:
    """Return for each of the 240 people the indices of their courses, earliest first; empty for those who wait."""
    taken: list[list[int]] = []
    seated: dict[int, range] = {}
    for index, blueprint in enumerate(BLUEPRINTS):
        returning = 0 if blueprint.returning_from is None else 2
        new = range(len(taken), len(taken) + blueprint.size - returning)
        taken.extend([index] for _ in new)
        seated[index] = new
    for index, blueprint in enumerate(BLUEPRINTS):
        if blueprint.returning_from is not None:
            for person in seated[blueprint.returning_from][:2]:
                taken[person].append(index)
    return (*map(tuple, taken), *(() for _ in range(PEOPLE - len(taken))))


def course_rows(known: Cooperation, course: Course, *, seed: int, copy: int, today: date) -> Iterator[InventedRow]:
    """Yield the course, its sessions, and the visits at the place before it began."""
    blueprint = course.blueprint
    place_id = known.place_ids[blueprint.place]
    yield (
        "course",
        course.id,
        {
            "team_id": course.team_id,
            "place_id": place_id,
            "delivering_municipality_id": known.municipality_ids[course.municipality],
            "programme_version_id": known.programme_ids[blueprint.programme],
            "title": blueprint.title if copy == 0 else f"{blueprint.title} ({copy + 1})",
            "format": blueprint.format,
            "concept": blueprint.concept,
            "planned_sessions": blueprint.planned,
            "starts_on": course.meetings[0].held_on.isoformat(),
            "ends_on": course.meetings[-1].held_on.isoformat() if blueprint.planned else None,
            "starts_at": blueprint.at,
            "setting": blueprint.setting,
            "counsellor_id": course.counsellor_id,
            "second_counsellor_id": course.second_counsellor_id,
            "stop_date_policy": "individual",
            "state": "closed"
            if course.is_finished and course.meetings[-1].held_on < today - CLOSED_AFTER
            else "running",
        },
    )
    if blueprint.format == "group" and course.meetings[0].held_on < today - REGISTERED_AFTER:
        key = f"group:{course.id}"
        decided = {"team_id": course.team_id, "task_key": key, "state": "done", "decided_by": course.counsellor_id}
        at = wire_moment(moment_on(course.meetings[0].held_on, "16:00"))
        yield "team_task_state", natural_id("team_task_state", course.team_id, key), {**decided, "decided_at": at}
    is_kom_og_kvit = blueprint.concept == "Kom & Kvit" and blueprint.format == "individual"
    for meeting in course.meetings:
        yield (
            "session",
            meeting.id,
            {
                "team_id": course.team_id,
                "course_id": course.id,
                "place_id": place_id,
                "number": meeting.number,
                "held_on": meeting.held_on.isoformat(),
                "starts_at": blueprint.at,
                "setting": blueprint.setting,
                "state": meeting.state,
                "closed_at": None if meeting.closed_at is None else wire_moment(meeting.closed_at),
                "closed_by": course.counsellor_id if meeting.state == "closed" else None,
                "counsellor_id": course.counsellor_id,
                "second_counsellor_id": course.second_counsellor_id,
                "minutes": 60 if meeting.state == "closed" and blueprint.format == "group" else None,
                "kind": "intake" if is_kom_og_kvit and meeting.number == 1 else "ordinary",
            },
        )
    if blueprint.format == "group" and (blueprint.programme != S3 or copy > 0):
        yield from _visits(course, place_id, random=Random(f"{seed}:{copy}:{course.id}"), today=today)


def wire_moment(moment: datetime) -> str:
    """Return a moment as the wire has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_on(day: date, at: str) -> datetime:
    """Return that day's moment by the clock in Denmark, in UTC."""
    return datetime.combine(day, time.fromisoformat(at), DENMARK).astimezone(UTC)


def _course(known: Cooperation, blueprint: Blueprint, *, random: Random, copy: int, today: date) -> Course:
    days = blueprint.days if blueprint.days or copy == 0 else 1 + copy % 4
    anchor = today if days == 0 else working_day(today + timedelta(days=days))
    last = blueprint.planned or blueprint.number + AHEAD
    held = weekly(anchor, number=blueprint.number, first=1, last=last)
    municipality = _MUNICIPALITY[blueprint.place]
    colleagues = known.counsellors(municipality)
    return Course(
        id=made_id(random, moment_on(held[1] - timedelta(days=30), "09:00")),
        blueprint=blueprint,
        municipality=municipality,
        team_id=known.team_ids[municipality],
        counsellor_id=colleagues[blueprint.counsellor % len(colleagues)].id,
        second_counsellor_id=_second(blueprint, [colleague.id for colleague in colleagues]),
        meetings=tuple(
            _meeting(blueprint, number, day, random=random, today=today) for number, day in sorted(held.items())
        ),
    )


def _second(blueprint: Blueprint, colleagues: list[str]) -> str | None:
    """Return the second counsellor of a group of more than twelve, where the team has two."""
    if blueprint.size <= MOST_FOR_ONE or len(colleagues) == 1:
        return None
    return colleagues[(blueprint.counsellor + 1) % len(colleagues)]


def _meeting(blueprint: Blueprint, number: int, day: date, *, random: Random, today: date) -> Meeting:
    state = "planned"
    if day < today:
        may_be_cancelled = blueprint.days != 0 and 1 < number < blueprint.planned
        state = "cancelled" if random.random() < 0.04 and may_be_cancelled else "closed"
    starts = moment_on(day, blueprint.at)
    closed_at = starts + timedelta(minutes=random.randint(55, 95)) if state == "closed" else None
    return Meeting(made_id(random, starts - timedelta(days=28)), number, day, state, closed_at)


def _visits(course: Course, place_id: str, *, random: Random, today: date) -> Iterator[InventedRow]:
    """Yield a house meeting and three café visits a week apart, counted and without anybody's name."""
    starts = course.meetings[0].held_on
    for weeks, kind in ((5, "house_meeting"), (4, "cafe_visit"), (3, "cafe_visit"), (2, "cafe_visit")):
        day = working_day(starts - timedelta(weeks=weeks))
        if day >= today:
            continue
        visitors = random.randint(6, 28)
        yield (
            "outreach_visit",
            made_id(random, moment_on(day, "15:30")),
            {
                "team_id": course.team_id,
                "place_id": place_id,
                "kind": kind,
                "visited_on": day.isoformat(),
                "visitors": visitors,
                "talks": random.randint(1, visitors // 2),
                "leaflets": random.randint(0, visitors),
                "interested": random.randint(0, 6),
                "recorded_by": course.counsellor_id,
                "corrects_id": None,
                "reason": "",
            },
        )
