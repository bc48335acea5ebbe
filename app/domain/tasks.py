"""What is due, computed from what was recorded: facts in, tasks out. No task is ever typed or stored.

A task has a key that stays the same while its facts do, so that a decision about it (done, put off, dismissed with a
reason) finds it again. It names the rule that asks for it and the document the rule stands in. Tasks are sorted by what
is at risk: somebody's health, then losing somebody, then a result that can soon no longer be had, then what somebody is
entitled to, and paper last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from heapq import nsmallest
from typing import Final

from app.domain.completion import MONTHS_AFTER_STOP_DATE, close_by
from app.domain.first_contact import first_call
from app.domain.follow_up import FollowUp, Stage
from app.domain.programmes import Programme, Rule, first_rule_among, rule_among
from app.domain.working_days import WorkingDays

DAYS_AHEAD: Final = 7
"""How far ahead calls and handouts are shown."""
NO_SHOW_DAYS: Final = 30
"""After so many days a session that somebody missed is history; they have dropped out or come back."""
CLOSING_DAYS_AHEAD: Final = 14
"""How far ahead a course that is to be closed is shown: a last meeting can still be agreed."""
TEXTING: Final = frozenset({"sms", "sms_or_mail"})


class AtRisk(IntEnum):
    """What is lost where the task is not done, the worst first."""

    HEALTH = 0
    PERSON = 1
    RESULT = 2
    SUPPLY = 3
    PAPER = 4


class Kind(StrEnum):
    """What is to be done."""

    MEDICINE = "medicine"
    FIRST_CALL = "first_call"
    NO_SHOW = "no_show"
    WAITING = "waiting"
    BEFORE_FIRST_SESSION = "before_first_session"
    NEW_COURSE = "new_course"
    CLOSE_COURSE = "close_course"
    FOLLOW_UP = "follow_up"
    REMINDER = "reminder"
    HANDOUT = "handout"
    PLACE_STEP = "place_step"
    WEEKLY_CALL = "weekly_call"
    CONSENTS = "consents"
    E_KVIT = "e_kvit"
    FORM = "form"
    LETTER_GP = "letter_gp"
    LETTER_REFERRER = "letter_referrer"
    DIPLOMA = "diploma"
    GROUP = "group"
    EDUCATION = "education"
    REPORT = "report"


class Urgency(StrEnum):
    """Where a task stands in the list."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    WHENEVER = "whenever"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do for one person, or for a team; `due` is empty where no document sets a day.

    A task of a team has `team_id` and no person: `about_id` is the place, course or colleague that it concerns.

    `rule`, `source` and `paragraph` say who asks for it. `details` are words that the screen turns into a sentence, by
    name. `purpose` is what a contact attempt made for it is recorded under; empty where it is not a call.
    """

    key: str
    kind: Kind
    person_id: str = ""
    at_risk: AtRisk
    due: date | None
    rule: str
    source: str
    paragraph: str = ""
    purpose: str = ""
    team_id: str = ""
    about_id: str = ""
    enrolment_id: str = ""
    session_id: str = ""
    referral_id: str = ""
    details: tuple[tuple[str, str], ...] = ()

    @property
    def whose(self) -> str:
        """Whose list a decision about it belongs to: the person's, or the team's."""
        return self.person_id or self.team_id

    def detail(self, name: str) -> str:
        """Return one of the details, empty where there is none."""
        return dict(self.details).get(name, "")

    def urgency(self, today: date) -> Urgency:
        """Return whether it is late, for today, coming, or without a day."""
        if self.due is None:
            return Urgency.WHENEVER
        if self.due < today:
            return Urgency.OVERDUE
        return Urgency.TODAY if self.due == today else Urgency.SOON


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about a task; `state`: done, dismissed, put_off (until a day) or open again."""

    state: str
    until: date | None = None

    def hides(self, today: date) -> bool:
        """Return whether the task is out of the list today."""
        if self.state == "put_off":
            return self.until is not None and today < self.until
        return self.state in ("done", "dismissed")


