"""What is due for whom, written down from the rules alone: all rows are read, one person after the other.

Left out are the calls after six months and courses to close, which are compared with the screens that name them, and
prescribers to tell, see `test_due_for_everybody`.
"""

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import select

from app.clock import day_of
from app.domain.working_days import WorkingDays, deadline
from app.models.course import Attendance, Course, Diploma, Enrolment, Session
from app.models.letter import Letter
from app.models.organisation import DayOff, ProgrammeVersion
from app.models.outcome import FormTyped, Outcome
from app.models.person import Consent, ContactAttempt, Person, Referral
from app.models.plan import NrtPlan
from app.models.smoking import Handout

OF_PEOPLE = (
    Enrolment, Attendance, Diploma, Letter, FormTyped, Outcome, Consent, ContactAttempt, Referral, NrtPlan, Handout,
)  # fmt: skip
FACTS = {Consent, ContactAttempt, FormTyped, Handout, Outcome}
WEEK = timedelta(weeks=1)


def days(number):
    return timedelta(days=number)


class Everything:
    """All rows of a store, each as that of the person whom it counts for; facts that were corrected are left out."""

    def __init__(self, reading, today, home):
        def rows(table):
            return list(reading.scalars(select(table).order_by(table.id)))

        self.today, self.home = today, home
        people = {row.id: row for row in rows(Person)}
        self.into = {key: row.merged_into_id for key, row in people.items()}
        flags = ("deceased_on", "restricted_on", "anonymised_on")
        silent = {self.whom(key) for key, row in people.items() if any(getattr(row, flag) for flag in flags)}
        self.people = [key for key, into in self.into.items() if into is None and key not in silent]
        self.courses, self.sessions = ({row.id: row for row in rows(table)} for table in (Course, Session))
        self.versions, self.days_off = rows(ProgrammeVersion), rows(DayOff)
        self.of = defaultdict(lambda: defaultdict(list))
        for table in OF_PEOPLE:
            found = rows(table)
            corrected = {row.corrects_id for row in found} if table in FACTS else ()
            for row in found:
                if row.id not in corrected and not getattr(row, "taken_back", False):
                    self.of[self.whom(row.person_id)][table].append(row)

    def whom(self, key):
        return self.whom(self.into[key]) if self.into[key] else key

    def calendar(self, municipality):
        ours = (None, municipality or self.home)
        return WorkingDays(frozenset(row.day for row in self.days_off if row.municipality_id in ours))

    def rule(self, version_id, *keys):
        """Return the first of these rules: of the course's own version, else the agreement's, else the advice's."""
        asked = [version for version in self.versions if version.id == version_id]
        for key in ("roegfri_paa_tvaers", "inspirationsark"):
            begun = [version for version in self.versions if version.key == key and version.valid_from <= self.today]
            asked += sorted(begun, key=lambda version: version.valid_from)[-1:]
        return next((version.rules[key] for version in asked for key in keys if key in version.rules), None)

    def sessions_of(self, part):
        found = (row for row in self.sessions.values() if row.course_id == part.course_id)
        return [row for row in found if row.enrolment_id in (None, part.id)]

    def attended(self, has, part):
        came = (row for row in has[Attendance] if row.enrolment_id == part.id and row.status == "present")
        return [self.sessions[row.session_id].held_on for row in came]

    def own(self, version_id, key, usual=None):
        rules = next((version.rules for version in self.versions if version.id == version_id), {})
        return rules[key]["value"] if key in rules else usual


def due_for_everybody(reading, today, *, home):
    """Return by person and key of the task until when it is due; None where no document sets a day."""
    known = Everything(reading, today, home)
    found = {}
    for person in known.people:
        has = known.of[person]
        questions = (referrals(known, has), handouts(known, has))
        parts = (question(known, has, part) for part in has[Enrolment] for question in ABOUT_A_PART)
        found |= {(person, key): due for tasks in (*questions, *parts) for key, due in tasks}
    return found


def calls(has, *purposes, outcomes=("reached", "declined")):
    return [one for one in has[ContactAttempt] if one.purpose in purposes and one.outcome in outcomes]


def spoken_since(has, since, *purposes):
    """Return whether somebody spoke with them for one of these purposes on that day or after it."""
    return any(day_of(one.attempted_at) >= since for one in calls(has, *purposes))


