"""Rounds of S3's steps at the places, and the visits that were counted in them without anybody's name."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from app.ids import natural_id
from invented.cooperation import Cooperation, InventedRow
from invented.courses import S3, Course, moment_on
from invented.ids import made_id
from invented.meeting_days import working_day

_BEFORE = (
    ("map", 1, 11),
    ("counsellor_training", 1, 9),
    ("counsellor_training", 2, 8),
    ("start_workshop", 1, 7),
    ("introductory_meeting", 1, 6),
    ("house_meeting", 1, 5),
    ("cafe_visits", 1, 4),
    ("cafe_visits", 2, 3),
    ("cafe_visits", 3, 2),
)
"""Step, its number, and weeks before the first session."""
_AFTER_FIRST = (("supervision", 1, 3), ("supervision", 2, 7))
WEEKS_TO_FOLLOW_UP = 4
_VISITS = {"house_meeting": "house_meeting", "cafe_visits": "cafe_visit"}
_NOTES = ("", "", "", "Regn, færre end sidst", "God snak om plastre", "Flere spurgte til hold om formiddagen")


def cycle_rows(known: Cooperation, course: Course, *, number: int, seed: int, today: date) -> Iterator[InventedRow]:
    """Yield the round that a course is the heart of; only courses under S3 have one."""
    if course.blueprint.programme != S3 or course.blueprint.format != "group":
        return
    random = Random(f"{seed}:{course.id}:cycle")
    place = course.blueprint.place
    days = _days(course)
    started_on = days["map", 1]
    if started_on >= today:
        return
    cycle_id = made_id(random, moment_on(started_on, "10:00"))
    is_over = days["follow_up_meeting", 1] < today
    yield (
        "place_cycle",
        cycle_id,
        {
            "team_id": course.team_id,
            "place_id": known.place_ids[place],
            "programme_version_id": known.programme_ids[S3],
            "number": number,
            "started_on": started_on.isoformat(),
            "ended_on": days["follow_up_meeting", 1].isoformat() if is_over else None,
            "state": "finished" if is_over else "running",
        },
    )
    for (step, step_number), day in days.items():
        is_skipped = step == "supervision" and step_number == 2 and random.random() < 0.3
        is_done = day < today and not is_skipped
        yield (
            "place_cycle_step",
            step_id(cycle_id, step, step_number),
            {
                "team_id": course.team_id,
                "cycle_id": cycle_id,
                "step": step,
                "number": step_number,
                "planned_on": day.isoformat(),
                "done_on": day.isoformat() if is_done else None,
                "state": "done" if is_done else "skipped" if day < today else "planned",
                "contact_id": known.contact_ids[place][0],
                "course_id": course.id if step == "course" else None,
            },
        )
    yield from _visits(known, course, days, cycle_id, random=random, today=today)


def round_number(course: Course, held: Sequence[Course]) -> int:
    """Return which round at its place a course is the heart of."""
    first = course.meetings[0].held_on
    return 1 + sum(
        other.blueprint.place == course.blueprint.place
        and other.blueprint.programme == S3
        and other.blueprint.format == "group"
        and other.meetings[0].held_on < first
        for other in held
    )


def step_id(cycle_id: str, step: str, number: int) -> str:
    """Return the natural key of a step."""
    return natural_id("place_cycle_step", cycle_id, step, str(number))


def _days(course: Course) -> dict[tuple[str, int], date]:
    first, last = course.meetings[0].held_on, course.meetings[-1].held_on
    days = {(step, number): working_day(first - timedelta(weeks=weeks)) for step, number, weeks in _BEFORE}
    days["course", 1] = first
    for step, number, weeks in _AFTER_FIRST:
        days[step, number] = working_day(first + timedelta(weeks=weeks, days=1))
    days["follow_up_meeting", 1] = working_day(last + timedelta(weeks=WEEKS_TO_FOLLOW_UP))
    return days


def _visits(
    known: Cooperation,
    course: Course,
    days: dict[tuple[str, int], date],
    cycle_id: str,
    *,
    random: Random,
    today: date,
) -> Iterator[InventedRow]:
    for (step, number), day in days.items():
        if step not in _VISITS or day >= today:
            continue
        visitors = random.randint(6, 28)
        talks = random.randint(2, max(2, visitors // 2))
        counted = {
            "team_id": course.team_id,
            "place_id": known.place_ids[course.blueprint.place],
            "kind": _VISITS[step],
            "visited_on": day.isoformat(),
            "visitors": visitors,
            "talks": talks,
            "leaflets": random.randint(0, visitors),
            "brief_advice": random.randint(0, talks),
            "interested": random.randint(0, min(visitors, 8)),
            "minutes": random.choice((60, 60, 75, 90)),
            "cycle_step_id": step_id(cycle_id, step, number),
            "note": random.choice(_NOTES),
            "recorded_by": course.counsellor_id,
        }
        first = made_id(random, moment_on(day, "15:30"))
        yield "outreach_visit", first, counted
        if random.random() < 0.06:
            right = {**counted, "visitors": visitors + 1, "corrects_id": first, "reason": "Talte en for lidt"}
            yield "outreach_visit", made_id(random, moment_on(day, "15:45")), right
