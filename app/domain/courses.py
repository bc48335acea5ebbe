"""Courses: when they meet, who may join and leave when, and when a second counsellor is asked for.

A course is for a group or one person, open-ended where it plans no number of sessions; people join and leave at any
session. What cannot be is refused beside its field, with what would be right; what a programme asks for is a check
that names its document.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.checks import Check, block, caution
from app.domain.programmes import Programme
from app.domain.working_days import WorkingDays, public_holidays
from app.errors import RuleRefusal

FORMATS: Final = ("group", "individual")
SETTINGS: Final = ("place", "home", "phone", "video", "walk")
SESSION_KINDS: Final = ("ordinary", "extra", "intake", "follow_up")
STOP_DATE_POLICIES: Final = ("none", "individual", "common")
GOALS: Final = ("", "stop", "reduce", "temporary_abstinence")
MOST_SESSIONS: Final = 60
"""More than a year of weekly sessions is a slip of the finger; an open-ended course plans none."""
AHEAD: Final = 6
"""Weekly sessions that are made at once for an open-ended course."""
LONGEST_TITLE: Final = 200
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class CourseSaid:
    """A course as it is about to be made or changed; `planned_sessions` 0 means open-ended."""

    title: str
    format: str
    starts_on: date
    planned_sessions: int = 0
    ends_on: date | None = None
    starts_at: str = ""
    setting: str = "place"
    stop_date_policy: str = "none"
    stop_on: date | None = None
    counsellor_id: str | None = None
    second_counsellor_id: str | None = None


def clock_time(text: str) -> str:
    """Return a time of day as HH:MM; "9.30" and "9:30" are read, empty stays empty. RuleRefusal "not-a-time"."""
    written = text.strip()
    if not written:
        return ""
    read = _CLOCK.fullmatch(written)
    if read is None:
        raise RuleRefusal("not-a-time", field="starts_at")
    return f"{int(read[1]):02d}:{read[2]}"


def check_course(said: CourseSaid, *, stored: CourseSaid | None = None) -> None:
    """Refuse a course that cannot be; an answer of a newer version that is `stored` already may stay.

    Raises RuleRefusal with the field: "empty-title", "title-too-long", "unknown-answer", "too-many-sessions",
    "ends-before-start", "stop-date-outside-course", "stop-date-needed" or "same-counsellor".
    """
    if not said.title.strip():
        raise RuleRefusal("empty-title", field="title")
    if len(said.title) > LONGEST_TITLE:
        raise RuleRefusal("title-too-long", field="title", longest=LONGEST_TITLE)
    for field, value, known in (
        ("format", said.format, FORMATS),
        ("setting", said.setting, SETTINGS),
        ("stop_date_policy", said.stop_date_policy, STOP_DATE_POLICIES),
    ):
        if value not in known and (stored is None or value != getattr(stored, field)):
            raise RuleRefusal("unknown-answer", field=field)
    if not 0 <= said.planned_sessions <= MOST_SESSIONS:
        raise RuleRefusal("too-many-sessions", field="planned_sessions", most=MOST_SESSIONS)
    _check_days(said)
    if said.second_counsellor_id is not None and said.second_counsellor_id == said.counsellor_id:
        raise RuleRefusal("same-counsellor", field="second_counsellor_id")


def _check_days(said: CourseSaid) -> None:
    if said.ends_on is not None and said.ends_on < said.starts_on:
        raise RuleRefusal("ends-before-start", field="ends_on", day=said.starts_on)
    if said.stop_date_policy != "common":
        return
    if said.stop_on is None:
        raise RuleRefusal("stop-date-needed", field="stop_on")
    if said.stop_on < said.starts_on or (said.ends_on is not None and said.stop_on > said.ends_on):
        raise RuleRefusal("stop-date-outside-course", field="stop_on", day=said.starts_on)


def course_checks(said: CourseSaid, programme: Programme) -> tuple[Check, ...]:
    """Return what the programme has to say about a course: its format, its length."""
    found: list[Check] = []
    formats = programme.items("course_formats", FORMATS)
    if said.format not in formats:
        found.append(caution(programme, "course_formats", "format-not-in-programme", field="format"))
    least = programme.whole("group_sessions_least", 0)
    if said.format == "group" and 0 < said.planned_sessions < least:
        found.append(
            caution(
                programme, "group_sessions_least", "course-too-short", field="planned_sessions", least=least,
                planned=said.planned_sessions,
            )
        )  # fmt: skip
    return tuple(found)


def education_checks(without: Collection[str], programme: Programme) -> tuple[Check, ...]:
    """Return that the programme asks for an education that nobody has noted for these counsellors, by name (S2)."""
    if not without or not programme.has("counsellor_education"):
        return ()
    return (
        caution(
            programme, "counsellor_education", "counsellor-education-unknown", field="counsellor_id",
            names=", ".join(sorted(without)),
        ),
    )  # fmt: skip


def is_heavy_smoker(cigarettes: float, programme: Programme) -> bool:
    """Return whether so many cigarettes a day make a heavy smoker by the programme's words: more than, or at least."""
    above, least = programme.value("heavy_smoker_above"), programme.value("heavy_smoker_least")
    if above is not None:
        return cigarettes > float(above)
    return least is None or cigarettes >= float(least)


