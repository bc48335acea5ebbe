"""Words for channels, outcomes, topics and tasks, in the user's language."""

from collections.abc import Callable
from datetime import date
from typing import Final

from app.domain.tasks import INFORMATION, THINKING, Kind, Task, Urgency
from app.error_text import document_name
from app.i18n import _, format_clock, format_day, newer_word, ngettext
from app.ui.course.words import step_word
from app.ui.nicotine_words import source_name


def channel_word(channel: str) -> str:
    """Return the word for a way that a referral came or a contact was made."""
    return {
        "hospital": _("Hospital referral"),
        "gp": _("The GP"),
        "correspondence": _("Correspondence message"),
        "mail": _("E-mail"),
        "staff": _("Staff on the person's behalf"),
        "ref01": _("Electronic referral"),
        "own_contact": _("Came by themselves"),
        "website": _("The website"),
        "stoplinien": _("Stoplinien"),
        "phone": _("Phone"),
        "sms": _("Text message"),
        "visit": _("Visit"),
    }.get(channel) or newer_word(channel)


def reach_word(way: str) -> str:
    """Return how somebody wants to be reached."""
    return {
        "": _("Not asked"),
        "phone": _("Call"),
        "text": _("Text message"),
        "mail": _("E-mail"),
        "letter": _("Letter"),
        "place": _("At the place"),
    }.get(way) or newer_word(way)


def outcome_word(outcome: str) -> str:
    """Return the word for how a contact attempt ended."""
    return {
        "reached": _("Reached"),
        "not_reached": _("No answer"),
        "message_left": _("Left a message"),
        "call_back": _("Call back later"),
        "wrong_number": _("Wrong number"),
        "declined": _("Said no"),
    }.get(outcome) or newer_word(outcome)


def purpose_word(purpose: str) -> str:
    """Return what a contact was made for."""
    return {
        "first_call": _("First call"),
        "before_first_session": _("Before the first session"),
        "reminder": _("Reminder"),
        "no_show": _("After not coming"),
        "follow_up": _("Follow-up"),
        "medicine": _("About medicine"),
        "other": _("Other contact"),
    }.get(purpose) or newer_word(purpose)


def topic_word(topic: str) -> str:
    """Return one point of the first call's checklist."""
    return {
        "motivation": _("Motivation: why now?"),
        "wishes": _("Wishes for the help"),
        "options": _("Group, alone, or by phone with Stoplinien"),
        "subsidy": _("Subsidy for medicine, above 15 a day"),
    }.get(topic) or newer_word(topic)


def referral_state_word(state: str) -> str:
    """Return how a referral stands."""
    return {
        "open": _("Waiting"),
        "accepted": _("Wants help"),
        "declined": _("Said no"),
        "not_reached": _("Not reached"),
        "withdrawn": _("Withdrawn"),
    }.get(state) or newer_word(state)


def since_word(since: str) -> str:
    """Return what happened since a referral came that nobody waits for the first call any more."""
    return {
        "joined": _("On a course"),
        "came": _("Has come"),
        "spoken": _("Still thinking"),
    }.get(since) or newer_word(since)


def asked_by(task: Task) -> str:
    """Return which document and where in it a task is asked for."""
    source = source_name(task.source) if task.kind is Kind.MEDICINE else document_name(task.source)
    return " · ".join(part for part in (source, task.paragraph) if part)


def due_word(task: Task, today: date) -> str:
    """Return when a task is due, as one says it."""
    if task.due is None:
        return _("When you can")
    late = (today - task.due).days
    if late > 0:
        return ngettext("{n} day late", "{n} days late", late).format(n=late)
    if late == 0:
        return _("Today")
    if late == -1:
        return _("Tomorrow")
    return format_day(task.due)


URGENCY_TONES = {
    Urgency.OVERDUE: "problem",
    Urgency.TODAY: "amber",
    Urgency.SOON: "neutral",
    Urgency.WHENEVER: "neutral",
}
KIND_SHAPES = {
    Kind.MEDICINE: "pill",
    Kind.FIRST_CALL: "phone-outgoing",
    Kind.NO_SHOW: "phone-x",
    Kind.WAITING: "hourglass-medium",
    Kind.BEFORE_FIRST_SESSION: "phone",
    Kind.NEW_COURSE: "arrow-counter-clockwise",
    Kind.CLOSE_COURSE: "flag",
    Kind.FOLLOW_UP: "calendar-check",
    Kind.REMINDER: "chat-text",
    Kind.HANDOUT: "bandaids",
    Kind.PLACE_STEP: "map-pin",
    Kind.WEEKLY_CALL: "phone",
    Kind.CONSENTS: "handshake",
    Kind.E_KVIT: "device-mobile",
    Kind.FORM: "keyboard",
    Kind.LETTER_GP: "envelope-simple",
    Kind.LETTER_REFERRER: "envelope-simple",
    Kind.DIPLOMA: "medal",
    Kind.GROUP: "users-three",
    Kind.EDUCATION: "graduation-cap",
    Kind.REPORT: "chart-bar",
}


