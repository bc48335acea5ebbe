"""How a part in a course ends: extra sessions before, the reason, the outcome, the letter, the six-month call."""

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from app.ids import natural_id
from invented.courses import moment_on, wire_moment
from invented.ids import made_id
from invented.meeting_days import working_day

if TYPE_CHECKING:
    from invented.stories import Enrolled

MONTHS_5, MONTHS_7 = timedelta(days=152), timedelta(days=213)
"""Well inside the window of five to seven months."""
CALLS = 4
EVENING = "17:30"
LETTER = (
    "{name} har deltaget i et rygestopforløb hos os og kom til {n} mødegange. {outcome} "
    "Når nogen holder op med eller begynder at ryge, kan virkningen af medicin ændre sig; vær venlig at gennemgå den."
)


def extra_session(part: "Enrolled") -> None:
    """Meet somebody alone between two sessions, at home or on the telephone, now and then."""
    story, course = part.story, part.course
    if course.blueprint.format != "group" or len(part.held) < 4 or story.more.random() > 0.08:
        return
    meeting = part.held[3]
    day = working_day(meeting.held_on + timedelta(days=2))
    if day >= story.today or part.leaves_at:
        return
    setting = story.more.choice(("home", "phone", "walk", "video"))
    session_id = made_id(story.more, moment_on(day, "11:00"))
    closed_at = wire_moment(moment_on(day, "11:40"))
    session = {
        "team_id": course.team_id,
        "course_id": course.id,
        "place_id": story.place_id(course.blueprint.place),
        "number": 1,
        "held_on": day.isoformat(),
        "starts_at": "11:00",
        "setting": setting,
        "state": "closed",
        "closed_at": closed_at,
        "closed_by": course.counsellor_id,
        "kind": "extra",
        "enrolment_id": part.enrolment_id,
        "counsellor_id": course.counsellor_id,
        "minutes": 30,
    }
    story.rows.append(("session", session_id, session))
    attendance = {
        "person_id": story.person_id,
        "enrolment_id": part.enrolment_id,
        "session_id": session_id,
        "status": "present",
        "small_step": "",
        "note": "Talte om det, der er svært derhjemme" if setting == "home" else "",
        "minutes": 30,
    }
    story.rows.append(("attendance", natural_id("attendance", part.enrolment_id, session_id), attendance))
    part.present += 1


def unusual_reason(part: "Enrolled", reason: str) -> str:
    """Return the reason, or now and then one that is counted another way."""
    if reason == "moved_away" and part.story.more.random() < 0.3:
        return "moved_abroad"
    if reason == "dropped_out":
        drawn = part.story.more.random()
        if drawn < 0.05 and not part.comes_again:
            return "deceased"
        if drawn < 0.2:
            return "not_reached"
    return reason


def close(part: "Enrolled", left_on: date | None, reason: str) -> None:
    """Note what a reason says beside the enrolment: a day of death, a consent withdrawn."""
    story = part.story
    if left_on is None:
        return
    if reason == "deceased":
        story.rows[0][2]["deceased_on"] = left_on.isoformat()
        story.answers["deceased"] = "yes"
    if reason == "consent_withdrawn" and story.answers.get("stopbasen") == "given":
        day = left_on.isoformat()
        story.answers["stopbasen"] = "withdrawn"
        story.fact("consent", left_on, "16:00", kind="stopbasen", manner="oral", answer="withdrawn", answered_on=day)


def look_back(part: "Enrolled", left_on: date | None) -> None:
    """Record the outcome at the end, write to the doctor, and call after six months."""
    last = part.course.meetings[-1].held_on
    if "deceased" in part.story.answers:
        return
    if part.outcome != "leaves":
        _at_the_end(part, last)
        _letter(part, last)
    _six_months(part, left_on or last)