def target_checks(cigarettes: float | None, programme: Programme) -> tuple[Check, ...]:
    """Return that somebody is not whom the programme is for, where what is known of their smoking says so.

    Only a programme for heavy smokers and not for every daily smoker has something to say; nothing known is no answer.
    """
    groups = programme.items("target_group")
    if cigarettes is None or "heavy_smoker" not in groups or "daily_smoker" in groups:
        return ()
    if is_heavy_smoker(cigarettes, programme):
        return ()
    return (
        caution(programme, "target_group", "outside-target-group", field="person_id", cigarettes=f"{cigarettes:g}"),
    )


def size_checks(participants: int, *, has_second_counsellor: bool, programme: Programme) -> tuple[Check, ...]:
    """Return what the programme has to say about so many people: a second counsellor, or a smaller group."""
    found: list[Check] = []
    most = programme.whole("participants_per_counsellor_most", 0)
    if most and participants > most and not has_second_counsellor:
        found.append(
            block(
                programme, "participants_per_counsellor_most", "second-counsellor-needed",
                field="second_counsellor_id", most=most, participants=participants,
            )
        )  # fmt: skip
    largest = programme.whole("group_size_most", 0)
    if largest and participants > largest:
        found.append(
            caution(
                programme, "group_size_most", "group-too-large", field="joined_on", most=largest,
                participants=participants,
            )
        )  # fmt: skip
    return tuple(found)


def planned_days(said: CourseSaid, *, calendar: WorkingDays) -> tuple[date, ...]:
    """Return the days of a course's first sessions: as many as are planned, or some weeks of an open-ended one."""
    return weekly_days(said.starts_on, said.planned_sessions or AHEAD, calendar=calendar, last=said.ends_on)


def weekly_days(first: date, count: int, *, calendar: WorkingDays, last: date | None = None) -> tuple[date, ...]:
    """Return `count` days a week apart from `first` on, none after `last`; a week whose day is a holiday is left out.

    The first day is taken as it is given, so that a course may begin on a day off that somebody chose.
    """
    days: list[date] = []
    day = first
    while len(days) < count and (last is None or day <= last):
        if day == first or _is_open(day, calendar):
            days.append(day)
        day += _WEEK
    return tuple(days)


def _is_open(day: date, calendar: WorkingDays) -> bool:
    """Return whether a course can meet: where it meets at weekends, only holidays and own days off are closed."""
    if day.weekday() < 5:
        return calendar.is_working_day(day)
    own = day in calendar.own or (day.month, day.day) in calendar.own_yearly
    return not own and day not in public_holidays(day.year)


def check_session_day(held_on: date, *, starts_on: date, ends_on: date | None) -> None:
    """Refuse a session outside its course: RuleRefusal "session-before-course" or "session-after-course"."""
    if held_on < starts_on:
        raise RuleRefusal("session-before-course", field="held_on", day=starts_on)
    if ends_on is not None and held_on > ends_on:
        raise RuleRefusal("session-after-course", field="held_on", day=ends_on)


def check_joining(joined_on: date, *, ends_on: date | None, is_running: bool, deceased_on: date | None) -> None:
    """Refuse joining a course that is over: RuleRefusal "course-closed", "joined-after-course" or "person-deceased"."""
    if not is_running:
        raise RuleRefusal("course-closed", field="course_id")
    if ends_on is not None and joined_on > ends_on:
        raise RuleRefusal("joined-after-course", field="joined_on", day=ends_on)
    if deceased_on is not None and joined_on > deceased_on:
        raise RuleRefusal("person-deceased", field="joined_on", day=deceased_on)


def check_leaving(left_on: date, *, joined_on: date, last_attended_on: date | None, today: date) -> None:
    """Refuse leaving before joining or before a session that the person came to, and in the future.

    Raises RuleRefusal "left-before-joining", "left-before-attending" or "future-date" with field "left_on".
    """
    if left_on < joined_on:
        raise RuleRefusal("left-before-joining", field="left_on", day=joined_on)
    if last_attended_on is not None and left_on < last_attended_on:
        raise RuleRefusal("left-before-attending", field="left_on", day=last_attended_on)
    if left_on > today:
        raise RuleRefusal("future-date", field="left_on")
