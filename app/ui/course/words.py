"""Words for what is recorded of courses, places, consents and outcomes, in the user's language."""

from app.domain.checks import Check
from app.domain.completion import Completion, Definition
from app.domain.consents import Use
from app.domain.outcomes import Verification
from app.error_text import document_name, sentence_for
from app.errors import RuleRefusal
from app.i18n import _, format_percent, newer_word, ngettext
from app.services.close_enrolment import EnrolmentReopened


def format_word(format: str) -> str:  # noqa: A002 - the column's own word
    """Return the word for a kind of course."""
    return {"group": _("Group"), "individual": _("Individual")}.get(format) or newer_word(format)


def setting_word(setting: str) -> str:
    """Return where people meet."""
    return {
        "place": _("At the place"),
        "home": _("At home"),
        "phone": _("By phone"),
        "video": _("By video"),
        "walk": _("Walking"),
    }.get(setting) or newer_word(setting)


def session_word(kind: str, number: int) -> str:
    """Return what a session is called."""
    return {
        "extra": _("Extra session"),
        "intake": _("First talk"),
        "follow_up": _("Follow-up meeting"),
    }.get(kind, _("Session {n}").format(n=number))


def session_of_all_word(kind: str, number: int, planned: int) -> str:
    """Return what a session is called where the course plans so many of the ordinary kind, 0 where it is open-ended."""
    if planned and kind == "ordinary":
        return _("Session {n} of {of}").format(n=number, of=planned)
    return session_word(kind, number)


def counselling_word(*, holds_counselling: bool) -> str:
    """Return what an intake holds, and whether it counts therefore."""
    return _("with counselling") if holds_counselling else _("without counselling, does not count")


def session_state_word(state: str) -> str:
    """Return how a session stands."""
    return {"planned": _("Planned"), "closed": _("Closed"), "cancelled": _("Cancelled")}.get(state) or newer_word(state)


def stop_policy_word(policy: str) -> str:
    """Return what a course does about stop dates."""
    return {
        "none": _("No stop date"),
        "individual": _("Everybody their own"),
        "common": _("One for all"),
    }.get(policy) or newer_word(policy)


def goal_word(goal: str) -> str:
    """Return what somebody wants."""
    return {
        "": _("Not asked"),
        "stop": _("Stop"),
        "reduce": _("Smoking less"),
        "temporary_abstinence": _("Smoke-free times"),
    }.get(goal) or newer_word(goal)


def closing_word(reason: str) -> str:
    """Return why somebody's part in a course ended."""
    return {
        "completed": _("Completed"),
        "dropped_out": _("Dropped out"),
        "no_attendance": _("Did not come for two months"),
        "not_reached": _("Could not be reached"),
        "moved_course": _("Moved to another course"),
        "moved_away": _("Moved away"),
        "moved_abroad": _("Moved abroad"),
        "deceased": _("Died"),
        "consent_withdrawn": _("Withdrew the consent"),
        "other": _("Another reason"),
    }.get(reason) or newer_word(reason)


def reopened_words(sentence: str, reopened: EnrolmentReopened) -> tuple[str, str]:
    """Return the tone and the words for somebody who is on a course again; whether they say yes again is asked."""
    if not reopened.is_consent_withdrawn:
        return "success", sentence
    return "warning", f"{sentence} " + _("The consent to the national database stays withdrawn: ask the person again.")


def completion_word(completion: Completion) -> str:
    """Return a definition of completion with its number, as a report names it."""
    number = int(completion.threshold)
    match completion.definition:
        case Definition.THREE_OR_MORE:
            return ngettext("At least {n} session", "At least {n} sessions", number).format(n=number)
        case Definition.MORE_THAN_THREE:
            return ngettext("More than {n} session", "More than {n} sessions", number).format(n=number)
        case Definition.NATIONAL_SHARE:
            return _("{percent} of the sessions").format(percent=format_percent(completion.threshold))
        case Definition.KOM_OG_KVIT:
            return _("Kom & Kvit: {n} sessions").format(n=number)
        case _:
            return _("The course as agreed")


def step_word(step: str, number: int, of: int) -> str:
    """Return a step of a round, with its number where there are several."""
    word = {
        "map": _("Mapping and agreements"),
        "counsellor_training": _("Training of counsellors"),
        "start_workshop": _("Start workshop"),
        "introductory_meeting": _("Introductory meeting"),
        "house_meeting": _("House meeting"),
        "cafe_visits": _("Café visit"),
        "course": _("Course"),
        "supervision": _("Supervision"),
        "follow_up_meeting": _("Follow-up meeting"),
    }.get(step) or newer_word(step)
    return f"{word} {number}" if of > 1 else word


def step_state_word(state: str) -> str:
    """Return how a step stands."""
    return {"planned": _("Planned"), "done": _("Done"), "skipped": _("Skipped")}.get(state) or newer_word(state)