def kind_word(kind: Kind) -> str:
    """Return what kind of task it is."""
    return {
        Kind.MEDICINE: _("Medicine: tell the prescriber"),
        Kind.FIRST_CALL: _("First call"),
        Kind.NO_SHOW: _("Did not come"),
        Kind.WAITING: _("Waits for a course"),
        Kind.BEFORE_FIRST_SESSION: _("Before the first session"),
        Kind.NEW_COURSE: _("Offer a new course"),
        Kind.CLOSE_COURSE: _("Course to close"),
        Kind.FOLLOW_UP: _("Six months after"),
        Kind.REMINDER: _("Reminder"),
        Kind.HANDOUT: _("Weekly handout"),
        Kind.PLACE_STEP: _("Step at a place"),
        Kind.WEEKLY_CALL: _("Weekly calls, a suggestion"),
        Kind.CONSENTS: _("Consents to ask for"),
        Kind.E_KVIT: _("The app E-kvit to show"),
        Kind.FORM: _("Forms to type into STOPbasen"),
        Kind.LETTER_GP: _("Letters to the GP"),
        Kind.LETTER_REFERRER: _("Letters to whoever referred"),
        Kind.DIPLOMA: _("Diplomas"),
        Kind.GROUP: _("Groups to register"),
        Kind.EDUCATION: _("Education of counsellors to note"),
        Kind.REPORT: _("Reports to send"),
    }[kind]


def task_words(task: Task) -> str:
    """Return what is to be done, in one line beside the name."""
    return _WORDS[task.kind](task)


def _referrer(task: Task) -> str:
    """Return who referred, or how the referral came: where several did, each has a task of its own."""
    return task.detail("sender") or channel_word(task.detail("channel"))


def _with_referrer(said: str, task: Task) -> str:
    return f"{said} · {_referrer(task)}" if task.detail("channel") else said


def _first_call(task: Task) -> str:
    said = _("First call. {sender}, {day}").format(sender=_referrer(task), day=_day(task, "received"))
    tried = int(task.detail("attempts") or 0)
    if tried:
        return said + " · " + ngettext("tried {n} time", "tried {n} times", tried).format(n=tried)
    return said


def _no_show(task: Task) -> str:
    if task.detail("next"):
        return _("Did not come {day}. Call before {next}: {title}").format(
            day=_day(task, "day"), next=_day(task, "next"), title=task.detail("title")
        )
    return _("Did not come {day}: {title}").format(day=_day(task, "day"), title=task.detail("title"))


def _before_first(task: Task) -> str:
    return _("Talk before the first session {when}: {title}").format(when=_when(task), title=task.detail("title"))


def _reminder(task: Task) -> str:
    return _("Remind of {when}: {title}").format(when=_when(task), title=task.detail("title"))


def _handout(task: Task) -> str:
    return _("Hand out week {week} of {of}").format(week=task.detail("week"), of=task.detail("of"))


def _consents(task: Task) -> str:
    kinds = {"stopbasen": _("STOPbasen"), "contact_six_months": _("contact after six months")}
    about = task.detail("about").split(",")
    asked = ", ".join(kinds.get(kind) or newer_word(kind) for kind in about if kind != INFORMATION)
    sentences = []
    if INFORMATION in about:
        sentences.append(_("Hand over STOPbasen's written information"))
    if asked:
        sentences.append(_("Ask for consent: {kinds}").format(kinds=asked))
    return " · ".join(sentences)


def _form(task: Task) -> str:
    forms = {"base": _("base form"), "completion": _("end of course")}
    return _("Type into STOPbasen: {form}").format(form=forms.get(task.detail("about"), task.detail("about")))


def _follow_up(task: Task) -> str:
    if task.detail("give_up"):
        return _("Called on {n} days. Call once more or note why there is no answer").format(n=task.detail("days"))
    if task.detail("evening"):
        return _("Call six months after, this time after 17:00. Until {day}").format(day=format_day(_due(task)))
    missing = int(task.detail("missing") or 0)
    calls = ngettext("{n} call to make", "{n} calls to make", missing).format(n=missing)
    return _("Call six months after, until {day}").format(day=format_day(_due(task))) + " · " + calls


def _medicine(task: Task) -> str:
    when = {
        "stop_date": _("stop date"),
        "reduction": _("large reduction"),
        "smoke_free": _("smoke-free"),
        "relapse": _("smokes again"),
        "closure": _("course ended"),
    }.get(task.detail("trigger"), task.detail("trigger"))
    return _("{medicine}: tell the prescriber ({when}, {day})").format(
        medicine=task.detail("medicine"), when=when, day=_day(task, "day")
    )


def _new_course(_task: Task) -> str:
    return _("Smokes again. Offer a new course")