def in_order(tasks: Iterable[Task], *, today: date, most: int | None = None) -> tuple[Task, ...]:
    """Return what is late or for today before what is coming, and within that by what is at risk, then by day.

    With `most` no more than so many are returned: to find these is quicker than to put all in order.
    """

    def rank(task: Task) -> tuple[bool, bool, int, date, str]:
        due = task.due or date.max
        return (task.due is None, due > today, task.at_risk, due, task.key)

    return tuple(sorted(tasks, key=rank) if most is None else nsmallest(most, tasks, key=rank))


def undecided(tasks: Iterable[Task], decisions: Mapping[tuple[str, str], Decision], *, today: date) -> tuple[Task, ...]:
    """Return the tasks that nobody has settled; `decisions` by person or team, and key."""
    kept = []
    for task in tasks:
        decision = decisions.get((task.whose, task.key))
        if decision is None or not decision.hides(today):
            kept.append(task)
    return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReferral:
    """An open referral that no first call has answered; `attempts` were made in vain."""

    referral_id: str
    person_id: str
    received_on: date
    channel: str
    sender: str = ""
    attempts: int = 0


def first_call_task(
    referral: WaitingReferral, programmes: Sequence[Programme], *, calendar: WorkingDays
) -> Task | None:
    """Return the first call that a referral waits for; None where no programme has a deadline for it."""
    call = first_call(referral.received_on, programmes, calendar=calendar)
    if call is None:
        return None
    return _task(
        Kind.FIRST_CALL,
        referral.referral_id,
        referral.person_id,
        AtRisk.PERSON,
        call.due,
        call.rule,
        purpose="first_call",
        referral_id=referral.referral_id,
        channel=referral.channel,
        sender=referral.sender,
        received=referral.received_on.isoformat(),
        attempts=str(referral.attempts),
    )


WAITING_DAYS: Final = 7
"""How long somebody waits for a course before it is late; the document says as soon as possible and no number."""
ASKED_AGAIN_DAYS: Final = 14
"""So long after somebody was spoken with while they wait, or still think, they are thought of again."""


def waiting_task(
    *,
    referral_id: str,
    person_id: str,
    wanted_on: date,
    channel: str,
    sender: str,
    programmes: Sequence[Programme],
) -> Task | None:
    """Return that somebody wants help and is on no course: a course soon, Stoplinien while they wait (S4)."""
    rule = _asked_for(programmes, "start_as_soon_as_possible")
    if rule is None:
        return None
    bridge = rule_among(programmes, "bridge_while_waiting")
    return _task(
        Kind.WAITING,
        referral_id,
        person_id,
        AtRisk.PERSON,
        wanted_on + timedelta(days=WAITING_DAYS),
        rule,
        purpose="other",
        referral_id=referral_id,
        channel=channel,
        sender=sender,
        day=wanted_on.isoformat(),
        bridge="" if bridge is None else str(bridge.value),
    )


def still_thinking_task(
    *,
    referral_id: str,
    person_id: str,
    received_on: date,
    spoken_on: date,
    channel: str,
    sender: str,
    programmes: Sequence[Programme],
    today: date,
) -> Task | None:
    """Return that somebody is asked again who was spoken with and has said neither yes nor no since.

    Their referral is open as long, and no other task is about it.
    """
    rule = _asked_for(programmes, "start_as_soon_as_possible")
    due = spoken_on + timedelta(days=ASKED_AGAIN_DAYS)
    if rule is None or due > today:
        return None
    return _task(
        Kind.WAITING,
        f"{THINKING}:{referral_id}",
        person_id,
        AtRisk.PERSON,
        due,
        rule,
        purpose="other",
        referral_id=referral_id,
        channel=channel,
        sender=sender,
        day=received_on.isoformat(),
        thinking=spoken_on.isoformat(),
    )