def visit_word(kind: str) -> str:
    """Return what kind of visit was counted."""
    return {
        "house_meeting": _("House meeting"),
        "cafe_visit": _("Café visit"),
        "workshop": _("Start workshop"),
        "other": _("Another visit"),
    }.get(kind) or newer_word(kind)


def contact_role_word(role: str) -> str:
    """Return what a contact person is at the place."""
    return {"tovholder": _("Tovholder"), "leder": _("Leader"), "other": _("Contact person")}.get(role) or newer_word(
        role
    )


def consent_word(kind: str) -> str:
    """Return what a question of consent is about."""
    return {
        "stopbasen": _("The national database (STOPbasen)"),
        "contact_six_months": _("A call after six months"),
        "letter_gp": _("A letter to the person's own doctor"),
        "sms": _("Text messages"),
    }.get(kind) or newer_word(kind)


def consent_question(kind: str) -> str:
    """Return the question as one asks it."""
    return {
        "stopbasen": _("May we register you in the national database STOPbasen, with your CPR number?"),
        "contact_six_months": _("May we call you in six months and ask how it goes?"),
        "letter_gp": _("May we write to your own doctor when the course is over?"),
        "sms": _("May we send you text messages?"),
    }.get(kind) or newer_word(kind)


def answer_word(answer: str) -> str:
    """Return how a question of consent stands."""
    return {
        "given": _("Yes"),
        "declined": _("No"),
        "withdrawn": _("Withdrawn"),
        "not_asked": _("Not asked"),
    }.get(answer) or newer_word(answer)


def manner_word(manner: str) -> str:
    """Return how an answer was given."""
    return {"oral": _("Said"), "written": _("In writing")}.get(manner) or newer_word(manner)


def giver_word(given_by: str) -> str:
    """Return who gave a consent."""
    return {
        "self": _("The person"),
        "self_judged_mature": _("The person, judged mature enough"),
        "guardian": _("Parent or guardian"),
    }.get(given_by) or newer_word(given_by)


def stopped_word(use: Use) -> str:
    """Return what a withdrawn consent brings to an end."""
    return {
        Use.REGISTER_NATIONALLY: _("No form is typed into the national database any more."),
        Use.CALL_AFTER_SIX_MONTHS: _("Nobody calls after six months."),
        Use.REPORT_FOLLOW_UP: _("No follow-up is reported to the national database."),
        Use.WRITE_TO_GP: _("No letter goes to the person's own doctor."),
        Use.TEXT: _("No text messages are sent."),
    }[use]


def time_point_word(time_point: str) -> str:
    """Return when an outcome was asked for."""
    return {
        "end": _("At the end"),
        "four_weeks": _("After four weeks"),
        "six_months": _("After six months"),
        "other": _("In between"),
    }.get(time_point) or newer_word(time_point)


def said_word(answer: str) -> str:
    """Return an answer to a yes-or-no question, unknown kept apart from no."""
    return {
        "yes": _("Yes"),
        "no": _("No"),
        "not_asked": _("Not asked"),
        "does_not_know": _("Does not know"),
        "does_not_want": _("Does not want to say"),
    }.get(answer) or newer_word(answer)


def verification_word(known: Verification) -> str:
    """Return what is known about somebody's not smoking."""
    return {
        Verification.VERIFIED: _("Smoke-free, verified by CO"),
        Verification.SELF_REPORTED: _("Smoke-free, as they say"),
        Verification.SMOKES: _("Smokes"),
        Verification.UNKNOWN: _("Not known"),
    }[known]


def verification_tone(known: Verification) -> str:
    """Return the tone of a badge; smoking is no failure, so it is never red."""
    return {Verification.VERIFIED: "success", Verification.SELF_REPORTED: "success"}.get(known, "neutral")


def result_word(result: str) -> str:
    """Return how a call went."""
    return {
        "reached": _("Reached"),
        "no_answer": _("No answer"),
        "call_back": _("Call back later"),
        "declined": _("Does not want to"),
        "wrong_number": _("Wrong number"),
        "deceased": _("Has died"),
        "moved": _("Has moved"),
        "ill": _("Ill"),
        "language": _("Language"),
    }.get(result) or newer_word(result)


def missing_word(reason: str) -> str:
    """Return why there is no follow-up."""
    return {
        "not_reached": _("Could not be reached"),
        "declined": _("Did not want to"),
        "wrong_number": _("Wrong number"),
        "deceased": _("Died"),
        "moved": _("Moved"),
        "language": _("Language"),
        "ill": _("Ill"),
        "other": _("Another reason"),
    }.get(reason) or newer_word(reason)


def check_words(check: Check) -> str:
    """Return what a rule has to say, with the document that it comes from."""
    sentence = sentence_for(RuleRefusal(check.code, **check.parameters))
    source = f" ({document_name(check.source)})" if check.source else ""
    return f"{sentence.title} {sentence.advice}{source}"