def _at_the_end(part: "Enrolled", last: date) -> None:
    story, more = part.story, part.story.more
    if last >= story.today or more.random() < 0.06:
        return
    is_free = story.is_smoke_free
    story.fact(
        "outcome",
        last,
        "16:30",
        enrolment_id=part.enrolment_id,
        time_point="end",
        assessed_on=last.isoformat(),
        smoke_free="yes" if is_free else "no",
        nicotine_free=_nicotine_free(is_free, more),
        source="self_report",
        self_report_on=last.isoformat() if is_free else None,
        co_ppm=float(more.randint(1, 4)) if is_free and more.random() < 0.7 else None,
        cigarettes_per_day=0.0 if is_free else float(max(1, round(part.before * more.uniform(0.3, 0.9)))),
        satisfaction=more.choices((2, 3, 4, 5, None), (3, 10, 40, 40, 7))[0],
        missing_reason="",
        note="",
    )


def _nicotine_free(is_smoke_free: bool, more: Random) -> str:
    if not is_smoke_free:
        return "no"
    return more.choices(("yes", "no", "not_asked"), (25, 65, 10))[0]


def _letter(part: "Enrolled", last: date) -> None:
    story, more = part.story, part.story.more
    if story.answers.get("letter_gp") != "given" or more.random() < 0.3:
        return
    written = working_day(last + timedelta(days=2))
    if written >= story.today:
        return
    is_given = more.random() < 0.75 and written + timedelta(days=7) < story.today
    outcome = "Ved afslutningen var personen røgfri." if story.is_smoke_free else "Ved afslutningen røg personen færre."
    letter: dict[str, Any] = {
        "person_id": story.person_id,
        "enrolment_id": part.enrolment_id,
        "kind": "gp",
        "recipient": story.rows[0][2].get("gp_name", ""),
        "text": LETTER.format(name=story.who.shown_name, n=part.present, outcome=outcome),
        "state": "given" if is_given else more.choice(("draft", "finished")),
        "written_on": written.isoformat(),
        "written_by": part.course.counsellor_id,
        "given_on": (written + timedelta(days=5)).isoformat() if is_given else None,
    }
    story.rows.append(("letter", made_id(more, moment_on(written, "14:00")), letter))


def _six_months(part: "Enrolled", ended: date) -> None:
    story, more = part.story, part.story.more
    if story.answers.get("contact_six_months") != "given":
        return
    counted = part.stops[-1][0] if part.stops else ended
    day = working_day(counted + MONTHS_5 + timedelta(days=more.randint(4, 24)))
    for call in range(CALLS):
        if day >= story.today or day > counted + MONTHS_7:
            return
        result = more.choices(("reached", "no_answer", "call_back", "declined"), (26, 58, 13, 3))[0]
        at = EVENING if call == 1 else f"{more.randint(9, 15):02d}:{more.randrange(0, 60, 5):02d}"
        story.fact(
            "follow_up_attempt",
            day,
            at,
            enrolment_id=part.enrolment_id,
            attempted_at=wire_moment(moment_on(day, at)),
            channel="phone",
            result=result,
            note="",
        )
        if result in ("reached", "declined"):
            _answer(part, day, missing="" if result == "reached" else "declined")
            return
        if call < CALLS - 1:
            day = working_day(day + timedelta(days=more.randint(2, 6)))
    _answer(part, day, missing="not_reached")


def _answer(part: "Enrolled", day: date, *, missing: str) -> None:
    story, more = part.story, part.story.more
    is_free = not missing and more.random() < (0.6 if story.is_smoke_free else 0.08)
    said = "not_asked" if missing else "yes" if is_free else "no"
    story.fact(
        "outcome",
        day,
        "18:00",
        enrolment_id=part.enrolment_id,
        time_point="six_months",
        assessed_on=day.isoformat(),
        smoke_free=said,
        nicotine_free="not_asked" if missing else _nicotine_free(is_free, more),
        source="self_report",
        self_report_on=day.isoformat() if is_free else None,
        co_ppm=None,
        cigarettes_per_day=None if missing else 0.0 if is_free else float(more.randint(3, 20)),
        satisfaction=None if missing else more.choices((3, 4, 5, None), (12, 40, 40, 8))[0],
        missing_reason=missing,
        note="",
    )