THINKING: Final = "thinking"
"""What the key of such a task says, and its detail with the day on which somebody was spoken with last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingSession:
    """A planned session that somebody is expected at; `is_first` where they have not been to any of the course yet."""

    enrolment_id: str
    person_id: str
    session_id: str
    held_on: date
    starts_at: str
    title: str
    is_first: bool = False
    may_text: bool = False
    is_called: bool = False
    is_reminded: bool = False


def before_first_session_task(
    coming: ComingSession, programmes: Sequence[Programme], *, today: date, calendar: WorkingDays
) -> Task | None:
    """Return the talk before somebody's first session, due the working day before it and never shown after that."""
    rule = _asked_for(programmes, "contact_before_first_session")
    if rule is None or not coming.is_first or coming.is_called:
        return None
    latest = calendar.latest_until(coming.held_on - timedelta(days=1))
    if coming.held_on > today + timedelta(days=DAYS_AHEAD) and today < latest:
        return None
    due = max(latest, min(today, coming.held_on))
    return _task(
        Kind.BEFORE_FIRST_SESSION,
        coming.enrolment_id,
        coming.person_id,
        AtRisk.PERSON,
        due,
        rule,
        purpose="before_first_session",
        enrolment_id=coming.enrolment_id,
        session_id=coming.session_id,
        title=coming.title,
        day=coming.held_on.isoformat(),
        time=coming.starts_at,
    )