def referrals(known, has):
    for row in has[Referral]:
        version, on, parts = row.programme_version_id, row.received_on, has[Enrolment]
        rule = known.rule(version, "first_contact_deadline")
        about = [one for one in calls(has, "first_call") if one.referral_id in (None, row.id)]
        is_answered = any(one.referral_id or day_of(one.attempted_at) >= on for one in about)
        is_met = any(day >= on for part in parts for day in known.attended(has, part))
        if row.state == "open" and rule and not is_answered and not is_met:
            calendar = known.calendar(row.municipality_id)
            yield f"first_call:{row.id}", deadline(on, rule["value"], rule["unit"], calendar=calendar)
        is_helped = spoken_since(has, known.today - 2 * WEEK, "other") or any(
            not part.left_on or part.joined_on >= on or part.referral_id == row.id for part in parts
        )
        is_lately = row.state == "accepted" and on >= known.today - days(180)
        if is_lately and not is_helped and known.rule(version, "start_as_soon_as_possible"):
            yield f"waiting:{row.id}", on + WEEK
        is_joined = any(not part.left_on or part.joined_on >= on for part in parts)
        is_thinking = row.state == "open" and on >= known.today - days(180) and is_answered and not is_joined
        if is_thinking and known.rule(version, "start_as_soon_as_possible"):
            again = max(day_of(one.attempted_at) for one in calls(has, "first_call", "other")) + 2 * WEEK
            if again <= known.today:
                yield f"waiting:thinking:{row.id}", again


def before_sessions(known, has, part):
    """The reminder of each session, and the talk before the first one."""
    course, today = known.courses[part.course_id], known.today
    version, calendar = course.programme_version_id, known.calendar(course.delivering_municipality_id)
    coming = [row for row in known.sessions_of(part) if row.state == "planned" and row.held_on >= today]
    coming = [row for row in coming if part.joined_on <= row.held_on <= (part.left_on or date.max)]
    for row in coming:
        is_reminded = any(one.purpose == "reminder" and one.session_id == row.id for one in has[ContactAttempt])
        is_near = today >= calendar.latest_until(row.held_on - days(1))
        if is_near and not is_reminded and known.rule(version, "reminder_before_session"):
            yield f"reminder:{row.id}:{part.id}", row.held_on
    been = any(row.enrolment_id == part.id for row in has[Attendance])
    if coming and not been and known.rule(version, "contact_before_first_session"):
        first, since = min(row.held_on for row in coming), part.joined_on - 2 * WEEK
        latest = calendar.latest_until(first - days(1))
        first_call = [one for one in calls(has, "first_call") if one.outcome == "reached"]
        is_spoken = any(day_of(one.attempted_at) >= since for one in first_call)
        is_near = first <= today + WEEK or today >= latest
        if is_near and not is_spoken and not spoken_since(has, since, "before_first_session"):
            yield f"before_first_session:{part.id}", max(latest, min(today, first))


def missed_sessions(known, has, part):
    course = known.courses[part.course_id]
    noted = [(row.status, known.sessions[row.session_id]) for row in has[Attendance] if row.enrolment_id == part.id]
    if part.left_on or not noted:
        return
    last = max(session.held_on for _status, session in noted)
    for status, session in noted:
        about = calls(has, "no_show", "other", "before_first_session")
        about = [one for one in about if one.session_id in (None, session.id)]
        is_called = any(one.session_id or day_of(one.attempted_at) >= last for one in about)
        is_lately = session.held_on == last and known.today - days(30) <= last <= known.today
        # Under their other name they may have come.
        came = [
            known.sessions[row.session_id]
            for row in has[Attendance]
            if row.enrolment_id != part.id and row.status == "present"
        ]
        is_met = any(one.course_id == part.course_id and one.held_on >= last for one in came)
        rule = known.rule(course.programme_version_id, "no_show_call_before", "no_show_talk")
        if status == "absent" and is_lately and not is_called and not is_met and rule:
            later = [row.held_on for row in known.sessions_of(part) if row.held_on > last and row.state != "cancelled"]
            before = known.calendar(course.delivering_municipality_id).latest_until(
                min(later, default=last + days(8)) - days(1)
            )
            yield f"no_show:{session.id}:{part.id}", max(before, last)


def while_open(known, has, part):
    """The weekly call, consents to ask for, and the app to show."""
    course, came = known.courses[part.course_id], known.attended(has, part)
    version, weeks = course.programme_version_id, known.own(course.programme_version_id, "calls_interval")
    if part.left_on:
        return
    spoken = [day_of(one.attempted_at) for one in has[ContactAttempt] if one.outcome in ("reached", "declined")]
    last = max([part.joined_on, *came, *spoken])
    if weeks and course.state == "running" and last + weeks * WEEK <= known.today:
        yield f"weekly_call:{part.id}:{last}", last + weeks * WEEK
    is_open = not may_type(has) and last_answer(has, "stopbasen") in ("", "given")
    is_open |= not last_answer(has, "contact_six_months")
    if came and is_open and known.rule(version, "stopbasen_form_for"):
        yield f"consents:{part.id}", min(came)
    if came and known.rule(version, "e_kvit_introduced_to"):
        yield f"e_kvit:{part.id}", None