def _close_course(task: Task) -> str:
    return _("Close by {day}: {title}. The stop date was {stop}").format(
        day=format_day(_due(task)), title=task.detail("title"), stop=_day(task, "stop")
    )


def _e_kvit(_task: Task) -> str:
    return _("Show the app E-kvit")


def _letter_gp(task: Task) -> str:
    return _("Letter to the GP: {title}").format(title=task.detail("title"))


def _letter_referrer(task: Task) -> str:
    said = _("Letter to whoever referred: {title}").format(title=task.detail("title"))
    return _with_referrer(said, task)


def _diploma(task: Task) -> str:
    return _("Diploma: {title}").format(title=task.detail("title"))


def _waiting(task: Task) -> str:
    if task.detail(THINKING):
        said = _("Was still thinking {day}, and the referral is open. Ask again").format(day=_day(task, THINKING))
        return _with_referrer(said, task)
    said = _("Wants help since {day} and is on no course yet. Find a course").format(day=_day(task, "day"))
    said = _with_referrer(said, task)
    if task.detail("bridge") == "stoplinien":
        return said + " · " + _("until then Stoplinien, 80 31 31 31")
    return said


def _weekly_call(task: Task) -> str:
    return _("Suggestion: call. Last heard of {day}: {title}").format(day=_day(task, "day"), title=task.detail("title"))


def _place_step(task: Task) -> str:
    step = step_word(task.detail("step"), int(task.detail("number")), int(task.detail("of")))
    contact = ", ".join(said for said in (task.detail("contact"), task.detail("phone")) if said)
    return _("{step}. Contact: {contact}").format(step=step, contact=contact) if contact else step


def _group(task: Task) -> str:
    if task.detail("unit"):
        return _("Create the group on {where}, unit number {unit}").format(
            where=task.detail("where"), unit=task.detail("unit")
        )
    return _("Create the group on {where}").format(where=task.detail("where"))


def _education(task: Task) -> str:
    wanted = {"kraeftens_bekaempelse": _("the basic course of Kræftens Bekæmpelse or the same level")}
    return _("Holds courses; no education is noted: {wanted}").format(
        wanted=wanted.get(task.detail("wanted"), task.detail("wanted"))
    )


def report_word(about: str) -> str:
    """Return what a report that the agreement asks for is called."""
    return {
        "referrals": _("Referrals and who sent them"),
        "indicators": _("The five indicators"),
        "settlement": _("Settlement between municipalities"),
        "management": _("Management information"),
        "vouchers": _("Medicine charged to the municipalities"),
    }.get(about) or newer_word(about)


def _report(task: Task) -> str:
    return _("To send, {since} – {until}").format(since=_day(task, "since"), until=_day(task, "until"))


def _day(task: Task, name: str) -> str:
    said = task.detail(name)
    return format_day(date.fromisoformat(said)) if said else ""


def _when(task: Task) -> str:
    """Return the day of a session, and its hour where one is known."""
    return f"{_day(task, 'day')} {format_clock(task.detail('time'))}".strip()


def _due(task: Task) -> date:
    return task.due or date.max


_WORDS: Final[dict[Kind, Callable[[Task], str]]] = {
    Kind.MEDICINE: _medicine,
    Kind.FIRST_CALL: _first_call,
    Kind.NO_SHOW: _no_show,
    Kind.WAITING: _waiting,
    Kind.BEFORE_FIRST_SESSION: _before_first,
    Kind.NEW_COURSE: _new_course,
    Kind.CLOSE_COURSE: _close_course,
    Kind.FOLLOW_UP: _follow_up,
    Kind.REMINDER: _reminder,
    Kind.HANDOUT: _handout,
    Kind.PLACE_STEP: _place_step,
    Kind.WEEKLY_CALL: _weekly_call,
    Kind.CONSENTS: _consents,
    Kind.E_KVIT: _e_kvit,
    Kind.FORM: _form,
    Kind.LETTER_GP: _letter_gp,
    Kind.LETTER_REFERRER: _letter_referrer,
    Kind.DIPLOMA: _diploma,
    Kind.GROUP: _group,
    Kind.EDUCATION: _education,
    Kind.REPORT: _report,
}


def reminder_text(task: Task, first_name: str) -> str:
    """Return the text message that reminds of a session; it says nothing of smoking, for others may read it."""
    day, at = _day(task, "day"), format_clock(task.detail("time"))
    when = _("{day} at {time}").format(day=day, time=at) if at else day
    return _("Hi {name}. We meet {when}. You are welcome as you are. Answer if you cannot come.").format(
        name=first_name, when=when
    )


def contact_text(first_name: str, who: str) -> str:
    """Return a text message that asks for a call; it says nothing of smoking."""
    return _("Hi {name}. I tried to call you and would like to hear from you. Kind regards, {who}").format(
        name=first_name, who=who
    )