def reminder_task(
    coming: ComingSession, programmes: Sequence[Programme], *, today: date, calendar: WorkingDays
) -> Task | None:
    """Return the reminder before a session: shown from the working day before, due on the day.

    Where texting was not agreed it is a call instead.
    """
    rule = rule_among(programmes, "reminder_before_session")
    if rule is None or coming.is_reminded or today < calendar.latest_until(coming.held_on - timedelta(days=1)):
        return None
    texts = rule.value in TEXTING and coming.may_text
    return _task(
        Kind.REMINDER,
        f"{coming.session_id}:{coming.enrolment_id}",
        coming.person_id,
        AtRisk.PERSON,
        coming.held_on,
        rule,
        purpose="reminder",
        enrolment_id=coming.enrolment_id,
        session_id=coming.session_id,
        channel="sms" if texts else "phone",
        title=coming.title,
        day=coming.held_on.isoformat(),
        time=coming.starts_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedSession:
    """The latest session that somebody stayed away from without a word, and when the course meets next."""

    enrolment_id: str
    person_id: str
    session_id: str
    held_on: date
    title: str
    next_on: date | None = None


def no_show_task(
    missed: MissedSession, programmes: Sequence[Programme], *, today: date, calendar: WorkingDays
) -> Task | None:
    """Return the call to somebody who did not come: before the next session (S2), or a talk within a week (S1)."""
    rule = first_rule_among(programmes, "no_show_call_before", "no_show_talk")
    if rule is None or missed.held_on < today - timedelta(days=NO_SHOW_DAYS):
        return None
    before = missed.next_on or missed.held_on + timedelta(days=8)
    due = max(calendar.latest_until(before - timedelta(days=1)), missed.held_on)
    return _task(
        Kind.NO_SHOW,
        f"{missed.session_id}:{missed.enrolment_id}",
        missed.person_id,
        AtRisk.PERSON,
        due,
        rule,
        purpose="no_show",
        enrolment_id=missed.enrolment_id,
        session_id=missed.session_id,
        title=missed.title,
        day=missed.held_on.isoformat(),
        next="" if missed.next_on is None else missed.next_on.isoformat(),
    )


def weekly_call_task(
    *, enrolment_id: str, person_id: str, title: str, last_on: date, programme: Programme, today: date
) -> Task | None:
    """Return the call to somebody whom nobody has met or spoken with for a week: a suggestion of the course's own (S4).

    Only the programme that the course was begun under is asked, for nobody else has made the suggestion theirs.
    """
    rule = programme.rule("calls_interval")
    if rule is None:
        return None
    due = last_on + timedelta(weeks=programme.whole("calls_interval", 1))
    if due > today:
        return None
    return _task(
        Kind.WEEKLY_CALL,
        f"{enrolment_id}:{last_on.isoformat()}",
        person_id,
        AtRisk.PERSON,
        due,
        rule,
        purpose="other",
        enrolment_id=enrolment_id,
        title=title,
        day=last_on.isoformat(),
    )


@dataclass(frozen=True, slots=True)
class RunningHandouts:
    """A plan of weekly handouts: the lowest week that was not handed out, and when any was last.

    `week` is None where all of the `weeks` were.
    """

    plan_id: str
    person_id: str
    weeks: int
    starts_on: date
    week: int | None = 1
    last_on: date | None = None
    enrolment_id: str = ""


def handout_task(running: RunningHandouts, programmes: Sequence[Programme], *, today: date) -> Task | None:
    """Return the next weekly handout: counted in handouts, so that a missed week eats nothing (S3)."""
    rule = first_rule_among(programmes, "nrt_weeks", "medicine_free")
    if rule is None or running.week is None:
        return None
    interval = rule_among(programmes, "nrt_interval")
    weeks = interval.value if interval is not None and isinstance(interval.value, int) else 1
    due = running.starts_on
    if running.last_on is not None:
        due = max(due, running.last_on + timedelta(weeks=weeks))
    if due > today + timedelta(days=1):
        return None
    return _task(
        Kind.HANDOUT,
        f"{running.plan_id}:{running.week}",
        running.person_id,
        AtRisk.SUPPLY,
        due,
        rule,
        enrolment_id=running.enrolment_id,
        week=str(running.week),
        of=str(running.weeks),
    )


INFORMATION: Final = "information"
"""What is to be handed over before a yes to the national database counts, among the consents to ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Somebody's part in a course, for what is written about it: what is open, and since when.

    `unasked` are kinds of consent, and `INFORMATION`.
    """

    enrolment_id: str
    person_id: str
    title: str
    first_on: date | None = None
    closed_on: date | None = None
    unasked: tuple[str, ...] = ()
    untyped: tuple[str, ...] = ()
    needs_gp_letter: bool = False
    needs_referrer_letter: bool = False
    referral_id: str = ""
    channel: str = ""
    sender: str = ""
    needs_diploma: bool = False
    needs_e_kvit: bool = False


def paper_tasks(part: Part, programmes: Sequence[Programme]) -> tuple[Task, ...]:
    """Return what is to be asked, shown, typed, written and printed, each where the programme asks for it."""
    found = []
    if part.unasked and part.first_on is not None:
        rule = rule_among(programmes, "stopbasen_form_for")
        found.append(_paper(Kind.CONSENTS, part, rule, due=part.first_on, about=",".join(part.unasked)))
    if part.needs_e_kvit:
        found.append(_paper(Kind.E_KVIT, part, rule_among(programmes, "e_kvit_introduced_to")))
    for form in part.untyped:
        rule = rule_among(programmes, "stopbasen_form_for")
        found.append(_paper(Kind.FORM, part, rule, name=form, about=form))
    if part.needs_gp_letter:
        found.append(_paper(Kind.LETTER_GP, part, rule_among(programmes, "letter_to_gp"), due=part.closed_on))
    if part.needs_referrer_letter:
        rule = rule_among(programmes, "feedback_to_referrer") or _WISHED_FOR
        by = {"channel": part.channel, "sender": part.sender}
        found.append(_paper(Kind.LETTER_REFERRER, part, rule, due=part.closed_on, **by))
    if part.needs_diploma:
        found.append(_paper(Kind.DIPLOMA, part, rule_among(programmes, "diploma_at"), due=part.closed_on))
    return tuple(task for task in found if task is not None)


_WISHED_FOR: Final = Rule("wants_feedback", value=True, unit="flag", source="", valid_from=date.min)
"""Whoever referred asked for word of how it went; no document says so."""


def follow_up_task(
    *, enrolment_id: str, person_id: str, title: str, found: FollowUp, programmes: Sequence[Programme]
) -> Task | None:
    """Return the call six months after, while its window is open and nobody has answered or been given up."""
    rule = rule_among(programmes, "follow_up_after")
    if rule is None or found.window is None or found.effort is None:
        return None
    if found.stage not in (Stage.DUE, Stage.MAY_GIVE_UP):
        return None
    return _task(
        Kind.FOLLOW_UP,
        enrolment_id,
        person_id,
        AtRisk.RESULT,
        found.window.closes_on,
        rule,
        purpose="follow_up",
        enrolment_id=enrolment_id,
        title=title,
        days=str(found.effort.days),
        missing=str(found.effort.days_missing),
        evening="yes" if found.in_the_evening else "",
        next="" if found.call_on is None else found.call_on.isoformat(),
        give_up="yes" if found.stage is Stage.MAY_GIVE_UP else "",
    )


def close_course_task(
    *, enrolment_id: str, person_id: str, title: str, stop_on: date, programme: Programme | None, today: date
) -> Task | None:
    """Return the closing of a Kom & Kvit course that has a stop date, from two weeks before its last day.

    Only the course's own programme is asked, as where its page says by when.
    """
    rule = (programme and programme.rule("open_course_closed_within")) or _CLOSED_WITHIN
    due = close_by(stop_on, rule.value if isinstance(rule.value, int) else MONTHS_AFTER_STOP_DATE)
    if due > today + timedelta(days=CLOSING_DAYS_AHEAD):
        return None
    return _task(
        Kind.CLOSE_COURSE,
        enrolment_id,
        person_id,
        AtRisk.RESULT,
        due,
        rule,
        enrolment_id=enrolment_id,
        title=title,
        stop=stop_on.isoformat(),
    )


_CLOSED_WITHIN: Final = Rule(
    "open_course_closed_within",
    value=MONTHS_AFTER_STOP_DATE,
    unit="months",
    source="W",
    valid_from=date.min,
    paragraph="Kom & Kvit",
)
"""What STOPbasen asks for, under versions of programmes that were made before they named it."""


def new_course_task(
    *, enrolment_id: str, person_id: str, asked_on: date, programmes: Sequence[Programme]
) -> Task | None:
    """Return the offer of a new course to somebody who smokes again after six months (S2)."""
    rule = _asked_for(programmes, "offer_new_course_after_relapse")
    if rule is None:
        return None
    return _task(
        Kind.NEW_COURSE,
        enrolment_id,
        person_id,
        AtRisk.PERSON,
        asked_on,
        rule,
        purpose="other",
        enrolment_id=enrolment_id,
        day=asked_on.isoformat(),
    )


def medicine_task(
    *,
    person_id: str,
    medicine_id: str,
    medicine: str,
    level: str,
    trigger: str,
    on: date,
    source: str,
    calendar: WorkingDays,
) -> Task:
    """Return what a prescriber has to hear: red by the working day before the stop date, amber at it; never a dose."""
    is_red = level == "red"
    return Task(
        key=f"{Kind.MEDICINE}:{medicine_id}:{trigger}:{on.isoformat()}",
        kind=Kind.MEDICINE,
        person_id=person_id,
        at_risk=AtRisk.HEALTH,
        due=calendar.latest_until(on - timedelta(days=1)) if is_red and trigger == "stop_date" else on,
        rule="medicine_alert",
        source=source,
        purpose="medicine",
        details=(("medicine", medicine), ("level", level), ("trigger", trigger), ("day", on.isoformat())),
    )


def _asked_for(programmes: Sequence[Programme], key: str) -> Rule | None:
    """Return the rule by which something is to be done; None where no document names it, or the first says no."""
    rule = rule_among(programmes, key)
    return rule if rule is not None and rule.value is True else None


def _paper(
    kind: Kind,
    part: Part,
    rule: Rule | None,
    *,
    due: date | None = None,
    name: str = "",
    about: str = "",
    **details: str,
) -> Task | None:
    if rule is None or rule.value is False:
        return None
    return _task(
        kind,
        f"{name}:{part.enrolment_id}" if name else part.enrolment_id,
        part.person_id,
        AtRisk.PAPER,
        due,
        rule,
        enrolment_id=part.enrolment_id,
        referral_id=part.referral_id,
        title=part.title,
        about=about,
        **details,
    )


def _task(
    kind: Kind,
    subject: str,
    person_id: str,
    at_risk: AtRisk,
    due: date | None,
    rule: Rule,
    *,
    purpose: str = "",
    enrolment_id: str = "",
    session_id: str = "",
    referral_id: str = "",
    **details: str,
) -> Task:
    return Task(
        key=f"{kind}:{subject}",
        kind=kind,
        person_id=person_id,
        at_risk=at_risk,
        due=due,
        rule=rule.key,
        source=rule.source,
        paragraph=rule.paragraph,
        purpose=purpose,
        enrolment_id=enrolment_id,
        session_id=session_id,
        referral_id=referral_id,
        details=tuple([(name, value) for name, value in details.items() if value]),
    )