def last_answer(has, kind):
    said = sorted((row.answered_on, row.id, row.answer) for row in has[Consent] if row.kind == kind)
    return said[-1][2] if said else ""


def may_type(has):
    informed = any(row.kind == "stopbasen" and row.information_given for row in has[Consent])
    return informed and last_answer(has, "stopbasen") == "given"


def papers(known, has, part):
    """Forms, letters and the diploma: nothing of a part that goes on in another course, nor long after its end."""
    version, ended = known.courses[part.course_id].programme_version_id, part.closed_on or part.left_on
    if part.closing_reason == "moved_course" or (part.left_on and part.left_on < known.today - days(120)):
        return
    if known.attended(has, part) and may_type(has) and known.rule(version, "stopbasen_form_for"):
        typed = {row.form for row in has[FormTyped] if row.enrolment_id == part.id}
        forms = {"base", "completion"} if part.left_on else {"base"}
        yield from ((f"form:{form}:{part.id}", None) for form in forms - typed)
    about = [row for row in has[Letter] if row.enrolment_id == part.id or row.referral_id == (part.referral_id or "-")]
    written = {row.kind for row in about if row.state in ("finished", "given")}
    may_write = part.left_on and last_answer(has, "letter_gp") == "given"
    if may_write and "gp" not in written and known.rule(version, "letter_to_gp"):
        yield f"letter_gp:{part.id}", ended
    is_wished = known.own(version, "feedback_to_referrer") or any(
        row.id == part.referral_id and row.wants_feedback for row in has[Referral]
    )
    if part.left_on and part.referral_id and is_wished and "referrer" not in written:
        yield f"letter_referrer:{part.id}", ended
    has_diploma = any(row.enrolment_id == part.id for row in has[Diploma])
    if part.closing_reason == "completed" and not has_diploma and known.rule(version, "diploma_at"):
        yield f"diploma:{part.id}", ended


def new_course(known, has, part):
    version, others = known.courses[part.course_id].programme_version_id, [one for one in has[Enrolment] if one != part]
    for row in (row for row in has[Outcome] if row.enrolment_id == part.id and row.smoke_free == "no"):
        on = row.assessed_on
        is_helped = any(not one.left_on or one.joined_on >= on for one in others)
        is_helped |= any(one.received_on >= on for one in has[Referral])
        is_lately = row.time_point == "six_months" and on >= known.today - days(60)
        if is_lately and not is_helped and known.rule(version, "offer_new_course_after_relapse"):
            yield f"new_course:{part.id}", on


def handouts(known, has):
    """The lowest week of the newest plan that was not handed out, of whoever follows or completed a course.

    A plan of a new course begins with the first.
    """
    plans = sorted((row for row in has[NrtPlan] if row.state == "active"), key=lambda row: row.made_on)
    if not plans:
        return
    plan = plans[-1]
    parts = sorted(has[Enrolment], key=lambda one: (not one.left_on, one.joined_on, one.id))
    if parts and parts[-1].left_on and parts[-1].closing_reason != "completed":
        return
    over = [one.left_on for one in parts[:-1] if one.closing_reason != "moved_course" and one.left_on]
    over = [day for day in over if day <= parts[-1].joined_on]
    began = date.min
    if over:
        began = min([parts[-1].joined_on, *(one.joined_on for one in parts if one.joined_on > max(over))])
    since = began if plan.made_on >= began else date.min
    given = [row for row in has[Handout] if row.quantity > 0 and row.handed_on >= since]
    missing = set(range(1, plan.weeks + 1)) - {row.week for row in given}
    version = [known.courses[one.course_id].programme_version_id for one in parts if one.id == plan.enrolment_id]
    asked = version[0] if version else None
    interval = known.rule(asked, "nrt_interval") or {"value": 1}
    due = max([plan.starts_on, *(row.handed_on + interval["value"] * WEEK for row in given)])
    if missing and known.rule(asked, "nrt_weeks", "medicine_free") and due <= known.today + days(1):
        yield f"handout:{plan.id}:{min(missing)}", due


ABOUT_A_PART = (before_sessions, missed_sessions, while_open, papers, new_course)
